//! What may stand in a service file: read without a panic, and read back the same once written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zinit_client::model::Service;

fuzz_target!(|bytes: &[u8]| {
    let Ok(service) = Service::from_yaml(bytes) else { return };
    if let Ok(yaml) = service.to_yaml() {
        let again = Service::from_yaml(yaml.as_bytes()).expect("what was written can be read");
        assert_eq!(again.to_yaml().expect("what was read can be written"), yaml);
    }
});
