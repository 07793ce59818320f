//! The program that a command line runs, as the Go package `google/shlex` with `filepath.Base` behind it sees
//! it.
//!
//! Bug for bug, so that a filter matches what it matched before: a variable in front of the program is taken
//! for the program, `;` and `|` belong to the word, and an empty word has the name `.`.

/// The last part of the first word's path; `None` where there is no word, or a quote or an escape is left
/// open.
pub(super) fn program(command_line: &str) -> Option<String> {
    first_word(command_line).map(|word| base(&word).to_owned())
}

fn first_word(command_line: &str) -> Option<String> {
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
    let mut words = 0;
    let mut first = String::new();
    for character in command_line.chars() {
        if matches!(state, State::Between) && !matches!(character, ' ' | '\t' | '\r' | '\n' | '#') {
            state = State::Word;
            words += 1;
        }
        let mut literal = || {
            if words == 1 {
                first.push(character);
            }
        };
        state = match (state, character) {
            (State::Between | State::Word, ' ' | '\t' | '\r' | '\n') | (State::Comment, '\n') => {
                State::Between
            }
            (State::Between, '#') | (State::Comment, _) => State::Comment,
            (State::Word, '\\') => State::Escaped,
            (State::Word, '\'') => State::SingleQuoted,
            (State::Word, '"') => State::DoubleQuoted,
            (State::DoubleQuoted, '\\') => State::EscapedInQuotes,
            (State::SingleQuoted, '\'') | (State::DoubleQuoted, '"') => State::Word,
            (State::SingleQuoted, _) => {
                literal();
                State::SingleQuoted
            }
            (State::DoubleQuoted | State::EscapedInQuotes, _) => {
                literal();
                State::DoubleQuoted
            }
            (State::Between | State::Word | State::Escaped, _) => {
                literal();
                State::Word
            }
        };
    }
    // What is left open fails the whole line, however far behind the first word.
    let is_closed = matches!(state, State::Between | State::Comment | State::Word);
    (is_closed && words > 0).then_some(first)
}

fn base(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    match trimmed.rsplit('/').next() {
        _ if path.is_empty() => ".",
        None | Some("") => "/",
        Some(name) => name,
    }
}
