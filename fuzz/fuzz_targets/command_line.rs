//! A command: split as zinit splits it, with the crate shlex.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zinit_client::model::{Filter, Service, Text};

fuzz_target!(|bytes: &[u8]| {
    let Ok(command) = std::str::from_utf8(bytes) else { return };
    let Some(text) = Text::new(command) else { return };
    let mut service = Service::new();
    service.set_exec(Some(text));
    let is_fit = service.check().is_ok();
    let words = shlex::split(command).filter(|words| !words.is_empty());
    assert_eq!(is_fit, words.is_some(), "{command:?} has the words {words:?}: {:?}", service.check());
    // The two differ in what a backslash means inside of quotes, and in how they take CR.
    let Some(words) = words.filter(|_| !command.contains(['\\', '\r'])) else { return };
    let program = words[0].trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    if !program.is_empty() {
        let mut filter = Filter::new();
        filter.with_exec(Text::new(program).expect("there was no NUL in it"));
        assert!(
            filter.matches_exec(command).expect("no expression is searched for"),
            "the program of {command:?} is {program:?}"
        );
    }
});
