//! One line of a service's log.

use std::sync::Arc;

/// Where a line comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogSource {
    /// The service's standard output.
    Stdout,
    /// Its standard error.
    Stderr,
    /// zinit, which has spawned it.
    Start,
    /// The service's test command.
    Test,
    /// zinit, or this library, which has lost lines.
    Dropped,
}

/// One line: bytes, for a service may print any. Lent as it stands, with a NUL behind the name and behind the
/// text.
///
/// It shares its memory with the lines that came along with it.
#[derive(Debug, Clone)]
pub struct LogLine {
    shared: Arc<Vec<u8>>,
    place: Place,
}

/// Where a line is in its memory, and what is known of it.
#[derive(Debug, Clone, Copy)]
struct Place {
    begin: usize,
    /// Behind the NUL of the name.
    name_end: usize,
    text_at: usize,
    /// Behind the NUL of the text.
    end: usize,
    source: LogSource,
    is_truncated: bool,
}

/// Lines that come together: one piece of memory for all of them costs half of one for each.
#[derive(Debug, Default)]
pub struct LogLines {
    bytes: Vec<u8>,
    places: Vec<Place>,
}

impl LogLines {
    /// Adds a line of no service.
    pub fn push(&mut self, source: LogSource, text: &[u8], is_truncated: bool) {
        let begin = self.bytes.len();
        self.bytes.push(0);
        self.end_line(begin, 1, 1, text, source, is_truncated);
    }

    /// Adds a line of a service, which begins with its name. Between that and the text is what both do without: the line
    /// is copied whole, which costs half of copying two pieces.
    pub fn push_of_service(&mut self, line: &[u8], parts: LineParts, source: LogSource, is_truncated: bool) {
        let begin = self.bytes.len();
        self.end_line(begin, parts.name_len + 1, parts.text_at, line, source, is_truncated);
        if let Some(behind_name) = self.bytes.get_mut(begin + parts.name_len) {
            *behind_name = 0;
        }
    }

    fn end_line(
        &mut self,
        begin: usize,
        name_end: usize,
        text_at: usize,
        bytes: &[u8],
        source: LogSource,
        is_truncated: bool,
    ) {
        self.bytes.extend_from_slice(bytes);
        self.bytes.push(0);
        let (name_end, text_at, end) = (begin + name_end, begin + text_at, self.bytes.len());
        self.places.push(Place { begin, name_end, text_at, end, source, is_truncated });
    }

    /// Takes all of them, in their order.
    pub fn take_all(&mut self) -> impl Iterator<Item = LogLine> {
        // What comes next is about as long.
        let next = Vec::with_capacity(self.bytes.len());
        let shared = Arc::new(std::mem::replace(&mut self.bytes, next));
        self.places.drain(..).map(move |place| LogLine { shared: Arc::clone(&shared), place })
    }
}

/// Where the name of a line's service ends, and where its text begins; at least one byte is between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineParts {
    /// How many bytes the name has.
    pub name_len: usize,
    /// How many bytes are before the text.
    pub text_at: usize,
}

impl LogLine {
    /// The service's name, with its NUL; `None` where the line is of none.
    pub fn service_with_nul(&self) -> Option<&[u8]> {
        self.shared.get(self.place.begin..self.place.name_end).filter(|name| name.len() > 1)
    }

    /// The text, with its NUL; it may have others inside.
    pub fn text_with_nul(&self) -> &[u8] {
        self.shared.get(self.place.text_at..self.place.end).unwrap_or_default()
    }

    /// The text.
    pub fn text(&self) -> &[u8] {
        self.text_with_nul().strip_suffix(b"\0").unwrap_or_default()
    }

    /// Where it comes from.
    pub fn source(&self) -> LogSource {
        self.place.source
    }

    /// Whether the end of it is missing.
    pub fn is_truncated(&self) -> bool {
        self.place.is_truncated
    }

    /// How much memory it takes.
    pub fn size(&self) -> usize {
        size_of::<Self>() + self.place.end - self.place.begin
    }
}
