//! Many waits at once of one client: they share what they see, and look the less often the more they are.

use std::time::Duration;

use super::groups::{all, numbered};
use super::runner::{Call, World, assert_kind, start, stop};
use super::simulation::{BEGIN, Character, End, SERVICE, STUBBORN, ms, oneshot, stops, us};
use crate::client::Io;
use crate::config_directory::ConfigDirectory;
use crate::driver::scripted::{Answer, Answered, Outcomes, Script, Together, run_together};
use crate::error::ErrorKind;

/// All begin at once.
fn at_once(calls: impl IntoIterator<Item = Call>) -> Vec<Together<Call>> {
    let together = |operation| Together { begins_at: ms(0), dropped_at: None, operation };
    calls.into_iter().map(together).collect()
}

fn run(world: &World, calls: &[Together<Call>]) -> Outcomes {
    let latency = world.latency;
    run_on(world, calls, |answer, _, _| Answered(answer, latency))
}

/// On a daemon whose answers are given on by `answered`, which is told when and to what.
fn run_on(
    world: &World,
    calls: &[Together<Call>],
    mut answered: impl FnMut(Answer, Duration, &str) -> Answered,
) -> Outcomes {
    let mut simulation = world.simulation.clone();
    let directory = ConfigDirectory::new(&world.client_directory);
    let script = Script { steady: world.steady, directory, ..Script::default() };
    let latency = world.latency;
    run_together(
        script,
        |now, line: &str| answered(simulation.handle(BEGIN + now + latency / 2, line), now, line),
        calls,
        &async |io: Io<'_>, call: &Call| call.perform(io).await,
    )
}

/// When the commands that begin so went out, and when they were answered.
fn times(outcomes: &Outcomes, command: &str) -> Vec<(Duration, Duration)> {
    let sent = outcomes.commands.iter().zip(&outcomes.times);
    sent.filter(|(sent, _)| sent.starts_with(command)).map(|(_, times)| *times).collect()
}

/// The longest pause after so long a time, where so many wait.
fn longest_pause(waits: usize, waited: Duration) -> Duration {
    let waits = u32::try_from(waits).unwrap();
    (waited / 10).clamp(ms(1) * waits, (ms(5) * waits).clamp(ms(100), ms(1000)))
}

#[test]
fn a_few_waits_look_each_for_itself_and_less_often_than_one() {
    for count in [2, 5, 8] {
        let names = numbered(count);
        let world = World::monitored(&all(&names, stops(ms(9000), End::Exit(0)))).latency(us(60));
        let outcomes = run(&world, &at_once(names.iter().map(|name| stop(name, -1))));
        assert_eq!(times(&outcomes, "list").len(), 0);
        let looks = times(&outcomes, "status s001");
        for pair in looks.windows(2) {
            let pause = pair[1].0.saturating_sub(pair[0].1);
            assert_eq!(pause, longest_pause(count, pair[0].1).max(us(240)), "{count} after {:?}", pair[0].1);
        }
    }
}

#[test]
fn many_waits_that_are_due_together_take_one_list() {
    for latency in [us(60), ms(1), ms(10)] {
        for (count, lists) in [(9, 250), (100, 70), (1000, 50)] {
            let names = numbered(count);
            let world = World::monitored(&all(&names, stops(ms(20_000), End::Exit(0)))).latency(latency);
            let outcomes = run(&world, &at_once(names.iter().map(|name| stop(name, -1))));
            assert!(outcomes.results.iter().flatten().all(|(result, _)| result.is_ok()));
            let asked = times(&outcomes, "list").len();
            assert!(asked <= lists, "{count} at {latency:?}: {asked}");
            // One at once, one each second or each 2.5 s, and one to see the end.
            let each = if count < 1000 { 24 } else { 12 };
            let asked = times(&outcomes, "status").len();
            assert!(asked <= count * each, "{count} at {latency:?}: {asked}");
        }
    }
}

#[test]
fn a_wait_among_many_sees_the_end_as_soon_as_its_pace_allows() {
    for latency in [us(0), us(60), ms(1), ms(10)] {
        for count in [9, 40, 300] {
            let names = numbered(count);
            // Each ends at a time of its own, and begins at one.
            let ends = |index: usize| ms(13 + index as u64 * 7919 % 9000);
            let begins = |index: usize| ms(index as u64 * 37 % 1000);
            let service = |(index, name): (usize, &&'static str)| (*name, stops(ends(index), End::Exit(0)));
            let services: Vec<_> = names.iter().enumerate().map(service).collect();
            let world = World::monitored(&services).latency(latency);
            let mut calls = at_once(names.iter().map(|name| stop(name, -1)));
            calls.iter_mut().enumerate().for_each(|(index, call)| call.begins_at = begins(index));
            for (index, outcome) in run(&world, &calls).results.into_iter().enumerate() {
                let (result, at) = outcome.unwrap();
                assert!(result.is_ok());
                let took = at.saturating_sub(begins(index));
                let late = took.saturating_sub(ends(index));
                let allowed = longest_pause(count, took).max(latency * 4) + latency * 7 + ms(5);
                assert!(late <= allowed, "{index} of {count} at {latency:?}: {late:?} after {took:?}");
            }
        }
    }
}

#[test]
fn a_changed_target_is_seen_among_many_within_a_second_or_two_and_a_half() {
    for (count, within) in [(9, 1000), (100, 1000), (400, 1000), (1000, 2500)] {
        let names = numbered(count);
        let world = World::monitored(&all(&names, STUBBORN)).latency(us(60));
        // No list tells: they are Running, before and afterwards.
        let world = names.iter().fold(world, |world, name| world.at(ms(7777), &format!("start {name}")));
        let outcomes = run(&world, &at_once(names.iter().map(|name| stop(name, -1))));
        for (result, at) in outcomes.results.into_iter().flatten() {
            assert_kind!(&result.unwrap_err(), ErrorKind::TargetChanged { target: "Up" });
            assert!((ms(7777)..ms(7777 + within + 10)).contains(&at), "{count}: {at:?}");
        }
    }
}

#[test]
fn a_wait_that_is_dropped_while_it_asks_for_a_list_keeps_nobody_waiting() {
    let names = numbered(20);
    let world = World::monitored(&all(&names, stops(ms(3000), End::Exit(0)))).latency(ms(10));
    let calls = |dropped: Option<(usize, Duration)>| {
        let mut calls = at_once(names.iter().map(|name| stop(name, -1)));
        if let Some((index, at)) = dropped {
            calls[index].dropped_at = Some(at);
        }
        calls
    };
    for dropped in (0..3100).step_by(31) {
        for index in [0, 7, 19] {
            let outcomes = run(&world, &calls(Some((index, ms(dropped)))));
            for (result, at) in outcomes.results.into_iter().flatten() {
                assert!(result.is_ok());
                assert!(at <= ms(3000) + ms(100) + ms(75), "{at:?}, dropped after {dropped} ms");
            }
        }
    }
}

#[test]
fn a_list_that_never_comes_keeps_the_others_waiting_for_a_second() {
    let names = numbered(20);
    let world = World::monitored(&all(&names, stops(ms(3000), End::Exit(0)))).latency(us(60));
    let mut lists = 0;
    let outcomes = run_on(&world, &at_once(names.iter().map(|name| stop(name, -1))), |answer, now, line| {
        lists += usize::from(line == "list" && now >= ms(2000));
        if line == "list" && lists == 1 { Answer::Mute.into() } else { Answered(answer, us(60)) }
    });
    let is_late = |(result, _): &&(crate::error::Result<()>, Duration)| result.is_err();
    let late: Vec<_> = outcomes.results.iter().flatten().filter(is_late).collect();
    assert_eq!(late.len(), 1, "who asked for it");
    assert_kind!(late[0].0.as_ref().unwrap_err(), ErrorKind::NoReply { .. });
    for (_, at) in outcomes.results.iter().flatten().filter(|outcome| !is_late(outcome)) {
        assert!(*at <= ms(3000 + 1000 + 100), "{at:?}");
    }
}

#[test]
fn many_that_are_started_are_up_with_what_the_start_has_spawned() {
    for latency in [us(0), us(60), ms(1), ms(30)] {
        for step in [1, 17, 101] {
            let count = 24;
            let names = numbered(count);
            let character = |index: usize| match index % 3 {
                0 => oneshot(ms(index as u64 * step), End::Exit(0)),
                1 => Character { up_after: Some(ms(index as u64 * step)), ..SERVICE },
                _ => Character { up_after: Some(ms(index as u64 * step)), ..stops(ms(step), End::Exit(0)) },
            };
            let services: Vec<_> =
                names.iter().enumerate().map(|(index, name)| (*name, character(index))).collect();
            let mut world = World::monitored(&services).latency(latency);
            for (index, name) in names.iter().enumerate().filter(|(index, _)| index % 3 != 0) {
                let earlier = if index % 3 == 1 { ms(50_000) } else { us(1) };
                world = world.before(earlier, &format!("stop {name}"));
            }
            let outcomes = run(&world, &at_once(names.iter().map(|name| start(name, 20_000))));
            for (index, name) in names.iter().enumerate() {
                let (result, at) = outcomes.results[index].as_ref().unwrap();
                assert!(result.is_ok(), "{name} at {latency:?}: {result:?}");
                let service = world_at(&world, &outcomes, *at, name);
                assert_eq!(service.0, 2, "{name} at {latency:?}");
                let expected = if index % 3 == 0 { "Success" } else { "Running" };
                assert_eq!(service.1, expected, "{name} at {latency:?}");
            }
        }
    }
}

/// How often a service was spawned by then, and its state.
fn world_at(world: &World, outcomes: &Outcomes, at: Duration, name: &str) -> (usize, String) {
    let mut simulation = world.simulation.clone();
    for (sent, (begin, _)) in outcomes.commands.iter().zip(&outcomes.times) {
        let handled = *begin + world.latency / 2;
        if handled <= at && !sent.starts_with("status") && sent != "list" {
            simulation.handle(BEGIN + handled, sent);
        }
    }
    let service = simulation.service(BEGIN + at, name).unwrap();
    (service.spawned, service.state.clone())
}
