//! Writes a service file: what was not changed as it was read, what was changed so that zinit reads it back with
//! the same values.
//!
//! The daemon reads with another YAML parser than other programs, and some of those with older ones. So everything
//! that any of them could take for something else than text goes into double quotes.

use std::collections::HashSet;

use super::document::{Document, Entry, Kind, Node, Scalar};
use super::problem::Problem;
use super::{Field, Key, KeyStatus, Service, Variable, check, daemon, edit, read};
use crate::model::{Signal, Text};

/// A simple key of YAML ends within 1,024 bytes; a longer one is written behind a `? `.
const MAX_SIMPLE_KEY: usize = 1000;

/// Words that YAML 1.1 or 1.2 takes for a boolean or for null.
const RESERVED: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];

/// A key, and why the daemon would refuse what stands there.
type Refusal = (String, String);

/// The file's content, checked.
pub(super) fn service(service: &Service) -> Result<String, Refusal> {
    let yaml = match &service.source {
        None => Writer { service, changed: Vec::new() }.whole()?,
        Some(document) if service.changed.is_empty() => document.text().to_owned(),
        Some(document) => edited(service, document)?,
    };
    if yaml.len() > Service::MAX_FILE_BYTES {
        let reason = "the file would be larger than 256 KiB, and could not be read back: shorten it";
        return Err((largest_key(&yaml), reason.to_owned()));
    }
    daemon::load(&yaml).map_err(|_| refusal(service, &yaml))?;
    let unfit = check::unfit(&service.values).into_iter().map(|unfit| (unfit.key.to_owned(), unfit.reason));
    match unfit.chain(check::has_nul(&service.values)).next() {
        Some((key, reason)) => Err((key.clone(), with_place(service, &key, &reason))),
        None => Ok(yaml),
    }
}

/// The reason, with the place of the key in the file that was read, if it is still the one that stands there.
fn with_place(service: &Service, key: &str, reason: &str) -> String {
    let source = service.source.as_ref().filter(|_| !is_changed(service, key));
    let place = source.and_then(|document| document.place(key));
    place.map_or(reason.to_owned(), |place| Problem::error(place, key, reason).describe())
}

/// Whether what the file had for a key, such as `exec` or `env.HOME`, was set since.
fn is_changed(service: &Service, key: &str) -> bool {
    let (key, variable) = key.split_once('.').unwrap_or((key, ""));
    match Key::from_name(key) {
        Some(Key::Env) if !variable.is_empty() => {
            let variable = service.env().iter().find(|known| known.name.as_str() == variable);
            variable.is_none_or(|variable| variable.number.is_none())
        }
        Some(key) => service.changed.contains(&key),
        None => false,
    }
}

/// Why the daemon refuses the text.
fn refusal(service: &Service, yaml: &str) -> Refusal {
    let of_text = || {
        let problem = check::problems(yaml.as_bytes()).into_iter().find(check::is_error)?;
        Some((problem.key.as_str().to_owned(), problem.message.as_str().to_owned()))
    };
    refusal_of_source(service).or_else(of_text).unwrap_or_default()
}

/// What the daemon refuses in the file that was read, and was not set since.
fn refusal_of_source(service: &Service) -> Option<Refusal> {
    let problems = check::problems(service.source.as_ref()?.text().as_bytes());
    let is_kept = |problem: &Problem| check::is_error(problem) && !is_changed(service, problem.key.as_str());
    let problem = problems.into_iter().find(is_kept)?;
    Some((problem.key.as_str().to_owned(), problem.describe()))
}

/// The text that was read, with the lines of the changed keys exchanged; or a new text with the same values, where
/// the lines cannot be told apart, as in `{exec: a}`.
fn edited(service: &Service, document: &Document) -> Result<String, Refusal> {
    let writer = Writer { service, changed: changed_and_mended(service, document) };
    let is_lost = |variable: &&Variable| variable.value == Field::NotUnderstood;
    if let Some(variable) = service.env().iter().find(is_lost).filter(|_| writer.is_changed(Key::Env)) {
        let nul = || (format!("env.{}", variable.name), check::NUL.to_owned());
        return Err(refusal_of_source(service).unwrap_or_else(nul));
    }
    let is_same = |yaml: &String| Service::read(yaml.as_bytes()).is_ok_and(|read| read == *service);
    if let Some(yaml) = edit::with_changed_lines(&writer, document).filter(is_same) {
        return Ok(yaml);
    }
    if document.has_tagged_collection() {
        let reason = "a list or a map with a tag cannot be kept in a changed file: remove the tag".to_owned();
        return Err((String::new(), reason));
    }
    writer.whole()
}

/// The keys that were set, and those whose spelling the daemon would refuse, though their value is understood.
fn changed_and_mended(service: &Service, document: &Document) -> Vec<Key> {
    let values = &service.values;
    let problems: Vec<Problem> =
        check::problems(document.text().as_bytes()).into_iter().filter(check::is_error).collect();
    let is_misspelled = |key: &Key| {
        let name = key.name();
        let is_understood = match key {
            Key::Signal => {
                values.stop_signal.value().is_some_and(|name| Signal::parse(name.as_str()).is_ok())
            }
            _ => service.key_status(name) == KeyStatus::Present,
        };
        let is_about = |problem: &Problem| {
            problem
                .key
                .as_str()
                .strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || (*key == Key::Signal && rest == ".stop"))
        };
        is_understood && problems.iter().any(is_about)
    };
    Key::ALL.into_iter().filter(|key| service.changed.contains(key) || is_misspelled(key)).collect()
}

/// The key at the margin with the most bytes behind it.
fn largest_key(yaml: &str) -> String {
    let (mut largest, mut current) = (("", 0), ("", 0));
    for line in yaml.split_inclusive('\n') {
        if line.starts_with(|first: char| first.is_alphanumeric()) {
            current = (line.split(':').next().unwrap_or_default(), 0);
        }
        current.1 += line.len();
        if current.1 > largest.1 {
            largest = current;
        }
    }
    largest.0.chars().take(60).collect()
}

/// Writes a definition; of the keys that count as changed the values, of the others what was read.
pub(super) struct Writer<'a> {
    service: &'a Service,
    changed: Vec<Key>,
}

impl Writer<'_> {
    pub(super) fn is_changed(&self, key: Key) -> bool {
        self.changed.contains(&key)
    }

    pub(super) fn changed(&self) -> &[Key] {
        &self.changed
    }

    /// A file with all the values: of keys that were set, as they were set; of the others, as they were read.
    pub(super) fn whole(&self) -> Result<String, Refusal> {
        let mut yaml = String::new();
        let entries = self.service.source.as_ref().map(Document::entries).unwrap_or_default();
        for key in ORDER {
            let source = entries.iter().rfind(|entry| entry.name == key.name());
            match source {
                Some(entry) if !self.is_changed(key) => yaml += &pair("", key.name(), &inline(entry)?),
                _ => yaml.extend(self.changed_key(key)),
            }
        }
        for entry in last_of_duplicates(&entries) {
            if Key::from_name(entry.name).is_none() {
                let key = entry.key.and_then(|key| rendered(key, Service::MAX_FILE_BYTES));
                yaml += &pair("", &key.unwrap_or_default(), &inline(entry)?);
            }
        }
        Ok(yaml)
    }

    /// The lines of a key that was set; nothing where it was taken out.
    pub(super) fn changed_key(&self, key: Key) -> Option<String> {
        let values = &self.service.values;
        let text = |field: Option<&Text>| Some(pair("", key.name(), &quoted(field?.as_str())));
        match key {
            Key::Exec => text(values.exec.value()),
            Key::Test => text(values.test.value()),
            Key::Dir => text(values.dir.value()),
            Key::Oneshot => Some(pair("", key.name(), &values.oneshot.value()?.to_string())),
            Key::Log => Some(pair("", key.name(), values.log.value()?.as_str())),
            Key::ShutdownTimeout => {
                Some(pair("", key.name(), &values.shutdown_timeout_seconds.value()?.to_string()))
            }
            Key::After => {
                let names = values.after.value()?.iter().map(|name| format!("- {}\n", quoted(name.as_str())));
                Some(format!("after:\n{}", names.collect::<String>()))
            }
            Key::Env => {
                Some(block("env", values.env.value()?.iter().map(|variable| self.variable_pair(variable))))
            }
            Key::Signal => {
                let stop = values.stop_signal.value().map(|stop| ("stop".to_owned(), quoted(stop.as_str())));
                let pairs: Vec<_> = stop.into_iter().chain(self.other_signal_keys()).collect();
                (!pairs.is_empty()).then(|| block("signal", pairs.into_iter()))
            }
        }
    }

    /// A variable, spelled as it was read unless it was set: an empty value is `~` to the daemon.
    fn variable_pair(&self, variable: &Variable) -> (String, String) {
        let source =
            self.service.source.as_ref().zip(variable.number).map(|(document, number)| document.pair(number));
        let spelled = source.and_then(|(key, value)| {
            let value = value.scalar()?;
            Some((scalar(key.scalar()?), scalar(value)))
        });
        let value = variable.value.value().map_or("", Text::as_str);
        spelled.unwrap_or_else(|| (quoted(variable.name.as_str()), quoted(value)))
    }

    /// What the file has in the map `signal` beside the stop signal.
    fn other_signal_keys(&self) -> Vec<(String, String)> {
        let entries = self.service.source.as_ref().map(Document::entries).unwrap_or_default();
        let Some(signal) = entries.iter().rfind(|entry| entry.name == Key::Signal.name()) else {
            return Vec::new();
        };
        let others = signal.value.pairs().filter(|(key, _)| !read::is_stop(*key));
        let most = Service::MAX_FILE_BYTES;
        others.filter_map(|(key, value)| Some((rendered(key, most)?, rendered(value, most)?))).collect()
    }
}

/// As a person would write them.
const ORDER: [Key; 9] = [
    Key::Exec,
    Key::Oneshot,
    Key::Test,
    Key::After,
    Key::Env,
    Key::Log,
    Key::Signal,
    Key::ShutdownTimeout,
    Key::Dir,
];

fn last_of_duplicates<'e, 'a>(entries: &'e [Entry<'a>]) -> Vec<&'e Entry<'a>> {
    let mut names = HashSet::new();
    let mut last: Vec<_> = entries.iter().rev().filter(|entry| names.insert(entry.name)).collect();
    last.reverse();
    last
}

fn inline(entry: &Entry) -> Result<String, Refusal> {
    rendered(entry.value, Service::MAX_FILE_BYTES).ok_or_else(|| {
        let reason = "its aliases make the file too large: write the values themselves".to_owned();
        (entry.name.to_owned(), reason)
    })
}

/// Whether both have the same keys that are not known, with the same values.
pub(super) fn has_same_unknown(one: &Service, other: &Service) -> bool {
    let (one, other) = (unknown(one), unknown(other));
    let is_same = |(one, other): (&Entry, &Entry)| {
        let rendered = |entry: &Entry| rendered(entry.value, Service::MAX_FILE_BYTES);
        one.name == other.name && (one.value.is_same(other.value) || rendered(one) == rendered(other))
    };
    one.len() == other.len() && one.iter().zip(&other).all(is_same)
}

/// The keys that are not known, sorted.
fn unknown(service: &Service) -> Vec<Entry<'_>> {
    let entries = service.source.as_ref().map(Document::entries).unwrap_or_default();
    let unknown = last_of_duplicates(&entries).into_iter().copied();
    let mut unknown: Vec<_> = unknown.filter(|entry| Key::from_name(entry.name).is_none()).collect();
    unknown.sort_by_key(|entry| entry.name);
    unknown
}

/// A key, and below it pairs.
fn block(key: &str, pairs: impl Iterator<Item = (String, String)>) -> String {
    pairs.fold(format!("{key}:\n"), |block, (key, value)| block + &pair("  ", &key, &value))
}

/// A line with a key and its value.
fn pair(indent: &str, key: &str, value: &str) -> String {
    if key.len() > MAX_SIMPLE_KEY {
        return format!("{indent}? {key}\n{indent}: {value}\n");
    }
    format!("{indent}{key}: {value}\n")
}

/// A value on one line, lists and maps in brackets, aliases replaced by what they stand for; `None` where that
/// is more than so many bytes.
fn rendered(node: Node, most: usize) -> Option<String> {
    /// What is still to be written.
    enum Part<'a> {
        Text(String),
        Value(Node<'a>),
    }
    let mut text = String::new();
    // The next one is the last.
    let mut parts = vec![Part::Value(node)];
    while let Some(part) = parts.pop() {
        if text.len() > most {
            return None;
        }
        let node = match part {
            Part::Text(fixed) => {
                text += &fixed;
                continue;
            }
            Part::Value(node) => node.resolved(),
        };
        let mut inside = Vec::new();
        let mut close = "";
        match node.kind() {
            Kind::Scalar(value) => text += &scalar(value),
            Kind::List(_) => {
                text.push('[');
                close = "]";
                for item in node.items() {
                    inside.extend([Part::Value(item), Part::Text(", ".to_owned())]);
                }
            }
            Kind::Map(_) => {
                text.push('{');
                close = "}";
                for (key, value) in node.pairs() {
                    match key.scalar().map(scalar).filter(|key| key.len() <= MAX_SIMPLE_KEY) {
                        Some(key) => inside.push(Part::Text(key + ": ")),
                        None => inside.extend([
                            Part::Text("? ".to_owned()),
                            Part::Value(key),
                            Part::Text(" : ".to_owned()),
                        ]),
                    }
                    inside.extend([Part::Value(value), Part::Text(", ".to_owned())]);
                }
            }
            Kind::Alias(_) | Kind::End => {}
        }
        // The comma behind the last.
        inside.pop();
        parts.push(Part::Text(close.to_owned()));
        parts.extend(inside.into_iter().rev());
    }
    Some(text)
}

/// A scalar with its tag, spelled so that its value stays what it is.
fn scalar(scalar: &Scalar) -> String {
    let text = scalar.text.as_str();
    // Inside brackets these mean something.
    let has_flow_indicator = text.contains([',', '[', ']', '{', '}', ':', '?']);
    let written = match text {
        "" => double_quoted(text),
        _ if scalar.is_plain && (scalar.is_null() || is_word(text)) => text.to_owned(),
        _ if has_flow_indicator => double_quoted(text),
        _ => quoted(text),
    };
    scalar.tag.as_ref().map_or_else(|| written.clone(), |tag| format!("{tag} {written}"))
}

/// A scalar that every YAML reader takes for this very text.
fn quoted(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    double_quoted(text)
}

fn is_plain(text: &str) -> bool {
    // Numbers, dates, null and what YAML gives a meaning to all start otherwise.
    text.starts_with(|first: char| first.is_alphabetic() || first == '/')
        && text.chars().all(|char| char == ' ' || char.is_ascii_graphic() || char.is_alphanumeric())
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with([' ', ':'])
        && !RESERVED.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// Whether a scalar without quotes can be written without them again, and needs to be, because some reader
/// takes it for no text.
pub(super) fn is_word(text: &str) -> bool {
    let is_safe = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '.' | ':' | '+' | '-');
    let is_safe_word = text.chars().all(is_safe)
        && text.contains(|char: char| char.is_ascii_alphanumeric())
        && !text.starts_with(':')
        && !text.ends_with(':');
    matches!(text, "<<" | "=") || (is_safe_word && !is_plain(text))
}

fn double_quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for char in text.chars() {
        match char {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            _ if !is_printable(char) => quoted.extend(format!("\\u{:04X}", u32::from(char)).chars()),
            _ => quoted.push(char),
        }
    }
    quoted.push('"');
    quoted
}

/// Whether it may stand for itself. What may not is below U+10000, so that four digits name it.
fn is_printable(char: char) -> bool {
    let is_odd_space = char.is_whitespace() && char != ' ';
    // Zero width, or turning the direction of writing: a reader of the file would not see them.
    let is_unseen =
        matches!(char, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}');
    let is_no_character = matches!(char, '\u{feff}' | '\u{fffe}' | '\u{ffff}');
    !(char.is_control() || is_odd_space || is_unseen || is_no_character)
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn commands_are_written_without_quotes_where_that_is_safe() {
        for plain in ["/bin/sh -c \"sleep 1\"", "a#c", "tcp://[::1]:80", "a, {b}", "é世界"] {
            assert_eq!(quoted(plain), plain);
        }
    }

    #[test]
    fn what_some_reader_takes_for_no_text_is_quoted() {
        for text in [
            "",
            "~",
            "null",
            "Yes",
            "on",
            "y",
            "N",
            "1",
            "1_000",
            "0x1F",
            "1e3",
            ".5",
            "+1",
            "12:30:45",
            "2001-01-01",
            "<<",
            "=",
            "- a",
            "-",
            "? a",
            "a: b",
            "a:",
            "a #b",
            "# a",
            " a",
            "a ",
            "&a",
            "*a",
            "!a",
            "|",
            ">",
            "'a'",
            "%a",
            "@a",
            "`a`",
            "[a]",
            "{a}",
            ", a",
            "---",
            "...",
            ".inf",
            "_1",
        ] {
            assert_eq!(quoted(text), format!("\"{text}\""));
        }
        assert_eq!(
            quoted("a\"b\\c\n\r\t\u{1}\u{85}\u{2028}\u{feff}é\u{1f600}"),
            "\"a\\\"b\\\\c\\n\\r\\t\\u0001\\u0085\\u2028\\uFEFFé\u{1f600}\""
        );
    }
}
