//! What may stand in a service file: what zinit's own loader reads, this library reads as the same, and what this library
//! writes, zinit's loader reads.
#![no_main]

use fuzz::loader;
use fuzz::service_files::{as_the_daemon_says, is_alike, read_by_library};
use libfuzzer_sys::fuzz_target;
use zinit_client::model::{Service, Text};

fuzz_target!(|bytes: &[u8]| {
    let read = Service::from_yaml(bytes);
    let by_daemon = loader::load(bytes);
    // To the daemon a byte order mark belongs to the first line, which then is not a comment, or has a key that it does
    // not know.
    if let Some(by_daemon) = by_daemon.as_ref().filter(|_| !bytes.starts_with("\u{feff}".as_bytes())) {
        match &read {
            Ok(service) => {
                let library = as_the_daemon_says(read_by_library(service));
                let daemon = as_the_daemon_says(by_daemon.clone());
                assert!(is_alike(&daemon, Some(&library)), "zinit: {daemon}\nthis library: {library}");
            }
            // The daemon reads nothing behind a NUL.
            Err(error) => assert!(bytes.contains(&0), "zinit reads it, this library does not: {error}"),
        }
    }
    let Ok(mut service) = read else { return };
    if service.to_yaml().is_ok() {
        assert!(by_daemon.is_some(), "zinit refuses what is written");
    }
    service.set_test(Some(Text::new("true").expect("it has no NUL")));
    if let Ok(yaml) = service.to_yaml() {
        let by_daemon = loader::load(yaml.as_bytes()).expect("zinit refuses what is written");
        assert_eq!(by_daemon["test"], "true", "{yaml}");
    }
});
