//! What one operation and its driver share: its effects or their completions, and how far the operation has come.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::effect::{Completion, Effect, Settings};
use super::known_daemon::KnownDaemon;
use super::progress::Progress;
use crate::error::Result;

/// So many effects of one task can be under way at once. Most operations use one slot.
pub const SLOTS: usize = 4;

/// An operation that is under way.
pub struct Task {
    settings: Settings,
    daemon: Arc<KnownDaemon>,
    state: Mutex<State>,
    progress: Progress,
}

struct State {
    now: Instant,
    first: Slot,
    /// Those that the operation has used.
    others: Vec<Slot>,
    /// When the last exchange in the first slot began.
    asked: Instant,
    /// When the last two exchanges there began and ended, the last one first.
    exchanges: [Option<(Instant, Instant)>; 2],
}

/// For one effect, or its completion.
#[derive(Default)]
struct Slot {
    effect: Option<Effect>,
    completion: Option<Result<Completion>>,
}

impl Task {
    /// A task that begins now.
    // Every call makes one; the library needs this once.
    #[inline(never)]
    pub fn new(now: Instant, settings: Settings, daemon: Arc<KnownDaemon>) -> Self {
        let (first, others) = (Slot::default(), Vec::new());
        let state = Mutex::new(State { now, first, others, asked: now, exchanges: [None; 2] });
        Self { settings, daemon, state, progress: Progress::default() }
    }

    /// For the driver: what the operation waits for, and in which slot; and whether there may be more. `None`: all was
    /// given out.
    pub fn poll_effect(&self) -> Option<(usize, Effect, bool)> {
        let State { first, others, .. } = &mut *self.state();
        if let Some(effect) = first.effect.take() {
            return Some((0, effect, !others.is_empty()));
        }
        (1..).zip(others).find_map(|(slot, it)| Some((slot, it.effect.take()?, true)))
    }

    /// For the driver: what came of the effect in that slot, and the time now.
    pub fn complete(&self, slot: usize, now: Instant, completion: Result<Completion>) {
        let mut state = self.state();
        state.now = now;
        if slot == 0 && matches!(completion, Ok(Completion::Received(..))) {
            state.exchanges[0] = Some((state.asked, now));
        }
        state.slot(slot).completion = Some(completion);
    }

    /// How far it has come.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// The time when the driver completed the last effect.
    pub fn now(&self) -> Instant {
        self.state().now
    }

    /// The times that it keeps to.
    pub(super) fn settings(&self) -> Settings {
        self.settings
    }

    /// What its client knows of the daemon.
    pub(super) fn daemon(&self) -> &KnownDaemon {
        &self.daemon
    }

    /// The shorter one of the last two exchanges.
    pub(super) fn exchange_time(&self) -> Duration {
        let exchanges = self.state().exchanges;
        let times = exchanges.into_iter().flatten().map(|(begin, end)| end.saturating_duration_since(begin));
        times.min().unwrap_or_default()
    }

    /// Gives an effect to the driver, if it is not there yet; gives what completed it, once that is there.
    #[inline(never)]
    pub(super) fn perform(&self, slot: usize, effect: &mut Option<Effect>) -> Option<Result<Completion>> {
        let mut state = self.state();
        if let Some(effect) = effect.take() {
            if let (0, Effect::Exchange(outgoing)) = (slot, &effect) {
                state.asked = outgoing.begin;
                state.exchanges = [None, state.exchanges[0].or(state.exchanges[1])];
            }
            *state.slot(slot) = Slot { effect: Some(effect), completion: None };
            return None;
        }
        state.slot(slot).completion.take()
    }

    #[inline(never)]
    fn state(&self) -> MutexGuard<'_, State> {
        // A panic between two assignments leaves nothing half done here.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn slot(&mut self, slot: usize) -> &mut Slot {
        let Some(index) = slot.checked_sub(1) else { return &mut self.first };
        if index >= self.others.len() {
            self.others.resize_with(index + 1, Slot::default);
        }
        self.others.get_mut(index).unwrap_or(&mut self.first)
    }
}
