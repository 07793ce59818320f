//! Waits and groups on a daemon that runs: all that a real one can be brought to do.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;
use std::{env, fs, thread};

use common::TemporaryDirectory;
use common::daemon::{
    Daemon, SLEEPER, STUBBORN, is_alive, is_line_daemon, is_zinit_0_3, name, speaks_json_rpc, wait_until,
};
use zinit_client::client::{Io, Outcome, Report, Row, Timeout, control, groups, queries, waits};
use zinit_client::config_directory::ConfigDirectory;
use zinit_client::driver::{Cancel, Options, blocking};
use zinit_client::error::{Error, ErrorKind, Result};
use zinit_client::model::{ExitStatus, Name, Protocol, Service, StateKind, Status, Target, Text};
use zinit_client::transport::Endpoint;

/// Longer than anything here takes, in milliseconds.
const LONG: i64 = 60_000;

/// A service whose test never passes.
const NEVER_UP: &str = "exec: sleep 1000\ntest: sh -c 'exit 1'\n";

/// A service that takes a while to end, and then does so well; see [`ready`].
const SLOW: &str = "exec: sh -c 'trap \"sleep 1; exit 0\" TERM; touch \"$ZINIT_TEST_DIRECTORY/ready-$$\"; \
                    while :; do sleep 0.01; done'\n";

/// A service that ends well at once when it is told to; see [`ready`].
const OBEDIENT: &str = "exec: sh -c 'trap \"exit 0\" TERM; touch \"$ZINIT_TEST_DIRECTORY/ready-$$\"; \
                        while :; do sleep 0.01; done'\n";

fn timeout(milliseconds: i64) -> Timeout {
    Timeout::from_milliseconds(milliseconds).unwrap()
}

fn names(list: &[&str]) -> Vec<Name> {
    list.iter().map(|one| name(one)).collect()
}

fn service(yaml: &str) -> Service {
    Service::from_yaml(yaml.as_bytes()).unwrap()
}

/// A client of a daemon, perhaps through a proxy, perhaps with a cancel.
struct Client<'a> {
    options: Options,
    cancel: Option<&'a Cancel>,
}

impl<'a> Client<'a> {
    fn of(daemon: &Daemon) -> Self {
        Self { options: daemon.options(), cancel: None }
    }

    /// It knows what the daemon speaks.
    fn through(daemon: &Daemon, proxy: &Proxy) -> Self {
        let endpoint = Endpoint { socket_path: proxy.path.clone(), ..Endpoint::default() };
        let options = Options { endpoint, ..daemon.options() };
        options.daemon.protocol().learn(match () {
            () if is_zinit_0_3() => Protocol::Zinit03,
            () if speaks_json_rpc() => Protocol::JsonRpc,
            () => Protocol::Line,
        });
        Self { options, cancel: None }
    }

    fn with(mut self, cancel: &'a Cancel) -> Self {
        self.cancel = Some(cancel);
        self
    }

    fn run(&self, operation: impl AsyncFnOnce(Io<'_>) -> Result<()>) -> (Result<()>, Report) {
        blocking::run_with_report(&self.options, self.cancel, operation)
    }

    fn start_wait(&self, service: &str, milliseconds: i64) -> Result<()> {
        let service = name(service);
        self.run(async |io| waits::start_wait(io, &service, timeout(milliseconds)).await).0
    }

    fn stop_wait(&self, service: &str, milliseconds: i64) -> Result<()> {
        let service = name(service);
        self.run(async |io| waits::stop_wait(io, &service, timeout(milliseconds)).await).0
    }

    fn restart(&self, service: &str, grace: i64, milliseconds: i64) -> Result<()> {
        let service = name(service);
        let (grace, timeout) = (timeout(grace), timeout(milliseconds));
        self.run(async |io| waits::restart(io, &service, grace, timeout).await).0
    }

    fn deploy(&self, service: &str, definition: &Service, grace: i64, milliseconds: i64) -> Result<()> {
        let service = name(service);
        let (grace, timeout) = (timeout(grace), timeout(milliseconds));
        self.run(async |io| waits::deploy(io, &service, definition, grace, timeout).await).0
    }

    fn reload(&self, service: &str, grace: i64, milliseconds: i64) -> Result<()> {
        let service = name(service);
        let (grace, timeout) = (timeout(grace), timeout(milliseconds));
        self.run(async |io| waits::reload(io, &service, grace, timeout).await).0
    }

    fn start_multiple(&self, services: &[&str], milliseconds: i64) -> (Result<()>, Report) {
        let services = names(services);
        self.run(async |io| groups::start_multiple(io, &services, timeout(milliseconds)).await)
    }

    fn stop_multiple(&self, services: &[&str], milliseconds: i64) -> (Result<()>, Report) {
        let services = names(services);
        self.run(async |io| groups::stop_multiple(io, &services, timeout(milliseconds)).await)
    }

    fn destroy(&self, services: &[&str], milliseconds: i64) -> (Result<()>, Report) {
        let services = names(services);
        self.run(async |io| groups::destroy_services(io, &services, timeout(milliseconds)).await)
    }

    fn list(&self) {
        blocking::run(&self.options, queries::list).unwrap();
    }
}

/// Between a client and its daemon: keeps each command, one after the other, and passes it on.
struct Proxy {
    path: PathBuf,
    commands: Arc<Mutex<Vec<String>>>,
    is_done: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    fn start(daemon: &Daemon) -> Self {
        Self::start_with(daemon, |_| ())
    }

    /// With something to be done with each command before it is passed on; meanwhile, no other one is.
    fn start_with(daemon: &Daemon, before: impl Fn(&str) + Send + 'static) -> Self {
        Self::start_where(daemon, move |command| {
            before(command);
            true
        })
    }

    /// Passes on only some of the commands. To the others there is never a reply.
    fn start_where(daemon: &Daemon, is_passed_on: impl Fn(&str) -> bool + Send + 'static) -> Self {
        let path = daemon.path("proxy.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let daemon = daemon.socket_path();
        let commands = Arc::new(Mutex::new(Vec::new()));
        let is_done = Arc::new(AtomicBool::new(false));
        let (kept, ends) = (Arc::clone(&commands), Arc::clone(&is_done));
        let thread = thread::spawn(move || {
            let mut unanswered = Vec::new();
            for client in listener.incoming() {
                if ends.load(Ordering::Acquire) {
                    return;
                }
                let client = client.unwrap();
                let request = first_line(&client);
                let command = words(request.trim_end_matches('\n'));
                let is_passed_on = is_passed_on(&command);
                kept.lock().unwrap().push(command);
                if !is_passed_on {
                    unanswered.push(client);
                    continue;
                }
                let daemon = daemon.clone();
                // A daemon that speaks JSON-RPC may take its time for a reply, and hears others meanwhile.
                thread::spawn(move || pass_on(&request, &client, &daemon));
            }
        });
        Self { path, commands, is_done, thread: Some(thread) }
    }

    fn commands(&self) -> Vec<String> {
        self.commands.lock().unwrap().clone()
    }

    fn count(&self, verb: &str) -> usize {
        count(&self.commands(), verb)
    }

    /// The commands, without the looks at the target of a stop that a daemon which speaks JSON-RPC has not confirmed at
    /// once. It is given again until the target is Down.
    fn commands_but_looks(&self) -> Vec<String> {
        if !speaks_json_rpc() {
            return self.commands();
        }
        let mut commands: Vec<String> = Vec::new();
        for command in self.commands() {
            let stopped = commands.last().and_then(|last| last.strip_prefix("stop "));
            let (verb, service) = command.split_once(' ').unwrap_or((&command, ""));
            if stopped != Some(service) || !matches!(verb, "stop" | "status") {
                commands.push(command);
            }
        }
        commands
    }

    fn clear(&self) {
        self.commands.lock().unwrap().clear();
    }
}

fn count(commands: &[String], verb: &str) -> usize {
    commands.iter().filter(|command| command.split(' ').next() == Some(verb)).count()
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.is_done.store(true, Ordering::Release);
        drop(UnixStream::connect(&self.path));
        drop(self.thread.take().unwrap().join());
    }
}

fn first_line(client: &UnixStream) -> String {
    let mut line = String::new();
    BufReader::new(client).read_line(&mut line).unwrap();
    line
}

/// Passes a request on, and what comes back as it comes, until one of the two closes: the daemon behind its reply in
/// the line protocol, the client in JSON-RPC.
fn pass_on(request: &str, client: &UnixStream, daemon: &Path) {
    // A daemon that has ended is passed on as one that closes.
    let Ok(daemon) = UnixStream::connect(daemon) else { return };
    thread::scope(|scope| {
        scope.spawn(|| {
            let _ = Read::read(&mut &*client, &mut [0]);
            // Wakes who waits for the daemon.
            let _ = daemon.shutdown(Shutdown::Both);
        });
        let mut to_daemon = &daemon;
        if to_daemon.write_all(request.as_bytes()).is_ok() {
            let _ = io::copy(&mut &daemon, &mut &*client);
        }
        let _ = client.shutdown(Shutdown::Both);
    });
}

/// A request of either protocol, as the line protocol has it.
fn words(request: &str) -> String {
    let Ok(json) = serde_json::from_str::<serde_json::Value>(request) else { return request.to_owned() };
    let method = json["method"].as_str().unwrap();
    let parameters = &json["params"];
    let (verb, parameters) = if let Some(method) = method.strip_prefix("service.") {
        // As zinit 0.3 has it.
        let named = ["name", "signal"].map(|name| &parameters[name]);
        (method.strip_suffix("_full").unwrap_or(method), named.to_vec())
    } else {
        let all = parameters.as_array().into_iter().flatten();
        (method.strip_prefix("service_").unwrap_or(method), all.collect())
    };
    let parameters = parameters.into_iter().filter_map(|word| word.as_str());
    std::iter::once(verb).chain(parameters).collect::<Vec<_>>().join(" ")
}

/// As `done`, `killed`, `Timeout` and so on, one word for each row.
fn rows(report: &Report) -> Vec<String> {
    let word = |row: &Row| match &row.outcome {
        Outcome::Pending => "pending".to_owned(),
        Outcome::Done if row.killed => "killed".to_owned(),
        Outcome::Done => "done".to_owned(),
        Outcome::Failed(error) => {
            assert_eq!(error.service(), Some(row.name.as_str()));
            assert!(error.request_sent());
            format!("{:?}", error.kind()).split([' ', '(']).next().unwrap().to_owned()
        }
    };
    report.rows().iter().map(word).collect()
}

fn runs(status: &Status) -> bool {
    status.state.kind() == StateKind::Running && status.pid != 0
}

/// Waits until a service has set itself up to end as it should, and returns its process.
fn ready(daemon: &Daemon, service: &str) -> i32 {
    let pid = daemon.wait_for(service, runs).pid;
    wait_until("the service is ready", || daemon.path(&format!("ready-{pid}")).exists());
    pid
}

fn cause(result: Result<()>) -> ErrorKind {
    result.unwrap_err().kind().clone()
}

/// Waits until the process of [`STUBBORN`] has set itself up to ignore the stop signal.
fn until_stubborn(daemon: &Daemon) {
    wait_until("the service ignores the stop signal", || daemon.path("ready").exists());
    fs::remove_file(daemon.path("ready")).unwrap();
}

// Starts and stops.

#[test]
fn a_start_right_after_a_stop_is_up_with_a_new_process() {
    let daemon = Daemon::start(&[("web", OBEDIENT)]);
    let client = Client::of(&daemon);
    let mut old = ready(&daemon, "web");
    for _ in 0..3 {
        client.stop_wait("web", LONG).unwrap();
        assert!(!is_alive(old));
        assert_eq!(daemon.status("web").unwrap().state.kind(), StateKind::Success);
        client.start_wait("web", LONG).unwrap();
        let status = daemon.status("web").unwrap();
        assert!(runs(&status) && status.pid != old, "{status:?}");
        old = ready(&daemon, "web");
    }
}

#[test]
fn a_start_while_the_old_process_ends_is_up_with_a_new_process() {
    let daemon = Daemon::start(&[("web", SLOW)]);
    let old = ready(&daemon, "web");
    daemon.stop("web").unwrap();
    Client::of(&daemon).start_wait("web", LONG).unwrap();
    let status = daemon.status("web").unwrap();
    assert!(runs(&status) && status.pid != old, "{status:?}");
}

#[test]
fn a_oneshot_that_is_started_while_its_old_process_ends_is_run_again() {
    let text = format!("{SLOW}oneshot: true\n");
    let daemon = Daemon::start(&[("job", &text)]);
    let old = ready(&daemon, "job");
    daemon.stop("job").unwrap();
    let client = Client::of(&daemon);
    thread::scope(|scope| {
        let started = scope.spawn(|| client.start_wait("job", LONG));
        daemon.wait_for("job", |status| runs(status) && status.pid != old);
        let new = ready(&daemon, "job");
        // Its new run ends by itself, as far as the daemon can tell.
        common::daemon::signal(new, libc::SIGTERM);
        started.join().unwrap().unwrap();
    });
    assert_eq!(daemon.status("job").unwrap().state.kind(), StateKind::Success);
}

#[test]
fn a_service_that_takes_its_time_is_stopped_without_a_kill() {
    let daemon = Daemon::start(&[("web", SLOW)]);
    let old = ready(&daemon, "web");
    let proxy = Proxy::start(&daemon);
    let (result, report) = Client::through(&daemon, &proxy).stop_multiple(&["web"], LONG);
    result.unwrap();
    assert_eq!(rows(&report), ["done"]);
    assert_eq!(proxy.count("kill"), 0);
    assert!(!is_alive(old));
    let status = daemon.status("web").unwrap();
    if speaks_json_rpc() {
        // The daemon itself sends SIGKILL half a second after the stop signal (zinit 0.2.28).
        assert_eq!(status.state.exit_status(), Some(&ExitStatus::Signaled(Text::new("SIGKILL").unwrap())));
    } else {
        assert_eq!(status.state.kind(), StateKind::Success);
    }
}

#[test]
fn a_service_that_ignores_the_signal_can_be_forgotten_after_each_of_fifty_stops() {
    let daemon = Daemon::start(&[]);
    let client = Client::of(&daemon);
    // Ten at a time: each stop takes its 200 ms. Over JSON-RPC it is the daemon that kills, and ten at a time keep it busy
    // for long.
    let grace = if speaks_json_rpc() { LONG } else { 200 };
    thread::scope(|scope| {
        for number in 0..10 {
            let (daemon, client) = (&daemon, &client);
            scope.spawn(move || {
                let service = format!("stubborn-{number}");
                daemon.write_file(&service, &STUBBORN.1.replace("/ready", &format!("/ready-{number}")));
                for _ in 0..5 {
                    daemon.monitor(&service).unwrap();
                    let ready = daemon.path(&format!("ready-{number}"));
                    wait_until("the service ignores the stop signal", || ready.exists());
                    fs::remove_file(&ready).unwrap();
                    client.stop_wait(&service, grace).unwrap();
                    daemon.forget(&service).unwrap();
                }
            });
        }
    });
}

#[test]
fn a_state_that_stays_after_the_stop_does_not_matter() {
    // The program of the test is not there.
    let text = "exec: sleep 1000\ntest: /nowhere/test\n";
    let daemon = Daemon::start(&[("web", text)]);
    let client = Client::of(&daemon);
    for _ in 0..10 {
        daemon.wait_for("web", |status| status.state.kind() == StateKind::TestFailure);
        client.stop_wait("web", LONG).unwrap();
        client.destroy(&["web"], LONG).0.unwrap();
        daemon.write_file("web", text);
        daemon.monitor("web").unwrap();
    }
}

#[test]
fn monitor_and_stop_raced_five_hundred_times_leave_what_can_be_destroyed() {
    if !is_line_daemon("answers a stop at once") {
        return;
    }
    let daemon = Daemon::start(&[]);
    let client = Client::of(&daemon);
    for turn in 0..500 {
        daemon.write_file("web", SLEEPER.1);
        thread::scope(|scope| {
            scope.spawn(|| daemon.monitor("web").unwrap());
            // It may come before the service is there.
            drop(daemon.stop("web"));
        });
        let (result, report) = client.destroy(&["web"], 300);
        assert!(result.is_ok(), "{turn}: {result:?} {report:?}");
        assert!(!daemon.exists("web").unwrap());
        assert!(!daemon.config_directory().join("web.yaml").exists());
    }
}

#[test]
fn a_test_that_never_passes_is_a_timeout_in_state_spawned() {
    let daemon = Daemon::start(&[("web", NEVER_UP)]);
    let error = Client::of(&daemon).start_wait("web", 2000).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Timeout { milliseconds: 2000, .. }), "{error}");
    assert_eq!(error.state().unwrap().kind(), StateKind::Spawned);
    assert_eq!(error.service(), Some("web"));
    assert!(error.request_sent());
}

#[test]
fn a_missing_executable_has_failed() {
    let daemon = Daemon::start(&[("web", "exec: /nowhere/program\n")]);
    let client = Client::of(&daemon);
    for _ in 0..2 {
        let error = client.start_wait("web", -1).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::ServiceFailed { .. }), "{error}");
        assert_eq!(error.state().unwrap().kind(), StateKind::Failure);
    }
}

#[test]
fn a_oneshot_that_fails_again_is_not_taken_for_its_first_failure() {
    let daemon = Daemon::start(&[("job", "exec: sh -c 'exit 3'\noneshot: true\n")]);
    let client = Client::of(&daemon);
    let mut last = String::new();
    for _ in 0..20 {
        let error = client.start_wait("job", -1).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::ServiceFailed { .. }), "{error}");
        let state = error.state().unwrap();
        assert_eq!(state.exit_status(), Some(&ExitStatus::Exited(3)));
        // It tells the process.
        assert_ne!(state.text().as_str(), last);
        state.text().as_str().clone_into(&mut last);
    }
}

#[test]
fn a_oneshot_that_is_killed_has_failed_with_its_signal() {
    let daemon = Daemon::start(&[("job", "exec: sh -c 'kill -SEGV $$'\noneshot: true\n")]);
    let error = Client::of(&daemon).start_wait("job", -1).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ServiceFailed { .. }), "{error}");
    let signal = ExitStatus::Signaled(Text::new("SIGSEGV").unwrap());
    assert_eq!(error.state().unwrap().exit_status(), Some(&signal));
}

#[test]
fn a_quick_oneshot_is_up_each_of_two_hundred_times() {
    let files: Vec<_> = (0..20).map(|number| format!("job-{number}")).collect();
    let files: Vec<_> = files.iter().map(|job| (job.as_str(), "exec: /bin/true\noneshot: true\n")).collect();
    let daemon = Daemon::start(&files);
    let client = Client::of(&daemon);
    // Side by side, because a run that goes unseen takes a second.
    thread::scope(|scope| {
        for (job, _) in &files {
            scope.spawn(|| {
                for _ in 0..10 {
                    client.start_wait(job, LONG).unwrap();
                    let status = daemon.status(job).unwrap();
                    assert_eq!((status.state.kind(), status.pid), (StateKind::Success, 0));
                }
            });
        }
    });
}

#[test]
fn a_oneshot_whose_dispatches_come_late_is_run_once_each_of_a_hundred_times() {
    common::late::assert_that_each_start_runs_a_oneshot_once(50, 2, 1);
}

/// A daemon with a service whose child ignores the stop signal, and the child. What `then` does, the service itself
/// does behind that.
fn with_child(then: &str) -> (Daemon, i32) {
    let exec = format!(
        "exec: sh -c 'trap \"\" TERM; sleep 1000 & echo $! > \"$ZINIT_TEST_DIRECTORY/child\"; {then}; \
         touch \"$ZINIT_TEST_DIRECTORY/ready-$$\"; while :; do wait; done'\n"
    );
    let daemon = Daemon::start(&[("family", &exec)]);
    ready(&daemon, "family");
    let child = fs::read_to_string(daemon.path("child")).unwrap().trim().parse().unwrap();
    assert!(is_alive(child));
    (daemon, child)
}

#[test]
fn without_grace_no_child_is_left_though_it_ignores_the_stop_signal() {
    type Stop = fn(&Client<'_>);
    let stops: [Stop; 4] = [
        |client| client.destroy(&["family"], 0).0.unwrap(),
        |client| client.deploy("family", &service("exec: sleep 1000\n"), 0, LONG).unwrap(),
        |client| client.reload("family", 0, 0).unwrap(),
        |client| client.restart("family", 0, 0).unwrap(),
    ];
    // The service itself ends at the stop signal at once, or ignores it, too.
    for then in ["trap - TERM", "true"] {
        for stop in stops {
            let (daemon, child) = with_child(then);
            stop(&Client::of(&daemon));
            wait_until("the child has ended", || !is_alive(child));
        }
    }
}

#[test]
fn a_kill_at_the_end_of_a_grace_reaches_the_children() {
    let (daemon, child) = with_child("true");
    Client::of(&daemon).stop_wait("family", 100).unwrap();
    wait_until("the child has ended", || !is_alive(child));
}

#[test]
fn a_service_that_ends_at_once_and_is_spawned_again_is_not_up() {
    let daemon = Daemon::start(&[("web", "exec: /bin/true\n")]);
    let client = Client::of(&daemon);
    // On a busy machine a process that ends at once lives for a while, and then it is up for as long.
    let is_timeout = || matches!(client.start_wait("web", 2500), Err(error) if is_timeout(&error));
    assert!((0..5).any(|_| is_timeout()));
}

fn is_timeout(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Timeout { .. })
}

#[test]
fn a_service_whose_file_cannot_be_read_is_up_when_it_runs_and_a_oneshot_when_it_has_ended() {
    let daemon = Daemon::start(&[
        ("web", OBEDIENT),
        ("job", "exec: /bin/true\noneshot: true\n"),
        ("bad", "exec: sh -c 'exit 3'\noneshot: true\n"),
    ]);
    let client = Client {
        options: Options {
            config_directory: ConfigDirectory::new("/nowhere"),
            is_directory_named: true,
            ..daemon.options()
        },
        cancel: None,
    };
    client.stop_wait("web", LONG).unwrap();
    client.start_wait("web", LONG).unwrap();
    assert!(runs(&daemon.status("web").unwrap()));
    client.start_wait("job", LONG).unwrap();
    assert_eq!(daemon.status("job").unwrap().state.kind(), StateKind::Success);
    assert!(matches!(cause(client.start_wait("bad", LONG)), ErrorKind::ServiceFailed { .. }));
}

// Restart, deploy and reload.

#[test]
fn a_restart_is_up_with_a_new_process() {
    let daemon = Daemon::start(&[("web", SLOW), STUBBORN, ("job", "exec: /bin/true\noneshot: true\n")]);
    let client = Client::of(&daemon);
    let old = ready(&daemon, "web");
    client.restart("web", LONG, LONG).unwrap();
    let status = daemon.status("web").unwrap();
    assert!(runs(&status) && status.pid != old);
    let old = daemon.wait_for("stubborn", runs).pid;
    until_stubborn(&daemon);
    client.restart("stubborn", 0, LONG).unwrap();
    let status = daemon.status("stubborn").unwrap();
    assert!(runs(&status) && status.pid != old && !is_alive(old));
    client.restart("job", LONG, LONG).unwrap();
    assert_eq!(daemon.status("job").unwrap().state.kind(), StateKind::Success);
    assert!(matches!(cause(client.restart("ghost", LONG, LONG)), ErrorKind::UnknownService { .. }));
}

#[test]
fn a_definition_is_deployed_over_a_service_that_runs_one_that_is_stopped_and_none() {
    let daemon = Daemon::start(&[("runs", OBEDIENT), ("stopped", OBEDIENT), STUBBORN]);
    let client = Client::of(&daemon);
    let new = service("exec: sleep 2000\n");
    client.stop_wait("stopped", LONG).unwrap();
    until_stubborn(&daemon);
    for (name, grace) in [("runs", LONG), ("stopped", LONG), ("none", LONG), ("stubborn", 0)] {
        let old = daemon.status(name).map_or(0, |status| status.pid);
        client.deploy(name, &new, grace, LONG).unwrap();
        let status = daemon.status(name).unwrap();
        assert!(runs(&status) && status.pid != old, "{status:?}");
        assert!(old == 0 || !is_alive(old));
        assert_eq!(daemon.options().config_directory.load(&common::daemon::name(name)).unwrap(), new);
    }
    client.deploy("job", &service("exec: /bin/true\noneshot: true\n"), LONG, LONG).unwrap();
    assert_eq!(daemon.status("job").unwrap().state.kind(), StateKind::Success);
}

#[test]
fn a_definition_that_the_daemon_would_refuse_touches_nothing() {
    let daemon = Daemon::start(&[("web", OBEDIENT)]);
    let proxy = Proxy::start(&daemon);
    let old = ready(&daemon, "web");
    for definition in [service("log: ring\n"), Service::new()] {
        let error = Client::through(&daemon, &proxy).deploy("web", &definition, LONG, LONG).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::InvalidService { .. }), "{error}");
        assert!(!error.request_sent());
    }
    assert!(proxy.commands().is_empty());
    assert_eq!(daemon.status("web").unwrap().pid, old);
    assert_eq!(fs::read_to_string(daemon.config_directory().join("web.yaml")).unwrap(), OBEDIENT);
}

#[test]
fn a_program_that_cannot_start_is_told() {
    let daemon = Daemon::start(&[("web", OBEDIENT)]);
    let error =
        Client::of(&daemon).deploy("web", &service("exec: /nowhere/program\n"), LONG, LONG).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ServiceFailed { .. }), "{error}");
    assert!(error.to_string().starts_with("cannot deploy \"web\": cannot start it: "), "{error}");
}

#[test]
fn an_edited_file_is_in_force_over_a_service_that_runs_one_that_is_stopped_and_none() {
    const EDITED: &str = "# by hand\nexec:   sleep 2000   # at last\nenv: {EDITED: 'yes'}\n";
    let daemon = Daemon::start(&[("runs", OBEDIENT), ("stopped", OBEDIENT), STUBBORN]);
    let client = Client::of(&daemon);
    ready(&daemon, "runs");
    client.stop_wait("stopped", LONG).unwrap();
    until_stubborn(&daemon);
    for (name, grace) in [("runs", LONG), ("stopped", LONG), ("none", LONG), ("stubborn", 0)] {
        let file = daemon.config_directory().join(format!("{name}.yaml"));
        fs::write(&file, EDITED).unwrap();
        let old = daemon.status(name).map_or(0, |status| status.pid);
        client.reload(name, grace, LONG).unwrap();
        let status = daemon.status(name).unwrap();
        assert!(runs(&status) && status.pid != old, "{status:?}");
        assert!(old == 0 || !is_alive(old));
        let environment = fs::read_to_string(format!("/proc/{}/environ", status.pid)).unwrap();
        assert!(environment.split('\0').any(|variable| variable == "EDITED=yes"), "{environment}");
        assert_eq!(fs::read_to_string(&file).unwrap(), EDITED);
    }
}

#[test]
fn a_file_that_the_daemon_would_refuse_stops_nothing() {
    let daemon = Daemon::start(&[("web", OBEDIENT)]);
    let proxy = Proxy::start(&daemon);
    let old = ready(&daemon, "web");
    for content in ["log: ring\n", "exec: [\n", ""] {
        fs::write(daemon.config_directory().join("web.yaml"), content).unwrap();
        let error = Client::through(&daemon, &proxy).reload("web", 0, LONG).unwrap_err();
        assert!(error.to_string().starts_with("cannot reload \"web\": invalid service "), "{error}");
        assert!(!error.request_sent());
    }
    assert!(proxy.commands().is_empty());
    let status = daemon.status("web").unwrap();
    assert!(runs(&status) && status.pid == old, "{status:?}");
}

const DIRECTORY: &str = "ZINIT_CLIENT_TEST_DAEMON";

#[test]
fn a_full_disk_touches_nothing() {
    let daemon = Daemon::start(&[("web", OBEDIENT)]);
    let old = ready(&daemon, "web");
    // A limit of 4 KiB on the size of files, which ends a write in its middle as a full disk does.
    let output = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\""])
        .arg(env::current_exe().unwrap())
        .args(["--ignored", "--exact", "deploys_in_a_process_of_its_own", "--nocapture"])
        .env(DIRECTORY, daemon.path(""))
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.contains("cannot deploy \"web\": cannot write "), "{output}");
    assert!(output.contains("; sent: false"), "{output}");
    assert_eq!(daemon.status("web").unwrap().pid, old);
    let files: Vec<_> = fs::read_dir(daemon.config_directory()).unwrap().collect();
    assert_eq!(files.len(), 1);
    assert_eq!(fs::read_to_string(daemon.config_directory().join("web.yaml")).unwrap(), OBEDIENT);
}

#[test]
#[ignore = "run by another test, in a process of its own"]
fn deploys_in_a_process_of_its_own() {
    let directory = PathBuf::from(env::var_os(DIRECTORY).unwrap());
    let client = Client {
        options: Options {
            endpoint: Endpoint { socket_path: directory.join("zinit.sock"), ..Endpoint::default() },
            config_directory: ConfigDirectory::new(directory.join("services")),
            is_directory_named: true,
            ..Options::default()
        },
        cancel: None,
    };
    let definition = service(&format!("exec: sleep {}\n", "1 ".repeat(4000)));
    let error = client.deploy("web", &definition, LONG, LONG).unwrap_err();
    println!("{error}; sent: {}", error.request_sent());
}

// Somebody else.

#[test]
fn a_service_that_somebody_else_stops_is_a_changed_target() {
    let daemon = Daemon::start(&[("web", NEVER_UP)]);
    let proxy = Proxy::start(&daemon);
    let client = Client::through(&daemon, &proxy);
    let error = thread::scope(|scope| {
        let started = scope.spawn(|| client.start_wait("web", -1));
        wait_until("it looks", || proxy.count("status") > 3);
        daemon.stop("web").unwrap();
        started.join().unwrap().unwrap_err()
    });
    assert!(matches!(error.kind(), ErrorKind::TargetChanged { target: "Down" }), "{error}");
    assert!(error.state().is_some());
}

#[test]
fn one_of_ten_is_forgotten_by_somebody_else_and_the_others_are_stopped() {
    let services: Vec<_> = (0..10).map(|number| format!("s{number}")).collect();
    let services: Vec<_> = services.iter().map(String::as_str).collect();
    let files: Vec<_> =
        services.iter().map(|name| (*name, if *name == "s3" { OBEDIENT } else { SLOW })).collect();
    let daemon = Daemon::start(&files);
    for service in &services {
        ready(&daemon, service);
    }
    let (result, report) = thread::scope(|scope| {
        let stopped = scope.spawn(|| Client::of(&daemon).stop_multiple(&services, LONG));
        daemon.wait_until_stopped("s3");
        daemon.forget("s3").unwrap();
        stopped.join().unwrap()
    });
    result.unwrap();
    assert_eq!(rows(&report), ["done"; 10]);
    for service in services.iter().filter(|service| **service != "s3") {
        assert!(daemon.status(service).unwrap().is_stopped());
    }
}

// A daemon that is not there.

#[test]
fn no_daemon_is_not_running() {
    let mut daemon = Daemon::start(&[("web", OBEDIENT)]);
    daemon.crash();
    let client = Client::of(&daemon);
    let new = service("exec: sleep 1000\n");
    for milliseconds in [-1, 0, 1000] {
        let results = [
            client.start_wait("web", milliseconds),
            client.stop_wait("web", milliseconds),
            client.restart("web", milliseconds, milliseconds),
            client.deploy("web", &new, milliseconds, milliseconds),
            client.reload("web", milliseconds, milliseconds),
            client.start_multiple(&["web", "a"], milliseconds).0,
            client.stop_multiple(&["web", "a"], milliseconds).0,
            client.destroy(&["web", "a"], milliseconds).0,
        ];
        for error in results.map(Result::unwrap_err) {
            assert!(matches!(error.kind(), ErrorKind::NotRunning { .. }), "{error}");
            assert!(!error.request_sent(), "{error}");
        }
        client.start_multiple(&[], milliseconds).0.unwrap();
        client.stop_multiple(&[], milliseconds).0.unwrap();
        client.destroy(&[], milliseconds).0.unwrap();
    }
    assert_eq!(fs::read_to_string(daemon.config_directory().join("web.yaml")).unwrap(), OBEDIENT);
}

#[test]
fn a_daemon_that_dies_in_the_middle_of_a_wait_is_an_error() {
    for is_start in [true, false] {
        let mut daemon = Daemon::start(&[("late", NEVER_UP), STUBBORN]);
        until_stubborn(&daemon);
        let client = Client::of(&daemon);
        let (sent, received) = mpsc::channel();
        let wait = thread::spawn(move || {
            sent.send(()).unwrap();
            if is_start { client.start_wait("late", -1) } else { client.stop_wait("stubborn", -1) }
        });
        received.recv().unwrap();
        if is_start {
            daemon.wait_for_state("late", "Spawned");
        } else {
            daemon.wait_for("stubborn", |status| status.target == Target::Down);
        }
        daemon.crash();
        let error = wait.join().unwrap().unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::NotRunning { .. } | ErrorKind::Closed { .. }), "{error}");
    }
}

// No time, and no limit.

#[test]
fn no_time_sends_and_returns() {
    let daemon = Daemon::start(&[("a", SLOW), ("b", SLOW)]);
    let proxy = Proxy::start(&daemon);
    let client = Client::through(&daemon, &proxy);
    client.stop_wait("a", 0).unwrap();
    client.start_wait("a", 0).unwrap();
    client.stop_multiple(&["a", "b"], 0).0.unwrap();
    client.start_multiple(&["a", "b"], 0).0.unwrap();
    let expected = ["stop a", "start a", "stop a", "stop b", "monitor a", "start a", "monitor b", "start b"];
    assert_eq!(proxy.commands_but_looks(), expected);
    proxy.clear();
    client.restart("a", -1, 0).unwrap();
    assert_eq!(proxy.commands().last().unwrap(), "start a");
    client.deploy("a", &service(SLOW), 0, 0).unwrap();
    assert_eq!(proxy.commands().last().unwrap(), "monitor a");
    proxy.clear();
    client.reload("a", 0, 0).unwrap();
    assert_eq!(proxy.commands().last().unwrap(), "monitor a");
    client.destroy(&["a", "b"], 0).0.unwrap();
    assert!(daemon.list().unwrap().services().is_empty());
}

#[test]
fn no_limit_waits_until_it_is_there() {
    let daemon = Daemon::start(&[("a", SLOW), ("b", SLOW)]);
    let client = Client::of(&daemon);
    for service in ["a", "b"] {
        ready(&daemon, service);
    }
    client.stop_wait("a", -1).unwrap();
    client.start_wait("a", -1).unwrap();
    client.restart("a", -1, -1).unwrap();
    client.deploy("a", &service(SLOW), -1, -1).unwrap();
    client.reload("a", -1, -1).unwrap();
    let (result, report) = client.stop_multiple(&["a", "b"], -1);
    result.unwrap();
    assert_eq!(rows(&report), ["done", "done"]);
    client.start_multiple(&["a", "b"], -1).0.unwrap();
    let (result, report) = client.destroy(&["a", "b"], -1);
    result.unwrap();
    assert_eq!(rows(&report), ["done", "done"]);
}

// Cancel.

type Wait = fn(&Client<'_>) -> Result<()>;

/// Waits in each way until the proxy sees it look, cancels, and sees that nothing more is sent.
fn assert_cancelled(trigger: impl Fn(&Cancel, libc::pthread_t)) {
    let daemon = Daemon::start(&[("late", NEVER_UP), ("slow", NEVER_UP), STUBBORN]);
    until_stubborn(&daemon);
    // One that speaks JSON-RPC kills what it stops a second later, and then the wait is over: it must not hear of a stop.
    let proxy = Proxy::start_where(&daemon, |command| !speaks_json_rpc() || !command.starts_with("stop "));
    let waits: [Wait; 8] = [
        |client| client.start_wait("late", -1),
        |client| client.stop_wait("stubborn", -1),
        |client| client.restart("stubborn", -1, -1),
        |client| client.deploy("stubborn", &service(NEVER_UP), -1, -1),
        |client| client.reload("stubborn", -1, -1),
        |client| client.start_multiple(&["late", "slow"], -1).0,
        |client| client.stop_multiple(&["stubborn", "ghost"], -1).0,
        |client| client.destroy(&["stubborn", "ghost"], -1).0,
    ];
    for wait in waits {
        proxy.clear();
        let cancel = cancel_for_handler();
        let client = Client::through(&daemon, &proxy).with(cancel);
        let error = thread::scope(|scope| {
            let (sent, received) = mpsc::channel();
            let client = &client;
            let waiting = scope.spawn(move || {
                // SAFETY: takes no pointer.
                #[allow(unsafe_code)]
                sent.send(unsafe { libc::pthread_self() }).unwrap();
                wait(client)
            });
            wait_until("it looks", || proxy.count("status") > 3);
            trigger(cancel, received.recv().unwrap());
            waiting.join().unwrap().unwrap_err()
        });
        assert!(matches!(error.kind(), ErrorKind::Cancelled), "{error}");
        assert!(error.request_sent());
        // The proxy passes on one after the other: what was under way is through once this is.
        client.list();
        let sent = proxy.commands().len();
        let error = wait(&client).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Cancelled), "{error}");
        assert!(!error.request_sent());
        client.list();
        assert_eq!(proxy.commands().len(), sent + 1);
    }
}

/// The one that the signal handler triggers; kept for ever, because a handler may run at any time.
static HANDLED: Mutex<()> = Mutex::new(());
static CANCELS: OnceLock<Vec<Cancel>> = OnceLock::new();
static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);

fn cancel_for_handler() -> &'static Cancel {
    let cancels = CANCELS.get_or_init(|| (0..64).map(|_| Cancel::new().unwrap()).collect());
    &cancels[NEXT.fetch_add(1, Ordering::SeqCst)]
}

#[test]
fn a_call_is_cancelled_from_another_thread() {
    let _alone = HANDLED.lock();
    assert_cancelled(|cancel, _| cancel.trigger());
}

#[test]
#[allow(unsafe_code)]
fn a_call_is_cancelled_from_a_signal_handler() {
    extern "C" fn handler(_: libc::c_int) {
        if let Some(cancel) = CANCELS.get().and_then(|cancels| cancels.get(NEXT.load(Ordering::SeqCst) - 1)) {
            cancel.trigger();
        }
    }
    let _alone = HANDLED.lock();
    let handler: extern "C" fn(libc::c_int) = handler;
    // SAFETY: the handler does nothing but what may be done in one.
    unsafe { libc::signal(libc::SIGUSR1, handler as libc::sighandler_t) };
    // SAFETY: the thread has not been joined yet.
    assert_cancelled(|_, thread| assert_eq!(unsafe { libc::pthread_kill(thread, libc::SIGUSR1) }, 0));
}

/// A daemon whose replies never end: to each command 2 MiB, and a byte now and then behind it. Tells when it has
/// answered one, and ends with its directory.
fn dribbling(directory: &TemporaryDirectory) -> (PathBuf, mpsc::Receiver<()>) {
    let path = directory.path().join("dribbling.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let (sent, answered) = mpsc::channel();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let (mut connection, sent) = (connection.unwrap(), sent.clone());
            thread::spawn(move || {
                BufReader::new(&connection).read_line(&mut String::new()).unwrap();
                let begin = format!("{{\"state\":\"ok\",\"body\":\"{}", "x".repeat(2 << 20));
                let mut result = connection.write_all(begin.as_bytes());
                let _ = sent.send(());
                while result.is_ok() {
                    thread::sleep(Duration::from_millis(5));
                    result = connection.write_all(b"x");
                }
            });
        }
    });
    (path, answered)
}

#[test]
fn bytes_that_keep_coming_hold_back_neither_a_deadline_nor_a_cancel() {
    let directory = TemporaryDirectory::new();
    let (socket_path, answered) = dribbling(&directory);
    let endpoint = Endpoint { socket_path, io_timeout: Duration::MAX, ..Endpoint::default() };
    let options = Options { endpoint, ..Options::default() };
    let client = Client { options: options.clone(), cancel: None };
    assert!(matches!(cause(client.start_wait("web", 300)), ErrorKind::Timeout { .. }));
    answered.recv().unwrap();
    let cancel = Cancel::new().unwrap();
    let client = Client { options, cancel: Some(&cancel) };
    thread::scope(|scope| {
        let waiting = scope.spawn(|| cause(client.stop_wait("web", -1)));
        answered.recv().unwrap();
        cancel.trigger();
        assert!(matches!(waiting.join().unwrap(), ErrorKind::Cancelled));
    });
}

// Groups.

#[test]
fn a_hundred_take_one_list_a_round_and_one_status_for_each_that_could_be_there() {
    let services: Vec<_> = (0..100).map(|number| format!("s{number:02}")).collect();
    let services: Vec<_> = services.iter().map(String::as_str).collect();
    let daemon = Daemon::start(&[]);
    for service in &services {
        daemon.write_file(service, "exec: sleep 1000\n");
    }
    let proxy = Proxy::start(&daemon);
    let client = Client::through(&daemon, &proxy);

    let (result, report) = client.start_multiple(&services, LONG);
    result.unwrap();
    assert_eq!(rows(&report), ["done"; 100]);
    assert_eq!([proxy.count("monitor"), proxy.count("start")], [100, 0]);
    // A list tells who runs, and another one a little later that it has not ended at once.
    assert!(proxy.count("list") >= 2, "{}", proxy.count("list"));
    assert!(proxy.count("status") <= 100, "{}", proxy.count("status"));
    for service in &services {
        assert!(runs(&daemon.status(service).unwrap()));
    }

    proxy.clear();
    let (result, report) = client.stop_multiple(&services, LONG);
    result.unwrap();
    assert_eq!(rows(&report), ["done"; 100]);
    let counted = |verbs: &[&str]| -> Vec<_> {
        let commands = proxy.commands_but_looks();
        verbs.iter().map(|verb| count(&commands, verb)).collect()
    };
    assert_eq!(counted(&["stop", "kill"]), [100, 0]);
    // Over JSON-RPC, whether a stop has arrived is asked again where the daemon takes its time.
    let statuses = counted(&["status"])[0];
    assert!(statuses == 100 || (statuses > 100 && speaks_json_rpc()), "{statuses}");

    proxy.clear();
    client.destroy(&services, LONG).0.unwrap();
    assert_eq!(counted(&["stop", "list", "status", "forget"]), [100, 1, 100, 100]);
    assert!(daemon.list().unwrap().services().is_empty());
    assert_eq!(fs::read_dir(daemon.config_directory()).unwrap().count(), 0);
}

#[test]
fn five_are_started_of_which_four_fail_each_in_its_own_way() {
    let daemon = Daemon::start(&[
        ("fine", OBEDIENT),
        ("missing", "exec: /nowhere/program\n"),
        ("job", "exec: sh -c 'exit 3'\noneshot: true\n"),
        ("late", NEVER_UP),
    ]);
    let (result, report) =
        Client::of(&daemon).start_multiple(&["missing", "fine", "nofile", "job", "late"], 5000);
    assert_eq!(rows(&report), ["ServiceFailed", "done", "ConfigRefused", "ServiceFailed", "Timeout"]);
    let kinds = [0, 1, 3, 4].map(|index| report.rows()[index].state.as_ref().unwrap().kind());
    assert_eq!(kinds, [StateKind::Failure, StateKind::Running, StateKind::Error, StateKind::Spawned]);
    assert!(report.rows()[2].state.is_none());
    let error = result.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ServiceFailed { .. }));
    let begin = "cannot start 4 of 5 services (\"missing\", \"nofile\", \"job\", \"late\"): cannot start \"missing\": ";
    assert!(error.to_string().starts_with(begin), "{error}");
}

#[test]
fn five_are_destroyed_of_which_one_is_unknown_one_is_killed_and_one_fails() {
    let taken = STUBBORN.1.replace("/ready", "/taken");
    let daemon = Daemon::start(&[
        ("fine", OBEDIENT),
        STUBBORN,
        ("taken", &taken),
        ("job", "exec: /bin/true\noneshot: true\n"),
    ]);
    until_stubborn(&daemon);
    wait_until("the service ignores the stop signal", || daemon.path("taken").exists());
    let services = ["fine", "ghost", "stubborn", "taken", "job"];
    // A daemon that speaks JSON-RPC sends SIGKILL itself, half a second after the stop signal (zinit 0.2.28): with time
    // enough, the client has nothing to kill.
    let (grace, stubborn, kills): (_, _, &[&str]) =
        if speaks_json_rpc() { (LONG, "done", &[]) } else { (3000, "killed", &["kill stubborn SIGKILL"]) };
    // `taken` is started by somebody else as soon as the client knows that it has been told to stop.
    let options = daemon.options();
    let proxy = Proxy::start_with(&daemon, move |command| {
        if command == "stop job" {
            blocking::run(&options, async |io| control::start(io, &name("taken")).await).unwrap();
        }
    });
    let (result, report) = Client::through(&daemon, &proxy).destroy(&services, grace);
    assert_eq!(rows(&report), ["done", "done", stubborn, "TargetChanged", "done"]);
    let mut killed = proxy.commands();
    killed.retain(|command| command.starts_with("kill "));
    killed.dedup();
    assert_eq!(killed, kills);
    let error = result.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::TargetChanged { target: "Up" }), "{error}");
    let list = daemon.list().unwrap();
    let left: Vec<_> = list.services().iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(left, ["taken"]);
    assert!(daemon.config_directory().join("taken.yaml").exists());
    assert_eq!(fs::read_dir(daemon.config_directory()).unwrap().count(), 1);
}
