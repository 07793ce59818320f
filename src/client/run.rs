//! Runs the work of one service or of a group, and keeps the report of it.

use std::fmt::Write;
use std::future::Future;

use super::Io;
use super::progress::{Outcome, Report};
use crate::error::{Error, Result};
use crate::model::Name;

/// Runs the work of one service.
pub(super) async fn run_single(
    io: Io<'_>,
    verb: &str,
    name: &Name,
    work: impl Future<Output = Result<()>>,
) -> Result<()> {
    let progress = io.progress();
    progress.begin(std::slice::from_ref(name));
    let fatal = work.await.err();
    if fatal.is_none() && !progress.has_failed(0) {
        progress.note(0, |row| row.outcome = Outcome::Done);
    }
    progress.end(verb, fatal.as_ref(), |report| {
        report.failures().next().map_or(Ok(()), |(_, error)| Err(error.clone()))
    })
}

/// Runs the work of several services. The failure of the whole is the error that ended the work, or else the
/// first one in the report; it names every service that failed.
pub(super) async fn run_group(
    io: Io<'_>,
    verb: &str,
    names: &[Name],
    work: impl Future<Output = Result<()>>,
) -> Result<()> {
    io.progress().begin(names);
    let fatal = work.await.err();
    io.progress().end(verb, fatal.as_ref(), |report| match (report.failures().next(), &fatal) {
        (None, None) => Ok(()),
        (None, Some(error)) => Err(error.clone()),
        (Some((_, first)), _) if names.len() == 1 => Err(first.clone()),
        (Some((_, first)), fatal) => Err(with_failures(fatal.as_ref().unwrap_or(first), verb, report)),
    })
}

fn with_failures(error: &Error, verb: &str, report: &Report) -> Error {
    let mut failed = String::new();
    for (row, _) in report.failures() {
        let comma = if failed.is_empty() { "" } else { ", " };
        // Writing to a string cannot fail.
        let _ = write!(failed, "{comma}{:?}", row.name.as_str());
    }
    let (count, all) = (report.failures().count(), report.rows().len());
    error.clone().context(format_args!("{verb} {count} of {all} services ({failed})"))
}
