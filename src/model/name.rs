//! The name of a service.

use crate::error::{ErrorKind, Result};
use crate::model::Text;

/// A name that the daemon can be asked for, and that names one file in its directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    text: Text,
    is_plain: bool,
}

impl Name {
    /// The longest name in bytes: with `.yaml` behind it, and room for a temporary file's, a file name on
    /// Linux.
    pub const MAX_BYTES: usize = 250;

    /// Refuses what would reach another file, or another command.
    pub fn new(name: &str) -> Result<Self> {
        let refused = |reason| Err(ErrorKind::InvalidName { name: name.to_owned(), reason }.into());
        if name.is_empty() {
            return refused("it is empty");
        }
        if name.len() > Self::MAX_BYTES {
            return refused("it is longer than 250 bytes");
        }
        let seen = name.bytes().fold(0, |seen, byte| seen | CLASSES.get(usize::from(byte)).unwrap_or(&OTHER));
        if seen & NEWLINE != 0 {
            return refused("it has a newline inside");
        }
        if seen & SLASH != 0 {
            return refused("it has a / inside; give the name alone, without directory");
        }
        if seen & NUL != 0 {
            return refused("it has a NUL inside");
        }
        Ok(Self { text: Text::terminated(name), is_plain: seen & OTHER == 0 })
    }

    /// Whether it has letters, digits and `_-.:,+@%=` alone: no protocol takes these for anything but text.
    pub fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }

    /// The name, as bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// The name, to be lent.
    pub fn into_text(self) -> Text {
        self.text
    }
}

const NEWLINE: u8 = 1;
const SLASH: u8 = 2;
/// Not of [`Name::is_plain`].
const OTHER: u8 = 4;
const NUL: u8 = 8;

/// What each byte is in a name. A table, for every call looks through a name.
// The compiler runs this, and fails where an index is wrong.
#[allow(clippy::indexing_slicing)]
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < u8::MAX {
        classes[byte as usize] = class(byte);
        byte += 1;
    }
    classes
};

const fn class(byte: u8) -> u8 {
    match byte {
        0 => NUL,
        b'\n' => NEWLINE,
        b'/' => SLASH,
        b'a'..=b'z'
        | b'A'..=b'Z'
        | b'0'..=b'9'
        | 0x80..
        | b'_'
        | b'-'
        | b'.'
        | b':'
        | b','
        | b'+'
        | b'@'
        | b'%'
        | b'=' => 0,
        _ => OTHER,
    }
}

#[cfg(test)]
mod tests {
    use super::Name;

    #[test]
    fn names_that_zinit_can_be_asked_for() {
        for name in ["a", "a.b", "stream:1", "with space", "a\"b", "#x", "..", "é", "-x", "a\rb"] {
            assert_eq!(Name::new(name).unwrap().as_str(), name);
        }
        assert!(Name::new(&"a".repeat(250)).is_ok());
    }

    #[test]
    fn names_that_would_reach_something_else() {
        let long = "a".repeat(251);
        for name in ["", "a\nb", "a\0b", "../x", "a/b", "/", &long] {
            assert!(Name::new(name).is_err(), "{name:?}");
        }
    }
}
