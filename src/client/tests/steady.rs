//! Up means that it stays up, and a start that is never sent twice.

use std::time::Duration;

use super::groups::{all, numbered};
use super::runner::{
    Runner, Scripted, World, assert_kind, deploy, everywhere, reload, restart, restart_multiple, start,
    start_multiple,
};
use super::simulation::{BEGIN, Character, End, MISSING, SERVICE, ms, oneshot, stops, us};
use crate::client::{Timeout, groups};
use crate::config_directory::ConfigDirectory;
use crate::driver::scripted::{Answer, Answered, Script, run_script};
use crate::error::ErrorKind;
use crate::model::Name;

everywhere![
    a_service_that_runs_for_the_steady_time_is_up,
    a_oneshot_whose_old_process_still_ends_runs_once_more
];

const STEADY: Duration = ms(250);

/// Spawned again and again, for it ends after a time, and then with 1.
const fn crashing(lives: Duration) -> Character {
    Character { lives: Some((lives, End::Exit(1))), ..SERVICE }
}

fn a_service_that_runs_for_the_steady_time_is_up(runner: &dyn Runner) {
    let world = World::new(&[("web", SERVICE)]).steady(ms(30));
    for call in
        [start_multiple(&["web"], 5000), deploy("web", "exec: new\n", 0, 5000), reload("web", 0, 5000)]
    {
        let ending = runner.run(&world, &call);
        ending.ok();
        assert!(ending.elapsed >= ms(30), "{:?}", ending.elapsed);
    }
    let world = World::monitored(&[("web", SERVICE)]).steady(ms(30));
    for call in [start("web", 5000), restart("web", 0, 5000), restart_multiple(&["web"], 0, 5000)] {
        let ending = runner.run(&world, &call);
        ending.ok();
        assert!(ending.elapsed >= ms(30), "{:?}", ending.elapsed);
    }
}

#[test]
fn a_service_that_ends_before_it_was_steady_is_never_up() {
    for latency in [us(0), us(60), ms(1), ms(30)] {
        for lives in [us(1), ms(1), ms(30), ms(200), ms(249)] {
            for timeout in (1000..9000).step_by(677) {
                let world = World::new(&[("web", crashing(lives))]).latency(latency).steady(STEADY);
                for call in [
                    start_multiple(&["web"], timeout),
                    deploy("web", "exec: new\n", 0, timeout),
                    reload("web", 0, timeout),
                ] {
                    let ending = Scripted.run(&world, &call);
                    assert_kind!(ending.error(), ErrorKind::Timeout { .. });
                }
            }
        }
    }
}

#[test]
fn a_list_tells_that_many_are_steady() {
    let names = numbered(100);
    for latency in [us(60), ms(1), ms(5)] {
        let new = World::new(&all(&names, SERVICE)).latency(latency).steady(STEADY);
        let ending = Scripted.run(&new, &start_multiple(&names, 20_000));
        ending.ok();
        // The first look and the one when the time is over; and a few were not Running by the first one.
        assert!(ending.count("list") <= 3 && ending.count("status") <= 8, "{:?}", ending.commands);
        let told = ending.times[99].1;
        assert!(ending.elapsed >= told + STEADY, "{:?} {told:?}", ending.elapsed);

        let monitored = World::monitored(&all(&names, SERVICE)).latency(latency).steady(STEADY);
        let ending = Scripted.run(&monitored, &start_multiple(&names, 20_000));
        ending.ok();
        // A status before each start.
        assert_eq!([ending.count("start"), ending.count("status")], [100, 100], "{latency:?}");
        assert!(ending.count("list") <= 2, "{:?}", ending.commands);
    }
}

#[test]
fn one_of_many_that_ends_before_it_was_steady_is_never_up() {
    let names = numbered(20);
    for latency in [us(0), us(60), ms(1), ms(30)] {
        for lives in [us(1), ms(1), ms(30), ms(200), ms(249)] {
            for timeout in (3000..9000).step_by(977) {
                let mut services = all(&names, SERVICE);
                services[7].1 = crashing(lives);
                let world = World::new(&services).latency(latency).steady(STEADY);
                let ending = Scripted.run(&world, &start_multiple(&names, timeout));
                let failed: Vec<_> =
                    ending.report.failures().map(|(row, _)| row.name.as_str().to_owned()).collect();
                assert_eq!(failed, ["s007"], "{latency:?} {lives:?} {timeout}");
            }
        }
    }
}

#[test]
fn many_that_crash_are_never_up() {
    let names = numbered(20);
    for latency in [us(0), us(60), ms(1), ms(30), ms(400)] {
        for lives in [us(1), ms(100), ms(249), ms(600)] {
            let steady = if lives < STEADY { STEADY } else { ms(2900) };
            let world = World::new(&all(&names, crashing(lives))).latency(latency).steady(steady);
            let ending = Scripted.run(&world, &start_multiple(&names, 20_000));
            assert_eq!(ending.report.failures().count(), 20, "{latency:?} {lives:?}");
        }
    }
}

#[test]
fn many_that_run_for_a_long_steady_time_are_up() {
    // Between two looks the daemon could have spawned another process: the status tells.
    let names = numbered(20);
    let world = World::new(&all(&names, SERVICE)).latency(ms(1)).steady(ms(5000));
    let ending = Scripted.run(&world, &start_multiple(&names, 60_000));
    ending.ok();
    assert!(ending.elapsed >= ms(5000) && ending.count("status") > 0, "{:?}", ending.elapsed);
}

#[test]
fn a_running_that_was_there_before_the_start_of_many_is_not_up() {
    // The word has stayed when the process ended, and nothing spawns the service any more.
    let names = numbered(20);
    let stale = Character { stale_state: Some("Running"), ..SERVICE };
    let mut world = World::monitored(&all(&names, stale));
    for name in &names {
        world = world.before(ms(100), &format!("stop {name}"));
        world = world.with(|simulation| simulation.change(name, MISSING));
    }
    let ending = Scripted.run(&world, &start_multiple(&names, 4000));
    assert_eq!(ending.report.failures().count(), 20);
}

#[test]
fn the_time_that_a_list_lies_unread_does_not_count_for_a_process() {
    let names = numbered(20);
    for unread in [ms(1), ms(240), ms(300), ms(1000), ms(1800), ms(2100)] {
        for in_time in 0..4 {
            let world = World::new(&all(&names, crashing(ms(150))));
            let (mut simulation, mut looks) = (world.simulation.clone(), 0);
            let daemon = |now, line: &str| {
                looks += usize::from(line == "list");
                let took = if line == "list" && looks > in_time { unread } else { ms(0) };
                Answered(simulation.handle(BEGIN + now, line), took)
            };
            let directory = ConfigDirectory::new(world.directory.path());
            let script = Script { steady: STEADY, directory, ..Script::default() };
            let names: Vec<_> = names.iter().map(|name| Name::new(name).unwrap()).collect();
            let timeout = Timeout::from_milliseconds(9000).unwrap();
            let outcome =
                run_script(script, daemon, async |io| groups::start_multiple(io, &names, timeout).await);
            assert_eq!(outcome.report.failures().count(), 20, "{unread:?} {in_time}: {:?}", outcome.report);
        }
    }
}

#[test]
fn the_time_that_a_reply_lies_unread_does_not_count_for_a_process() {
    // `late` is never up, and so `web` is looked at before its steady time is over.
    let late = Character { up_after: None, ..SERVICE };
    for unread in [ms(1), ms(100), ms(240), ms(300), ms(1000)] {
        for in_time in 1..9 {
            let world = World::new(&[("web", crashing(ms(150))), ("late", late)]);
            let (mut simulation, mut looks) = (world.simulation.clone(), 0);
            let daemon = |now, line: &str| {
                looks += usize::from(line == "status web");
                let took = if line == "status web" && looks > in_time { unread } else { ms(0) };
                Answered(simulation.handle(BEGIN + now, line), took)
            };
            let directory = ConfigDirectory::new(world.directory.path());
            let script = Script { steady: STEADY, directory, ..Script::default() };
            let names = ["web", "late"].map(|name| Name::new(name).unwrap());
            let timeout = Timeout::from_milliseconds(5000).unwrap();
            let outcome =
                run_script(script, daemon, async |io| groups::start_multiple(io, &names, timeout).await);
            assert_eq!(outcome.report.failures().count(), 2, "{unread:?} {in_time}: {:?}", outcome.report);
        }
    }
}

#[test]
fn a_service_in_a_crash_loop_that_is_started_is_never_up() {
    for lives in [ms(1), ms(200)] {
        for earlier in (0..4000).step_by(97) {
            let world = World::new(&[("web", crashing(lives))]).before(ms(earlier), "monitor web");
            let ending = Scripted.run(&world.steady(STEADY), &start("web", 3000));
            assert_kind!(ending.error(), ErrorKind::Timeout { .. });
        }
    }
}

#[test]
fn no_steady_time_is_up_at_the_first_running() {
    let world = World::new(&[("web", crashing(ms(200)))]);
    let ending = Scripted.run(&world, &start_multiple(&["web"], 5000));
    ending.ok();
    assert!(ending.elapsed < ms(10));
}

#[test]
fn a_test_that_has_passed_needs_no_steady_time() {
    let world = World::new(&[("web", Character { up_after: Some(ms(20)), ..SERVICE })]).steady(STEADY);
    let ending = Scripted.run(&world, &deploy("web", "exec: new\ntest: check\n", 0, 5000));
    ending.ok();
    assert!(ending.elapsed < ms(30), "{:?}", ending.elapsed);
}

#[test]
fn a_process_that_runs_at_the_deadline_counts_where_the_timeout_comes_first() {
    let world = World::new(&[("web", SERVICE)]).steady(STEADY);
    let ending = Scripted.run(&world, &start_multiple(&["web"], 100));
    ending.ok();
    assert_eq!(ending.elapsed, ms(100));
}

#[test]
fn the_timeout_of_a_crash_loop_says_how_often_and_how_it_ended() {
    let world = World::new(&[("web", crashing(ms(100)))]).steady(STEADY);
    let ending = Scripted.run(&world, &deploy("web", "exec: new\n", 0, 7000));
    assert_eq!(
        ending.error().to_string().replace("1003", "PID"),
        "cannot deploy \"web\": cannot start it: timed out after 7000 ms: it is Error(Exited(Pid(PID), 1)), its process \
         has ended 4 times since the start, the last time with exit code 1; look at its log"
    );
}

#[test]
fn the_timeout_of_a_blocked_service_names_what_it_waits_for() {
    let late = Character { up_after: None, ..SERVICE };
    let web = Character { after: &["db", "ghost"], ..SERVICE };
    let world = World::monitored(&[("db", late), ("web", web)]);
    let ending = Scripted.run(&world, &start("web", 500));
    let text = ending.error().to_string();
    assert!(text.ends_with("it is Blocked, it waits for \"db\" (Spawned), \"ghost\" (Unknown)"), "{text}");
}

#[test]
fn a_service_that_is_called_blocked_though_its_process_lives_is_told_as_such() {
    let status = r#"{"state":"ok","body":{"after":{"db":"Running"},"name":"web","pid":PID,"state":"Blocked","target":"Up"}}"#;
    for (pid, expected) in
        [("7", "but its process 7 lives: the daemon has lost track"), ("0", "what it runs after is up")]
    {
        let reply = status.replace("PID", pid);
        let world = World::monitored(&[("web", SERVICE)]);
        let world = world.fault(ms(0), super::simulation::Fault::Says(Box::leak(reply.into_boxed_str())));
        let text = Scripted.run(&world, &start("web", 500)).error().to_string();
        assert!(text.contains(expected) && text.contains("restart the daemon"), "{text}");
    }
}

#[test]
fn the_timeout_where_the_file_cannot_be_read_names_the_file_and_the_option() {
    let world = World::monitored(&[("web", Character { up_after: None, ..SERVICE })]).without_files();
    let text = Scripted.run(&world, &start("web", 500)).error().to_string();
    assert!(text.contains("/nowhere/web.yaml"), "{text}");
    assert!(text.contains("set the directory of the service files"), "{text}");
}

fn a_oneshot_whose_old_process_still_ends_runs_once_more(runner: &dyn Runner) {
    let job = Character { on_stop: Some((ms(40), End::Exit(0))), ..oneshot(ms(60_000), End::Exit(0)) };
    let world = World::monitored(&[("job", job)]).before(us(1), "stop job");
    let world = world.with(|simulation| simulation.change("job", oneshot(ms(5), End::Exit(0))));
    for call in [start("job", 5000), start_multiple(&["job"], 5000)] {
        let ending = runner.run(&world, &call);
        ending.ok();
        assert_eq!(ending.count("start"), 1);
        assert_eq!(ending.spawned("job"), 2);
    }
}

#[test]
fn no_start_is_ever_sent_twice_however_late_each_reply_is() {
    for latency in [us(60), ms(1), ms(5), ms(30), ms(60)] {
        for ends in (0..200).step_by(7) {
            let job =
                Character { on_stop: Some((ms(ends), End::Exit(0))), ..oneshot(ms(60_000), End::Exit(0)) };
            let world = World::monitored(&[("job", job)]).before(ms(50), "stop job").latency(latency);
            let world = world.with(|simulation| simulation.change("job", oneshot(ms(5), End::Exit(0))));
            let ending = Scripted.run(&world, &start("job", 5000));
            ending.ok();
            assert_eq!(ending.count("start"), 1);
            assert_eq!(ending.spawned_later("job", ms(1000)), 2, "{latency:?} {ends}");
        }
    }
}

#[test]
fn a_file_that_cannot_be_read_for_want_of_anything_is_an_error_of_the_call() {
    for os_errno in [libc::EMFILE, libc::ENFILE, libc::ENOMEM, libc::EIO] {
        let script = Script {
            files: match os_errno {
                libc::EMFILE => |_| (Duration::ZERO, Some(failing(libc::EMFILE))),
                libc::ENFILE => |_| (Duration::ZERO, Some(failing(libc::ENFILE))),
                libc::ENOMEM => |_| (Duration::ZERO, Some(failing(libc::ENOMEM))),
                _ => |_| (Duration::ZERO, Some(failing(libc::EIO))),
            },
            ..Script::default()
        };
        let name = crate::model::Name::new("web").unwrap();
        let nobody = |_: Duration, _: &str| -> Answered { Answer::Mute.into() };
        let timeout = crate::client::Timeout::from_milliseconds(1000).unwrap();
        let outcome = run_script(script.clone(), nobody, async |io| {
            crate::client::waits::start_wait(io, &name, timeout).await
        });
        let error = outcome.result.unwrap_err();
        assert_kind!(&error, ErrorKind::FileIo { .. });
        assert_eq!(error.kind().os_errno(), os_errno);

        let list = |_: Duration, _: &str| r#"{"state":"ok","body":{"web":"Running"}}"#.to_owned();
        let mut filter = crate::model::Filter::new();
        filter.with_exec(crate::model::Text::lossy("web"));
        let outcome = run_script(script, list, async |io| crate::client::matches::matches(io, &filter).await);
        assert_kind!(&outcome.result.unwrap_err(), ErrorKind::FileIo { .. });
    }
}

fn failing(os_errno: i32) -> ErrorKind {
    ErrorKind::FileIo {
        what: "read",
        path: "x".to_owned(),
        reason: "it was made to fail".to_owned(),
        os_errno,
    }
}

#[test]
fn a_slow_disk_takes_no_time_from_the_grace_of_a_stop() {
    // Two seconds to write the new file, and three of four to stop: it is not killed.
    let mut world = World::monitored(&[("web", stops(ms(3000), End::Exit(0)))]);
    world.files = |_| (Duration::from_secs(2), None);
    let ending = Scripted.run(&world, &deploy("web", "exec: new\n", 4000, 20_000));
    ending.ok();
    assert!(!ending.row(0).killed);
    assert_eq!(ending.count("kill"), 0);
}
