//! What a watch tells, and when it looks: on the scripted driver.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::time::Duration;

use super::commands::refusal;
use crate::client::OutputBuffer;
use crate::client::watch::{Change, watch};
use crate::driver::scripted::{Answer, Answered, Outcome, Script, run_script};
use crate::error::ErrorKind;
use crate::model::{Name, State, Text};

const IDLE: Duration = Duration::from_secs(1);

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// What was told, each behind the milliseconds since the beginning.
struct Told {
    changes: Vec<String>,
    outcome: Outcome<()>,
}

impl Told {
    /// When it asked for the list.
    fn looks(&self) -> Vec<Duration> {
        let asked = self.outcome.commands.iter().zip(&self.outcome.times);
        asked.filter(|(command, _)| *command == "list").map(|(_, (begin, _))| *begin).collect()
    }

    /// The same without the times.
    fn words(&self) -> Vec<&str> {
        self.changes.iter().map(|change| change.split_once(": ").unwrap().1).collect()
    }
}

fn words(change: &Change) -> String {
    let Change { kind, service, before, after, pid, target } = change;
    let service = service.as_ref().map_or("the daemon", Text::as_str);
    let word = |state: &Option<State>| state.as_ref().map_or("-".to_owned(), ToString::to_string);
    format!("{service:?} {kind:?} {} > {} {pid} {}", word(before), word(after), target.name())
}

/// Watches for so long.
fn watch_for<A: Into<Answered>>(
    length: Duration,
    names: &[&str],
    daemon: impl FnMut(Duration, &str) -> A,
) -> Told {
    let names: Vec<_> = names.iter().map(|name| Name::new(name).unwrap()).collect();
    let script = Script { cancel_at: Some(length), ..Script::default() };
    let (buffer, changes) = (OutputBuffer::default(), RefCell::new(Vec::new()));
    let outcome = run_script(script, daemon, async |io| {
        let begin = io.now();
        let mut watch = pin!(watch(io, &names, IDLE, &buffer));
        poll_fn(|context| {
            let polled = watch.as_mut().poll(context);
            let mut taken = VecDeque::new();
            buffer.drain_into(&mut taken);
            let at = (io.now() - begin).as_millis();
            changes.borrow_mut().extend(taken.iter().map(|change| format!("{at}: {}", words(change))));
            polled
        })
        .await
    });
    Told { changes: changes.into_inner(), outcome }
}

/// What a daemon with these services says.
fn answer(services: &[(&str, &str, i32)], line: &str) -> Answer {
    let found = |name: &str| services.iter().find(|(known, ..)| *known == name);
    Answer::Reply(match line.split_once(' ') {
        None => {
            let states: Vec<_> =
                services.iter().map(|(name, state, _)| format!("{name:?}:{state:?}")).collect();
            format!(r#"{{"state":"ok","body":{{{}}}}}"#, states.join(","))
        }
        Some((_, name)) => match found(name) {
            Some((name, state, pid)) => format!(
                r#"{{"state":"ok","body":{{"name":{name:?},"pid":{pid},"state":{state:?},"target":"Up","after":{{}}}}}}"#
            ),
            None => refusal(&format!("service name {name:?} unknown")),
        },
    })
}

#[test]
fn what_appears_changes_and_is_forgotten_is_told_once() {
    let told = watch_for(ms(900), &[], |now, line: &str| match now.as_millis() {
        0..300 => answer(&[("db", "Running", 7), ("web", "Blocked", 0)], line),
        300..600 => answer(&[("db", "Running", 7), ("new", "Spawned", 9), ("web", "Running", 8)], line),
        _ => answer(&[("new", "Spawned", 9), ("web", "Running", 8)], line),
    });
    assert_eq!(
        told.words(),
        [
            r#""db" Appeared - > Running 7 Up"#,
            r#""web" Appeared - > Blocked 0 Up"#,
            r#""new" Appeared - > Spawned 9 Up"#,
            r#""web" State Blocked > Running 8 Up"#,
            r#""db" Forgotten Running > - 0 Unknown"#,
        ]
    );
    assert!(matches!(told.outcome.result.unwrap_err().kind(), ErrorKind::Cancelled));
}

#[test]
fn only_the_services_that_were_named_are_told_of() {
    let told = watch_for(ms(100), &["web", "db"], |_, line: &str| {
        answer(&[("db", "Running", 7), ("other", "Running", 5), ("web", "Running", 8)], line)
    });
    assert_eq!(told.words(), [r#""db" Appeared - > Running 7 Up"#, r#""web" Appeared - > Running 8 Up"#]);
    assert!(!told.outcome.commands.contains(&"status other".to_owned()));
}

#[test]
fn a_state_that_has_gone_again_and_a_service_that_has_are_not_told() {
    let told = watch_for(ms(200), &[], |now, line: &str| match (now.as_millis(), line) {
        (0..50, "list") => answer(&[("gone", "Running", 9), ("web", "Running", 7)], line),
        (_, "list") => answer(&[("gone", "Running", 9), ("web", "Blocked", 0)], line),
        _ => answer(&[("web", "Running", 7)], line),
    });
    assert_eq!(told.words(), [r#""web" Appeared - > Running 7 Up"#]);
    // It is asked for anew in each round.
    assert!(told.outcome.commands.iter().filter(|command| *command == "status gone").count() > 1);
}

#[test]
fn a_service_whose_name_cannot_be_sent_is_told_of_as_the_list_does() {
    let told = watch_for(ms(100), &[], |_, line: &str| {
        assert_eq!(line, "list");
        Answer::Reply(r#"{"state":"ok","body":{"a\nb":"Running"}}"#.to_owned())
    });
    assert_eq!(told.words(), [r#""a\nb" Appeared - > Running 0 Unknown"#]);
}

#[test]
fn a_daemon_that_is_gone_and_comes_back_is_told_once_each() {
    for gone in [Answer::NotRunning, Answer::Closes, Answer::Mute] {
        let told = watch_for(Duration::from_secs(120), &[], |now, line: &str| match now.as_secs() {
            0..10 => answer(&[("web", "Running", 7)], line),
            10..40 => gone.clone(),
            _ => answer(&[("web", "Running", 8), ("x", "Running", 9)], line),
        });
        assert_eq!(
            told.words(),
            [
                r#""web" Appeared - > Running 7 Up"#,
                r#""the daemon" DaemonLost - > - 0 Unknown"#,
                r#""the daemon" DaemonBack - > - 0 Unknown"#,
                r#""x" Appeared - > Running 9 Up"#,
            ],
            "{gone:?}"
        );
    }
}

#[test]
fn what_a_round_has_seen_before_the_daemon_was_lost_is_told_before_that() {
    let services = [("a", "Running", 7), ("b", "Running", 8)];
    let told = watch_for(ms(2000), &[], |now, line: &str| match (now.as_millis(), line) {
        (0..1000, "status b") => Answer::Closes,
        _ => answer(&services, line),
    });
    assert_eq!(
        told.words(),
        [
            r#""a" Appeared - > Running 7 Up"#,
            r#""the daemon" DaemonLost - > - 0 Unknown"#,
            r#""the daemon" DaemonBack - > - 0 Unknown"#,
            r#""b" Appeared - > Running 8 Up"#,
        ]
    );
}

#[test]
fn what_no_later_round_can_mend_ends_the_watch_behind_what_was_seen() {
    let told = watch_for(ms(2000), &[], |_, line: &str| match line {
        "status b" => Answer::Reply("hello".to_owned()),
        _ => answer(&[("a", "Running", 7), ("b", "Running", 8)], line),
    });
    assert_eq!(told.words(), [r#""a" Appeared - > Running 7 Up"#]);
    let error = told.outcome.result.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Protocol { .. }), "{error}");
    assert!(error.to_string().starts_with("cannot watch the services: "), "{error}");
}

#[test]
fn a_list_that_fails_because_services_are_forgotten_is_asked_for_again() {
    let told = watch_for(ms(500), &[], |now, line: &str| match (now.as_millis(), line) {
        (0..200, "list") => Answer::Reply(refusal(r#"service name "x" unknown"#)),
        _ => answer(&[("web", "Running", 7)], line),
    });
    assert_eq!(told.words(), [r#""web" Appeared - > Running 7 Up"#]);
}

#[test]
fn it_looks_often_while_something_moves_and_seldom_while_nothing_does() {
    let told = watch_for(Duration::from_secs(60), &[], |now, line: &str| {
        let state = if now.as_secs() < 30 { "Running" } else { "Success" };
        answer(&[("web", state, 7)], line)
    });
    let looks = told.looks();
    let changed = looks.iter().position(|look| *look >= Duration::from_secs(30)).unwrap();
    for (index, pair) in looks.windows(2).enumerate() {
        let since = pair[0].saturating_sub(if index < changed { Duration::ZERO } else { looks[changed] });
        let pause = pair[1].saturating_sub(pair[0]);
        assert_eq!(pause, (since / 10).clamp(ms(20), IDLE), "at {:?}", pair[0]);
    }
    let at = looks[changed].as_millis();
    assert_eq!(told.changes[1..], [format!(r#"{at}: "web" State Running > Success 7 Up"#)]);
}

#[test]
fn a_daemon_that_takes_its_time_is_asked_for_a_fifth_of_it() {
    let took = ms(400);
    let told = watch_for(Duration::from_secs(20), &[], |_, line: &str| {
        Answered(answer(&[("web", "Running", 7)], line), took)
    });
    let looks = told.looks();
    // The first round asks for the status, too.
    assert_eq!(looks[1].saturating_sub(looks[0]), took * 2 * 5);
    assert_eq!(looks[2].saturating_sub(looks[1]), took * 5);
}

/// How often others go on while a list of so many services is watched, of which none is asked for.
fn turns_of_others(services: usize) -> usize {
    let states: Vec<_> = (0..services).map(|number| format!(r#""s{number:05}":"Running""#)).collect();
    let list = format!(r#"{{"state":"ok","body":{{{}}}}}"#, states.join(","));
    let script = Script { cancel_at: Some(ms(1)), ..Script::default() };
    let (names, buffer, polls) = ([Name::new("web").unwrap()], OutputBuffer::default(), Cell::new(0));
    let outcome = run_script(
        script,
        |_, _| list.clone(),
        async |io| {
            let mut watch = pin!(watch(io, &names, IDLE, &buffer));
            poll_fn(|context| {
                polls.set(polls.get() + 1);
                watch.as_mut().poll(context)
            })
            .await
        },
    );
    assert_eq!(outcome.commands, ["list"]);
    polls.get()
}

#[test]
fn others_go_on_behind_each_8192_services_of_a_list() {
    const MOST: usize = 1 << 13;
    let few = turns_of_others(2);
    assert_eq!(turns_of_others(MOST - 1), few);
    // One to look at them, and one to free them.
    assert_eq!(turns_of_others(MOST), few + 1);
    assert_eq!(turns_of_others(MOST + 1), few + 2);
    assert_eq!(turns_of_others(2 * MOST - 1), few + 2);
    assert_eq!(turns_of_others(2 * MOST + 1), few + 4);
}
