//! Where a JSON object ends, in bytes that come in parts.

use super::Protocol;
use super::slices::{Members, Slices};
use crate::model::{ListBuilder, search};

/// Looks for the end of the object that bytes begin with, each byte once. A reply that comes whole never gets here.
#[derive(Debug, Default)]
pub struct Scan {
    /// Of a big reply.
    slices: Option<Box<Slices>>,
    /// The list that the whole reply makes, while it is sorted.
    pub(super) list: Option<Box<ListBuilder>>,
    /// How many bytes were looked at.
    seen: usize,
    /// How many braces are open.
    depth: usize,
    in_text: bool,
    is_escaped: bool,
    is_complete: bool,
}

impl Scan {
    /// Whether the whole reply was read, and is made a list now: no more is to be received.
    pub fn is_behind_reply(&self) -> bool {
        self.list.is_some()
    }

    /// Where `most` bytes have come, or more, reads the members that are whole, and cuts them out.
    #[inline]
    pub(super) fn cut(
        &mut self,
        protocol: Protocol,
        bytes: &mut Vec<u8>,
        most: usize,
        members: fn() -> Members,
    ) {
        if bytes.len() >= most && !self.may_be_whole(bytes) {
            self.cut_members(protocol, bytes, members);
        }
    }

    #[cold]
    #[inline(never)]
    fn cut_members(&mut self, protocol: Protocol, bytes: &mut Vec<u8>, members: fn() -> Members) {
        if self.slices.is_none() {
            if protocol == Protocol::Line {
                let begin = bytes.len() - bytes.trim_ascii_start().len();
                if begin == bytes.len() {
                    return;
                }
                // It is passed over, and counts in no message.
                bytes.drain(..begin);
            }
            let slices = Slices::new(protocol, members());
            // All of it is looked at again.
            *self = Self { slices: Some(Box::new(slices)), ..Self::default() };
        }
        if !self.is_complete(bytes) {
            let cut = self.slices.as_mut().map_or(0, |slices| slices.cut(bytes));
            self.seen -= cut;
        }
    }

    /// What was read of members that were cut out, and how many of the members that are left were read, too.
    #[inline]
    pub(super) fn take_members(&mut self) -> Option<(Members, usize)> {
        self.slices.take().map(|slices| slices.into_read())
    }

    /// What the error says, with its place in the whole reply.
    pub(super) fn describe(&self, error: &serde_json::Error) -> String {
        self.slices.as_ref().map_or_else(|| error.to_string(), |slices| slices.describe(error))
    }

    /// Whether this is the first part, and looks like a whole object, perhaps with a newline behind it.
    pub(super) fn may_be_whole(&self, bytes: &[u8]) -> bool {
        self.seen == 0 && matches!(bytes, [b'{', .., b'}'] | [b'{', .., b'}', b'\n'])
    }

    /// Whether the object is whole, or there is no object: then nothing that comes behind it makes these bytes a
    /// reply.
    pub(super) fn is_complete(&mut self, bytes: &[u8]) -> bool {
        let mut rest = bytes.get(self.seen..).unwrap_or_default();
        self.seen = bytes.len();
        if self.depth == 0 && !self.is_complete {
            rest = rest.trim_ascii_start();
            self.is_complete = rest.first().is_some_and(|first| *first != b'{');
        }
        while !self.is_complete {
            if self.is_escaped && !rest.is_empty() {
                self.is_escaped = false;
                rest = rest.get(1..).unwrap_or_default();
            }
            let found = if self.in_text {
                search::find2([b'"', b'\\'], rest)
            } else {
                search::find3([b'"', b'{', b'}'], rest)
            };
            let Some(at) = found else { break };
            let before = bytes.get(..bytes.len() - rest.len() + at).unwrap_or_default();
            let slices = self.slices.as_mut();
            match rest.get(at) {
                Some(b'"') => {
                    self.in_text = !self.in_text;
                    if self.in_text {
                        if let Some(slices) = slices {
                            slices.note_begun(before, self.depth);
                        }
                    }
                }
                Some(b'\\') => self.is_escaped = true,
                Some(b'{') => {
                    self.depth += 1;
                    if let Some(slices) = slices {
                        slices.note_opened(before, self.depth);
                    }
                }
                _ => {
                    if let Some(slices) = slices {
                        slices.note_closed(self.depth);
                    }
                    self.depth = self.depth.saturating_sub(1);
                    self.is_complete = self.depth == 0;
                }
            }
            rest = rest.get(at + 1..).unwrap_or_default();
        }
        self.is_complete
    }
}

#[cfg(test)]
mod tests {
    use super::Scan;

    /// After how many bytes it is complete, given one by one.
    fn complete_after(text: &str) -> Option<usize> {
        let mut scan = Scan::default();
        (1..=text.len()).find(|end| scan.is_complete(&text.as_bytes()[..*end]))
    }

    #[test]
    fn an_object_is_complete_with_its_last_brace() {
        for object in [
            "{}",
            r#"{"a":"b"}"#,
            r#"{"a":{"b":{}}}"#,
            r#"{"a":"}"}"#,
            r#"{"a":"\""}"#,
            r#"{"a":"\\"}"#,
            r#"{"a":"\\\"}"}"#,
            r#"{"a":[{"b":"{"},{}]}"#,
        ] {
            assert_eq!(complete_after(object), Some(object.len()), "{object}");
            assert_eq!(complete_after(&format!(" \n{object} x")), Some(object.len() + 2), "{object}");
            assert!(Scan::default().is_complete(object.as_bytes()), "{object}");
        }
    }

    #[test]
    fn no_byte_is_looked_at_twice() {
        let reply = format!("{{\"a\":\"{}\"}}", "x{}\\\"".repeat(1000));
        let mut received = Vec::new();
        let mut scan = Scan::default();
        for part in reply.as_bytes().chunks(7) {
            // Were this looked at again, it would end the object.
            received.fill(b'}');
            received.extend_from_slice(part);
            assert_eq!(scan.is_complete(&received), received.len() == reply.len());
        }
    }

    #[test]
    fn what_is_not_an_object_is_complete_at_once() {
        for (text, length) in [("x", 1), ("[{}]", 1), ("  }", 3), ("\"{\"", 1)] {
            assert_eq!(complete_after(text), Some(length), "{text}");
        }
        for text in ["", "   ", "{", r#"{"a":"}"#, r#"{"a":{}"#] {
            assert_eq!(complete_after(text), None, "{text}");
        }
    }
}
