//! deploy: a definition in force, or nothing touched.

use std::fs;

use super::runner::{Runner, Scripted, World, assert_kind, deploy, everywhere};
use super::simulation::{Character, End, MISSING, SERVICE, STUBBORN, ms, oneshot, us};
use crate::error::ErrorKind;

everywhere![
    a_service_that_runs_is_replaced,
    a_service_that_is_stopped_is_replaced,
    a_service_that_is_not_there_is_made,
    a_service_that_ignores_the_signal_is_killed_and_replaced,
    a_definition_that_the_daemon_would_refuse_touches_nothing,
    a_file_that_cannot_be_written_touches_nothing,
    a_program_that_cannot_start_fails,
    a_oneshot_is_run_once,
    no_time_for_the_start_returns_when_it_is_monitored,
    a_service_that_does_not_stop_keeps_its_file,
];

const NEW: &str = "exec: new\n";

pub(super) fn file(world: &World) -> String {
    fs::read_to_string(world.directory.file("web")).unwrap()
}

/// Nothing is left of what was prepared.
pub(super) fn assert_tidy(world: &World, files: usize) {
    assert_eq!(fs::read_dir(world.directory.path()).unwrap().count(), files);
}

fn a_service_that_runs_is_replaced(runner: &dyn Runner) {
    let world = World::monitored(&[("web", SERVICE)]);
    let ending = runner.run(&world, &deploy("web", NEW, 5000, 20_000));
    ending.ok();
    assert!(ending.pid("web").unwrap() > world.pid("web"));
    assert_eq!(ending.state("web"), "Running");
    let order: Vec<_> = ending.commands.iter().filter(|sent| !sent.starts_with("status")).collect();
    assert_eq!(order, ["stop web", "forget web", "monitor web"]);
    assert_eq!(file(&world), NEW);
    assert_tidy(&world, 1);
    assert!(ending.is_done(0));
}

fn a_service_that_is_stopped_is_replaced(runner: &dyn Runner) {
    let world = World::monitored(&[("web", SERVICE)]).before(ms(50_000), "stop web");
    let ending = runner.run(&world, &deploy("web", NEW, 5000, 20_000));
    ending.ok();
    assert_ne!(ending.pid("web"), Some(0));
    assert_eq!(file(&world), NEW);
}

fn a_service_that_is_not_there_is_made(runner: &dyn Runner) {
    let world = World::new(&[("web", SERVICE)]);
    fs::remove_file(world.directory.file("web")).unwrap();
    let ending = runner.run(&world, &deploy("web", NEW, 5000, 20_000));
    ending.ok();
    assert_ne!(ending.pid("web"), Some(0));
    assert_eq!(file(&world), NEW);
    assert_tidy(&world, 1);
}

fn a_service_that_ignores_the_signal_is_killed_and_replaced(runner: &dyn Runner) {
    let world = World::monitored(&[("web", STUBBORN)]);
    let ending = runner.run(&world, &deploy("web", NEW, 100, 20_000));
    ending.ok();
    assert!(ending.row(0).killed);
    assert!(ending.pid("web").unwrap() > world.pid("web"));
}

fn a_definition_that_the_daemon_would_refuse_touches_nothing(runner: &dyn Runner) {
    let world = World::monitored(&[("web", SERVICE)]);
    let before = file(&world);
    let ending = runner.run(&world, &deploy("web", "test: \"true\"\n", 5000, 20_000));
    assert_kind!(ending.error(), ErrorKind::InvalidService { .. });
    assert_eq!(ending.error().to_string(), format!("cannot deploy \"web\": {}", ending.error().kind()));
    assert!(!ending.error().request_sent());
    assert_eq!(ending.error().service(), Some("web"));
    assert!(ending.commands.is_empty());
    assert_eq!(file(&world), before);
    assert_tidy(&world, 1);
}

fn a_file_that_cannot_be_written_touches_nothing(runner: &dyn Runner) {
    let world = World::monitored(&[("web", SERVICE)]);
    fs::remove_file(world.directory.file("web")).unwrap();
    fs::create_dir(world.directory.file("web")).unwrap();
    let ending = runner.run(&world, &deploy("web", NEW, 5000, 20_000));
    assert_kind!(ending.error(), ErrorKind::FileIo { .. });
    assert!(ending.commands.is_empty());
    assert!(!ending.error().request_sent());
    assert!(!ending.row_error(0).request_sent());
    assert_tidy(&world, 1);
}

fn a_program_that_cannot_start_fails(runner: &dyn Runner) {
    let world = World::monitored(&[("web", SERVICE)]);
    let world = world.with(|simulation| simulation.change("web", MISSING));
    let ending = runner.run(&world, &deploy("web", NEW, 5000, 20_000));
    assert_kind!(ending.error(), ErrorKind::ServiceFailed { .. });
    assert!(ending.error().to_string().starts_with("cannot deploy \"web\": cannot start it: "));
    assert!(ending.error().state().is_some());
}

fn a_oneshot_is_run_once(runner: &dyn Runner) {
    let world = World::monitored(&[("web", SERVICE)]);
    let world = world.with(|simulation| simulation.change("web", oneshot(ms(50), End::Exit(0))));
    let ending = runner.run(&world, &deploy("web", "exec: new\noneshot: true\n", 5000, 20_000));
    ending.ok();
    assert_eq!(ending.state("web"), "Success");
    assert_eq!(ending.spawned("web"), 1);
}

#[test]
fn a_oneshot_that_takes_any_time_is_run_once() {
    for latency in [us(0), us(60), ms(1), ms(30)] {
        for lives in (0..2000).step_by(13).map(ms).chain((0..3000).step_by(100).map(us)) {
            let world = World::monitored(&[("web", SERVICE)]).latency(latency);
            let world = world.with(|simulation| simulation.change("web", oneshot(lives, End::Exit(0))));
            let ending = Scripted.run(&world, &deploy("web", "exec: new\noneshot: true\n", 5000, 20_000));
            ending.ok();
            assert_eq!(ending.state("web"), "Success");
            assert_eq!(ending.spawned("web"), 1);
        }
    }
}

fn no_time_for_the_start_returns_when_it_is_monitored(runner: &dyn Runner) {
    let world = World::monitored(&[("web", SERVICE)]);
    let ending = runner.run(&world, &deploy("web", NEW, 5000, 0));
    ending.ok();
    assert_eq!(ending.commands.last().unwrap(), "monitor web");
}

fn a_service_that_does_not_stop_keeps_its_file(runner: &dyn Runner) {
    // Somebody else starts it again.
    let world = World::monitored(&[("web", STUBBORN)]).behind("stop web", "start web");
    let before = file(&world);
    let ending = runner.run(&world, &deploy("web", NEW, 20_000, 20_000));
    assert_kind!(ending.error(), ErrorKind::TargetChanged { target: "Up" });
    assert!(ending.error().to_string().starts_with("cannot deploy \"web\": cannot stop it: "));
    assert_eq!(file(&world), before);
    assert_tidy(&world, 1);
    assert_eq!(ending.pid("web"), Some(world.pid("web")));
}

/// The disk takes longer than the service has to end.
#[test]
fn the_time_that_the_disk_takes_is_not_taken_from_the_grace() {
    for disk in [ms(0), ms(1500), ms(60_000)] {
        let slow = Character { on_stop: Some((ms(3000), End::Exit(0))), ..SERVICE };
        let mut world = World::monitored(&[("web", slow)]);
        world.files = match disk.as_millis() {
            0 => |_| (ms(0), None),
            1500 => |_| (ms(1500), None),
            _ => |_| (ms(60_000), None),
        };
        let ending = Scripted.run(&world, &deploy("web", NEW, 4000, 20_000));
        ending.ok();
        assert!(!ending.row(0).killed, "{disk:?}");
        assert!(!ending.commands.iter().any(|sent| sent.starts_with("kill")), "{disk:?}");
    }
}

#[test]
fn a_service_that_outlives_every_kill_keeps_its_file() {
    let world = World::monitored(&[("web", Character { can_be_killed: false, ..STUBBORN })]);
    let before = file(&world);
    let ending = Scripted.run(&world, &deploy("web", NEW, 100, 20_000));
    assert_kind!(ending.error(), ErrorKind::Timeout { .. });
    assert_eq!(file(&world), before);
    assert_tidy(&world, 1);
}

#[test]
fn a_service_that_somebody_else_monitors_meanwhile_is_told() {
    let world = World::monitored(&[("web", SERVICE)]).latency(ms(10));
    let mut world = world;
    // As soon as it is forgotten.
    for later in 20..40 {
        world = world.at(ms(later), "monitor web");
    }
    let ending = Scripted.run(&world, &deploy("web", NEW, 5000, 20_000));
    assert_kind!(ending.error(), ErrorKind::AlreadyMonitored { .. });
    assert!(ending.error().to_string().starts_with("cannot deploy \"web\": cannot monitor it: "));
}
