//! What is wrong where a file is not YAML, in words that say what to write.

use yaml_rust::scanner::ScanError;

use super::problem::{Place, Problem};

pub(super) const BEHIND: &str =
    "a second document: the daemon reads one; remove what stands behind the first";

pub(super) const TAB: &str = "a tab in the indent: indent with spaces";

/// Something stands behind the document.
pub(super) fn behind(place: Place, text: &str) -> Problem {
    let line = place.line.min(Place::of(text.as_bytes()).line);
    let is_marked = text.lines().take(line).any(|line| line.starts_with("...") || line.starts_with("--- "));
    let message = if is_marked {
        BEHIND
    } else {
        "this line does not belong to the lines above it: begin all keys in the same column"
    };
    Problem::error(Place { line, column: 1 }, "", message)
}

/// What the parser stumbles over; `open` is where the list or the map begins that it was in, `key` the key at the
/// margin that it has read last.
pub(super) fn problem(
    error: &ScanError,
    place: Place,
    text: &str,
    open: Option<Place>,
    key: &str,
) -> Problem {
    // The parser counts one line more at the end of a file.
    let mut place = place.min(Place::of(text.as_bytes()));
    // It has no codes, and writes the place behind its words.
    let words = error.to_string();
    let words = words.split(" at line ").next().unwrap_or_default();
    if words.ends_with("found a tab") {
        // It tells where the text begins that goes on behind the tab.
        let mut later = text.lines().enumerate().skip(place.line);
        if let Some((index, _)) = later.find(|(_, line)| has_tab_indent(line)) {
            place = Place { line: index + 1, column: 1 };
        }
    }
    // The parser reads ahead of its events. What stands in front of the place can be no part of a text in quotes.
    let own = line_of(text, place.line).split_once(':').map(|(key, _)| key);
    let own = own.filter(|own| is_key(own) && (place.column == 1 || place.column > own.len()));
    let is_bracket = |open: &Place| {
        line_of(text, open.line).chars().nth(open.column - 1).is_some_and(|char| matches!(char, '[' | '{'))
    };
    let bracket = open.filter(is_bracket);
    let message = match (without_space(words, text, place), meaning(words, text, place), bracket) {
        (Some(line), _, _) => {
            place = Place { line, column: 1 };
            NO_SPACE.to_owned()
        }
        (_, _, Some(bracket)) if words.contains("flow") || words.contains("node content") => {
            place = bracket;
            "a bracket that is not closed, or a comma that is missing between its items".to_owned()
        }
        (_, Some(message), _) => message,
        (_, None, _) => format!("not YAML: {words}"),
    };
    let key = own.unwrap_or(key);
    Problem::error(place, &key.chars().take(60).collect::<String>(), &message)
}

const NO_SPACE: &str = "a space is missing behind the colon: write `key: value`";

/// The line that looks like a key whose colon has no space behind it, where that is what the parser stumbles over: this
/// one, or the one above.
fn without_space(words: &str, text: &str, place: Place) -> Option<usize> {
    let is_without = |line: &str| {
        let parts = line.trim().split_once(':');
        parts.is_some_and(|(key, value)| is_key(key) && !value.is_empty() && !value.starts_with([' ', '/']))
    };
    let is_of_key = words.ends_with("did not find expected key")
        || words.starts_with("simple key expect")
        || words.starts_with("mapping values are not allowed");
    [place.line, place.line - 1].into_iter().find(|line| is_of_key && is_without(line_of(text, *line)))
}

const NOT_A_KEY: &str =
    "a line that is not a key with a value: write `key: value`, with a space behind the colon";

/// A part of the parser's words, and what a person would say.
const MEANINGS: [(&str, &str); 15] = [
    ("mapping keys are not allowed", "`? ` inside a value without quotes: put the value in quotes"),
    ("simple key expect", NOT_A_KEY),
    ("unknown anchor", "`*` begins an alias, and there is no such anchor: put the value in quotes"),
    ("scanning an anchor or alias", "`&` and `*` begin an anchor or an alias: put the value in quotes"),
    ("quoted scalar, found unexpected", "a quote that is not closed: close it"),
    ("unknown escape", "an escape that YAML does not have: in double quotes, write `\\\\` for a backslash"),
    ("escape", "an escape that YAML does not have: in double quotes, write `\\\\` for a backslash"),
    (
        "block sequence entries",
        "an item of a list in a place that cannot have one: write the list below its key",
    ),
    (
        "expected '-' indicator",
        "this line has other spaces in front than the items above: indent it as they are",
    ),
    (
        "scanning a block scalar",
        "text that does not belong behind `|` or `>`: write it on the next lines, indented",
    ),
    ("found a tab", "a tab inside a value: write a space, or put the value in quotes"),
    ("hexadecimal", "a backslash in double quotes: write `\\\\`"),
    ("directive", "a line that begins with `%`: put it in quotes, or remove it"),
    ("<document start>", "a line that begins with `%`: put it in quotes, or remove it"),
    ("tag", "`!` begins a tag: put the value in quotes"),
];

fn meaning(words: &str, text: &str, place: Place) -> Option<String> {
    let line = line_of(text, place.line);
    if has_tab_indent(line) {
        return Some(TAB.to_owned());
    }
    let before: String = line.chars().take(place.column.saturating_sub(1)).collect();
    let meaning = if words.starts_with("mapping values are not allowed") {
        // Indented below a value, a key is a part of it.
        if before.starts_with(' ') && is_key(before.trim_start()) && is_value_above(text, place.line) {
            "the key has too many spaces in front, so that it is a part of the value above: indent it as the other keys are"
        } else {
            "`: ` inside a value without quotes: put the value in quotes"
        }
    } else if words.ends_with("did not find expected key") {
        match before.trim() {
            "" if !line.split_once(':').is_some_and(|(key, _)| is_key(key.trim())) => NOT_A_KEY,
            word if word.is_empty() || is_key(word) => {
                "this line has other spaces in front than the keys above: indent it as they are"
            }
            _ => "text behind a value in quotes or brackets: put all of the value in quotes",
        }
    } else if words.starts_with("unexpected character") {
        let character = line.chars().nth(place.column.saturating_sub(1)).unwrap_or_default();
        return Some(format!("a value cannot begin with `{character}`: put the value in quotes"));
    } else {
        MEANINGS.iter().find(|(part, _)| words.contains(part)).map(|(_, meaning)| *meaning)?
    };
    Some(meaning.to_owned())
}

/// Whether the line above ends with a value, of which an indented line is a part.
fn is_value_above(text: &str, line: usize) -> bool {
    let above = line_of(text, line - 1).trim_end();
    !above.is_empty() && !above.ends_with(':')
}

/// Whether text is such as a key of a service file.
pub(super) fn is_key(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|char| char.is_ascii_alphanumeric() || char == '_')
}

pub(super) fn line_of(text: &str, number: usize) -> &str {
    text.lines().nth(number.saturating_sub(1)).unwrap_or_default()
}

/// Whether a line is indented with a tab, which is white space to the daemon, but not an indent.
pub(super) fn has_tab_indent(line: &str) -> bool {
    line.trim_start_matches(' ').starts_with('\t')
}
