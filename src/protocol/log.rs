//! The text of `log`: lines, for as long as the daemon lives.

use super::{Done, Input, NoAnswer, Protocol, Reply, Request, Scan, interpret, line};
use crate::model::{LineParts, LogLines, LogSource, Name, search};

/// What the first bytes are: lines (`None`), or a refusal, which begins as no line does, and is not longer than one. The
/// scan is kept from part to part.
pub fn refusal(bytes: &[u8], input: Input, scan: &mut Scan) -> Option<NoAnswer> {
    let is_object = bytes.first().is_some_and(|first| *first == b'{');
    if !is_object || bytes.len() > Lines::MAX_LINE_BYTES || bytes.contains(&b'\n') {
        return None;
    }
    match line::read::<Done>(bytes, input, scan) {
        Reply::None(NoAnswer::Error(error)) if error.kind().daemon_message().is_some() => {
            Some(interpret(&Request::Log(None), Protocol::Line, error).into())
        }
        // Something else that begins so.
        Reply::None(NoAnswer::Error(_)) | Reply::Answer(_) => None,
        Reply::None(other) => Some(other),
    }
}

/// Cuts what comes into lines.
#[derive(Debug, Default)]
pub struct Lines {
    /// The beginning of a line whose end has not come yet.
    rest: Vec<u8>,
    is_truncated: bool,
}

impl Lines {
    /// The longest line that is kept; the end of a longer one is cut off.
    pub const MAX_LINE_BYTES: usize = 64 << 10;

    /// Takes in what has come, and gives each line that is whole, and whether its end was cut off.
    pub fn take_in(&mut self, bytes: &[u8], give: &mut dyn FnMut(&[u8], bool)) {
        let mut begin = 0;
        for end in search::find_all(b'\n', bytes) {
            let line = bytes.get(begin..end).unwrap_or_default();
            begin = end + 1;
            if self.rest.is_empty() && line.len() <= Self::MAX_LINE_BYTES {
                give(line, false);
            } else {
                self.keep(line);
                give(&self.rest, self.is_truncated);
                self.rest.clear();
                self.is_truncated = false;
            }
        }
        self.keep(bytes.get(begin..).unwrap_or_default());
    }

    /// Nothing comes any more: gives what there is of a line whose end is missing, and says whether there was
    /// one.
    pub fn end(&mut self, give: &mut dyn FnMut(&[u8], bool)) -> bool {
        let is_cut = !self.rest.is_empty();
        if is_cut {
            give(&self.rest, true);
        }
        self.rest.clear();
        is_cut
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = Self::MAX_LINE_BYTES - self.rest.len();
        self.is_truncated |= bytes.len() > room;
        self.rest.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
    }
}

/// A line as far as it is kept, and whether its end was cut off.
pub fn cut(line: &str) -> (&str, bool) {
    if line.len() <= Lines::MAX_LINE_BYTES {
        return (line, false);
    }
    let cut = (0..=Lines::MAX_LINE_BYTES).rev().find_map(|end| line.get(..end)).unwrap_or_default();
    (cut, true)
}

/// Reads a line, unless it is of another service than the one asked for. That lines were lost concerns all.
pub fn read(line: &[u8], is_truncated: bool, wanted: Option<&Name>, lines: &mut LogLines) {
    const START: &[u8] = b"------------ [start] ------------";
    let (source, rest) = match line.split_at_checked(4) {
        Some((b"[+] ", rest)) => (LogSource::Stdout, rest),
        Some((b"[-] ", rest)) => (LogSource::Stderr, rest),
        // Of no service that could be told.
        _ if wanted.is_some() => return,
        _ => return lines.push(LogSource::Stdout, line, is_truncated),
    };
    if let Some(text) = dropped(rest).filter(|_| source == LogSource::Stderr) {
        return lines.push(LogSource::Dropped, text, is_truncated);
    }
    let parts = match wanted {
        // Exact whatever stands in the name.
        Some(name) => split_behind(rest, name.as_str().as_bytes()),
        None => split(rest),
    };
    let Some(LineParts { name_len, text_at }) = parts else {
        return if wanted.is_none() {
            lines.push(source, rest, is_truncated);
        };
    };
    let is_start = source == LogSource::Stderr && rest.get(text_at..) == Some(START);
    let (name_len, source) = match rest.get(..name_len) {
        Some(name) if name.ends_with(TEST) => (name_len - TEST.len(), LogSource::Test),
        _ if is_start => (name_len, LogSource::Start),
        _ => (name_len, source),
    };
    lines.push_of_service(rest, LineParts { name_len, text_at }, source, is_truncated);
}

/// The text of `zinit: N lines dropped`.
fn dropped(rest: &[u8]) -> Option<&[u8]> {
    let text = rest.strip_prefix(b"zinit: ")?;
    let count = text.strip_suffix(b" lines dropped")?;
    (!count.is_empty() && count.iter().all(u8::is_ascii_digit)).then_some(text)
}

/// `NAME: text` of a service that is known, or `NAME/test: text` of its test.
fn split_behind(rest: &[u8], name: &[u8]) -> Option<LineParts> {
    let behind = rest.strip_prefix(name)?;
    let behind = behind.strip_prefix(TEST).unwrap_or(behind);
    let name_len = rest.len() - behind.len();
    behind.starts_with(SEPARATOR).then_some(LineParts { name_len, text_at: name_len + SEPARATOR.len() })
}

/// `NAME: text` of any service; a name with `: ` inside is cut there.
fn split(rest: &[u8]) -> Option<LineParts> {
    // A name is short: to look at each byte costs less than a search that is made for long texts.
    let is_separator = |(byte, next): (&u8, &u8)| (*byte, *next) == (b':', b' ');
    let name_len = rest.iter().zip(rest.get(1..)?).position(is_separator)?;
    let name = rest.get(..name_len)?;
    let name = name.strip_suffix(TEST).unwrap_or(name);
    is_name(name).then_some(LineParts { name_len, text_at: name_len + SEPARATOR.len() })
}

/// What is lent as a name is text that ends at its NUL. The text of a line may be anything.
fn is_name(name: &[u8]) -> bool {
    !name.is_empty() && !name.contains(&0) && (name.is_ascii() || std::str::from_utf8(name).is_ok())
}

const SEPARATOR: &[u8] = b": ";
/// Stands behind the name where a test has printed the line.
const TEST: &[u8] = b"/test";

#[cfg(test)]
mod tests {
    use super::{Input, Lines, LogLines, LogSource, Name, NoAnswer, Scan, cut, refusal};

    fn read(line: &[u8], wanted: Option<&Name>) -> LogLines {
        let mut lines = LogLines::default();
        super::read(line, false, wanted, &mut lines);
        lines
    }

    fn read_all(parts: &[&[u8]]) -> Vec<(usize, bool)> {
        let mut lines = Lines::default();
        let mut seen = Vec::new();
        for part in parts {
            lines.take_in(part, &mut |line, is_truncated| seen.push((line.len(), is_truncated)));
        }
        let before = seen.len();
        let is_cut = lines.end(&mut |line, is_truncated| seen.push((line.len(), is_truncated)));
        assert_eq!(seen.len() - before, usize::from(is_cut));
        seen
    }

    #[test]
    fn lines_that_begin_as_a_refusal_does_are_lines() {
        for lines in ["{hello}", "{\"state\":\"error\"}", "{\"a\":1} b", "{\"state\":\"ok\",\"body\":1}"] {
            let told = refusal(lines.as_bytes(), Input::Partial, &mut Scan::default());
            assert!(told.is_none(), "{lines}: {told:?}");
        }
    }

    #[test]
    fn a_refusal_is_not_longer_than_a_line() {
        let text = r#"{"state":"error","body":"no"}"#;
        for (length, is_refusal) in [(Lines::MAX_LINE_BYTES, true), (Lines::MAX_LINE_BYTES + 1, false)] {
            let text = text.replace("no", &"n".repeat(length - text.len() + 2));
            let told = refusal(text.as_bytes(), Input::Ended, &mut Scan::default());
            assert_eq!(matches!(told, Some(NoAnswer::Error(_))), is_refusal, "{} bytes", text.len());
            assert_eq!(told.is_some(), is_refusal, "{} bytes", text.len());
        }
    }

    #[test]
    fn lines_come_whole_however_they_were_cut() {
        assert_eq!(
            read_all(&[b"ab\nc", b"d", b"e\n\nf", b"\n"]),
            [(2, false), (3, false), (0, false), (1, false)]
        );
    }

    #[test]
    fn a_last_line_without_newline_has_lost_its_end() {
        assert_eq!(read_all(&[b"ab\nc", b"d"]), [(2, false), (2, true)]);
        assert!(!Lines::default().end(&mut |_, _| panic!("nothing is left")));
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_and_marked_and_the_next_is_not() {
        let long = vec![b'x'; 1 << 20];
        let expected = [(Lines::MAX_LINE_BYTES, true), (2, false)];
        assert_eq!(read_all(&[&long, b"\nab\n"]), expected);
        assert_eq!(read_all(&[&[long.clone(), b"\nab\n".to_vec()].concat()]), expected);
        let longest = &long[..Lines::MAX_LINE_BYTES];
        assert_eq!(read_all(&[longest, b"\n"]), [(Lines::MAX_LINE_BYTES, false)]);
        assert_eq!(read_all(&[longest, b"x\n"]), [(Lines::MAX_LINE_BYTES, true)]);
    }

    #[test]
    fn a_line_that_came_whole_is_cut_within_no_character() {
        let most = Lines::MAX_LINE_BYTES;
        for (line, length) in
            [("x".repeat(most), most), ("x".repeat(most + 1), most), ("é".repeat(most), most)]
        {
            assert_eq!(cut(&line), (&line[..length], line.len() > most));
        }
        let line = "x".to_owned() + &"é".repeat(most);
        assert_eq!(cut(&line), (&line[..most - 1], true));
    }

    #[test]
    fn the_source_is_told_from_the_text() {
        let source = |line: &str| read(line.as_bytes(), None).first().unwrap().source();
        assert_eq!(source("[+] web: hello"), LogSource::Stdout);
        assert_eq!(source("[-] web: hello"), LogSource::Stderr);
        assert_eq!(source("[-] web: ------------ [start] ------------"), LogSource::Start);
        assert_eq!(source("[+] web: ------------ [start] ------------"), LogSource::Stdout);
        assert_eq!(source("[-] web/test: hello"), LogSource::Test);
        assert_eq!(source("[-] zinit: 17 lines dropped"), LogSource::Dropped);
        assert_eq!(source("[-] zinit: no lines dropped"), LogSource::Stderr);
        assert_eq!(source("[-] zinit:  lines dropped"), LogSource::Stderr);
        assert_eq!(source("[+] zinit: 17 lines dropped"), LogSource::Stdout);
        assert_eq!(source("[-] web/test: ------------ [start] ------------"), LogSource::Test);
        assert_eq!(source("something else"), LogSource::Stdout);
    }

    #[test]
    fn what_is_not_a_name_is_text_of_no_service() {
        let names: [&[u8]; 6] = [b"we\xffb", b"\xc3", b"w\0b", b"", b"/test", b"\xe2\x82/test"];
        for name in names {
            let rest = [name, b": a"].concat();
            let lines = read(&[b"[+] ".as_slice(), &rest].concat(), None);
            let line = lines.first().unwrap();
            assert_eq!(line.service_with_nul(), None, "{name:?}");
            assert_eq!((line.text(), line.source()), (rest.as_slice(), LogSource::Stdout));
        }
        let lines = read("[+] é€: a".as_bytes(), None);
        assert_eq!(lines.first().unwrap().service_with_nul(), Some("é€\0".as_bytes()));
    }

    #[test]
    fn a_service_that_is_asked_for_is_told_exactly() {
        let wanted = Name::new("a: b").unwrap();
        let lines = read(b"[+] a: b: c", Some(&wanted));
        let line = lines.first().unwrap();
        assert_eq!(line.service_with_nul(), Some(b"a: b\0".as_slice()));
        assert_eq!(line.text(), b"c");
        let tests = read(b"[-] a: b/test: c", Some(&wanted));
        let test = tests.first().unwrap();
        assert_eq!((test.source(), test.service_with_nul()), (LogSource::Test, Some(b"a: b\0".as_slice())));
        for other in ["[+] a: c", "[+] a: bb: c", "[+] x", "[+] a: b/tests: c", "a: b: c"] {
            assert!(read(other.as_bytes(), Some(&wanted)).is_empty(), "{other}");
        }
    }

    #[test]
    fn an_empty_line_of_a_service_is_a_line() {
        let lines = read(b"[+] web: ", None);
        let line = lines.first().unwrap();
        assert_eq!((line.text(), line.text_with_nul()), (b"".as_slice(), b"\0".as_slice()));
    }
}
