//! What may stand in a service file: read without a panic, written as it was, and read back with what was set.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zinit_client::model::{Service, Severity, Text};

fuzz_target!(|bytes: &[u8]| {
    let problems = Service::problems(bytes);
    let Ok(mut service) = Service::from_yaml(bytes) else { return };
    if let Ok(yaml) = service.to_yaml() {
        assert_eq!(yaml.as_bytes(), bytes, "what was not changed is written byte for byte");
        assert!(problems.iter().all(|problem| problem.severity == Severity::Warning), "{problems:?}");
    }
    service.set_dir(Some(Text::new("/changed").expect("it has no NUL")));
    if let Ok(yaml) = service.to_yaml() {
        assert_eq!(Service::from_yaml(yaml.as_bytes()).expect("what was written can be read"), service);
    }
});
