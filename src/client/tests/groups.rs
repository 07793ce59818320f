//! Groups: all that can be done is done, and each row of the report is right.

use super::commands::refusal;
use super::runner::{
    Ending, Runner, Scripted, World, assert_kind, destroy, everywhere, start_multiple, stop_multiple,
};
use super::simulation::{BEGIN, Character, End, Fault, MISSING, SERVICE, STUBBORN, ms, oneshot, stops, us};
use crate::client::{Outcome, Timeout, groups};
use crate::config_directory::ConfigDirectory;
use crate::driver::scripted::{Answer, FileScript, Script, run_script};
use crate::error::ErrorKind;
use crate::model::{Name, StateKind};

everywhere![
    five_are_started_of_which_some_fail,
    five_are_stopped_of_which_one_is_unknown_and_one_killed,
    five_are_destroyed_of_which_one_is_unknown_and_one_killed,
    a_service_that_is_not_monitored_is_monitored,
    one_of_ten_is_forgotten_by_somebody_else,
    one_of_ten_is_started_by_somebody_else,
    a_state_that_stays_does_not_matter,
    a_service_that_is_given_twice_has_two_rows,
    a_oneshot_that_is_given_twice_is_run_once,
    a_service_that_fails_alone_fails_as_in_a_wait,
    a_daemon_that_dies_while_they_are_told_ends_the_whole,
];

#[test]
fn a_file_that_cannot_be_read_fails_its_service_alone_and_a_cancel_ends_the_whole() {
    let unreadable: FileScript = |_| {
        let (path, reason) = ("a.yaml".to_owned(), "scripted".to_owned());
        (ms(0), Some(ErrorKind::FileIo { what: "read", path, reason, os_errno: libc::EIO }))
    };
    let cancelled: FileScript = |_| (ms(0), Some(ErrorKind::Cancelled));
    for (files, monitored) in [(unreadable, 2), (cancelled, 1)] {
        let world = World { files, ..World::new(&all(&["a", "b"], SERVICE)) };
        let ending = Scripted.run(&world, &start_multiple(&["a", "b"], 1000));
        assert_eq!(ending.count("monitor"), monitored, "{:?}", ending.report);
        assert_eq!(ending.report.failures().count(), 2);
    }
}

#[test]
fn where_no_list_can_be_made_each_is_asked_for() {
    let names = numbered(12);
    let world = World::new(&all(&names, SERVICE));
    let mut simulation = world.simulation.clone();
    let daemon = |now, line: &str| match line {
        "list" => Answer::Reply(refusal("service name \"gone\" unknown")),
        _ => simulation.handle(BEGIN + now, line),
    };
    let script = Script { directory: ConfigDirectory::new(world.directory.path()), ..Script::default() };
    let names: Vec<_> = names.iter().map(|name| Name::new(name).unwrap()).collect();
    let limit = Timeout::Limited(ms(20_000));
    let outcome = run_script(script, daemon, async |io| groups::start_multiple(io, &names, limit).await);
    outcome.result.unwrap();
    assert!(outcome.commands.contains(&"list".to_owned()), "{:?}", outcome.commands);
}

pub(super) fn numbered(count: usize) -> Vec<&'static str> {
    (0..count).map(|number| &*Box::leak(format!("s{number:03}").into_boxed_str())).collect()
}

pub(super) fn all(names: &[&'static str], character: Character) -> Vec<(&'static str, Character)> {
    names.iter().map(|name| (*name, character)).collect()
}

/// As `done`, `killed`, `Timeout` and so on, one word for each row.
pub(super) fn rows(ending: &Ending) -> Vec<String> {
    let word = |(index, row): (usize, &crate::client::Row)| match &row.outcome {
        Outcome::Pending => "pending".to_owned(),
        Outcome::Done if row.killed => "killed".to_owned(),
        Outcome::Done => "done".to_owned(),
        Outcome::Failed(error) => {
            assert_eq!(error.service(), Some(row.name.as_str()));
            assert!(error.to_string().contains(&format!("{:?}: ", row.name.as_str())), "{error}");
            assert_eq!(error.state(), row.state.as_ref(), "{error}");
            assert_eq!(ending.row_error(index), error);
            format!("{:?}", error.kind()).split([' ', '(']).next().unwrap().to_owned()
        }
    };
    ending.report.rows().iter().enumerate().map(word).collect()
}

fn five_are_started_of_which_some_fail(runner: &dyn Runner) {
    let world = World::monitored(&[
        ("fine", SERVICE),
        ("missing", SERVICE),
        ("job", oneshot(ms(20), End::Exit(3))),
        ("late", Character { up_after: None, ..SERVICE }),
    ]);
    let world =
        world.before(ms(50_000), "stop missing").with(|simulation| simulation.change("missing", MISSING));
    let ending = runner.run(&world, &start_multiple(&["missing", "fine", "nofile", "job", "late"], 300));
    assert_eq!(rows(&ending), ["ServiceFailed", "done", "ConfigRefused", "ServiceFailed", "Timeout"]);
    let states = [0, 1, 3, 4].map(|index| ending.row(index).state.as_ref().unwrap().kind());
    assert_eq!(states, [StateKind::Failure, StateKind::Running, StateKind::Error, StateKind::Spawned]);
    assert!(ending.row(2).state.is_none());
    for index in [0, 2, 3, 4] {
        assert!(ending.row_error(index).request_sent());
    }
    assert_kind!(ending.error(), ErrorKind::ServiceFailed { .. });
    assert_eq!(ending.error().service(), Some("missing"));
    let text = ending.error().to_string();
    assert!(
        text.starts_with("cannot start 4 of 5 services (\"missing\", \"nofile\", \"job\", \"late\"): cannot start \"missing\": "),
        "{text}"
    );
}

fn five_are_stopped_of_which_one_is_unknown_and_one_killed(runner: &dyn Runner) {
    let world = World::monitored(&[
        ("fine", SERVICE),
        ("slow", stops(ms(100), End::Exit(1))),
        ("stubborn", STUBBORN),
        ("taken", STUBBORN),
    ]);
    let world = world.behind("stop taken", "start taken");
    let ending = runner.run(&world, &stop_multiple(&["fine", "ghost", "stubborn", "taken", "slow"], 200));
    assert_eq!(rows(&ending), ["done", "done", "killed", "TargetChanged", "done"]);
    assert!(ending.row(1).state.is_none());
    assert_kind!(ending.error(), ErrorKind::TargetChanged { target: "Up" });
    assert_eq!(ending.count("kill taken SIGKILL"), 0);
    for name in ["fine", "stubborn", "slow"] {
        assert_eq!(ending.pid(name), Some(0));
    }
}

fn five_are_destroyed_of_which_one_is_unknown_and_one_killed(runner: &dyn Runner) {
    let world = World::monitored(&[
        ("fine", SERVICE),
        ("slow", stops(ms(100), End::Exit(1))),
        ("stubborn", STUBBORN),
        ("taken", STUBBORN),
    ]);
    let world = world.behind("stop taken", "start taken");
    let ending = runner.run(&world, &destroy(&["fine", "ghost", "stubborn", "taken", "slow"], 200));
    assert_eq!(rows(&ending), ["done", "done", "killed", "TargetChanged", "done"]);
    for name in ["fine", "stubborn", "slow"] {
        assert_eq!(ending.pid(name), None);
        assert!(!world.directory.file(name).exists());
    }
    assert_eq!(ending.pid("taken"), Some(world.pid("taken")));
    assert!(world.directory.file("taken").exists());
    assert!(
        ending.error().to_string().starts_with(
            "cannot destroy 1 of 5 services (\"taken\"): cannot destroy \"taken\": cannot stop it: "
        ),
        "{}",
        ending.error()
    );
}

#[test]
fn five_fail_each_in_its_own_way() {
    let immortal = Character { can_be_killed: false, ..STUBBORN };
    let world = World::monitored(&[
        ("fine", SERVICE),
        ("immortal", immortal),
        ("stubborn", STUBBORN),
        ("taken", STUBBORN),
    ]);
    let world = world.behind("stop taken", "start taken");
    let ending = Scripted.run(&world, &destroy(&["immortal", "fine", "ghost", "stubborn", "taken"], 200));
    assert_eq!(rows(&ending), ["Timeout", "done", "done", "killed", "TargetChanged"]);
    assert!(ending.row(0).killed);
    assert!(world.directory.file("immortal").exists());
    assert_kind!(ending.error(), ErrorKind::Timeout { milliseconds: 200, .. });
}

fn a_service_that_is_not_monitored_is_monitored(runner: &dyn Runner) {
    let world = World::new(&[("web", SERVICE), ("job", oneshot(ms(10), End::Exit(0)))]);
    let ending = runner.run(&world, &start_multiple(&["web", "job"], -1));
    ending.ok();
    assert_eq!(ending.commands[..2], ["monitor web", "monitor job"]);
    assert_eq!(ending.count("start"), 0);
    assert_eq!(ending.spawned("job"), 1);
    assert_eq!(ending.state("job"), "Success");
}

#[test]
fn each_is_up_whenever_it_gets_there() {
    for latency in [us(0), us(60), ms(1), ms(30)] {
        for first in (0..3000).step_by(331) {
            for second in (0..3000).step_by(397) {
                let slow = Character { up_after: Some(ms(first)), ..stops(ms(second), End::Exit(0)) };
                let world =
                    World::monitored(&[("a", slow), ("b", slow), ("c", oneshot(ms(second), End::Exit(0)))]);
                let world = world.before(ms(50_000), "stop a").before(us(1), "stop b").latency(latency);
                let ending = Scripted.run(&world, &start_multiple(&["a", "b", "c"], 20_000));
                ending.ok();
                assert_eq!([ending.spawned("a"), ending.spawned("b"), ending.spawned("c")], [2, 2, 2]);
                assert_eq!(
                    [ending.state("a"), ending.state("b"), ending.state("c")],
                    ["Running", "Running", "Success"]
                );
                let ending = Scripted.run(&world, &stop_multiple(&["a", "b", "c"], 20_000));
                ending.ok();
                assert_eq!([ending.pid("a"), ending.pid("b"), ending.pid("c")], [Some(0); 3]);
            }
        }
    }
}

fn one_of_ten_is_forgotten_by_somebody_else(runner: &dyn Runner) {
    let names = numbered(10);
    let mut world = World::monitored(&all(&names, stops(ms(100), End::Exit(0))));
    for later in 100..120 {
        world = world.at(ms(later), "forget s003");
    }
    let ending = runner.run(&world, &stop_multiple(&names, 20_000));
    ending.ok();
    assert_eq!(rows(&ending), ["done"; 10]);
    assert!(names.iter().all(|name| matches!(ending.pid(name), None | Some(0))));
}

#[test]
fn one_of_ten_is_forgotten_at_any_time() {
    let names = numbered(10);
    for latency in [us(0), us(60), ms(1), ms(30)] {
        for forgotten in (0..400).step_by(7) {
            let world = World::monitored(&all(&names, stops(ms(100), End::Exit(0)))).latency(latency);
            let world = world.at(ms(forgotten), "forget s003").before(ms(50_000), "stop s003");
            let ending = Scripted.run(&world, &stop_multiple(&names, 20_000));
            ending.ok();
            assert_eq!(rows(&ending), ["done"; 10]);
            let ending = Scripted.run(&world, &destroy(&names, 20_000));
            ending.ok();
            assert!(names.iter().all(|name| ending.pid(name).is_none()));
            // The files are shared by all runs.
            for name in &names {
                std::fs::write(world.directory.file(name), "exec: job\n").unwrap();
            }
        }
    }
}

fn one_of_ten_is_started_by_somebody_else(runner: &dyn Runner) {
    let names = numbered(10);
    let world = World::monitored(&all(&names, stops(ms(60), End::Exit(0))));
    let world = world.behind("stop s009", "start s003");
    let ending = runner.run(&world, &stop_multiple(&names, 20_000));
    let mut expected = ["done"; 10];
    expected[3] = "TargetChanged";
    assert_eq!(rows(&ending), expected);
}

#[test]
fn a_large_group_without_a_limit_notices_a_changed_target() {
    let names = numbered(20);
    // Stopped by somebody else, each of these shows a state that could last as long as it likes.
    let never_up = Character { up_after: None, ..SERVICE };
    let blocked = Character { after: &["ghost"], ..SERVICE };
    for character in [never_up, Character { on_stop: None, ..never_up }, blocked] {
        let world = World::monitored(&all(&names, character)).at(ms(2500), "stop s007");
        let world = names.iter().fold(world, |world, name| world.at(ms(30_000), &format!("stop {name}")));
        let ending = Scripted.run(&world, &start_multiple(&names, -1));
        assert_eq!(rows(&ending), ["TargetChanged"; 20]);
    }
    let world = World::monitored(&all(&names, STUBBORN)).at(ms(2500), "start s007");
    let world = names.iter().fold(world, |world, name| world.at(ms(30_000), &format!("start {name}")));
    let ending = Scripted.run(&world, &stop_multiple(&names, -1));
    assert_eq!(rows(&ending), ["TargetChanged"; 20]);
}

fn a_state_that_stays_does_not_matter(runner: &dyn Runner) {
    for state in ["TestFailure", "Unknown", "Blocked"] {
        let names = numbered(10);
        let mut world = World::monitored(&all(&names, Character { stale_state: Some(state), ..SERVICE }));
        for name in &names {
            world = world.before(ms(100), &format!("stop {name}"));
        }
        let ending = runner.run(&world, &stop_multiple(&names, 20_000));
        ending.ok();
        assert_eq!([ending.count("stop"), ending.count("list"), ending.count("status")], [10, 1, 10]);
        let ending = runner.run(&world, &destroy(&names, 20_000));
        ending.ok();
        assert!(names.iter().all(|name| ending.pid(name).is_none()));
    }
}

#[test]
fn a_running_that_stays_after_the_stop_of_a_large_group_does_not_matter() {
    for state in ["Running", "Spawned"] {
        let names = numbered(10);
        let stale = Character { stale_state: Some(state), ..SERVICE };
        let world = World::monitored(&all(&names, stale));
        for milliseconds in [-1, 20_000, 300] {
            let ending = Scripted.run(&world, &stop_multiple(&names, milliseconds));
            ending.ok();
            assert_eq!(ending.count("kill"), 0);
            assert!(ending.elapsed < ms(10_000), "{:?}", ending.elapsed);
        }
    }
}

#[test]
fn a_hundred_take_one_list_a_round_and_one_status_each_to_be_stopped() {
    let names = numbered(100);
    for latency in [us(0), us(60), ms(1)] {
        let slow = Character { up_after: Some(ms(700)), ..stops(ms(700), End::Exit(0)) };
        let world = World::monitored(&all(&names, slow)).latency(latency);
        let ending = Scripted.run(&world, &stop_multiple(&names, 20_000));
        ending.ok();
        assert_eq!([ending.count("stop"), ending.count("status")], [100, 100]);
        assert!(ending.count("list") <= 60);
        assert_eq!(ending.commands.len(), 200 + ending.count("list"));

        let ending = Scripted.run(&world, &destroy(&names, 20_000));
        ending.ok();
        assert_eq!([ending.count("stop"), ending.count("status"), ending.count("forget")], [100, 100, 100]);
        assert_eq!(ending.commands.len(), 300 + ending.count("list"));

        // A list tells that they are up.
        let world = World::new(&all(&names, slow)).latency(latency);
        let ending = Scripted.run(&world, &start_multiple(&names, 20_000));
        ending.ok();
        assert_eq!([ending.count("monitor"), ending.count("start"), ending.count("status")], [100, 0, 0]);
        assert!(ending.count("list") <= 60);
    }
}

#[test]
fn many_that_may_have_ended_are_looked_at_four_at_once() {
    let names = numbered(40);
    let world = World::monitored(&all(&names, stops(ms(0), End::Exit(0)))).latency(ms(10));
    let ending = Scripted.run(&world, &stop_multiple(&names, 20_000));
    ending.ok();
    assert_eq!([ending.count("stop"), ending.count("status")], [40, 40]);
    // They are told one after another.
    assert!(ending.elapsed < ms(10) * (40 + 40 / 4 + 10), "{:?}", ending.elapsed);
}

fn a_service_that_is_given_twice_has_two_rows(runner: &dyn Runner) {
    let world = World::monitored(&[("a", STUBBORN), ("b", SERVICE)]);
    let ending = runner.run(&world, &stop_multiple(&["a", "b", "a"], 100));
    ending.ok();
    assert_eq!(rows(&ending), ["killed", "done", "killed"]);
    let ending = runner.run(&world, &destroy(&["a", "b", "a"], 100));
    ending.ok();
    assert_eq!(rows(&ending), ["killed", "done", "killed"]);
    let ending = runner.run(&World::new(&[]), &start_multiple(&["ghost", "ghost"], 100));
    assert_eq!(rows(&ending), ["ConfigRefused", "ConfigRefused"]);
    assert_eq!(ending.commands.len(), 1);
}

fn a_oneshot_that_is_given_twice_is_run_once(runner: &dyn Runner) {
    for milliseconds in [0, -1] {
        let world = World::new(&[("job", oneshot(ms(0), End::Exit(0)))]);
        let ending = runner.run(&world, &start_multiple(&["job", "job"], milliseconds));
        ending.ok();
        assert_eq!(rows(&ending), ["done", "done"]);
        assert_eq!(ending.spawned_later("job", ms(10)), 1);
        assert_eq!(ending.count("start"), 0);
    }
}

fn a_service_that_fails_alone_fails_as_in_a_wait(runner: &dyn Runner) {
    let world = World::monitored(&[("web", Character { up_after: None, ..SERVICE })]);
    let ending = runner.run(&world, &start_multiple(&["web"], 50));
    assert_kind!(ending.error(), ErrorKind::Timeout { milliseconds: 50, .. });
    assert!(ending.error().to_string().starts_with("cannot start \"web\": timed out after 50 ms: "));
    assert_eq!(ending.error().state().unwrap().kind(), StateKind::Spawned);
    assert_eq!(ending.error(), ending.row_error(0));
}

fn a_daemon_that_dies_while_they_are_told_ends_the_whole(runner: &dyn Runner) {
    // The daemon dies after some of them: which, only virtual time tells exactly.
    let names = numbered(10);
    let world = World::monitored(&all(&names, STUBBORN)).latency(ms(10)).fault(ms(45), Fault::Dies);
    let ending = runner.run(&world, &stop_multiple(&names, 20_000));
    assert_kind!(ending.error(), ErrorKind::NotRunning { .. } | ErrorKind::Closed { .. });
    for (index, name) in names.iter().enumerate() {
        let error = ending.row_error(index);
        assert_kind!(error, ErrorKind::NotRunning { .. } | ErrorKind::Closed { .. });
        assert_eq!(error.service(), Some(*name));
        assert!(error.to_string().starts_with(&format!("cannot stop {name:?}: ")), "{error}");
        let was_told = ending.commands.contains(&format!("stop {name}"));
        assert_eq!(error.request_sent(), was_told, "{name}");
    }
    assert!(ending.error().to_string().starts_with("cannot stop 10 of 10 services ("), "{}", ending.error());
}

#[test]
fn a_service_whose_status_is_refused_fails_alone() {
    // No daemon is known to refuse it; should one, the others go on.
    let mut simulation = World::monitored(&[("a", SERVICE), ("b", SERVICE)]).simulation;
    let names = ["a", "b"].map(|name| crate::model::Name::new(name).unwrap());
    let outcome = crate::driver::scripted::run(
        |now, line| match line {
            "status a" => {
                crate::driver::scripted::Answer::Reply(r#"{"state":"error","body":"not now"}"#.to_owned())
            }
            _ => simulation.handle(super::simulation::BEGIN + now, line),
        },
        async |io| {
            let timeout = crate::client::Timeout::from_milliseconds(1000).unwrap();
            crate::client::groups::stop_multiple(io, &names, timeout).await
        },
    );
    assert_kind!(&outcome.result.unwrap_err(), ErrorKind::Daemon { .. });
    let is_done: Vec<_> =
        outcome.report.rows().iter().map(|row| matches!(row.outcome, Outcome::Done)).collect();
    assert_eq!(is_done, [false, true]);
}
