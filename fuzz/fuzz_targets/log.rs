//! What a log may hold: cut into the same lines however the bytes came.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zinit_client::model::{LogLines, LogSource};
use zinit_client::protocol::log;

type Line = (Option<Vec<u8>>, LogSource, Vec<u8>, bool);

fn lines(parts: &[&[u8]]) -> Vec<Line> {
    let mut cut = log::Lines::default();
    let mut lines = LogLines::default();
    let mut put = |line: &[u8], is_truncated| log::read(line, is_truncated, None, &mut lines);
    for part in parts {
        cut.take_in(part, &mut put);
    }
    cut.end(&mut put);
    let service = |name: Option<&[u8]>| name.map(<[u8]>::to_vec);
    let lines = lines.take_all();
    lines
        .map(|line| {
            let text = line.text().to_vec();
            (service(line.service_with_nul()), line.source(), text, line.is_truncated())
        })
        .collect()
}

fuzz_target!(|bytes: &[u8]| {
    let (one, other) = bytes.split_at(bytes.len() / 3);
    assert_eq!(lines(&[bytes]), lines(&[one, other]));
});
