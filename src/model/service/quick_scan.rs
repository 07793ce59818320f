//! The command of a plain service file, found without the YAML parser, which takes longer than reading the
//! file does.
//!
//! It is a promise on a condition: if the file is a service definition at all, then this is its command.
//! Whoever finds that the command is the one looked for has the file read by the parser to be sure.

use crate::model::search;

/// The command, empty where there is none; `None` where the file is not plain enough to tell.
///
/// Plain is a file in which no line changes what the next one means. So each line that is not indented is a
/// key of the file itself, or an item of a list.
pub(super) fn exec(yaml: &[u8]) -> Option<&str> {
    if !is_plain(yaml) {
        return None;
    }
    let mut exec: &[u8] = b"";
    // In the beginning, indented lines would be the keys of the file; later, they may be more of the command.
    let mut is_open = true;
    let mut rest = yaml;
    while !rest.is_empty() {
        let end = search::find(b'\n', rest).unwrap_or(rest.len());
        let (line, behind) = rest.split_at_checked(end)?;
        rest = behind.get(1..).unwrap_or_default();
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

/// Whether all bytes are printable ASCII or newlines.
fn is_plain(bytes: &[u8]) -> bool {
    // Each of the eight bytes tells it in its highest bit, which no sum of two bytes below it carries beyond.
    const fn each(byte: u8) -> u64 {
        u64::from_ne_bytes([byte; 8])
    }
    let is_plain = |eight: [u8; 8]| {
        let word = u64::from_ne_bytes(eight);
        let below = word & each(0x7f);
        let is_printable = (below + each(0x80 - b' ')) & !(below + each(0x80 - 0x7f));
        let is_newline = !((below ^ each(b'\n')) + each(0x7f));
        (is_printable | is_newline) & !word & each(0x80) == each(0x80)
    };
    let chunks = bytes.chunks_exact(8);
    // Too few, with newlines behind them.
    let mut rest = [b'\n'; 8];
    rest.iter_mut().zip(chunks.remainder()).for_each(|(place, byte)| *place = *byte);
    is_plain(rest) && chunks.map(<[u8; 8]>::try_from).all(|eight| eight.is_ok_and(is_plain))
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
            // Most have none at all.
            let has_colon = || value.contains(&b':') && value.windows(2).any(|two| two == b": ");
            starts_plain(*first) && *last != b':' && !has_colon()
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

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn each_byte_at_each_place_is_plain_where_it_is_printable_or_a_newline() {
        for length in 1..=17 {
            for place in 0..length {
                for byte in 0..=u8::MAX {
                    for others in [b' ', b'~', b'\n'] {
                        let mut bytes = vec![others; length];
                        bytes[place] = byte;
                        let expected = matches!(byte, b' '..=b'~' | b'\n');
                        assert_eq!(is_plain(&bytes), expected, "{byte} at {place} of {length}");
                    }
                }
            }
        }
        assert!(is_plain(b""));
    }
}
