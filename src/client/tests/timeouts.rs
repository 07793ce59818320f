//! What ends a call from outside the service: its time, and a daemon that dies, hangs or talks nonsense.

use std::time::Duration;

use super::groups::{all, numbered};
use super::runner::{
    Call, Runner, Scripted, World, assert_kind, deploy, destroy, everywhere, reload, restart,
    restart_multiple, start, start_multiple, stop, stop_multiple,
};
use super::simulation::{Character, Fault, SERVICE, STUBBORN, ms, us};
use crate::client::{Outcome, Timeout};
use crate::error::ErrorKind;

everywhere![
    no_time_sends_and_returns,
    no_time_for_what_follows_the_stop_is_a_kill_at_once,
    an_empty_list_is_done_and_sends_nothing,
    no_daemon_is_not_running,
    a_daemon_that_dies_meanwhile_is_an_error,
    a_daemon_that_closes_without_a_word_is_an_error,
    a_daemon_that_talks_nonsense_is_an_error,
    a_daemon_that_goes_mute_is_no_reply,
    a_daemon_that_goes_mute_is_a_timeout_where_that_is_first,
];

/// Each call on services that never get there, so that it goes on until something ends it.
fn endless(milliseconds: i64) -> Vec<(World, Call)> {
    let never_up = Character { up_after: None, ..SERVICE };
    let never_up = World::monitored(&[("a", never_up), ("b", never_up)]);
    let immortal = Character { can_be_killed: false, ..STUBBORN };
    let immortal = World::monitored(&[("a", immortal), ("b", immortal)]);
    [
        (&never_up, start("a", milliseconds)),
        (&immortal, stop("a", milliseconds)),
        (&immortal, restart("a", milliseconds, -1)),
        (&never_up, restart("a", -1, milliseconds)),
        (&immortal, deploy("a", "exec: new\n", milliseconds, -1)),
        (&never_up, deploy("a", "exec: new\n", -1, milliseconds)),
        (&immortal, reload("a", milliseconds, -1)),
        (&never_up, reload("a", -1, milliseconds)),
        (&never_up, start_multiple(&["a", "b"], milliseconds)),
        (&immortal, stop_multiple(&["a", "b"], milliseconds)),
        (&immortal, restart_multiple(&["a", "b"], milliseconds, -1)),
        (&never_up, restart_multiple(&["a", "b"], -1, milliseconds)),
        (&immortal, destroy(&["a", "b"], milliseconds)),
    ]
    .map(|(world, call)| (world.clone(), call))
    .into()
}

#[test]
fn below_minus_one_is_no_timeout() {
    assert_eq!(Timeout::from_milliseconds(-2), None);
    assert_eq!(Timeout::from_milliseconds(i64::MIN), None);
    assert_eq!(Timeout::from_milliseconds(-1), Some(Timeout::Unlimited));
    assert_eq!(Timeout::from_milliseconds(0), Some(Timeout::NONE));
}

#[test]
fn the_longest_timeout_is_a_timeout() {
    for call in [start("web", i64::MAX), stop("web", i64::MAX), restart("web", i64::MAX, i64::MAX)] {
        Scripted.run(&World::monitored(&[("web", SERVICE)]), &call).ok();
    }
}

fn no_time_sends_and_returns(runner: &dyn Runner) {
    let world = World::monitored(&[("a", STUBBORN), ("b", STUBBORN)]);
    let sent = |call| {
        let ending = runner.run(&world, &call);
        ending.ok();
        assert!(!ending.report.rows().is_empty());
        assert!(ending.report.rows().iter().all(|row| matches!(row.outcome, Outcome::Done)));
        ending.commands
    };
    assert_eq!(sent(start("a", 0)), ["start a"]);
    assert_eq!(sent(stop("a", 0)), ["stop a"]);
    assert_eq!(sent(stop_multiple(&["a", "b"], 0)), ["stop a", "stop b"]);
    assert_eq!(sent(start_multiple(&["a", "b"], 0)), ["monitor a", "start a", "monitor b", "start b"]);
}

fn no_time_for_what_follows_the_stop_is_a_kill_at_once(runner: &dyn Runner) {
    let world = World::monitored(&[("a", STUBBORN)]);
    let ending = runner.run(&world, &destroy(&["a"], 0));
    ending.ok();
    assert!(ending.row(0).killed);
    assert_eq!(ending.commands[..3], ["kill a SIGKILL", "stop a", "status a"]);
}

fn an_empty_list_is_done_and_sends_nothing(runner: &dyn Runner) {
    for milliseconds in [-1, 0, 1000] {
        for call in [
            start_multiple(&[], milliseconds),
            stop_multiple(&[], milliseconds),
            restart_multiple(&[], milliseconds, milliseconds),
            destroy(&[], milliseconds),
        ] {
            let ending = runner.run(&World::new(&[]).fault(ms(0), Fault::Dies), &call);
            ending.ok();
            assert!(ending.commands.is_empty());
            assert!(ending.report.rows().is_empty());
        }
    }
}

fn no_daemon_is_not_running(runner: &dyn Runner) {
    for milliseconds in [-1, 0, 1000] {
        for (world, call) in endless(milliseconds) {
            let ending = runner.run(&world.fault(ms(0), Fault::Dies), &call);
            assert_kind!(ending.error(), ErrorKind::NotRunning { .. });
            assert!(!ending.error().request_sent(), "{call:?}");
            assert!(!ending.report.rows().is_empty(), "{call:?}");
            for (index, row) in ending.report.rows().iter().enumerate() {
                let error = ending.row_error(index);
                assert_kind!(error, ErrorKind::NotRunning { .. });
                assert!(!error.request_sent());
                assert_eq!(error.service(), Some(row.name.as_str()));
            }
        }
    }
}

fn a_daemon_that_dies_meanwhile_is_an_error(runner: &dyn Runner) {
    for (world, call) in endless(-1) {
        let ending = runner.run(&world.fault(ms(60), Fault::Dies), &call);
        // In the middle of an exchange it is seen to close.
        assert_kind!(ending.error(), ErrorKind::NotRunning { .. } | ErrorKind::Closed { .. });
        assert!(ending.error().request_sent(), "{call:?}");
        assert!(!ending.report.rows().is_empty(), "{call:?}");
        for index in 0..ending.report.rows().len() {
            assert_kind!(ending.row_error(index), ErrorKind::NotRunning { .. } | ErrorKind::Closed { .. });
        }
    }
}

fn a_daemon_that_closes_without_a_word_is_an_error(runner: &dyn Runner) {
    for (world, call) in endless(-1) {
        let ending = runner.run(&world.fault(ms(60), Fault::Closes), &call);
        assert_kind!(ending.error(), ErrorKind::Closed { .. });
        assert!(ending.error().request_sent());
    }
}

fn a_daemon_that_talks_nonsense_is_an_error(runner: &dyn Runner) {
    for (world, call) in endless(-1) {
        let ending = runner.run(&world.fault(ms(60), Fault::Says("{}")), &call);
        assert_kind!(ending.error(), ErrorKind::Protocol { .. });
    }
}

fn a_daemon_that_goes_mute_is_no_reply(runner: &dyn Runner) {
    for (world, call) in endless(-1) {
        let world = world.fault(ms(30), Fault::Mute).io_timeout(ms(100));
        let ending = runner.run(&world, &call);
        assert_kind!(ending.error(), ErrorKind::NoReply { .. });
        assert!(ending.error().request_sent());
    }
}

fn a_daemon_that_goes_mute_is_a_timeout_where_that_is_first(runner: &dyn Runner) {
    // The last look is given a second, and the I/O timeout if that is less.
    let never_up = Character { up_after: None, ..STUBBORN };
    let world = World::monitored(&[("a", never_up)]).fault(ms(30), Fault::Mute);
    let ending = runner.run(&world, &start("a", 200));
    assert_kind!(ending.error(), ErrorKind::Timeout { milliseconds: 200, .. });
    assert_eq!(
        ending.error().to_string(),
        "cannot start \"a\": timed out after 200 ms: the daemon did not answer"
    );
    // The last that was seen.
    assert!(ending.error().state().is_some());
}

#[test]
fn a_daemon_that_goes_mute_at_any_time_ends_every_call() {
    for milliseconds in [-1, 200, 3000, 30_000] {
        for (world, call) in endless(milliseconds) {
            for mute in (0..4000).step_by(83) {
                let world = world.clone().fault(us(mute * 100), Fault::Mute).latency(us(60));
                let ending = Scripted.run(&world, &call);
                let is_limited = milliseconds > 0;
                match ending.error().kind() {
                    ErrorKind::NoReply { .. } => assert!(ending.elapsed >= ms(1000)),
                    ErrorKind::Timeout { .. } => assert!(is_limited),
                    kind => panic!("{kind} for {call:?}"),
                }
                assert!(ending.elapsed <= ms(400 + 150 + 10_000), "{call:?} took {:?}", ending.elapsed);
                if is_limited && milliseconds < 9000 {
                    let limit = u64::try_from(milliseconds).unwrap();
                    let is_later = matches!(
                        call,
                        Call::Restart(..) | Call::Deploy(..) | Call::Reload(..) | Call::RestartMultiple(..)
                    );
                    assert!(
                        // A second for the last look, and for a kill another one.
                        is_later || ending.elapsed <= ms(limit + 2400),
                        "{call:?} took {:?}",
                        ending.elapsed
                    );
                }
            }
        }
    }
}

#[test]
fn no_time_does_not_shorten_an_exchange() {
    // It says how long to wait for the service, not for the daemon.
    for (world, call) in endless(0) {
        let ending = Scripted.run(&world.fault(ms(0), Fault::Mute), &call);
        assert_kind!(ending.error(), ErrorKind::NoReply { .. });
        assert_eq!(ending.elapsed, ms(10_000), "{call:?}");
    }
}

#[test]
fn a_timeout_bounds_a_whole_group_however_slow_the_daemon_is() {
    // An exchange under way at the end has a second more. SIGKILL has ten of its own, for all together.
    const LAST: Duration = Duration::from_secs(1);
    const KILLS: Duration = Duration::from_secs(10);
    let (names, slow) = (numbered(20), ms(800));
    let immortal = Character { can_be_killed: false, ..STUBBORN };
    for (character, call, most) in [
        (SERVICE, start_multiple(&names, 1000), ms(1000) + LAST),
        (Character { up_after: None, ..SERVICE }, start_multiple(&names, 1000), ms(1000) + LAST),
        (STUBBORN, stop_multiple(&names, 1000), ms(1000) + KILLS + LAST),
        (immortal, stop_multiple(&names, 1000), ms(1000) + KILLS + LAST),
        (immortal, restart_multiple(&names, 1000, -1), ms(1000) + KILLS + LAST),
        (immortal, destroy(&names, 1000), ms(1000) + KILLS + LAST),
    ] {
        let world = World::monitored(&all(&names, character)).latency(slow);
        let ending = Scripted.run(&world, &call);
        assert!(ending.elapsed <= most, "{call:?}: {:?}", ending.elapsed);
        assert!(ending.report.failures().count() > 0, "{call:?}");
        for (_, error) in ending.report.failures() {
            assert_kind!(error, ErrorKind::Timeout { .. });
        }
    }
}

#[test]
fn a_daemon_that_dies_at_any_time_ends_every_call() {
    for milliseconds in [-1, 200] {
        for fault in [Fault::Dies, Fault::Closes, Fault::Says("null")] {
            for (world, call) in endless(milliseconds) {
                for dies in (0..3000).step_by(173) {
                    let world = world.clone().fault(ms(dies), fault).latency(us(60));
                    let ending = Scripted.run(&world, &call);
                    let error = ending.error();
                    match (fault, error.kind()) {
                        (Fault::Dies, ErrorKind::NotRunning { .. })
                        | (Fault::Closes, ErrorKind::Closed { .. })
                        | (Fault::Says(_), ErrorKind::Protocol { .. }) => {}
                        (_, ErrorKind::Timeout { .. }) => assert!(milliseconds > 0),
                        _ => panic!("{error} for {call:?} and {fault:?}"),
                    }
                    assert!(!error.to_string().contains('\n'));
                    assert!(!ending.report.rows().is_empty(), "{call:?}");
                    for index in 0..ending.report.rows().len() {
                        let row = ending.row(index);
                        assert!(!matches!(row.outcome, Outcome::Pending), "{call:?}: {row:?}");
                    }
                }
            }
        }
    }
}
