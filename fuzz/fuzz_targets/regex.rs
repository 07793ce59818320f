//! A regular expression, a newline and a command: refused as a regular expression, or searched for.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zinit_client::error::{ErrorKind, Result};
use zinit_client::model::Filter;

fn matches(pattern: &str, command: &str) -> Result<bool> {
    let mut filter = Filter::new();
    filter.with_exec_regex(pattern)?;
    filter.matches_exec(command)
}

/// The expression that is this text and nothing else.
fn literal(text: &str) -> String {
    let escaped = |character: char| match character {
        '\\' | '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$' => {
            format!("\\{character}")
        }
        other => other.to_string(),
    };
    text.chars().map(escaped).collect()
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (pattern, command) = text.split_once('\n').unwrap_or((text, ""));
    match matches(pattern, command) {
        Ok(is_match) => {
            // Words that change nothing, if they are not in a comment of (?x).
            if !pattern.contains('#') {
                // The group is a level more, which may be one too many.
                if let Ok(grouped) = matches(&format!("(?:{pattern})"), command) {
                    assert_eq!(grouped, is_match, "{pattern:?} {command:?}");
                }
            }
        }
        Err(error) => assert!(matches!(error.kind(), ErrorKind::InvalidRegex { .. }), "{error}"),
    }
    let found = matches(&literal(pattern), command).expect("a literal is valid");
    assert_eq!(found, command.contains(pattern), "{pattern:?} {command:?}");
});
