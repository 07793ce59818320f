//! What a daemon may reply over both protocols: the same, however the bytes were cut.
//!
//! The first byte says which request and which protocol; the second one in which parts the bytes come.
#![no_main]

use std::fmt::Debug;

use fuzz::parts;
use libfuzzer_sys::fuzz_target;
use zinit_client::model::{Name, Service};
use zinit_client::protocol::{Command, Input, NoAnswer, Protocol, Reply, Request, Scan, command, interpret};

/// What a reply that comes in these parts means, and how many bytes had come when that was clear.
fn read<'a, T: Debug>(
    command: &Command<T>,
    protocol: Protocol,
    parts: impl Iterator<Item = &'a [u8]>,
) -> (String, usize) {
    let (mut bytes, mut scan, mut come) = (Vec::new(), Scan::default(), 0);
    let ended = (&[][..], Input::Ended);
    for (part, input) in parts.map(|part| (part, Input::Partial)).chain([ended]) {
        bytes.extend_from_slice(part);
        come += part.len();
        loop {
            match (command.read)(protocol, &mut bytes, input, &mut scan) {
                Reply::None(NoAnswer::Incomplete) if scan.is_behind_reply() => {}
                Reply::None(NoAnswer::Incomplete) if input == Input::Partial => break,
                Reply::None(NoAnswer::Error(error)) => {
                    // How much of it is shown depends on how much has come.
                    let told = interpret(&command.request, protocol, error).to_string();
                    return (told.split("; it begins").next().unwrap_or_default().to_owned(), come);
                }
                reply => return (format!("{reply:?}"), come),
            }
        }
    }
    unreachable!("it has ended")
}

fn check<T: Debug>(command: &Command<T>, protocol: Protocol, reply: &[u8], step: u8) {
    let (told, come) = read(command, protocol, parts(reply, step));
    // What comes behind a whole reply is not waited for.
    let (whole, _) = read(command, protocol, [&reply[..come]].into_iter());
    assert_eq!(told, whole);
}

fuzz_target!(|bytes: &[u8]| {
    let [request, step, reply @ ..] = bytes else { return };
    let protocol = [Protocol::Line, Protocol::JsonRpc][usize::from(request % 2)];
    let name = Name::new("web").expect("a name");
    match request / 2 % 8 {
        0 => check(&command::list(), protocol, reply, *step),
        1 => check(&command::status(&name), protocol, reply, *step),
        2 => check(&command::stats(&name), protocol, reply, *step),
        3 => check(&command::kept_lines(Some(&name)), protocol, reply, *step),
        4 => check(&command::tell(Request::Start(name)), protocol, reply, *step),
        5 => check(&command::tell(Request::Create(name, "{}".to_owned())), protocol, reply, *step),
        6 => check(&command::end(Request::Shutdown), protocol, reply, *step),
        _ => {
            check(&command::get(&name), protocol, reply, *step);
            if let Ok(text) = std::str::from_utf8(reply) {
                let _ = Service::from_json(text);
            }
        }
    }
});
