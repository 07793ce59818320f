//! The command line.

#![allow(clippy::unwrap_used)]

use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_zinit-testbed")).args(arguments).output().unwrap()
}

#[test]
fn the_version_is_that_of_the_daemon_that_is_played() {
    for (arguments, version) in [
        (&["-V"][..], "zinit v0.2.14\n"),
        (&["--version"], "zinit v0.2.14\n"),
        (&["--protocol", "line", "-V"], "zinit v0.2.14\n"),
        (&["--protocol", "jsonrpc", "-V"], "zinit v0.2.28\n"),
        (&["-V", "--protocol", "jsonrpc", "--errors", "0.2.27"], "zinit v0.2.27\n"),
    ] {
        let output = run(arguments);
        assert!(output.status.success(), "{arguments:?}");
        assert_eq!(String::from_utf8(output.stdout).unwrap(), version, "{arguments:?}");
    }
}

#[test]
fn json_rpc_has_no_default_socket() {
    let output = run(&["--protocol", "jsonrpc", "init", "--container"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("--socket SOCKET"));
}

#[test]
fn wrong_arguments_are_status_2() {
    for arguments in [
        &[][..],
        &["list"],
        &["init"],
        &["--protocol", "other", "-V"],
        &["--errors", "0.2.14", "-V"],
        &["load"],
    ] {
        assert_eq!(run(arguments).status.code(), Some(2), "{arguments:?}");
    }
}
