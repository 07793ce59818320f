//! restart of a group: the old processes are gone, and new ones are up.

use super::groups::{all, numbered, rows};
use super::runner::{Ending, Runner, Scripted, World, assert_kind, everywhere, restart_multiple};
use super::simulation::{Character, End, Fault, MISSING, SERVICE, STUBBORN, ms, oneshot, stops, us};
use crate::client::FileEffect;
use crate::error::ErrorKind;

everywhere![
    services_are_up_with_new_processes,
    five_are_restarted_of_which_some_fail,
    a_service_that_was_stopped_is_started,
    no_grace_is_a_kill_at_once,
    no_time_for_the_start_returns_when_all_are_sent,
    a_service_that_is_given_twice_is_restarted_once,
    a_daemon_that_dies_meanwhile_ends_the_whole,
];

/// Where each command with this word stands among all.
fn places(ending: &Ending, word: &str) -> Vec<usize> {
    let is_it = |sent: &String| sent.split(' ').next() == Some(word);
    ending.commands.iter().enumerate().filter(|(_, sent)| is_it(sent)).map(|(place, _)| place).collect()
}

fn services_are_up_with_new_processes(runner: &dyn Runner) {
    let world = World::monitored(&[("a", SERVICE), ("b", stops(ms(50), End::Exit(0)))]);
    let ending = runner.run(&world, &restart_multiple(&["a", "b"], 5000, 20_000));
    ending.ok();
    assert_eq!(rows(&ending), ["done", "done"]);
    for name in ["a", "b"] {
        assert!(ending.pid(name).unwrap() > world.pid(name).max(world.pid("b")));
        assert_eq!(ending.state(name), "Running");
    }
    assert_eq!([ending.count("stop"), ending.count("start"), ending.count("kill")], [2, 2, 0]);
    // None is started before the last one has stopped.
    assert!(places(&ending, "stop").iter().max() < places(&ending, "start").iter().min());
}

fn five_are_restarted_of_which_some_fail(runner: &dyn Runner) {
    let world = World::monitored(&[
        ("fine", SERVICE),
        ("missing", SERVICE),
        ("stubborn", STUBBORN),
        ("taken", STUBBORN),
    ]);
    let world = world.behind("stop taken", "start taken");
    let world = world.with(|simulation| simulation.change("missing", MISSING));
    let call = restart_multiple(&["missing", "ghost", "fine", "stubborn", "taken"], 200, 20_000);
    let ending = runner.run(&world, &call);
    assert_eq!(rows(&ending), ["ServiceFailed", "UnknownService", "done", "killed", "TargetChanged"]);
    for name in ["fine", "stubborn"] {
        assert_eq!(ending.spawned(name), 2);
        assert_eq!(ending.state(name), "Running");
    }
    assert_eq!(ending.count("start ghost"), 0);
    assert_eq!(ending.count("start taken"), 0);
    assert_kind!(ending.error(), ErrorKind::ServiceFailed { .. });
    let text = ending.error().to_string();
    let begin = "cannot restart 3 of 5 services (\"missing\", \"ghost\", \"taken\"): cannot restart \"missing\": \
                 cannot start it: it failed: ";
    assert!(text.starts_with(begin), "{text}");
    assert!(ending.row_error(4).to_string().starts_with("cannot restart \"taken\": cannot stop it: "));
}

fn a_service_that_was_stopped_is_started(runner: &dyn Runner) {
    let world = World::monitored(&[("a", SERVICE), ("b", SERVICE)]).before(ms(50_000), "stop a");
    let ending = runner.run(&world, &restart_multiple(&["a", "b"], 5000, 20_000));
    ending.ok();
    assert_ne!(ending.pid("a"), Some(0));
    assert!(ending.pid("b").unwrap() > world.pid("b"));
}

fn no_grace_is_a_kill_at_once(runner: &dyn Runner) {
    let world = World::monitored(&[("a", STUBBORN), ("b", STUBBORN)]);
    let ending = runner.run(&world, &restart_multiple(&["a", "b"], 0, 20_000));
    ending.ok();
    assert_eq!(rows(&ending), ["killed", "killed"]);
    assert_eq!(ending.commands[..4], ["kill a SIGKILL", "stop a", "kill b SIGKILL", "stop b"]);
}

fn no_time_for_the_start_returns_when_all_are_sent(runner: &dyn Runner) {
    let world = World::monitored(&[("a", SERVICE), ("b", SERVICE)]);
    let ending = runner.run(&world, &restart_multiple(&["a", "b"], 5000, 0));
    ending.ok();
    assert_eq!(ending.commands[ending.commands.len() - 2..], ["start a", "start b"]);
    assert_eq!(rows(&ending), ["done", "done"]);
}

fn a_service_that_is_given_twice_is_restarted_once(runner: &dyn Runner) {
    let world = World::monitored(&[("job", oneshot(ms(0), End::Exit(0)))]);
    let ending = runner.run(&world, &restart_multiple(&["job", "job"], 5000, 20_000));
    ending.ok();
    assert_eq!(rows(&ending), ["done", "done"]);
    assert_eq!([ending.spawned("job"), ending.count("start")], [2, 1]);
}

fn a_daemon_that_dies_meanwhile_ends_the_whole(runner: &dyn Runner) {
    let world = World::monitored(&[("a", SERVICE), ("b", STUBBORN)]).fault(ms(60), Fault::Dies);
    let ending = runner.run(&world, &restart_multiple(&["a", "b"], -1, -1));
    for index in [0, 1] {
        assert_kind!(ending.row_error(index), ErrorKind::NotRunning { .. } | ErrorKind::Closed { .. });
    }
}

#[test]
fn no_limit_for_the_stop_waits_for_it_and_never_kills() {
    let world = World::monitored(&[("a", SERVICE), ("b", stops(ms(600_000), End::Exit(0)))]);
    let ending = Scripted.run(&world, &restart_multiple(&["a", "b"], -1, -1));
    ending.ok();
    assert_eq!(ending.count("kill"), 0);
    assert_eq!([ending.spawned("a"), ending.spawned("b")], [2, 2]);
}

#[test]
fn oneshots_that_take_any_time_are_run_again_and_no_start_is_lost() {
    for latency in [us(0), us(60), ms(1), ms(30)] {
        for lives in (0..3000).step_by(83).map(ms).chain((0..3000).step_by(180).map(us)) {
            let world = World::monitored(&[
                ("job", oneshot(ms(10), End::Exit(0))),
                ("next", Character { after: &["job"], ..oneshot(ms(10), End::Exit(0)) }),
                ("web", stops(lives, End::Exit(1))),
            ]);
            let world = world.latency(latency);
            let world = world.with(|simulation| simulation.change("job", oneshot(lives, End::Exit(0))));
            let ending = Scripted.run(&world, &restart_multiple(&["web", "next", "job"], 5000, 20_000));
            ending.ok();
            assert_eq!([ending.spawned("job"), ending.spawned("next"), ending.spawned("web")], [2, 2, 2]);
            assert_eq!([ending.pid("job"), ending.pid("next")], [Some(0), Some(0)]);
            assert_eq!(ending.state("web"), "Running");
        }
    }
}

#[test]
fn the_time_for_the_starts_is_for_all_together() {
    let names = numbered(20);
    let world = World::monitored(&all(&names, Character { up_after: None, ..SERVICE })).latency(ms(10));
    let ending = Scripted.run(&world, &restart_multiple(&names, -1, 1000));
    assert_eq!(rows(&ending), ["Timeout"; 20]);
    assert!(ending.elapsed < ms(4000), "{:?}", ending.elapsed);
    // Slow enough for the time to be up before all are told.
    let world = World::monitored(&all(&names, SERVICE)).latency(ms(300));
    let ending = Scripted.run(&world, &restart_multiple(&names, -1, 1000));
    assert!(ending.count("start") < 20);
    let text = ending.row_error(19).to_string();
    assert!(text.ends_with("timed out after 1000 ms: the time was up before the daemon was told"), "{text}");
}

#[test]
fn a_service_whose_file_cannot_be_read_stays_stopped_and_the_others_are_restarted() {
    let mut world = World::monitored(&[("a", SERVICE), ("b", SERVICE)]);
    world.files = |effect| match effect {
        FileEffect::Load(name) if name.as_str() == "a" => {
            let (path, reason) = ("a.yaml".to_owned(), "no descriptor is left".to_owned());
            (ms(0), Some(ErrorKind::FileIo { what: "read", path, reason, os_errno: libc::EMFILE }))
        }
        _ => (ms(0), None),
    };
    let ending = Scripted.run(&world, &restart_multiple(&["a", "b"], -1, -1));
    assert_eq!(rows(&ending), ["FileIo", "done"]);
    assert_eq!([ending.count("start a"), ending.spawned("b")], [0, 2]);
}
