//! What the daemon answers: the same values in each protocol.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::object::Object;
use crate::error::{Error, ErrorKind};
use crate::model::{ProcessStats, State, Stats, Status, Target, Text};

/// The answer to an instruction: the daemon has done, or begun, what it was told to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done;

/// A value as the daemon has written it.
#[derive(Debug)]
pub struct RawJson(pub String);

/// So many bytes of a reply are shown in a message.
pub(super) const SHOWN: usize = 80;

/// The error for a reply that the protocol does not have.
pub(super) fn misunderstood(bytes: &[u8], why: &str) -> Error {
    // The values of a definition's env can be secret.
    let env = br#""env""#;
    let begin = bytes.get(..SHOWN).unwrap_or(bytes);
    let before_values = begin.windows(env.len()).position(|window| window == env);
    let begin = before_values.and_then(|at| begin.get(..at + env.len())).unwrap_or(begin);
    let shown = String::from_utf8_lossy(begin);
    let more = if bytes.len() > begin.len() { "…" } else { "" };
    ErrorKind::Protocol { reason: format!("{why}; it begins {:?}{more}", shown.as_ref()) }.into()
}

/// The body of an instruction's answer is `null`, and anything else says no less.
impl<'de> Deserialize<'de> for Done {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        struct Fields {
            name: Text,
            #[serde(deserialize_with = "pid")]
            pid: i32,
            state: State,
            target: Target,
            #[serde(default)]
            after: Option<Services>,
        }
        let Object(Fields { name, pid, state, target, after }) = Object::deserialize(deserializer)?;
        Ok(Self { name, pid, state, target, after: after.map_or_else(Vec::new, |after| after.0) })
    }
}

impl<'de> Deserialize<'de> for ProcessStats {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        struct Fields {
            #[serde(deserialize_with = "pid")]
            pid: i32,
            memory_usage: u64,
            #[serde(deserialize_with = "finite")]
            cpu_usage: f64,
        }
        let Object(Fields { pid, memory_usage, cpu_usage }) = Object::deserialize(deserializer)?;
        Ok(Self { pid, memory: memory_usage, cpu: cpu_usage })
    }
}

impl<'de> Deserialize<'de> for Stats {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        struct Fields {
            #[serde(deserialize_with = "pid")]
            pid: i32,
            memory_usage: u64,
            #[serde(deserialize_with = "finite")]
            cpu_usage: f64,
            children: Vec<ProcessStats>,
        }
        let Object(Fields { pid, memory_usage, cpu_usage, children }) = Object::deserialize(deserializer)?;
        Ok(Self { process: ProcessStats { pid, memory: memory_usage, cpu: cpu_usage }, children })
    }
}

fn finite<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let number = f64::deserialize(deserializer)?;
    if !number.is_finite() {
        return Err(de::Error::custom("a number that is not finite"));
    }
    Ok(number)
}

/// The daemon's own type is wider; a larger number than any process can have would be taken for another
/// one's.
pub(super) fn pid<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
    struct Pid;
    impl Visitor<'_> for Pid {
        type Value = i32;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a pid")
        }

        fn visit_u64<E: de::Error>(self, pid: u64) -> Result<i32, E> {
            i32::try_from(pid).map_err(|_| E::invalid_value(de::Unexpected::Unsigned(pid), &self))
        }

        fn visit_i64<E: de::Error>(self, _: i64) -> Result<i32, E> {
            Err(E::custom("a pid below 0"))
        }
    }
    deserializer.deserialize_i32(Pid)
}

/// A map from name to state, as it came.
pub(super) struct Services(pub(super) Vec<(Text, State)>);

impl<'de> Deserialize<'de> for Services {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Services;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a map from name to state")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Services, A::Error> {
                let mut services = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    services.push(entry);
                }
                Ok(Services(services))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// Reads a JSON string through a function, from the reply itself wherever it has no escapes.
struct FromText<T>(fn(&str) -> Option<T>, &'static str, PhantomData<T>);

impl<T> Visitor<'_> for FromText<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.1)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.0)(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self.1))
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(FromText(Self::new, "text without NUL", PhantomData))
    }
}

impl<'de> Deserialize<'de> for State {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(FromText(Self::parse, "a state", PhantomData))
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(FromText(|text| Some(Self::parse(text)), "a target", PhantomData))
    }
}

impl<'de> Deserialize<'de> for RawJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&RawValue>::deserialize(deserializer).map(|value| Self(value.get().to_owned()))
    }
}
