//! A JSON object with certain keys.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

/// A `T` that is written as an object. A derived `Deserialize` reads a list of the values, too, which no daemon sends:
/// without it, the library has half of the code for each type.
#[derive(Debug)]
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(AsMap(deserializer)).map(Self)
    }
}

/// Has a map read, whatever the type asks for.
struct AsMap<D>(D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for AsMap<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(MapAlone(visitor))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// Of what a visitor takes, the map alone.
struct MapAlone<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for MapAlone<V> {
    type Value = V::Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(formatter)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(map)
    }
}

#[cfg(test)]
mod tests {
    use super::Object;

    #[derive(Debug, serde::Deserialize)]
    struct Pair {
        one: i32,
        other: Option<i32>,
    }

    fn pair(text: &str) -> Result<(i32, Option<i32>), String> {
        let read = serde_json::from_str::<Object<Pair>>(text);
        read.map(|Object(Pair { one, other })| (one, other)).map_err(|error| error.to_string())
    }

    #[test]
    fn an_object_is_read_by_its_keys() {
        assert_eq!(pair(r#"{"other":2,"more":[3],"one":1}"#), Ok((1, Some(2))));
        assert_eq!(pair(r#"{"one":1}"#), Ok((1, None)));
        assert!(pair(r#"{"other":2}"#).unwrap_err().starts_with("missing field `one`"));
        assert!(pair(r#"{"one":1,"one":2}"#).unwrap_err().starts_with("duplicate field `one`"));
    }

    #[test]
    fn what_is_not_an_object_says_so() {
        for (text, found) in [("[1,2]", "sequence"), ("7", "integer `7`"), ("null", "null")] {
            let expected = format!("invalid type: {found}, expected struct Pair");
            assert!(pair(text).unwrap_err().starts_with(&expected), "{text}");
        }
    }
}
