//! What a log may hold: cut into the same lines however the bytes came.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zinit_client::model::LogLine;
use zinit_client::protocol::log;

fn lines(parts: &[&[u8]]) -> Vec<LogLine> {
    let mut cut = log::Lines::default();
    let mut lines = Vec::new();
    let mut put = |line: &[u8], is_truncated| lines.extend(log::read(line, is_truncated, None));
    for part in parts {
        cut.take_in(part, &mut put);
    }
    cut.end(&mut put);
    lines
}

fuzz_target!(|bytes: &[u8]| {
    let (one, other) = bytes.split_at(bytes.len() / 3);
    assert_eq!(lines(&[bytes]), lines(&[one, other]));
});
