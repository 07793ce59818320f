//! A service definition: the content of a service file.

mod check;
mod command;
mod daemon;
mod document;
mod edit;
mod json;
mod key;
mod problem;
mod quick_scan;
mod read;
mod syntax;
#[cfg(test)]
mod tests;
mod write;
mod writer;
mod yaml;
mod zinit_0_3;

use std::str::FromStr;

use crate::error::{ErrorKind, Result};
use crate::model::{Signal, Text};
use document::Document;
use key::{Field, Key};
pub use problem::{Place, Problem, Severity};

/// A service definition, with all the keys that zinit 0.2.14 knows.
///
/// Reading is lenient: what the daemon or another YAML reader takes, this one takes. Writing is as strict as the
/// daemon. What was read and not changed is written byte for byte, and a change changes only what it names:
/// keys that are not known stay as they are, and so does a value that cannot be understood, until it is set.
#[derive(Debug, Clone, Default)]
pub struct Service {
    values: Values,
    /// What it was read from.
    source: Option<Document>,
    /// The keys that were set since.
    changed: Vec<Key>,
}

/// The values of the keys that are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Values {
    exec: Field<Text>,
    test: Field<Text>,
    oneshot: Field<bool>,
    shutdown_timeout_seconds: Field<u64>,
    after: Field<Vec<Text>>,
    /// Where a file names one that zinit does not know, its word.
    stop_signal: Field<Text>,
    log: Field<Log>,
    /// Sorted by name.
    env: Field<Vec<Variable>>,
    dir: Field<Text>,
}

/// Why a definition is not written.
#[derive(Default)]
struct Refusal {
    key: String,
    /// What is wrong, and what is right.
    reason: String,
}

/// An environment variable.
#[derive(Debug, Clone)]
pub struct Variable {
    name: Text,
    value: Field<Text>,
    /// The place of its name in the file, unless it was set since.
    number: Option<usize>,
}

impl PartialEq for Variable {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.value == other.value
    }
}

impl Eq for Variable {}

impl Variable {
    /// Its name.
    pub fn name(&self) -> &Text {
        &self.name
    }

    /// Its value; `None` where the file has something there that is not text.
    pub fn value(&self) -> Option<&Text> {
        self.value.value()
    }
}

/// Whether a definition has a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyStatus {
    /// No, or with no value.
    Absent,
    /// Yes. A key that zinit does not know is present.
    Present,
    /// Yes, with a value that cannot be understood. It is kept until the key is set.
    NotUnderstood,
}

/// Where the output of a service goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Log {
    /// To the daemon's ring buffer.
    Ring,
    /// To the daemon's own output.
    Stdout,
    /// Nowhere.
    None,
}

impl Log {
    const WORDS: [(Self, &'static str); 3] =
        [(Self::Ring, "ring"), (Self::Stdout, "stdout"), (Self::None, "none")];

    /// The word that the daemon knows.
    pub fn as_str(self) -> &'static str {
        Self::WORDS.iter().find(|(log, _)| *log == self).map_or("", |(_, word)| word)
    }
}

impl FromStr for Log {
    type Err = ();

    /// By its word, in any case.
    fn from_str(text: &str) -> std::result::Result<Self, ()> {
        let found = Self::WORDS.iter().find(|(_, word)| word.eq_ignore_ascii_case(text));
        found.map(|(log, _)| *log).ok_or(())
    }
}

impl Service {
    /// The longest service file that is read or written.
    pub const MAX_FILE_BYTES: usize = 256 * 1024;

    /// The most text that the values of a file may have once its aliases, which repeat what is in the file once, are
    /// replaced by it.
    pub const MAX_RESOLVED_BYTES: usize = 16 * Self::MAX_FILE_BYTES;

    /// A definition without any key.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the content of a service file.
    pub fn from_yaml(yaml: &[u8]) -> Result<Self> {
        Self::read(yaml)
            .map_err(|problem| ErrorKind::FileSyntax { path: None, reason: problem.describe() }.into())
    }

    fn read(yaml: &[u8]) -> std::result::Result<Self, Problem> {
        Self::of(Document::parse(yaml)?)
    }

    fn of(document: Document) -> std::result::Result<Self, Problem> {
        Ok(Self { values: read::values(&document)?, source: Some(document), changed: Vec::new() })
    }

    /// The command in the content of a service file, if [`from_yaml`](Self::from_yaml) reads it at all; empty
    /// where there is none, and `None` where only the parser can tell. Much faster than the parser.
    pub fn quick_scan_exec(yaml: &[u8]) -> Option<&str> {
        quick_scan::exec(yaml)
    }

    /// What the daemon would say to the content of a service file, and what a person may not have meant; in the
    /// order of the file.
    pub fn problems(yaml: &[u8]) -> Vec<Problem> {
        check::problems(yaml)
    }

    /// The content of a service file with these values: byte for byte what was read, if nothing was set since.
    ///
    /// An error where zinit 0.2.14 would refuse it, or load it to no use: it names the key, and says what is
    /// right.
    pub fn to_yaml(&self) -> Result<String> {
        write::service(self)
            .map_err(|Refusal { key, reason }| ErrorKind::InvalidService { key, reason }.into())
    }

    /// The definition as JSON, for a daemon that takes it so; after a [`check`](Self::check).
    pub fn to_json(&self) -> Result<String> {
        json::write(&self.to_yaml()?)
            .map_err(|Refusal { key, reason }| ErrorKind::InvalidService { key, reason }.into())
    }

    /// Reads a definition that a daemon gives as JSON.
    pub fn from_json(json: &str) -> Result<Self> {
        json::read(json)
            .map_err(|problem| ErrorKind::FileSyntax { path: None, reason: problem.describe() }.into())
    }

    /// The definition of a service as zinit 0.3 takes it. An error names the key that it does not have.
    pub fn to_zinit_0_3(&self, name: &str) -> Result<String> {
        zinit_0_3::write(self, name)
            .map_err(|Refusal { key, reason }| ErrorKind::InvalidService { key, reason }.into())
    }

    /// Reads a definition that zinit 0.3 gives.
    pub fn from_zinit_0_3(json: &str) -> Result<Self> {
        zinit_0_3::read(json)
            .map_err(|problem| ErrorKind::FileSyntax { path: None, reason: problem.describe() }.into())
    }

    /// Whether zinit 0.3 spawns it again even after it has ended well. zinit 0.2 does so with all but oneshots.
    pub fn is_restarted_always(&self) -> bool {
        self.source.as_ref().is_some_and(zinit_0_3::is_restarted_always)
    }

    /// Whether [`to_yaml`](Self::to_yaml) would succeed.
    pub fn check(&self) -> Result<()> {
        self.to_yaml().map(drop)
    }

    /// Whether it has a key, be it known or not.
    pub fn key_status(&self, name: &str) -> KeyStatus {
        fn of<T>(field: &Field<T>) -> KeyStatus {
            match field {
                Field::Absent => KeyStatus::Absent,
                Field::Value(_) => KeyStatus::Present,
                Field::NotUnderstood => KeyStatus::NotUnderstood,
            }
        }
        let values = &self.values;
        match Key::from_name(name) {
            Some(Key::Exec) => of(&values.exec),
            Some(Key::Test) => of(&values.test),
            Some(Key::Oneshot) => of(&values.oneshot),
            Some(Key::ShutdownTimeout) => of(&values.shutdown_timeout_seconds),
            Some(Key::After) => of(&values.after),
            Some(Key::Signal) => of(&values.stop_signal),
            Some(Key::Log) => of(&values.log),
            Some(Key::Env) => of(&values.env),
            Some(Key::Dir) => of(&values.dir),
            None => {
                let mut entries = self.source.iter().flat_map(Document::entries);
                if entries.any(|entry| entry.name == name) { KeyStatus::Present } else { KeyStatus::Absent }
            }
        }
    }

    fn mark_changed(&mut self, key: Key) {
        if !self.changed.contains(&key) {
            self.changed.push(key);
        }
    }

    /// The command to run.
    pub fn exec(&self) -> Option<&Text> {
        self.values.exec.value()
    }

    /// Sets the command to run; `None` takes the key out.
    pub fn set_exec(&mut self, command: Option<Text>) {
        self.values.exec = command.into();
        self.mark_changed(Key::Exec);
    }

    /// The command that tells whether the service is up.
    pub fn test(&self) -> Option<&Text> {
        self.values.test.value()
    }

    /// Sets the test command; `None` takes the key out.
    pub fn set_test(&mut self, command: Option<Text>) {
        self.values.test = command.into();
        self.mark_changed(Key::Test);
    }

    /// The directory to run in.
    pub fn dir(&self) -> Option<&Text> {
        self.values.dir.value()
    }

    /// Sets the directory to run in; `None` takes the key out.
    pub fn set_dir(&mut self, path: Option<Text>) {
        self.values.dir = path.into();
        self.mark_changed(Key::Dir);
    }

    /// The signal that stops the service; where a file names one that zinit does not know, its word.
    pub fn stop_signal(&self) -> Option<&Text> {
        self.values.stop_signal.value()
    }

    /// Sets the stop signal, by its name in any case; `None` takes the key out.
    pub fn set_stop_signal(&mut self, signal: Option<&str>) -> Result<()> {
        let signal = signal.map(Signal::parse).transpose()?;
        self.values.stop_signal = signal.map(|signal| signal.name().clone()).into();
        self.mark_changed(Key::Signal);
        Ok(())
    }

    /// Whether it runs once, instead of being kept running.
    pub fn oneshot(&self) -> bool {
        self.values.oneshot.value().copied().unwrap_or(false)
    }

    /// Sets whether it runs once.
    pub fn set_oneshot(&mut self, oneshot: bool) {
        self.values.oneshot = oneshot.then_some(true).into();
        self.mark_changed(Key::Oneshot);
    }

    /// Where its output goes; `None` where the key is absent, or its value is not one that zinit knows.
    pub fn log(&self) -> Option<Log> {
        self.values.log.value().copied()
    }

    /// Sets where its output goes; `None` takes the key out.
    pub fn set_log(&mut self, log: Option<Log>) {
        self.values.log = log.into();
        self.mark_changed(Key::Log);
    }

    /// How long it has to stop when the machine shuts down; `None` where the key is absent, or not a number of
    /// seconds.
    pub fn shutdown_timeout_seconds(&self) -> Option<u64> {
        self.values.shutdown_timeout_seconds.value().copied()
    }

    /// Sets how long it has to stop; `None` takes the key out.
    pub fn set_shutdown_timeout_seconds(&mut self, seconds: Option<u64>) {
        self.values.shutdown_timeout_seconds = seconds.into();
        self.mark_changed(Key::ShutdownTimeout);
    }

    /// The services that must be up before it is started.
    pub fn after(&self) -> &[Text] {
        self.values.after.value().map_or(&[], Vec::as_slice)
    }

    /// Adds a service that must be up before.
    pub fn after_push(&mut self, name: Text) {
        let mut names = self.values.after.take();
        names.push(name);
        self.values.after = Field::Value(names);
        self.mark_changed(Key::After);
    }

    /// Takes all of them out.
    pub fn after_clear(&mut self) {
        self.values.after = Field::Absent;
        self.mark_changed(Key::After);
    }

    /// The environment variables, sorted by name.
    pub fn env(&self) -> &[Variable] {
        self.values.env.value().map_or(&[], Vec::as_slice)
    }

    /// Sets an environment variable; `None` takes it out.
    pub fn env_set(&mut self, name: Text, value: Option<Text>) {
        let found = self.env().binary_search_by(|variable| variable.name.cmp(&name));
        if found.is_err() && value.is_none() {
            return;
        }
        let mut variables = self.values.env.take();
        let variable = value.map(|value| Variable { name, value: Field::Value(value), number: None });
        match (found, variable) {
            (Ok(index), variable) => drop(variables.splice(index..=index, variable)),
            (Err(index), Some(variable)) => variables.insert(index, variable),
            (Err(_), None) => {}
        }
        self.values.env = (!variables.is_empty()).then_some(variables).into();
        self.mark_changed(Key::Env);
    }
}

/// The same values, and the same keys that are not known with the same values, wherever they stand.
impl PartialEq for Service {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values && writer::has_same_unknown(self, other)
    }
}

impl Eq for Service {}
