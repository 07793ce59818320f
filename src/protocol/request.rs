//! What the daemon can be asked or told, in the words of no protocol.

use crate::model::{Address, Name, Protocol, Signal};

/// A question or an instruction, in the words of no protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// All services with their states.
    List,
    /// One service in detail.
    Status(Name),
    /// Set the target Up.
    Start(Name),
    /// Set the target Down, and send the stop signal.
    Stop(Name),
    /// Read the service's file.
    Monitor(Name),
    /// Drop a stopped service.
    Forget(Name),
    /// Signal the service's process group.
    Kill(Name, Signal),
    /// Stop all services and restart the machine; since zinit 0.2.9.
    Reboot,
    /// Stop all services and turn the machine off; before zinit 0.2.9, restart it.
    Shutdown,
    /// Give the definition that stands in the service's file; over JSON-RPC only.
    Get(Name),
    /// Write a definition, which is JSON, to the service's file, which must not be there; over JSON-RPC only.
    Create(Name, String),
    /// Remove the service's file; over JSON-RPC only.
    Delete(Name),
    /// Send every line of the log that is printed from now on; over the line protocol, those that the daemon has kept
    /// first. Over JSON-RPC of one service only, where one is named.
    Log(Option<Name>),
    /// Send the lines of the log that the daemon has kept; since zinit 0.2.11. An older one takes it for
    /// [`Request::Log`].
    LogSnapshot(Option<Name>),
    /// What the service's processes use; over JSON-RPC alone.
    Stats(Name),
    /// Serve JSON-RPC over HTTP, too, and no longer where it was served before; over JSON-RPC alone.
    StartHttpServer(Address),
    /// Serve it over HTTP no longer; over JSON-RPC alone.
    StopHttpServer,
    /// Signal the process group of a service that has a process: without one, zinit 0.3 can signal itself. Of zinit 0.3
    /// alone.
    KillProcess(Name, Signal),
    /// As [`Request::Stop`], by who knows that it can be in vain; of zinit 0.3 alone.
    StopProcess(Name),
    /// Take in a definition, which is JSON, and start the service; of zinit 0.3 alone.
    Set(String),
    /// Drop a service, and remove its file; of zinit 0.3 alone.
    Remove(Name),
    /// What the processes below the service's own use; of zinit 0.3 alone.
    Children(Name),
    /// So many of the last lines of a service's log; of zinit 0.3 alone.
    Tail(Name, usize),
    /// The daemon's version; of zinit 0.3 alone.
    Ping,
    /// All services in words for people, with what no other reply tells; of zinit 0.3 alone.
    GraphState,
}

impl Request {
    /// The service that it is about.
    pub fn name(&self) -> Option<&Name> {
        match self {
            Self::Status(name)
            | Self::Start(name)
            | Self::Stop(name)
            | Self::Monitor(name)
            | Self::Forget(name)
            | Self::Kill(name, _)
            | Self::Get(name)
            | Self::Create(name, _)
            | Self::Delete(name)
            | Self::Stats(name)
            | Self::KillProcess(name, _)
            | Self::StopProcess(name)
            | Self::Remove(name)
            | Self::Children(name)
            | Self::Tail(name, _) => Some(name),
            Self::Log(name) | Self::LogSnapshot(name) => name.as_ref(),
            Self::List
            | Self::Reboot
            | Self::Shutdown
            | Self::StartHttpServer(_)
            | Self::StopHttpServer
            | Self::Set(_)
            | Self::Ping
            | Self::GraphState => None,
        }
    }

    /// What a refusal of it can mean.
    pub fn refusals(&self) -> &'static [Refusal] {
        match self {
            // A list fails as a whole where a service is forgotten in the meantime.
            Self::List | Self::Status(_) | Self::Children(_) | Self::Tail(..) => &[Refusal::Unknown],
            Self::Start(_) | Self::Remove(_) => &[Refusal::Unknown, Refusal::ShuttingDown],
            Self::Stop(_)
            | Self::StopProcess(_)
            | Self::Kill(..)
            | Self::KillProcess(..)
            | Self::Stats(_) => &[Refusal::Unknown, Refusal::Down],
            Self::Monitor(_) => &[Refusal::AlreadyMonitored, Refusal::Config, Refusal::ShuttingDown],
            Self::Forget(_) => &[Refusal::Unknown, Refusal::Up],
            Self::Get(_) | Self::Delete(_) => &[Refusal::Unknown, Refusal::Config],
            Self::Create(..) => &[Refusal::Config],
            Self::Set(_) => &[Refusal::Config, Refusal::ShuttingDown],
            Self::Reboot
            | Self::Shutdown
            | Self::Log(_)
            | Self::LogSnapshot(_)
            | Self::StartHttpServer(_)
            | Self::StopHttpServer
            | Self::Ping
            | Self::GraphState => &[],
        }
    }

    /// Why a daemon cannot do it whose protocol, if that is known, does not have it.
    pub fn reason_of_absence(&self, protocol: Option<Protocol>) -> &'static str {
        match self {
            Self::StartHttpServer(_) | Self::StopHttpServer if protocol == Some(Protocol::Zinit03) => {
                "zinit 0.3 has no HTTP server"
            }
            Self::Stats(_) => "zinit before 0.2.15 does not tell it",
            Self::StartHttpServer(_) | Self::StopHttpServer => "zinit before 0.2.15 has no HTTP server",
            _ => "its protocol does not have it",
        }
    }
}

/// What a refusal can mean that a caller may want to know apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The daemon does not know the service.
    Unknown,
    /// It is monitored already.
    AlreadyMonitored,
    /// It is up.
    Up,
    /// It has no process.
    Down,
    /// The daemon is shutting down.
    ShuttingDown,
    /// The daemon cannot load its file.
    Config,
}
