//! One line of a service's log.

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

/// One line: bytes, for a service may print any. Lent as it stands, with a NUL behind the name and behind the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    bytes: Vec<u8>,
    text_at: usize,
    source: LogSource,
    is_truncated: bool,
}

impl LogLine {
    /// A line of a service; an empty name for none.
    pub fn new(service: &[u8], source: LogSource, text: &[u8], is_truncated: bool) -> Self {
        let mut bytes = Vec::with_capacity(service.len() + text.len() + 2);
        bytes.extend_from_slice(service);
        bytes.push(0);
        let text_at = bytes.len();
        bytes.extend_from_slice(text);
        bytes.push(0);
        Self { bytes, text_at, source, is_truncated }
    }

    /// The service's name, with its NUL; `None` where the line is of none.
    pub fn service_with_nul(&self) -> Option<&[u8]> {
        if self.text_at <= 1 { None } else { self.bytes.get(..self.text_at) }
    }

    /// The text, with its NUL; it may have others inside.
    pub fn text_with_nul(&self) -> &[u8] {
        self.bytes.get(self.text_at..).unwrap_or_default()
    }

    /// The text.
    pub fn text(&self) -> &[u8] {
        self.text_with_nul().strip_suffix(b"\0").unwrap_or_default()
    }

    /// Where it comes from.
    pub fn source(&self) -> LogSource {
        self.source
    }

    /// Whether the end of it is missing.
    pub fn is_truncated(&self) -> bool {
        self.is_truncated
    }

    /// How much memory it takes.
    pub fn size(&self) -> usize {
        size_of::<Self>() + self.bytes.capacity()
    }
}
