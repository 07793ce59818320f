//! Reads a service file as leniently as the readers before this one did. The only file that knows the YAML
//! parser.
//!
//! Two differences from Go's yaml.v2 are wanted, because the daemon reads the same way: `<<` is a key like
//! any other, and `!!binary` text is the text as it stands.

use std::cell::Cell;
use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, Unexpected, Visitor,
};

use super::value::{Map, Value};
use super::{MAX_BRACKETS, Service, oversized, write};
use crate::model::{Signal, Text};

/// The service, or what is wrong with the file, with key, line and column.
pub(super) fn service(yaml: &[u8]) -> Result<Service, String> {
    if let Some(reason) = oversized(yaml) {
        return Err(format!("{reason} is not read"));
    }
    let source = std::str::from_utf8(yaml)
        .map_err(|error| format!("byte {} is not UTF-8", error.valid_up_to() + 1))?;
    // The parser's offsets do not count it.
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    let reader = Reader {
        source,
        bytes_left: Cell::new(16 * Service::MAX_FILE_BYTES),
        values_left: Cell::new(MAX_BRACKETS),
        depth_left: Cell::new(MAX_DEPTH),
    };
    // Its first document only: behind an error, the parser yields documents for ever.
    let Some(document) = serde_yaml::Deserializer::from_str(source).next() else {
        return Ok(Service::new());
    };
    match Nullable(Keys(&reader)).deserialize(document) {
        Ok(service) => Ok(service.unwrap_or_default()),
        // On one line, though the keys that it names may have a newline inside.
        Err(error) => Err(error.to_string().replace(char::is_control, " ")),
    }
}

/// Less than the parser's own limit, whose error does not name the key.
const MAX_DEPTH: usize = 100;

/// What every part of the reader needs.
struct Reader<'de> {
    source: &'de str,
    /// An alias repeats text that is in the file once: so that a small file stays small.
    bytes_left: Cell<usize>,
    /// Lists and maps under keys that are not known, which are written back in brackets.
    values_left: Cell<usize>,
    depth_left: Cell<usize>,
}

impl Reader<'_> {
    fn text<E: Error>(&self, text: &str) -> Result<Text, E> {
        // A part for each text, so that many short ones count too.
        spend(&self.bytes_left, text.len() + 8, "its aliases make the file too large")?;
        Text::new(text).ok_or_else(|| E::custom("a NUL character, which no service can have"))
    }

    /// Enters a list or a map that is kept.
    fn descend<E: Error>(&self) -> Result<(), E> {
        spend(&self.values_left, 1, "more than 1,000 lists and maps cannot be kept")?;
        spend(&self.depth_left, 1, "lists and maps more than 100 deep cannot be kept")
    }

    fn ascend(&self) {
        self.depth_left.set(self.depth_left.get() + 1);
    }

    fn word<E: Error>(&self, word: &impl ToString) -> Result<Value, E> {
        self.text(&word.to_string()).map(Value::Word)
    }

    /// Whether a scalar stood in the file without quotes.
    fn is_unquoted(&self, scalar: &str) -> bool {
        // The parser tells the two apart by nothing else than where the text lies.
        let offset = (scalar.as_ptr() as usize).checked_sub(self.source.as_ptr() as usize);
        let before = offset.and_then(|offset| self.source.get(..offset));
        before.is_some_and(|before| !before.ends_with(['"', '\'']))
    }
}

fn spend<E: Error>(left: &Cell<usize>, amount: usize, reason: &str) -> Result<(), E> {
    left.set(left.get().checked_sub(amount).ok_or_else(|| E::custom(reason))?);
    Ok(())
}

/// Null, or what the seed reads.
#[derive(Clone, Copy)]
struct Nullable<S>(S);

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Nullable<S> {
    type Value = Option<S::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for Nullable<S> {
    type Value = Option<S::Value>;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a value or null")
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.0.deserialize(deserializer).map(Some)
    }
}

/// A seed that is its own visitor, asked for in one way.
macro_rules! seed {
    ($name:ident, $method:ident -> $value:ty, $expecting:literal, { $($visit:tt)* }) => {
        #[derive(Clone, Copy)]
        struct $name<'a, 'de>(&'a Reader<'de>);

        impl<'de> DeserializeSeed<'de> for $name<'_, 'de> {
            type Value = $value;

            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
                deserializer.$method(self)
            }
        }

        impl<'de> Visitor<'de> for $name<'_, 'de> {
            type Value = $value;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str($expecting)
            }

            $($visit)*
        }
    };
}

seed!(Scalar, deserialize_str -> Text, "text", {
    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        self.0.text(text)
    }
});

seed!(Truth, deserialize_str -> bool, "true or false, without quotes", {
    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        match text {
            _ if !self.0.is_unquoted(text) => self.visit_str(text),
            "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => Ok(true),
            "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => Ok(false),
            _ => self.visit_str(text),
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Err(E::invalid_value(Unexpected::Str(text), &self))
    }
});

seed!(Texts, deserialize_seq -> Vec<Text>, "a list", {
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut texts = Vec::new();
        while let Some(text) = list.next_element_seed(Nullable(Scalar(self.0)))? {
            texts.push(text.unwrap_or(EMPTY));
        }
        Ok(texts)
    }
});

seed!(TextPairs, deserialize_map -> Vec<(Text, Text)>, "a map", {
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(key) = map.next_key_seed(Nullable(Scalar(self.0)))? {
            let value = map.next_value_seed(Nullable(Scalar(self.0)))?;
            pairs.push((key.unwrap_or(EMPTY), value.unwrap_or(EMPTY)));
        }
        Ok(pairs)
    }
});

const EMPTY: Text = Text::literal("\0");

seed!(AnyValue, deserialize_any -> Value, "a value", {
    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        self.0.word(&"null")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        self.0.word(&value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        self.0.word(&value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        self.0.word(&value)
    }

    fn visit_u128<E: Error>(self, value: u128) -> Result<Self::Value, E> {
        self.0.word(&value)
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<Self::Value, E> {
        self.0.word(&value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        match value {
            f64::INFINITY => self.0.word(&".inf"),
            f64::NEG_INFINITY => self.0.word(&"-.inf"),
            _ if value.is_nan() => self.0.word(&".nan"),
            // Unlike Display, this keeps a float a float, and a large one short.
            _ => self.0.word(&format!("{value:?}")),
        }
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        let is_word = write::is_word(text) && self.0.is_unquoted(text);
        let text = self.0.text(text)?;
        Ok(if is_word { Value::Word(text) } else { Value::Text(text) })
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        self.0.text(text).map(Value::Text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        self.0.descend()?;
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(self)? {
            values.push(value);
        }
        self.0.ascend();
        Ok(Value::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        self.0.descend()?;
        let mut values = Map::default();
        while let Some(key) = map.next_key_seed(Key(self.0))? {
            values.insert(key, map.next_value_seed(self)?);
        }
        self.0.ascend();
        Ok(Value::Map(values))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
        Err(A::Error::custom("a value with a tag of its own cannot be kept: take the tag out"))
    }
});

/// A key, which must be a scalar.
struct Key<'a, 'de>(&'a Reader<'de>);

impl<'de> DeserializeSeed<'de> for Key<'_, 'de> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let key = AnyValue(self.0).deserialize(deserializer)?;
        if key.as_scalar().is_none() {
            return Err(D::Error::custom("a key that is a list or a map cannot be kept"));
        }
        Ok(key)
    }
}

seed!(Keys, deserialize_map -> Service, "a map of keys such as exec", {
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut service = Service::new();
        let scalar = Nullable(Scalar(self.0));
        while let Some(key) = map.next_key_seed(Key(self.0))? {
            match key.as_scalar().map_or("", Text::as_str) {
                "exec" => service.exec = map.next_value_seed(scalar)?,
                "test" => service.test = map.next_value_seed(scalar)?,
                "dir" => service.dir = map.next_value_seed(scalar)?,
                "oneshot" => service.oneshot = map.next_value_seed(Nullable(Truth(self.0)))?.unwrap_or(false),
                "after" => service.after = map.next_value_seed(Nullable(Texts(self.0)))?.unwrap_or_default(),
                "env" => {
                    service.env.clear();
                    for (key, value) in map.next_value_seed(Nullable(TextPairs(self.0)))?.unwrap_or_default() {
                        service.env_set(key, Some(value));
                    }
                }
                "log" => service.read_log(map.next_value_seed(scalar)?),
                "signal" => service.read_signal(map.next_value_seed(AnyValue(self.0))?),
                "shutdown_timeout" => service.read_shutdown_timeout(map.next_value_seed(AnyValue(self.0))?),
                _ => service.others.insert(key, map.next_value_seed(AnyValue(self.0))?),
            }
        }
        Ok(service)
    }
});

/// The keys whose value may be one that zinit would refuse.
impl Service {
    fn read_log(&mut self, word: Option<Text>) {
        self.set_log(word.as_ref().and_then(|word| word.as_str().parse().ok()));
        if let (None, Some(word)) = (self.log, word) {
            self.others.insert(Value::text("log"), Value::Text(word));
        }
    }

    fn read_shutdown_timeout(&mut self, value: Value) {
        let seconds = match &value {
            Value::Word(word) => word.as_str().parse().ok(),
            _ => None,
        };
        self.set_shutdown_timeout_seconds(seconds);
        if seconds.is_none() && !value.is_null() {
            self.others.insert(Value::text("shutdown_timeout"), value);
        }
    }

    fn read_signal(&mut self, value: Value) {
        self.others.remove(&Value::text("signal"));
        (self.stop_signal, self.signal_others) = (None, Map::default());
        match value {
            Value::Map(map) => self.signal_others = map,
            value if value.is_null() => {}
            value => self.others.insert(Value::text("signal"), value),
        }
        let stop = Value::text("stop");
        if let Some(value) = self.signal_others.get(&stop) {
            if let Some(name) = value.as_scalar() {
                let signal = Signal::parse(name.as_str())
                    .map_or_else(|_| name.clone(), |signal| signal.name().clone());
                self.stop_signal = (!value.is_null()).then_some(signal);
                self.signal_others.remove(&stop);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use crate::model::Service;

    fn refusal(yaml: &str) -> String {
        Service::from_yaml(yaml.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn quotes_tell_text_from_truth() {
        for (yaml, oneshot) in [
            ("oneshot: yes # comment", true),
            ("# \u{e9}\u{e9}\r\noneshot: on\r\n", true),
            ("\u{feff}oneshot: true", true),
            ("{oneshot: Y}", true),
            ("{\"oneshot\":yes}", true),
            ("x: &a yes\noneshot: *a", true),
            ("oneshot: !!bool on", true),
            ("oneshot: no", false),
        ] {
            assert_eq!(Service::from_yaml(yaml.as_bytes()).unwrap().oneshot(), oneshot, "{yaml}");
        }
        for yaml in [
            "oneshot: 'yes'",
            "oneshot: \"on\"",
            "oneshot: yEs",
            "oneshot: |\n  yes",
            "\u{feff}oneshot: \"yes\"",
        ] {
            assert!(refusal(yaml).contains("oneshot: "), "{yaml}");
        }
    }

    #[test]
    fn what_cannot_be_kept_is_refused_by_its_key() {
        let deep = format!("thing: {}", "[".repeat(200));
        let lists = format!("thing:\n{}", "- - a\n".repeat(1001));
        for yaml in
            ["thing: !tag x", "thing: {a: [!tag {}]}", "thing: {[a]: b}", "thing: \"a\\0b\"", &deep, &lists]
        {
            assert!(refusal(yaml).contains("thing"), "{}", refusal(yaml));
        }
        assert!(refusal("exec: \"a\\u0000b\"").contains("exec: a NUL character"));
        assert!(refusal("env: {A: \"\\0\"}").contains("env.A: a NUL character"));
        assert!(refusal("\"a\\nb\": !t c").contains("a b: a value with a tag"));
        assert!(refusal("[a]: b").contains("a key that is a list or a map"));
        assert!(refusal("\"a\\0b\": c").contains("a NUL character"));
    }

    #[test]
    fn a_file_out_of_bounds_is_refused_before_it_is_parsed() {
        assert!(refusal(&" ".repeat(65537)).contains("more than 64 KiB"));
        assert!(refusal(&"[".repeat(1001)).contains("more than 1,000 opening brackets"));
        assert!(Service::from_yaml(" ".repeat(65536).as_bytes()).is_ok());
    }

    #[test]
    fn a_small_file_stays_small_and_is_refused_soon() {
        let text = "x".repeat(20_000);
        let numbers = format!("a: &a [{}]\nb: [", "1,".repeat(15_000));
        for yaml in [
            format!("a: &a {text}\nafter: [{}]", "*a,".repeat(10_000)),
            format!(
                "a: &a {text}\nenv: {{{}}}",
                (0..4000).fold(String::new(), |pairs, key| pairs + &key.to_string() + ": *a,")
            ),
            format!("a: &a {text}\nb: [{}]", "*a,".repeat(10_000)),
            format!("{numbers}{}]", "*a,".repeat(9_000)),
            "a: &a [*a]".to_owned(),
            format!("a: {}", "- ".repeat(32_000)),
            format!("a:\n  {}", "- ".repeat(32_000)),
            format!("a:\n  {}", "? ".repeat(32_000)),
            "? ".repeat(32_000),
        ] {
            let begin = Instant::now();
            assert!(Service::from_yaml(yaml.as_bytes()).is_err());
            assert!(begin.elapsed() < Duration::from_secs(5), "{yaml:.40}");
        }
        let many = (0..7_000).fold(String::new(), |keys, key| keys + "a" + &key.to_string() + ": \n");
        assert!(Service::from_yaml(many.as_bytes()).is_ok());
        let list = format!("after: [{}]\nz: [{}]", "a,".repeat(16_000), "a,".repeat(16_000));
        assert!(Service::from_yaml(list.as_bytes()).is_ok());
    }
}
