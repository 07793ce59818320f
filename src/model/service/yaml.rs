//! How values are spelled in YAML, so that every reader takes them for what they are.
//!
//! Other programs read with other parsers than the daemon, and some with older ones. So everything that any of them
//! could take for something else than text goes into double quotes.

use super::document::{Kind, Node, Scalar};

/// A simple key of YAML ends within 1,024 bytes; a longer one is written behind a `? `.
const MAX_SIMPLE_KEY: usize = 1000;

/// Words that YAML 1.1 or 1.2 takes for a boolean or for null.
const RESERVED: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];

/// A key, and below it pairs.
pub(super) fn block(key: &str, pairs: impl Iterator<Item = (String, String)>) -> String {
    pairs.fold(format!("{key}:\n"), |block, (key, value)| block + &pair("  ", &key, &value))
}

/// A line with a key and its value.
pub(super) fn pair(indent: &str, key: &str, value: &str) -> String {
    if key.len() > MAX_SIMPLE_KEY {
        return format!("{indent}? {key}\n{indent}: {value}\n");
    }
    format!("{indent}{key}: {value}\n")
}

/// A key inside braces, up to where its value begins.
pub(super) fn flow_key(key: &str) -> String {
    if key.len() > MAX_SIMPLE_KEY { format!("? {key} : ") } else { format!("{key}: ") }
}

/// A value on one line, lists and maps in brackets, aliases replaced by what they stand for; `None` where that
/// is more than so many bytes.
pub(super) fn rendered(node: Node, most: usize) -> Option<String> {
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
                    match key.scalar().map(scalar) {
                        Some(key) => inside.push(Part::Text(flow_key(&key))),
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
pub(super) fn scalar(scalar: &Scalar) -> String {
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
pub(super) fn quoted(text: &str) -> String {
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
fn is_word(text: &str) -> bool {
    let is_safe = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '.' | ':' | '+' | '-');
    let is_safe_word = text.chars().all(is_safe)
        && text.contains(|char: char| char.is_ascii_alphanumeric())
        && !text.starts_with(':')
        && !text.ends_with(':');
    matches!(text, "<<" | "=") || (is_safe_word && !is_plain(text))
}

/// A scalar that YAML takes for this very text, and for nothing but text.
pub(super) fn double_quoted(text: &str) -> String {
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
