//! What the daemon can be asked or told, in whatever protocol it speaks.

use serde::de::DeserializeOwned;

use super::body::{Done, RawJson};
use super::{Input, NoAnswer, Protocol, Reply, Request, Scan, jsonrpc, line};
use crate::error::ErrorKind;
use crate::model::{Name, ServiceList, Stats, Status};

/// A request, and what its answer is.
#[derive(Debug)]
pub struct Command<T> {
    /// What goes out.
    pub request: Request,
    /// Reads what has been received so far; the scan is kept from part to part.
    pub read: fn(Protocol, &[u8], Input, &mut Scan) -> Reply<T>,
}

impl<T: DeserializeOwned> Command<T> {
    fn new(request: Request) -> Self {
        Self { request, read: read::<T> }
    }
}

impl<T> Command<T> {
    /// What goes out; the daemon would act on a part of it. `None`: the protocol does not have the request.
    pub fn encode(&self, protocol: Protocol) -> Option<Vec<u8>> {
        match protocol {
            Protocol::Line => line::encode(&self.request),
            Protocol::JsonRpc => Some(jsonrpc::encode(&self.request)),
        }
    }
}

fn read<T: DeserializeOwned>(protocol: Protocol, bytes: &[u8], input: Input, scan: &mut Scan) -> Reply<T> {
    match protocol {
        Protocol::Line => line::read(bytes, input, scan),
        Protocol::JsonRpc => jsonrpc::read(bytes, input, scan),
    }
}

/// All services with their states.
pub fn list() -> Command<ServiceList> {
    Command::new(Request::List)
}

/// One service in detail.
pub fn status(name: &Name) -> Command<Status> {
    Command::new(Request::Status(name.clone()))
}

/// What the service's processes use.
pub fn stats(name: &Name) -> Command<Stats> {
    Command::new(Request::Stats(name.clone()))
}

/// An instruction.
pub fn tell(request: Request) -> Command<Done> {
    Command::new(request)
}

/// An instruction that ends the daemon, which may close without a word: then it has obeyed.
pub fn end(request: Request) -> Command<Done> {
    Command { request, read: read_end }
}

fn read_end(protocol: Protocol, bytes: &[u8], input: Input, scan: &mut Scan) -> Reply<Done> {
    match read(protocol, bytes, input, scan) {
        Reply::None(NoAnswer::Error(error)) if matches!(error.kind(), ErrorKind::Closed { .. }) => {
            Reply::Answer(Done)
        }
        reply => reply,
    }
}

/// The lines of the log that a daemon has kept, of one service or of all; not over the line protocol, where they are
/// not a reply.
pub fn kept_lines(name: Option<&Name>) -> Command<Vec<String>> {
    Command::new(Request::LogSnapshot(name.cloned()))
}

/// The definition that stands in a service's file, as JSON; over JSON-RPC only.
pub fn get(name: &Name) -> Command<RawJson> {
    Command::new(Request::Get(name.clone()))
}
