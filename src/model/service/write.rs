//! Decides what the content of a service file is: the text that was read, that text with some keys exchanged, or a
//! new one; and sees that the daemon would load it.

use super::document::Document;
use super::edit::Added;
use super::problem::{Place, Problem};
use super::writer::Writer;
use super::{Field, Key, KeyStatus, Refusal, Service, Variable, check, daemon, edit};
use crate::model::Signal;

/// The file's content, checked.
pub(super) fn service(service: &Service) -> Result<String, Refusal> {
    let yaml = match &service.source {
        None => Writer::new(service, Vec::new()).whole()?,
        Some(document) if service.changed.is_empty() => document.text().to_owned(),
        Some(document) => edited(service, document)?,
    };
    if yaml.len() > Service::MAX_FILE_BYTES {
        let reason = "the file would be larger than 256 KiB, and could not be read back: shorten it";
        return Err(Refusal { key: largest_key(&yaml), reason: reason.to_owned() });
    }
    daemon::load(&yaml).map_err(|_| refusal(service, &yaml))?;
    let unfit = check::unfit(&service.values).into_iter().map(|unfit| unfit.refusal);
    match unfit.chain(check::has_nul(&service.values)).next() {
        Some(refusal) => Err(with_place(service, refusal)),
        None => Ok(yaml),
    }
}

/// With the place of the key in the file that was read, if it is still the one that stands there.
fn with_place(service: &Service, refusal: Refusal) -> Refusal {
    let source = service.source.as_ref().filter(|_| !is_changed(service, &refusal.key));
    let Some(place) = source.and_then(|document| document.place(&refusal.key)) else { return refusal };
    let reason = Problem::error(place, &refusal.key, &refusal.reason).describe();
    Refusal { reason, ..refusal }
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
        Some(Refusal { key: problem.key.to_string(), reason: problem.message.to_string() })
    };
    refusal_of_source(service).or_else(of_text).unwrap_or_default()
}

/// What the daemon refuses in the file that was read, and was not set since.
fn refusal_of_source(service: &Service) -> Option<Refusal> {
    let problems = check::problems(service.source.as_ref()?.text().as_bytes());
    let is_kept = |problem: &Problem| check::is_error(problem) && !is_changed(service, problem.key.as_str());
    let problem = problems.into_iter().find(is_kept)?;
    Some(Refusal { key: problem.key.to_string(), reason: problem.describe() })
}

/// The text that was read, with the lines of the changed keys exchanged; or a new text with the same values, where
/// the lines cannot be told apart, as in `{exec: a}`.
fn edited(service: &Service, document: &Document) -> Result<String, Refusal> {
    let writer = Writer::new(service, changed_and_mended(service, document));
    let is_lost = |variable: &&Variable| variable.value == Field::NotUnderstood;
    if let Some(variable) = service.env().iter().find(is_lost).filter(|_| writer.is_changed(Key::Env)) {
        let key = check::variable_key(variable.name.as_str());
        let nul = || Refusal { key, reason: check::NUL.to_owned() };
        return Err(refusal_of_source(service).unwrap_or_else(nul));
    }
    if writer.is_changed(Key::Signal) {
        refuse_tags(document, Some(Key::Signal.name()))?;
    }
    let is_same = |yaml: &String| Service::read(yaml.as_bytes()).is_ok_and(|read| read == *service);
    // A key that is added behind a text that goes to the end of the file would be a part of it.
    for place in [Added::Behind, Added::Before] {
        if let Some(yaml) = edit::with_changed_lines(&writer, document, place).filter(is_same) {
            return Ok(yaml);
        }
    }
    refuse_tags(document, None)?;
    writer.whole()
}

/// The events of a file do not tell the tags of lists and maps, so that such a tag would be lost where a key, or all of
/// them, are written anew.
fn refuse_tags(document: &Document, key: Option<&str>) -> Result<(), Refusal> {
    let entries = document.entries();
    let is_written = |place: &Place| {
        let of = entries.iter().rfind(|entry| entry.place <= *place).map(|entry| entry.name);
        key.is_none() || key == of
    };
    let Some(place) = document.tagged_collections().into_iter().find(is_written) else { return Ok(()) };
    let key = entries.iter().rfind(|entry| entry.place <= place).map_or("", |entry| entry.name);
    let message = "the tag of a list or a map cannot be kept where it is written anew: remove the tag";
    Err(Refusal { key: key.to_owned(), reason: Problem::error(place, key, message).describe() })
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
