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
        "this is not part of what stands above it: is a line indented by accident?"
    };
    Problem::error(Place { line, column: 1 }, "", message)
}

/// What the parser stumbles over; `open` is where the list or the map begins that it was in.
pub(super) fn problem(error: &ScanError, place: Place, text: &str, open: Option<Place>) -> Problem {
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
    let is_bracket = |open: &Place| {
        line_of(text, open.line).chars().nth(open.column - 1).is_some_and(|char| matches!(char, '[' | '{'))
    };
    let bracket = open.filter(is_bracket);
    let message = match (meaning(words, line_of(text, place.line), place.column), bracket) {
        (_, Some(bracket)) if words.contains("flow") || words.contains("node content") => {
            place = bracket;
            "a bracket that is not closed, or a comma that is missing between its items".to_owned()
        }
        (Some(message), _) => message.to_owned(),
        (None, _) => format!("not YAML: {words}"),
    };
    Problem::error(place, &key_above(text, place.line), &message)
}

const NOT_A_KEY: &str =
    "a line that is not a key with a value: write `key: value`, with a space behind the colon";

/// A part of the parser's words, and what a person would say.
const MEANINGS: [(&str, &str); 12] = [
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
        "a line that is indented otherwise than the items above it: indent it as they are",
    ),
    (
        "scanning a block scalar",
        "text that does not belong behind `|` or `>`: write it on the next lines, indented",
    ),
    ("found a tab", "a tab inside a value: write a space, or put the value in quotes"),
    ("tag", "`!` begins a tag: put the value in quotes"),
];

fn meaning(words: &str, line: &str, column: usize) -> Option<&'static str> {
    if has_tab_indent(line) {
        return Some(TAB);
    }
    if words.starts_with("mapping values are not allowed") {
        // Indented below a value, a key is a part of it.
        let is_key = line.starts_with(' ') && line.trim().split_once(':').is_some_and(|(key, _)| is_key(key));
        return Some(if is_key {
            "a key that is indented so that it belongs to the value above: indent it as the other keys are"
        } else {
            "`: ` inside a value without quotes: put the value in quotes"
        });
    }
    if words.ends_with("did not find expected key") {
        let before: String = line.chars().take(column.saturating_sub(1)).collect();
        return Some(match before.trim() {
            "" if !line.split_once(':').is_some_and(|(key, _)| is_key(key.trim())) => NOT_A_KEY,
            word if word.is_empty() || is_key(word) => {
                "a line that is indented otherwise than the keys above it: indent it as they are"
            }
            _ => "text behind a value in quotes or brackets: put all of the value in quotes",
        });
    }
    if words.starts_with("unexpected character") {
        return Some(
            "a character that no value begins with, unless it is in quotes: put the value in quotes",
        );
    }
    MEANINGS.iter().find(|(part, _)| words.contains(part)).map(|(_, meaning)| *meaning)
}

/// The key at the margin that a line belongs to.
fn key_above(text: &str, line: usize) -> String {
    let keys = text.lines().take(line).filter_map(|line| line.split_once(':'));
    keys.map(|(key, _)| key).filter(|key| is_key(key)).last().unwrap_or_default().chars().take(60).collect()
}

fn is_key(text: &str) -> bool {
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
