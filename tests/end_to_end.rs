//! The operations of the library on a daemon that runs.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use common::daemon::{
    Daemon, PATIENCE, SLEEPER, STUBBORN, as_another_user, ignore_sigchld, is_alive, is_line_daemon, name,
    signal, speaks_json_rpc, wait_until,
};
use zinit_client::client::{Io, control, queries};
use zinit_client::config_directory::ConfigDirectory;
use zinit_client::driver::{Options, blocking};
use zinit_client::error::{Error, ErrorKind, Result};
use zinit_client::model::{DaemonVersion, ExitStatus, Service, ServiceList, Signal, StateKind, Target, Text};
use zinit_client::transport::{Endpoint, Exchange};

/// A service file whose service is known to the daemon and has no process.
const BLOCKED: &str = "exec: sleep 1000\nafter: [ghost]\n";

fn names(list: &ServiceList) -> Vec<&str> {
    list.services().iter().map(|(name, _)| name.as_str()).collect()
}

fn text(text: &str) -> Text {
    Text::new(text).unwrap()
}

/// Reads a file of the daemon's directory once it is there; who writes it renames it into its place.
fn content(daemon: &Daemon, file: &str) -> String {
    wait_until("the file is there", || daemon.path(file).exists());
    fs::read_to_string(daemon.path(file)).unwrap()
}

/// Whether the daemon reads a file of a service with this name when it is told to.
fn monitors(name: &str) -> bool {
    !speaks_json_rpc() || !name.contains(['.', '/', '\\'])
}

// Queries.

#[test]
fn services_are_listed_in_the_order_of_their_names() {
    let daemon =
        Daemon::start(&[("b", BLOCKED), ("é", BLOCKED), ("a.b", BLOCKED), ("a", BLOCKED), ("B", BLOCKED)]);
    let list = daemon.list().unwrap();
    assert_eq!(names(&list), ["B", "a", "a.b", "b", "é"]);
    assert!(list.state("a.b").is_some());
    assert!(list.state("c").is_none());
}

#[test]
fn a_thousand_services_are_listed() {
    let expected: Vec<_> = (0..1000).map(|number| format!("a-service-with-number-{number:03}")).collect();
    let files: Vec<_> = expected.iter().map(|name| (name.as_str(), BLOCKED)).collect();
    let daemon = Daemon::start(&files);
    let list = daemon.list().unwrap();
    assert_eq!(names(&list), expected);
    daemon.wait_for_state("a-service-with-number-999", "Blocked");
    if !speaks_json_rpc() {
        assert!(daemon.raw("list\n").len() > 36_000, "the reply is one that comes in several parts");
    }
}

#[test]
fn a_list_survives_services_that_come_and_go() {
    let daemon = Daemon::start(&[("stays", BLOCKED), ("zz", BLOCKED)]);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for number in 0..2 {
            let (daemon, done) = (&daemon, &done);
            let name = format!("goes-{number}");
            daemon.write_file(&name, BLOCKED);
            scope.spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    daemon.monitor(&name).unwrap();
                    daemon.stop(&name).unwrap();
                    daemon.forget(&name).unwrap();
                }
            });
        }
        let lists: Vec<_> = (0..300).map(|_| daemon.list()).collect();
        done.store(true, Ordering::Relaxed);
        for list in lists {
            let list = list.unwrap();
            assert!(list.state("stays").is_some() && list.state("zz").is_some(), "{list:?}");
        }
    });
}

#[test]
fn a_reply_larger_than_allowed_is_refused() {
    let daemon = Daemon::start(&[SLEEPER]);
    let options = at(Endpoint { max_reply_bytes: 20, ..daemon.endpoint() });
    let error = blocking::run(&options, queries::list).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::ReplyTooLarge { limit: 20 });
    assert!(error.request_sent());
}

#[test]
fn the_status_tells_what_a_service_runs_after() {
    let daemon = Daemon::start(&[
        ("base", "exec: sleep 1000\n"),
        ("setup", "exec: 'true'\noneshot: true\n"),
        ("top", "exec: sleep 1000\nafter: [setup, base]\n"),
        ("waits", "exec: sleep 1000\nafter: [base, ghost]\n"),
    ]);
    let after = |status: &zinit_client::model::Status| -> Vec<(String, StateKind)> {
        status.after.iter().map(|(name, state)| (name.to_string(), state.kind())).collect()
    };
    let top = daemon.wait_for_state("top", "Running");
    // In the daemon's order, and zinit since 0.2.15 has an order that is different each time.
    let after = |status: &_| {
        let mut after = after(status);
        after.sort_by(|one, other| one.0.cmp(&other.0));
        after
    };
    assert_eq!(after(&top), [("base".into(), StateKind::Running), ("setup".into(), StateKind::Success)]);
    let waits = daemon.wait_for_state("waits", "Blocked");
    assert_eq!((waits.pid, waits.target), (0, Target::Up));
    assert_eq!(after(&waits), [("base".into(), StateKind::Running), ("ghost".into(), StateKind::Unknown)]);
}

#[test]
fn a_service_exists_while_it_is_monitored() {
    let daemon = Daemon::start(&[("web", BLOCKED)]);
    assert!(daemon.exists("web").unwrap());
    assert!(!daemon.exists("nosuch").unwrap());
    daemon.stop("web").unwrap();
    daemon.forget("web").unwrap();
    assert!(!daemon.exists("web").unwrap(), "its file is still there, and does not count");
}

#[test]
fn many_threads_ask_at_once() {
    let daemon = Daemon::start(&[SLEEPER]);
    let pid = daemon.wait_for_state("sleeper", "Running").pid;
    let options = daemon.options();
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for _ in 0..30 {
                    let status = async |io: Io<'_>| queries::status(io, &name("sleeper")).await;
                    assert_eq!(blocking::run(&options, status).unwrap().pid, pid);
                }
            });
        }
    });
}

// Control.

#[test]
fn the_life_of_a_service() {
    let daemon = Daemon::start(&[]);
    let config = ConfigDirectory::new(daemon.config_directory());
    let mut definition = Service::new();
    definition.set_exec(Some(text("sleep 1000")));
    config.write(&name("web"), &definition).unwrap();

    daemon.monitor("web").unwrap();
    let first = daemon.wait_for_state("web", "Running");
    assert_eq!(first.target, Target::Up);
    assert!(is_alive(first.pid));

    daemon.stop("web").unwrap();
    let stopped = daemon.wait_until_stopped("web");
    assert_eq!(stopped.state.exit_status(), Some(&ExitStatus::Signaled(text("SIGTERM"))));
    assert!(!is_alive(first.pid));

    daemon.start_service("web").unwrap();
    let second = daemon.wait_for_state("web", "Running");
    assert_ne!(second.pid, first.pid);

    daemon.stop("web").unwrap();
    daemon.wait_until_stopped("web");
    daemon.forget("web").unwrap();
    assert!(names(&daemon.list().unwrap()).is_empty());
    config.remove(&name("web")).unwrap();
    let error = daemon.monitor("web").unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ConfigRefused { .. }), "{error}");
}

#[test]
fn start_of_a_running_service_changes_nothing() {
    let daemon = Daemon::start(&[SLEEPER]);
    let before = daemon.wait_for_state("sleeper", "Running");
    daemon.start_service("sleeper").unwrap();
    assert_eq!(daemon.status("sleeper").unwrap(), before);
}

#[test]
fn start_of_a_oneshot_runs_it_again() {
    let daemon = Daemon::start(&[(
        "counter",
        "exec: sh -c 'echo run >> \"$ZINIT_TEST_DIRECTORY/runs\"'\noneshot: true\n",
    )]);
    let runs = || fs::read_to_string(daemon.path("runs")).unwrap_or_default().lines().count();
    daemon.wait_for_state("counter", "Success");
    assert_eq!(runs(), 1);
    daemon.start_service("counter").unwrap();
    wait_until("it ran again", || runs() == 2);
}

#[test]
fn a_service_that_ends_is_started_again() {
    let daemon = Daemon::start(&[SLEEPER]);
    let first = daemon.wait_for_state("sleeper", "Running").pid;
    daemon.kill("sleeper", "SIGKILL").unwrap();
    daemon.wait_for("sleeper", |status| status.state.kind() == StateKind::Running && status.pid != first);
}

#[test]
fn stop_of_a_stopped_service_is_done() {
    let daemon = Daemon::start(&[SLEEPER]);
    daemon.wait_for_state("sleeper", "Running");
    daemon.stop("sleeper").unwrap();
    daemon.wait_until_stopped("sleeper");
    daemon.stop("sleeper").unwrap();
}

#[test]
fn stop_sends_the_signal_of_the_service_file() {
    let daemon = Daemon::start(&[("web", "exec: sleep 1000\nsignal: {stop: SIGUSR1}\n")]);
    daemon.wait_for_state("web", "Running");
    daemon.stop("web").unwrap();
    let status = daemon.wait_until_stopped("web");
    assert_eq!(status.state.exit_status(), Some(&ExitStatus::Signaled(text("SIGUSR1"))));
}

#[test]
fn stop_does_not_wait_and_does_not_escalate() {
    if !is_line_daemon("answers a stop before the process has ended") {
        return;
    }
    let daemon = Daemon::start(&[STUBBORN]);
    content(&daemon, "ready");
    daemon.wait_for_state("stubborn", "Running");
    daemon.stop("stubborn").unwrap();
    let status = daemon.status("stubborn").unwrap();
    assert_eq!((status.target, status.state.kind()), (Target::Down, StateKind::Running));
    assert!(!status.is_stopped());
    assert!(is_alive(status.pid));
    daemon.kill("stubborn", "SIGKILL").unwrap();
    daemon.wait_until_stopped("stubborn");
}

#[test]
fn forget_of_a_service_that_is_up() {
    let daemon = Daemon::start(&[SLEEPER]);
    daemon.wait_for_state("sleeper", "Running");
    let error = daemon.forget("sleeper").unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ServiceUp { .. }), "{error}");
    assert_eq!(error.service(), Some("sleeper"));
    assert!(error.to_string().contains("stop it first"), "{error}");
    assert!(daemon.exists("sleeper").unwrap());
}

#[test]
fn kill_of_a_stopped_service() {
    let daemon = Daemon::start(&[("web", BLOCKED)]);
    daemon.stop("web").unwrap();
    let error = daemon.kill("web", "SIGTERM").unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ServiceDown { .. }), "{error}");
    assert_eq!(error.service(), Some("web"));
}

#[test]
fn a_changed_file_counts_once_the_service_is_monitored_again() {
    let daemon = Daemon::start(&[("web", BLOCKED)]);
    let after = || daemon.status("web").unwrap().after[0].0.to_string();
    daemon.write_file("web", "exec: sleep 1000\nafter: [spirit]\n");
    let error = daemon.monitor("web").unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::AlreadyMonitored { .. }), "{error}");
    assert_eq!(after(), "ghost");
    daemon.stop("web").unwrap();
    daemon.forget("web").unwrap();
    daemon.monitor("web").unwrap();
    assert_eq!(after(), "spirit");
}

#[test]
fn kill_sends_every_signal_that_ends_a_process() {
    // Each name as a caller may write it, and as the daemon names it.
    const SIGNALS: [(&str, &str); 26] = [
        ("SIGHUP", "SIGHUP"),
        ("SIGINT", "SIGINT"),
        ("SIGQUIT", "SIGQUIT"),
        ("SIGILL", "SIGILL"),
        ("SIGTRAP", "SIGTRAP"),
        ("SIGABRT", "SIGABRT"),
        ("SIGIOT", "SIGABRT"),
        ("SIGBUS", "SIGBUS"),
        ("SIGFPE", "SIGFPE"),
        ("SIGKILL", "SIGKILL"),
        ("SIGUSR1", "SIGUSR1"),
        ("SIGSEGV", "SIGSEGV"),
        ("SIGUSR2", "SIGUSR2"),
        ("SIGPIPE", "SIGPIPE"),
        ("SIGALRM", "SIGALRM"),
        ("SIGTERM", "SIGTERM"),
        ("SIGSTKFLT", "SIGSTKFLT"),
        ("SIGXCPU", "SIGXCPU"),
        ("SIGXFSZ", "SIGXFSZ"),
        ("SIGVTALRM", "SIGVTALRM"),
        ("SIGPROF", "SIGPROF"),
        ("SIGIO", "SIGIO"),
        ("SIGPOLL", "SIGIO"),
        ("SIGPWR", "SIGPWR"),
        ("SIGSYS", "SIGSYS"),
        ("SIGUNUSED", "SIGSYS"),
    ];
    // No core files.
    let files =
        SIGNALS.map(|(name, _)| (name, "exec: sh -c 'ulimit -c 0; exec sleep 1000'\noneshot: true\n"));
    let daemon = Daemon::start(&files);
    for (number, (name, _)) in SIGNALS.into_iter().enumerate() {
        daemon.wait_for_state(name, "Running");
        let signal = if number % 2 == 0 { name.to_lowercase() } else { name.to_owned() };
        daemon.kill(name, &signal).unwrap();
    }
    for (name, as_named_by_the_daemon) in SIGNALS {
        let status = daemon.wait_for(name, |status| status.pid == 0);
        assert_eq!(
            status.state.exit_status(),
            Some(&ExitStatus::Signaled(text(as_named_by_the_daemon))),
            "{name}"
        );
    }
}

#[test]
fn kill_sends_every_signal_that_ends_no_process() {
    // A process that tells which of them arrived, by the names that a shell has for them.
    const SIGNALS: [(&str, &str); 9] = [
        ("SIGCHLD", "CHLD"),
        ("SIGCLD", "CHLD"),
        ("SIGCONT", "CONT"),
        ("SIGTSTP", "TSTP"),
        ("SIGTTIN", "TTIN"),
        ("SIGTTOU", "TTOU"),
        ("SIGURG", "URG"),
        ("SIGWINCH", "WINCH"),
        ("sigWinch", "WINCH"),
    ];
    for (signal, name) in SIGNALS {
        let daemon = Daemon::start(&[(
            "trap",
            &format!(
                "exec: >\n  sh -c 'cd \"$ZINIT_TEST_DIRECTORY\"; trap \": > arrived\" {name};\n  sleep 1000 & : > ready; while :; do wait; done'\n"
            ),
        )]);
        content(&daemon, "ready");
        assert!(!daemon.path("arrived").exists());
        daemon.kill("trap", signal).unwrap();
        wait_until(&format!("{signal} has arrived"), || daemon.path("arrived").exists());
    }
}

#[test]
fn kill_pauses_and_resumes_a_process() {
    let daemon = Daemon::start(&[SLEEPER]);
    let pid = daemon.wait_for_state("sleeper", "Running").pid;
    let paused = || fs::read_to_string(format!("/proc/{pid}/status")).unwrap().contains("State:\tT");
    daemon.kill("sleeper", "SIGSTOP").unwrap();
    wait_until("the process is paused", paused);
    daemon.kill("sleeper", "SIGCONT").unwrap();
    wait_until("the process goes on", || !paused());
}

#[test]
#[allow(clippy::too_many_lines)] // A list of names.
fn names_that_the_daemon_must_not_split() {
    let long = "n".repeat(250);
    let wide = "é".repeat(125);
    let names = [
        "with space",
        " leads",
        "trails ",
        "a\tb",
        "a\rb",
        "a\r",
        "a\"b",
        "it's",
        "'",
        "''",
        "\"",
        "\\",
        "a\\",
        "a\\b",
        "#x",
        "x#",
        "$x",
        "`x`",
        "$(x)",
        "*",
        "?",
        "[a]",
        "{a}",
        "(a)",
        "a;b",
        "a&b",
        "a|b",
        "a>b",
        "~",
        "!",
        "%",
        "=",
        "a=b",
        "a.b",
        "..",
        "...",
        "a.yaml",
        ".hidden",
        "stream:1",
        "-x",
        "--help",
        "null",
        "0",
        "\u{1}",
        "\u{7f}",
        "\u{2028}",
        "\u{feff}",
        "é",
        "日本",
        "🦀 crab",
        &long,
        &wide,
    ];
    let daemon = Daemon::start(&names.map(|name| (name, BLOCKED)));
    let mut sorted = names.to_vec();
    sorted.sort_unstable();
    assert_eq!(self::names(&daemon.list().unwrap()), sorted);
    for name in names {
        assert_eq!(daemon.status(name).unwrap().name.as_str(), name);
        assert!(daemon.exists(name).unwrap(), "{name:?}");
        daemon.start_service(name).unwrap();
        daemon.stop(name).unwrap();
        let error = daemon.kill(name, "SIGTERM").unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::ServiceDown { .. }), "{name:?}: {error}");
        assert_eq!(error.service(), Some(name));
        daemon.forget(name).unwrap();
        assert!(!daemon.exists(name).unwrap(), "{name:?}");
        if monitors(name) {
            daemon.monitor(name).unwrap();
        } else {
            sorted.retain(|kept| *kept != name);
            let error = daemon.monitor(name).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::ConfigRefused { .. }), "{name:?}: {error}");
        }
        assert_eq!(daemon.exists(name).unwrap(), monitors(name), "{name:?}");
    }
    assert_eq!(self::names(&daemon.list().unwrap()), sorted);
}

#[test]
fn a_signal_by_its_number_is_the_one_that_arrives() {
    let daemon = Daemon::start(&[("web", "exec: sleep 1000\noneshot: true\n")]);
    daemon.wait_for_state("web", "Running");
    let signal = Signal::from_number(libc::SIGUSR2).unwrap();
    daemon.run(async |io| control::kill(io, &name("web"), signal).await).unwrap();
    let status = daemon.wait_for("web", |status| status.pid == 0);
    assert_eq!(status.state.exit_status(), Some(&ExitStatus::Signaled(text("SIGUSR2"))));
}

// Service files.

#[test]
fn a_definition_arrives_whole_at_the_process() {
    let value = "yes # no: 'it''s' \"$HOME\" \\ \t 010 é 🦀\n~";
    let daemon = Daemon::start(&[("base", "exec: sleep 1000\n")]);
    let place = daemon.path("place");
    fs::create_dir(&place).unwrap();
    let mut definition = Service::new();
    definition.set_exec(Some(text(
        "sh -c 'printf \"%s|%s|%s\" \"$VALUE\" \"$NUMBER\" \"$PWD\" > ../arrived.new; mv ../arrived.new ../arrived; exec sleep 1000'",
    )));
    definition.set_test(Some(text("test -e ../arrived")));
    definition.set_dir(Some(text(place.to_str().unwrap())));
    definition.set_stop_signal(Some("sigint")).unwrap();
    definition.set_shutdown_timeout_seconds(Some(3));
    definition.after_push(text("base"));
    definition.env_set(text("VALUE"), Some(text(value)));
    definition.env_set(text("NUMBER"), Some(text("010")));

    let config = ConfigDirectory::new(daemon.config_directory());
    config.write(&name("web"), &definition).unwrap();
    daemon.monitor("web").unwrap();
    let get = async |io: Io<'_>| queries::get(io, &name("web")).await;
    assert_eq!(*daemon.run(get).unwrap(), definition);
    assert_eq!(content(&daemon, "arrived"), format!("{value}|010|{}", place.display()));
    assert_eq!(daemon.status("web").unwrap().after[0].0.as_str(), "base");
    daemon.wait_for_state("web", "Running");
    daemon.stop("web").unwrap();
    let status = daemon.wait_until_stopped("web");
    assert_eq!(status.state.exit_status(), Some(&ExitStatus::Signaled(text("SIGINT"))));
}

#[test]
fn get_takes_monitored_services_and_load_takes_files() {
    let daemon = Daemon::start(&[("web", BLOCKED)]);
    let config = ConfigDirectory::new(daemon.config_directory());
    let get = |service: &str| daemon.run(async |io| queries::get(io, &name(service)).await);
    assert_eq!(get("web").unwrap().exec(), Some(&text("sleep 1000")));
    assert_eq!(*get("web").unwrap(), config.load(&name("web")).unwrap());

    daemon.write_file("later", BLOCKED);
    let error = get("later").unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::UnknownService { .. }), "{error}");
    assert_eq!(config.load(&name("later")).unwrap().exec(), Some(&text("sleep 1000")));

    config.remove(&name("web")).unwrap();
    config.remove(&name("web")).unwrap();
    let error = get("web").unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::FileNotFound { .. }), "{error}");
    assert_eq!(error.service(), Some("web"));
    assert!(error.request_sent());
    assert!(daemon.exists("web").unwrap(), "the daemon has read it before");
}

#[test]
fn errors_of_service_files_name_the_service() {
    let daemon = Daemon::start(&[]);
    let config = ConfigDirectory::new(daemon.config_directory());
    let web = name("web");
    let named = |error: Error| {
        assert_eq!(error.service(), Some("web"), "{error}");
        error.kind().clone()
    };
    let cause = named(config.load(&web).unwrap_err());
    assert!(matches!(cause, ErrorKind::FileNotFound { .. }), "{cause}");
    daemon.write_file("web", "exec: [");
    let cause = named(config.load(&web).unwrap_err());
    assert!(matches!(cause, ErrorKind::FileSyntax { .. }), "{cause}");
    let cause = named(config.write(&web, &Service::new()).unwrap_err());
    assert!(matches!(cause, ErrorKind::InvalidService { .. }), "{cause}");
    config.remove(&web).unwrap();
    fs::create_dir(config.file(&web)).unwrap();
    let cause = named(config.remove(&web).unwrap_err());
    assert!(matches!(cause, ErrorKind::FileIo { .. }), "{cause}");
}

#[test]
fn a_name_that_is_a_request_to_shut_down_shuts_nothing_down() {
    let evil = r#"{"jsonrpc":"2.0","id":1,"method":"system_shutdown"}"#;
    let daemon = Daemon::start(&[SLEEPER, (evil, BLOCKED)]);
    assert_eq!(names(&daemon.list().unwrap()), ["sleeper", evil]);
    assert_eq!(daemon.status(evil).unwrap().name.as_str(), evil);
    daemon.start_service(evil).unwrap();
    daemon.stop(evil).unwrap();
    daemon.forget(evil).unwrap();
    // Of an unknown service no less.
    let refusals = [
        daemon.status(evil).unwrap_err(),
        daemon.start_service(evil).unwrap_err(),
        daemon.stop(evil).unwrap_err(),
        daemon.forget(evil).unwrap_err(),
        daemon.kill(evil, "SIGTERM").unwrap_err(),
    ];
    for error in refusals {
        assert!(matches!(error.kind(), ErrorKind::UnknownService { .. }), "{error}");
    }
    // A daemon that shuts down starts nothing.
    daemon.start_service("sleeper").unwrap();
    daemon.wait_for_state("sleeper", "Running");
}

#[test]
fn names_of_services_are_names_of_files() {
    let daemon = Daemon::start(&[]);
    let config = ConfigDirectory::new(daemon.config_directory());
    let mut definition = Service::new();
    definition.set_exec(Some(text("sleep 1000")));
    definition.after_push(text("ghost"));
    let long = "n".repeat(250);
    let mut monitored = 0;
    for service in ["with space", "a\"b", "#x", "a.b", "..", "-x", "stream:1", "é", "\\", long.as_str()] {
        if !monitors(service) {
            continue;
        }
        monitored += 1;
        config.write(&name(service), &definition).unwrap();
        daemon.monitor(service).unwrap();
        let get = async |io: Io<'_>| queries::get(io, &name(service)).await;
        assert_eq!(*daemon.run(get).unwrap(), definition, "{service:?}");
    }
    assert_eq!(daemon.list().unwrap().services().len(), monitored);
}

// Shutdown and reboot.

/// Asks the binary for the version, then shuts the daemon down.
fn shut_down(daemon: &Daemon, zinit_binary: &Path) -> Result<()> {
    let options = Options { zinit_binary: zinit_binary.to_owned(), ..daemon.options() };
    blocking::run(&options, control::shutdown)
}

#[test]
fn shutdown_ends_the_daemon_and_its_services() {
    let mut daemon = Daemon::start(&[SLEEPER]);
    let pid = daemon.wait_for_state("sleeper", "Running").pid;
    let zinit = daemon.script("zinit", "echo zinit v0.2.9");
    shut_down(&daemon, &zinit).unwrap();
    assert!(daemon.wait_until_it_ends());
    assert!(!is_alive(pid));
    assert!(matches!(daemon.list().unwrap_err().kind(), ErrorKind::NotRunning { .. }));
}

#[test]
fn shutdown_asks_no_daemon_that_would_reboot_instead() {
    let daemon = Daemon::start(&[SLEEPER]);
    daemon.wait_for_state("sleeper", "Running");
    let zinit = daemon.script("zinit", "echo zinit v0.2.8");
    let error = shut_down(&daemon, &zinit).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NotSupported { .. }), "{error}");
    assert!(!error.request_sent());
    daemon.start_service("sleeper").unwrap();
}

#[test]
fn reboot_in_a_container_ends_the_daemon_and_its_services() {
    let mut daemon = Daemon::start(&[SLEEPER]);
    let pid = daemon.wait_for_state("sleeper", "Running").pid;
    daemon.run(control::reboot).unwrap();
    assert!(daemon.wait_until_it_ends());
    assert!(!is_alive(pid));
}

// A daemon that is not there, or not well.

fn at(endpoint: Endpoint) -> Options {
    Options { endpoint, ..Options::default() }
}

fn assert_not_running(endpoint: Endpoint, os_errno: i32) {
    let socket = endpoint.socket_path.display().to_string();
    let error = blocking::run(&at(endpoint), queries::list).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NotRunning { .. }), "{error}");
    assert_eq!(error.kind().os_errno(), os_errno);
    assert!(!error.request_sent());
    let message = error.to_string();
    assert!(message.contains(&socket), "{message}");
    assert!(message.contains("start zinit"), "{message}");
}

#[test]
fn a_daemon_that_died_is_not_running() {
    let mut daemon = Daemon::start(&[SLEEPER]);
    daemon.crash();
    assert!(daemon.socket_path().exists());
    assert_not_running(daemon.endpoint(), libc::ECONNREFUSED);
    daemon.restart();
    daemon.wait_for_state("sleeper", "Running");
}

#[test]
fn a_daemon_that_never_was_is_not_running() {
    let daemon = Daemon::start(&[]);
    let behind = |path: PathBuf| Endpoint { socket_path: path, ..daemon.endpoint() };
    assert_not_running(behind(daemon.path("no.sock")), libc::ENOENT);
    assert_not_running(behind(daemon.path("no/zinit.sock")), libc::ENOENT);
    // A file in the socket's place, and in its directory's.
    fs::write(daemon.path("file"), "").unwrap();
    assert_not_running(behind(daemon.path("file")), libc::ECONNREFUSED);
    assert_not_running(behind(daemon.path("file/zinit.sock")), libc::ENOTDIR);
}

#[test]
fn a_socket_of_another_user_is_no_permission() {
    let daemon = Daemon::start(&[]);
    let options = daemon.options();
    let socket = &options.endpoint.socket_path;
    let error = as_another_user(socket, || blocking::run(&options, queries::list)).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Permission { .. }), "{error}");
    assert_eq!(error.kind().os_errno(), libc::EACCES);
    assert!(!error.request_sent());
    assert!(error.to_string().contains(socket.to_str().unwrap()), "{error}");
}

/// Has each thread of it stopped, which takes it a moment.
fn stop_daemon(daemon: &Daemon) {
    signal(daemon.pid(), libc::SIGSTOP);
    let threads = format!("/proc/{}/task", daemon.pid());
    wait_until("the daemon is stopped", || {
        let mut threads = fs::read_dir(&threads).unwrap();
        threads.all(|thread| {
            let state = fs::read_to_string(thread.unwrap().path().join("stat")).unwrap_or_default();
            state.rsplit(") ").next().is_some_and(|state| state.starts_with('T'))
        })
    });
}

#[test]
fn a_daemon_that_hangs_gives_no_reply() {
    let daemon = Daemon::start(&[SLEEPER]);
    let io_timeout = Duration::from_millis(200);
    let options = at(Endpoint { io_timeout, ..daemon.endpoint() });
    stop_daemon(&daemon);
    let begin = Instant::now();
    // It hangs until this call is over.
    let error = blocking::run(&options, queries::list).unwrap_err();
    let waited = begin.elapsed();
    signal(daemon.pid(), libc::SIGCONT);
    let ErrorKind::NoReply { milliseconds, .. } = error.kind() else { panic!("{error}") };
    assert!(*milliseconds >= 200, "{milliseconds}");
    assert!(waited >= io_timeout, "{waited:?}");
    assert!(error.request_sent());
    assert_eq!(daemon.list().unwrap().services().len(), 1);
}

#[test]
fn a_daemon_that_dies_before_it_answers_has_closed() {
    let mut daemon = Daemon::start(&[SLEEPER]);
    stop_daemon(&daemon);
    let mut exchange = Exchange::begin(&daemon.endpoint(), b"list\n").unwrap().unwrap();
    assert!(exchange.receive().is_none());
    daemon.crash();
    let error = exchange.receive().unwrap().unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Closed { os_errno: libc::ECONNRESET });
}

// The version.

fn version(zinit_binary: &Path) -> Result<DaemonVersion> {
    version_within(PATIENCE, zinit_binary)
}

fn version_within(io_timeout: Duration, zinit_binary: &Path) -> Result<DaemonVersion> {
    let endpoint = Endpoint { io_timeout, ..Endpoint::default() };
    let options = Options { endpoint, zinit_binary: zinit_binary.to_owned(), ..Options::default() };
    blocking::run(&options, queries::version)
}

#[track_caller]
fn assert_no_version(error: &Error, zinit_binary: &Path) {
    assert!(matches!(error.kind(), ErrorKind::Version { .. }), "{error}");
    assert!(error.to_string().contains(&format!("`{} -V`", zinit_binary.display())), "{error}");
    assert!(!error.request_sent());
}

#[test]
fn the_version_of_the_daemon_itself() {
    let version = version(&common::daemon::binary()).unwrap();
    assert!(version.numbers >= (0, 2, 0) && version.numbers < (0, 3, 0), "{version:?}");
}

#[test]
fn the_version_is_read_from_what_the_binary_prints() {
    let daemon = Daemon::start(&[]);
    for (printed, numbers, text) in [
        ("zinit v0.2.14", (0, 2, 14), "0.2.14"),
        ("zinit 0.2.5", (0, 2, 5), "0.2.5"),
        ("zinit v0.2.9-3-gabc", (0, 2, 9), "0.2.9-3-gabc"),
    ] {
        // With the one argument that it is to be given.
        let zinit = daemon.script("zinit", &format!("[ \"$*\" = -V ] && echo '{printed}'"));
        let version = version(&zinit).unwrap();
        assert_eq!((version.numbers, version.text.as_str()), (numbers, text));
    }
}

#[test]
fn what_a_binary_prints_to_stderr_is_not_the_version() {
    let daemon = Daemon::start(&[]);
    let zinit = daemon.script("zinit", "echo warning: old >&2; echo zinit v0.2.14");
    assert_eq!(version(&zinit).unwrap().numbers, (0, 2, 14));
}

#[test]
fn no_version_without_a_binary() {
    let daemon = Daemon::start(&[]);
    let not_executable = daemon.path("zinit");
    fs::write(&not_executable, "").unwrap();
    for (zinit, os_errno) in [
        (daemon.path("no-zinit"), libc::ENOENT),
        (not_executable, libc::EACCES),
        (daemon.config_directory(), libc::EACCES),
    ] {
        let error = version(&zinit).unwrap_err();
        assert_no_version(&error, &zinit);
        assert_eq!(error.kind().os_errno(), os_errno, "{error}");
    }
}

#[test]
fn no_version_from_garbage() {
    let daemon = Daemon::start(&[]);
    for script in [
        "",
        "exit 1",
        "echo",
        "echo zinit",
        "echo zinit v0.2",
        "echo v0.2.14",
        "echo zinit version 0.2.14",
        "printf '\\377\\376'",
        "printf 'zinit v0.2.14\\0'",
        "head -c 100000 /dev/zero",
        "kill -9 $$",
    ] {
        let zinit = daemon.script("zinit", script);
        assert_no_version(&version(&zinit).unwrap_err(), &zinit);
    }
}

#[test]
fn the_version_may_stand_in_4096_bytes() {
    let daemon = Daemon::start(&[]);
    let prints = |name: &str, length: usize| {
        let version = "zinit v0.2.14";
        let spaces = length - version.len();
        daemon.script(name, &format!("printf '{version}%{spaces}s' ''"))
    };
    assert_eq!(version(&prints("most", 4096)).unwrap().numbers, (0, 2, 14));
    let error = version(&prints("more", 4097)).unwrap_err();
    assert!(error.to_string().contains("prints too much"), "{error}");
}

#[test]
fn no_version_from_a_binary_that_hangs() {
    let daemon = Daemon::start(&[]);
    let zinit = daemon.script("zinit", "echo $$ > \"$ZINIT_TEST_DIRECTORY/pid\"; exec sleep 1000");
    let begin = Instant::now();
    // Enough for it to write the file.
    let timeout = Duration::from_secs(2);
    let error = version_within(timeout, &zinit).unwrap_err();
    let waited = begin.elapsed();
    assert_no_version(&error, &zinit);
    assert!(waited >= timeout, "{waited:?}");
    let pid = fs::read_to_string(daemon.path("pid")).unwrap().trim().parse().unwrap();
    assert!(!is_alive(pid), "the child is killed");
    assert!(!Path::new(&format!("/proc/{pid}")).exists(), "the child is reaped");
}

#[test]
fn the_version_from_a_binary_that_leaves_a_child_with_its_output() {
    let daemon = Daemon::start(&[]);
    let zinit =
        daemon.script("zinit", "sleep 1000 & echo $! > \"$ZINIT_TEST_DIRECTORY/pid\"; echo zinit v0.2.14");
    assert_eq!(version(&zinit).unwrap().numbers, (0, 2, 14));
    let pid = fs::read_to_string(daemon.path("pid")).unwrap().trim().parse().unwrap();
    assert!(is_alive(pid), "nobody waits for the child's child");
}

/// Says to the test below that it has a process of its own, and which script to run.
const ZINIT_BINARY: &str = "ZINIT_TEST_BINARY";

#[test]
fn the_version_where_sigchld_is_ignored() {
    if let Some(zinit) = env::var_os(ZINIT_BINARY) {
        ignore_sigchld();
        assert_eq!(version(Path::new(&zinit)).unwrap().numbers, (0, 2, 14));
        return;
    }
    let daemon = Daemon::start(&[]);
    let zinit = daemon.script("zinit", "echo zinit v0.2.14");
    // What becomes of a signal is the same for a whole process: this very test once more, alone.
    let output = process::Command::new(env::current_exe().unwrap())
        .args(["--exact", "the_version_where_sigchld_is_ignored"])
        .env(ZINIT_BINARY, &zinit)
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && stdout.contains("1 passed"), "{stdout}");
}
