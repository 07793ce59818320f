//! States and versions: what is read as the Go package reads it.

// A test may fail by any of these, and so may what it calls.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{table, unquote};
use zinit_client::model::{DaemonVersion, State};

/// Versions that are compared otherwise than Go's semver compares them, and why.
const COMPARED_OTHERWISE: [(&str, &str); 1] = [(
    "0.2.9-1-gabc",
    "a build behind a release has all that the release has, though semver sorts it before",
)];

fn text(literal: &str) -> String {
    String::from_utf8(unquote(literal)).unwrap()
}

#[test]
fn states_are_read_as_the_go_package_reads_them() {
    let rows = table(include_str!("tables/state.txt"));
    assert_eq!(rows.len(), 19);
    for (state, expected) in rows {
        let read = State::parse(&text(state));
        match expected.split_once('\t') {
            Some((lower, exited)) => {
                let read = read.unwrap();
                // The Go package keeps the text in lower case, this library as it was received.
                assert_eq!(read.text().as_str(), text(state));
                assert_eq!(read.text().as_str().to_lowercase(), text(lower));
                assert_eq!(read.exited().to_string(), exited, "{state}");
            }
            None => assert!(read.is_none(), "{state}"),
        }
    }
}

#[test]
fn versions_are_read_as_the_go_package_reads_them() {
    let rows = table(include_str!("tables/semver.txt"));
    assert_eq!(rows.len(), 12);
    let mut differences = Vec::new();
    for (version, expected) in rows {
        let version = text(version);
        let read = DaemonVersion::parse(&version);
        let Some((same, is_below)) = expected.split_once('\t') else {
            assert_eq!(read, None, "{version}");
            continue;
        };
        let read = read.unwrap();
        assert_eq!(read.text.as_str(), text(same));
        if (read.numbers < DaemonVersion::SHUTDOWN).to_string() != is_below {
            differences.push(version);
        }
    }
    assert_eq!(differences, COMPARED_OTHERWISE.map(|(version, _)| version));
}

const DAEMONS: &str = include_str!("../docs/daemons.md");

#[test]
fn the_manual_says_since_which_version_as_the_library_takes_it() {
    for (since, what) in
        [(DaemonVersion::SHUTDOWN, "`shutdown`"), (DaemonVersion::LOG_SNAPSHOT, "`log snapshot`")]
    {
        let (major, minor, patch) = since;
        let row = format!("| {major}.{minor}.{patch} | ");
        let row = DAEMONS.lines().find(|line| line.starts_with(&row)).unwrap();
        assert!(row.contains(what), "{row}");
    }
}

#[test]
fn the_versions_that_the_tests_pass_on_are_the_same_everywhere() {
    let makefile = include_str!("../Makefile");
    let (_, manual) = DAEMONS.split_once("The test suites pass on zinit ").unwrap();
    let (versions, _) = manual.split_once(". ").unwrap();
    assert!(makefile.contains(&format!("they pass on {versions}'")), "{versions}");
}
