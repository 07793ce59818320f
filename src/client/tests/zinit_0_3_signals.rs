//! Signals on zinit 0.3: which process they reach, and when.

use std::time::Duration;

use super::zinit_0_3::{INACTIVE, OK, Operation, RUNNING, STOPPED, changes, detail, name, run};
use crate::client::{Io, control};
use crate::error::{ErrorKind, Result};
use crate::model::Signal;

#[test]
fn a_service_without_a_process_is_never_signalled() {
    for (state, sent) in [(r#"{"pid":0,"state":"running"}"#, false), (INACTIVE, false), (RUNNING, true)] {
        let daemon = |_, request: &str| {
            if request.starts_with("service.status") { detail("web", state) } else { OK.to_owned() }
        };
        let outcome =
            run(daemon, async |io| control::kill(io, &name("web"), Signal::parse("SIGHUP").unwrap()).await);
        assert_eq!(changes(&outcome), if sent { vec!["service.kill web SIGHUP"] } else { vec![] });
        match outcome.result {
            Ok(()) => assert!(sent),
            Err(error) => assert!(matches!(error.kind(), ErrorKind::ServiceDown { .. }), "{error}"),
        }
    }
}

/// What the daemon says of a process whose group is not there yet, or is gone.
const NO_GROUP: &str = "error -32603 signal error for service '' (signal SIGHUP): ESRCH: No such process";

async fn hang_up(io: Io<'_>) -> Result<()> {
    control::kill(io, &name("web"), Signal::parse("SIGHUP").unwrap()).await
}

#[test]
fn a_process_that_has_no_group_yet_is_told_again() {
    let stop: Operation = |io| Box::pin(async move { control::stop(io, &name("web")).await });
    for (operation, told) in
        [(stop, "service.stop web"), (|io| Box::pin(hang_up(io)), "service.kill web SIGHUP")]
    {
        let mut refusals = 2;
        let daemon = |_, request: &str| {
            if request != told {
                return detail("web", RUNNING);
            }
            refusals -= 1;
            if refusals >= 0 { NO_GROUP } else { OK }.to_owned()
        };
        let outcome = run(daemon, async |io| operation(io).await);
        outcome.result.as_ref().unwrap();
        assert_eq!(changes(&outcome), [told; 3]);
    }
}

#[test]
fn a_signal_reaches_no_process_that_came_after_the_one_it_was_for() {
    for after in [STOPPED, r#"{"pid":8,"state":"running"}"#] {
        let mut has_ended = false;
        let daemon = |_, request: &str| {
            if request == "service.kill web SIGHUP" {
                has_ended = true;
                return NO_GROUP.to_owned();
            }
            detail("web", if has_ended { after } else { RUNNING })
        };
        let outcome = run(daemon, hang_up);
        let error = outcome.result.as_ref().unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::ServiceDown { .. }), "{error}");
        assert_eq!(changes(&outcome), ["service.kill web SIGHUP"], "{after}");
    }
}

#[test]
fn a_process_that_never_gets_a_group_is_down() {
    let daemon = |_, request: &str| {
        if request == "service.kill web SIGHUP" { NO_GROUP.to_owned() } else { detail("web", RUNNING) }
    };
    let outcome = run(daemon, hang_up);
    let error = outcome.result.as_ref().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ServiceDown { .. }), "{error}");
    assert!(outcome.elapsed < Duration::from_secs(1), "{:?}", outcome.elapsed);
}
