//! What a log may hold: cut into the same lines however the bytes came, over both protocols.
//!
//! The first byte says which protocol; the second one in which parts the bytes come.
#![no_main]

use fuzz::parts;
use libfuzzer_sys::fuzz_target;
use zinit_client::model::{LogLines, LogSource, Name};
use zinit_client::protocol::{Input, Notifications, Scan, log};

type Line = (Option<Vec<u8>>, LogSource, Vec<u8>, bool);

fn taken(lines: &LogLines) -> Vec<Line> {
    let name = |name: Option<&[u8]>| name.map(<[u8]>::to_vec);
    lines
        .iter()
        .map(|line| (name(line.service_with_nul()), line.source(), line.text().to_vec(), line.is_truncated()))
        .collect()
}

/// Over the line protocol; of one service, or of all.
fn lines<'a>(parts: impl Iterator<Item = &'a [u8]>, wanted: Option<&Name>) -> Vec<Line> {
    let mut cut = log::Lines::default();
    let mut lines = LogLines::default();
    let mut put = |line: &[u8], is_truncated| log::read(line, is_truncated, wanted, &mut lines);
    for part in parts {
        cut.take_in(part, &mut put);
    }
    cut.end(&mut put);
    taken(&lines)
}

/// Over JSON-RPC: what came, and why there is no more.
fn notifications<'a>(parts: impl Iterator<Item = &'a [u8]>) -> (Vec<Line>, bool, Option<String>) {
    let mut come = Notifications::default();
    let mut error = None;
    for part in parts {
        if let Err(refused) = come.take_in(part) {
            error = Some(refused.to_string());
            break;
        }
    }
    let mut lines = LogLines::default();
    while let Some(notification) = come.take_next() {
        log::read(notification.line.as_bytes(), notification.is_truncated, None, &mut lines);
    }
    (taken(&lines), come.is_confirmed(), error)
}

fuzz_target!(|bytes: &[u8]| {
    let [protocol, step, text @ ..] = bytes else { return };
    if protocol % 2 == 0 {
        // A refusal, if it is one, is read before the lines.
        let mut scan = Scan::default();
        for end in [text.len().min(usize::from(*step)), text.len()] {
            let _ = log::refusal(&text[..end], Input::Partial, &mut scan);
        }
        let _ = log::refusal(text, Input::Ended, &mut Scan::default());
        let all = lines([text].into_iter(), None);
        assert_eq!(lines(parts(text, *step), None), all);
        let web = Name::new("web").expect("a name");
        let of_web = lines([text].into_iter(), Some(&web));
        assert_eq!(lines(parts(text, *step), Some(&web)), of_web);
        let is_of_web = |line: &&Line| line.0.as_deref() == Some(b"web\0") || line.1 == LogSource::Dropped;
        assert_eq!(all.iter().filter(is_of_web).collect::<Vec<_>>(), of_web.iter().collect::<Vec<_>>());
    } else {
        assert_eq!(notifications(parts(text, *step)), notifications([text].into_iter()));
    }
});
