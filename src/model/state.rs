//! The state of a service, as the daemon words it.

use std::fmt;

use crate::model::Text;

/// The words that are known; zinit 0.2.14 has these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateKind {
    /// A word from a newer daemon.
    Other,
    /// Nothing is known yet.
    Unknown,
    /// Waits for a service that it runs after.
    Blocked,
    /// Its process lives; its test has not passed yet.
    Spawned,
    /// Its process lives and its test has passed.
    Running,
    /// Its process ended with 0.
    Success,
    /// Its process ended otherwise.
    Error,
    /// Its command cannot be spawned.
    Failure,
    /// Its test cannot be run.
    TestFailure,
}

static WORDS: [(StateKind, Text); 9] = [
    (StateKind::Running, Text::literal("Running\0")),
    (StateKind::Success, Text::literal("Success\0")),
    (StateKind::Spawned, Text::literal("Spawned\0")),
    (StateKind::Blocked, Text::literal("Blocked\0")),
    (StateKind::Unknown, Text::literal("Unknown\0")),
    (StateKind::Error, Text::literal("Error\0")),
    (StateKind::Failure, Text::literal("Failure\0")),
    (StateKind::TestFailure, Text::literal("TestFailure\0")),
    (StateKind::Other, Text::literal("Other\0")),
];

impl StateKind {
    /// Every kind.
    pub fn all() -> impl Iterator<Item = Self> {
        WORDS.iter().map(|(kind, _)| *kind)
    }

    /// zinit's word for it; zinit itself never says `Other`.
    pub fn word(self) -> Option<&'static Text> {
        WORDS.iter().find(|(kind, _)| *kind == self).map(|(_, word)| word)
    }
}

/// How a process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExitStatus {
    /// By itself, with this code.
    Exited(i32),
    /// By this signal, as `SIGSEGV`.
    Signaled(Text),
}

/// A state: a word, and with some words a reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    kind: StateKind,
    text: Text,
    // Boxed, because most states have none and a list holds a thousand states.
    reason: Option<Box<Reason>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Reason {
    text: Text,
    exit: Option<ExitStatus>,
}

impl State {
    /// Reads a word, or a word with a reason in parentheses: `Error(Exited(Pid(1), 3))`. Case does not
    /// matter. `None`: it is not a state.
    pub fn parse(text: &str) -> Option<Self> {
        // Almost every state is one of these words to the letter, and then nothing is allocated.
        if let Some((kind, text)) = WORDS.iter().find(|(_, word)| word.as_str() == text) {
            return Some(Self { kind: *kind, text: text.clone(), reason: None });
        }
        Self::parse_other(text)
    }

    /// What a daemon tells in parts: a word of its own, and what belongs to it.
    pub fn told(kind: StateKind, word: Text, reason: Option<Text>, exit: Option<ExitStatus>) -> Self {
        let reason = reason.map(|text| Box::new(Reason { text, exit }));
        Self { kind, text: word, reason }
    }

    fn parse_other(text: &str) -> Option<Self> {
        let (word, reason) = match text.split_once('(') {
            None => (text, None),
            Some((word, rest)) => (word, Some(rest.strip_suffix(')')?)),
        };
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if word.is_empty() || !word.bytes().all(is_word) {
            return None;
        }
        let kind = WORDS
            .iter()
            .find(|(_, known)| known.as_str().eq_ignore_ascii_case(word))
            .map_or(StateKind::Other, |(kind, _)| *kind);
        let reason = match reason {
            None => None,
            Some(reason) if reason.is_empty() || reason.contains('\n') => return None,
            Some(reason) => {
                Some(Box::new(Reason { text: Text::new(reason)?, exit: ExitStatus::parse(reason) }))
            }
        };
        Some(Self { kind, text: Text::new(text)?, reason })
    }

    /// Which of the known words it is.
    pub fn kind(&self) -> StateKind {
        self.kind
    }

    /// As received.
    pub fn text(&self) -> &Text {
        &self.text
    }

    /// As received.
    pub(super) fn text_mut(&mut self) -> &mut Text {
        &mut self.text
    }

    /// What stands in the parentheses.
    pub fn reason(&self) -> Option<&Text> {
        self.reason.as_ref().map(|reason| &reason.text)
    }

    /// How the process ended, where the reason tells.
    pub fn exit_status(&self) -> Option<&ExitStatus> {
        self.reason.as_ref()?.exit.as_ref()
    }

    /// Whether it says nothing of a process that lives.
    pub fn may_have_ended(&self) -> bool {
        !matches!(self.kind, StateKind::Running | StateKind::Spawned)
    }

    /// Success, Error, Failure or Blocked: a word about the state, not a promise that no process lives.
    pub fn exited(&self) -> bool {
        use StateKind::{Blocked, Error, Failure, Success};
        matches!(self.kind, Success | Error | Failure | Blocked)
    }
}

impl fmt::Display for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(formatter)
    }
}

impl ExitStatus {
    /// From `Exited(Pid(5306), 3)` or `Signaled(Pid(5317), SIGKILL, false)`.
    fn parse(reason: &str) -> Option<Self> {
        let (word, rest) = reason.split_once('(')?;
        let mut values = rest.strip_suffix(')')?.split(", ").skip(1);
        let value = values.next()?;
        match word {
            "Exited" => value.parse().ok().map(Self::Exited),
            "Signaled" => Text::new(value).map(Self::Signaled),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ExitStatus, State, StateKind, Text};

    #[test]
    fn the_reason_tells_how_the_process_ended() {
        let exited = State::parse("Error(Exited(Pid(5306), 3))").unwrap();
        assert_eq!(exited.kind(), StateKind::Error);
        assert_eq!(exited.reason().unwrap().as_str(), "Exited(Pid(5306), 3)");
        assert_eq!(exited.exit_status(), Some(&ExitStatus::Exited(3)));
        let killed = State::parse("Error(Signaled(Pid(5317), SIGKILL, false))").unwrap();
        assert_eq!(killed.exit_status(), Some(&ExitStatus::Signaled(Text::lossy("SIGKILL"))));
    }

    #[test]
    fn an_unknown_word_is_kept() {
        let state = State::parse("Paused(by somebody)").unwrap();
        assert_eq!(state.kind(), StateKind::Other);
        assert_eq!(state.text().as_str(), "Paused(by somebody)");
        assert_eq!(state.exit_status(), None);
    }
}
