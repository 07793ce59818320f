//! Definitions on zinit 0.3: what is left where one is put in the place of another one.

use std::time::Duration;

use super::zinit_0_3::{OK, STOPPED, UNKNOWN, changes, detail, list, name, run};
use crate::client::{Io, Timeout, definitions, queries, waits};
use crate::error::{ErrorKind, Result};
use crate::model::Service;

const OLD: &str = r#"{"service":{"class":"user","exec":"old","name":"web"}}"#;
const REFUSAL: &str = "error -32013 Executable not found: sleep";

/// A daemon whose only service is web, which has stopped. It refuses the program `sleep` if it is to.
fn daemon(refuses: bool) -> impl FnMut(Duration, &str) -> String {
    let mut is_there = true;
    move |_, request| match request.split_once(' ').unwrap_or((request, "")) {
        ("service.list_full", _) => list(if is_there { &[("web", STOPPED)] } else { &[] }),
        ("service.set", definition) if refuses && definition.contains("sleep") => REFUSAL.to_owned(),
        ("service.set", _) => {
            is_there = true;
            r#"{"name":"web","path":"x","warnings":[]}"#.to_owned()
        }
        ("debug.state", _) => r#"{"output":""}"#.to_owned(),
        (_, _) if !is_there => UNKNOWN.to_owned(),
        ("service.get", _) => OLD.to_owned(),
        ("service.status_full", _) => detail("web", STOPPED),
        ("service.delete", _) => {
            is_there = false;
            OK.to_owned()
        }
        _ => OK.to_owned(),
    }
}

type Operation = fn(Io<'_>) -> std::pin::Pin<Box<dyn Future<Output = Result<()>> + '_>>;

fn replacing() -> [(&'static str, Operation); 2] {
    fn definition() -> Service {
        Service::from_yaml(b"exec: sleep 9\n").unwrap()
    }
    let add: Operation =
        |io| Box::pin(async move { definitions::add_service(io, &name("web"), &definition()).await });
    let deploy: Operation = |io| {
        Box::pin(async move {
            waits::deploy(io, &name("web"), &definition(), Timeout::Unlimited, Timeout::NONE).await
        })
    };
    [("add", add), ("deploy", deploy)]
}

#[test]
fn the_definition_of_the_daemon_is_put_in_force_again() {
    let outcome = run(daemon(false), async |io| {
        waits::reload(io, &name("web"), Timeout::Unlimited, Timeout::NONE).await
    });
    outcome.result.as_ref().unwrap();
    let changes = changes(&outcome);
    assert_eq!(changes[..2], ["service.stop web", "service.delete web"]);
    assert!(changes[2].starts_with("service.set ") && changes[2].contains(r#""exec":"old""#), "{changes:?}");
    assert_eq!(changes.len(), 3);
}

#[test]
fn a_definition_that_the_daemon_refuses_leaves_the_old_one() {
    for (what, operation) in replacing() {
        let outcome = run(daemon(true), async |io| operation(io).await);
        let error = outcome.result.as_ref().expect_err(what);
        assert!(matches!(error.kind(), ErrorKind::ConfigRefused { .. }), "{what}: {error}");
        assert!(error.to_string().contains("the old one was put back"), "{what}: {error}");
        assert_eq!(changes(&outcome).last(), Some(&format!("service.set {OLD}").as_str()), "{what}");
    }
}

#[test]
fn the_status_tells_once_what_a_service_runs_after() {
    let dependency = |kind: &str, name: &str| {
        format!(r#"{{"dep_type":"{kind}","name":"{name}","satisfied":true,"state":{STOPPED}}}"#)
    };
    let all =
        [("after", "db"), ("wants", "net"), ("requires", "db")].map(|(kind, name)| dependency(kind, name));
    let daemon = |_, _: &str| detail("web", STOPPED).replace("[]", &format!("[{}]", all.join(",")));
    let status = run(daemon, async |io| queries::status(io, &name("web")).await).result.unwrap();
    let after: Vec<_> = status.after.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(after, ["db", "net"]);
}
