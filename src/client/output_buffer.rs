//! What an operation gives, one thing after another.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What an operation gives at once: one thing, or several.
pub trait Batch {
    /// How many there are behind the first one.
    fn behind_first(&self) -> usize {
        0
    }

    /// Removes the first one of several.
    fn remove_first(&mut self) {}
}

/// What an operation has given, first to last. Its driver takes all of it before the operation goes on.
#[derive(Debug)]
pub struct OutputBuffer<T>(Mutex<VecDeque<T>>);

impl<T> Default for OutputBuffer<T> {
    fn default() -> Self {
        Self(Mutex::new(VecDeque::new()))
    }
}

impl<T> OutputBuffer<T> {
    /// For operations: one thing more.
    pub(super) fn push(&self, item: T) {
        self.items().push_back(item);
    }

    /// For operations: several things more.
    pub(super) fn extend(&self, items: impl Iterator<Item = T>) {
        self.items().extend(items);
    }

    /// For drivers: moves all behind what they have taken before.
    pub fn drain_into(&self, taken: &mut VecDeque<T>) {
        if taken.is_empty() {
            std::mem::swap(&mut *self.items(), taken);
        } else {
            taken.append(&mut self.items());
        }
    }

    /// Whether all has been taken.
    pub fn is_empty(&self) -> bool {
        self.items().is_empty()
    }

    fn items(&self) -> MutexGuard<'_, VecDeque<T>> {
        // A panic elsewhere leaves nothing half done here.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
