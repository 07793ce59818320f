//! The name of a signal: known here if and only if zinit knows it.
#![no_main]

use fuzz::loader;
use libfuzzer_sys::fuzz_target;
use zinit_client::model::{Service, Signal};

/// Whether zinit takes it for the signal that stops a service.
fn is_known_to_daemon(name: &str) -> bool {
    let file = format!("exec: a\nsignal: {{stop: {}}}\n", serde_json::json!(name));
    loader::load(file.as_bytes()).is_some()
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let signal = Signal::parse(text);
    let mut service = Service::new();
    assert_eq!(service.set_stop_signal(Some(text)).is_ok(), signal.is_ok());
    if let Ok(signal) = signal {
        let name = signal.name().as_str();
        assert_eq!(Signal::parse(name), Ok(signal));
        assert!(Signal::is_known(name) && is_known_to_daemon(name), "{name}");
    }
    // It takes each case. YAML has escapes that JSON lacks, and none for half of a pair.
    if text.chars().all(|character| (' '..='~').contains(&character)) {
        assert_eq!(Signal::is_known(&text.to_uppercase()), is_known_to_daemon(text));
    }
});
