//! Asks for services again and again until each is where it should be.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::deadline::{Deadline, NextLook};
use super::io::later;
use super::known_daemon::KnownDaemon;
use super::shared_list::{Asking, Listed, Seen, Source};
use super::side_by_side::{at_once, side_by_side};
use super::{Io, Outcome, Row, Step, control, definitions, queries};
use crate::error::{Error, Result};
use crate::model::{Name, State, Status};

/// What is awaited of one service.
pub(super) trait Condition: Send + Sync {
    /// What is being done, for messages: `stop`.
    fn verb(&self) -> &'static str;

    /// From its state alone, which is all that a list tells. `None`: only its status tells.
    fn check_listed(&mut self, seen: Seen, state: &State) -> Option<Verdict>;

    /// From its status.
    fn check(&mut self, seen: Seen, is_last_look: bool, status: &Status) -> Verdict;

    /// The daemon does not know it any more.
    fn check_unknown(&mut self, error: Error) -> Verdict;

    /// SIGKILL was sent; or the daemon refused to, in these words.
    fn note_kill(&mut self, _refusal: Option<&str>) {}

    /// Why it is not there yet, once the time is up.
    fn describe(&self, state: &State) -> String;
}

/// What a status means.
pub(super) enum Verdict {
    /// Not there yet.
    Pending,
    /// Not there yet, but it may be so that soon.
    PendingSoon(Duration),
    /// Not there yet: it is to be told to stop once more.
    TellAgain,
    /// It is where it should be.
    Done,
    /// It will not get there.
    Failed(Error),
}

/// A service that is not there yet.
pub(super) struct Pending {
    /// Its row in the report.
    index: usize,
    name: Name,
    // Of any kind, so that the library has the waiting once.
    condition: Box<dyn Condition>,
}

impl Pending {
    /// The service in that row of the report.
    pub(super) fn new(index: usize, name: &Name, condition: impl Condition + 'static) -> Self {
        Self { index, name: name.clone(), condition: Box::new(condition) }
    }

    /// Its row in the report.
    pub(super) fn index(&self) -> usize {
        self.index
    }

    /// Its name.
    pub(super) fn name(&self) -> &Name {
        &self.name
    }

    /// SIGKILL was sent; or the daemon refused to, in these words.
    pub(super) fn note_kill(&mut self, refusal: Option<&str>) {
        self.condition.note_kill(refusal);
    }

    /// Says what was tried.
    fn context(&self, error: Error) -> Error {
        error.service_context(self.condition.verb(), self.name.as_str())
    }
}

/// What follows for a service that is where it should be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum OnReached {
    /// Nothing: it is done.
    Finish,
    /// More, which the caller does: it stays under way.
    Continue,
    /// It is forgotten and its file removed, at once and whatever becomes of the others.
    Destroy,
}

impl OnReached {
    /// A service is where it should be. An error is one that ends the whole.
    pub(super) async fn apply(self, io: Io<'_>, index: usize, name: &Name) -> Result<()> {
        if self == Self::Destroy {
            if let Err(error) = split_fatal(destroy(io.for_row(index), index, name).await)? {
                io.progress().note(index, |row| row.fail(error));
                return Ok(());
            }
        }
        self.note(io, index);
        Ok(())
    }

    /// All that is to be done is done.
    fn note(self, io: Io<'_>, index: usize) {
        match self {
            Self::Continue => io.progress().enter(index, Step::Stopped),
            Self::Finish | Self::Destroy => io.progress().note(index, |row| row.outcome = Outcome::Done),
        }
    }
}

async fn destroy(io: Io<'_>, index: usize, name: &Name) -> Result<()> {
    // The time that was given is that of the stop.
    let io = io.with_limit(None);
    io.progress().enter(index, Step::Forgetting);
    control::forget_if_known(io, name).await?;
    io.progress().note(index, Row::see_unknown);
    io.progress().enter(index, Step::Removing);
    definitions::remove_service(io, name).await
}

/// Looks until none is left or the time is up; gives those that are left.
///
/// An error is one that ends the whole; one of a single service goes to its row.
pub(super) async fn wait_until(
    deadline: &Deadline<'_>,
    pending: Vec<Pending>,
    on_reached: OnReached,
) -> Result<Vec<Pending>> {
    wait_until_left(deadline, pending, 0, on_reached).await
}

/// The same, until not more than so many are left.
pub(super) async fn wait_until_left(
    deadline: &Deadline<'_>,
    mut pending: Vec<Pending>,
    most: usize,
    on_reached: OnReached,
) -> Result<Vec<Pending>> {
    let daemon = deadline.io().daemon();
    let _under_way = daemon.begin_wait();
    let now = || deadline.io().now();
    let mut looks = Looks::new(pending.len(), now());
    while pending.len() > most {
        // First, so that one look falls behind the deadline.
        let is_last = deadline.has_passed();
        let begin = now();
        let list = if is_last || looks.is_each_to_be_asked(pending.len(), daemon, begin) {
            None
        } else {
            match daemon.list.newer_than(looks.seen, begin) {
                Source::Shared(list) => Some(list),
                Source::Ask(asking) => {
                    ask_for_list(deadline.io(), asking).await.map_err(|error| deadline.or_timed_out(error))?
                }
                Source::UnderWay(took) => {
                    deadline.pause_for_list(took).await?;
                    continue;
                }
            }
        };
        let look = Look { is_last, list: list.as_deref(), on_reached };
        let next = poll_once(deadline, &mut pending, look).await;
        let next = next.map_err(|error| deadline.or_timed_out(error))?;
        if is_last || pending.len() <= most {
            break;
        }
        deadline.pause(looks.note(begin, list.as_deref(), next)).await?;
    }
    Ok(pending)
}

/// What a wait remembers from look to look.
struct Looks {
    /// The last look tells of no time before this.
    seen: Instant,
    /// When each service was asked for last; `None`: not yet.
    asked_each: Option<Instant>,
    /// Each is asked for again after so long: a list tells neither pid nor target, and so what shows in them alone is
    /// seen then, and in the last look.
    again: Duration,
    /// A service may be where it should be, and its status tells.
    is_soon: bool,
}

impl Looks {
    /// Above so many services, one list is less work for the daemon than a status for each.
    const ASK_EACH: usize = 8;

    fn new(services: usize, now: Instant) -> Self {
        // Each of a few is asked for first.
        let asked_each = (services > Self::ASK_EACH).then_some(now);
        Self { seen: now, asked_each, again: Duration::ZERO, is_soon: false }
    }

    /// Whether the next look asks for the status of each service, and not for a list.
    fn is_each_to_be_asked(&mut self, services: usize, daemon: &KnownDaemon, now: Instant) -> bool {
        const OF_MANY: Duration = Duration::from_secs(5);
        const SHORTEST: Duration = Duration::from_secs(1);
        const LONGEST: Duration = Duration::from_millis(2500);
        const FOR_EACH_WAIT: Duration = Duration::from_micros(2500);
        let has_few = services <= Self::ASK_EACH;
        let has_company = usize::try_from(daemon.waits()).is_ok_and(|waits| waits > Self::ASK_EACH);
        if has_few && (!has_company || self.is_soon) {
            return true;
        }
        let for_all = FOR_EACH_WAIT.saturating_mul(daemon.all_waits());
        self.again = if has_few { for_all.clamp(SHORTEST, LONGEST) } else { OF_MANY };
        self.asked_each.is_none_or(|asked| now >= later(asked, self.again))
    }

    /// A look is over; gives when the next one is worth it.
    fn note(&mut self, begin: Instant, list: Option<&Listed>, mut next: NextLook) -> NextLook {
        self.is_soon = next.within.is_some();
        match list {
            None => {
                self.asked_each = Some(begin);
                self.seen = begin;
            }
            Some(list) => {
                self.seen = list.seen.asked;
                // By then, whoever asked for this list has asked for the next one and has it.
                let is_of_another = list.seen.asked < begin;
                next.from = is_of_another.then(|| later(list.seen.answered, list.seen.took()));
                next.by = self.asked_each.map(|asked| later(asked, self.again));
            }
        }
        next
    }
}

/// One look at all that are left.
#[derive(Clone, Copy)]
struct Look<'a> {
    /// The time is up.
    is_last: bool,
    /// Absent where the status of each service is to be asked for.
    list: Option<&'a Listed>,
    on_reached: OnReached,
}

/// What is to be done about a service behind a look.
enum Left {
    /// It is looked at again.
    Pending,
    /// The same, soon.
    PendingSoon(Duration),
    TellAgain,
    Destroy,
    /// Its row says what has become of it.
    Nothing,
}

/// Takes one look; tells when the next one is worth it.
async fn poll_once(deadline: &Deadline<'_>, pending: &mut Vec<Pending>, look: Look<'_>) -> Result<NextLook> {
    let io = deadline.io();
    let mut next = NextLook::default();
    let listed = |service: &mut Pending| {
        let verdict = look.list.and_then(|list| check_listed(io, list, service))?;
        Some(note(io, service, verdict, look.on_reached))
    };
    let mut all: Vec<_> = pending.iter_mut().map(listed).collect();
    let unclear: Vec<_> = pending.iter_mut().zip(&mut all).filter(|(_, left)| left.is_none()).collect();
    side_by_side(io, at_once(unclear.len()), unclear.into_iter(), |io, (service, left)| async move {
        *left = check(io, deadline, service, look).await?;
        Ok(())
    })
    .await?;
    let mut still = Vec::with_capacity(pending.len());
    for (service, left) in pending.drain(..).zip(all) {
        let index = service.index;
        match left {
            None => still.push(service),
            Some(Left::Pending) => {
                next.when_due = true;
                still.push(service);
            }
            Some(Left::PendingSoon(pause)) => {
                // All of them at once, for the whole is over when the last one is there.
                next.within = next.within.max(Some(pause));
                still.push(service);
            }
            Some(Left::TellAgain) => {
                let io = io.for_row(index);
                let told =
                    control::stop(io, &service.name).await.map_err(|error| deadline.or_timed_out(error));
                match split_fatal(told)? {
                    Ok(()) => still.push(service),
                    Err(error) => io.progress().note(index, |row| row.fail(error)),
                }
                next.when_due = true;
            }
            Some(Left::Destroy) => look.on_reached.apply(io, index, &service.name).await?,
            Some(Left::Nothing) => {}
        }
    }
    *pending = still;
    Ok(next)
}

/// Notes what a look has come to, at once: others may take long.
fn note(io: Io<'_>, service: &Pending, verdict: Verdict, on_reached: OnReached) -> Left {
    let index = service.index;
    match verdict {
        Verdict::Pending => Left::Pending,
        Verdict::PendingSoon(pause) => Left::PendingSoon(pause),
        Verdict::TellAgain => Left::TellAgain,
        Verdict::Done if on_reached == OnReached::Destroy => Left::Destroy,
        Verdict::Done => {
            on_reached.note(io, index);
            Left::Nothing
        }
        Verdict::Failed(error) => {
            let error = service.context(error);
            io.progress().note(index, |row| row.fail(error));
            Left::Nothing
        }
    }
}

/// The list, unless others are forgotten again and again while it is made: then each service is to be asked for.
async fn ask_for_list(io: Io<'_>, asking: Asking<'_>) -> Result<Option<Arc<Listed>>> {
    let asked = io.now();
    match queries::list(io).await {
        Err(error) if error.kind().is_unknown_service() => Ok(None),
        list => Ok(Some(asking.share(Listed { list: list?, seen: Seen { asked, answered: io.now() } }))),
    }
}

/// Looks at one service in a list; `None`: its status is to be asked for.
fn check_listed(io: Io<'_>, Listed { list, seen }: &Listed, service: &mut Pending) -> Option<Verdict> {
    let state = list.state(service.name.as_str())?;
    io.progress().note(service.index, |row| row.see_listed(state));
    service.condition.check_listed(*seen, state)
}

/// Looks at the status of one service; `None`: the time for that is up, too.
async fn check(
    io: Io<'_>,
    deadline: &Deadline<'_>,
    service: &mut Pending,
    look: Look<'_>,
) -> Result<Option<Left>> {
    if deadline.is_exhausted() {
        return Ok(None);
    }
    let index = service.index;
    let asked = io.now();
    let status = queries::status_as_told(io.for_row(index), &service.name).await;
    let status = split_fatal(status.map_err(|error| service.context(error)))?;
    let seen = Seen { asked, answered: io.now() };
    let condition = &mut service.condition;
    let verdict = match status {
        Ok(status) => {
            let verdict = condition.check(seen, look.is_last, &status);
            io.progress().note(index, |row| row.see(&status));
            verdict
        }
        Err(error) if error.kind().is_unknown_service() => {
            io.progress().note(index, Row::see_unknown);
            condition.check_unknown(error)
        }
        Err(error) => Verdict::Failed(error),
    };
    Ok(Some(note(io, service, verdict, look.on_reached)))
}

/// Whether the time was up before a service was told anything; then that is noted.
pub(super) fn is_too_late(deadline: &Deadline<'_>, index: usize, name: &Name) -> bool {
    let is_late = !deadline.is_zero() && deadline.has_passed();
    if is_late {
        note_too_late(deadline, index, name);
    }
    is_late
}

/// The time was up before a service was told anything.
pub(super) fn note_too_late(deadline: &Deadline<'_>, index: usize, name: &Name) {
    let error = deadline.timed_out("the time was up before the daemon was told".to_owned());
    deadline.io().progress().note(index, |row| row.fail(Error::from(error).with_service(name.as_str())));
}

/// The time is up for those that are left.
pub(super) fn time_out(deadline: &Deadline<'_>, pending: Vec<Pending>) {
    for service in pending {
        deadline.io().progress().note(service.index, |row| {
            let unseen = || "it was not seen".to_owned();
            let reason = row.state.as_ref().map_or_else(unseen, |state| service.condition.describe(state));
            let error = Error::from(deadline.timed_out(reason));
            row.fail(service.context(error));
        });
    }
}

/// Tells an error of one service, inside, from one that ends the whole, outside.
pub(super) fn split_fatal<T>(result: Result<T>) -> Result<Result<T>> {
    match result {
        Err(error) if error.kind().is_fatal() => Err(error),
        result => Ok(result),
    }
}
