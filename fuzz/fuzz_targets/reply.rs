//! What a daemon may reply: read without a panic, and the same however the bytes were cut.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zinit_client::model::Name;
use zinit_client::protocol::{Reading, Received, line};

fuzz_target!(|bytes: &[u8]| {
    let name = Name::new("x").expect("a name");
    for command in [line::list(), line::status(&name), line::start(&name)] {
        let whole = (command.read)(bytes, Received::All);
        if let Reading::Complete(Ok(reply)) = (command.read)(bytes, Received::SoFar) {
            match whole {
                Reading::Complete(Ok(same)) => assert_eq!(reply, same),
                other => panic!("a reply while more may follow, and at the end {other:?}"),
            }
        }
    }
});
