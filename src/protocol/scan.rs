//! Where a JSON object ends, in bytes that come in parts.

/// Looks for the end of the object that bytes begin with, each byte once. A reply that comes whole never gets here.
#[derive(Debug, Default)]
pub struct Scan {
    /// How many bytes were looked at.
    seen: usize,
    /// How many braces are open.
    depth: usize,
    in_text: bool,
    is_escaped: bool,
    is_complete: bool,
}

impl Scan {
    /// Whether a part was looked at before.
    pub(super) fn has_begun(&self) -> bool {
        self.seen > 0
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
                memchr::memchr2(b'"', b'\\', rest)
            } else {
                memchr::memchr3(b'"', b'{', b'}', rest)
            };
            let Some(at) = found else { break };
            match rest.get(at) {
                Some(b'"') => self.in_text = !self.in_text,
                Some(b'\\') => self.is_escaped = true,
                Some(b'{') => self.depth += 1,
                _ => {
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
