//! How often a wait looks: after a tenth of its time so far, within 1 ms and 100 ms, and four times what a
//! look takes.

use std::time::Duration;

use super::runner::{Ending, Runner, Scripted, World, start, stop, stop_multiple};
use super::simulation::{Character, End, SERVICE, ms, stops, us};

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
fn a_look_is_as_expensive_as_all_its_exchanges() {
    let services = [("a", stops(ms(15_000), End::Exit(0))), ("b", stops(ms(15_000), End::Exit(0)))];
    let world = World::monitored(&services).latency(ms(20));
    let ending = Scripted.run(&world, &stop_multiple(&["a", "b"], -1));
    // Of two exchanges each.
    let looks: Vec<_> = ending.times[2..].chunks(2).map(|look| (look[0].0, look[1].1)).collect();
    assert!(looks.len() > 5, "{looks:?}");
    for pair in looks.windows(2) {
        assert_eq!(pair[1].0.saturating_sub(pair[0].1), (pair[0].1 / 10).clamp(ms(1), ms(100)).max(ms(160)));
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
