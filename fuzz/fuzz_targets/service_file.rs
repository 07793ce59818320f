//! What may stand in a service file: written as it was read, and read back with what was set.
#![no_main]

use fuzz::service_files::{as_the_daemon_says, is_alike, read_by_library, refused_key};
use libfuzzer_sys::fuzz_target;
use zinit_client::model::{Service, Severity, Text};

/// Unless the definition is refused, which is told as no other failure is.
fn written(service: &Service) -> Option<String> {
    match service.to_yaml() {
        Ok(yaml) => Some(yaml),
        Err(error) => {
            refused_key(&error);
            None
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let problems = Service::problems(bytes);
    let Ok(mut service) = Service::from_yaml(bytes) else { return };
    if let Some(exec) = Service::quick_scan_exec(bytes) {
        assert_eq!(service.exec().map_or("", Text::as_str), exec);
    }
    if let Some(yaml) = written(&service) {
        assert_eq!(yaml.as_bytes(), bytes, "what was not changed is written byte for byte");
        assert!(problems.iter().all(|problem| problem.severity == Severity::Warning), "{problems:?}");
    }
    // The daemon's reading of it goes out: to it null is a word.
    if let Ok(json) = service.to_json() {
        let again = Service::from_json(&json).expect("what was written can be read");
        let [again, read] = [&again, &service].map(|service| as_the_daemon_says(read_by_library(service)));
        assert!(is_alike(&again, Some(&read)), "{json}");
    }
    service.set_dir(Some(Text::new("/changed").expect("it has no NUL")));
    let keys = read_by_library(&service);
    if let Some(yaml) = written(&service) {
        let again = Service::from_yaml(yaml.as_bytes()).expect("what was written can be read");
        assert_eq!(read_by_library(&again), keys, "{yaml}");
        assert_eq!(written(&again), Some(yaml));
    }
});
