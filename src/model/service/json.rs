//! A definition as JSON: what a daemon that speaks JSON-RPC takes and gives in place of a file.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::document::{self, Document, Entry, Kind, MAX_DEPTH, Node, Scalar};
use super::problem::{Place, Problem};
use super::writer::{Writer, last_of_duplicates};
use super::yaml::{double_quoted, flow_key};
use super::{Key, Refusal, Service, read};

/// The definition in the words of JSON: known keys with the values that the daemon reads, the others with the values
/// that YAML gives them.
pub(super) fn write(yaml: &str) -> Result<String, Refusal> {
    let Ok(document) = Document::parse(yaml.as_bytes()) else { return Ok("{}".to_owned()) };
    let mut pairs: Vec<String> = Vec::new();
    for entry in &last_of_duplicates(&document.entries()) {
        let value = value(entry).ok_or_else(|| {
            let reason = "its aliases make the definition too large: write the values themselves".to_owned();
            Refusal { key: entry.name.to_owned(), reason }
        })?;
        pairs.push(format!("{}:{value}", text(entry.name)));
    }
    Ok(format!("{{{}}}", pairs.join(",")))
}

/// Reads what the daemon gives; as a person would write it.
pub(super) fn read(json: &str) -> Result<Service, Problem> {
    let service = Service::of(parse(json)?)?;
    // On one line, JSON is as hard to read as to edit.
    match Writer::new(&service, Key::ALL.to_vec()).whole() {
        Ok(yaml) => Service::read(yaml.as_bytes()),
        Err(_) => Err(document::too_large()),
    }
}

/// The same values as a document. Not all JSON is YAML: there, a key without a `?` ends within 1,024 characters, and
/// neither `\/` nor a character that is spelled as two is known.
pub(super) fn parse(json: &str) -> Result<Document, Problem> {
    let problem = |error: serde_json::Error| {
        let place = Place { line: error.line().max(1), column: error.column().max(1) };
        Problem::error(place, "", "not JSON: look who listens at the daemon's socket")
    };
    let mut yaml = String::with_capacity(json.len());
    let value = serde_json::from_str(json).map_err(problem)?;
    append(&mut yaml, value, 0).map_err(problem)?;
    // A file of the largest size can be larger in JSON.
    Document::parse_up_to(yaml.as_bytes(), Service::MAX_RESOLVED_BYTES)
}

/// Numbers stay as they are spelled. Of what is too deep to be read, as much is written that the reader refuses it.
fn append(yaml: &mut String, value: &RawValue, depth: usize) -> serde_json::Result<()> {
    let json = value.get();
    match json.bytes().next() {
        Some(b'{' | b'[') if depth >= MAX_DEPTH => yaml.push_str("[]"),
        Some(b'{') => {
            yaml.push('{');
            for (index, (key, value)) in serde_json::from_str::<Members>(json)?.0.into_iter().enumerate() {
                yaml.push_str(if index > 0 { ", " } else { "" });
                yaml.push_str(&flow_key(&double_quoted(&key)));
                append(yaml, value, depth + 1)?;
            }
            yaml.push('}');
        }
        Some(b'[') => {
            yaml.push('[');
            for (index, value) in serde_json::from_str::<Vec<&RawValue>>(json)?.into_iter().enumerate() {
                yaml.push_str(if index > 0 { ", " } else { "" });
                append(yaml, value, depth + 1)?;
            }
            yaml.push(']');
        }
        Some(b'"') => yaml.push_str(&double_quoted(&serde_json::from_str::<String>(json)?)),
        _ => yaml.push_str(json),
    }
    Ok(())
}

/// The keys and values of an object in their order, duplicates too.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Pairs)
    }
}

fn value(entry: &Entry) -> Option<String> {
    let node = entry.value;
    let words = |node: Node| node.scalar().map(|scalar| text(&scalar.text));
    Some(match Key::from_name(entry.name) {
        Some(Key::Exec | Key::Test | Key::Dir | Key::Log) => words(node)?,
        Some(Key::Oneshot) => read::truth(node.scalar()?)?.to_string(),
        Some(Key::ShutdownTimeout) => read::seconds(node.scalar()?)?.to_string(),
        Some(Key::After) => list(node.items().map(words))?,
        Some(Key::Env) => map(node.pairs().map(|(key, value)| Some((words(key)?, words(value)?))))?,
        Some(Key::Signal) => map(node.pairs().map(|(key, value)| {
            let is_stop = read::is_stop(key);
            let most = Service::MAX_RESOLVED_BYTES;
            Some((words(key)?, if is_stop { words(value)? } else { any(value, &mut { most })? }))
        }))?,
        None => any(node, &mut { Service::MAX_RESOLVED_BYTES })?,
    })
}

/// A value under a key that is not known; `None` where its aliases make it too large.
pub(super) fn any(node: Node, bytes_left: &mut usize) -> Option<String> {
    *bytes_left = bytes_left.checked_sub(8)?;
    let node = node.resolved();
    match node.kind() {
        Kind::Scalar(scalar) => {
            *bytes_left = bytes_left.checked_sub(scalar.text.len())?;
            Some(plain(scalar).unwrap_or_else(|| text(&scalar.text)))
        }
        Kind::List(_) => list(node.items().map(|item| any(item, bytes_left))),
        Kind::Map(_) => map(node.pairs().map(|(key, value)| {
            let key = key.scalar().map_or("", |key| key.text.as_str());
            Some((text(key), any(value, bytes_left)?))
        })),
        Kind::Alias(_) | Kind::End => Some("null".to_owned()),
    }
}

/// A scalar that YAML takes for something else than text, and JSON can say.
fn plain(scalar: &Scalar) -> Option<String> {
    if scalar.is_null() {
        return Some("null".to_owned());
    }
    if !scalar.is_plain || scalar.tag.is_some() {
        return None;
    }
    let text = scalar.text.as_str();
    let is_number = || {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let has_leading_zero = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
        let is_integer = text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok();
        let is_decimal = digits.split_once('.').is_some_and(|(whole, rest)| {
            let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            is_digits(whole) && is_digits(rest) && digits.len() < 16
        });
        !has_leading_zero && !text.starts_with('+') && (is_integer || is_decimal)
    };
    (matches!(text, "true" | "false") || is_number()).then(|| text.to_owned())
}

pub(super) fn list(items: impl Iterator<Item = Option<String>>) -> Option<String> {
    Some(format!("[{}]", items.collect::<Option<Vec<_>>>()?.join(",")))
}

pub(super) fn map(pairs: impl Iterator<Item = Option<(String, String)>>) -> Option<String> {
    let pairs = pairs.map(|pair| pair.map(|(key, value)| format!("{key}:{value}")));
    Some(format!("{{{}}}", pairs.collect::<Option<Vec<_>>>()?.join(",")))
}

/// A string of JSON.
pub(super) fn text(text: &str) -> String {
    // Text is written without fail.
    serde_json::to_string(text).unwrap_or_default()
}
