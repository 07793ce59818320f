//! Text that can be lent to other languages as it stands.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// UTF-8 text with one NUL behind it and none inside it, so that a borrowed pointer is enough for any caller.
pub struct Text(Form);

/// With its NUL in each form.
enum Form {
    Literal(&'static str),
    /// Most names are short, and a list of a thousand services has a thousand: so they take no memory of
    /// their own.
    Short {
        bytes: [u8; Text::SHORT],
        length_with_nul: u8,
    },
    // A thin pointer: the length in a fat one would be tested before it is known which form it is, and a
    // memory checker would call that the use of a value that was never set.
    #[allow(clippy::box_collection)]
    Long(Box<String>),
    /// One of many long ones in one piece of memory.
    Shared {
        all: Arc<String>,
        begin: u32,
        end: u32,
    },
}

impl Text {
    /// As much as fits beside the rest without making it larger.
    const SHORT: usize = 22;

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
        Self(Form::Literal(text))
    }

    /// Puts the long ones of many texts into one piece of memory: to free each alone takes several times as long.
    pub(super) fn share<'a>(texts: impl Iterator<Item = &'a mut Self>) {
        let long: Vec<_> = texts.filter(|text| matches!(text.0, Form::Long(_))).collect();
        let length = |text: &Self| text.as_bytes_with_nul().len();
        let mut all = String::with_capacity(long.iter().map(|text| length(text)).sum());
        for text in &long {
            all.push_str(text.as_str_with_nul());
        }
        let all = Arc::new(all);
        let mut begin = 0;
        for text in long {
            // What lies behind 4 GiB stays as it is.
            let Some(end) = u32::try_from(length(text)).ok().and_then(|length| length.checked_add(begin))
            else {
                break;
            };
            *text = Self(Form::Shared { all: Arc::clone(&all), begin, end });
            begin = end;
        }
    }

    /// Without the NUL.
    pub fn as_str(&self) -> &str {
        let text = self.as_str_with_nul();
        text.strip_suffix('\0').unwrap_or(text)
    }

    /// As bytes, without the NUL: for who needs no text, which is looked through anew.
    pub fn as_bytes(&self) -> &[u8] {
        self.as_bytes_with_nul().strip_suffix(b"\0").unwrap_or_default()
    }

    #[inline]
    fn as_str_with_nul(&self) -> &str {
        match &self.0 {
            Form::Literal(text) => text,
            Form::Long(text) => text.as_str(),
            Form::Shared { all, begin, end } => all.get(*begin as usize..*end as usize).unwrap_or_default(),
            // It came from text, and was cut nowhere.
            Form::Short { .. } => std::str::from_utf8(self.as_bytes_with_nul()).unwrap_or_default(),
        }
    }

    /// With the NUL behind it.
    pub fn as_bytes_with_nul(&self) -> &[u8] {
        match &self.0 {
            Form::Literal(text) => text.as_bytes(),
            Form::Short { bytes, length_with_nul } => {
                bytes.get(..usize::from(*length_with_nul)).unwrap_or_default()
            }
            Form::Long(_) | Form::Shared { .. } => self.as_str_with_nul().as_bytes(),
        }
    }

    #[inline(never)]
    fn clone_long(&self) -> Self {
        Self::terminated(self.as_str())
    }

    /// Of text without a NUL inside.
    pub(super) fn terminated(text: &str) -> Self {
        let mut bytes = [0; Self::SHORT];
        // One is left for the NUL.
        let place = bytes.split_last_mut().and_then(|(_, front)| front.get_mut(..text.len()));
        if let (Some(place), Ok(length_with_nul)) = (place, u8::try_from(text.len() + 1)) {
            place.copy_from_slice(text.as_bytes());
            return Self(Form::Short { bytes, length_with_nul });
        }
        let mut long = String::with_capacity(text.len() + 1);
        long.push_str(text);
        long.push('\0');
        Self(Form::Long(Box::new(long)))
    }
}

impl Clone for Text {
    #[inline]
    fn clone(&self) -> Self {
        match &self.0 {
            Form::Literal(text) => Self(Form::Literal(text)),
            Form::Short { bytes, length_with_nul } => {
                Self(Form::Short { bytes: *bytes, length_with_nul: *length_with_nul })
            }
            // One does not keep the memory of many.
            Form::Long(_) | Form::Shared { .. } => self.clone_long(),
        }
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes_with_nul() == other.as_bytes_with_nul()
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> Ordering {
        // The NUL is below all else, so the order is that of the text.
        self.as_bytes_with_nul().cmp(other.as_bytes_with_nul())
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

/// As much of a value as a message shows.
pub(super) fn shortened(text: &str) -> String {
    if text.chars().count() <= 60 {
        return text.to_owned();
    }
    text.chars().take(57).chain("...".chars()).collect()
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
    fn short_and_long_text_is_kept_as_it_is() {
        for length in 0..50 {
            let text = "é".repeat(length / 2) + &"x".repeat(length % 2);
            let kept = Text::new(&text).unwrap();
            assert_eq!(kept.as_str(), text);
            assert_eq!(kept.as_bytes_with_nul(), [text.as_bytes(), b"\0"].concat());
        }
    }

    #[test]
    fn texts_that_share_their_memory_are_what_they_were() {
        let mut texts: Vec<_> = (0..100)
            .map(|length| Text::lossy(&"é".repeat(length % 40)))
            .chain([Text::literal("x\0")])
            .collect();
        let before = texts.clone();
        Text::share(texts.iter_mut());
        assert_eq!(texts, before);
        let one = texts[99].clone();
        drop(texts);
        assert_eq!((one.as_str(), one.as_bytes_with_nul().last()), ("é".repeat(19).as_str(), Some(&0)));
    }

    #[test]
    fn the_order_is_that_of_the_text() {
        let mut texts = ["b", "", "a\u{1}", "a", "ab"].map(Text::lossy);
        texts.sort();
        assert_eq!(texts.map(|text| text.to_string()), ["", "a", "a\u{1}", "ab", "b"]);
    }

    #[test]
    fn the_lent_form_ends_with_its_nul() {
        assert_eq!(Text::lossy("abc").as_bytes_with_nul(), b"abc\0");
        assert_eq!(Text::lossy("abc").as_bytes(), b"abc");
        assert_eq!(Text::literal("abc\0"), Text::lossy("abc"));
    }
}
