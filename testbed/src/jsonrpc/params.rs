//! The parameters of the methods: by position or by name. What is too much is ignored.

use super::errors::Refusal;
use serde::de::DeserializeOwned;
use serde::Deserialize;
use serde_json::{Deserializer, Map, Value};

/// What a method takes. Under the names of its fields it is taken from an object.
pub trait Params: DeserializeOwned {
    /// Takes it from an array.
    fn by_position(sequence: &mut Sequence) -> Result<Self, Refusal>;
}

#[derive(Deserialize)]
pub struct Name {
    pub name: String,
}

#[derive(Deserialize)]
pub struct NameAndSignal {
    pub name: String,
    pub signal: String,
}

#[derive(Deserialize)]
pub struct NameAndContent {
    pub name: String,
    pub content: Map<String, Value>,
}

#[derive(Deserialize)]
pub struct Address {
    pub address: String,
}

#[derive(Deserialize)]
pub struct OptionalName {
    pub name: Option<String>,
}

#[derive(Deserialize)]
pub struct Filter {
    pub filter: Option<String>,
}

impl Params for Name {
    fn by_position(sequence: &mut Sequence) -> Result<Self, Refusal> {
        Ok(Self { name: sequence.next()? })
    }
}

impl Params for NameAndSignal {
    fn by_position(sequence: &mut Sequence) -> Result<Self, Refusal> {
        Ok(Self { name: sequence.next()?, signal: sequence.next()? })
    }
}

impl Params for NameAndContent {
    fn by_position(sequence: &mut Sequence) -> Result<Self, Refusal> {
        Ok(Self { name: sequence.next()?, content: sequence.next()? })
    }
}

impl Params for Address {
    fn by_position(sequence: &mut Sequence) -> Result<Self, Refusal> {
        Ok(Self { address: sequence.next()? })
    }
}

impl Params for OptionalName {
    fn by_position(sequence: &mut Sequence) -> Result<Self, Refusal> {
        Ok(Self { name: sequence.optional_next()?.flatten() })
    }
}

impl Params for Filter {
    fn by_position(sequence: &mut Sequence) -> Result<Self, Refusal> {
        Ok(Self { filter: sequence.optional_next()?.flatten() })
    }
}

/// Reads the text of `params`; that of a request without is empty.
pub fn parse<P: Params>(text: &str) -> Result<P, Refusal> {
    if text.starts_with('{') {
        return serde_json::from_str(text).map_err(|error| Refusal::invalid_params(&error.to_string()));
    }
    P::by_position(&mut Sequence(if text == "[]" { "" } else { text }))
}

/// What is left of an array, from its opening bracket or a comma on.
pub struct Sequence<'a>(&'a str);

impl Sequence<'_> {
    fn next<T: DeserializeOwned>(&mut self) -> Result<T, Refusal> {
        self.optional_next()?.ok_or_else(|| Refusal::invalid_params("No more params"))
    }

    /// An element is read on its own, so that its errors count the columns from its beginning, and what comes
    /// after the last one is not looked at.
    fn optional_next<T: DeserializeOwned>(&mut self) -> Result<Option<T>, Refusal> {
        let Some(first) = self.0.chars().next() else {
            return Ok(None);
        };
        if first == ']' {
            self.0 = "";
            return Ok(None);
        }
        let Some(rest) = self.0.strip_prefix(['[', ',']) else {
            let found = self.0;
            let reason = format!("Invalid params. Expected one of '[', ']' or ',' but found {found:?}");
            return Err(Refusal::invalid_params(&reason));
        };
        let mut elements = Deserializer::from_str(rest).into_iter::<T>();
        match elements.next() {
            None => Ok(None),
            Some(Ok(element)) => {
                self.0 = rest.get(elements.byte_offset()..).unwrap_or_default().trim_start();
                Ok(Some(element))
            }
            Some(Err(error)) => {
                self.0 = "";
                Err(Refusal::invalid_params(&error.to_string()))
            }
        }
    }
}
