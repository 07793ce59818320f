//! `start_wait`: returns as soon as the service is up, and only then.

use super::runner::{Ending, Runner, Scripted, World, assert_kind, everywhere, start};
use super::simulation::{Character, End, MISSING, SERVICE, STUBBORN, ms, oneshot, stops, us};
use crate::error::ErrorKind;
use crate::model::{ExitStatus, StateKind, Text};

everywhere![
    a_service_that_runs_is_up_at_once,
    a_service_that_has_just_been_stopped_is_up_with_a_new_process,
    a_service_whose_old_process_still_ends_is_up_with_a_new_process,
    a_test_that_never_passes_is_a_timeout_in_state_spawned,
    a_missing_executable_fails_at_once,
    a_oneshot_that_exits_3_has_failed_with_its_exit_code,
    a_oneshot_that_is_killed_has_failed_with_its_signal,
    a_oneshot_that_ends_well_is_up,
    a_oneshot_that_fails_again_is_not_taken_for_its_first_failure,
    a_service_that_somebody_else_stops_is_a_changed_target,
    a_service_that_is_forgotten_meanwhile_is_unknown,
    an_unknown_service_is_not_started,
    a_daemon_that_is_shutting_down_starts_nothing,
    a_service_is_up_once_what_it_runs_after_is,
    a_service_whose_file_cannot_be_read_is_up_when_it_runs,
];

/// Exchanges on a quick machine, on a busy one, and on one where a look costs more than a pause.
const LATENCIES: [std::time::Duration; 5] = [us(0), us(60), ms(1), ms(30), ms(150)];

fn assert_new_process(ending: &Ending, service: &str, old: i32) {
    ending.ok();
    let pid = ending.pid(service).unwrap();
    assert!(pid != 0 && pid != old, "{pid} after {old}: {:?}", ending.commands);
    assert_eq!(ending.state(service), "Running");
}

/// A service whose process the daemon spawns again and again, for it ends at once.
fn flapping(lives: std::time::Duration) -> Character {
    Character { lives: Some((lives, End::Exit(0))), ..SERVICE }
}

fn a_service_that_runs_is_up_at_once(runner: &dyn Runner) {
    let world = World::monitored(&[("web", SERVICE)]);
    let ending = runner.run(&world, &start("web", 5000));
    ending.ok();
    assert_eq!(ending.pid("web"), Some(world.pid("web")));
    assert_eq!(ending.commands, ["status web", "start web", "status web"]);
    assert!(ending.is_done(0));
    assert_eq!(ending.row(0).state.as_ref().unwrap().kind(), StateKind::Running);
}

fn a_service_that_has_just_been_stopped_is_up_with_a_new_process(runner: &dyn Runner) {
    let world = World::monitored(&[("web", stops(ms(0), End::Exit(0)))]);
    let old = world.pid("web");
    let world = world.before(us(1), "stop web");
    assert_new_process(&runner.run(&world, &start("web", -1)), "web", old);
}

#[test]
fn a_service_that_was_stopped_at_any_time_is_up_with_a_new_process() {
    for latency in LATENCIES {
        for end in [End::Exit(0), End::Exit(1), End::Signal("SIGTERM")] {
            for stopped in (0..2500).step_by(31) {
                let world = World::monitored(&[("web", stops(ms(0), end))]).latency(latency);
                let old = world.pid("web");
                let world = world.before(us(stopped * 1000 + 1), "stop web");
                assert_new_process(&Scripted.run(&world, &start("web", 20_000)), "web", old);
            }
        }
    }
}

fn a_service_whose_old_process_still_ends_is_up_with_a_new_process(runner: &dyn Runner) {
    let world = World::monitored(&[("web", stops(ms(250), End::Exit(0)))]);
    let old = world.pid("web");
    let world = world.before(us(1), "stop web");
    assert_new_process(&runner.run(&world, &start("web", -1)), "web", old);
}

#[test]
fn a_service_whose_old_process_takes_any_time_to_end_is_up_with_a_new_process() {
    for latency in LATENCIES {
        for takes in (0..3000).step_by(19).map(ms).chain((0..3000).step_by(50).map(us)) {
            let world = World::monitored(&[("web", stops(takes, End::Exit(0)))]).latency(latency);
            let old = world.pid("web");
            let world = world.before(us(1), "stop web");
            let ending = Scripted.run(&world, &start("web", 20_000));
            assert_new_process(&ending, "web", old);
            assert_eq!(ending.spawned("web"), 2);
        }
    }
}

#[test]
fn an_old_process_that_does_not_end_is_a_timeout() {
    let world = World::monitored(&[("web", STUBBORN)]).before(ms(1), "stop web");
    let ending = Scripted.run(&world, &start("web", 20_000));
    assert_kind!(ending.error(), ErrorKind::Timeout { .. });
    assert_eq!(
        ending.error().to_string(),
        "cannot start \"web\": timed out after 20000 ms: it is Running, its old process 1000 was told to stop and has not ended"
    );
}

fn a_test_that_never_passes_is_a_timeout_in_state_spawned(runner: &dyn Runner) {
    let world = World::monitored(&[("web", Character { up_after: None, ..SERVICE })]);
    let ending = runner.run(&world, &start("web", 200));
    assert_kind!(ending.error(), ErrorKind::Timeout { milliseconds: 200, .. });
    assert_eq!(ending.error().state().unwrap().kind(), StateKind::Spawned);
    assert_eq!(ending.error().service(), Some("web"));
}

#[test]
fn a_test_that_passes_at_any_time_is_seen_soon() {
    for latency in LATENCIES {
        for up_after in (0..5000).step_by(53) {
            let world = World::monitored(&[("web", Character { up_after: Some(ms(up_after)), ..SERVICE })]);
            let world = world.before(ms(50_000), "stop web").latency(latency);
            let ending = Scripted.run(&world, &start("web", 20_000));
            assert_new_process(&ending, "web", 0);
            // The pause before the look, the steady look behind it, and the exchanges.
            let allowed = ms(up_after / 10).clamp(ms(1), ms(100)) + ms(8) + latency * 16;
            assert!(ending.elapsed <= ms(up_after) + allowed, "{:?} for {up_after} ms", ending.elapsed);
        }
    }
}

#[test]
fn a_test_that_passes_at_the_deadline_is_seen_in_the_last_look() {
    let world = World::monitored(&[("web", Character { up_after: Some(us(1_999_700)), ..SERVICE })]);
    let world = world.before(ms(50_000), "stop web");
    let ending = Scripted.run(&world, &start("web", 2000));
    assert_new_process(&ending, "web", 0);
    assert_eq!(ending.elapsed, ms(2000));
}

#[test]
fn a_test_that_passes_while_a_look_crosses_the_deadline_is_seen_in_one_more() {
    for up_after in 1800..1989 {
        let world = World::monitored(&[("web", Character { up_after: Some(ms(up_after)), ..SERVICE })]);
        // The start is handled after 45 ms; a look begins after 2010 ms and is handled after 2025.
        let world = world.before(ms(50_000), "stop web").latency(ms(30));
        assert_new_process(&Scripted.run(&world, &start("web", 2035)), "web", 0);
    }
}

fn a_missing_executable_fails_at_once(runner: &dyn Runner) {
    let world = World::monitored(&[("web", SERVICE)]).before(ms(50_000), "stop web");
    let world = world.with(|simulation| simulation.change("web", MISSING));
    let ending = runner.run(&world, &start("web", -1));
    assert_kind!(ending.error(), ErrorKind::ServiceFailed { .. });
    assert_eq!(ending.error().state().unwrap().kind(), StateKind::Failure);
}

#[test]
fn a_missing_executable_fails_after_at_most_two_looks() {
    let world = World::monitored(&[("web", SERVICE)]).before(ms(50_000), "stop web");
    let world = world.with(|simulation| simulation.change("web", MISSING));
    for latency in LATENCIES {
        let ending = Scripted.run(&world.clone().latency(latency), &start("web", -1));
        assert_kind!(ending.error(), ErrorKind::ServiceFailed { .. });
        assert!(ending.count("status web") <= 3, "{:?}", ending.commands);
    }
}

#[test]
fn a_missing_executable_that_was_missing_before_fails_after_a_second() {
    let world = World::monitored(&[("web", MISSING)]);
    for latency in LATENCIES {
        let ending = Scripted.run(&world.clone().latency(latency), &start("web", -1));
        assert_kind!(ending.error(), ErrorKind::ServiceFailed { .. });
        assert!(ending.elapsed >= ms(1000), "{:?}", ending.elapsed);
        assert!(ending.elapsed <= ms(1100) + latency * 8, "{:?}", ending.elapsed);
    }
}

#[test]
fn an_executable_that_is_there_again_is_no_failure() {
    for latency in LATENCIES {
        let world = World::monitored(&[("web", MISSING)]).latency(latency);
        let world = world.with(|simulation| simulation.change("web", SERVICE));
        assert_new_process(&Scripted.run(&world, &start("web", 20_000)), "web", 0);
    }
}

fn a_oneshot_that_exits_3_has_failed_with_its_exit_code(runner: &dyn Runner) {
    let world = World::monitored(&[("job", oneshot(ms(50), End::Exit(3)))]);
    let ending = runner.run(&world, &start("job", -1));
    assert_kind!(ending.error(), ErrorKind::ServiceFailed { .. });
    assert_eq!(ending.error().state().unwrap().exit_status(), Some(&ExitStatus::Exited(3)));
}

fn a_oneshot_that_is_killed_has_failed_with_its_signal(runner: &dyn Runner) {
    let world = World::monitored(&[("job", oneshot(ms(50), End::Signal("SIGSEGV")))]);
    let ending = runner.run(&world, &start("job", -1));
    assert_kind!(ending.error(), ErrorKind::ServiceFailed { .. });
    let state = ending.error().state().unwrap();
    assert_eq!(state.exit_status(), Some(&ExitStatus::Signaled(Text::lossy("SIGSEGV"))));
}

fn a_oneshot_that_ends_well_is_up(runner: &dyn Runner) {
    let world = World::monitored(&[("job", oneshot(ms(100), End::Exit(0)))]);
    let ending = runner.run(&world, &start("job", -1));
    ending.ok();
    assert_eq!(ending.spawned("job"), 2);
    assert_eq!(ending.pid("job"), Some(0));
    assert_eq!(ending.state("job"), "Success");
}

#[test]
fn a_oneshot_that_takes_any_time_is_up_when_its_new_run_has_ended() {
    for latency in LATENCIES {
        for lives in (0..3000).step_by(37).map(ms).chain((0..3000).step_by(70).map(us)) {
            let world = World::monitored(&[("job", oneshot(lives, End::Exit(0)))]).latency(latency);
            let ending = Scripted.run(&world, &start("job", 20_000));
            ending.ok();
            assert_eq!(ending.spawned("job"), 2, "{lives:?} {latency:?}");
            assert_eq!(ending.pid("job"), Some(0), "{lives:?} {latency:?}");
        }
    }
}

fn a_oneshot_that_fails_again_is_not_taken_for_its_first_failure(runner: &dyn Runner) {
    let world = World::monitored(&[("job", oneshot(ms(100), End::Exit(3)))]);
    let ending = runner.run(&world, &start("job", -1));
    assert_kind!(ending.error(), ErrorKind::ServiceFailed { .. });
    assert_eq!(ending.error().state().unwrap().text().as_str(), "Error(Exited(Pid(1001), 3))");
}

#[test]
fn a_oneshot_that_fails_again_at_any_time_is_not_taken_for_its_first_failure() {
    for latency in LATENCIES {
        for lives in (0..3000).step_by(37).map(ms).chain((0..3000).step_by(70).map(us)) {
            let world = World::monitored(&[("job", oneshot(lives, End::Exit(3)))]).latency(latency);
            let ending = Scripted.run(&world, &start("job", 20_000));
            assert_kind!(ending.error(), ErrorKind::ServiceFailed { .. });
            assert_eq!(ending.error().state().unwrap().text().as_str(), "Error(Exited(Pid(1001), 3))");
        }
    }
}

#[test]
fn a_oneshot_whose_old_process_takes_any_time_to_end_is_run_again() {
    for latency in LATENCIES {
        for takes in (0..1000).step_by(17).map(ms).chain((0..3000).step_by(60).map(us)) {
            for end in [End::Exit(0), End::Exit(1), End::Signal("SIGTERM")] {
                let old = Character { on_stop: Some((takes, end)), ..oneshot(ms(1_000_000), End::Exit(0)) };
                let new = oneshot(ms(150), End::Exit(0));
                let world = World::monitored(&[("job", old)]).latency(latency).before(us(1), "stop job");
                let world = world.with(|simulation| simulation.change("job", new));
                let ending = Scripted.run(&world, &start("job", 20_000));
                ending.ok();
                assert_eq!(ending.spawned("job"), 2, "{takes:?} {latency:?} {:?}", ending.commands);
                assert_eq!(ending.pid("job"), Some(0));
                assert_eq!(ending.state("job"), "Success");
            }
        }
    }
}

#[test]
fn a_service_that_ends_at_once_and_is_spawned_again_is_not_up() {
    for latency in [us(0), us(60), us(300)] {
        for lives in (0..5000).step_by(100).map(us) {
            let world = World::monitored(&[("web", flapping(lives))]).latency(latency).steady(ms(250));
            let world = world.before(ms(50_000), "stop web");
            let ending = Scripted.run(&world, &start("web", 7000));
            assert_kind!(ending.error(), ErrorKind::Timeout { .. });
        }
    }
}

fn a_service_that_somebody_else_stops_is_a_changed_target(runner: &dyn Runner) {
    let world = World::monitored(&[("web", Character { up_after: None, ..SERVICE })]);
    let ending = runner.run(&world.behind("start web", "stop web"), &start("web", -1));
    assert_kind!(ending.error(), ErrorKind::TargetChanged { target: "Down" });
    assert!(ending.error().state().is_some());
    assert_eq!(ending.error().service(), Some("web"));
}

#[test]
fn a_service_that_somebody_else_stops_at_any_time_is_a_changed_target_or_was_up() {
    for latency in LATENCIES {
        for stopped in (1..4000).step_by(61) {
            let world = World::monitored(&[("web", SERVICE)]).before(ms(500), "stop web");
            let world = world.at(ms(stopped) + latency * 2, "stop web").latency(latency);
            let ending = Scripted.run(&world, &start("web", 20_000));
            match &ending.result {
                // The pause of 2 s began 0.5 s before.
                Ok(()) => assert!(stopped >= 1400 && ending.is_done(0), "stopped after {stopped} ms"),
                Err(error) => {
                    assert_kind!(error, ErrorKind::TargetChanged { target: "Down" });
                    assert!(ms(stopped) <= ms(1700) + latency * 7, "stopped after {stopped} ms");
                }
            }
        }
    }
}

fn a_service_that_is_forgotten_meanwhile_is_unknown(runner: &dyn Runner) {
    let world = World::monitored(&[("web", Character { up_after: None, ..SERVICE })]);
    let world = world.at(ms(100), "stop web").at(ms(100) + us(1), "forget web");
    let ending = runner.run(&world, &start("web", -1));
    match ending.error().kind() {
        // Seen between the two.
        ErrorKind::TargetChanged { .. } => {}
        kind => assert!(matches!(kind, ErrorKind::UnknownService { .. }), "{kind}"),
    }
    assert_eq!(ending.pid("web"), None, "it is forgotten");
}

#[test]
fn a_service_that_is_forgotten_between_two_looks_is_unknown() {
    for latency in LATENCIES {
        let world = World::monitored(&[("web", Character { up_after: None, ..SERVICE })]).latency(latency);
        let world = world.at(us(99_937), "stop web").at(us(99_938), "forget web");
        let ending = Scripted.run(&world, &start("web", -1));
        assert_kind!(ending.error(), ErrorKind::UnknownService { .. });
    }
}

fn an_unknown_service_is_not_started(runner: &dyn Runner) {
    let ending = runner.run(&World::new(&[]), &start("web", 1000));
    assert_kind!(ending.error(), ErrorKind::UnknownService { .. });
    assert_eq!(ending.commands, ["status web"]);
    assert_eq!(ending.row_error(0).service(), Some("web"));
}

fn a_daemon_that_is_shutting_down_starts_nothing(runner: &dyn Runner) {
    let world = World::monitored(&[("web", SERVICE)]).before(ms(10_000), "stop web");
    let world = world.with(|simulation| simulation.is_shutting_down = true);
    let ending = runner.run(&world, &start("web", 1000));
    assert_kind!(ending.error(), ErrorKind::ShuttingDown { .. });
}

fn a_service_is_up_once_what_it_runs_after_is(runner: &dyn Runner) {
    let first = Character { up_after: Some(ms(100)), ..SERVICE };
    let second = Character { after: &["first"], ..SERVICE };
    let world = World::monitored(&[("first", first), ("second", second)]);
    let world = world.before(ms(50_000), "stop first").before(ms(50_000), "stop second");
    let world = world.at(ms(50), "start first");
    let ending = runner.run(&world, &start("second", -1));
    assert_new_process(&ending, "second", 0);
}

// Files that cannot be read here.

fn a_service_whose_file_cannot_be_read_is_up_when_it_runs(runner: &dyn Runner) {
    let world = World::monitored(&[("web", SERVICE)]).before(ms(50_000), "stop web").without_files();
    assert_new_process(&runner.run(&world, &start("web", -1)), "web", 0);
}

#[test]
fn an_end_that_stands_for_three_seconds_is_that_of_a_oneshot_whose_file_cannot_be_read() {
    for latency in LATENCIES {
        for lives in [us(0), us(500), ms(3)] {
            let world = World::monitored(&[("job", oneshot(lives, End::Exit(0)))]).latency(latency);
            let ending = Scripted.run(&world.without_files().steady(ms(250)), &start("job", 20_000));
            ending.ok();
            assert_eq!(ending.spawned("job"), 2);
            assert!(ending.elapsed >= ms(3000), "{:?}", ending.elapsed);
            assert!(ending.elapsed <= ms(3450) + latency * 8, "{:?}", ending.elapsed);
        }
        let world = World::monitored(&[("job", oneshot(ms(1), End::Exit(3)))]).latency(latency);
        let ending = Scripted.run(&world.without_files().steady(ms(250)), &start("job", 20_000));
        assert_kind!(ending.error(), ErrorKind::ServiceFailed { .. });
        assert_eq!(ending.error().state().unwrap().exit_status(), Some(&ExitStatus::Exited(3)));
    }
}

#[test]
fn a_service_that_is_spawned_again_is_no_oneshot_though_its_file_cannot_be_read() {
    // Each run is seen, and none is up.
    for lives in [ms(150), ms(700), ms(1500)] {
        let tested = Character { up_after: None, ..flapping(lives) };
        let world = World::monitored(&[("web", tested)]).before(ms(50_000), "stop web").without_files();
        let ending = Scripted.run(&world, &start("web", 20_000));
        assert_kind!(ending.error(), ErrorKind::Timeout { .. });
    }
    // No run is seen, but each end is another one.
    for lives in [us(0), us(500)] {
        let failing = Character { lives: Some((lives, End::Exit(1))), ..SERVICE };
        let world = World::monitored(&[("web", failing)]).before(ms(50_000), "stop web").without_files();
        let world = world.steady(ms(250));
        let ending = Scripted.run(&world, &start("web", 20_000));
        assert_kind!(ending.error(), ErrorKind::Timeout { .. });
    }
}

#[test]
fn a_missing_executable_fails_at_once_though_the_file_cannot_be_read() {
    let world = World::monitored(&[("web", SERVICE)]).before(ms(50_000), "stop web").without_files();
    let world = world.with(|simulation| simulation.change("web", MISSING));
    let ending = Scripted.run(&world, &start("web", -1));
    assert_kind!(ending.error(), ErrorKind::ServiceFailed { .. });
}

#[test]
fn a_oneshot_that_ends_by_itself_around_the_start_is_up_when_no_run_is_left() {
    for latency in [us(0), us(60), ms(1), ms(30)] {
        for ended in (-50_i64..50).map(|step| step * i64::try_from(latency.as_micros() / 15 + 13).unwrap()) {
            for end in [End::Exit(0), End::Exit(3)] {
                for lives in [us(100), ms(50)] {
                    // The first run ends that long after the beginning.
                    let first = oneshot(us(u64::try_from(1_000_000 + ended).unwrap()), end);
                    let world = World::new(&[("job", first)]).before(us(1_000_200), "monitor job");
                    let world = world.with(|simulation| simulation.change("job", oneshot(lives, end)));
                    let ending = Scripted.run(&world.latency(latency), &start("job", 20_000));
                    assert_eq!(ending.result.is_ok(), end == End::Exit(0));
                    assert_eq!(ending.pid("job"), Some(0), "{latency:?} {ended} {:?}", ending.commands);
                    let later = ending.spawned_later("job", ms(10));
                    assert_eq!(ending.spawned("job"), later, "{latency:?} {ended} {:?}", ending.commands);
                    assert_eq!(ending.row(0).state.as_ref().unwrap().text().as_str(), ending.state("job"));
                }
            }
        }
    }
}
