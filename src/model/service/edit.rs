//! Exchanges the lines of some keys in the text of a service file, so that its comments and all else stay as they
//! are.

use super::Key;
use super::document::{BYTE_ORDER_MARK, Document, Entry};
use super::writer::Writer;

/// Where keys go that the text does not have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Added {
    /// Behind the others.
    Behind,
    /// In front of the others.
    Before,
}

/// The text with the lines of the changed keys exchanged; `None` where a key has no lines of its own. Whether it is
/// read with the right values is for the caller to see.
pub(super) fn with_changed_lines(writer: &Writer, document: &Document, added: Added) -> Option<String> {
    let end = document.second().map_or(usize::MAX, |place| place.line - 1);
    let text = document.text().strip_prefix(BYTE_ORDER_MARK).unwrap_or(document.text());
    let lines: Vec<&str> = text.split_inclusive('\n').take(end).collect();
    let newline = if lines.first().is_some_and(|line| line.ends_with("\r\n")) { "\r\n" } else { "\n" };
    let changed_key = |key| Some(writer.changed_key(key)?.replace('\n', newline));
    let new = writer.changed().iter().filter(|key| is_new(document, **key));
    let new: String = new.filter_map(|key| changed_key(*key)).collect();
    let entries = document.entries();
    let mut written: Vec<Key> = Vec::new();
    let mut yaml = String::with_capacity(text.len());
    let mut next_line = 0;
    for (index, entry) in entries.iter().enumerate() {
        if entry.key.is_none() || entry.place.column != 1 {
            return None;
        }
        let begin = entry.place.line - 1;
        let end = entries.get(index + 1).map_or(lines.len(), |next| next.place.line - 1);
        let end = begin + 1 + last_line_of_value(lines.get(begin + 1..end)?);
        yaml.extend(lines.get(next_line..begin)?.iter().copied());
        if index == 0 && added == Added::Before {
            yaml += &new;
        }
        next_line = end;
        let changed = Key::from_name(entry.name).filter(|key| writer.is_changed(*key));
        let Some(key) = changed else {
            yaml.extend(lines.get(begin..end)?.iter().copied());
            continue;
        };
        // An alias elsewhere may need it.
        if entry.value.has_anchor() {
            return None;
        }
        if !written.contains(&key) {
            written.push(key);
            let mut written_key = changed_key(key).unwrap_or_default();
            let comment = comment_behind(lines.get(begin..end)?, entry);
            if let Some(comment) = comment.filter(|_| !written_key.is_empty()) {
                written_key = format!("{} {comment}", written_key.trim_end());
            }
            yaml += &written_key;
        }
    }
    let (values, rest) = (yaml, lines.get(next_line..)?.concat());
    if added == Added::Before {
        return Some(values + &rest);
    }
    // A file without keys is comments; what is new stands behind them.
    let (before, after) =
        if entries.is_empty() { up_to_end(&rest) } else { (values.as_str(), rest.as_str()) };
    let newline = if before.is_empty() || before.ends_with('\n') || new.is_empty() { "" } else { newline };
    Some([before, newline, new.as_str(), after].concat())
}

/// Whether the key is not in the text.
fn is_new(document: &Document, key: Key) -> bool {
    !document.entries().iter().any(|entry| entry.name == key.name())
}

/// The comment behind a value that is one line without quotes, with its newline.
fn comment_behind<'a>(lines: &[&'a str], entry: &Entry) -> Option<&'a str> {
    let [line] = lines else { return None };
    let is_plain = entry.value.scalar().is_some_and(|scalar| scalar.is_plain);
    let at = line.find(" #").filter(|_| is_plain)?;
    line.get(at + 1..)
}

/// What stands before the mark of the document's end, and the rest.
fn up_to_end(text: &str) -> (&str, &str) {
    let end = text.find("\n...").map_or(text.len(), |end| end + 1);
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// How many of the lines behind a key's first belong to its value; comments and empty lines at the end belong to
/// what comes next, and so does the end of the document.
fn last_line_of_value(lines: &[&str]) -> usize {
    let is_end = |line: &&str| line.starts_with("...") || line.starts_with("---");
    let lines = lines.split(is_end).next().unwrap_or_default();
    let is_value = |line: &&str| !line.trim().is_empty() && !line.starts_with('#');
    lines.iter().rposition(is_value).map_or(0, |last| last + 1)
}
