//! Text that can be lent to other languages as it stands.

use std::borrow::Cow;
use std::fmt;

/// UTF-8 text with one NUL behind it and none inside it, so that a borrowed pointer is enough for any caller.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Cow<'static, str>);

impl Text {
    /// The text, or `None` where it has a NUL inside.
    pub fn new(text: &str) -> Option<Self> {
        if text.as_bytes().contains(&0) {
            return None;
        }
        Some(Self::terminated(text))
    }

    /// The text, each NUL inside it replaced by U+FFFD: for messages, which must never be lost.
    pub fn lossy(text: &str) -> Self {
        Self::new(text).unwrap_or_else(|| Self::terminated(&text.replace('\0', "\u{fffd}")))
    }

    /// The text on one line: for messages, whatever a path or a daemon's words in it have inside.
    pub fn one_line(text: &str) -> Self {
        if !text.contains(char::is_control) {
            return Self::terminated(text);
        }
        let mut line = String::with_capacity(text.len() + 16);
        for character in text.chars() {
            if character.is_control() {
                line.extend(character.escape_default());
            } else {
                line.push(character);
            }
        }
        Self::terminated(&line)
    }

    /// Text known when this library was built; `text` must end with its NUL. Allocates nothing.
    pub const fn literal(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }

    /// Without the NUL.
    pub fn as_str(&self) -> &str {
        self.0.strip_suffix('\0').unwrap_or(&self.0)
    }

    /// With the NUL behind it.
    pub fn as_str_with_nul(&self) -> &str {
        &self.0
    }

    fn terminated(text: &str) -> Self {
        let mut owned = String::with_capacity(text.len() + 1);
        owned.push_str(text);
        owned.push('\0');
        Self(Cow::Owned(owned))
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), formatter)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn a_nul_inside_is_refused_or_replaced() {
        assert_eq!(Text::new("a\0b"), None);
        assert_eq!(Text::lossy("a\0b").as_str(), "a\u{fffd}b");
    }

    #[test]
    fn control_characters_are_shown_on_one_line() {
        assert_eq!(Text::one_line("a\nb\t\u{1b}c\0é").as_str(), "a\\nb\\t\\u{1b}c\\u{0}é");
        assert_eq!(Text::one_line("a b").as_str(), "a b");
    }

    #[test]
    fn the_lent_form_ends_with_its_nul() {
        assert_eq!(Text::lossy("abc").as_str_with_nul(), "abc\0");
        assert_eq!(Text::literal("abc\0"), Text::lossy("abc"));
    }
}
