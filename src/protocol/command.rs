//! What the daemon can be asked or told, in whatever protocol it speaks.

use serde::de::DeserializeOwned;

use super::body::{Done, RawJson, Services, misunderstood};
use super::slices::Members;
use super::zinit_0_3;
use super::zinit_0_3_body::Answer;
use super::{
    Children, GraphState, Input, KeptLine, NoAnswer, Pong, Protocol, Reply, Request, Scan, jsonrpc, line,
};
use crate::error::ErrorKind;
use crate::model::{Name, ServiceList, State, Stats, Status, Text};

/// A request, and what its answer is.
#[derive(Debug)]
pub struct Command<T> {
    /// What goes out.
    pub request: Request,
    /// Reads what has been received so far, and takes out what it does not need again; the scan is kept from part to
    /// part.
    pub read: fn(Protocol, &mut Vec<u8>, Input, &mut Scan) -> Reply<T>,
}

impl<T: DeserializeOwned> Command<T> {
    /// For a request whose reply comes over JSON-RPC only.
    fn over_json_rpc(request: Request) -> Self {
        Self { request, read: |protocol, bytes, input, scan| read_json_rpc(protocol, bytes, input, scan) }
    }
}

fn read_json_rpc<T: DeserializeOwned>(
    protocol: Protocol,
    bytes: &[u8],
    input: Input,
    scan: &mut Scan,
) -> Reply<T> {
    match protocol {
        Protocol::Zinit03 => zinit_0_3::read_told(bytes, input, scan),
        Protocol::Line | Protocol::JsonRpc => jsonrpc::read(bytes, input, scan),
    }
}

impl<T> Command<T> {
    /// What goes out; the daemon would act on a part of it. `None`: the protocol does not have the request.
    pub fn encode(&self, protocol: Protocol) -> Option<Vec<u8>> {
        match protocol {
            Protocol::Line => line::encode(&self.request),
            Protocol::JsonRpc => jsonrpc::encode(&self.request),
            Protocol::Zinit03 => zinit_0_3::encode(&self.request),
        }
    }
}

/// What cannot be read in slices may be so long: read at once, it holds up an event loop.
pub(super) const MOST_IN_ONE_PIECE: usize = 4 << 20;

/// The refusal of what is longer.
fn too_long(bytes: &[u8]) -> Option<NoAnswer> {
    let is_too_long = bytes.len() > MOST_IN_ONE_PIECE;
    is_too_long.then(|| misunderstood(bytes, "more than 4 MiB of it cannot be read in parts").into())
}

fn read<T: DeserializeOwned + Answer>(
    protocol: Protocol,
    bytes: &[u8],
    input: Input,
    scan: &mut Scan,
) -> Reply<T> {
    if let Some(refusal) = too_long(bytes) {
        return Reply::None(refusal);
    }
    match protocol {
        Protocol::Line => line::read(bytes, input, scan),
        Protocol::JsonRpc => jsonrpc::read(bytes, input, scan),
        Protocol::Zinit03 => zinit_0_3::read(bytes, input, scan),
    }
}

/// All services with their states.
pub fn list() -> Command<ServiceList> {
    Command { request: Request::List, read: read_list::<SLICE> }
}

/// Above so many bytes, what is whole of a reply is read before the rest has come: so many are read in a moment, and far
/// more at once would hold up an event loop. The fuzz targets have no time for that many.
const SLICE: usize = if cfg!(fuzzing) { 64 } else { 256 << 10 };

pub(super) fn read_list<const SLICE: usize>(
    protocol: Protocol,
    bytes: &mut Vec<u8>,
    input: Input,
    scan: &mut Scan,
) -> Reply<ServiceList> {
    if !scan.is_behind_reply() {
        scan.cut(protocol, bytes, SLICE, || Members::List(Box::default()));
        let Services(mut services) = match read(protocol, bytes, input, scan) {
            Reply::Answer(services) => services,
            Reply::None(reply) => return Reply::None(reply),
        };
        let Some((Members::List(mut list), kept)) = scan.take_members() else {
            return Reply::Answer(ServiceList::new(services));
        };
        services.drain(..kept.min(services.len()));
        list.extend(services);
        scan.list = Some(list);
    }
    // A small part of what is read in a slice.
    let most = SLICE / 16 + 1;
    let list = scan.list.as_mut().and_then(|list| list.finish(most));
    list.map_or(Reply::None(NoAnswer::Incomplete), Reply::Answer)
}

/// One service in detail.
pub fn status(name: &Name) -> Command<Status> {
    Command { request: Request::Status(name.clone()), read: read_status::<SLICE> }
}

pub(super) fn read_status<const SLICE: usize>(
    protocol: Protocol,
    bytes: &mut Vec<u8>,
    input: Input,
    scan: &mut Scan,
) -> Reply<Status> {
    scan.cut(protocol, bytes, SLICE, || Members::Services(Vec::new()));
    let mut reply: Reply<Status> = read(protocol, bytes, input, scan);
    if let Reply::Answer(status) = &mut reply {
        if let Some((Members::Services(mut after), kept)) = scan.take_members() {
            after.extend(status.after.drain(kept.min(status.after.len())..));
            status.after = after;
        }
    }
    reply
}

/// What the service's processes use.
pub fn stats(name: &Name) -> Command<Stats> {
    Command { request: Request::Stats(name.clone()), read: read_stats::<SLICE> }
}

pub(super) fn read_stats<const SLICE: usize>(
    protocol: Protocol,
    bytes: &mut Vec<u8>,
    input: Input,
    scan: &mut Scan,
) -> Reply<Stats> {
    scan.cut(protocol, bytes, SLICE, || Members::Processes(Vec::new()));
    let mut reply: Reply<Stats> = read(protocol, bytes, input, scan);
    if let Reply::Answer(stats) = &mut reply {
        if let Some((Members::Processes(mut children), kept)) = scan.take_members() {
            children.extend(stats.children.drain(kept.min(stats.children.len())..));
            stats.children = children;
        }
    }
    reply
}

/// An instruction.
pub fn tell(request: Request) -> Command<Done> {
    Command { request, read: |protocol, bytes, input, scan| read(protocol, bytes, input, scan) }
}

/// An instruction that ends the daemon, which may close without a word: then it has obeyed. A reply that was begun may
/// be a refusal.
pub fn end(request: Request) -> Command<Done> {
    Command { request, read: |protocol, bytes, input, scan| read_end(protocol, bytes, input, scan) }
}

fn read_end(protocol: Protocol, bytes: &[u8], input: Input, scan: &mut Scan) -> Reply<Done> {
    match read(protocol, bytes, input, scan) {
        Reply::None(NoAnswer::Error(error))
            if matches!(error.kind(), ErrorKind::Closed { .. }) && bytes.trim_ascii().is_empty() =>
        {
            Reply::Answer(Done)
        }
        reply => reply,
    }
}

/// The lines of the log that a daemon has kept, of one service or of all; not over the line protocol, where they are
/// not a reply.
pub fn kept_lines(name: Option<&Name>) -> Command<Vec<String>> {
    Command { request: Request::LogSnapshot(name.cloned()), read: read_lines::<SLICE> }
}

pub(super) fn read_lines<const SLICE: usize>(
    protocol: Protocol,
    bytes: &mut Vec<u8>,
    input: Input,
    scan: &mut Scan,
) -> Reply<Vec<String>> {
    scan.cut(protocol, bytes, SLICE, || Members::Lines(Vec::new()));
    let last = match protocol {
        Protocol::Line => line::read(bytes, input, scan),
        Protocol::JsonRpc | Protocol::Zinit03 => jsonrpc::read(bytes, input, scan),
    };
    let last: Vec<String> = match last {
        Reply::Answer(last) => last,
        Reply::None(reply) => return Reply::None(reply),
    };
    match scan.take_members() {
        Some((Members::Lines(mut lines), kept)) => {
            lines.extend(last.into_iter().skip(kept));
            Reply::Answer(lines)
        }
        _ => Reply::Answer(last),
    }
}

/// The definition of a service, as JSON; over JSON-RPC only.
pub fn get(name: &Name) -> Command<RawJson> {
    Command {
        request: Request::Get(name.clone()),
        read: |protocol, bytes, input, scan| match too_long(bytes) {
            Some(refusal) => Reply::None(refusal),
            None => read_json_rpc(protocol, bytes, input, scan),
        },
    }
}

/// All services in the daemon's own order; of zinit 0.3 alone.
pub fn unsorted_list() -> Command<Vec<(Text, State)>> {
    Command {
        request: Request::List,
        read: |_, bytes, input, scan| match zinit_0_3::read(bytes, input, scan) {
            Reply::Answer(Services(services)) => Reply::Answer(services),
            Reply::None(reply) => Reply::None(reply),
        },
    }
}

/// All services, as far as a list tells of them: not what they run after; of zinit 0.3 alone.
pub fn full_list() -> Command<Vec<Status>> {
    Command {
        request: Request::List,
        read: |_, bytes, input, scan| zinit_0_3::read_statuses(bytes, input, scan),
    }
}

/// What the processes below a service's own use; of zinit 0.3 alone.
pub fn children(name: &Name) -> Command<Children> {
    Command::over_json_rpc(Request::Children(name.clone()))
}

/// So many of the last lines of a service's log; of zinit 0.3 alone.
pub fn tail(name: &Name, lines: usize) -> Command<Vec<KeptLine>> {
    Command::over_json_rpc(Request::Tail(name.clone(), lines))
}

/// The daemon's version; of zinit 0.3 alone.
pub fn ping() -> Command<Pong> {
    Command::over_json_rpc(Request::Ping)
}

/// All services in words for people; of zinit 0.3 alone.
pub fn graph_state() -> Command<GraphState> {
    Command::over_json_rpc(Request::GraphState)
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use super::{Command, get, list, status, tell};
    use crate::model::Name;
    use crate::protocol::{Input, NoAnswer, Protocol, Reply, Request, Scan};

    #[test]
    fn what_cannot_be_read_in_parts_may_be_4_mib_long() {
        fn error<T: Debug>(command: &Command<T>, protocol: Protocol, reply: &str) -> Option<String> {
            let (input, mut scan) = (Input::Partial, Scan::default());
            match (command.read)(protocol, &mut reply.as_bytes().to_vec(), input, &mut scan) {
                Reply::Answer(_) => None,
                Reply::None(NoAnswer::Error(error)) => Some(error.to_string()),
                Reply::None(NoAnswer::Incomplete) => Some("incomplete".to_owned()),
                other @ Reply::None(_) => panic!("{other:?}"),
            }
        }
        const MOST: usize = 4 << 20;
        let name = Name::new("web").unwrap();
        let (stop, get) = (tell(Request::Stop(name.clone())), get(&name));
        let (list, status) = (list(), status(&name));
        for (protocol, begin) in [
            (Protocol::Line, r#"{"state":"ok","body":""#),
            (Protocol::JsonRpc, r#"{"jsonrpc":"2.0","id":1,"result":""#),
        ] {
            let reply = |length: usize, end: &str| {
                format!("{begin}{}{end}", "x".repeat(length - begin.len() - end.len()))
            };
            assert_eq!(error(&stop, protocol, &reply(MOST, "\"}")), None);
            if protocol == Protocol::JsonRpc {
                assert_eq!(error(&get, protocol, &reply(MOST, "\"}")), None);
            }
            for end in ["\"}", ""] {
                let long = reply(MOST + 1, end);
                for error in [
                    error(&stop, protocol, &long),
                    error(&get, protocol, &long),
                    error(&list, protocol, &long),
                    error(&status, protocol, &long),
                ] {
                    let error = error.unwrap();
                    assert!(
                        error.contains("more than 4 MiB of it cannot be read in parts; it begins"),
                        "{error}"
                    );
                }
            }
        }
    }
}
