//! What a daemon may reply: read without a panic, and the same however the bytes were cut.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zinit_client::model::Name;
use zinit_client::protocol::{Command, Input, Parsed, Scan, line};

fn check<T: PartialEq + std::fmt::Debug>(command: &Command<T>, bytes: &[u8]) {
    let whole = (command.parse)(bytes, Input::Ended, &mut Scan::default());
    if let Parsed::Complete(Ok(reply)) = (command.parse)(bytes, Input::Partial, &mut Scan::default()) {
        match whole {
            Parsed::Complete(Ok(same)) => assert_eq!(reply, same),
            other => panic!("a reply while more may follow, and at the end {other:?}"),
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let name = Name::new("x").expect("a name");
    check(&line::list(), bytes);
    check(&line::status(&name), bytes);
    check(&line::start(&name), bytes);
});
