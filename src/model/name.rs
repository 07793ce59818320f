//! The name of a service.

use crate::error::{ErrorKind, Result};
use crate::model::Text;

/// A name that the daemon can be asked for, and that names one file in its directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(Text);

impl Name {
    /// The longest name in bytes: with `.yaml` behind it, and room for a temporary file's, a file name on
    /// Linux.
    pub const MAX_BYTES: usize = 250;

    /// Refuses what would reach another file, or another command.
    pub fn new(name: &str) -> Result<Self> {
        let refused = |reason| ErrorKind::InvalidName { name: name.to_owned(), reason };
        let reason = if name.is_empty() {
            "it is empty"
        } else if name.len() > Self::MAX_BYTES {
            "it is longer than 250 bytes"
        } else if name.contains('\n') {
            "it has a newline inside"
        } else if name.contains('/') {
            "it has a / inside; give the name alone, without directory"
        } else {
            return Text::new(name).map(Self).ok_or_else(|| refused("it has a NUL inside").into());
        };
        Err(refused(reason).into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The name, to be lent.
    pub fn into_text(self) -> Text {
        self.0
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
