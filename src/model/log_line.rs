//! The lines of a log.

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
#[derive(Debug, Clone, Copy)]
pub struct LogLine<'a> {
    bytes: &'a [u8],
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

/// Lines that come together, in one piece of memory: one for each would cost twice as much. They are taken from the
/// first one on.
#[derive(Debug, Default)]
pub struct LogLines {
    bytes: Vec<u8>,
    places: Vec<Place>,
    /// So many of them are removed.
    removed: usize,
}

impl LogLines {
    /// None yet, with room for one of so many bytes.
    pub fn with_room_for_one(length: usize) -> Self {
        // Its two NULs, and no more.
        Self { bytes: Vec::with_capacity(length + 2), places: Vec::with_capacity(1), removed: 0 }
    }

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

    #[inline]
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

    /// Takes all of them; `None` where there are none.
    pub fn take(&mut self) -> Option<Self> {
        if self.is_empty() {
            return None;
        }
        // What comes next is about as long.
        let (bytes, places) = (Vec::with_capacity(self.bytes.len()), Vec::with_capacity(self.places.len()));
        Some(std::mem::replace(self, Self { bytes, places, removed: 0 }))
    }

    /// The first one.
    pub fn first(&self) -> Option<LogLine<'_>> {
        Some(LogLine { bytes: &self.bytes, place: *self.places.get(self.removed)? })
    }

    /// All of them, in their order.
    pub fn iter(&self) -> impl Iterator<Item = LogLine<'_>> {
        let places = self.places.get(self.removed..).unwrap_or_default();
        places.iter().map(|place| LogLine { bytes: &self.bytes, place: *place })
    }

    /// Removes the first one; its memory is freed together with that of all.
    pub fn remove_first(&mut self) {
        self.removed += usize::from(!self.is_empty());
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.places.len() - self.removed
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How much memory they take.
    pub fn size(&self) -> usize {
        let of_first = |first: LogLine<'_>| size_of::<Self>() + self.bytes.len() - first.place.begin;
        self.first().map_or(0, of_first) + self.len() * size_of::<Place>()
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

impl<'a> LogLine<'a> {
    /// The service's name, with its NUL; `None` where the line is of none.
    pub fn service_with_nul(self) -> Option<&'a [u8]> {
        self.bytes.get(self.place.begin..self.place.name_end).filter(|name| name.len() > 1)
    }

    /// The text, with its NUL; it may have others inside.
    pub fn text_with_nul(self) -> &'a [u8] {
        self.bytes.get(self.place.text_at..self.place.end).unwrap_or_default()
    }

    /// The text.
    pub fn text(self) -> &'a [u8] {
        self.text_with_nul().strip_suffix(b"\0").unwrap_or_default()
    }

    /// Where it comes from.
    pub fn source(self) -> LogSource {
        self.place.source
    }

    /// Whether the end of it is missing.
    pub fn is_truncated(self) -> bool {
        self.place.is_truncated
    }
}
