//! One client, used by 64 threads, while its daemon is exchanged for one of the other protocol and back: every success
//! is true, and no command is carried out twice.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::collections::BTreeSet;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{fs, iter, thread};

use common::TemporaryDirectory;
use common::daemon::{Daemon, PATIENCE, binary_of_each_protocol, is_alive, name, wait_until};
use common::late::run_late;
use zinit_client::client::{Io, control, queries};
use zinit_client::driver::{Options, blocking};
use zinit_client::error::{ErrorKind, Result};
use zinit_client::model::{Name, Protocol, Signal, StateKind, Status, Target};
use zinit_client::transport::Endpoint;

const THREADS: usize = 64;

/// What a thread's service is, by the thread's number.
const KINDS: [&str; 4] = [JOB, SIGNALLED, STOPPED, "exec: sleep 1000\nafter: [ghost]\n"];

/// Each run leaves a line that says of which daemon it was.
const JOB: &str = "exec: sh -c 'echo $ZINIT_TEST_GENERATION >>\"$ZINIT_TEST_DIRECTORY/traces-NAME\"'\n\
                   oneshot: true\n";

/// Each signal leaves a line. It outlives its daemon, which reads what it says no longer.
const SIGNALLED: &str = "exec: sh -c 'exec >/dev/null 2>&1; for s in USR1 USR2 HUP ALRM; do \
     trap \"echo SIG$s >>$ZINIT_TEST_DIRECTORY/traces-NAME\" $s; done; touch \"$ZINIT_TEST_DIRECTORY/ready-$$\"; \
     while :; do sleep 1000 & wait $!; done'\n";

/// Each stop leaves a line. A daemon that speaks JSON-RPC confirms it more than half a second later.
const STOPPED: &str = "exec: sh -c 'exec >/dev/null 2>&1; \
     trap \"echo SIGTERM >>$ZINIT_TEST_DIRECTORY/traces-NAME; exit 0\" TERM; touch \"$ZINIT_TEST_DIRECTORY/ready-$$\"; \
     while :; do sleep 1000 & wait $!; done'\n";

/// Sent in turn, so that one that came twice is not taken for the next one.
const SIGNALS: [&str; 4] = ["SIGUSR1", "SIGUSR2", "SIGHUP", "SIGALRM"];

/// In which order the daemon that was used goes, and the other one comes.
#[derive(Clone, Copy)]
enum Exchange {
    /// For a moment there is no daemon.
    CrashFirst,
    /// Who has a connection to the old daemon loses it.
    CrashBehind,
    /// The old daemon goes on for who has a connection to it.
    NoCrash,
}

impl Exchange {
    fn has_crash(self) -> bool {
        !matches!(self, Self::NoCrash)
    }
}

/// Each in both directions.
const EXCHANGES: [Exchange; 6] = [
    Exchange::CrashBehind,
    Exchange::CrashBehind,
    Exchange::CrashFirst,
    Exchange::CrashFirst,
    Exchange::NoCrash,
    Exchange::NoCrash,
];

/// What a thread asks for.
#[derive(Clone)]
enum Operation {
    Start,
    Stop,
    Kill(&'static str),
    Status,
    List,
}

async fn perform(io: Io<'_>, operation: Operation, service: &Name) -> Result<Option<Status>> {
    match operation {
        Operation::Start => control::start(io, service).await?,
        Operation::Stop => control::stop(io, service).await?,
        Operation::Kill(signal) => control::kill(io, service, Signal::parse(signal)?).await?,
        Operation::Status => return queries::status(io, service).await.map(Some),
        Operation::List => {
            let list = queries::list(io).await?;
            let listed: BTreeSet<_> = list.services().iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(listed, service_names().iter().map(String::as_str).collect());
        }
    }
    Ok(None)
}

fn service_names() -> Vec<String> {
    (0..THREADS).map(|number| format!("s{number}")).collect()
}

/// What the threads share.
struct Shared {
    /// Of the one client.
    options: Arc<Options>,
    /// Of each daemon; the traces are there.
    directories: [PathBuf; 2],
    /// How many exchanges have begun, and how many are over: odd while there is one.
    exchanges: AtomicUsize,
    /// Whether the old daemon crashes in the last one of them.
    has_crash: AtomicBool,
    users: Vec<Activity>,
    is_over: AtomicBool,
}

#[derive(Default)]
struct Activity {
    /// While it has sent, or may send, what leaves a trace: how many there were before.
    traces_before: Mutex<Option<usize>>,
    /// How often it has got what it wanted.
    successes: AtomicUsize,
}

impl Shared {
    fn begin_exchange(&self, exchange: Exchange) {
        self.has_crash.store(exchange.has_crash(), Ordering::SeqCst);
        self.exchanges.fetch_add(1, Ordering::SeqCst);
    }

    fn end_exchange(&self) {
        self.exchanges.fetch_add(1, Ordering::SeqCst);
    }

    /// Whether a thread may send, or wait for, what leaves a trace.
    fn is_busy(&self) -> bool {
        self.users.iter().any(|user| user.traces_before.lock().unwrap().is_some())
    }

    /// How many stops have left their trace, but are waited for.
    fn half_done_stops(&self) -> usize {
        let is_half_done = |(service, user): &(String, &Activity)| {
            let before = *user.traces_before.lock().unwrap();
            before.is_some_and(|before| self.signals(service, "SIGTERM") > before)
        };
        iter::zip(service_names(), &self.users).filter(is_half_done).count()
    }

    fn exchanges(&self) -> usize {
        self.exchanges.load(Ordering::SeqCst)
    }

    fn successes(&self) -> Vec<usize> {
        self.users.iter().map(|user| user.successes.load(Ordering::SeqCst)).collect()
    }

    /// The lines that a service has left with both daemons.
    fn traces(&self, service: &str) -> Vec<Vec<String>> {
        let files = self.directories.iter().map(|directory| directory.join(format!("traces-{service}")));
        let text = files.map(|file| fs::read_to_string(file).unwrap_or_default());
        text.map(|text| text.lines().map(str::to_owned).collect()).collect()
    }

    /// How often a job was run because it was told to: each daemon runs it once unasked.
    fn runs(&self, service: &str) -> usize {
        let runs = |traces: &Vec<String>| traces.len() - traces.iter().collect::<BTreeSet<_>>().len();
        self.traces(service).iter().map(runs).sum()
    }

    /// Whether the process of [`SIGNALLED`] or [`STOPPED`] has come so far that it leaves traces.
    fn is_ready(&self, status: &Status) -> bool {
        self.directories.iter().any(|directory| directory.join(format!("ready-{}", status.pid)).exists())
    }

    fn signals(&self, service: &str, signal: &str) -> usize {
        self.traces(service).iter().flatten().filter(|trace| *trace == signal).count()
    }
}

/// A thread, and the service that no other thread touches.
struct User<'a> {
    shared: &'a Shared,
    number: usize,
    service: String,
    /// [`Shared::exchanges`] at the begin of what is looked at.
    since: usize,
}

impl User<'_> {
    fn activity(&self) -> &Activity {
        &self.shared.users[self.number]
    }

    /// It has got what it wanted.
    fn note_success(&self) {
        self.activity().successes.fetch_add(1, Ordering::SeqCst);
    }

    /// Whether there was no exchange since what is looked at began.
    fn is_undisturbed(&self) -> bool {
        self.since % 2 == 0 && self.since == self.shared.exchanges()
    }

    /// Whether a daemon has crashed since then.
    fn may_have_crashed(&self) -> bool {
        !self.is_undisturbed() && self.shared.has_crash.load(Ordering::SeqCst)
    }

    /// Every other thread does it itself, and the others as requests under an event loop. An error can only come of a
    /// crash.
    fn perform(&self, operation: Operation) -> Result<Option<Status>> {
        let (options, service) = (&self.shared.options, name(&self.service));
        let result = if self.number / KINDS.len() % 2 == 0 {
            blocking::run(options, async |io| perform(io, operation, &service).await)
        } else {
            let late = |task: Arc<zinit_client::client::Task>| async move {
                perform(task.io(), operation, &service).await
            };
            run_late(options, || Duration::ZERO, late).0
        };
        if let Err(error) = &result {
            assert!(self.may_have_crashed(), "{}: {error}", self.service);
            let is_gone = matches!(error.kind(), ErrorKind::NotRunning { .. } | ErrorKind::Closed { .. });
            assert!(is_gone, "{}: {error}", self.service);
        }
        result
    }

    /// The status once it is as wanted, or nothing where an exchange came in between.
    fn wait_for(&mut self, wanted: impl Fn(&Status) -> bool) -> Option<Status> {
        self.since = self.shared.exchanges();
        let mut status = None;
        wait_until("the service is where it should be", || {
            status = self.perform(Operation::Status).ok().flatten();
            assert!(status.as_ref().is_none_or(|status| status.name.as_str() == self.service));
            !self.is_undisturbed() || status.as_ref().is_some_and(&wanted)
        });
        status.filter(|status| self.is_undisturbed() && wanted(status))
    }

    /// Does what leaves a trace, whose effect is there at last where it was confirmed, and which leaves one trace at
    /// most in any case.
    fn leave_trace(
        &self,
        operation: Operation,
        traces: impl Fn() -> usize,
        is_done: impl Fn(usize) -> bool,
    ) -> bool {
        let before = traces();
        *self.activity().traces_before.lock().unwrap() = Some(before);
        let is_confirmed = self.perform(operation).is_ok();
        if is_confirmed {
            self.note_success();
            wait_until("what was confirmed is done", || is_done(traces() - before));
        }
        *self.activity().traces_before.lock().unwrap() = None;
        if !self.is_undisturbed() {
            // What a daemon has begun that is gone now is still to leave its trace, or never will.
            wait_until("the exchange is over", || {
                let _ = self.perform(Operation::List);
                self.shared.exchanges() % 2 == 0
            });
        }
        let more = traces() - before;
        assert!(more <= 1, "{}: carried out {more} times", self.service);
        is_confirmed
    }

    fn start_job(&mut self) {
        if self.wait_for(|status| status.state.kind() == StateKind::Success).is_some() {
            // A daemon that crashes may have confirmed what it has not come to do.
            let is_done = |more| more > 0 || self.may_have_crashed();
            self.leave_trace(Operation::Start, || self.shared.runs(&self.service), is_done);
        }
    }

    fn kill(&mut self, signal: &'static str) {
        let shared = self.shared;
        if self.wait_for(|status| shared.is_ready(status)).is_some() {
            let signals = || shared.signals(&self.service, signal);
            self.leave_trace(Operation::Kill(signal), signals, |more| more > 0);
        }
    }

    fn stop_and_start(&mut self) {
        let shared = self.shared;
        if let Some(old) = self.wait_for(|status| status.target == Target::Down || shared.is_ready(status)) {
            if old.target == Target::Up {
                let stops = || shared.signals(&self.service, "SIGTERM");
                // The process that it was told to may be that of the other daemon.
                let is_done = |more| more > 0 || !is_alive(old.pid) || !self.is_undisturbed();
                let is_confirmed = self.leave_trace(Operation::Stop, stops, is_done);
                self.assert_target(Target::Down, is_confirmed);
            }
            let is_confirmed = self.perform(Operation::Start).is_ok();
            self.assert_target(Target::Up, is_confirmed);
        }
    }

    /// What was confirmed has set the target of the daemon that is there.
    fn assert_target(&self, target: Target, is_confirmed: bool) {
        let status = self.perform(Operation::Status);
        if is_confirmed && self.is_undisturbed() {
            assert_eq!(status.unwrap().unwrap().target, target, "{}", self.service);
        }
    }

    fn look(&mut self) {
        self.since = self.shared.exchanges();
        let is_listed = self.perform(Operation::List).is_ok();
        if is_listed && self.wait_for(|status| status.state.kind() == StateKind::Blocked).is_some() {
            self.note_success();
        }
    }

    fn work(&mut self) {
        for signal in SIGNALS.iter().cycle() {
            if self.shared.is_over.load(Ordering::SeqCst) {
                return;
            }
            match self.number % KINDS.len() {
                0 => self.start_job(),
                1 => self.kill(signal),
                2 => self.stop_and_start(),
                _ => self.look(),
            }
        }
    }
}

/// Ends the threads, however a test ends.
struct Over<'a>(&'a Shared);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.is_over.store(true, Ordering::SeqCst);
    }
}

/// Waits until every service is in the state where its thread wants it.
fn wait_until_ready(daemon: &Daemon) {
    for (number, service) in service_names().iter().enumerate() {
        daemon.wait_for(service, |status| match number % KINDS.len() {
            0 => status.state.kind() == StateKind::Success,
            1 | 2 => daemon.path(&format!("ready-{}", status.pid)).exists(),
            _ => status.state.kind() == StateKind::Blocked,
        });
    }
}

/// A daemon of each protocol, of which one is in use.
struct Daemons {
    binaries: [PathBuf; 2],
    both: [Daemon; 2],
    used: usize,
    directory: TemporaryDirectory,
}

impl Daemons {
    fn start() -> Self {
        let names = service_names();
        let text = |(number, name): (usize, &String)| KINDS[number % KINDS.len()].replace("NAME", name);
        let texts: Vec<_> = names.iter().enumerate().map(text).collect();
        let files: Vec<_> =
            iter::zip(&names, &texts).map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let binaries = binary_of_each_protocol();
        let both = binaries.each_ref().map(|binary| Daemon::start_binary(binary, &files));
        both.iter().for_each(wait_until_ready);
        let mut daemons = Self { binaries, both, used: 0, directory: TemporaryDirectory::new() };
        daemons.switch_to(0);
        daemons
    }

    fn socket_path(&self) -> PathBuf {
        self.directory.path().join("zinit.sock")
    }

    /// Puts a daemon in the place of another one, with no moment in between.
    fn switch_to(&mut self, used: usize) {
        let new = self.directory.path().join("new");
        symlink(self.both[used].socket_path(), &new).unwrap();
        fs::rename(&new, self.socket_path()).unwrap();
        self.used = used;
    }

    fn protocol(&self) -> Protocol {
        [Protocol::Line, Protocol::JsonRpc][self.used]
    }

    /// Replaces the one in use by the other one. Where it crashes, `until_seen` waits until every thread has seen what
    /// it has done.
    fn exchange(&mut self, exchange: Exchange, until_seen: impl FnOnce()) {
        let old = self.used;
        if matches!(exchange, Exchange::CrashFirst) {
            self.both[old].crash();
        }
        self.switch_to(1 - old);
        if matches!(exchange, Exchange::CrashBehind) {
            self.both[old].crash();
        }
        until_seen();
        if exchange.has_crash() {
            self.both[old].end_services();
        }
    }

    /// Starts the one that has crashed again, so that it is there for the next exchange.
    fn replace_crashed(&mut self) {
        let crashed = 1 - self.used;
        self.both[crashed].replace(&self.binaries[crashed]);
        wait_until_ready(&self.both[crashed]);
    }
}

#[test]
fn a_client_of_64_threads_lives_through_exchanges_of_its_daemon() {
    let mut daemons = Daemons::start();
    let endpoint =
        Endpoint { socket_path: daemons.socket_path(), io_timeout: PATIENCE, ..Endpoint::default() };
    let shared = Shared {
        options: Arc::new(Options { endpoint, ..Options::default() }),
        directories: daemons.both.each_ref().map(|daemon| daemon.path("")),
        exchanges: AtomicUsize::new(0),
        has_crash: AtomicBool::new(false),
        users: (0..THREADS).map(|_| Activity::default()).collect(),
        is_over: AtomicBool::new(false),
    };
    let shared = &shared;
    thread::scope(|scope| {
        let _over = Over(shared);
        let user = |(number, service)| User { shared, number, service, since: 0 };
        let users = service_names().into_iter().enumerate().map(user);
        let threads: Vec<_> = users.map(|mut user| scope.spawn(move || user.work())).collect();
        let wait_until = |what: &str, condition: &dyn Fn() -> bool| {
            let has_failed = || threads.iter().any(thread::ScopedJoinHandle::is_finished);
            wait_until(what, || condition() || has_failed());
            assert!(!has_failed(), "a thread has failed");
        };
        for exchange in EXCHANGES {
            let before = shared.successes();
            let have_succeeded = || iter::zip(shared.successes(), &before).all(|(now, before)| now > *before);
            wait_until("every thread has succeeded", &have_succeeded);
            let protocol = Some(daemons.protocol());
            wait_until("the protocol is known", &|| shared.options.daemon.protocol().get() == protocol);
            if protocol == Some(Protocol::JsonRpc) {
                // What a client sent a second time would be carried out a second time.
                wait_until("a stop is carried out and not confirmed", &|| shared.half_done_stops() > 1);
            }
            shared.begin_exchange(exchange);
            daemons.exchange(exchange, || {
                wait_until("every thread has seen what it has done", &|| !shared.is_busy());
            });
            shared.end_exchange();
            if exchange.has_crash() {
                daemons.replace_crashed();
            }
        }
    });
}
