//! A group that is stopped in reverse order of `after`.

use std::time::Duration;

use super::groups::rows;
use super::runner::{
    Call, Ending, Runner, Scripted, World, assert_kind, destroy, everywhere, restart_multiple, stop_multiple,
};
use super::simulation::{Character, End, Fault, SERVICE, STUBBORN, ms, stops, us};
use crate::client::Step;
use crate::error::ErrorKind;

everywhere![
    a_service_is_down_before_that_which_it_runs_after_is_told,
    a_circle_is_stopped_together,
    without_time_they_are_told_in_order,
    without_grace_they_are_killed_in_order,
    what_is_left_at_the_timeout_is_killed_in_order,
    one_that_fails_does_not_save_those_that_it_runs_after,
];

/// Runs after these, and takes a while to end.
const fn behind(after: &'static [&'static str]) -> Character {
    Character { after, ..stops(ms(60), End::Exit(0)) }
}

/// web runs after app, and app after db; beside them is one that depends on none.
fn chain() -> [(&'static str, Character); 4] {
    [("db", behind(&[])), ("app", behind(&["db"])), ("web", behind(&["app"])), ("free", behind(&[]))]
}

const CHAIN: [&str; 4] = ["db", "app", "free", "web"];

/// Each call that stops a group.
fn calls(names: &[&str], grace: i64) -> [Call; 3] {
    [stop_multiple(names, grace), restart_multiple(names, grace, 20_000), destroy(names, grace)]
}

/// The commands with this word, as they went out.
fn sent<'a>(ending: &'a Ending, word: &str) -> Vec<&'a str> {
    let names = ending.commands.iter().filter_map(|sent| sent.strip_prefix(word)?.strip_prefix(' '));
    names.map(|name| name.trim_end_matches(" SIGKILL")).collect()
}

fn a_service_is_down_before_that_which_it_runs_after_is_told(runner: &dyn Runner) {
    for call in calls(&CHAIN, 20_000) {
        let world = World::monitored(&chain()).in_reverse();
        let ending = runner.run(&world, &call);
        ending.ok();
        assert_eq!(rows(&ending), ["done"; 4]);
        assert_eq!(sent(&ending, "stop"), ["free", "web", "app", "db"], "{call:?}");
        // Each was looked at to the end before the next one was told.
        for [first, second] in [["web", "app"], ["app", "db"]] {
            let place = |command: &str| ending.commands.iter().rposition(|sent| sent == command).unwrap();
            let told = place(&format!("stop {second}"));
            let started =
                ending.commands.iter().position(|sent| sent.starts_with("start ")).unwrap_or(told + 1);
            let looked = ending.commands[..started]
                .iter()
                .rposition(|sent| *sent == format!("status {first}"))
                .unwrap();
            assert!(looked < told, "{:?}", ending.commands);
        }
    }
}

#[test]
fn no_two_that_depend_on_each_other_are_stopped_at_once() {
    for latency in [us(0), us(60), ms(1), ms(30)] {
        for call in calls(&CHAIN, 20_000) {
            let world = World::monitored(&chain()).in_reverse().latency(latency);
            let ending = Scripted.run(&world, &call);
            ending.ok();
            let told: Vec<Duration> = ["web", "app", "db"]
                .iter()
                .map(|name| {
                    let place =
                        ending.commands.iter().position(|sent| *sent == format!("stop {name}")).unwrap();
                    ending.times[place].0
                })
                .collect();
            // Each takes 60 ms to end.
            assert!(told[1] >= told[0] + ms(60) && told[2] >= told[1] + ms(60), "{told:?}");
            assert!(ending.elapsed >= ms(180), "{:?}", ending.elapsed);
        }
    }
}

#[test]
fn a_slow_one_keeps_only_those_that_it_runs_after_waiting() {
    let slow = Character { after: &["db"], ..stops(ms(5000), End::Exit(0)) };
    let world = World::monitored(&[
        ("db", behind(&[])),
        ("slow", slow),
        ("web", behind(&["app"])),
        ("app", behind(&[])),
    ]);
    let ending = Scripted.run(&world.in_reverse(), &stop_multiple(&["db", "app", "slow", "web"], 20_000));
    ending.ok();
    assert_eq!(sent(&ending, "stop"), ["slow", "web", "app", "db"]);
    let place = |command: &str| ending.commands.iter().position(|sent| sent == command).unwrap();
    assert!(ending.times[place("stop app")].0 < ms(200));
    assert!(ending.times[place("stop db")].0 >= ms(5000));
}

#[test]
fn any_order_asks_nobody_first_and_is_the_default() {
    let world = World::monitored(&chain());
    let ending = Scripted.run(&world, &stop_multiple(&CHAIN, 20_000));
    ending.ok();
    assert_eq!(ending.commands[..4], ["stop db", "stop app", "stop free", "stop web"]);
}

#[test]
fn one_alone_is_not_asked_first() {
    let ending =
        Scripted.run(&World::monitored(&chain()).in_reverse(), &stop_multiple(&["db", "db"], 20_000));
    ending.ok();
    assert_eq!(ending.commands[0], "stop db");
}

fn a_circle_is_stopped_together(runner: &dyn Runner) {
    // A file can change after the daemon has read it: these run all the same.
    let world = World::monitored(&["a", "b", "c", "d"].map(|name| (name, behind(&[])))).in_reverse();
    let world = world.with(|simulation| {
        simulation.rewrite("a", behind(&["b"]));
        simulation.rewrite("b", behind(&["a", "b", "c"]));
        simulation.rewrite("d", stubborn(&["a"]));
    });
    for call in [
        stop_multiple(&["a", "b", "c", "d"], 400),
        restart_multiple(&["a", "b", "c", "d"], 400, 0),
        destroy(&["a", "b", "c", "d"], 400),
    ] {
        let ending = runner.run(&world, &call);
        ending.ok();
        // Only b runs after c, and only d, which is killed at the timeout, after a without being in the circle.
        assert_eq!(sent(&ending, "stop"), ["b", "d", "c", "a"]);
    }
}

fn without_time_they_are_told_in_order(runner: &dyn Runner) {
    let ending = runner.run(&World::monitored(&chain()).in_reverse(), &stop_multiple(&CHAIN, 0));
    ending.ok();
    assert_eq!(rows(&ending), ["done"; 4]);
    let names = CHAIN.map(|name| format!("status {name}"));
    assert_eq!(ending.commands[..4], names);
    assert_eq!(ending.commands[4..], ["stop free", "stop web", "stop app", "stop db"]);
}

/// Running, and not to be ended but by SIGKILL.
const fn stubborn(after: &'static [&'static str]) -> Character {
    Character { after, ..STUBBORN }
}

fn without_grace_they_are_killed_in_order(runner: &dyn Runner) {
    for call in [destroy(&["db", "app", "web"], 0), restart_multiple(&["db", "app", "web"], 0, 20_000)] {
        let chain = [("db", stubborn(&[])), ("app", stubborn(&["db"])), ("web", stubborn(&["app"]))];
        let ending = runner.run(&World::monitored(&chain).in_reverse(), &call);
        ending.ok();
        assert_eq!(rows(&ending), ["killed"; 3]);
        assert_eq!(sent(&ending, "kill"), ["web", "app", "db"]);
        assert_eq!(sent(&ending, "stop"), ["web", "app", "db"]);
    }
}

fn what_is_left_at_the_timeout_is_killed_in_order(runner: &dyn Runner) {
    let chain = [("db", behind(&[])), ("app", stubborn(&["db"])), ("web", behind(&["app"]))];
    let ending =
        runner.run(&World::monitored(&chain).in_reverse(), &stop_multiple(&["db", "app", "web"], 300));
    ending.ok();
    assert_eq!(rows(&ending), ["killed", "killed", "done"]);
    assert_eq!(sent(&ending, "stop"), ["web", "app", "db"]);
    assert_eq!(sent(&ending, "kill"), ["app", "db"]);
}

fn one_that_fails_does_not_save_those_that_it_runs_after(runner: &dyn Runner) {
    let world = World::monitored(&[("db", behind(&[])), ("web", stubborn(&["db"]))]).in_reverse();
    // Somebody else starts it again.
    let world = world.behind("stop web", "start web");
    let ending = runner.run(&world, &stop_multiple(&["db", "web"], 20_000));
    assert_eq!(rows(&ending), ["done", "TargetChanged"]);
    assert_eq!(sent(&ending, "stop"), ["web", "db"]);
}

#[test]
fn one_that_cannot_be_killed_holds_up_the_others_for_a_while() {
    let immortal = Character { can_be_killed: false, ..stubborn(&["app"]) };
    let chain = [("db", behind(&[])), ("app", stubborn(&["db"])), ("web", immortal)];
    let ending =
        Scripted.run(&World::monitored(&chain).in_reverse(), &stop_multiple(&["db", "app", "web"], 1000));
    assert_eq!(rows(&ending), ["killed", "killed", "Timeout"]);
    assert_eq!(ending.row(2).step(), Step::Killing);
    // The rounds of SIGKILL have ten seconds together, and one second is for the last look.
    assert!(ending.elapsed <= ms(12_000), "{:?}", ending.elapsed);
    let place = |command: &str| ending.commands.iter().position(|sent| sent == command).unwrap();
    let told = ending.times[place("stop db")].0;
    assert!(told >= ms(6000) && told < ms(8000), "{told:?}");
    assert!(sent(&ending, "kill").iter().filter(|name| **name == "web").count() <= 10);
}

#[test]
fn a_timeout_bounds_the_whole_however_slow_the_daemon_is() {
    for (latency, grace) in [(800, 1000), (300, 3000), (2000, 500), (400, 30)] {
        let chain = [("db", stubborn(&[])), ("app", stubborn(&["db"])), ("web", stubborn(&["app"]))];
        for call in calls(&["db", "app", "web"], grace) {
            let world = World::monitored(&chain).in_reverse().latency(ms(latency));
            let ending = Scripted.run(&world, &call);
            let most = ms(u64::try_from(grace).unwrap()) + ms(11_000);
            let is_longer = matches!(call, Call::RestartMultiple(..));
            assert!(is_longer || ending.elapsed <= most, "{call:?}: {:?}", ending.elapsed);
            for (_, error) in ending.report.failures() {
                assert_kind!(error, ErrorKind::Timeout { .. });
            }
        }
    }
}

#[test]
fn an_unknown_one_is_as_without_an_order() {
    let services = [("db", behind(&[])), ("web", behind(&["db", "ghost"]))];
    let world = World::monitored(&services).in_reverse();
    let ending = Scripted.run(&world, &stop_multiple(&["ghost", "web"], 20_000));
    ending.ok();
    let ending = Scripted.run(&world, &restart_multiple(&["ghost", "web"], 20_000, 0));
    assert_eq!(rows(&ending), ["UnknownService", "done"]);
}

#[test]
fn one_whose_status_is_refused_is_not_told_and_the_others_are() {
    let world = World::monitored(&chain()).in_reverse();
    let refused = world.clone().fault(ms(0), Fault::Says(r#"{"state":"error","body":"not now"}"#));
    let ending = Scripted.run(&refused, &stop_multiple(&["db", "web"], 20_000));
    assert_eq!(rows(&ending), ["Daemon", "Daemon"]);
    assert_eq!(sent(&ending, "stop").len(), 0);
    assert_eq!(ending.row(0).step(), Step::None);
    assert!(ending.row_error(0).to_string().starts_with("cannot stop \"db\": "));
}

#[test]
fn nothing_is_known_of_the_process_of_one_that_waits_for_its_turn() {
    let world = World::monitored(&chain()).in_reverse();
    let mut seen = Vec::new();
    let mut observe = |_: &str, report: &crate::client::Report| {
        let Some(row) = report.rows().first() else { return };
        let words = format!("{:?} {} {:?}", row.step(), row.pid, row.target);
        if seen.last() != Some(&words) {
            seen.push(words);
        }
    };
    let call = stop_multiple(&["db", "app"], 20_000);
    super::runner::run_observed(&world, &call, None, crate::protocol::Protocol::Line, Some(&mut observe));
    assert_eq!(
        seen,
        [
            "None 0 Unknown",
            "None 0 Up",
            "Stopping 0 Up",
            "Stopping 0 Down",
            "Stopping 1000 Down",
            "Done 0 Down"
        ]
    );
}

#[test]
fn a_chain_of_a_hundred_is_stopped_one_behind_the_other() {
    let names = super::groups::numbered(100);
    let after = |index: usize| -> &'static [&'static str] {
        if index == 0 { &[] } else { Box::leak(Box::new([names[index - 1]])) }
    };
    let services: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(index, name)| (*name, Character { after: after(index), ..SERVICE }))
        .collect();
    let ending = Scripted.run(&World::monitored(&services).in_reverse(), &stop_multiple(&names, 20_000));
    ending.ok();
    let mut expected = names.clone();
    expected.reverse();
    assert_eq!(sent(&ending, "stop"), expected);
}

#[test]
fn many_that_run_after_one_are_stopped_side_by_side() {
    let names = super::groups::numbered(50);
    let mut services = vec![("db", behind(&[]))];
    services.extend(names.iter().map(|name| (*name, behind(&["db"]))));
    let mut group = vec!["db"];
    group.extend(&names);
    let ending = Scripted.run(&World::monitored(&services).in_reverse(), &stop_multiple(&group, 20_000));
    ending.ok();
    assert_eq!(sent(&ending, "stop").last(), Some(&"db"));
    assert!(ending.elapsed < ms(1000), "{:?}", ending.elapsed);
}
