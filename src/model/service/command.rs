//! What may be meant for a shell in a command that no shell runs.

use crate::model::command_line::{DAEMON_BLANKS, Quoting, base, split};

/// Whether the daemon can make words of it: each quote is closed, and there is a word.
pub(super) fn unfit(command: &str) -> Option<&'static str> {
    match split(command, DAEMON_BLANKS, |_, _, _| {}) {
        None => Some("a quote in the command is left open, or the command ends with a backslash: close it"),
        Some(0) => Some("the command is empty: write the command to run"),
        Some(_) => None,
    }
}

/// A word that a shell would not pass on as it stands, and the daemon does.
pub(super) fn meant_for_shell(command: &str) -> Option<String> {
    /// A word, and the same without what quotes protect from a shell.
    #[derive(Default)]
    struct Word {
        text: String,
        bare: String,
        expanded: String,
    }
    let mut words: Vec<Word> = Vec::new();
    let count = split(command, DAEMON_BLANKS, |index, character, quoting| {
        words.resize_with(words.len().max(index + 1), Word::default);
        let Some(word) = words.get_mut(index) else { return };
        word.text.push(character);
        let hide = |is_shown| if is_shown { character } else { '_' };
        word.bare.push(hide(quoting == Quoting::None));
        word.expanded.push(hide(matches!(quoting, Quoting::None | Quoting::Double)));
    })?;
    let is_shell = |word: &Word| SHELLS.contains(&base(&word.text));
    // A shell may stand behind a wrapper, as in `env A=b sh -c`.
    if count == 0 || words.iter().any(is_shell) {
        return None;
    }
    let is_assignment = |word: &Word| {
        word.bare.split_once('=').is_some_and(|(name, _)| !name.is_empty() && !name.contains(['/', '.', '-']))
    };
    let is_builtin =
        |word: &Word| matches!(word.text.as_str(), "cd" | "export" | "source" | "exec" | "ulimit");
    if words.first().is_some_and(|word| is_assignment(word) || is_builtin(word)) {
        return words.into_iter().next().map(|word| word.text);
    }
    let word = words.into_iter().find(|word| {
        OPERATORS.contains(&word.bare.as_str())
            || word.bare.starts_with(['<', '>'])
            || word.bare.starts_with("2>")
            || word.bare.ends_with(';')
            || word.bare.contains('*')
            || word.bare == "~"
            || word.bare.starts_with("~/")
            || word.expanded.contains('`')
            || has_variable(&word.expanded)
    })?;
    Some(word.text)
}

const SHELLS: [&str; 9] = ["sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "fish", "busybox"];

const OPERATORS: [&str; 6] = ["&&", "||", "|", "&", ";", ";;"];

/// Whether a shell would replace a part of the word: `$HOME`, `${HOME}`, `$(date)`.
fn has_variable(word: &str) -> bool {
    let starts_name = |next: char| next.is_ascii_alphabetic() || matches!(next, '_' | '{' | '(');
    word.split('$').skip(1).any(|rest| rest.starts_with(starts_name))
}
