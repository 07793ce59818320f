//! Looking at services again and again until each is where it should be.

use std::time::{Duration, Instant};

use super::queries::{self, is_unknown, of_service};
use super::wait::Wait;
use super::{Outcome, control};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Name, State, Status};

/// Knows one service's end when it sees it.
pub(super) trait Judge {
    /// What is being done, for messages: `stop`.
    const VERB: &'static str;

    /// From its state alone, which is all that a list tells: whether its status is worth asking for.
    fn could_be_there(&mut self, state: &State) -> bool;

    /// From its status.
    fn judge(&mut self, now: Instant, is_last_look: bool, status: &Status) -> Verdict;

    /// The daemon does not know it any more.
    fn judge_unknown(&mut self, error: Error) -> Verdict;

    /// Why it is not there yet, once the time is up.
    fn describe(&self, state: &State) -> String;
}

/// What a status means.
pub(super) enum Verdict {
    /// Not there yet.
    Pending,
    /// Not there yet, but it may be so that soon.
    PendingSoon(Duration),
    /// Not there yet, and the daemon has to be told once more to start it.
    PendingStart,
    /// It is where it should be.
    Done,
    /// It will not get there.
    Failed(Error),
}

/// A service that is not there yet.
pub(super) struct Unsettled<J> {
    /// Its row in the report.
    pub(super) index: usize,
    pub(super) name: Name,
    pub(super) judge: J,
}

/// What follows for a service that is where it should be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// Nothing: it is done.
    Done,
    /// More, so it stays under way.
    More,
}

/// Looks until none is left or the time is up; gives those that are left.
///
/// An error is one that ends the whole; one of a single service goes to its row.
pub(super) async fn settle<J: Judge>(
    wait: &Wait<'_>,
    mut unsettled: Vec<Unsettled<J>>,
    then: Then,
) -> Result<Vec<Unsettled<J>>> {
    // Above so many, one list is less work for the daemon than a status for each.
    const ASK_EACH: usize = 8;
    // A list tells neither pid nor target: what shows in them alone is seen after so long, and in the last look.
    const ASK_EACH_AGAIN: Duration = Duration::from_secs(5);
    let mut asked_each = wait.desk().now();
    while !unsettled.is_empty() {
        // First, so that one look falls behind the deadline.
        let is_last_look = wait.is_over();
        let begin = wait.desk().now();
        let has_few = unsettled.len() <= ASK_EACH;
        let ask_each =
            is_last_look || has_few || begin.saturating_duration_since(asked_each) >= ASK_EACH_AGAIN;
        if ask_each {
            asked_each = begin;
        }
        let kind = Look { is_last: is_last_look, ask_each, then };
        let soon = look(wait, &mut unsettled, kind).await.map_err(|error| wait.in_time(error))?;
        if is_last_look || unsettled.is_empty() {
            break;
        }
        let look_took = wait.desk().now().saturating_duration_since(begin);
        wait.pause(look_took, soon).await?;
    }
    Ok(unsettled)
}

/// What kind of look it is.
#[derive(Clone, Copy)]
struct Look {
    /// The time is up.
    is_last: bool,
    /// Asks for the status of each service, not for a list.
    ask_each: bool,
    then: Then,
}

/// One look at each; tells when another one is worth it, where that is soon.
async fn look<J: Judge>(
    wait: &Wait<'_>,
    unsettled: &mut Vec<Unsettled<J>>,
    kind: Look,
) -> Result<Option<Duration>> {
    let desk = wait.desk();
    let list = if kind.ask_each { None } else { Some(queries::list(desk).await?) };
    let mut soon = None;
    let mut left = Vec::with_capacity(unsettled.len());
    for mut service in unsettled.drain(..) {
        let index = service.index;
        if let Some(state) = list.as_ref().and_then(|list| list.state(service.name.as_str())) {
            desk.note(index, |row| row.state = Some(state.clone()));
            if !service.judge.could_be_there(state) {
                left.push(service);
                continue;
            }
        }
        let status = queries::status(desk, &service.name).await;
        let verdict = match for_one(status.map_err(|error| of_service(error, J::VERB, &service.name)))? {
            Ok(status) => {
                let verdict = service.judge.judge(desk.now(), kind.is_last, &status);
                desk.note(index, |row| row.state = Some(status.state));
                verdict
            }
            Err(error) if is_unknown(&error) => service.judge.judge_unknown(error),
            Err(error) => Verdict::Failed(error),
        };
        match verdict {
            Verdict::Pending => left.push(service),
            Verdict::PendingSoon(pause) => {
                soon = Some(pause);
                left.push(service);
            }
            Verdict::PendingStart => match for_one(control::start(desk, &service.name).await)? {
                Ok(()) => left.push(service),
                Err(error) => fail(wait, index, error),
            },
            Verdict::Done if kind.then == Then::Done => desk.note(index, |row| row.outcome = Outcome::Done),
            Verdict::Done => {}
            Verdict::Failed(error) => fail(wait, index, of_service(error, J::VERB, &service.name)),
        }
    }
    *unsettled = left;
    Ok(soon)
}

/// The time is up for those that are left.
pub(super) fn time_out<J: Judge>(wait: &Wait<'_>, unsettled: Vec<Unsettled<J>>) {
    for service in unsettled {
        wait.desk().note(service.index, |row| {
            let unseen = || "it was not seen".to_owned();
            let reason = row.state.as_ref().map_or_else(unseen, |state| service.judge.describe(state));
            let error = of_service(wait.timed_out(reason).into(), J::VERB, &service.name);
            row.fail(error);
        });
    }
}

/// A service that will not get there.
pub(super) fn fail(wait: &Wait<'_>, index: usize, error: Error) {
    wait.desk().note(index, |row| row.fail(error));
}

/// Tells an error of one service, inside, from one that ends the whole, outside.
pub(super) fn for_one<T>(result: Result<T>) -> Result<Result<T>> {
    match result {
        Err(error) if ends_all(error.kind()) => Err(error),
        result => Ok(result),
    }
}

fn ends_all(cause: &ErrorKind) -> bool {
    matches!(
        cause,
        ErrorKind::Cancelled
            | ErrorKind::NotRunning { .. }
            | ErrorKind::Permission { .. }
            | ErrorKind::Io { .. }
            | ErrorKind::NoReply { .. }
            | ErrorKind::Closed
            | ErrorKind::Protocol { .. }
            | ErrorKind::ReplyTooLarge { .. }
            | ErrorKind::Timeout { .. }
            | ErrorKind::Internal { .. }
    )
}
