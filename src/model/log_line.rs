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
    shared: Arc<[u8]>,
    place: Place,
}

/// Where a line is in its memory, and what is known of it.
#[derive(Debug, Clone, Copy)]
struct Place {
    begin: usize,
    text_at: usize,
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
    /// Adds a line of a service; an empty name for none.
    pub fn push(&mut self, service: &[u8], source: LogSource, text: &[u8], is_truncated: bool) {
        let begin = self.bytes.len();
        self.bytes.extend_from_slice(service);
        self.bytes.push(0);
        let text_at = self.bytes.len();
        self.bytes.extend_from_slice(text);
        self.bytes.push(0);
        let end = self.bytes.len();
        self.places.push(Place { begin, text_at, end, source, is_truncated });
    }

    /// Takes all of them, in their order.
    pub fn take_all(&mut self) -> impl Iterator<Item = LogLine> {
        let shared: Arc<[u8]> = self.bytes.as_slice().into();
        self.bytes.clear();
        self.places.drain(..).map(move |place| LogLine { shared: Arc::clone(&shared), place })
    }
}

impl LogLine {
    /// The service's name, with its NUL; `None` where the line is of none.
    pub fn service_with_nul(&self) -> Option<&[u8]> {
        self.shared.get(self.place.begin..self.place.text_at).filter(|name| name.len() > 1)
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
