//! The words of a command line: for filters as the Go package `google/shlex` splits it, for checks as the daemon does.
//!
//! A filter goes bug for bug, so that it matches what it matched before: a variable in front of the program is taken for
//! the program, `;` and `|` belong to the word, and an empty word has the name `.`.

use std::borrow::Cow;

use super::search;

/// How a character of a word stood in the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quoting {
    None,
    Single,
    Double,
    Backslash,
}

/// What stands between two words.
pub(super) type Blanks = [char];

/// To the filters, as to `google/shlex`.
const FILTER_BLANKS: &Blanks = &[' ', '\t', '\r', '\n'];

/// To the daemon, as to the crate `shlex`.
pub(super) const DAEMON_BLANKS: &Blanks = &[' ', '\t', '\n'];

/// The last part of the first word's path; `None` where there is no word, or a quote or an escape is left
/// open.
pub(super) fn program(command_line: &str) -> Option<Cow<'_, str>> {
    // Most are plain, and a search reads a thousand.
    let has_quotes = search::find3([b'\\', b'\'', b'"'], command_line.as_bytes()).is_some();
    if !has_quotes && !command_line.contains('#') {
        // The blanks of the filters, as bytes.
        let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        let mut words = command_line.as_bytes().split(is_blank);
        let word = words.find(|word| !word.is_empty())?;
        return std::str::from_utf8(word).ok().map(|word| base(word).into());
    }
    let mut first = String::new();
    let words = split(command_line, FILTER_BLANKS, |word, character, _| {
        if word == 0 {
            first.push(character);
        }
    })?;
    (words > 0).then(|| base(&first).to_owned().into())
}

/// Calls `literal` with each character of each word, counted from 0, and how it was quoted. Returns how many words
/// there are; `None` where a quote or an escape is left open.
pub(super) fn split(
    command_line: &str,
    blanks: &Blanks,
    mut literal: impl FnMut(usize, char, Quoting),
) -> Option<usize> {
    enum State {
        Between,
        Comment,
        Word,
        Escaped,
        SingleQuoted,
        DoubleQuoted,
        EscapedInQuotes,
    }
    let mut state = State::Between;
    let mut words: usize = 0;
    for character in command_line.chars() {
        let is_blank = blanks.contains(&character);
        if matches!(state, State::Between) && !is_blank && character != '#' {
            state = State::Word;
            words += 1;
        }
        let mut literal = |quoting| literal(words.saturating_sub(1), character, quoting);
        state = match (state, character) {
            (State::Between | State::Word, _) if is_blank => State::Between,
            (State::Comment, '\n') => State::Between,
            (State::Between, '#') | (State::Comment, _) => State::Comment,
            (State::Word, '\\') => State::Escaped,
            (State::Word, '\'') => State::SingleQuoted,
            (State::Word, '"') => State::DoubleQuoted,
            (State::DoubleQuoted, '\\') => State::EscapedInQuotes,
            (State::SingleQuoted, '\'') | (State::DoubleQuoted, '"') => State::Word,
            (State::SingleQuoted, _) => {
                literal(Quoting::Single);
                State::SingleQuoted
            }
            (State::DoubleQuoted, _) => {
                literal(Quoting::Double);
                State::DoubleQuoted
            }
            (State::EscapedInQuotes, _) => {
                literal(Quoting::Backslash);
                State::DoubleQuoted
            }
            (State::Escaped, _) => {
                literal(Quoting::Backslash);
                State::Word
            }
            (State::Between | State::Word, _) => {
                literal(Quoting::None);
                State::Word
            }
        };
    }
    // What is left open fails the whole line, however far behind the first word.
    matches!(state, State::Between | State::Comment | State::Word).then_some(words)
}

pub(super) fn base(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    match trimmed.rsplit('/').next() {
        _ if path.is_empty() => ".",
        None | Some("") => "/",
        Some(name) => name,
    }
}

#[cfg(test)]
mod tests {
    use super::{FILTER_BLANKS, base, program, split};

    /// By the automaton alone.
    fn split_program(command_line: &str) -> Option<String> {
        let mut first = String::new();
        let words = split(command_line, FILTER_BLANKS, |word, character, _| {
            if word == 0 {
                first.push(character);
            }
        })?;
        (words > 0).then(|| base(&first).to_owned())
    }

    #[test]
    fn a_plain_command_line_has_the_program_that_splitting_finds() {
        let pieces =
            ["", " ", "\t", "\r", "\n", "/", "a", "usr/bin", "é", "#", "'", "\"", "\\", "\u{a0}", "\u{b}"];
        for one in pieces {
            for two in pieces {
                for three in pieces {
                    for four in pieces {
                        let text = [one, two, three, four].concat();
                        assert_eq!(program(&text).map(String::from), split_program(&text), "{text:?}");
                    }
                }
            }
        }
    }
}
