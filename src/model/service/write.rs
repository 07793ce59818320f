//! Writes a service file that zinit reads back with the same values.
//!
//! The daemon reads with another YAML parser than this library, and other programs with older ones. So
//! everything that any of them could take for something else than text goes into double quotes.

use super::value::Value;
use super::{Service, brackets, oversized};
use crate::model::Text;

/// A simple key of YAML ends within 1,024 bytes; a longer one is written behind a `? `.
const MAX_SIMPLE_KEY: usize = 1000;

/// Words that YAML 1.1 or 1.2 takes for a boolean or for null.
const RESERVED: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];

/// The file's content; or the key that makes it too large, and how.
pub(super) fn service(service: &Service) -> Result<String, (String, &'static str)> {
    let mut keys: Vec<(&str, String)> = Vec::new();
    let scalar = |key, text: &Text| (key, pair("", key, &quoted(text.as_str())));
    keys.extend(service.exec.as_ref().map(|exec| scalar("exec", exec)));
    if service.oneshot {
        keys.push(("oneshot", pair("", "oneshot", "true")));
    }
    keys.extend(service.test.as_ref().map(|test| scalar("test", test)));
    // A key with nothing behind it is refused by the daemon, so that empty lists and maps are left out.
    if !service.after.is_empty() {
        let items: Vec<_> =
            service.after.iter().map(|name| format!("- {}\n", quoted(name.as_str()))).collect();
        keys.push(("after", format!("after:\n{}", items.concat())));
    }
    if !service.env.is_empty() {
        let pairs = service.env.iter().map(|(key, value)| (quoted(key.as_str()), quoted(value.as_str())));
        keys.push(("env", block("env", pairs)));
    }
    keys.extend(service.log.map(|log| ("log", pair("", "log", log.as_str()))));
    if service.stop_signal.is_some() || !service.signal_others.is_empty() {
        let stop = service.stop_signal.iter().map(|signal| ("stop".to_owned(), quoted(signal.as_str())));
        let others = service.signal_others.iter().map(|(key, value)| (key.to_yaml(), value.to_yaml()));
        keys.push(("signal", block("signal", stop.chain(others))));
    }
    let seconds = service.shutdown_timeout_seconds;
    keys.extend(
        seconds.map(|seconds| ("shutdown_timeout", pair("", "shutdown_timeout", &seconds.to_string()))),
    );
    keys.extend(service.dir.as_ref().map(|dir| scalar("dir", dir)));
    for (key, value) in service.others.iter() {
        let name = key.as_scalar().map_or("", Text::as_str);
        keys.push((name, pair("", &key.to_yaml(), &value.to_yaml())));
    }

    let yaml: String = keys.iter().map(|(_, text)| text.as_str()).collect();
    let Some(reason) = oversized(yaml.as_bytes()) else { return Ok(yaml) };
    let weight = |text: &str| {
        if yaml.len() > Service::MAX_FILE_BYTES { text.len() } else { brackets(text.as_bytes()) }
    };
    let heaviest = keys.iter().max_by_key(|(_, text)| weight(text));
    Err((heaviest.map_or("", |(key, _)| key).replace(char::is_control, " "), reason))
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

impl Value {
    /// On one line (but for very long keys), lists and maps in brackets.
    pub(super) fn to_yaml(&self) -> String {
        match self {
            Self::Word(word) => word.to_string(),
            // Inside brackets these mean something.
            Self::Text(text) if text.as_str().contains([',', '[', ']', '{', '}', ':', '?']) => {
                double_quoted(text.as_str())
            }
            Self::Text(text) => quoted(text.as_str()),
            Self::List(values) => {
                let values: Vec<_> = values.iter().map(Self::to_yaml).collect();
                format!("[{}]", values.join(", "))
            }
            Self::Map(map) => {
                let pairs = map.iter().map(|(key, value)| pair("  ", &key.to_yaml(), &value.to_yaml()));
                let pairs: Vec<_> = pairs.map(|pair| pair.trim().to_owned()).collect();
                format!("{{{}}}", pairs.join(", "))
            }
        }
    }
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
    use crate::model::Service;

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

    #[test]
    fn unknown_keys_are_written_back_with_their_values() {
        for yaml in [
            "a: null\n",
            "a: true\n",
            "a: 12\n",
            "a: 1.5\n",
            "a: 1e300\n",
            "a: .inf\n",
            "a: -.inf\n",
            "a: .nan\n",
            "a: yes\n",
            "a: \"yes\"\n",
            "a: 0755\n",
            "a: 1_000\n",
            "a: 12:30:45\n",
            "a: 2001-01-01\n",
            "a: []\n",
            "a: {}\n",
            "a: [1, [b, {c: d}], \"e,f\", \"1\"]\n",
            "1: a\n",
            "yes: a\n",
            "null: a\n",
            "<<: {exec: b}\n",
            "\"\": a\n",
            "\"a: b\": c\n",
            "a: \"x\\ny\"\n",
            "a: 340282366920938463463374607431768211455\n",
        ] {
            let yaml = format!("exec: x\n{yaml}");
            assert_eq!(Service::from_yaml(yaml.as_bytes()).unwrap().to_yaml().unwrap(), yaml);
        }
    }

    #[test]
    fn a_very_long_key_comes_back() {
        for length in [999, 1000, 1001, 1018, 1019, 1020, 1021, 1022, 1023, 1024, 1025, 2000] {
            let key = "\u{e9}".repeat(length / 2) + "k";
            let yaml = format!(
                "exec: x\n? {key}\n: 1\nenv:\n  ? {key}\n  : v\nsignal:\n  ? {key}\n  : v\nz:\n  ? {key}\n  : [v]\n  a: 1\n"
            );
            let service = Service::from_yaml(yaml.as_bytes()).unwrap();
            assert_eq!(service.env()[0].0.as_str(), key);
            assert_eq!(Service::from_yaml(service.to_yaml().unwrap().as_bytes()).unwrap(), service);
        }
    }
}
