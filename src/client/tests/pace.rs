//! How often a wait looks: after a tenth of its time so far, within 1 ms and 100 ms, and four times what an
//! exchange took.

use std::time::Duration;

use super::groups::{all, numbered};
use super::runner::{Ending, Runner, Scripted, World, start, stop, stop_multiple};
use super::simulation::{BEGIN, Character, End, SERVICE, ms, stops, us};
use crate::client::{Timeout, groups};
use crate::config_directory::ConfigDirectory;
use crate::driver::scripted::{Answered, Script, run_script};
use crate::model::Name;

/// From the end of each look of one status to the beginning of the next.
fn pauses(ending: &Ending) -> Vec<(Duration, Duration)> {
    let looks: Vec<_> = ending
        .commands
        .iter()
        .zip(&ending.times)
        .filter(|(sent, _)| sent.starts_with("status"))
        .map(|(_, times)| *times)
        .collect();
    looks.windows(2).map(|pair| (pair[0].1, pair[1].0.saturating_sub(pair[0].1))).collect()
}

#[test]
fn a_wait_looks_again_after_a_tenth_of_its_time() {
    for latency in [us(0), us(60), us(200), ms(1), ms(10), ms(24), ms(26), ms(300)] {
        let world = World::monitored(&[("web", stops(ms(15_000), End::Exit(0)))]).latency(latency);
        let ending = Scripted.run(&world, &stop("web", -1));
        let pauses = pauses(&ending);
        assert!(pauses.len() > 5);
        for (waited, pause) in pauses {
            let tenth = (waited / 10).clamp(ms(1), ms(100));
            let for_the_daemon = (latency * 4).min(ms(1000));
            assert_eq!(pause, tenth.max(for_the_daemon), "after {waited:?} at {latency:?}");
        }
    }
}

#[test]
fn a_look_at_several_is_followed_by_four_times_one_exchange() {
    let services = [("a", stops(ms(15_000), End::Exit(0))), ("b", stops(ms(15_000), End::Exit(0)))];
    let world = World::monitored(&services).latency(ms(20));
    let ending = Scripted.run(&world, &stop_multiple(&["a", "b"], -1));
    // Of two exchanges each.
    let looks: Vec<_> = ending.times[2..].chunks(2).map(|look| (look[0].0, look[1].1)).collect();
    assert!(looks.len() > 5, "{looks:?}");
    for pair in looks.windows(2) {
        assert_eq!(pair[1].0.saturating_sub(pair[0].1), (pair[0].1 / 10).clamp(ms(1), ms(100)).max(ms(80)));
    }
}

#[test]
fn a_look_at_many_is_followed_by_four_times_one_exchange() {
    let names = numbered(100);
    let world = World::monitored(&all(&names, stops(ms(6000), End::Exit(0)))).latency(ms(30));
    let ending = Scripted.run(&world, &stop_multiple(&names, -1));
    ending.ok();
    let lists: Vec<_> = ending
        .commands
        .iter()
        .zip(&ending.times)
        .filter(|(sent, _)| *sent == "list")
        .map(|(_, times)| *times)
        .collect();
    // None of them has ended by the first of these looks.
    let early: Vec<_> = lists.into_iter().take_while(|(_, end)| *end < ms(6000)).collect();
    assert!(early.len() > 5, "{early:?}");
    for pair in early.windows(2) {
        assert_eq!(pair[1].0.saturating_sub(pair[0].1), ms(120));
    }
}

#[test]
fn a_wait_of_twenty_seconds_looks_some_250_times() {
    let world = World::monitored(&[("web", Character { up_after: None, ..SERVICE })]);
    let ending = Scripted.run(&world, &start("web", 20_000));
    assert!((200..300).contains(&ending.count("status")), "{}", ending.count("status"));
    assert_eq!(ending.elapsed, ms(20_000));
}

#[test]
fn after_a_kill_the_pace_begins_anew() {
    let slow = Character { noted_after: ms(7), on_stop: None, ..SERVICE };
    let world = World::monitored(&[("web", slow)]);
    let ending = Scripted.run(&world, &stop("web", 10_000));
    ending.ok();
    assert!(ending.row(0).killed);
    assert!(ending.elapsed <= ms(10_009), "{:?}", ending.elapsed);
}

#[test]
fn a_list_that_hangs_once_delays_the_next_look_by_no_more_than_its_tenth() {
    // As zinit's does while it spawns services.
    let names = numbered(100);
    for hangs in [ms(50), ms(300), ms(2000)] {
        let world = World::new(&all(&names, Character { up_after: Some(ms(100)), ..SERVICE }));
        let (mut simulation, mut lists) = (world.simulation.clone(), 0);
        let daemon = |now, line: &str| {
            lists += usize::from(line == "list");
            let took = if line == "list" && lists == 1 { hangs } else { us(100) };
            Answered(simulation.handle(BEGIN + now, line), took)
        };
        let directory = ConfigDirectory::new(world.directory.path());
        let script = Script { directory, ..Script::default() };
        let names: Vec<_> = names.iter().map(|name| Name::new(name).unwrap()).collect();
        let outcome = run_script(script, daemon, async |io| {
            groups::start_multiple(io, &names, Timeout::Unlimited).await
        });
        assert!(outcome.result.is_ok());
        let lists = outcome.commands.iter().zip(&outcome.times).filter(|(sent, _)| *sent == "list");
        let [first, second] = lists.map(|(_, times)| *times).take(2).collect::<Vec<_>>()[..] else {
            panic!("{:?}", outcome.commands)
        };
        assert_eq!(first.1.saturating_sub(first.0), hangs);
        assert_eq!(second.0.saturating_sub(first.1), (first.1 / 10).min(ms(100)));
    }
}
