//! Runs one case over every driver: the simulated daemon in virtual time, and on a socket in real time.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::io::{BufRead, BufReader, Write};
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::Context;
use std::time::{Duration, Instant};
use std::{fs, thread};

use super::late_machine;
use super::simulation::{BEGIN, Fault, Simulation};
pub(super) use super::world::{Directory, World};
use crate::client::{Io, Outcome, Report, Row, Task, Timeout, groups, waits};
use crate::config_directory::ConfigDirectory;
use crate::driver::event::Request;
use crate::driver::scripted::{Answer, Answered, Script, run_script};
use crate::driver::{Cancel, Options, Queue, blocking};
use crate::error::{Error, Result};
use crate::model::{Name, Service};
use crate::protocol::Protocol;
use crate::sys;
use crate::transport::Endpoint;

/// Makes a test of each case for each driver.
macro_rules! everywhere {
    ($($case:ident),+ $(,)?) => {
        $($crate::client::tests::runner::drivers!($case: scripted Scripted, jsonrpc JsonRpc, blocking Blocking, event Event, queue Queued);)+
    };
}
pub(super) use everywhere;

/// As `everywhere!`, for a case that cancels: a request under an event loop is freed instead.
macro_rules! where_calls_can_be_cancelled {
    ($($case:ident),+ $(,)?) => {
        $($crate::client::tests::runner::drivers!($case: scripted Scripted, jsonrpc JsonRpc, blocking Blocking);)+
    };
}
pub(super) use where_calls_can_be_cancelled;

macro_rules! drivers {
    ($case:ident: $($driver:ident $runner:ident),+) => {
        mod $case {
            $(#[test]
            fn $driver() {
                $crate::client::tests::late_machine::judge(|| {
                    super::$case(&$crate::client::tests::runner::$runner);
                });
            })+
        }
    };
}
pub(super) use drivers;

/// The error is of this kind.
macro_rules! assert_kind {
    ($error:expr, $kind:pat) => {
        let error: &$crate::error::Error = $error;
        assert!(matches!(error.kind(), $kind), "{error}");
    };
}
pub(super) use assert_kind;

/// One of the operations with what it is given. Data, so that each driver can make of it what it runs.
#[derive(Debug, Clone)]
pub(super) enum Call {
    Start(Name, Timeout),
    Stop(Name, Timeout),
    Restart(Name, Timeout, Timeout),
    Deploy(Name, Box<Service>, Timeout, Timeout),
    Reload(Name, Timeout, Timeout),
    StartMultiple(Vec<Name>, Timeout),
    StopMultiple(Vec<Name>, Timeout),
    RestartMultiple(Vec<Name>, Timeout, Timeout),
    Destroy(Vec<Name>, Timeout),
}

impl Call {
    pub(super) async fn perform(&self, io: Io<'_>) -> Result<()> {
        match self {
            Self::Start(name, timeout) => waits::start_wait(io, name, *timeout).await,
            Self::Stop(name, timeout) => waits::stop_wait(io, name, *timeout).await,
            Self::Restart(name, grace, timeout) => waits::restart(io, name, *grace, *timeout).await,
            Self::Deploy(name, service, grace, timeout) => {
                waits::deploy(io, name, service, *grace, *timeout).await
            }
            Self::Reload(name, grace, timeout) => waits::reload(io, name, *grace, *timeout).await,
            Self::StartMultiple(names, timeout) => groups::start_multiple(io, names, *timeout).await,
            Self::StopMultiple(names, timeout) => groups::stop_multiple(io, names, *timeout).await,
            Self::RestartMultiple(names, grace, timeout) => {
                groups::restart_multiple(io, names, *grace, *timeout).await
            }
            Self::Destroy(names, grace) => groups::destroy_services(io, names, *grace).await,
        }
    }
}

fn name(name: &str) -> Name {
    Name::new(name).unwrap()
}

fn names(list: &[&str]) -> Vec<Name> {
    list.iter().map(|one| name(one)).collect()
}

fn timeout(milliseconds: i64) -> Timeout {
    Timeout::from_milliseconds(milliseconds).unwrap()
}

pub(super) fn start(service: &str, milliseconds: i64) -> Call {
    Call::Start(name(service), timeout(milliseconds))
}

pub(super) fn stop(service: &str, milliseconds: i64) -> Call {
    Call::Stop(name(service), timeout(milliseconds))
}

pub(super) fn restart(service: &str, grace: i64, milliseconds: i64) -> Call {
    Call::Restart(name(service), timeout(grace), timeout(milliseconds))
}

pub(super) fn deploy(service: &str, yaml: &str, grace: i64, milliseconds: i64) -> Call {
    let definition = Service::from_yaml(yaml.as_bytes()).unwrap();
    Call::Deploy(name(service), Box::new(definition), timeout(grace), timeout(milliseconds))
}

pub(super) fn reload(service: &str, grace: i64, milliseconds: i64) -> Call {
    Call::Reload(name(service), timeout(grace), timeout(milliseconds))
}

pub(super) fn start_multiple(services: &[&str], milliseconds: i64) -> Call {
    Call::StartMultiple(names(services), timeout(milliseconds))
}

pub(super) fn stop_multiple(services: &[&str], milliseconds: i64) -> Call {
    Call::StopMultiple(names(services), timeout(milliseconds))
}

pub(super) fn restart_multiple(services: &[&str], grace: i64, milliseconds: i64) -> Call {
    Call::RestartMultiple(names(services), timeout(grace), timeout(milliseconds))
}

pub(super) fn destroy(services: &[&str], milliseconds: i64) -> Call {
    Call::Destroy(names(services), timeout(milliseconds))
}

/// How a call ended, and what it left behind.
#[derive(Debug)]
pub(super) struct Ending {
    pub(super) result: Result<()>,
    pub(super) report: Report,
    pub(super) elapsed: Duration,
    /// Every command that the daemon got.
    pub(super) commands: Vec<String>,
    /// When each command went out, and when it was answered; in virtual time only.
    pub(super) times: Vec<(Duration, Duration)>,
    simulation: Simulation,
}

impl Ending {
    pub(super) fn error(&self) -> &Error {
        self.result.as_ref().unwrap_err()
    }

    pub(super) fn ok(&self) -> &Self {
        assert!(self.result.is_ok(), "{:?} after {:?}", self.result, self.commands);
        self
    }

    pub(super) fn row(&self, index: usize) -> &Row {
        &self.report.rows()[index]
    }

    /// The error of a row.
    pub(super) fn row_error(&self, index: usize) -> &Error {
        match &self.row(index).outcome {
            Outcome::Failed(error) => error,
            outcome => panic!("row {index} is {outcome:?}"),
        }
    }

    pub(super) fn is_done(&self, index: usize) -> bool {
        matches!(self.row(index).outcome, Outcome::Done)
    }

    /// The process of a service at the end of the call; `None`: it is not monitored.
    pub(super) fn pid(&self, service: &str) -> Option<i32> {
        let now = BEGIN + self.elapsed;
        self.simulation.clone().service(now, service).map(super::simulation::Service::pid)
    }

    /// The state of a service at the end of the call.
    pub(super) fn state(&self, service: &str) -> String {
        let now = BEGIN + self.elapsed;
        self.simulation.clone().service(now, service).unwrap().state.clone()
    }

    /// How often a service was spawned.
    pub(super) fn spawned(&self, service: &str) -> usize {
        self.spawned_later(service, Duration::ZERO)
    }

    /// The same, a little after the end of the call.
    pub(super) fn spawned_later(&self, service: &str, later: Duration) -> usize {
        let now = BEGIN + self.elapsed + later;
        self.simulation.clone().service(now, service).unwrap().spawned
    }

    /// How often the daemon got a command.
    pub(super) fn count(&self, command: &str) -> usize {
        self.commands
            .iter()
            .filter(|sent| *sent == command || sent.split(' ').next() == Some(command))
            .count()
    }
}

/// A driver, and the daemon for it.
pub(super) trait Runner {
    fn run(&self, world: &World, call: &Call) -> Ending;
}

/// A driver that the caller can cancel.
pub(super) trait Cancelling: Runner {
    /// Cancelled that long after the beginning.
    fn run_until(&self, world: &World, call: &Call, cancel_at: Option<Duration>) -> Ending;
}

/// In virtual time.
pub(super) struct Scripted;

impl Runner for Scripted {
    fn run(&self, world: &World, call: &Call) -> Ending {
        self.run_until(world, call, None)
    }
}

impl Cancelling for Scripted {
    fn run_until(&self, world: &World, call: &Call, cancel_at: Option<Duration>) -> Ending {
        run_in_virtual_time(world, call, cancel_at, Protocol::Line)
    }
}

/// In virtual time, with a daemon that speaks JSON-RPC.
pub(super) struct JsonRpc;

impl Runner for JsonRpc {
    fn run(&self, world: &World, call: &Call) -> Ending {
        self.run_until(world, call, None)
    }
}

impl Cancelling for JsonRpc {
    fn run_until(&self, world: &World, call: &Call, cancel_at: Option<Duration>) -> Ending {
        run_in_virtual_time(world, call, cancel_at, Protocol::JsonRpc)
    }
}

fn run_in_virtual_time(world: &World, call: &Call, cancel_at: Option<Duration>, speaks: Protocol) -> Ending {
    run_observed(world, call, cancel_at, speaks, None)
}

/// Is given a command and a report.
pub(super) type Observe<'a> = &'a mut dyn FnMut(&str, &Report);

/// In virtual time; `observe` is given each command that goes out, and the report at that time. The command is empty
/// where the operation waits for something else.
pub(super) fn run_observed(
    world: &World,
    call: &Call,
    cancel_at: Option<Duration>,
    speaks: Protocol,
    observe: Option<Observe<'_>>,
) -> Ending {
    let mut simulation = world.simulation.clone();
    let report = RefCell::new(Report::default());
    let observe = RefCell::new(observe);
    let directory = ConfigDirectory::new(&world.client_directory);
    let script = Script {
        io_timeout: world.io_timeout,
        steady: world.steady,
        stop_order: world.stop_order,
        files: world.files,
        cancel_at,
        directory,
        speaks,
        learned: Some(speaks),
        ..Script::default()
    };
    let latency = world.latency;
    let outcome = run_script(
        script,
        |now, line| {
            if let Some(observe) = &mut *observe.borrow_mut() {
                observe(line, &report.borrow());
            }
            Answered(simulation.handle(BEGIN + now + latency / 2, line), latency)
        },
        async |io| {
            let mut operation = pin!(call.perform(io));
            let step = |context: &mut Context<'_>| {
                let polled = operation.as_mut().poll(context);
                if let Some(observe) = &mut *observe.borrow_mut() {
                    *report.borrow_mut() = io.progress().report();
                    observe("", &report.borrow());
                }
                polled
            };
            poll_fn(step).await
        },
    );
    Ending {
        result: outcome.result,
        report: outcome.report,
        elapsed: outcome.elapsed,
        commands: outcome.commands,
        times: outcome.times,
        simulation,
    }
}

/// On the calling thread, in real time.
pub(super) struct Blocking;

impl Runner for Blocking {
    fn run(&self, world: &World, call: &Call) -> Ending {
        self.run_until(world, call, None)
    }
}

impl Cancelling for Blocking {
    fn run_until(&self, world: &World, call: &Call, cancel_at: Option<Duration>) -> Ending {
        served(world, |options, begin| {
            let cancel = &Cancel::new().unwrap();
            if cancel_at == Some(Duration::ZERO) {
                cancel.trigger();
            }
            thread::scope(|scope| {
                if let Some(at) = cancel_at {
                    scope.spawn(move || {
                        thread::sleep((begin + at).saturating_duration_since(Instant::now()));
                        cancel.trigger();
                    });
                }
                blocking::run_with_report(options, Some(cancel), async |io| call.perform(io).await)
            })
        })
    }
}

/// Under an event loop, in real time.
pub(super) struct Event;

impl Runner for Event {
    fn run(&self, world: &World, call: &Call) -> Ending {
        let call = call.clone();
        served(world, |options, _| {
            let operation = |task: Arc<Task>| async move { call.perform(task.io()).await };
            let request = Request::begin(options, operation);
            let descriptor = request.descriptor().unwrap().unwrap();
            let result = loop {
                // It is readable when there is something to do, and needs no time limit from the loop.
                let [_] = sys::wait_readable([Some(descriptor.as_fd())], None).unwrap();
                if let Some(result) = request.dispatch() {
                    break result.clone();
                }
            };
            (result, request.report())
        })
    }
}

/// In a queue, in real time.
pub(super) struct Queued;

impl Runner for Queued {
    fn run(&self, world: &World, call: &Call) -> Ending {
        let call = call.clone();
        served(world, |options, _| {
            let operation = |task: Arc<Task>| async move { call.perform(task.io()).await };
            let request = Request::begin(options, operation);
            let queue = Arc::new(Queue::new().unwrap());
            request.enter(&queue, 7).unwrap();
            assert_eq!(queue.next(None, None).unwrap(), Some(7));
            (request.result().unwrap().clone(), request.report())
        })
    }
}

/// Serves the simulation on a socket in real time, while `act` is done.
fn served(world: &World, act: impl FnOnce(&Arc<Options>, Instant) -> (Result<()>, Report)) -> Ending {
    let socket_directory = Directory::new();
    let socket_path = socket_directory.path().join("sock");
    let listener = UnixListener::bind(&socket_path).unwrap();
    let is_dead = matches!(world.simulation.fault, Some((at, Fault::Dies)) if at <= BEGIN);
    let listener = Some(listener).filter(|_| !is_dead);
    let begin = Instant::now();
    let (wake, woken) = UnixStream::pair().unwrap();
    let server = Mutex::new((world.simulation.clone(), Vec::new()));
    let (result, report, elapsed) = thread::scope(|scope| {
        let server = &server;
        let daemon = listener.map(|listener| {
            scope.spawn(move || late_machine::measure(|| serve(&listener, &woken, begin, server)))
        });
        let endpoint = Endpoint { socket_path, io_timeout: world.io_timeout, ..Endpoint::default() };
        let config_directory = ConfigDirectory::new(&world.client_directory);
        let options = Arc::new(Options {
            endpoint,
            config_directory,
            is_directory_named: true,
            steady: world.steady,
            stop_order: world.stop_order,
            ..Options::default()
        });
        let (result, report) = act(&options, begin);
        let elapsed = begin.elapsed();
        drop(wake);
        late_machine::add(daemon.map_or(Duration::ZERO, |daemon| daemon.join().unwrap()));
        (result, report, elapsed)
    });
    let (simulation, commands) = server.into_inner().unwrap();
    Ending { result, report, elapsed, commands, times: Vec::new(), simulation }
}

/// Until `woken` can be read, or the daemon dies.
fn serve(
    listener: &UnixListener,
    woken: &UnixStream,
    begin: Instant,
    server: &Mutex<(Simulation, Vec<String>)>,
) {
    let mut mute = Vec::new();
    loop {
        let now = BEGIN + begin.elapsed();
        let dies = match server.lock().unwrap().0.fault {
            Some((at, Fault::Dies)) => Some(at.saturating_sub(now)),
            _ => None,
        };
        if dies.is_some_and(|left| left.is_zero()) {
            return die(listener, &mut server.lock().unwrap().1);
        }
        match sys::wait_readable([Some(woken.as_fd()), Some(listener.as_fd())], dies).unwrap() {
            // What came before the end of the call is taken in.
            [_, true] => {}
            [true, _] => return,
            _ => continue,
        }
        let (mut stream, _) = listener.accept().unwrap();
        let mut line = String::new();
        BufReader::new(&stream).read_line(&mut line).unwrap();
        let line = line.trim_end_matches('\n');
        let mut server = server.lock().unwrap();
        server.1.push(line.to_owned());
        match server.0.handle(BEGIN + begin.elapsed(), line) {
            // The client may be gone meanwhile.
            Answer::Reply(reply) => drop(stream.write_all(reply.as_bytes())),
            Answer::Mute => mute.push(stream),
            Answer::Closes | Answer::NotRunning => {}
        }
    }
}

/// Takes what was sent before the end, so that the commands are all that have gone out.
fn die(listener: &UnixListener, commands: &mut Vec<String>) {
    // From now on nobody connects.
    fs::remove_file(listener.local_addr().unwrap().as_pathname().unwrap()).unwrap();
    listener.set_nonblocking(true).unwrap();
    while let Ok((stream, _)) = listener.accept() {
        let mut line = String::new();
        BufReader::new(&stream).read_line(&mut line).unwrap();
        commands.push(line.trim_end_matches('\n').to_owned());
    }
}
