//! restart: the old process is gone, and a new one is up.

use super::runner::{Runner, Scripted, World, assert_kind, everywhere, restart, restart_multiple};
use super::simulation::{Character, End, MISSING, SERVICE, STUBBORN, ms, oneshot, stops, us};
use crate::error::ErrorKind;
use crate::model::StateKind;

everywhere![
    a_service_is_up_with_a_new_process,
    a_service_that_ignores_the_signal_is_killed_and_started,
    a_service_that_was_stopped_is_started,
    a_oneshot_is_run_again,
    an_unknown_service_is_not_restarted,
    no_grace_is_a_kill_at_once,
    no_time_for_the_start_returns_when_it_is_sent,
];

const LATENCIES: [std::time::Duration; 5] = [us(0), us(60), ms(1), ms(30), ms(150)];

fn a_service_is_up_with_a_new_process(runner: &dyn Runner) {
    let world = World::monitored(&[("web", SERVICE)]);
    let ending = runner.run(&world, &restart("web", 5000, 20_000));
    ending.ok();
    assert!(ending.pid("web").unwrap() > world.pid("web"));
    assert_eq!(ending.state("web"), "Running");
    assert!(ending.is_done(0));
    assert!(!ending.row(0).killed);
}

#[test]
fn a_service_that_takes_any_time_to_end_is_up_with_a_new_process() {
    for latency in LATENCIES {
        for takes in (0..2990).step_by(41).map(ms).chain((0..3000).step_by(90).map(us)) {
            for end in [End::Exit(0), End::Exit(1)] {
                let world = World::monitored(&[("web", stops(takes, end))]).latency(latency);
                let ending = Scripted.run(&world, &restart("web", 5000, 20_000));
                ending.ok();
                assert_eq!(ending.spawned("web"), 2);
                assert_ne!(ending.pid("web"), Some(0));
                assert_eq!(ending.state("web"), "Running");
            }
        }
    }
}

#[test]
fn the_daemon_is_given_time_to_note_the_end_before_the_start() {
    for latency in LATENCIES {
        for call in [restart("web", 5000, 20_000), restart_multiple(&["web"], 5000, 20_000)] {
            let world = World::monitored(&[("web", stops(ms(30), End::Exit(0)))]).latency(latency);
            let ending = Scripted.run(&world, &call);
            ending.ok();
            let start = ending.commands.iter().position(|command| command == "start web").unwrap();
            let pause = ending.times[start].0.saturating_sub(ending.times[start - 1].1);
            assert!(pause >= ms(10), "{latency:?}: {pause:?}");
        }
    }
}

fn a_service_that_ignores_the_signal_is_killed_and_started(runner: &dyn Runner) {
    let world = World::monitored(&[("web", STUBBORN)]);
    let ending = runner.run(&world, &restart("web", 100, 20_000));
    ending.ok();
    assert!(ending.pid("web").unwrap() > world.pid("web"));
    assert!(ending.row(0).killed);
}

fn a_service_that_was_stopped_is_started(runner: &dyn Runner) {
    let world = World::monitored(&[("web", SERVICE)]).before(ms(50_000), "stop web");
    let ending = runner.run(&world, &restart("web", 5000, 20_000));
    ending.ok();
    assert_ne!(ending.pid("web"), Some(0));
}

fn a_oneshot_is_run_again(runner: &dyn Runner) {
    let world = World::monitored(&[("job", oneshot(ms(50), End::Exit(0)))]);
    let ending = runner.run(&world, &restart("job", 5000, 20_000));
    ending.ok();
    assert_eq!(ending.spawned("job"), 2);
    assert_eq!(ending.state("job"), "Success");
}

#[test]
fn a_oneshot_that_takes_any_time_is_run_again() {
    for latency in LATENCIES {
        for lives in (0..3000).step_by(41).map(ms).chain((0..3000).step_by(90).map(us)) {
            let world = World::monitored(&[("job", oneshot(ms(10), End::Exit(0)))]).latency(latency);
            let world = world.with(|simulation| simulation.change("job", oneshot(lives, End::Exit(0))));
            let ending = Scripted.run(&world, &restart("job", 5000, 20_000));
            ending.ok();
            assert_eq!(ending.spawned("job"), 2);
            assert_eq!(ending.pid("job"), Some(0));
            assert_eq!(ending.state("job"), "Success");
        }
    }
}

fn an_unknown_service_is_not_restarted(runner: &dyn Runner) {
    let ending = runner.run(&World::new(&[]), &restart("web", 1000, 1000));
    assert_kind!(ending.error(), ErrorKind::UnknownService { .. });
    assert_eq!(ending.commands, ["stop web"]);
}

fn no_grace_is_a_kill_at_once(runner: &dyn Runner) {
    let world = World::monitored(&[("web", STUBBORN)]);
    let ending = runner.run(&world, &restart("web", 0, 20_000));
    ending.ok();
    assert!(ending.row(0).killed);
    assert_eq!(ending.commands[..3], ["kill web SIGKILL", "stop web", "status web"]);
}

fn no_time_for_the_start_returns_when_it_is_sent(runner: &dyn Runner) {
    let world = World::monitored(&[("web", SERVICE)]);
    let ending = runner.run(&world, &restart("web", 5000, 0));
    ending.ok();
    assert_eq!(ending.commands.last().unwrap(), "start web");
    assert!(ending.is_done(0));
}

#[test]
fn no_limit_for_the_stop_waits_for_it() {
    let world = World::monitored(&[("web", stops(ms(600_000), End::Exit(0)))]);
    let ending = Scripted.run(&world, &restart("web", -1, -1));
    ending.ok();
    assert_eq!(ending.count("kill"), 0);
    assert_eq!(ending.spawned("web"), 2);
}

#[test]
fn the_step_that_failed_is_told() {
    let immortal = World::monitored(&[("web", Character { can_be_killed: false, ..STUBBORN })]);
    let ending = Scripted.run(&immortal, &restart("web", 100, 1000));
    assert_kind!(ending.error(), ErrorKind::Timeout { milliseconds: 100, .. });
    assert_eq!(ending.count("start"), 0);
    assert!(
        ending
            .error()
            .to_string()
            .starts_with("cannot restart \"web\": cannot stop it: timed out after 100 ms: ")
    );
    assert_eq!(ending.row_error(0), ending.error());
    let missing = World::monitored(&[("web", SERVICE)]).with(|simulation| simulation.change("web", MISSING));
    let ending = Scripted.run(&missing, &restart("web", 100, 20_000));
    assert_kind!(ending.error(), ErrorKind::ServiceFailed { .. });
    assert!(ending.error().to_string().starts_with("cannot restart \"web\": cannot start it: it failed: "));
    assert_eq!(ending.error().state().unwrap().kind(), StateKind::Failure);
}
