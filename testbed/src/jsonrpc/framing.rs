//! Where a message ends: where the braces and brackets outside strings balance.
//!
//! No newline is needed. What stands outside all braces is cut in messages, too, of two bytes each, unless it is
//! mostly white space.

/// The bytes that were received, and how far they have been looked at.
#[derive(Default)]
pub struct Frames {
    bytes: Vec<u8>,
    scan: Scan,
}

/// The state in the midst of a message. Positions count from its first byte.
#[derive(Default)]
struct Scan {
    at: usize,
    /// How many braces and brackets are open; below 0 if more were closed.
    depth: i64,
    in_string: bool,
    escaped: bool,
    /// Where the outermost brace or bracket was opened.
    start: usize,
    white_space: usize,
}

impl Frames {
    /// Where to append what is received.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// The next message. Without one, more has to be received first: so it is also behind a message that is not
    /// UTF-8, which is dropped, even if another one is there already.
    pub fn next(&mut self) -> Option<String> {
        while let Some(&byte) = self.bytes.get(self.scan.at) {
            let ends = self.scan.take(byte);
            if ends {
                let rest = self.bytes.split_off(self.scan.at);
                let message = std::mem::replace(&mut self.bytes, rest);
                self.scan = Scan::default();
                return String::from_utf8(message).ok();
            }
        }
        None
    }
}

impl Scan {
    /// Takes the next byte, and says whether the message ends with it.
    fn take(&mut self, byte: u8) -> bool {
        let at = self.at;
        self.at += 1;
        match byte {
            b'{' | b'[' if !self.in_string => {
                if self.depth == 0 {
                    self.start = at;
                }
                self.depth += 1;
            }
            b'}' | b']' if !self.in_string => self.depth -= 1,
            b'"' if !self.escaped => self.in_string = !self.in_string,
            b' ' | b'\t' | b'\r' | b'\n' => self.white_space += 1,
            _ => {}
        }
        self.escaped = byte == b'\\' && !self.escaped && self.in_string;
        // All white space of the message counts, not only what stands outside the braces. So a message is not
        // found to be complete where it has fewer bytes than the white space before it.
        self.depth == 0 && at > self.start && at - self.start + 1 > self.white_space
    }
}

#[cfg(test)]
mod tests {
    use super::Frames;

    /// What comes out when the parts are received one by one.
    fn messages(parts: &[&[u8]]) -> Vec<String> {
        let mut frames = Frames::default();
        let mut messages = Vec::new();
        for part in parts {
            frames.buffer().extend_from_slice(part);
            while let Some(message) = frames.next() {
                messages.push(message);
            }
        }
        messages
    }

    #[test]
    fn a_message_ends_where_its_braces_balance() {
        for message in [
            r#"{"a":{"b":[1,{}]}}"#,
            r#"[{"a":1},{"b":2}]"#,
            r#"{"a":"}"}"#,
            r#"{"a":"\"}\\"}"#,
            "{\r\n  \"a\": [\r\n    1\r\n  ]\r\n}",
        ] {
            assert_eq!(messages(&[message.as_bytes()]), [message]);
            assert_eq!(messages(&[message.as_bytes(), b"{}"]), [message, "{}"]);
        }
    }

    #[test]
    fn it_does_not_matter_where_a_message_is_split() {
        let text = "{\"a\":\"\\\"}{\"}[1,\"\u{e4}\"]\n{ }xy{\"z\":[]}";
        let whole = messages(&[text.as_bytes()]);
        assert_eq!(whole, ["{\"a\":\"\\\"}{\"}", "[1,\"\u{e4}\"]", "\n{ }", "xy", "{\"z\":[]}"]);
        for at in 0..text.len() {
            let (before, after) = text.as_bytes().split_at(at);
            assert_eq!(messages(&[before, after]), whole, "split at byte {at}");
        }
        let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
        assert_eq!(messages(&bytes), whole);
    }

    #[test]
    fn outside_braces_two_bytes_are_a_message() {
        assert_eq!(messages(&[b"list\n"]), ["li", "st"]);
        assert_eq!(messages(&[b"x"]), [""; 0]);
        assert_eq!(messages(&[b"x", b"y"]), ["xy"]);
        assert_eq!(messages(&[b"abc{}"]), ["ab", "c{}"]);
        assert_eq!(messages(&[b"list\n{}"]), ["li", "st", "\n{}"]);
    }

    #[test]
    fn a_closing_brace_too_many_is_balanced_by_an_opening_one() {
        assert_eq!(messages(&[b"}x", b"y"]), [""; 0]);
        assert_eq!(messages(&[b"}x", b"y", b"{", b"{}"]), ["}xy{", "{}"]);
    }

    #[test]
    fn a_message_behind_as_much_white_space_is_never_complete() {
        let request = r#"{"jsonrpc":"2.0","id":1}"#;
        let with = |newlines: usize| format!("{}{request}", "\n".repeat(newlines));
        let fewer = with(request.len() - 1);
        assert_eq!(messages(&[fewer.as_bytes()]), [fewer.as_str()]);
        assert_eq!(messages(&[with(request.len()).as_bytes()]), [""; 0]);
        assert_eq!(messages(&[b" \r\n\t \n"]), [""; 0]);
    }

    #[test]
    fn what_is_not_utf_8_is_dropped() {
        assert_eq!(messages(&[b"{\"a\":\"\xff\"}", b"{}"]), ["{}"]);
        // What came with it is only looked at when more has come.
        assert_eq!(messages(&[b"{\"\xff\"}{\"b\":1}"]), [""; 0]);
        assert_eq!(messages(&[b"{\"\xff\"}{\"b\":1}", b"\n"]), ["{\"b\":1}"]);
    }
}
