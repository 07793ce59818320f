//! `stop_wait`: returns as soon as no process lives and none will be spawned, and only then.

use super::runner::{Ending, Runner, Scripted, World, assert_kind, everywhere, start, stop};
use super::simulation::{Character, End, MISSING, SERVICE, STUBBORN, ms, oneshot, stops, us};
use crate::error::ErrorKind;
use crate::model::StateKind;

everywhere![
    a_service_that_ends_at_once_is_stopped,
    a_service_that_takes_its_time_is_stopped_without_a_kill,
    a_service_that_ignores_the_signal_is_killed_when_its_grace_is_over,
    a_service_without_a_process_is_stopped_at_once,
    a_state_that_stays_does_not_matter,
    a_process_that_has_just_ended_is_stopped,
    an_unknown_service_is_an_error,
    a_service_that_is_forgotten_meanwhile_is_stopped,
    a_service_that_somebody_else_starts_is_a_changed_target,
    a_stop_without_a_limit_does_not_kill,
];

const LATENCIES: [std::time::Duration; 5] = [us(0), us(60), ms(1), ms(30), ms(150)];

fn assert_stopped(ending: &Ending, service: &str) {
    ending.ok();
    assert_eq!(ending.pid(service), Some(0), "{:?}", ending.commands);
    assert!(ending.is_done(0));
}

fn a_service_that_ends_at_once_is_stopped(runner: &dyn Runner) {
    let world = World::monitored(&[("web", SERVICE)]);
    let ending = runner.run(&world, &stop("web", 5000));
    assert_stopped(&ending, "web");
    assert!(!ending.row(0).killed);
}

fn a_service_that_takes_its_time_is_stopped_without_a_kill(runner: &dyn Runner) {
    let world = World::monitored(&[("web", stops(ms(250), End::Exit(0)))]);
    let ending = runner.run(&world, &stop("web", 20_000));
    assert_stopped(&ending, "web");
    assert_eq!(ending.count("kill"), 0);
}

#[test]
fn a_service_that_takes_any_time_is_stopped_when_its_process_has_ended() {
    for latency in LATENCIES {
        for takes in (0..2990).step_by(23).map(ms).chain((0..3000).step_by(50).map(us)) {
            let world = World::monitored(&[("web", stops(takes, End::Exit(0)))]).latency(latency);
            let ending = Scripted.run(&world, &stop("web", 3000));
            assert_stopped(&ending, "web");
            assert_eq!(ending.count("kill"), 0, "{takes:?} {latency:?}");
            let allowed = (takes / 10).clamp(ms(1), ms(100)) + latency * 7;
            assert!(ending.elapsed <= takes + allowed, "{:?} for {takes:?}", ending.elapsed);
        }
    }
}

#[test]
fn a_service_that_takes_2500_ms_is_stopped_within_3000() {
    let world = World::monitored(&[("web", stops(ms(2500), End::Exit(0)))]);
    let ending = Scripted.run(&world, &stop("web", 3000));
    assert_stopped(&ending, "web");
    assert!(!ending.row(0).killed);
}

fn a_service_that_ignores_the_signal_is_killed_when_its_grace_is_over(runner: &dyn Runner) {
    let world = World::monitored(&[("web", STUBBORN)]);
    let ending = runner.run(&world, &stop("web", 200));
    assert_stopped(&ending, "web");
    assert!(ending.row(0).killed);
    assert_eq!(ending.count("kill web SIGKILL"), 1);
    assert_eq!(ending.state("web"), "Error(Signaled(Pid(1000), SIGKILL, false))");
}

#[test]
fn a_process_that_ends_at_the_deadline_is_not_killed() {
    let world = World::monitored(&[("web", stops(ms(200), End::Exit(0)))]);
    let ending = Scripted.run(&world, &stop("web", 200));
    assert_stopped(&ending, "web");
    assert!(!ending.row(0).killed);
    assert_eq!(ending.count("kill"), 0);
}

#[test]
fn a_process_that_ends_around_the_deadline_is_stopped() {
    for latency in [us(0), us(60), ms(1), ms(30)] {
        for takes in (150_000..350_000).step_by(500).map(us) {
            let slowly_noted = Character { noted_after: ms(1), ..stops(takes, End::Exit(0)) };
            let world = World::monitored(&[("web", slowly_noted)]).latency(latency);
            let ending = Scripted.run(&world, &stop("web", 200));
            assert_stopped(&ending, "web");
            // What has ended by then is seen by the last look, which begins behind the deadline.
            let has_ended = latency / 2 + takes + ms(1) <= ms(200);
            assert!(!has_ended || !ending.row(0).killed, "{takes:?} {latency:?}");
        }
    }
}

#[test]
fn a_process_that_outlives_ten_kills_is_a_timeout() {
    let world = World::monitored(&[("web", Character { can_be_killed: false, ..STUBBORN })]);
    let ending = Scripted.run(&world, &stop("web", 200));
    assert_kind!(ending.error(), ErrorKind::Timeout { milliseconds: 200, .. });
    assert_eq!(ending.error().state().unwrap().kind(), StateKind::Running);
    assert!(ending.row(0).killed);
    assert_eq!(ending.count("kill web SIGKILL"), 10);
    let kills: Vec<_> =
        ending.commands.iter().zip(&ending.times).filter(|(sent, _)| sent.starts_with("kill")).collect();
    for (index, (_, (sent, _))) in kills.iter().enumerate() {
        assert_eq!(*sent, ms(200 + 1000 * index as u64));
    }
    assert_eq!(ending.elapsed, ms(10_200));
}

#[test]
fn a_process_that_dies_long_after_the_first_kill_is_stopped() {
    // As one that is stuck in the kernel: it dies when it comes out.
    let stuck = Character { can_be_killed: false, ..stops(ms(4000), End::Signal("SIGKILL")) };
    let world = World::monitored(&[("web", stuck)]);
    let ending = Scripted.run(&world, &stop("web", 200));
    assert_stopped(&ending, "web");
    assert!(ending.row(0).killed);
    assert_eq!(ending.count("kill web SIGKILL"), 4);
}

fn a_service_without_a_process_is_stopped_at_once(runner: &dyn Runner) {
    let world = World::monitored(&[("job", oneshot(ms(0), End::Exit(0)))]);
    let ending = runner.run(&world, &stop("job", 20_000));
    assert_stopped(&ending, "job");
    assert_eq!(ending.commands, ["stop job", "status job"]);
    let world = World::monitored(&[("web", MISSING)]);
    let ending = runner.run(&world, &stop("web", 20_000));
    assert_stopped(&ending, "web");
    assert_eq!(ending.commands, ["stop web", "status web"]);
}

fn a_state_that_stays_does_not_matter(runner: &dyn Runner) {
    for state in ["TestFailure", "Unknown", "Running", "Spawned", "Blocked"] {
        let stale = Character { stale_state: Some(state), ..SERVICE };
        let world = World::monitored(&[("web", stale)]).before(ms(100), "stop web");
        let ending = runner.run(&world, &stop("web", 20_000));
        assert_stopped(&ending, "web");
        assert_eq!(ending.commands, ["stop web", "status web"], "{state}");
        assert_eq!(ending.state("web"), state);
    }
}

#[test]
fn a_test_that_cannot_be_run_does_not_keep_a_service_from_stopping() {
    for takes in (0..500).step_by(3).map(ms) {
        let world = World::monitored(&[("web", Character { can_test: false, ..stops(takes, End::Exit(0)) })]);
        let ending = Scripted.run(&world, &stop("web", 20_000));
        assert_stopped(&ending, "web");
    }
}

fn a_process_that_has_just_ended_is_stopped(runner: &dyn Runner) {
    // The daemon says ESRCH to the stop.
    let ended = Character { lives: Some((ms(99_980), End::Exit(0))), noted_after: ms(100), ..SERVICE };
    let world = World::monitored(&[("web", ended)]);
    let ending = runner.run(&world, &stop("web", 20_000));
    assert_stopped(&ending, "web");
    assert!(ending.elapsed >= ms(80));
}

fn an_unknown_service_is_an_error(runner: &dyn Runner) {
    let ending = runner.run(&World::new(&[]), &stop("web", 1000));
    assert_kind!(ending.error(), ErrorKind::UnknownService { .. });
    assert_eq!(ending.commands, ["stop web"]);
}

fn a_service_that_is_forgotten_meanwhile_is_stopped(runner: &dyn Runner) {
    let world = World::monitored(&[("web", stops(ms(100), End::Exit(0)))]);
    let mut world = world;
    // As soon as it can be.
    for later in 100..110 {
        world = world.at(ms(later), "forget web");
    }
    let ending = runner.run(&world, &stop("web", 20_000));
    ending.ok();
    assert!(ending.is_done(0));
}

#[test]
fn a_service_that_is_forgotten_before_it_is_seen_stopped_is_stopped() {
    for latency in LATENCIES {
        let world = World::monitored(&[("web", stops(ms(1000), End::Exit(0)))]).latency(latency);
        // The stop is handled after half of the latency; no look is handled within the next microsecond.
        let world = world.at(latency / 2 + ms(1000) + us(1), "forget web");
        let ending = Scripted.run(&world, &stop("web", 20_000));
        ending.ok();
        assert!(ending.is_done(0));
        assert_eq!(ending.pid("web"), None, "it is forgotten");
    }
}

fn a_service_that_somebody_else_starts_is_a_changed_target(runner: &dyn Runner) {
    let world = World::monitored(&[("web", STUBBORN)]).behind("stop web", "start web");
    let ending = runner.run(&world, &stop("web", 20_000));
    assert_kind!(ending.error(), ErrorKind::TargetChanged { target: "Up" });
    assert_eq!(ending.error().state().unwrap().kind(), StateKind::Running);
    assert_eq!(ending.count("kill"), 0);
}

#[test]
fn a_service_that_somebody_else_starts_at_any_time_is_a_changed_target_or_was_stopped() {
    for latency in LATENCIES {
        for started in (1..2000).step_by(17) {
            let world = World::monitored(&[("web", stops(ms(1000), End::Exit(0)))]);
            let world = world.at(ms(started) + latency, "start web").latency(latency);
            let ending = Scripted.run(&world, &stop("web", 5000));
            // By the look behind its end.
            let is_seen_stopped = ms(started) > ms(1100) + latency * 7;
            match &ending.result {
                Ok(()) => assert!(started >= 1000 && ending.is_done(0), "started after {started} ms"),
                Err(error) => {
                    assert_kind!(error, ErrorKind::TargetChanged { target: "Up" });
                    assert!(!is_seen_stopped, "started after {started} ms");
                }
            }
        }
    }
}

fn a_stop_without_a_limit_does_not_kill(runner: &dyn Runner) {
    let world = World::monitored(&[("web", stops(ms(300), End::Exit(0)))]);
    let ending = runner.run(&world, &stop("web", -1));
    assert_stopped(&ending, "web");
    assert_eq!(ending.count("kill"), 0);
}

#[test]
fn a_stop_without_a_limit_never_kills() {
    let world = World::monitored(&[("web", stops(ms(3_600_000), End::Exit(0)))]);
    let ending = Scripted.run(&world, &stop("web", -1));
    assert_stopped(&ending, "web");
    assert_eq!(ending.count("kill"), 0);
}

#[test]
fn a_word_for_the_target_that_is_not_known_is_neither_stopped_nor_changed() {
    let status =
        r#"{"state":"ok","body":{"after":{},"name":"web","pid":0,"state":"Running","target":"Sideways"}}"#;
    let world = World::monitored(&[("web", SERVICE)]);
    let world = world.fault(ms(0), super::simulation::Fault::Says(status));
    let ending = Scripted.run(&world, &stop("web", 200));
    assert_kind!(ending.error(), ErrorKind::Timeout { .. });
    assert!(ending.error().to_string().contains("it is Running and not stopped"), "{}", ending.error());
    let status = status.replace("\"pid\":0", "\"pid\":7");
    let ending = Scripted.run(
        &world.fault(ms(0), super::simulation::Fault::Says(Box::leak(status.into_boxed_str()))),
        &start("web", 200),
    );
    ending.ok();
}
