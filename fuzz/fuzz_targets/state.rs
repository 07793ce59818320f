//! Words of the daemon: a state, a target, a version. What is read is kept to the letter, and read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zinit_client::model::{DaemonVersion, ExitStatus, State, Target};

fn check_state(text: &str) {
    let Some(state) = State::parse(text) else { return };
    assert_eq!(state.text().as_str(), text);
    assert_eq!(State::parse(state.text().as_str()).as_ref(), Some(&state));
    // What was read lies in the text.
    match state.reason() {
        Some(reason) => assert!(text.ends_with(&format!("({})", reason.as_str())), "{reason:?}"),
        None => assert!(!text.contains('(') && state.exit_status().is_none()),
    }
    match state.exit_status() {
        Some(ExitStatus::Signaled(signal)) => assert!(text.contains(signal.as_str()), "{signal:?}"),
        Some(ExitStatus::Exited(code)) => assert!(text.contains(&code.unsigned_abs().to_string()), "{code}"),
        None => {}
    }
    // Case does not matter to the word.
    let (word, rest) = text.split_at(text.find('(').unwrap_or(text.len()));
    for other_case in [word.to_ascii_uppercase(), word.to_ascii_lowercase()] {
        let other = State::parse(&(other_case + rest)).expect("only the case is another one");
        assert_eq!((other.kind(), other.exit_status()), (state.kind(), state.exit_status()));
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    check_state(text);
    let target = Target::parse(text);
    assert_eq!(Target::parse(target.name().as_str()), target);
    if let Some(version) = DaemonVersion::parse_output(text) {
        assert_eq!(DaemonVersion::parse(version.text.as_str()), Some(version));
    }
});
