//! Writes the keys of a definition, one by one or all of them.

use std::cmp::Ordering;

use super::document::{Document, Entry, Scalar};
use super::yaml::{block, pair, quoted, rendered, scalar};
use super::{Key, Refusal, Service, Variable, read};
use crate::model::Text;
use crate::model::sort::sort_by;

/// Writes a definition; of the keys that count as changed the values, of the others what was read.
pub(super) struct Writer<'a> {
    service: &'a Service,
    changed: Vec<Key>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(service: &'a Service, changed: Vec<Key>) -> Self {
        Self { service, changed }
    }

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
                Some(entry) if !self.is_changed(key) && says_nothing(key, entry) => {}
                Some(entry) if !self.is_changed(key) => yaml += &pair("", key.name(), &inline(entry)?),
                _ => yaml.extend(self.changed_key(key)),
            }
        }
        for entry in last_of_duplicates(&entries) {
            if Key::from_name(entry.name).is_none() {
                let key = entry.key.and_then(|key| rendered(key, Service::MAX_FILE_BYTES));
                yaml += &pair("", &key.unwrap_or_default(), &inline(&entry)?);
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

pub(super) fn last_of_duplicates<'a>(entries: &[Entry<'a>]) -> Vec<Entry<'a>> {
    let mut last: Vec<_> = entries.iter().rev().copied().collect();
    // The sort keeps the order of duplicates, and the first of them stays.
    sort_by(&mut last, by_name);
    last.dedup_by_key(|entry| entry.name);
    sort_by(&mut last, |one, other| one.place.cmp(&other.place));
    last
}

fn by_name(one: &Entry, other: &Entry) -> Ordering {
    one.name.cmp(other.name)
}

/// A value that is an anchor and no more is "" to the daemon, as if the key were absent. It cannot be spelled without the
/// anchor: `""` would be a value.
fn says_nothing(key: Key, entry: &Entry) -> bool {
    let is_nothing = |value: &Scalar| value.is_null() && value.text.is_empty();
    matches!(key, Key::Test | Key::Dir) && entry.value.scalar().is_some_and(is_nothing)
}

fn inline(entry: &Entry) -> Result<String, Refusal> {
    rendered(entry.value, Service::MAX_FILE_BYTES).ok_or_else(|| {
        let reason = "its aliases make the file too large: write the values themselves".to_owned();
        Refusal { key: entry.name.to_owned(), reason }
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
    let mut unknown = last_of_duplicates(&entries);
    unknown.retain(|entry| Key::from_name(entry.name).is_none());
    sort_by(&mut unknown, by_name);
    unknown
}
