//! A service definition: the content of a service file.

mod quick_scan;
mod read;
mod value;
mod write;

use std::str::FromStr;

use crate::error::{ErrorKind, Result};
use crate::model::{Signal, Text};
use value::{Map, Value};

/// The most `[` and `{` of a file: nesting costs the YAML parser quadratic time.
const MAX_BRACKETS: usize = 1000;

/// A service definition, with all the keys that zinit 0.2.14 knows.
///
/// Reading is lenient: what another YAML reader takes, this one takes. Keys that are not known, and values
/// that zinit would refuse, are kept; the former are written back, the latter are named by
/// [`Service::check`]. Setting a key replaces whatever was kept of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Service {
    exec: Option<Text>,
    test: Option<Text>,
    dir: Option<Text>,
    stop_signal: Option<Text>,
    oneshot: bool,
    log: Option<Log>,
    shutdown_timeout_seconds: Option<u64>,
    after: Vec<Text>,
    /// Sorted by key.
    env: Vec<(Text, Text)>,
    /// Keys that are not known; and under a known key, a value that zinit would refuse.
    others: Map,
    /// The same of the map `signal`.
    signal_others: Map,
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
    pub const MAX_FILE_BYTES: usize = 64 * 1024;

    /// A definition without any key.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the content of a service file, its first document only.
    pub fn from_yaml(yaml: &[u8]) -> Result<Self> {
        read::service(yaml).map_err(|reason| ErrorKind::FileSyntax { path: None, reason }.into())
    }

    /// The command in the content of a service file, if [`from_yaml`](Self::from_yaml) reads it at all; empty
    /// where there is none, and `None` where only the parser can tell. Much faster than the parser.
    pub fn quick_scan_exec(yaml: &[u8]) -> Option<&str> {
        quick_scan::exec(yaml)
    }

    /// Writes the content of a service file, after a [`check`](Self::check).
    pub fn to_yaml(&self) -> Result<String> {
        self.check()?;
        write::service(self).map_err(|(key, reason)| {
            ErrorKind::InvalidService { key, reason: format!("{reason} could not be read back: shorten it") }
                .into()
        })
    }

    /// Whether zinit 0.2.14 would load it; if not, the error names the key and says what is right.
    ///
    /// An environment variable without a name is refused too: zinit would load it to no use.
    pub fn check(&self) -> Result<()> {
        let refused =
            |key: &str, reason: String| Err(ErrorKind::InvalidService { key: key.to_owned(), reason }.into());
        let kept = |map: &Map, key| {
            let value = map.get(&Value::text(key))?;
            Some(format!("{:.60}", value.as_scalar().map_or_else(|| value.to_yaml(), Text::to_string)))
        };
        match self.exec() {
            None => return refused("exec", "it is missing: set the command to run".to_owned()),
            Some(exec) if exec.as_str().is_empty() => {
                return refused("exec", "it is empty: set the command to run".to_owned());
            }
            Some(_) => {}
        }
        if let Some(value) = kept(&self.others, "log") {
            return refused("log", format!("{value:?} is none of ring, stdout and none: set one of these"));
        }
        if let Some(value) = kept(&self.others, "shutdown_timeout") {
            return refused("shutdown_timeout", format!("{value:?} is no whole number of seconds: set one"));
        }
        if let Some(value) = kept(&self.others, "signal") {
            return refused("signal", format!("{value:?} is no map with the key stop: set a stop signal"));
        }
        let stop_signal = kept(&self.signal_others, "stop")
            .or_else(|| self.stop_signal.as_ref().map(|name| format!("{:.60}", name.as_str())))
            .filter(|name| Signal::parse(name).is_err());
        if let Some(name) = stop_signal {
            return refused("signal.stop", format!("{name:?} is no signal: set a name such as SIGTERM"));
        }
        if self.env.iter().any(|(key, _)| key.as_str().is_empty()) {
            return refused("env", "a variable without a name: take it out, or name it".to_owned());
        }
        Ok(())
    }

    /// The command to run.
    pub fn exec(&self) -> Option<&Text> {
        self.exec.as_ref()
    }

    /// Sets the command to run; `None` takes the key out.
    pub fn set_exec(&mut self, command: Option<Text>) {
        self.exec = command;
    }

    /// The command that tells whether the service is up.
    pub fn test(&self) -> Option<&Text> {
        self.test.as_ref()
    }

    /// Sets the test command; `None` takes the key out.
    pub fn set_test(&mut self, command: Option<Text>) {
        self.test = command;
    }

    /// The directory to run in.
    pub fn dir(&self) -> Option<&Text> {
        self.dir.as_ref()
    }

    /// Sets the directory to run in; `None` takes the key out.
    pub fn set_dir(&mut self, path: Option<Text>) {
        self.dir = path;
    }

    /// The signal that stops the service; where a file names one that zinit does not know, its word.
    pub fn stop_signal(&self) -> Option<&Text> {
        self.stop_signal.as_ref()
    }

    /// Sets the stop signal, by its name in any case; `None` takes the key out.
    pub fn set_stop_signal(&mut self, signal: Option<&str>) -> Result<()> {
        let signal = signal.map(Signal::parse).transpose()?;
        self.stop_signal = signal.map(|signal| signal.name().clone());
        self.signal_others.remove(&Value::text("stop"));
        self.others.remove(&Value::text("signal"));
        Ok(())
    }

    /// Whether it runs once, instead of being kept running.
    pub fn oneshot(&self) -> bool {
        self.oneshot
    }

    /// Sets whether it runs once.
    pub fn set_oneshot(&mut self, oneshot: bool) {
        self.oneshot = oneshot;
    }

    /// Where its output goes; `None` where the key is absent, or its value is none that zinit knows.
    pub fn log(&self) -> Option<Log> {
        self.log
    }

    /// Sets where its output goes; `None` takes the key out.
    pub fn set_log(&mut self, log: Option<Log>) {
        self.log = log;
        self.others.remove(&Value::text("log"));
    }

    /// How long it has to stop when the machine shuts down; `None` where the key is absent, or no number of
    /// seconds.
    pub fn shutdown_timeout_seconds(&self) -> Option<u64> {
        self.shutdown_timeout_seconds
    }

    /// Sets how long it has to stop; `None` takes the key out.
    pub fn set_shutdown_timeout_seconds(&mut self, seconds: Option<u64>) {
        self.shutdown_timeout_seconds = seconds;
        self.others.remove(&Value::text("shutdown_timeout"));
    }

    /// The services that must be up before it is started.
    pub fn after(&self) -> &[Text] {
        &self.after
    }

    /// Adds a service that must be up before.
    pub fn after_push(&mut self, name: Text) {
        self.after.push(name);
    }

    /// Takes all of them out.
    pub fn after_clear(&mut self) {
        self.after.clear();
    }

    /// The environment variables, sorted by name.
    pub fn env(&self) -> &[(Text, Text)] {
        &self.env
    }

    /// Sets an environment variable; `None` takes it out.
    pub fn env_set(&mut self, key: Text, value: Option<Text>) {
        match (self.env.binary_search_by(|(known, _)| known.cmp(&key)), value) {
            (Ok(index), Some(value)) => {
                if let Some(entry) = self.env.get_mut(index) {
                    entry.1 = value;
                }
            }
            (Ok(index), None) => drop(self.env.remove(index)),
            (Err(index), Some(value)) => self.env.insert(index, (key, value)),
            (Err(_), None) => {}
        }
    }

    /// Whether zinit 0.2.14 would load the content of a service file as it stands, see [`check`](Self::check).
    pub fn check_text(yaml: &[u8]) -> Result<()> {
        Self::from_yaml(yaml)?.check()
    }
}

/// What is wrong with the size of a service file, if anything.
fn oversized(yaml: &[u8]) -> Option<&'static str> {
    if yaml.len() > Service::MAX_FILE_BYTES {
        return Some("a service file of more than 64 KiB");
    }
    (brackets(yaml) > MAX_BRACKETS).then_some("a service file with more than 1,000 opening brackets ([ or {)")
}

fn brackets(yaml: &[u8]) -> usize {
    yaml.iter().filter(|byte| matches!(byte, b'[' | b'{')).count()
}

#[cfg(test)]
mod tests {
    use super::{Log, Service};
    use crate::error::ErrorKind;
    use crate::model::Text;

    fn read(yaml: &str) -> Service {
        Service::from_yaml(yaml.as_bytes()).unwrap()
    }

    fn refused_key(service: &Service) -> String {
        match service.check().unwrap_err().kind() {
            ErrorKind::InvalidService { key, .. } => key.clone(),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn what_zinit_would_refuse_is_read_and_its_key_named() {
        for (yaml, key) in [
            ("", "exec"),
            ("exec: ~", "exec"),
            ("exec: ''", "exec"),
            ("exec: a\nlog: bogus", "log"),
            ("exec: a\nshutdown_timeout: soon", "shutdown_timeout"),
            ("exec: a\nshutdown_timeout: -1", "shutdown_timeout"),
            ("exec: a\nshutdown_timeout: 1.5", "shutdown_timeout"),
            ("exec: a\nshutdown_timeout: '10'", "shutdown_timeout"),
            ("exec: a\nsignal: SIGHUP", "signal"),
            ("exec: a\nsignal: {stop: SIGNOPE}", "signal.stop"),
            ("exec: a\nsignal: {stop: ''}", "signal.stop"),
            ("exec: a\nsignal: {stop: 15}", "signal.stop"),
            ("exec: a\nsignal: {stop: [SIGHUP]}", "signal.stop"),
            ("exec: a\nenv: {'': b}", "env"),
        ] {
            let service = read(yaml);
            assert_eq!(refused_key(&service), key, "{yaml}");
            assert_eq!(service.to_yaml().unwrap_err(), service.check().unwrap_err());
        }
    }

    #[test]
    fn what_zinit_would_refuse_for_its_spelling_is_put_right() {
        let service = read("exec: a\noneshot: Yes\nlog: RING\nsignal: {stop: sigcld}\nafter:\ntest: ~\nenv:");
        assert_eq!(
            service.to_yaml().unwrap(),
            "exec: a\noneshot: true\nlog: ring\nsignal:\n  stop: SIGCHLD\n"
        );
    }

    #[test]
    fn setting_a_key_replaces_what_was_kept_of_it() {
        let mut service =
            read("exec: a\nlog: bogus\nshutdown_timeout: soon\nsignal: {stop: [x], kill: y}\nz: 1");
        service.set_log(Some(Log::None));
        service.set_shutdown_timeout_seconds(None);
        service.set_stop_signal(Some("sigusr1")).unwrap();
        assert_eq!(
            service.to_yaml().unwrap(),
            "exec: a\nlog: none\nsignal:\n  stop: SIGUSR1\n  kill: y\nz: 1\n"
        );
        assert!(service.set_stop_signal(Some("SIGNOPE")).is_err());
        assert_eq!(service.stop_signal().unwrap().as_str(), "SIGUSR1");
    }

    #[test]
    fn the_last_of_duplicate_keys_counts() {
        let service = read(
            "exec: a\nexec: b\nlog: bogus\nlog: ring\nsignal: x\nsignal: {stop: SIGHUP}\nsignal: {a: 1}\n\
             shutdown_timeout: x\nshutdown_timeout: 3\nafter: [a]\nafter: [b]\nenv: {A: 1}\nenv: {B: 2}\nz: 1\nz: 2",
        );
        let expected =
            "exec: b\nafter:\n- b\nenv:\n  B: \"2\"\nlog: ring\nsignal:\n  a: 1\nshutdown_timeout: 3\nz: 2\n";
        assert_eq!(service.to_yaml().unwrap(), expected);
    }

    #[test]
    fn a_definition_too_large_to_be_read_back_is_not_written() {
        let mut service = read("exec: a");
        service.set_test(Some(Text::lossy(&"x".repeat(Service::MAX_FILE_BYTES))));
        let error = service.to_yaml().unwrap_err();
        assert!(error.to_string().contains("`test`"), "{error}");
        service.set_test(None);
        service.env_set(Text::lossy("A"), Some(Text::lossy(&"[".repeat(1001))));
        let error = service.to_yaml().unwrap_err();
        assert!(error.to_string().contains("`env`"), "{error}");
    }

    #[test]
    fn environment_variables_are_sorted_and_set_and_taken_out() {
        let mut service = Service::new();
        for (key, value) in
            [("B", Some("1")), ("A", Some("2")), ("B", Some("3")), ("C", Some("4")), ("C", None)]
        {
            service.env_set(Text::lossy(key), value.map(Text::lossy));
        }
        let pairs: Vec<_> = service.env().iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("A", "2"), ("B", "3")]);
    }
}
