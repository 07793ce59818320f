//! A value under a key that is not known: kept, and written back.

use crate::model::Text;

/// A map from YAML, sorted by key, with the last of duplicate keys. Most are empty, and a file is too short
/// for large ones: so a list does, and the library is smaller for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Map(Vec<(Value, Value)>);

impl Map {
    pub(super) fn get(&self, key: &Value) -> Option<&Value> {
        self.0.get(self.index(key).ok()?).map(|(_, value)| value)
    }

    pub(super) fn insert(&mut self, key: Value, value: Value) {
        match self.index(&key) {
            Ok(index) => {
                if let Some(entry) = self.0.get_mut(index) {
                    entry.1 = value;
                }
            }
            Err(index) => self.0.insert(index, (key, value)),
        }
    }

    pub(super) fn remove(&mut self, key: &Value) {
        if let Ok(index) = self.index(key) {
            self.0.remove(index);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Value, &Value)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// Where a key is, or would be.
    fn index(&self, key: &Value) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.cmp(key))
    }
}

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
