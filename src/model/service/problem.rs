//! What is wrong with a service file, and where.

use crate::model::Text;

/// A place in a file; both count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Place {
    pub(super) const START: Self = Self { line: 1, column: 1 };

    /// The place behind a text.
    pub(super) fn of(before: &[u8]) -> Self {
        let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let is_start = |byte: &&u8| **byte & 0xc0 != 0x80;
        Self {
            line: before.split(|byte| *byte == b'\n').count(),
            column: 1 + line.iter().filter(is_start).count(),
        }
    }
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The daemon refuses the file.
    Error,
    /// The daemon loads the file, but it may not be what was meant.
    Warning,
}

/// One thing that is wrong with a service file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// Where it is.
    pub place: Place,
    /// The key that it is about, such as `exec` or `env.HOME`; empty where it is about no key.
    pub key: Text,
    /// What is wrong, and what to write instead.
    pub message: Text,
}

impl Problem {
    pub(super) fn error(place: Place, key: &str, message: &str) -> Self {
        Self::new(Severity::Error, place, key, message)
    }

    pub(super) fn warning(place: Place, key: &str, message: &str) -> Self {
        Self::new(Severity::Warning, place, key, message)
    }

    fn new(severity: Severity, place: Place, key: &str, message: &str) -> Self {
        Self {
            severity,
            place,
            key: Text::one_line(&key.replace('\0', "\u{fffd}")),
            message: Text::one_line(message),
        }
    }

    /// On one line: the place, and what is wrong.
    pub(super) fn describe(&self) -> String {
        let Place { line, column } = self.place;
        format!("line {line} column {column}: {}", self.message)
    }
}
