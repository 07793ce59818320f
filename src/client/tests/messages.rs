//! What a person reads: one line that says what was tried, on which service, what came back, and what to do.

use super::runner::{
    Call, Ending, Runner, Scripted, World, deploy, destroy, reload, restart, restart_multiple, start,
    start_multiple, stop, stop_multiple,
};
use super::simulation::{Character, End, Fault, MISSING, SERVICE, STUBBORN, ms, oneshot, stops, us};
use crate::client::Outcome;

const NEVER_UP: Character = Character { up_after: None, ..STUBBORN };
const IMMORTAL: Character = Character { can_be_killed: false, ..STUBBORN };

#[track_caller]
fn assert_message(world: &World, call: &Call, expected: &str) {
    let ending = Scripted.run(world, call);
    assert_eq!(ending.error().to_string(), expected);
    let failed = assert_readable(&ending);
    if ending.report.rows().len() == 1 {
        assert_eq!(ending.row_error(0), ending.error());
    }
    // That of the whole, too.
    assert_eq!(failed, ending.report.failures().count() + 1);
}

/// Gives how many errors there were to read.
fn assert_readable(ending: &Ending) -> usize {
    let rows = ending.report.rows().iter().filter_map(|row| match &row.outcome {
        Outcome::Failed(error) => Some(error),
        _ => None,
    });
    let mut count = 0;
    for error in rows.chain(ending.result.as_ref().err()) {
        count += 1;
        let text = error.to_string();
        assert!(!text.contains('\n'), "{text}");
        for name in ["a", "b"] {
            assert!(text.matches(&format!("\"{name}\"")).count() <= 2, "{text}");
        }
        for twice in ["start", "stop", "restart", "deploy", "reload", "destroy"] {
            assert!(text.matches(&format!("cannot {twice} ")).count() <= 2, "{text}");
            assert!(!text.contains(&format!("cannot {twice} \"a\": cannot {twice} ")), "{text}");
        }
    }
    count
}

#[test]
fn a_start() {
    let unknown = "the daemon does not know it; monitor it first";
    assert_message(&World::new(&[]), &start("a", 1000), &format!("cannot start \"a\": {unknown}"));
    assert_message(&World::new(&[]), &start("a", 0), &format!("cannot start \"a\": {unknown}"));
    assert_message(
        &World::monitored(&[("a", NEVER_UP)]),
        &start("a", 1000),
        "cannot start \"a\": timed out after 1000 ms: it is Spawned, its test has not passed",
    );
    assert_message(
        &World::monitored(&[("a", Character { after: &["b"], ..SERVICE })]),
        &start("a", 1000),
        "cannot start \"a\": timed out after 1000 ms: it is Blocked, it waits for \"b\" (Unknown)",
    );
    assert_message(
        &World::monitored(&[("a", oneshot(ms(5000), End::Exit(0)))]),
        &start("a", 1000),
        "cannot start \"a\": timed out after 1000 ms: it is Running, its process has not ended",
    );
    assert_message(
        &World::monitored(&[("a", oneshot(us(1), End::Exit(0)))]),
        &start("a", 500),
        "cannot start \"a\": timed out after 500 ms: it is Success, as before the start, and no new process was seen",
    );
    assert_message(
        &World::monitored(&[("a", MISSING)]),
        &start("a", -1),
        "cannot start \"a\": it failed: its command cannot be run; check `exec` in its file, and the daemon's log",
    );
    assert_message(
        &World::monitored(&[("a", oneshot(ms(10), End::Exit(3)))]),
        &start("a", -1),
        "cannot start \"a\": it failed: its process ended with exit code 3; look at its log",
    );
    assert_message(
        &World::monitored(&[("a", oneshot(ms(10), End::Signal("SIGSEGV")))]),
        &start("a", -1),
        "cannot start \"a\": it failed: its process ended by SIGSEGV; look at its log",
    );
    assert_message(
        &World::monitored(&[("a", NEVER_UP)]).at(ms(10), "stop a"),
        &start("a", -1),
        "cannot start \"a\": somebody else set its target to Down during the wait; ask for its status and decide again",
    );
    assert_message(
        &World::monitored(&[("a", NEVER_UP)]).fault(ms(10), Fault::Closes),
        &start("a", -1),
        "cannot start \"a\": the daemon closed the connection before its reply was complete; it may have ended: try again when it runs",
    );
}

#[test]
fn a_stop() {
    assert_message(
        &World::new(&[]),
        &stop("a", 1000),
        "cannot stop \"a\": the daemon does not know it; monitor it first",
    );
    assert_message(
        &World::monitored(&[("a", IMMORTAL)]),
        &stop("a", 1000),
        "cannot stop \"a\": timed out after 1000 ms: it is Running and not stopped, though SIGKILL was sent",
    );
    assert_message(
        &World::monitored(&[("a", STUBBORN)]).at(ms(10), "start a"),
        &stop("a", -1),
        "cannot stop \"a\": somebody else set its target to Up during the wait; ask for its status and decide again",
    );
}

#[test]
fn a_sequence_says_which_step_failed() {
    assert_message(
        &World::monitored(&[("a", IMMORTAL)]),
        &restart("a", 1000, -1),
        "cannot restart \"a\": cannot stop it: timed out after 1000 ms: it is Running and not stopped, though SIGKILL was sent",
    );
    assert_message(
        &World::monitored(&[("a", NEVER_UP)]),
        &restart("a", 1000, 5000),
        "cannot restart \"a\": cannot start it: timed out after 5000 ms: it is Spawned, its test has not passed",
    );
    assert_message(
        &World::monitored(&[("a", NEVER_UP)]),
        &deploy("a", "exec: new\n", 1000, 500),
        "cannot deploy \"a\": cannot start it: timed out after 500 ms: it is Spawned, its test has not passed",
    );
    assert_message(
        &World::monitored(&[("a", IMMORTAL)]),
        &reload("a", 1000, -1),
        "cannot reload \"a\": cannot stop it: timed out after 1000 ms: it is Running and not stopped, though SIGKILL was sent",
    );
    assert_message(
        &World::monitored(&[("a", NEVER_UP)]),
        &reload("a", 1000, 500),
        "cannot reload \"a\": cannot start it: timed out after 500 ms: it is Spawned, its test has not passed",
    );
    assert_message(
        &World::monitored(&[("a", NEVER_UP)]),
        &restart_multiple(&["a"], 1000, 5000),
        "cannot restart \"a\": cannot start it: timed out after 5000 ms: it is Spawned, its test has not passed",
    );
    let closing = World::monitored(&[("a", stops(ms(10), End::Exit(0)))]).fault(ms(5), Fault::Closes);
    assert_message(
        &closing,
        &deploy("a", "exec: new\n", 1000, 500),
        "cannot deploy \"a\": cannot stop it: the daemon closed the connection before its reply was complete; it may have ended: try again when it runs",
    );
    assert_message(
        &closing,
        &reload("a", 1000, 500),
        "cannot reload \"a\": cannot stop it: the daemon closed the connection before its reply was complete; it may have ended: try again when it runs",
    );
    assert_message(
        &closing,
        &destroy(&["a"], 1000),
        "cannot destroy \"a\": cannot stop it: the daemon closed the connection before its reply was complete; it may have ended: try again when it runs",
    );
}

#[test]
fn a_group_names_every_service_that_failed() {
    let world = World::monitored(&[("a", NEVER_UP), ("b", SERVICE)]);
    assert_message(
        &world,
        &start_multiple(&["b", "a", "c"], 500),
        "cannot start 2 of 3 services (\"a\", \"c\"): cannot start \"a\": timed out after 500 ms: it is Spawned, its test has not passed",
    );
    assert_message(
        &world.clone().fault(ms(5), Fault::Dies),
        &stop_multiple(&["a", "b"], 500),
        "cannot stop 1 of 2 services (\"a\"): cannot stop \"a\": no zinit daemon answers at scripted (Connection refused); start zinit, or give the path of its socket",
    );
}

#[test]
fn every_message_is_one_readable_line() {
    let faults = [Fault::Mute, Fault::Closes, Fault::Dies, Fault::Says("{\n}")];
    for fault in faults {
        let mut count = 0;
        for later in (0..1500).step_by(173) {
            for character in [SERVICE, STUBBORN, NEVER_UP, IMMORTAL, MISSING, oneshot(ms(20), End::Exit(3))] {
                for call in [
                    start("a", 300),
                    stop("a", 300),
                    restart("a", 300, 300),
                    deploy("a", "exec: new\n", 300, 300),
                    reload("a", 300, 300),
                    start_multiple(&["a", "b"], 300),
                    stop_multiple(&["a", "b"], 300),
                    restart_multiple(&["a", "b"], 300, 300),
                    destroy(&["a", "b"], 300),
                ] {
                    let world = World::monitored(&[("a", character), ("b", character)]);
                    let ending = Scripted.run(&world.fault(ms(later), fault).latency(us(700)), &call);
                    count += assert_readable(&ending);
                }
            }
        }
        assert!(count > 200, "only {count} with {fault:?}");
    }
}
