//! The command of a plain service file, found without the YAML parser, which takes longer than reading the
//! file does.
//!
//! It is a promise on a condition: if the file is a service definition at all, then this is its command.
//! Whoever finds that the command is the one looked for has the file read by the parser to be sure.

/// The command, empty where there is none; `None` where the file is not plain enough to tell.
///
/// Plain is a file in which no line changes what the next one means. So each line that is not indented is a
/// key of the file itself, or an item of a list.
pub(super) fn exec(yaml: &[u8]) -> Option<&str> {
    // Without stopping at the first, as this is done many bytes at a time.
    let is_plain = yaml.iter().fold(true, |all, byte| all & matches!(byte, b' '..=b'~' | b'\n'));
    if !is_plain {
        return None;
    }
    let mut exec: &[u8] = b"";
    // In the beginning, indented lines would be the keys of the file; later, they may be more of the command.
    let mut is_open = true;
    for line in yaml.split(|byte| *byte == b'\n') {
        let content = line.trim_ascii_start();
        match content.first() {
            None | Some(b'#') => {}
            Some(first) if content.len() == line.len() && *first != b'-' => {
                let (key, value) = key(content)?;
                value_ends(value)?;
                is_open = key == b"exec";
                if is_open {
                    exec = plain(value)?;
                }
            }
            // Also for a list at the beginning, which is no service definition.
            Some(_) if is_open => return None,
            Some(_) => item_ends(content)?,
        }
    }
    std::str::from_utf8(exec).ok()
}

/// A key that needs no quotes, and what stands behind it on its line.
fn key(content: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = content.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')?;
    let (key, rest) = content.split_at_checked(length)?;
    let value = rest.strip_prefix(b":")?;
    let is_key = !key.is_empty() && matches!(value.first(), None | Some(b' '));
    is_key.then(|| (key, value.trim_ascii()))
}

/// As [`value_ends`], for a nested line, of a list, of a map or of a map in a list.
fn item_ends(mut content: &[u8]) -> Option<()> {
    while let Some(item) = content.strip_prefix(b"- ") {
        content = item.trim_ascii_start();
    }
    value_ends(key(content).map_or(content, |(_, value)| value).trim_ascii_end())
}

/// Whether a value is over at the end of its line, but for plain text that goes on in indented lines.
fn value_ends(value: &[u8]) -> Option<()> {
    let ends = match value {
        [] => true,
        [quote @ (b'"' | b'\''), text @ .., end] if quote == end => {
            !text.iter().any(|byte| *byte == b'\\' || byte == quote)
        }
        [b'[', list @ .., b']'] => {
            list.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b',' | b' '))
        }
        // Behind a colon there would be another value.
        [first, .., last] => {
            starts_plain(*first) && *last != b':' && !value.windows(2).any(|two| two == b": ")
        }
        [only] => starts_plain(*only),
    };
    ends.then_some(())
}

/// What begins like this is plain text up to the end of its line, or up to a comment.
fn starts_plain(first: u8) -> bool {
    first.is_ascii_alphanumeric() || matches!(first, b'/' | b'.' | b'_' | b'$')
}

/// Plain text that is not null.
fn plain(value: &[u8]) -> Option<&[u8]> {
    let comment = value.windows(2).position(|two| two == b" #").unwrap_or(value.len());
    let text = value.get(..comment)?.trim_ascii_end();
    let is_plain = text.first().is_some_and(|first| starts_plain(*first));
    (is_plain && !matches!(text, b"null" | b"Null" | b"NULL")).then_some(text)
}
