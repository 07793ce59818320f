//! Service files: what the daemon and the library read from them.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use serde_json::{Value as Json, json};
use zinit_client::error::{Error, ErrorKind};
use zinit_client::model::{KeyStatus, Log, Service, Text};

use super::{Random, TemporaryDirectory};

/// The rows of `tests/tables/service_files.txt`; its head says what the columns are.
pub fn rows() -> Vec<Row<'static>> {
    let table = include_str!("../tables/service_files.txt");
    let rows = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let rows = rows.map(|line| {
        let columns: Vec<_> = line.split('\t').collect();
        let [file, daemon, go, library, unchanged, changed] = columns[..] else { panic!("{line}") };
        Row { file, daemon, go, library, unchanged, changed }
    });
    rows.collect()
}

/// A service file, and what becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row<'a> {
    pub file: &'a str,
    pub daemon: &'a str,
    pub go: &'a str,
    pub library: &'a str,
    pub unchanged: &'a str,
    pub changed: &'a str,
}

/// What the daemon reads from each file: the keys of [`read_by_library`], or `None` where it refuses it.
pub fn read_by_daemon<T: AsRef<[u8]>>(files: &[T]) -> Vec<Option<Json>> {
    let testbed = env::var_os("ZINIT_TESTBED").expect("ZINIT_TESTBED names the testbed, as in `make test`");
    let directory = TemporaryDirectory::in_memory();
    let mut list = String::new();
    for (index, file) in files.iter().enumerate() {
        let path: PathBuf = directory.path().join(index.to_string());
        fs::write(&path, file).unwrap();
        writeln!(list, "{}", path.display()).unwrap();
    }
    let list_path = directory.path().join("list");
    fs::write(&list_path, list).unwrap();
    let output = Command::new(testbed).args(["load", "--list"]).arg(list_path).output().unwrap();
    let lines: Vec<_> = std::str::from_utf8(&output.stdout).unwrap().lines().collect();
    assert_eq!(lines.len(), files.len(), "{}", String::from_utf8_lossy(&output.stderr));
    let read: Vec<_> = lines
        .iter()
        .map(|line| {
            let mut keys: Json = serde_json::from_str(line).unwrap();
            remove_defaults(&mut keys);
            keys.get("refused").is_none().then_some(keys)
        })
        .collect();
    assert_eq!(output.status.success(), read.iter().all(Option::is_some));
    read
}

/// Takes out of the keys what has the value that a service has without them.
pub fn remove_defaults(keys: &mut Json) {
    let defaults = [
        ("exec", json!("")),
        ("test", json!("")),
        ("oneshot", json!(false)),
        ("shutdown_timeout", json!(10)),
        ("after", json!([])),
        ("signal", json!({"stop": "sigterm"})),
        ("signal", json!({"stop": "SIGTERM"})),
        ("log", json!("ring")),
        ("env", json!({})),
        ("dir", json!("")),
    ];
    let keys = keys.as_object_mut().unwrap();
    for (key, default) in defaults {
        if keys.get(key) == Some(&default) {
            keys.remove(key);
        }
    }
}

/// What stands for a value that the library cannot understand.
fn not_understood() -> Json {
    json!({"?": "not understood"})
}

pub fn is_not_understood(value: &Json) -> bool {
    *value == not_understood()
}

/// The keys that the getters tell; absent ones left out.
pub fn read_by_library(service: &Service) -> Json {
    let mut keys = json!({});
    for (key, value) in [("exec", service.exec()), ("test", service.test()), ("dir", service.dir())] {
        if let Some(value) = value {
            keys[key] = value.as_str().into();
        }
    }
    if service.key_status("oneshot") == KeyStatus::Present {
        keys["oneshot"] = service.oneshot().into();
    }
    if let Some(seconds) = service.shutdown_timeout_seconds() {
        keys["shutdown_timeout"] = seconds.into();
    }
    if service.key_status("after") == KeyStatus::Present {
        keys["after"] = service.after().iter().map(Text::as_str).collect();
    }
    if let Some(signal) = service.stop_signal() {
        keys["signal"] = json!({"stop": signal.as_str()});
    }
    if let Some(log) = service.log() {
        keys["log"] = log.as_str().into();
    }
    if service.key_status("env") == KeyStatus::Present {
        let value = |value: Option<&Text>| value.map_or_else(not_understood, |value| value.as_str().into());
        let variables: BTreeMap<_, _> = service
            .env()
            .iter()
            .map(|variable| (variable.name().as_str(), value(variable.value())))
            .collect();
        keys["env"] = json!(variables);
    }
    for key in ["exec", "test", "oneshot", "shutdown_timeout", "after", "signal", "log", "env", "dir"] {
        if service.key_status(key) == KeyStatus::NotUnderstood {
            keys[key] = not_understood();
        }
    }
    keys
}

/// The key of a definition that is not written.
pub fn refused_key(error: &Error) -> &str {
    match error.kind() {
        ErrorKind::InvalidService { key, .. } => key,
        other => panic!("not an invalid service: {other}"),
    }
}

/// The keys as the daemon says them: signals as they are written, so only the case differs.
pub fn as_the_daemon_says(mut keys: Json) -> Json {
    if let Some(stop) = keys["signal"]["stop"].as_str().map(str::to_uppercase) {
        keys["signal"]["stop"] = stop.into();
    } else if keys["signal"].is_null() {
        keys.as_object_mut().unwrap().remove("signal");
    }
    remove_defaults(&mut keys);
    keys
}

/// Whether the daemon's value is the library's, but for what is wanted: null is a word to the daemon, and absent or
/// empty here, and there is no text with a NUL character.
pub fn is_alike(daemon: &Json, library: Option<&Json>) -> bool {
    match (daemon, library) {
        (_, Some(library)) if is_not_understood(library) => daemon.to_string().contains("\\u0000"),
        (Json::String(word), _) if is_null(word) => {
            library.is_none_or(|library| *library == json!("") || library == daemon)
        }
        (Json::Array(daemon), Some(Json::Array(library))) => {
            daemon.len() == library.len()
                && daemon.iter().zip(library).all(|(daemon, library)| is_alike(daemon, Some(library)))
        }
        (Json::Object(daemon), Some(Json::Object(library))) => {
            let is_known = |key: &String| {
                daemon.contains_key(key)
                    || (key.is_empty() && daemon.keys().any(|key| is_null(key)))
                    || library[key] == json!("")
            };
            library.keys().all(is_known)
                && daemon.iter().all(|(key, value)| {
                    is_alike(value, library.get(key)) || (is_null(key) && library.contains_key(""))
                })
        }
        (daemon, library) => Some(daemon) == library,
    }
}

fn is_null(word: &str) -> bool {
    matches!(word, "" | "~" | "null" | "Null" | "NULL")
}

/// Every hostile text in every place, then mixtures, then every character.
pub fn hostile_services(seed: u64, mixtures: usize) -> Vec<Service> {
    let texts = hostile_texts();
    let mut services = Vec::new();
    for each in &texts {
        let mut service = Service::new();
        service.set_exec(Some(text(each)));
        service.set_test(Some(text(each)));
        services.push(service);
        let mut service = Service::new();
        service.set_exec(Some(text("x")));
        service.set_dir(Some(text(each)));
        service.after_push(text(each));
        service.env_set(text(&format!("{each}K")), Some(text(each)));
        service.env_set(text(each), Some(text(each)));
        services.push(service);
    }
    services.extend((0..mixtures).map(|number| mixture(&texts, &mut Random::new(seed, number))));
    // Every character of the basic plane, and some beyond.
    let characters: Vec<char> =
        ('\u{1}'..='\u{ffff}').chain(('\u{10000}'..='\u{10ffff}').step_by(997)).collect();
    for characters in characters.chunks(1500) {
        let mut service = Service::new();
        service.set_exec(Some(text("x")));
        for character in characters {
            service.after_push(text(&format!("a{character}")));
        }
        services.push(service);
    }
    services
}

/// Hostile texts in some places; in every second one with a key that the daemon does not know.
fn mixture(texts: &[String], random: &mut Random) -> Service {
    let text_of = |random: &mut Random| {
        let parts = 1 + random.below(4);
        text(&(0..parts).map(|_| texts[random.below(texts.len())].as_str()).collect::<String>())
    };
    let mut service = Service::new();
    service.set_exec(Some(if random.below(3) == 0 { text_of(random) } else { text("x") }));
    service.set_test((random.below(3) == 0).then(|| text_of(random)));
    service.set_dir((random.below(2) == 0).then(|| text_of(random)));
    service.set_oneshot(random.below(2) == 0);
    service.set_log([None, Some(Log::Ring), Some(Log::Stdout), Some(Log::None)][random.below(4)]);
    service.set_stop_signal([None, Some("sighup"), Some("SIGKILL")][random.below(3)]).unwrap();
    service.set_shutdown_timeout_seconds([None, Some(0), Some(5), Some(u64::MAX)][random.below(4)]);
    for _ in 0..random.below(4) {
        service.after_push(text_of(random));
        service.env_set(text_of(random), Some(text_of(random)));
    }
    let Ok(yaml) = service.to_yaml() else { return service };
    // JSON is YAML but for its escapes above U+FFFF, of which it writes none.
    let (key, value) = (json!(text_of(random).as_str()), json!([text_of(random).as_str(), 1, null]));
    let unknown = format!("{yaml}x-{}: {{{key}: {value}, \"b\": [yes, 1.5, <<, 0755]}}\n", random.below(9));
    match Service::from_yaml(unknown.as_bytes()) {
        Ok(unknown) if random.below(2) == 0 => unknown,
        _ => service,
    }
}

fn hostile_texts() -> Vec<String> {
    let words = "|~|null|Null|NULL|true|True|false|yes|Yes|YES|no|on|On|off|y|Y|n|N|=|<<|0|-0|1|-1|+1|1_000|010|0o17|0x1F|0b1|\
                 1.5|1.|.5|1e3|-1e-3|.inf|-.inf|.nan|inf|nan|1:30|12:30:45|190:20:30.15|2001-01-01|2001-12-14t21:59:43.10-05:00|\
                 -|--|---|...|- a|-a|?|? a|?a|:|: a|:a|a:|a: b|a:b|::|#|# a|a #b|a#b|#a|&a|*a|!a|!!str a|%a|@a|`a`|>|>-|{|}|[|]|\
                 [a]|{a: b}|,|a, b|'|'a'|a'b|\"|\"a\"|a\"b|\\|\\n|a\\|\\\"| |  | a|a |a  b|'a|\"a|key: [|sh -c 'a; b' \"$c\" && d > e|\
                 é|世界|\u{1f600}|a\u{301}|\u{fffd}";
    let pipes = ["|", "|-", "a|b", "a || b"];
    let specials = "\u{1}\u{2}\u{7}\u{8}\t\n\u{b}\u{c}\r\u{e}\u{1a}\u{1b}\u{1f}\u{7f}\u{80}\u{84}\u{85}\u{86}\u{9f}\u{a0}\u{ad}\u{300}\
                    \u{61c}\u{1680}\u{180e}\u{2003}\u{200b}\u{200d}\u{200e}\u{202e}\u{2028}\u{2029}\u{202f}\u{2060}\u{2066}\u{3000}\
                    \u{d7ff}\u{e000}\u{fdd0}\u{feff}\u{fffe}\u{ffff}\u{10000}\u{1fffe}\u{e0001}\u{10ffff}";
    let mut texts: Vec<String> = words.split('|').chain(pipes).map(str::to_owned).collect();
    for special in specials.chars() {
        texts.extend([format!("{special}"), format!("a{special}b"), format!("{special} a {special}")]);
    }
    texts.extend(
        ["a\n", "\na", "a\n\nb", "a\r\nb", "a \n b", "a\n  b\n", "\n", "\t", "a\tb", "\ta"]
            .map(str::to_owned),
    );
    texts.extend(["x ".repeat(600), "\u{e9}".repeat(520), "k".repeat(1024), "\u{1}".repeat(300)]);
    texts
}

fn text(text: &str) -> Text {
    Text::new(text).unwrap()
}
