//! The YAML of a service file: its text, and its events in the order of the file.
//!
//! A flat list, and not a tree: nesting costs no stack, and what is not looked at costs nothing. The parser is
//! that of zinit 0.2, so that library and daemon see the same file.

use yaml_rust::Event as Parsed;
use yaml_rust::parser::Parser;
use yaml_rust::scanner::{Marker, Scanner, TScalarStyle, Token, TokenType};

use super::problem::{Place, Problem};
use super::syntax;
use super::{Key, Service};

/// The text of a file whose YAML is sound, and what it holds.
#[derive(Debug, Clone)]
pub(super) struct Document {
    text: String,
    /// Those of the first document.
    events: Vec<Event>,
    /// The event of each anchor, by the parser's number for it.
    anchors: Vec<usize>,
    /// Where a second document begins; it is empty.
    second: Option<Place>,
}

#[derive(Debug, Clone)]
struct Event {
    kind: Kind,
    place: Place,
    has_anchor: bool,
}

/// What stands in a file at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Scalar(Scalar),
    /// A list; its end is the event of this number.
    List(usize),
    /// A map; its end is the event of this number.
    Map(usize),
    /// The end of a list or a map.
    End,
    /// The number of the anchor.
    Alias(usize),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scalar {
    /// Without quotes and escapes. The parser says `~` where a value is left out.
    pub(super) text: String,
    /// Stood without quotes.
    pub(super) is_plain: bool,
    /// As it is written, such as `!!str`.
    pub(super) tag: Option<String>,
}

impl Scalar {
    /// Whether YAML takes it for no value.
    pub(super) fn is_null(&self) -> bool {
        let is_word = matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL");
        is_word && self.is_plain && matches!(self.tag.as_deref(), None | Some("!!null"))
    }
}

/// A key of the file, and its value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) name: &'a str,
    pub(super) place: Place,
    /// The key itself; absent in a list, where the position is the key.
    pub(super) key: Option<Node<'a>>,
    pub(super) value: Node<'a>,
}

impl Document {
    /// Parses a file. What stands behind its first document is a problem, unless it is empty.
    pub(super) fn parse(yaml: &[u8]) -> Result<Self, Problem> {
        Self::parse_up_to(yaml, Service::MAX_FILE_BYTES)
    }

    /// The same, of what has at most so many bytes.
    pub(super) fn parse_up_to(yaml: &[u8], most: usize) -> Result<Self, Problem> {
        if yaml.len() > most {
            return Err(too_large());
        }
        let text = std::str::from_utf8(yaml).map_err(|error| {
            let message = "a byte that is not UTF-8: write the file in UTF-8";
            Problem::error(Place::of(yaml.get(..error.valid_up_to()).unwrap_or_default()), "", message)
        })?;
        if let Some(position) = text.find('\0') {
            // The parser takes it for the end of the file.
            let message = "a NUL character: the daemon reads nothing behind it; remove it";
            return Err(Problem::error(Place::of(yaml.get(..position).unwrap_or_default()), "", message));
        }
        let mut document =
            Self { text: text.to_owned(), events: Vec::new(), anchors: Vec::new(), second: None };
        document.read_events()?;
        Ok(document)
    }

    fn read_events(&mut self) -> Result<(), Problem> {
        let text = std::mem::take(&mut self.text);
        // Go's readers skip it. It is written back, where the daemon refuses it.
        let mut parser = Parser::new(text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&text).chars());
        let mut documents = 0;
        let mut open: Vec<usize> = Vec::new();
        let result = loop {
            let (parsed, mark) = match parser.next() {
                Ok(event) => event,
                Err(error) if documents > 0 && open.is_empty() => {
                    break Err(syntax::behind(place(*error.marker()), &text));
                }
                Err(error) => {
                    let bracket =
                        open.last().and_then(|number| self.events.get(*number)).map(|event| event.place);
                    let key = self.key_at_margin();
                    break Err(syntax::problem(&error, place(*error.marker()), &text, bracket, key));
                }
            };
            match parsed {
                Parsed::StreamEnd => break Ok(()),
                Parsed::DocumentStart => {
                    documents += 1;
                    if documents == 2 {
                        self.second = Some(place(mark));
                    }
                }
                Parsed::StreamStart | Parsed::DocumentEnd | Parsed::Nothing => {}
                parsed if documents == 1 => self.push(parsed, mark, &mut open),
                Parsed::Scalar(text, TScalarStyle::Plain, _, None) if text == "~" => {}
                _ => break Err(Problem::error(self.second.unwrap_or(place(mark)), "", syntax::BEHIND)),
            }
            if open.len() > MAX_DEPTH {
                let message =
                    "lists and maps more than 64 deep: the library reads no deeper ones; write fewer";
                break Err(Problem::error(place(mark), "", message));
            }
        };
        self.text = text;
        result
    }

    fn push(&mut self, parsed: Parsed, mark: Marker, open: &mut Vec<usize>) {
        let number = self.events.len();
        let (kind, anchor) = match parsed {
            Parsed::Scalar(text, style, anchor, tag) => {
                let is_plain = style == TScalarStyle::Plain;
                (Kind::Scalar(Scalar { text, is_plain, tag: tag.as_ref().map(tag_text) }), anchor)
            }
            Parsed::SequenceStart(anchor) => (Kind::List(number), anchor),
            Parsed::MappingStart(anchor) => (Kind::Map(number), anchor),
            Parsed::Alias(anchor) => (Kind::Alias(anchor), 0),
            _ => {
                let start = open.pop().and_then(|start| self.events.get_mut(start));
                if let Some(Event { kind: Kind::List(end) | Kind::Map(end), .. }) = start {
                    *end = number;
                }
                (Kind::End, 0)
            }
        };
        if matches!(kind, Kind::List(_) | Kind::Map(_)) {
            open.push(number);
        }
        if anchor > 0 {
            self.anchors.resize(self.anchors.len().max(anchor + 1), 0);
            if let Some(place) = self.anchors.get_mut(anchor) {
                *place = number;
            }
        }
        self.events.push(Event { kind, place: place(mark), has_anchor: anchor > 0 });
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn has_byte_order_mark(&self) -> bool {
        self.text.starts_with(BYTE_ORDER_MARK)
    }

    /// Whether the line is indented with a tab, which is white space to the daemon, but no indent.
    pub(super) fn has_tab_indent(&self, line: usize) -> bool {
        syntax::has_tab_indent(syntax::line_of(&self.text, line))
    }

    /// Where a second document begins, which is empty.
    pub(super) fn second(&self) -> Option<Place> {
        self.second
    }

    /// What the file holds; `None` for an empty file.
    pub(super) fn root(&self) -> Option<Node<'_>> {
        (!self.events.is_empty()).then_some(Node { document: self, number: 0 })
    }

    /// The keys of the file with their values, in its order. Keys that are lists or maps are left out.
    ///
    /// The daemon takes a list for the values of its keys, in the order of [`Key::ALL`] (zinit 0.2.14).
    pub(super) fn entries<'a>(&'a self) -> Vec<Entry<'a>> {
        let Some(root) = self.root().map(Node::resolved) else { return Vec::new() };
        if let Kind::Map(_) = root.kind() {
            let pairs = root.pairs().filter_map(|(key, value)| {
                let name = key.scalar()?.text.as_str();
                Some(Entry { name, place: key.place(), key: Some(key), value })
            });
            return pairs.collect();
        }
        let items = Key::ALL.iter().zip(root.items());
        let entry = |(key, value): (&Key, Node<'a>)| Entry {
            name: key.name(),
            place: value.place(),
            key: None,
            value,
        };
        items.map(entry).collect()
    }

    /// Where a key is, such as `exec` or `env.HOME`; if it is a variable that is not found, where the variables are.
    pub(super) fn place(&self, key: &str) -> Option<Place> {
        let (name, inner) = key.split_once('.').unwrap_or((key, ""));
        let entries = self.entries();
        let entry = entries.iter().rfind(|entry| entry.name == name)?;
        let is_inner = |(key, _): &(Node, Node)| key.scalar().is_some_and(|key| key.text == inner);
        let inner = entry.value.pairs().filter(is_inner).last();
        Some(inner.map_or(entry.place, |(key, _)| key.place()))
    }

    /// The key that has this number, and its value.
    pub(super) fn pair(&self, number: usize) -> (Node<'_>, Node<'_>) {
        let key = Node { document: self, number };
        (key, key.next())
    }

    /// The key that was read last of those at the margin.
    fn key_at_margin(&self) -> &str {
        let at_margin = |event: &&Event| event.place.column == 1;
        let scalars = self.events.iter().rev().filter(at_margin).find_map(|event| match &event.kind {
            Kind::Scalar(scalar) => Some(scalar.text.as_str()),
            _ => None,
        });
        scalars.filter(|key| syntax::is_key(key)).unwrap_or_default()
    }

    /// Where a list or a map has a tag, which the events do not tell.
    pub(super) fn tagged_collections(&self) -> Vec<Place> {
        let mut tag = None;
        let mut places = Vec::new();
        let text = self.text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&self.text);
        for Token(mark, token) in Scanner::new(text.chars()) {
            match token {
                TokenType::Tag(..) => tag = Some(place(mark)),
                TokenType::Anchor(_) => {}
                TokenType::FlowSequenceStart
                | TokenType::FlowMappingStart
                | TokenType::BlockSequenceStart
                | TokenType::BlockMappingStart => places.extend(tag.take()),
                _ => tag = None,
            }
        }
        places
    }

    /// The text behind a place, on its line.
    pub(super) fn text_at(&self, place: Place) -> &str {
        let line = syntax::line_of(&self.text, place.line);
        let begin = line.char_indices().nth(place.column - 1).map_or(line.len(), |(begin, _)| begin);
        line.get(begin..).unwrap_or_default()
    }
}

pub(super) fn too_large() -> Problem {
    let message = "the file is larger than 256 KiB: the library reads no larger one";
    Problem::error(Place::START, "", message)
}

pub(super) const BYTE_ORDER_MARK: char = '\u{feff}';

/// The daemon's reader takes stack for each level, and so does [`daemon::load`](super::daemon::load).
pub(super) const MAX_DEPTH: usize = 64;

/// One value of a document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'a> {
    document: &'a Document,
    number: usize,
}

impl<'a> Node<'a> {
    fn event(self) -> Option<&'a Event> {
        self.document.events.get(self.number)
    }

    pub(super) fn kind(self) -> &'a Kind {
        self.event().map_or(&Kind::End, |event| &event.kind)
    }

    pub(super) fn place(self) -> Place {
        self.event().map_or(Place::START, |event| event.place)
    }

    /// The value itself, or the one that the alias names.
    pub(super) fn resolved(self) -> Self {
        let Kind::Alias(anchor) = self.kind() else { return self };
        let number = self.document.anchors.get(*anchor).copied().unwrap_or(usize::MAX);
        Self { number, ..self }
    }

    /// The scalar that it is, or that it is an alias of.
    pub(super) fn scalar(self) -> Option<&'a Scalar> {
        match self.resolved().kind() {
            Kind::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// Its place in the document, for [`Document::pair`].
    pub(super) fn number(self) -> usize {
        self.number
    }

    pub(super) fn is_null(self) -> bool {
        self.scalar().is_some_and(Scalar::is_null)
    }

    /// Whether something inside has a name that an alias elsewhere may use.
    pub(super) fn has_anchor(self) -> bool {
        self.events().iter().any(|event| event.has_anchor)
    }

    /// Whether it is written with the same values, aliases of the same anchors included, wherever it stands.
    pub(super) fn is_same(self, other: Node) -> bool {
        // Ends are counted from the beginning of the file.
        fn kind(node: Node, event: &Event) -> Kind {
            match event.kind {
                Kind::List(end) => Kind::List(end - node.number),
                Kind::Map(end) => Kind::Map(end - node.number),
                ref kind => kind.clone(),
            }
        }
        let one = self.events().iter().map(|event| kind(self, event));
        one.eq(other.events().iter().map(|event| kind(other, event)))
    }

    fn events(self) -> &'a [Event] {
        self.document.events.get(self.number..self.next().number).unwrap_or_default()
    }

    /// The items of a list, or of the list that it is an alias of; nothing for anything else.
    pub(super) fn items(self) -> impl Iterator<Item = Node<'a>> {
        let node = self.resolved();
        let inside = match node.kind() {
            Kind::List(_) => node.number + 1,
            _ => usize::MAX,
        };
        std::iter::successors(node.at(inside), move |item| node.at(item.next().number))
    }

    /// The keys and values of a map, or of the map that it is an alias of; nothing for anything else.
    pub(super) fn pairs(self) -> impl Iterator<Item = (Node<'a>, Node<'a>)> {
        let node = self.resolved();
        let inside = match node.kind() {
            Kind::Map(_) => node.number + 1,
            _ => usize::MAX,
        };
        let pair = move |number| {
            let key = node.at(number)?;
            Some((key, key.next()))
        };
        std::iter::successors(pair(inside), move |(_, value)| pair(value.next().number))
    }

    /// The node of that number; nothing at the end of a list or a map, and of the document.
    fn at(self, number: usize) -> Option<Self> {
        let node = Self { number, ..self };
        (*node.kind() != Kind::End).then_some(node)
    }

    /// What stands behind it.
    fn next(self) -> Self {
        let last = match self.kind() {
            Kind::List(end) | Kind::Map(end) => *end,
            _ => self.number,
        };
        Self { number: last.saturating_add(1), ..self }
    }
}

fn place(mark: Marker) -> Place {
    Place { line: mark.line(), column: mark.col() + 1 }
}

fn tag_text(tag: &TokenType) -> String {
    match tag {
        TokenType::Tag(handle, suffix) if handle.is_empty() && suffix != "!" => format!("!<{suffix}>"),
        TokenType::Tag(handle, suffix) => format!("{handle}{suffix}"),
        _ => String::new(),
    }
}
