//! Asks the daemon in the protocol that it speaks.
//!
//! A client starts out not knowing which that is. Its first command goes out in the line protocol, so that a daemon
//! that speaks it costs nothing more. A daemon that speaks another one does not act on the command, and shows by its
//! reply that it does not understand: then it is asked what every daemon understands, and then asked again. So is a
//! daemon that took the place of another one.
//!
//! A command that the line protocol does not have goes out only to a daemon that is known to speak JSON-RPC.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::Io;
use super::io::{Exchange, later, not_in_protocol};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Name, Target};
use crate::protocol::{Command, NoAnswer, Protocol, Refusal, Reply, Request, command, interpret};

/// How often in one call a daemon may be found to have been exchanged for one of another protocol.
const MOST_EXCHANGES: usize = 3;

/// Waits for the answer to a command, in whatever protocol the daemon speaks.
pub struct Ask<'a, T> {
    io: Io<'a>,
    command: Command<T>,
    /// Whether it has been polled: the exchange is made in its place, for it is large.
    is_begun: bool,
    /// Absent until it is known in which protocol the command may go out.
    exchange: Option<Exchange<'a, T>>,
    /// What to do about a reply that is not an answer.
    decision: Option<Decision<'a>>,
    /// What was in vain; boxed, for nothing is, usually.
    attempts: Option<Box<Attempts>>,
}

/// Boxed, for it is rare and large.
type Decision<'a> = Pin<Box<dyn Future<Output = (Result<Protocol>, Box<Attempts>)> + Send + 'a>>;

/// What was in vain.
#[derive(Default)]
struct Attempts {
    /// The daemon has just said what it speaks.
    has_learned: bool,
    /// How often the daemon spoke another protocol.
    foreign: usize,
    /// The last pause before a daemon that had no room was asked again, and when that is given up.
    busy: Option<(Duration, Instant)>,
}

impl<'a> Io<'a> {
    /// Sends a command and waits for the reply: for as long as one exchange may take, and not much longer
    /// than the limit.
    pub fn ask<T>(self, command: Command<T>) -> Ask<'a, T> {
        Ask { io: self, command, is_begun: false, exchange: None, decision: None, attempts: None }
    }
}

impl<T> Future for Ask<'_, T> {
    type Output = Result<T>;

    #[inline(never)]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let ask = &mut *self;
        let mut next = None;
        if !ask.is_begun {
            ask.is_begun = true;
            next = ask.io.first_protocol(&ask.command.request);
        }
        loop {
            if let Some(decision) = &mut ask.decision {
                let (decided, attempts) = std::task::ready!(decision.as_mut().poll(context));
                ask.decision = None;
                ask.attempts = Some(attempts);
                next = Some(decided?);
            }
            if let Some(protocol) = next.take() {
                ask.exchange = ask.io.exchange_once(&ask.command, protocol);
            }
            let (protocol, reply) = match &mut ask.exchange {
                None => (Protocol::Line, NoAnswer::NotSent),
                Some(exchange) => {
                    let protocol = exchange.protocol();
                    match std::task::ready!(exchange.poll_reply())? {
                        Reply::Answer(answer) => {
                            ask.io.known_protocol().learn(protocol);
                            return Poll::Ready(Ok(answer));
                        }
                        Reply::None(reply) => (protocol, reply),
                    }
                }
            };
            let attempts = ask.attempts.take().unwrap_or_default();
            ask.decision = Some(ask.io.decide(&ask.command.request, protocol, reply, attempts));
        }
    }
}

impl<'a> Io<'a> {
    /// In which protocol a command goes out first; `None`: it is not known which the daemon speaks, and the command may
    /// not go out in another one.
    fn first_protocol(self, request: &Request) -> Option<Protocol> {
        let known = self.known_protocol();
        let protocol = known.get().unwrap_or(Protocol::Line);
        // What was learned may be of the daemon that was there before.
        let is_safe = protocol != Protocol::Line || known.named().is_some() || !is_cut_out(request);
        is_safe.then_some(protocol)
    }

    /// In which protocol the command is to be sent again; or why it failed. Of any command, so that the library has
    /// this once.
    #[cold]
    #[inline(never)]
    fn decide(
        self,
        request: &Request,
        protocol: Protocol,
        reply: NoAnswer,
        mut attempts: Box<Attempts>,
    ) -> Decision<'a> {
        let request = request.clone();
        Box::pin(async move {
            let decided = self.decide_on(&request, protocol, reply, &mut attempts).await;
            (decided, attempts)
        })
    }

    async fn decide_on(
        self,
        request: &Request,
        protocol: Protocol,
        reply: NoAnswer,
        attempts: &mut Attempts,
    ) -> Result<Protocol> {
        match reply {
            // What was learned before may be of another daemon.
            NoAnswer::NotSent if attempts.has_learned || self.known_protocol().named().is_some() => {
                Err(not_in_protocol(request, self.known_protocol().get()))
            }
            NoAnswer::NotSent => {
                attempts.has_learned = true;
                self.learn_protocol().await
            }
            NoAnswer::Foreign(seems) => {
                self.known_protocol().unlearn(protocol);
                attempts.has_learned = true;
                attempts.foreign += 1;
                if attempts.foreign > MOST_EXCHANGES || self.known_protocol().named().is_some() {
                    return Err(foreign(self.known_protocol().named(), Some(seems)));
                }
                self.learn_protocol_from(seems).await
            }
            NoAnswer::Busy => self.wait_for_room(attempts).await.map(|()| protocol),
            NoAnswer::Error(error) => {
                if error.kind().daemon_message().is_some() {
                    self.known_protocol().learn(protocol);
                }
                Err(interpret(request, protocol, error))
            }
            NoAnswer::Unexplained(message) => {
                let kind = self.reason(request, &message).await?;
                Err(interpret(request, protocol, kind.into()))
            }
            NoAnswer::Incomplete => Err(closed()),
        }
    }

    /// A daemon that has no room for one connection more is asked again until the time is over.
    async fn wait_for_room(self, attempts: &mut Attempts) -> Result<()> {
        const FIRST: Duration = Duration::from_millis(1);
        const LONGEST: Duration = Duration::from_millis(50);
        let (pause, deadline) = match attempts.busy {
            None => (FIRST, self.exchange_deadline()),
            Some((pause, deadline)) => ((pause * 2).min(LONGEST), deadline),
        };
        attempts.busy = Some((pause, deadline));
        let until = later(self.now(), pause);
        if until >= deadline {
            let message = "too many connections".to_owned();
            return Err(ErrorKind::Daemon { message, advice: "; try again later" }.into());
        }
        self.pause(until).await
    }

    /// Which protocol the daemon speaks; asks it, if that is not known yet.
    pub(super) async fn protocol(self) -> Result<Protocol> {
        match self.known_protocol().get() {
            Some(protocol) => Ok(protocol),
            None => self.learn_protocol().await,
        }
    }

    /// Asks what every daemon answers at once, and none acts upon.
    pub(super) async fn learn_protocol(self) -> Result<Protocol> {
        self.learn_protocol_from(Protocol::JsonRpc).await
    }

    /// The same, where the daemon seems to speak this one. No daemon takes JSON for a command, and so none is asked in
    /// the line protocol.
    async fn learn_protocol_from(self, seems: Protocol) -> Result<Protocol> {
        let mut protocol = if seems == Protocol::Line { Protocol::JsonRpc } else { seems };
        for _ in 0..=MOST_EXCHANGES {
            match self.exchange(&command::list(), protocol).await? {
                Reply::None(NoAnswer::Foreign(Protocol::Line)) => protocol = Protocol::Line,
                Reply::None(NoAnswer::Foreign(other)) => {
                    protocol = other;
                    continue;
                }
                Reply::None(NoAnswer::Error(error)) if error.kind().daemon_message().is_none() => {
                    return Err(error);
                }
                // A refusal is an answer, too.
                Reply::Answer(list) => self.free(list).await?,
                Reply::None(NoAnswer::Error(_) | NoAnswer::Unexplained(_)) => {}
                Reply::None(NoAnswer::Incomplete | NoAnswer::Busy | NoAnswer::NotSent) => {
                    return Err(closed());
                }
            }
            self.known_protocol().learn(protocol);
            return Ok(protocol);
        }
        Err(foreign(None, None))
    }

    /// One exchange in this protocol, as soon as there is room for it.
    async fn exchange<T>(self, command: &Command<T>, protocol: Protocol) -> Result<Reply<T>> {
        let mut attempts = Attempts::default();
        loop {
            let Some(exchange) = self.exchange_once(command, protocol) else {
                return Ok(Reply::None(NoAnswer::NotSent));
            };
            match exchange.await? {
                Reply::None(NoAnswer::Busy) => self.wait_for_room(&mut attempts).await?,
                reply => return Ok(reply),
            }
        }
    }

    /// What a refusal means that does not say why; of JSON-RPC.
    async fn reason(self, request: &Request, message: &str) -> Result<ErrorKind> {
        let message = message.to_owned();
        let Some(name) = request.name() else { return Ok(ErrorKind::Daemon { message, advice: "" }) };
        match request {
            // What is there is not YAML, or the name is one that it takes for no definition.
            Request::Get(_) => return Ok(ErrorKind::ConfigRefused { message }),
            Request::Create(..) | Request::Delete(_) => return Ok(ErrorKind::Daemon { message, advice: "" }),
            _ => {}
        }
        let is_known = self.is_listed(name).await?;
        let refusals = request.refusals();
        let can_be = |refusal: &Refusal| refusals.contains(refusal);
        Ok(match is_known {
            true if can_be(&Refusal::AlreadyMonitored) => ErrorKind::AlreadyMonitored { message },
            false if can_be(&Refusal::Config) => ErrorKind::ConfigRefused { message },
            false if can_be(&Refusal::Unknown) => {
                ErrorKind::UnknownService { what: "it; monitor it first", message }
            }
            true if can_be(&Refusal::Up) || can_be(&Refusal::Down) => {
                let reply = self.exchange(&command::status(name), Protocol::JsonRpc).await?;
                let Reply::Answer(status) = reply else {
                    return Ok(ErrorKind::Daemon { message, advice: "" });
                };
                match status.pid {
                    // A stop that finds no process is done, and that is so only where the target is Down.
                    0 if matches!(request, Request::Stop(_)) && status.target != Target::Down => {
                        ErrorKind::Daemon { message, advice: "" }
                    }
                    0 if can_be(&Refusal::Down) => ErrorKind::ServiceDown { message },
                    pid if can_be(&Refusal::Up) && (pid != 0 || status.target == Target::Up) => {
                        ErrorKind::ServiceUp { message }
                    }
                    _ => ErrorKind::Daemon { message, advice: "" },
                }
            }
            _ => ErrorKind::Daemon { message, advice: "" },
        })
    }

    async fn is_listed(self, name: &Name) -> Result<bool> {
        match self.exchange(&command::list(), Protocol::JsonRpc).await? {
            Reply::Answer(list) => {
                let is_listed = list.state(name.as_str()).is_some();
                self.free(list).await?;
                Ok(is_listed)
            }
            Reply::None(_) => Err(closed()),
        }
    }
}

fn closed() -> Error {
    ErrorKind::Closed { os_errno: 0 }.into()
}

/// A daemon that speaks JSON-RPC would take what stands in brackets out of the line, and act on it.
fn is_cut_out(request: &Request) -> bool {
    request.name().is_some_and(|name| !name.is_plain() && name.as_str().contains(['{', '[']))
}

/// The daemon speaks another protocol than the one that the caller has `named`; or another one each time.
fn foreign(named: Option<Protocol>, seems: Option<Protocol>) -> Error {
    let (Some(named), Some(seems)) = (named, seems) else {
        let reason =
            "it is of another protocol each time; look who listens at the daemon's socket".to_owned();
        return ErrorKind::Protocol { reason }.into();
    };
    let reason = format!(
        "it is of {}, which zinit {} speak, and the client's options allow only {}: allow {0}, or any protocol",
        seems.words(),
        seems.versions(),
        named.words()
    );
    ErrorKind::Protocol { reason }.into()
}
