//! A value under a key that is not known: kept, and written back.

use std::collections::BTreeMap;

use crate::model::Text;

/// A map from YAML, the last of duplicate keys.
pub(super) type Map = BTreeMap<Value, Value>;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Value {
    /// Stood without quotes, and some YAML reader takes it for no text: `null`, `1.5`, `yes`, `0755`, `<<`.
    Word(Text),
    Text(Text),
    List(Vec<Value>),
    Map(Map),
}

impl Value {
    /// A text known when this library was written.
    pub(super) fn text(text: &str) -> Self {
        Self::Text(Text::lossy(text))
    }

    /// A value that is written without quotes.
    pub(super) fn word(word: &str) -> Self {
        Self::Word(Text::lossy(word))
    }

    /// The text of a scalar.
    pub(super) fn as_scalar(&self) -> Option<&Text> {
        match self {
            Self::Word(text) | Self::Text(text) => Some(text),
            Self::List(_) | Self::Map(_) => None,
        }
    }

    pub(super) fn is_null(&self) -> bool {
        *self == Self::word("null")
    }
}
