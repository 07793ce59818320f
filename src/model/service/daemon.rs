//! A service file as zinit 0.2 reads it: with its parser, into the same types. So whether it would load a file
//! is not guessed.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use super::Key;
use super::document::{Document, Entry, Kind};
use super::problem::Place;
use crate::model::Signal;

/// Whether zinit 0.2.14 would load the file; if not, where it would stop, if it would say.
pub(super) fn load(text: &str) -> Result<(), Option<Place>> {
    // The daemon does not survive `log: {}`: its reader panics, and so would this one.
    let has_empty_log = |document: Document| document.entries().iter().any(is_empty_log);
    if text.contains('{') && Document::parse(text.as_bytes()).is_ok_and(has_empty_log) {
        return Err(None);
    }
    let service: Service = serde_yaml::from_str(text).map_err(|error| {
        error.location().map(|location| Place { line: location.line(), column: location.column() })
    })?;
    if service.exec.is_empty || !Signal::is_known(&service.signal.stop.to_uppercase()) {
        return Err(None);
    }
    Ok(())
}

fn is_empty_log(entry: &Entry) -> bool {
    let value = entry.value.resolved();
    entry.name == Key::Log.name() && matches!(value.kind(), Kind::Map(_)) && value.pairs().next().is_none()
}

/// The types of zinit's `config::Service`, the values dropped but for what it looks at afterwards.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Service {
    exec: Word,
    #[serde(rename = "test")]
    _test: Word,
    #[serde(rename = "oneshot")]
    _oneshot: bool,
    #[serde(rename = "shutdown_timeout")]
    _shutdown_timeout: u64,
    #[serde(rename = "after")]
    _after: Vec<Word>,
    signal: StopSignal,
    #[serde(rename = "log")]
    _log: Log,
    #[serde(rename = "env")]
    _env: Variables,
    #[serde(rename = "dir")]
    _dir: Word,
}

#[derive(Deserialize)]
#[serde(default)]
struct StopSignal {
    stop: String,
}

impl Default for StopSignal {
    fn default() -> Self {
        Self { stop: "sigterm".to_owned() }
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Log {
    None,
    #[default]
    Ring,
    Stdout,
}

/// Text; only whether it is empty matters.
struct Word {
    is_empty: bool,
}

impl Default for Word {
    fn default() -> Self {
        Self { is_empty: true }
    }
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Word;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("a string")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Word, E> {
                Ok(Word { is_empty: text.is_empty() })
            }
        }

        deserializer.deserialize_string(Text)
    }
}

#[derive(Default)]
struct Variables;

impl<'de> Deserialize<'de> for Variables {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = Variables;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Variables, A::Error> {
                while map.next_entry::<Word, Word>()?.is_some() {}
                Ok(Variables)
            }
        }

        deserializer.deserialize_map(Pairs)
    }
}
