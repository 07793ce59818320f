//! A definition as zinit 0.3 takes and gives it: JSON in sections.
//!
//! What has a key of zinit 0.2 stands under that key. All else stands as it is under the name of its section, which is a
//! key that zinit 0.2 does not know; and is put back from there.

use super::document::{Document, Kind, Node};
use super::json::{any, list, map, text};
use super::{Key, Problem, Refusal, Service};
use crate::model::Text;

/// The sections.
const SECTIONS: [&str; 5] = ["service", "dependencies", "lifecycle", "health", "logging"];

/// A key and its value, in the words of JSON.
type Pair = (String, String);

/// Reads what the daemon gives.
pub(super) fn read(json: &str) -> Result<Service, Problem> {
    let document = super::json::parse(json)?;
    let mut known: Vec<Pair> = Vec::new();
    let mut others: Vec<Pair> = Vec::new();
    for section in document.entries() {
        if !SECTIONS.contains(&section.name) || !matches!(section.value.kind(), Kind::Map(_)) {
            others.extend(other(section.name, section.value));
            continue;
        }
        let (after, is_told_whole) = dependencies(section.name, section.value);
        if !after.is_empty() {
            known.push((Key::After.name().to_owned(), strings(after.into_iter())));
        }
        let is_command = value_of(section.value, "type").is_some_and(|kind| kind == "exec");
        let mut left: Vec<Pair> = Vec::new();
        for (key, value) in section.value.pairs() {
            let Some(key) = key.scalar().map(|key| key.text.as_str()) else { continue };
            match known_key(section.name, key, value, is_command) {
                Known::Key(key, value) => known.push((key.name().to_owned(), value)),
                Known::Nothing => {}
                Known::Dependencies if is_told_whole => {}
                Known::Dependencies | Known::No => left.extend(other(key, value)),
            }
        }
        if !left.is_empty() {
            others.push((section.name.to_owned(), object(left)));
        }
    }
    known.append(&mut others);
    super::json::read(&object(known))
}

/// Where a key of the daemon's stands.
enum Known {
    /// Under this key, with this value.
    Key(Key, String),
    /// Nowhere: a definition does not have the name of its service, nor what stands for nothing.
    Nothing,
    /// Under `after`, together with another one.
    Dependencies,
    /// Under its section.
    No,
}

fn known_key(section: &str, key: &str, value: Node, is_command: bool) -> Known {
    let words = value.scalar().map(|scalar| scalar.text.as_str());
    let Some(json) = any(value, &mut { Service::MAX_RESOLVED_BYTES }) else { return Known::No };
    match (section, key) {
        ("service", "exec") => Known::Key(Key::Exec, json),
        ("service", "dir") if !value.is_null() => Known::Key(Key::Dir, json),
        ("service", "oneshot") if words == Some("true") => Known::Key(Key::Oneshot, json),
        ("service", "env") if value.pairs().next().is_some() => Known::Key(Key::Env, json),
        // The others say nothing.
        ("service", "name" | "dir" | "oneshot" | "env") => Known::Nothing,
        ("health", "target") if is_command => Known::Key(Key::Test, json),
        ("lifecycle", "stop_signal") => Known::Key(Key::Signal, object(vec![("stop".to_owned(), json)])),
        ("lifecycle", "stop_timeout_ms") => match words.and_then(whole_seconds) {
            Some(seconds) => Known::Key(Key::ShutdownTimeout, seconds.to_string()),
            None => Known::No,
        },
        ("dependencies", "after" | "requires") => Known::Dependencies,
        _ => Known::No,
    }
}

fn whole_seconds(milliseconds: &str) -> Option<u64> {
    let milliseconds: u64 = milliseconds.parse().ok()?;
    (milliseconds % 1000 == 0).then_some(milliseconds / 1000)
}

/// The services that must be up before, and whether it is the same ones that are waited for and required: only so does
/// the key `after` tell all.
fn dependencies<'a>(section: &str, value: Node<'a>) -> (Vec<&'a str>, bool) {
    if section != "dependencies" {
        return (Vec::new(), true);
    }
    let names = |wanted: &str| -> Vec<&'a str> {
        let lists = value.pairs().filter(|(key, _)| key.scalar().is_some_and(|key| key.text == wanted));
        let names = lists.flat_map(|(_, list)| list.items());
        names.filter_map(Node::scalar).map(|name| name.text.as_str()).collect()
    };
    let (after, requires) = (names("after"), names("requires"));
    let is_told_whole =
        after.iter().all(|name| requires.contains(name)) && requires.iter().all(|name| after.contains(name));
    let mut all = after;
    for name in requires {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    (all, is_told_whole)
}

/// What has no key, unless it says nothing.
fn other(key: &str, value: Node) -> Option<Pair> {
    let is_empty = match value.kind() {
        Kind::List(_) => value.items().next().is_none(),
        _ => value.is_null(),
    };
    if is_empty { None } else { Some((key.to_owned(), any(value, &mut { Service::MAX_RESOLVED_BYTES })?)) }
}

/// The definition as the daemon takes it.
pub(super) fn write(service: &Service, name: &str) -> Result<String, Refusal> {
    let yaml = super::write::service(service)?;
    // It was written just now, and is sound.
    let document = Document::parse(yaml.as_bytes()).map_err(|_| refusal("", "it cannot be read back"))?;
    let mut others = Vec::new();
    for entry in document.entries() {
        match Key::from_name(entry.name) {
            Some(Key::Log) => {
                let reason =
                    "zinit 0.3 keeps the last lines of each service, and nothing else: take the key out";
                return Err(refusal(entry.name, reason));
            }
            Some(_) => {}
            None if SECTIONS.contains(&entry.name)
                && matches!(entry.value.resolved().kind(), Kind::Map(_)) =>
            {
                others.push((entry.name, entry.value));
            }
            None => return Err(refusal(entry.name, "zinit 0.3 has no such key: take it out")),
        }
    }
    let mut sections = Vec::new();
    for section in SECTIONS {
        let other = others.iter().find(|(name, _)| *name == section).map(|(_, value)| *value);
        let mut pairs = own(section, service, name, other)?;
        for (key, value) in other.into_iter().flat_map(Node::pairs) {
            let Some(key) = key.scalar().map(|key| key.text.as_str()) else { continue };
            let is_dependency = section == "dependencies" && matches!(key, "after" | "requires");
            if is_dependency || pairs.iter().any(|(own, _)| own == key) {
                continue;
            }
            if key == "kill_others" && value.scalar().is_none_or(|value| value.text != "false") {
                let reason = "zinit 0.3 can kill every process of the machine for it: take the key out";
                return Err(refusal("service.kill_others", reason));
            }
            let Some(value) = any(value, &mut { Service::MAX_RESOLVED_BYTES }) else {
                return Err(refusal(
                    section,
                    "its aliases make the definition too large: write the values themselves",
                ));
            };
            pairs.push((key.to_owned(), value));
        }
        if !pairs.is_empty() {
            sections.push((section.to_owned(), object(pairs)));
        }
    }
    Ok(object(sections))
}

/// What the known keys say in a section.
fn own(section: &str, service: &Service, name: &str, other: Option<Node>) -> Result<Vec<Pair>, Refusal> {
    let pair = |key: &str, value: String| (key.to_owned(), value);
    let word = |key: &str, value: Option<&Text>| value.map(|value| pair(key, text(value.as_str())));
    Ok(match section {
        "service" => {
            let mut pairs = vec![pair("name", text(name))];
            pairs.extend(word("exec", service.exec()));
            pairs.extend(word("dir", service.dir()));
            pairs.extend(service.oneshot().then(|| pair("oneshot", "true".to_owned())));
            let variable = |variable: &super::Variable| {
                (variable.name().as_str().to_owned(), text(variable.value().map_or("", Text::as_str)))
            };
            let variables: Vec<_> = service.env().iter().map(variable).collect();
            pairs.extend((!variables.is_empty()).then(|| pair("env", object(variables))));
            pairs
        }
        "dependencies" => {
            ["after", "requires"].into_iter().filter_map(|key| listed(service, key, other)).collect()
        }
        "lifecycle" => {
            let mut pairs = Vec::new();
            pairs.extend(word("stop_signal", service.stop_signal()));
            if let Some(seconds) = service.shutdown_timeout_seconds() {
                let milliseconds = seconds.checked_mul(1000).filter(|milliseconds| *milliseconds > 0);
                let milliseconds = milliseconds.ok_or_else(|| {
                    refusal(
                        Key::ShutdownTimeout.name(),
                        "zinit 0.3 takes 1 to 18446744073709551: write so many seconds",
                    )
                })?;
                pairs.push(pair("stop_timeout_ms", milliseconds.to_string()));
            }
            if service.test().is_some() {
                // As zinit 0.2 does, it is tested until it is up.
                pairs.extend(unless_told(other, "start_timeout_ms", YEAR_MS));
            }
            pairs
        }
        "health" => health(service.test(), other)?,
        _ => Vec::new(),
    })
}

const YEAR_MS: &str = "31536000000";

fn health(test: Option<&Text>, other: Option<Node>) -> Result<Vec<Pair>, Refusal> {
    let Some(test) = test else { return Ok(Vec::new()) };
    if other.and_then(|other| value_of(other, "type")).is_some_and(|kind| kind != "exec") {
        return Err(refusal(
            Key::Test.name(),
            "the definition has another health check, too: take one of them out",
        ));
    }
    let mut pairs = vec![("type".to_owned(), text("exec")), ("target".to_owned(), text(test.as_str()))];
    pairs.extend(unless_told(other, "interval_ms", "1000"));
    pairs.extend(unless_told(other, "retries", "4294967295"));
    Ok(pairs)
}

fn unless_told(other: Option<Node>, key: &str, value: &str) -> Option<Pair> {
    let is_told = other.is_some_and(|other| value_of(other, key).is_some());
    (!is_told).then(|| (key.to_owned(), value.to_owned()))
}

/// Those that it is to be started after are required, too, unless the section says which list each is in.
fn listed(service: &Service, key: &str, other: Option<Node>) -> Option<Pair> {
    let lists = |name: &str| -> Vec<&str> {
        let pairs = other.into_iter().flat_map(Node::pairs);
        let lists = pairs
            .filter(|(_, list)| list.items().any(|item| item.scalar().is_some_and(|item| item.text == name)));
        let keys = lists.filter_map(|(key, _)| key.scalar()).map(|key| key.text.as_str());
        keys.filter(|key| matches!(*key, "after" | "requires")).collect()
    };
    let names = service.after().iter().map(Text::as_str).filter(|name| {
        let lists = lists(name);
        lists.is_empty() || lists.contains(&key)
    });
    let names: Vec<_> = names.collect();
    (!names.is_empty()).then(|| (key.to_owned(), strings(names.into_iter())))
}

/// The word under a key of a map.
fn value_of<'a>(map: Node<'a>, wanted: &str) -> Option<&'a str> {
    let mut pairs = map.pairs().filter(|(key, _)| key.scalar().is_some_and(|key| key.text == wanted));
    pairs.next()?.1.scalar().map(|value| value.text.as_str())
}

/// Whether the daemon spawns it again after it has ended well.
pub(super) fn is_restarted_always(document: &Document) -> bool {
    let mut sections = document.entries().into_iter().filter(|entry| entry.name == "lifecycle");
    sections.any(|section| value_of(section.value, "restart") == Some("always"))
}

fn strings<'a>(words: impl Iterator<Item = &'a str>) -> String {
    list(words.map(|word| Some(text(word)))).unwrap_or_default()
}

fn object(pairs: Vec<Pair>) -> String {
    map(pairs.into_iter().map(|(key, value)| Some((text(&key), value)))).unwrap_or_default()
}

fn refusal(key: &str, reason: &str) -> Refusal {
    Refusal { key: key.to_owned(), reason: reason.to_owned() }
}
