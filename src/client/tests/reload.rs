//! reload: an edited file in force, or nothing stopped.

use std::fs;

use super::deploy::{assert_tidy, file};
use super::runner::{Ending, Runner, Scripted, World, assert_kind, everywhere, reload};
use super::simulation::{BEGIN, Character, End, MISSING, SERVICE, STUBBORN, ms, oneshot, us};
use crate::client::{Timeout, waits};
use crate::config_directory::ConfigDirectory;
use crate::driver::scripted::{Answered, Script, run_script};
use crate::error::ErrorKind;
use crate::model::Name;

everywhere![
    a_service_that_runs_is_replaced,
    a_service_that_is_stopped_is_started,
    a_service_that_the_daemon_does_not_know_is_monitored,
    a_service_that_ignores_the_signal_is_killed_and_replaced,
    a_file_that_the_daemon_would_refuse_stops_nothing,
    a_program_that_cannot_start_fails,
    a_oneshot_is_run_once,
    no_time_for_the_start_returns_when_it_is_monitored,
    no_time_for_the_stop_is_a_kill_at_once,
    a_service_that_does_not_stop_is_not_forgotten,
];

/// Not as the library would write it.
const EDITED: &str = "# by hand\n\nexec:   new   # at last\nlog: 'ring'\n";

/// The service has a file that was edited.
fn edited(world: World) -> World {
    fs::write(world.directory.file("web"), EDITED).unwrap();
    world
}

fn order(ending: &Ending) -> Vec<&str> {
    ending.commands.iter().map(String::as_str).filter(|sent| !sent.starts_with("status")).collect()
}

fn a_service_that_runs_is_replaced(runner: &dyn Runner) {
    let world = edited(World::monitored(&[("web", SERVICE)]));
    let ending = runner.run(&world, &reload("web", 5000, 20_000));
    ending.ok();
    assert!(ending.pid("web").unwrap() > world.pid("web"));
    assert_eq!(ending.state("web"), "Running");
    assert_eq!(order(&ending), ["stop web", "forget web", "monitor web"]);
    assert_eq!(file(&world), EDITED);
    assert_tidy(&world, 1);
    assert!(ending.is_done(0));
}

fn a_service_that_is_stopped_is_started(runner: &dyn Runner) {
    let world = edited(World::monitored(&[("web", SERVICE)])).before(ms(50_000), "stop web");
    let ending = runner.run(&world, &reload("web", 5000, 20_000));
    ending.ok();
    assert_ne!(ending.pid("web"), Some(0));
}

fn a_service_that_the_daemon_does_not_know_is_monitored(runner: &dyn Runner) {
    let world = edited(World::new(&[("web", SERVICE)]));
    let ending = runner.run(&world, &reload("web", 5000, 20_000));
    ending.ok();
    assert_eq!(ending.state("web"), "Running");
    assert_eq!(file(&world), EDITED);
}

fn a_service_that_ignores_the_signal_is_killed_and_replaced(runner: &dyn Runner) {
    let world = edited(World::monitored(&[("web", STUBBORN)]));
    let ending = runner.run(&world, &reload("web", 100, 20_000));
    ending.ok();
    assert!(ending.row(0).killed);
    assert!(ending.pid("web").unwrap() > world.pid("web"));
}

fn a_file_that_the_daemon_would_refuse_stops_nothing(runner: &dyn Runner) {
    let world = World::monitored(&[("web", SERVICE)]);
    let path = world.directory.file("web");
    let refused = |is_expected: fn(&ErrorKind) -> bool| {
        let ending = runner.run(&world, &reload("web", 5000, 20_000));
        let error = ending.error();
        assert!(is_expected(error.kind()), "{error}");
        assert_eq!(error.to_string(), format!("cannot reload \"web\": {}", error.kind()));
        assert_eq!(error.service(), Some("web"));
        assert!(!error.request_sent());
        assert!(!ending.row_error(0).request_sent());
        assert!(ending.commands.is_empty());
        assert_eq!(ending.pid("web"), Some(world.pid("web")));
        error.to_string()
    };
    for content in ["exec: [", "exec: 'new", "exec: new: x", "text"] {
        fs::write(&path, content).unwrap();
        let text = refused(|kind| matches!(kind, ErrorKind::FileSyntax { .. }));
        assert!(text.contains(path.to_str().unwrap()), "{text}");
        assert_eq!(file(&world), content);
    }
    for content in [
        "test: \"true\"\n",
        "exec: ''\n",
        "exec: new\nlog: bogus\n",
        "exec: [new]\n",
        "exec: a\noneshot: yes\n",
        "",
    ] {
        fs::write(&path, content).unwrap();
        refused(|kind| matches!(kind, ErrorKind::InvalidService { .. }));
        assert_eq!(file(&world), content);
    }
    fs::remove_file(&path).unwrap();
    refused(|kind| matches!(kind, ErrorKind::FileNotFound { .. }));
    assert_tidy(&world, 0);
    fs::create_dir(&path).unwrap();
    refused(|kind| matches!(kind, ErrorKind::FileIo { .. }));
    assert_tidy(&world, 1);
}

fn a_program_that_cannot_start_fails(runner: &dyn Runner) {
    let world = edited(World::monitored(&[("web", SERVICE)]));
    let world = world.with(|simulation| simulation.change("web", MISSING));
    let ending = runner.run(&world, &reload("web", 5000, 20_000));
    assert_kind!(ending.error(), ErrorKind::ServiceFailed { .. });
    assert!(ending.error().to_string().starts_with("cannot reload \"web\": cannot start it: "));
    assert!(ending.error().state().is_some());
}

/// The file says whether it is one, not what ran before.
fn a_oneshot_is_run_once(runner: &dyn Runner) {
    let world = World::monitored(&[("web", SERVICE)]);
    let world = world.with(|simulation| simulation.change("web", oneshot(ms(50), End::Exit(0))));
    fs::write(world.directory.file("web"), "exec: new\noneshot: true\n").unwrap();
    let ending = runner.run(&world, &reload("web", 5000, 20_000));
    ending.ok();
    assert_eq!(ending.state("web"), "Success");
    assert_eq!(ending.spawned("web"), 1);
}

fn no_time_for_the_start_returns_when_it_is_monitored(runner: &dyn Runner) {
    let world = edited(World::monitored(&[("web", SERVICE)]));
    let ending = runner.run(&world, &reload("web", 5000, 0));
    ending.ok();
    assert_eq!(ending.commands.last().unwrap(), "monitor web");
}

fn no_time_for_the_stop_is_a_kill_at_once(runner: &dyn Runner) {
    let world = edited(World::monitored(&[("web", STUBBORN)]));
    let ending = runner.run(&world, &reload("web", 0, 20_000));
    ending.ok();
    assert!(ending.row(0).killed);
    assert_eq!(order(&ending), ["kill web SIGKILL", "stop web", "forget web", "monitor web"]);
}

fn a_service_that_does_not_stop_is_not_forgotten(runner: &dyn Runner) {
    // Somebody else starts it again.
    let world = edited(World::monitored(&[("web", STUBBORN)])).at(ms(50), "start web");
    let ending = runner.run(&world, &reload("web", 20_000, 20_000));
    assert_kind!(ending.error(), ErrorKind::TargetChanged { target: "Up" });
    assert!(ending.error().to_string().starts_with("cannot reload \"web\": cannot stop it: "));
    assert_eq!(order(&ending), ["stop web"]);
    assert_eq!(ending.pid("web"), Some(world.pid("web")));
}

#[test]
fn a_service_that_outlives_every_kill_is_not_forgotten() {
    let immortal = Character { can_be_killed: false, ..STUBBORN };
    let world = edited(World::monitored(&[("web", immortal)]));
    let ending = Scripted.run(&world, &reload("web", 100, 20_000));
    assert_kind!(ending.error(), ErrorKind::Timeout { milliseconds: 100, .. });
    assert_eq!((ending.count("forget"), ending.count("monitor")), (0, 0));
    assert_eq!(ending.pid("web"), Some(world.pid("web")));
}

#[test]
fn a_service_that_is_not_up_in_time_is_in_force() {
    let slow = Character { up_after: Some(ms(600)), ..SERVICE };
    let world = edited(World::monitored(&[("web", SERVICE)]));
    let world = world.with(|simulation| simulation.change("web", slow));
    let ending = Scripted.run(&world, &reload("web", 5000, 500));
    assert_kind!(ending.error(), ErrorKind::Timeout { milliseconds: 500, .. });
    assert!(ending.error().to_string().starts_with("cannot reload \"web\": cannot start it: "));
    assert!(ending.pid("web").unwrap() > world.pid("web"));
    assert_eq!(ending.state("web"), "Spawned");
}

#[test]
fn a_reload_that_was_cancelled_at_any_point_is_completed_by_another_one() {
    for character in [SERVICE, STUBBORN] {
        let world = edited(World::monitored(&[("web", character)])).latency(us(60));
        let whole = Scripted.run(&world, &reload("web", 40, 20_000));
        whole.ok();
        // Before each command, and when the daemon has acted on it.
        for cancelled in whole.times.iter().flat_map(|(sent, _)| [*sent, *sent + us(31)]) {
            let mut simulation = world.simulation.clone();
            let mut run = |begin, cancel_at| {
                let directory = ConfigDirectory::new(world.directory.path());
                let script = Script { cancel_at, directory, ..Script::default() };
                let daemon = |now, line: &str| Answered(simulation.handle(begin + now, line), world.latency);
                let [grace, timeout] = [40, 20_000].map(|time| Timeout::from_milliseconds(time).unwrap());
                let name = Name::new("web").unwrap();
                run_script(script, daemon, async |io| waits::reload(io, &name, grace, timeout).await)
            };
            let first = run(BEGIN, Some(cancelled));
            assert_kind!(&first.result.unwrap_err(), ErrorKind::Cancelled);
            let again = run(BEGIN + first.elapsed, None);
            again.result.unwrap();
            let service = simulation.service(BEGIN + first.elapsed + again.elapsed, "web").unwrap();
            assert_eq!(service.state, "Running");
            assert_ne!(service.pid(), world.pid("web"));
        }
    }
}

#[test]
fn the_time_that_the_disk_takes_is_not_taken_from_the_grace() {
    let slow = Character { on_stop: Some((ms(3000), End::Exit(0))), ..SERVICE };
    let mut world = edited(World::monitored(&[("web", slow)]));
    world.files = |_| (ms(60_000), None);
    let ending = Scripted.run(&world, &reload("web", 4000, 20_000));
    ending.ok();
    assert!(!ending.row(0).killed);
    assert_eq!(ending.count("kill"), 0);
}

#[test]
fn a_service_that_somebody_else_monitors_meanwhile_is_told() {
    let mut world = edited(World::monitored(&[("web", SERVICE)])).latency(ms(10));
    // As soon as it is forgotten.
    for later in 20..40 {
        world = world.at(ms(later), "monitor web");
    }
    let ending = Scripted.run(&world, &reload("web", 5000, 20_000));
    assert_kind!(ending.error(), ErrorKind::AlreadyMonitored { .. });
    assert!(ending.error().to_string().starts_with("cannot reload \"web\": cannot monitor it: "));
}
