//! What the report says of a service while it is under way: its step, its process and its target.

use super::runner::{
    Call, World, deploy, destroy, reload, restart, restart_multiple, run_observed, start, start_multiple,
    stop, stop_multiple,
};
use super::simulation::{Character, End, Fault, MISSING, SERVICE, STUBBORN, ms, oneshot, stops, us};
use crate::client::{Report, Row, Step};
use crate::protocol::Protocol;

/// What stands in a row: `Stopping 1000 Down`.
fn words(row: &Row) -> String {
    format!("{:?} {} {:?}", row.step(), row.pid, row.target)
}

/// What stands in a row, from the beginning to the end of a call.
fn history(world: &World, call: &Call, index: usize) -> Vec<String> {
    let mut history = Vec::new();
    let mut observe = |_: &str, report: &Report| {
        let Some(row) = report.rows().get(index) else { return };
        if history.last() != Some(&words(row)) {
            history.push(words(row));
        }
    };
    run_observed(world, call, None, Protocol::Line, Some(&mut observe));
    history
}

#[test]
fn a_start() {
    let world = World::monitored(&[("web", Character { up_after: Some(ms(50)), ..SERVICE })]);
    let world = world.before(ms(50_000), "stop web");
    assert_eq!(
        history(&world, &start("web", 20_000), 0),
        ["None 0 Unknown", "Starting 0 Down", "Starting 0 Up", "Starting 1001 Up", "Done 1001 Up"]
    );
    assert_eq!(history(&world, &start("web", 0), 0), ["Starting 0 Unknown", "Done 0 Up"]);
}

#[test]
fn a_start_of_a_service_that_is_being_stopped() {
    let world = World::monitored(&[("web", stops(ms(500), End::Exit(0)))]).before(ms(100), "stop web");
    assert_eq!(
        history(&world, &start("web", 20_000), 0),
        [
            "None 0 Unknown",
            "Stopping 1000 Down",
            "Stopped 0 Down",
            "Starting 0 Down",
            "Starting 0 Up",
            "Done 1001 Up"
        ]
    );
}

#[test]
fn a_stop() {
    let world = World::monitored(&[("web", stops(ms(50), End::Exit(0)))]);
    let ends = ["Stopping 0 Unknown", "Stopping 0 Down", "Stopping 1000 Down", "Done 0 Down"];
    assert_eq!(history(&world, &stop("web", 5000), 0), ends);
    assert_eq!(history(&world, &stop_multiple(&["web"], 5000), 0), ends);
    assert_eq!(history(&world, &stop("web", 0), 0), ["Stopping 0 Unknown", "Done 0 Down"]);
    let world = World::monitored(&[("web", STUBBORN)]);
    assert_eq!(
        history(&world, &stop("web", 50), 0),
        ["Stopping 0 Unknown", "Stopping 0 Down", "Stopping 1000 Down", "Killing 1000 Down", "Done 0 Down"]
    );
}

#[test]
fn a_restart() {
    let world = World::monitored(&[("web", stops(ms(50), End::Exit(0)))]);
    let starts = ["Stopped 0 Down", "Starting 0 Down", "Starting 0 Up", "Done 1001 Up"];
    let ends = ["Stopping 0 Unknown", "Stopping 0 Down", "Stopping 1000 Down"];
    assert_eq!(history(&world, &restart("web", 5000, 20_000), 0), [&ends[..], &starts].concat());
    let world = World::monitored(&[("web", STUBBORN)]);
    let ends = ["Killing 0 Unknown", "Killing 0 Down"];
    assert_eq!(history(&world, &restart("web", 0, 20_000), 0), [&ends[..], &starts].concat());
}

#[test]
fn a_restart_of_a_group() {
    let world = World::monitored(&[("a", SERVICE), ("b", stops(ms(50), End::Exit(0)))]);
    assert_eq!(
        history(&world, &restart_multiple(&["a", "b"], 5000, 20_000), 0),
        [
            "Stopping 0 Unknown",
            "Stopping 0 Down",
            "Stopped 0 Down",
            "Starting 0 Down",
            "Starting 0 Up",
            "Done 1002 Up"
        ]
    );
}

#[test]
fn a_deploy_and_a_reload() {
    let world = World::monitored(&[("web", SERVICE)]);
    let stops = ["None 0 Unknown", "Stopping 0 Unknown", "Stopping 0 Down", "Forgetting 0 Down"];
    let starts = ["Starting 0 Unknown", "Starting 0 Up", "Done 1001 Up"];
    let deployed = [&stops[..], &["Writing 0 Unknown"], &starts].concat();
    assert_eq!(history(&world, &deploy("web", "exec: new\n", 5000, 20_000), 0), deployed);
    assert_eq!(history(&world, &reload("web", 5000, 20_000), 0), [&stops[..], &starts].concat());
}

#[test]
fn a_destroy() {
    let world = World::monitored(&[("web", SERVICE)]);
    assert_eq!(
        history(&world, &destroy(&["web"], 5000), 0),
        [
            "Stopping 0 Unknown",
            "Stopping 0 Down",
            "Forgetting 0 Down",
            "Removing 0 Unknown",
            "Done 0 Unknown"
        ]
    );
}

#[test]
fn a_group_is_told_one_behind_the_other() {
    let world = World::monitored(&[("a", SERVICE), ("b", stops(ms(50), End::Exit(0)))]).latency(us(60));
    let [first, second] = [0, 1].map(|index| history(&world, &stop_multiple(&["a", "b"], 5000), index));
    assert_eq!(first, ["Stopping 0 Unknown", "Stopping 0 Down", "Done 0 Down"]);
    assert_eq!(
        second,
        ["None 0 Unknown", "Stopping 0 Unknown", "Stopping 0 Down", "Stopping 1001 Down", "Done 0 Down"]
    );
    let monitored = world.before(ms(50_000), "stop a");
    assert_eq!(
        history(&monitored, &start_multiple(&["a", "b"], 20_000), 0),
        ["Starting 0 Unknown", "Starting 0 Down", "Starting 0 Up", "Done 1002 Up"]
    );
}

#[test]
fn a_service_that_is_given_twice_is_at_the_same_step_in_both_rows() {
    let world = World::monitored(&[("web", stops(ms(50), End::Exit(0)))]);
    let call = destroy(&["web", "web"], 5000);
    assert_eq!(history(&world, &call, 0), history(&world, &call, 1));
}

#[test]
fn a_failure_keeps_the_step_at_which_it_failed() {
    let immortal = World::monitored(&[("web", Character { can_be_killed: false, ..STUBBORN })]);
    let missing = World::monitored(&[("web", SERVICE)]).with(|simulation| simulation.change("web", MISSING));
    let locked = World::monitored(&[("web", SERVICE)]).fault(ms(0), Fault::Closes);
    for (world, call, expected) in [
        (&immortal, restart("web", 100, -1), "Killing 1000 Down"),
        (&missing, restart("web", 100, -1), "Starting 0 Up"),
        (&locked, stop("web", -1), "Stopping 0 Unknown"),
        (&World::new(&[]), start("web", -1), "None 0 Unknown"),
        (&World::new(&[]), stop("web", -1), "Stopping 0 Unknown"),
    ] {
        assert_eq!(history(world, &call, 0).last().unwrap(), expected, "{call:?}");
    }
}

/// A list does not tell the process, which may have ended.
#[test]
fn the_process_is_not_known_while_lists_are_asked_for() {
    let names: Vec<_> = super::groups::numbered(20);
    let world = World::monitored(&super::groups::all(&names, stops(ms(7000), End::Exit(0))));
    let history = history(&world, &stop_multiple(&names, 20_000), 0);
    // Each is asked for after 5 s.
    assert_eq!(
        history,
        ["Stopping 0 Unknown", "Stopping 0 Down", "Stopping 1000 Down", "Stopping 0 Down", "Done 0 Down"]
    );
}

/// The steps at which a command goes out.
fn steps_of(command: &str) -> &'static [Step] {
    match command {
        "stop" => &[Step::Stopping, Step::Killing],
        "kill" => &[Step::Killing],
        "forget" => &[Step::Forgetting],
        "start" | "monitor" => &[Step::Starting],
        "status" => &[Step::None, Step::Stopping, Step::Killing, Step::Stopped, Step::Starting],
        _ => panic!("{command}"),
    }
}

fn check_step(command: &str, report: &Report) {
    let mut words = command.split(' ');
    let (Some(command), Some(name)) = (words.next(), words.next()) else { return };
    let row = report.rows().iter().find(|row| row.name.as_str() == name).unwrap();
    assert!(steps_of(command).contains(&row.step()), "{command} {name} at {:?}", row.step());
}

#[test]
fn each_command_goes_out_at_its_step() {
    let slow = Character { up_after: Some(ms(40)), ..stops(ms(40), End::Exit(0)) };
    let world = World::monitored(&[("a", slow), ("b", oneshot(ms(40), End::Exit(0))), ("c", STUBBORN)]);
    let stopped = world.clone().before(ms(10), "stop c").before(ms(50_000), "stop a");
    for world in [world.clone(), stopped, world.in_reverse()] {
        for call in [
            start("a", 20_000),
            start("c", 20_000),
            stop("c", 40),
            restart("c", 40, 20_000),
            restart("c", 0, 0),
            deploy("c", "exec: new\n", 40, 20_000),
            reload("c", 0, 20_000),
            start_multiple(&["a", "b", "c"], 20_000),
            stop_multiple(&["a", "b", "c"], 40),
            stop_multiple(&["a", "b", "c"], 0),
            restart_multiple(&["a", "b", "c"], 40, 20_000),
            destroy(&["a", "b", "c"], 0),
        ] {
            for speaks in [Protocol::Line, Protocol::JsonRpc] {
                let mut count = 0;
                let mut observe = |command: &str, report: &Report| {
                    check_step(command, report);
                    count += usize::from(!command.is_empty());
                };
                run_observed(&world, &call, None, speaks, Some(&mut observe));
                assert!(count > 0, "{call:?}");
            }
            for name in ["a", "b", "c"] {
                // The files are shared by all runs.
                std::fs::write(world.directory.file(name), "exec: job\n").unwrap();
            }
        }
    }
}
