//! Reads most of a big reply in slices, as it comes, and takes what was read out of the bytes.
//!
//! A big reply is big because of one object or array, whose members are alike. Each time that more has come, the
//! members that are whole are read and cut out. What is left is a small reply of the same form, and is read as any other
//! one: so it means the same, and is refused in the same words, as in one piece. Members that cannot be read stay, and so
//! does all behind them.

#[cfg(test)]
mod tests;

use super::Protocol;
use super::body::{SHOWN, Services};
use super::zinit_0_3_body::Answer;
use crate::model::{ListBuilder, ProcessStats, State, Text, search, share};

/// What was read of the members.
#[derive(Debug)]
pub(super) enum Members {
    /// Of a list.
    List(Box<ListBuilder>),
    /// Of another map from name to state.
    Services(Vec<(Text, State)>),
    /// Text.
    Lines(Vec<String>),
    /// What processes use.
    Processes(Vec<ProcessStats>),
}

/// Where the members of a reply are, and what was read of them.
#[derive(Debug)]
pub(super) struct Slices {
    protocol: Protocol,
    /// The keys that lead to the members.
    path: &'static [&'static str],
    /// How many of the keys have their object open.
    level: usize,
    members: Option<Place>,
    is_over: bool,
    read: Members,
    /// How many of the members that were read are not cut out.
    kept: usize,
    removed: Removed,
}

#[derive(Debug)]
struct Place {
    /// Their brace or bracket.
    opening: usize,
    /// How many braces are open where they stand.
    depth: usize,
    /// They are cut out behind this byte: the opening one, or a comma; not before it, for a message shows how a reply
    /// begins.
    begin: Option<usize>,
    /// The last comma between two of them.
    end: usize,
}

/// The text that was cut out.
#[derive(Debug, Default)]
struct Removed {
    /// Behind which line and column of what is left it was.
    behind: (usize, usize),
    newlines: usize,
    /// Its bytes behind its last newline.
    last_line: usize,
}

impl Members {
    /// The keys that lead to them.
    fn path(&self, protocol: Protocol) -> &'static [&'static str] {
        match (self, protocol) {
            (Self::List(_) | Self::Lines(_), Protocol::Line) => &["body"],
            (Self::List(_), Protocol::JsonRpc | Protocol::Zinit03) | (Self::Lines(_), Protocol::JsonRpc) => {
                &["result"]
            }
            (Self::Services(_), Protocol::Line) => &["body", "after"],
            (Self::Services(_), Protocol::JsonRpc) => &["result", "after"],
            (Self::Processes(_), Protocol::Line) => &["body", "children"],
            (Self::Processes(_), Protocol::JsonRpc) => &["result", "children"],
            // Read in one piece.
            (_, Protocol::Zinit03) => &[],
        }
    }

    /// Reads members, and gives how many; `None`: they are not such members.
    fn take_in(&mut self, protocol: Protocol, text: &str) -> Option<usize> {
        match self {
            Self::List(list) => {
                let Services(read) = match protocol {
                    Protocol::Line | Protocol::JsonRpc => serde_json::from_str(text).ok()?,
                    Protocol::Zinit03 => Services::from_told(serde_json::from_str(text).ok()?),
                };
                let count = read.len();
                list.extend(read);
                Some(count)
            }
            Self::Services(services) => {
                let Services(mut read) = serde_json::from_str(text).ok()?;
                share(&mut read);
                Some(append(services, read))
            }
            Self::Lines(lines) => Some(append(lines, serde_json::from_str(text).ok()?)),
            Self::Processes(processes) => Some(append(processes, serde_json::from_str(text).ok()?)),
        }
    }
}

fn append<T>(all: &mut Vec<T>, mut read: Vec<T>) -> usize {
    let count = read.len();
    all.append(&mut read);
    count
}

impl Slices {
    pub(super) fn new(protocol: Protocol, read: Members) -> Self {
        let removed = Removed::default();
        Self {
            protocol,
            path: read.path(protocol),
            level: 0,
            members: None,
            is_over: false,
            read,
            kept: 0,
            removed,
        }
    }

    /// What was read, and how many of the members that are left were read, too.
    pub(super) fn into_read(self) -> (Members, usize) {
        (self.read, self.kept)
    }

    /// A brace opens behind these bytes, and is the `depth`th that is open.
    pub(super) fn note_opened(&mut self, before: &[u8], depth: usize) {
        let key = self.path.get(self.level).filter(|_| self.members.is_none() && depth == self.level + 2);
        if key.is_some_and(|key| ends_with_key(before, key)) {
            self.level += 1;
            if self.level == self.path.len() {
                self.begin(before.len(), depth);
            }
        } else {
            self.note_begun(before, depth - 1);
        }
    }

    /// The `depth`th brace is closed.
    pub(super) fn note_closed(&mut self, depth: usize) {
        match &self.members {
            Some(members) => self.is_over |= depth == members.depth,
            None if depth == self.level + 1 => self.level = self.level.saturating_sub(1),
            None => {}
        }
    }

    /// A text or an object begins behind these bytes, where so many braces are open.
    pub(super) fn note_begun(&mut self, before: &[u8], depth: usize) {
        match &mut self.members {
            Some(members) if members.depth == depth && !self.is_over => {
                let before = before.trim_ascii_end();
                if before.ends_with(b",") {
                    members.end = before.len() - 1;
                    if members.begin.is_none() && members.end > SHOWN {
                        members.begin = Some(members.end);
                    }
                }
            }
            None if depth == self.path.len() && self.level + 1 == depth => {
                let array = before.trim_ascii_end().strip_suffix(b"[");
                let key = self.path.last();
                if let (Some(before), Some(key)) = (array, key) {
                    if ends_with_key(before, key) {
                        self.begin(before.len(), depth);
                    }
                }
            }
            _ => {}
        }
    }

    fn begin(&mut self, opening: usize, depth: usize) {
        let begin = (opening > SHOWN).then_some(opening);
        self.members = Some(Place { opening, depth, begin, end: opening });
    }

    /// Reads and cuts out the members that are whole. Gives how many bytes that were.
    pub(super) fn cut(&mut self, bytes: &mut Vec<u8>) -> usize {
        let Some(Place { opening, begin: Some(begin), end, .. }) = self.members else { return 0 };
        if self.is_over || end <= begin {
            return 0;
        }
        let is_first = self.removed.behind == (0, 0);
        if is_first && begin > opening {
            match self.read(bytes, opening, begin) {
                Some(kept) => self.kept = kept,
                None => self.is_over = true,
            }
        }
        if self.is_over || self.read(bytes, begin, end).is_none() {
            self.is_over = true;
            return 0;
        }
        if is_first {
            self.removed.behind = position(bytes.get(..=begin).unwrap_or_default());
        }
        self.removed.extend(bytes.get(begin + 1..=end).unwrap_or_default());
        bytes.drain(begin + 1..=end);
        if let Some(members) = &mut self.members {
            members.end = begin;
        }
        end - begin
    }

    /// Reads the members between two bytes: in the place of these, the braces or brackets are put for a moment.
    fn read(&mut self, bytes: &mut [u8], begin: usize, end: usize) -> Option<usize> {
        let opening = *bytes.get(self.members.as_ref()?.opening)?;
        let text = bytes.get_mut(begin..=end)?;
        let first = std::mem::replace(text.first_mut()?, opening);
        let last = std::mem::replace(text.last_mut()?, if opening == b'[' { b']' } else { b'}' });
        let protocol = self.protocol;
        let read = std::str::from_utf8(text).ok().and_then(|text| self.read.take_in(protocol, text));
        *text.first_mut()? = first;
        *text.last_mut()? = last;
        // Without a member the comma would be one too many.
        read.filter(|count| *count > 0)
    }

    /// What the error says, with the place where it is in the whole reply.
    pub(super) fn describe(&self, error: &serde_json::Error) -> String {
        let said = error.to_string();
        let at = (error.line(), error.column());
        let Removed { behind, newlines, last_line } = self.removed;
        let what = said.strip_suffix(&format!(" at line {} column {}", at.0, at.1));
        match what.filter(|_| behind != (0, 0) && at >= behind) {
            None => said,
            Some(what) => {
                let line = at.0 + newlines;
                let column = match at.0 == behind.0 {
                    true if newlines == 0 => at.1 + last_line,
                    true => at.1 - behind.1 + last_line,
                    false => at.1,
                };
                format!("{what} at line {line} column {column}")
            }
        }
    }
}

impl Removed {
    fn extend(&mut self, text: &[u8]) {
        let (line, column) = position(text);
        self.last_line = if line > 1 { column } else { self.last_line + column };
        self.newlines += line - 1;
    }
}

/// The line and the column behind a text, as serde counts them.
fn position(text: &[u8]) -> (usize, usize) {
    let newlines = search::find_all(b'\n', text);
    let (lines, line) = newlines.fold((1, 0), |(lines, _), newline| (lines + 1, newline + 1));
    (lines, text.len() - line)
}

/// Whether a key and its colon stand at the end.
fn ends_with_key(bytes: &[u8], key: &str) -> bool {
    let strip = |bytes: &'_ [u8]| -> Option<usize> {
        let bytes = bytes.trim_ascii_end().strip_suffix(b":")?.trim_ascii_end();
        let bytes = bytes.strip_suffix(b"\"")?.strip_suffix(key.as_bytes())?.strip_suffix(b"\"")?;
        Some(bytes.trim_ascii_end().len())
    };
    let before = strip(bytes).and_then(|length| bytes.get(length.checked_sub(1)?));
    matches!(before, Some(b'{' | b','))
}
