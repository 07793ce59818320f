//! Cancelled at every point: nothing more is sent, and what was reached stands in the report.

use super::runner::{
    Call, Cancelling, Runner, Scripted, World, assert_kind, deploy, destroy, reload, restart,
    restart_multiple, start, start_multiple, stop, stop_multiple, where_calls_can_be_cancelled,
};
use super::simulation::{Character, End, STUBBORN, ms, oneshot, stops, us};
use crate::client::Outcome;
use crate::error::ErrorKind;

where_calls_can_be_cancelled![a_call_is_cancelled_in_its_wait, a_call_that_begins_cancelled_sends_nothing];

fn worlds() -> Vec<(World, Call)> {
    let slow = Character { up_after: Some(ms(40)), ..stops(ms(40), End::Exit(0)) };
    let job = oneshot(ms(40), End::Exit(0));
    let world = World::monitored(&[("a", slow), ("b", job), ("c", STUBBORN)]).before(ms(50_000), "stop a");
    let calls = [
        start("a", 20_000),
        start("b", 20_000),
        stop("c", 40),
        restart("c", 40, 20_000),
        deploy("c", "exec: new\n", 40, 20_000),
        reload("c", 40, 20_000),
        start_multiple(&["a", "b", "c"], 20_000),
        stop_multiple(&["a", "b", "c"], 40),
        restart_multiple(&["a", "b", "c"], 40, 20_000),
        destroy(&["a", "b", "c"], 40),
    ];
    let mut worlds: Vec<_> = calls.into_iter().map(|call| (world.clone(), call)).collect();
    let behind_c = Character { after: &["c"], ..slow };
    let chain = World::monitored(&[("a", behind_c), ("b", slow), ("c", STUBBORN)]).in_reverse();
    let chain = chain.with(|simulation| simulation.rewrite("b", Character { after: &["b", "c"], ..slow }));
    worlds.push((chain.clone(), stop_multiple(&["a", "b", "c"], 100)));
    worlds.push((chain.clone(), restart_multiple(&["a", "b", "c"], 100, 20_000)));
    worlds.push((chain, destroy(&["a", "b", "c"], 100)));
    worlds
}

fn a_call_is_cancelled_in_its_wait(runner: &dyn Cancelling) {
    let world = World::monitored(&[("a", Character { up_after: None, ..STUBBORN })]);
    for call in [
        start("a", -1),
        stop("a", -1),
        restart("a", -1, -1),
        deploy("a", "exec: new\n", -1, -1),
        reload("a", -1, -1),
        start_multiple(&["a"], -1),
        stop_multiple(&["a"], -1),
        restart_multiple(&["a"], -1, -1),
        destroy(&["a"], -1),
    ] {
        let ending = runner.run_until(&world, &call, Some(ms(50)));
        assert_kind!(ending.error(), ErrorKind::Cancelled);
        assert_kind!(ending.row_error(0), ErrorKind::Cancelled);
        assert!(ending.error().request_sent());
        assert!(ending.row_error(0).request_sent());
        assert_eq!(ending.row_error(0).service(), Some("a"));
        assert!(ending.row(0).state.is_some());
    }
}

fn a_call_that_begins_cancelled_sends_nothing(runner: &dyn Cancelling) {
    for (world, call) in worlds() {
        let ending = runner.run_until(&world, &call, Some(ms(0)));
        assert_kind!(ending.error(), ErrorKind::Cancelled);
        assert!(!ending.error().request_sent());
        assert!(ending.commands.is_empty(), "{:?}", ending.commands);
    }
}

#[test]
fn a_call_is_cancelled_at_every_point() {
    for latency in [us(0), us(60), ms(1)] {
        for (world, call) in worlds() {
            let world = world.latency(latency);
            let whole = Scripted.run(&world, &call);
            // Before each command, while it is under way, when it is answered, and in the pause behind it.
            let points = whole.times.iter().flat_map(|(sent, answered)| {
                [*sent, (*sent + *answered) / 2, *answered, *answered + us(100)]
            });
            let mut points: Vec<_> = points.filter(|at| *at < whole.elapsed).collect();
            points.sort_unstable();
            points.dedup();
            assert!(points.len() > 5, "{call:?}: {points:?}");
            for at in points {
                let ending = Scripted.run_until(&world, &call, Some(at));
                assert_kind!(ending.error(), ErrorKind::Cancelled);
                assert_eq!(ending.elapsed, at, "{call:?}");
                let sent: Vec<_> = whole.times.iter().filter(|(sent, _)| *sent < at).collect();
                let zero_time =
                    whole.times.iter().filter(|(sent, answered)| sent == answered && *sent == at).count();
                let most = sent.len() + if latency == us(0) { zero_time } else { 0 };
                assert!(ending.commands.len() <= most, "{call:?} at {at:?}: {:?}", ending.commands);
                assert_eq!(ending.commands[..], whole.commands[..ending.commands.len()]);
                assert_eq!(ending.error().request_sent(), !ending.commands.is_empty());
                assert_eq!(ending.report.rows().len(), whole.report.rows().len());
                for (index, row) in ending.report.rows().iter().enumerate() {
                    match &row.outcome {
                        Outcome::Pending => panic!("{call:?} at {at:?}: {row:?}"),
                        Outcome::Done => assert!(whole.is_done(index)),
                        Outcome::Failed(error) => {
                            assert_kind!(error, ErrorKind::Cancelled);
                            assert_eq!(error.service(), Some(row.name.as_str()));
                            let of_row = format!(" {}", row.name.as_str());
                            let was_told = ending.commands.iter().any(|sent| sent.contains(&of_row));
                            assert_eq!(
                                error.request_sent(),
                                was_told,
                                "{call:?} at {at:?}: {:?}",
                                ending.commands
                            );
                        }
                    }
                }
            }
        }
    }
}
