//! What one look means for a service that was started: each condition by itself, at times that are chosen.

use std::time::{Duration, Instant};

use crate::client::shared_list::Seen;
use crate::client::up::{Baseline, OldProcessEnded, ServiceKind, UpCondition};
use crate::client::wait_until::{Condition, Verdict};
use crate::driver::scripted::{Answer, Script, run_script};
use crate::model::{Name, State, Status, Target, Text};
use crate::protocol::Protocol;

const STEADY: Duration = Duration::from_millis(250);
const TESTED: ServiceKind = ServiceKind::KeptRunning { has_test: true, is_restarted_always: true };
const PLAIN: ServiceKind = ServiceKind::KeptRunning { has_test: false, is_restarted_always: true };
/// As a service of zinit 0.3 can be.
const NOT_RESTARTED: ServiceKind = ServiceKind::KeptRunning { has_test: false, is_restarted_always: false };

fn unknown() -> ServiceKind {
    ServiceKind::Unknown("no file".to_owned())
}

fn state(state: &str) -> State {
    State::parse(state).unwrap()
}

fn status(state: &str, pid: i32, target: Target) -> Status {
    Status { name: Text::new("web").unwrap(), pid, state: self::state(state), target, after: Vec::new() }
}

fn word(verdict: Verdict) -> String {
    match verdict {
        Verdict::Pending => "pending".to_owned(),
        Verdict::PendingSoon(left) => format!("{} ms more", left.as_millis()),
        Verdict::TellAgain => "tell again".to_owned(),
        Verdict::Done => "done".to_owned(),
        Verdict::Failed(error) => error.to_string(),
    }
}

/// A service that was started at a certain time.
struct Started {
    condition: UpCondition,
    at: Instant,
}

impl Started {
    /// That was in this state before.
    fn from(kind: ServiceKind, before: &Status) -> Self {
        Self::of(Protocol::Line, kind, Some(before))
    }

    /// That has just been monitored.
    fn new(kind: ServiceKind) -> Self {
        Self::of(Protocol::Line, kind, None)
    }

    fn of(speaks: Protocol, kind: ServiceKind, before: Option<&Status>) -> Self {
        let script = Script { steady: STEADY, speaks, learned: Some(speaks), ..Script::default() };
        let daemon = |_, line: &str| {
            assert_eq!(line, "status web");
            let Status { pid, state, target, .. } = before.unwrap();
            let (state, target) = (state.text().as_str(), target.name().as_str());
            Answer::Reply(
                serde_json::json!({"state": "ok", "body": {
                    "name": "web", "pid": pid, "state": state, "target": target, "after": {}
                }})
                .to_string(),
            )
        };
        let outcome = run_script(script, daemon, async |io| {
            let baseline = match before {
                Some(_) => Baseline::look(io, 0, &Name::new("web").unwrap()).await?,
                None => Baseline::nothing(),
            };
            Ok(Self { condition: UpCondition::new(kind, baseline, io), at: io.now() })
        });
        outcome.result.unwrap()
    }

    fn seen(&self, at: u64) -> Seen {
        let at = self.at + Duration::from_millis(at);
        Seen { asked: at, answered: at }
    }

    /// What its status means, so many milliseconds behind the start.
    fn check(&mut self, at: u64, state: &str, pid: i32) -> String {
        word(self.condition.check(self.seen(at), false, &status(state, pid, Target::Up)))
    }

    /// What a list means; empty: that only its status tells.
    fn check_listed(&mut self, at: u64, state: &str) -> String {
        let seen = self.seen(at);
        self.condition.check_listed(seen, &self::state(state)).map_or_else(String::new, word)
    }

    fn describe(&self, state: &str) -> String {
        self.condition.describe(&self::state(state))
    }
}

#[test]
fn an_old_process_has_ended_when_another_one_or_another_target_is_told() {
    let mut ended = OldProcessEnded { pid: 7 };
    let now = Instant::now();
    let seen = Seen { asked: now, answered: now };
    for (text, is_told) in [("Running", true), ("Spawned", true), ("Success", false), ("Blocked", false)] {
        let verdict = ended.check_listed(seen, &state(text));
        assert_eq!(verdict.map(word).as_deref(), is_told.then_some("pending"), "{text}");
    }
    for (pid, target, expected) in [
        (7, Target::Down, "pending"),
        (0, Target::Down, "done"),
        (8, Target::Down, "done"),
        (7, Target::Up, "done"),
    ] {
        assert_eq!(word(ended.check(seen, false, &status("Running", pid, target))), expected);
    }
}

#[test]
fn one_process_must_run_for_the_steady_time() {
    let mut started = Started::new(PLAIN);
    assert_eq!(started.check(100, "Running", 7), "250 ms more");
    assert_eq!(started.check(200, "Running", 7), "150 ms more");
    assert_eq!(started.check(300, "Running", 8), "250 ms more");
    // What a list says is of that process, as the daemon spawns no other one within 2 s.
    assert_eq!(started.check_listed(400, "Running"), "150 ms more");
    assert_eq!(started.check(500, "Running", 8), "50 ms more");
    assert_eq!(started.check(500, "Running", 9), "250 ms more");
    assert_eq!(started.check(749, "Running", 9), "1 ms more");
    assert_eq!(started.check(750, "Running", 9), "done");
}

#[test]
fn a_process_of_which_lists_alone_have_told_is_the_same_for_two_seconds() {
    let mut started = Started::new(PLAIN);
    assert_eq!(started.check_listed(0, "Running"), "250 ms more");
    assert_eq!(started.check(100, "Running", 7), "150 ms more");
    let mut started = Started::new(PLAIN);
    assert_eq!(started.check_listed(0, "Running"), "250 ms more");
    assert_eq!(started.check_listed(2500, "Running"), "");
    assert_eq!(started.check(2500, "Running", 7), "250 ms more");
}

#[test]
fn a_process_that_ran_before_the_start_is_steady_from_the_start_on() {
    for (before, expected) in [
        (status("Running", 7, Target::Up), "50 ms more"),
        // Another process, or none that was Running.
        (status("Running", 6, Target::Up), "250 ms more"),
        (status("Spawned", 7, Target::Up), "250 ms more"),
        (status("Running", 0, Target::Up), "250 ms more"),
    ] {
        assert_eq!(Started::from(PLAIN, &before).check(200, "Running", 7), expected, "{before:?}");
    }
    // What is listed as Running without a process may be a word that has stayed.
    let mut started = Started::from(PLAIN, &status("Running", 0, Target::Up));
    assert_eq!(started.check_listed(200, "Running"), "");
}

#[test]
fn its_test_says_that_it_is_up() {
    let mut started = Started::new(TESTED);
    assert_eq!(started.check_listed(1, "Spawned"), "pending");
    assert_eq!(started.check(1, "Spawned", 7), "pending");
    assert_eq!(started.check(2, "Running", 7), "done");
}

#[test]
fn a_list_tells_only_of_an_end_that_is_known() {
    let error = "Error(Exited(Pid(7), 3))";
    let mut started = Started::from(PLAIN, &status(error, 0, Target::Down));
    assert_eq!(started.check_listed(1, error), "pending");
    assert_eq!(started.check_listed(1, "Error(Exited(Pid(8), 3))"), "");
    assert_eq!(started.check_listed(1, "Success"), "");
    for text in ["Failure", "Error(Exited(Pid(8), 3))", "Success", "SomethingNew"] {
        assert_eq!(Started::new(PLAIN).check_listed(1, text), "", "{text}");
    }
    let mut started = Started::from(ServiceKind::Oneshot, &status(error, 0, Target::Down));
    assert_eq!(started.check_listed(1, error), "");
    assert_eq!(started.check_listed(1, "Blocked"), "pending");
    // That it has run shows that an end is new.
    assert_eq!(started.check_listed(1, "Running"), "pending");
    assert!(started.check(2, error, 0).ends_with("its process ended with exit code 3; look at its log"));
}

#[test]
fn an_end_is_of_the_new_run_unless_it_could_be_the_old_one() {
    let (seven, nine) = ("Error(Exited(Pid(7), 3))", "Error(Exited(Pid(9), 3))");
    let failed = "it failed: its process ended with exit code 3; look at its log";
    for (before, end, is_new) in [
        (status("Running", 7, Target::Up), nine, true),
        (status("Running", 7, Target::Up), seven, false),
        (status(seven, 0, Target::Down), seven, false),
        (status(seven, 0, Target::Down), nine, true),
    ] {
        let mut started = Started::from(ServiceKind::Oneshot, &before);
        assert_eq!(started.check(1, end, 0), if is_new { failed } else { "pending" }, "{before:?} {end}");
        assert_eq!(started.check(1000, end, 0), failed, "{before:?} {end}");
        // Where a new process was seen, it is the new run's.
        let mut started = Started::from(ServiceKind::Oneshot, &before);
        assert_eq!(started.check(1, "Running", 8), "pending");
        assert_eq!(started.check(2, end, 0), failed, "{before:?} {end}");
    }
}

#[test]
fn an_end_while_a_process_lives_is_not_an_end() {
    for kind in [ServiceKind::Oneshot, unknown()] {
        let mut started = Started::new(kind);
        for at in [1, 5000, 10_000] {
            assert_eq!(started.check(at, "Success", 7), "pending");
        }
    }
}

#[test]
fn an_end_that_lasts_is_that_of_a_oneshot() {
    let mut started = Started::new(unknown());
    assert_eq!(started.check(1, "Success", 0), "pending");
    // It is spawned again, and so it is none.
    assert_eq!(started.check(2500, "Spawned", 7), "pending");
    assert_eq!(started.check(3000, "Success", 0), "pending");
    assert_eq!(started.check(5999, "Success", 0), "pending");
    assert_eq!(started.check(6000, "Success", 0), "done");
}

#[test]
fn an_end_of_a_service_that_is_not_spawned_again_counts_where_the_daemon_has_given_it_up() {
    let end = |target| status("Error(Exited(Pid(9), 3))", 0, target);
    for (target, is_over) in [(Target::Up, false), (Target::Unknown, true)] {
        let mut started = Started::of(Protocol::Zinit03, NOT_RESTARTED, None);
        let verdict = word(started.condition.check(started.seen(1), false, &end(target)));
        assert_eq!(verdict.contains("its process ended with exit code 3"), is_over, "{verdict}");
        let mut started = Started::of(Protocol::Zinit03, PLAIN, None);
        assert_eq!(word(started.condition.check(started.seen(1), false, &end(target))), "pending");
    }
}

#[test]
fn how_a_process_ended_is_told() {
    for (text, how) in [
        ("Error(Exited(Pid(7), 3))", "with exit code 3"),
        ("Error(Signaled(Pid(7), SIGKILL, false))", "by SIGKILL"),
        ("Error(Whatever)", "as Error(Whatever)"),
    ] {
        let verdict = Started::new(ServiceKind::Oneshot).check(1, text, 0);
        assert!(verdict.contains(&format!("its process ended {how}; look at its log")), "{verdict}");
    }
    let mut started = Started::new(PLAIN);
    started.check(1, "Running", 7);
    started.check(2, "Success", 0);
    assert!(started.describe("Success").contains("the last time with exit code 0; look at its log"));
}

#[test]
fn why_it_is_not_up_yet_is_told() {
    for (kind, before, text, why) in [
        (TESTED, None, "Spawned", "its test has not passed"),
        (PLAIN, None, "Running", "but not for long enough to count as up"),
        (PLAIN, None, "Success", "its process has ended, and the daemon spawns it again after 2 s"),
        (PLAIN, None, "Failure", "not Running yet"),
        (PLAIN, Some("Failure"), "Failure", "as before the start, and no new process was seen"),
        (ServiceKind::Oneshot, None, "Running", "its process has not ended"),
        (ServiceKind::Oneshot, None, "Success", "its process has not ended"),
        (
            ServiceKind::Oneshot,
            Some("Success"),
            "Success",
            "as before the start, and no new process was seen",
        ),
        (unknown(), None, "Running", "but not for long enough to count as up (no file: set the directory of"),
        (unknown(), None, "Success", "not Running yet (no file: set the directory of"),
    ] {
        let before = before.map(|text| status(text, 0, Target::Down));
        let told = Started::of(Protocol::Line, kind, before.as_ref()).describe(text);
        assert!(told.starts_with(&format!("it is {text}, {why}")), "{told}");
    }
    // A oneshot ends, and that is how it should be.
    for (kind, why) in [
        (PLAIN, "its process has ended once since the start, the last time with exit code 3"),
        (unknown(), "its process has ended once since the start, the last time with exit code 3"),
        (ServiceKind::Oneshot, "its process has not ended"),
    ] {
        let mut started = Started::new(kind);
        started.check(1, "Spawned", 7);
        started.check(2, "Error(Exited(Pid(7), 3))", 0);
        let told = started.describe("Error(Exited(Pid(7), 3))");
        assert!(told.contains(why), "{told}");
    }
}
