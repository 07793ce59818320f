//! Service files: what is read as Go's yaml.v2 read it, and what is written as the daemon reads it.

// A test may fail by any of these, and so may what it calls.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::collections::BTreeMap;
use std::process::Command;
use std::{env, fs};

use common::{Random, TemporaryDirectory, table, unquote};
use serde_json::{Value as Json, json};
use zinit_client::model::{Log, Service, Text};

/// Files that are read otherwise than Go's yaml.v2 read them, and why.
const READ_OTHERWISE: [(&str, &str); 3] = [
    ("exec: !!binary aGVsbG8=", "the daemon takes the text as it stands"),
    ("x: &d {exec: a}\n<<: *d", "the daemon knows no merge key, so that it misses exec"),
    ("<<: {exec: m}\noneshot: true", "the daemon knows no merge key, so that it misses exec"),
];

/// Files of Go's yaml.v2 that are read otherwise than they were meant, and why.
const WRITTEN_OTHERWISE: [(&[u8], &str); 1] =
    [(b"a\xffb", "the daemon takes no text but UTF-8, and runs what stands behind !!binary as it is")];

/// Definitions of Go's yaml.v2 that are not written, their key, and why.
const NOT_WRITTEN: [(&str, &str, &str); 2] = [
    ("{}\n", "exec", "the daemon refuses a service without a command"),
    ("exec: x\nlog: bogus\n", "log", "the daemon refuses an unknown place for logs"),
];

#[test]
fn files_are_read_as_the_yaml_reader_of_go_reads_them() {
    let rows = table(include_str!("tables/yaml.txt"));
    assert_eq!(rows.len(), 79);
    let mut differences = Vec::new();
    for (file, expected) in rows {
        let file = unquote(file);
        // What the model has no value for is named by its check.
        let read = Service::from_yaml(&file).map(|mut service| {
            let mut keys = keys(&service);
            service.set_exec(Some(text("x")));
            if let Err(error) = service.check() {
                if !error.to_string().contains("`env`") {
                    keys["refused"] = error.to_string().into();
                }
            }
            keys
        });
        let same = match (expected.strip_prefix("error "), read) {
            (Some(_), Err(_)) => true,
            (None, Ok(read)) => same_keys(&read, &serde_json::from_str(expected).unwrap()),
            _ => false,
        };
        if !same {
            differences.push(String::from_utf8(file).unwrap());
        }
    }
    assert_eq!(differences, READ_OTHERWISE.map(|(file, _)| file));
}

/// Compares with the keys that Go has, whose `log` is any word.
fn same_keys(ours: &Json, theirs: &Json) -> bool {
    let word = theirs["log"].as_str();
    let same_log = match ours["refused"].as_str() {
        Some(message) => word.is_some_and(|word| message.contains(&format!("`log`: {word:?} is none of"))),
        None => ours["log"] == theirs["log"],
    };
    let same =
        |key: &str, absent: &Json| ours.get(key).unwrap_or(absent) == theirs.get(key).unwrap_or(absent);
    same_log
        && same("exec", &json!(""))
        && same("test", &json!(""))
        && same("oneshot", &json!(false))
        && same("after", &json!([]))
        && same("env", &json!({}))
}

#[test]
fn files_that_go_wrote_are_read_and_written_again() {
    let rows = table(include_str!("tables/marshal.txt"));
    assert_eq!(rows.len(), 33);
    let (mut misread, mut not_written) = (Vec::new(), Vec::new());
    for (exec, file) in rows {
        let (exec, file) = (unquote(exec), unquote(file));
        let service = Service::from_yaml(&file).unwrap();
        if service.exec().map_or("", Text::as_str).as_bytes() != exec {
            misread.push(exec);
        }
        match service.to_yaml() {
            Ok(yaml) => assert_eq!(Service::from_yaml(yaml.as_bytes()).unwrap(), service),
            Err(error) => not_written.push((String::from_utf8(file).unwrap(), error.to_string())),
        }
    }
    assert_eq!(misread, WRITTEN_OTHERWISE.map(|(exec, _)| exec));
    not_written.dedup();
    assert_eq!(not_written.len(), NOT_WRITTEN.len());
    for ((file, message), (expected, key, _)) in not_written.iter().zip(NOT_WRITTEN) {
        assert_eq!(file, expected);
        assert!(message.contains(&format!("`{key}`")), "{message}");
    }
}

#[test]
fn hostile_services_are_read_back_as_they_were_written() {
    for service in hostile_services() {
        let yaml = service.to_yaml().unwrap();
        assert_eq!(Service::from_yaml(yaml.as_bytes()).unwrap(), service, "{yaml}");
    }
}

/// The testbed's `load FILE...` prints what the daemon reads: a line of JSON for each file.
#[test]
fn hostile_services_are_read_by_the_daemon_as_they_were_written() {
    let testbed = env::var_os("ZINIT_TESTBED").expect("ZINIT_TESTBED names the testbed, as in `make test`");
    let services: Vec<_> = hostile_services()
        .into_iter()
        .chain(services_of_the_tables())
        .filter(|service| service.check().is_ok())
        .collect();
    let directory = TemporaryDirectory::new();
    let mut command = Command::new(testbed);
    command.arg("load");
    for (index, service) in services.iter().enumerate() {
        let file = directory.path().join(format!("{index}.yaml"));
        fs::write(&file, service.to_yaml().unwrap()).unwrap();
        command.arg(file);
    }
    let output = command.output().unwrap();
    let lines: Vec<_> = std::str::from_utf8(&output.stdout).unwrap().lines().collect();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(lines.len(), services.len());
    for (service, line) in services.iter().zip(lines) {
        let read: Json = serde_json::from_str(line).unwrap();
        let ours = keys(service);
        let expected = json!({
            "exec": ours["exec"],
            "test": ours.get("test").unwrap_or(&json!("")),
            "dir": ours.get("dir").unwrap_or(&json!("")),
            "oneshot": ours["oneshot"],
            "after": ours["after"],
            "env": ours["env"],
            "log": ours.get("log").unwrap_or(&json!("ring")),
            "signal": {"stop": ours.get("stop").unwrap_or(&json!("sigterm"))},
            "shutdown_timeout": ours.get("shutdown_timeout").unwrap_or(&json!(10)),
        });
        assert_eq!(read, expected, "{}", service.to_yaml().unwrap());
    }
}

/// The keys of a service; absent ones left out, but for those that have a value of their own for it.
fn keys(service: &Service) -> Json {
    let env: BTreeMap<_, _> = service
        .env()
        .iter()
        .map(|variable| (variable.name().as_str(), variable.value().map_or("", Text::as_str)))
        .collect();
    let after: Vec<_> = service.after().iter().map(Text::as_str).collect();
    let mut keys = json!({"oneshot": service.oneshot(), "after": after, "env": env});
    for (key, value) in [
        ("exec", service.exec()),
        ("test", service.test()),
        ("dir", service.dir()),
        ("stop", service.stop_signal()),
    ] {
        if let Some(value) = value {
            keys[key] = value.as_str().into();
        }
    }
    if let Some(log) = service.log() {
        keys["log"] = log.as_str().into();
    }
    if let Some(seconds) = service.shutdown_timeout_seconds() {
        keys["shutdown_timeout"] = seconds.into();
    }
    keys
}

fn services_of_the_tables() -> Vec<Service> {
    let files = table(include_str!("tables/yaml.txt")).into_iter().map(|(file, _)| file);
    let written = table(include_str!("tables/marshal.txt")).into_iter().map(|(_, file)| file);
    let services = files.chain(written).filter_map(|file| Service::from_yaml(&unquote(file)).ok());
    let named = |mut service: Service| {
        service.set_exec(service.exec().cloned().or(Some(text("x"))));
        service
    };
    services.map(named).collect()
}

/// Every hostile text in every place, then mixtures, then every character.
#[allow(clippy::too_many_lines)] // A list of keys.
fn hostile_services() -> Vec<Service> {
    let texts = hostile_texts();
    let mut services = Vec::new();
    for each in &texts {
        let mut service = Service::new();
        service.set_exec(Some(text(if each.is_empty() { "x" } else { each })));
        service.set_test(Some(text(each)));
        service.set_dir(Some(text(each)));
        service.after_push(text(each));
        service.env_set(text(&format!("{each}K")), Some(text(each)));
        if !each.is_empty() {
            service.env_set(text(each), Some(text(each)));
        }
        services.push(service);
    }
    let mut random = Random(1);
    for _ in 0..400 {
        let text_of = |random: &mut Random| {
            let parts = 1 + random.below(4);
            text(&(0..parts).map(|_| texts[random.below(texts.len())].as_str()).collect::<String>())
        };
        let mut service = Service::new();
        let exec = text_of(&mut random);
        service.set_exec(Some(if exec.as_str().is_empty() { text("x") } else { exec }));
        service.set_test((random.below(2) == 0).then(|| text_of(&mut random)));
        service.set_dir((random.below(2) == 0).then(|| text_of(&mut random)));
        service.set_oneshot(random.below(2) == 0);
        service.set_log([None, Some(Log::Ring), Some(Log::Stdout), Some(Log::None)][random.below(4)]);
        service.set_stop_signal([None, Some("sighup"), Some("SIGKILL")][random.below(3)]).unwrap();
        service.set_shutdown_timeout_seconds([None, Some(0), Some(5), Some(u64::MAX)][random.below(4)]);
        for _ in 0..random.below(4) {
            service.after_push(text_of(&mut random));
            let key = text_of(&mut random);
            if !key.as_str().is_empty() {
                service.env_set(key, Some(text_of(&mut random)));
            }
        }
        let yaml = service.to_yaml().unwrap();
        // JSON is YAML but for its escapes above U+FFFF, of which it writes none.
        let (key, value) =
            (json!(text_of(&mut random).as_str()), json!([text_of(&mut random).as_str(), 1, null]));
        let unknown =
            format!("{yaml}x-{}: {{{key}: {value}, \"b\": [yes, 1.5, <<, 0755]}}\n", random.below(9));
        services.push(Service::from_yaml(unknown.as_bytes()).unwrap_or(service));
    }
    assert!(services.iter().filter(|service| service.to_yaml().unwrap().contains("\nx-")).count() > 200);
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
    assert!(services.len() >= 500);
    services
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
