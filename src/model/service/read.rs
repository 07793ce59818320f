//! Reads the values of a service file as leniently as the daemon or Go's yaml.v2, whichever takes more.
//!
//! Two differences from Go are wanted, because the daemon reads the same way: `<<` is a key like any other,
//! and `!!binary` text is the text as it stands.

use super::document::{Document, Kind, Node, Scalar};
use super::problem::Problem;
use super::{Field, Key, Log, Service, Values, Variable};
use crate::model::sort::sort_by;
use crate::model::{Signal, Text};

/// The values of the keys that are known. The last of duplicate keys counts.
pub(super) fn values(document: &Document) -> Result<Values, Problem> {
    let mut values = Values::default();
    let Some(root) = document.root() else { return Ok(values) };
    match root.resolved().kind() {
        Kind::Map(_) | Kind::List(_) => {}
        _ if root.is_null() => return Ok(values),
        _ => {
            let message =
                "the file is not a map: write keys such as `exec: /bin/web`, with a space behind the colon";
            return Err(Problem::error(root.place(), "", message));
        }
    }
    if let Some(item) = root.items().nth(Key::ALL.len()) {
        let message = "a list with more values than there are keys: write keys such as `exec: /bin/web`";
        return Err(Problem::error(item.place(), "", message));
    }
    if let Some((key, _)) = root.pairs().find(|(key, _)| key.scalar().is_none()) {
        let message = "a key that is a list or a map: write a word";
        return Err(Problem::error(key.place(), "", message));
    }
    let mut reader = Reader { bytes_left: Service::MAX_RESOLVED_BYTES };
    for entry in document.entries() {
        let Some(key) = Key::from_name(entry.name) else { continue };
        reader.read(&mut values, key, entry.value).ok_or_else(|| {
            let message = "its aliases make the file too large: write the values themselves";
            Problem::error(entry.place, entry.name, message)
        })?;
    }
    Ok(values)
}

struct Reader {
    /// An alias repeats text that is in the file once: so that a small file stays small.
    bytes_left: usize,
}

/// Each `None` is for a file that its aliases make too large.
impl Reader {
    fn read(&mut self, values: &mut Values, key: Key, value: Node) -> Option<()> {
        match key {
            Key::Exec => values.exec = self.text(value)?,
            Key::Test => values.test = self.text(value)?,
            Key::Dir => values.dir = self.text(value)?,
            Key::Oneshot => values.oneshot = field(value, truth),
            Key::ShutdownTimeout => values.shutdown_timeout_seconds = field(value, seconds),
            Key::Log => values.log = log(value),
            Key::After => values.after = self.after(value)?,
            Key::Signal => values.stop_signal = self.stop_signal(value)?,
            Key::Env => values.env = self.env(value)?,
        }
        Some(())
    }

    fn text(&mut self, value: Node) -> Option<Field<Text>> {
        let Some(scalar) = value.scalar() else { return Some(Field::NotUnderstood) };
        if scalar.is_null() {
            return Some(Field::Absent);
        }
        // A part for each text, so that many short ones count too.
        self.bytes_left = self.bytes_left.checked_sub(scalar.text.len() + 8)?;
        Some(Text::new(&scalar.text).map_or(Field::NotUnderstood, Field::Value))
    }

    fn after(&mut self, value: Node) -> Option<Field<Vec<Text>>> {
        if value.is_null() {
            return Some(Field::Absent);
        }
        let Kind::List(_) = value.resolved().kind() else { return Some(Field::NotUnderstood) };
        let mut names = Vec::new();
        for item in value.items() {
            match self.text(item)?.or(EMPTY) {
                Field::Value(name) => names.push(name),
                _ => return Some(Field::NotUnderstood),
            }
        }
        Some(Field::Value(names))
    }

    fn stop_signal(&mut self, value: Node) -> Option<Field<Text>> {
        if value.is_null() {
            return Some(Field::Absent);
        }
        let stop = match value.resolved().kind() {
            Kind::Map(_) => value.pairs().filter(|(key, _)| is_stop(*key)).last().map(|(_, value)| value),
            // The daemon takes a list for the values of the keys, and it knows one.
            Kind::List(_) => value.items().next(),
            _ => return Some(Field::NotUnderstood),
        };
        let Some(stop) = stop else { return Some(Field::Absent) };
        let name = self.text(stop)?;
        Some(name.map(|name| Signal::parse(name.as_str()).map_or(name, |signal| signal.name().clone())))
    }

    fn env(&mut self, value: Node) -> Option<Field<Vec<Variable>>> {
        if value.is_null() {
            return Some(Field::Absent);
        }
        let Kind::Map(_) = value.resolved().kind() else { return Some(Field::NotUnderstood) };
        let mut variables: Vec<Variable> = Vec::new();
        for (key, value) in value.pairs() {
            let Field::Value(name) = self.text(key)?.or(EMPTY) else { return Some(Field::NotUnderstood) };
            let value = self.text(value)?.or(EMPTY);
            variables.push(Variable { name, value, number: Some(key.number()) });
        }
        // The last of duplicates counts, and the sort keeps their order.
        variables.reverse();
        sort_by(&mut variables, |one, other| one.name.cmp(&other.name));
        variables.dedup_by(|one, other| one.name == other.name);
        Some(Field::Value(variables))
    }
}

const EMPTY: Text = Text::literal("\0");

fn field<T>(value: Node, read: impl Fn(&Scalar) -> Option<T>) -> Field<T> {
    match value.scalar() {
        Some(scalar) if scalar.is_null() => Field::Absent,
        scalar => scalar.and_then(read).map_or(Field::NotUnderstood, Field::Value),
    }
}

/// The words of YAML 1.1, of which the daemon takes `true` and `false` only.
pub(super) fn truth(scalar: &Scalar) -> Option<bool> {
    if !scalar.is_plain || !matches!(scalar.tag.as_deref(), None | Some("!!bool")) {
        return None;
    }
    match scalar.text.as_str() {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => Some(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// As the daemon reads a number: in base 16, 8 and 2 too.
pub(super) fn seconds(scalar: &Scalar) -> Option<u64> {
    match scalar.tag.as_deref() {
        None if scalar.is_plain => {}
        Some("!!int") => return scalar.text.parse::<i64>().ok().and_then(|seconds| seconds.try_into().ok()),
        _ => return None,
    }
    let text = scalar.text.as_str();
    // A zero may have either sign.
    let signed = |text: &str, radix| i64::from_str_radix(text, radix).ok()?.try_into().ok();
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = text.strip_prefix('+').unwrap_or(text).strip_prefix(prefix) {
            return u64::from_str_radix(digits, radix).ok();
        }
        if let Some(digits) = text.strip_prefix('-').and_then(|text| text.strip_prefix(prefix)) {
            return signed(&format!("-{digits}"), radix);
        }
    }
    let digits = text.trim_start_matches(['+', '-']);
    let has_leading_zero = digits.len() > 1 && digits.starts_with('0');
    if has_leading_zero { None } else { text.parse().ok().or_else(|| signed(text, 10)) }
}

/// A word; or a map with it as the only key, as the daemon reads it, too.
fn log(value: Node) -> Field<Log> {
    let mut pairs = value.pairs();
    match (pairs.next(), pairs.next()) {
        (Some((key, value)), None) if value.is_null() => {
            key.scalar().and_then(word).map_or(Field::NotUnderstood, Field::Value)
        }
        _ => field(value, word),
    }
}

fn word(scalar: &Scalar) -> Option<Log> {
    scalar.text.parse().ok()
}

/// Whether it is the one key that the daemon knows of the map `signal`.
pub(super) fn is_stop(key: Node) -> bool {
    key.scalar().is_some_and(|key| key.text == "stop")
}
