//! What holds for every service file: for those of the tables, those that people write, and what becomes of them by
//! small accidents.
//!
//! `ZINIT_FILES=20000` tries so many files for each property. A failure names the seed and the number of its file;
//! `SEED=n` tries others.

// A test may fail by any of these, and so may what it calls.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::{env, thread};

use common::service_files::{
    as_the_daemon_says, hostile_services, is_alike, is_not_understood, read_by_daemon, read_by_library,
    refused_key, rows,
};
use common::{Random, quote, table, unquote};
use serde_json::{Value as Json, json};
use yaml_rust::parser::Parser;
use yaml_rust::scanner::TScalarStyle;
use yaml_rust::{Event, Yaml};
use zinit_client::model::{Log, Place, Problem, Service, Severity, Text};

fn file_count() -> usize {
    env::var("ZINIT_FILES").map_or(1000, |count| count.parse().unwrap())
}

fn seed() -> u64 {
    env::var("SEED").map_or(1, |seed| seed.parse().unwrap())
}

/// A file, with the number that makes it again.
struct Numbered {
    number: usize,
    file: Vec<u8>,
}

impl Numbered {
    /// For messages: what it takes to try it again.
    fn name(&self) -> String {
        format!("SEED={} file {} {}", seed(), self.number, quote(&self.file))
    }

    fn random(&self) -> Random {
        Random::new(seed() ^ 0x5eed, self.number)
    }

    fn has_byte_order_mark(&self) -> bool {
        self.file.starts_with("\u{feff}".as_bytes())
    }
}

impl AsRef<[u8]> for Numbered {
    fn as_ref(&self) -> &[u8] {
        &self.file
    }
}

/// The corpus itself, then mutated files.
fn files() -> Vec<Numbered> {
    let corpus = corpus();
    let mut files = corpus.clone();
    for number in corpus.len()..corpus.len() + file_count() {
        files.push(mutated(&corpus, &mut Random::new(seed(), number)));
    }
    files.into_iter().enumerate().map(|(number, file)| Numbered { number, file }).collect()
}

fn corpus() -> Vec<Vec<u8>> {
    let written = table(include_str!("tables/marshal.txt")).into_iter().map(|(_, file)| unquote(file));
    let realistic = REALISTIC.iter().map(|file| file.as_bytes().to_vec());
    let rows = rows().into_iter().map(|row| unquote(row.file));
    rows.chain(written).chain(realistic).collect()
}

/// As people write them.
const REALISTIC: [&str; 12] = [
    "exec: /usr/sbin/nginx -g 'daemon off;'\ntest: curl -fs http://localhost/\nafter:\n  - network\n",
    "# The database\nexec: postgres -D /var/lib/postgresql/data -p 5432\nafter: [storage, network]\nenv:\n  PGDATA: /var/lib/postgresql/data\n  LC_ALL: C.UTF-8\nsignal:\n  stop: SIGINT\nshutdown_timeout: 60\n",
    "exec: sh -c \"mkdir -p /run/app && chown app /run/app\"\noneshot: true\n",
    "exec: |\n  sh -c '\n    set -e\n    ip link set lo up\n    ip addr add 10.0.0.1/24 dev eth0\n  '\noneshot: true\nlog: stdout\n",
    "exec: redis-server --port 6379\ntest: redis-cli -p 6379 PING\nlog: ring\n",
    "exec: bash -c \"echo hello > /tmp/hello; sleep 1\"\nlog: none\noneshot: true\nafter:\n- a\n- b\n",
    "exec: /bin/noded -broker unix:///var/run/redis.sock\ntest: zbusdebug --module noded\nafter:\n  - boot\n  - node-ready\n",
    "exec: 'haproxy -W -db -f /etc/haproxy.cfg'\nsignal: {stop: SIGUSR1}\nshutdown_timeout: 300 # drain\ndir: /etc\n",
    "exec: getty -l /bin/login 115200 tty1\nafter:\n  - \"udev-trigger\"\n\n# own keys\nx-owner: ops@example.com\nx-tags: [tty, 'login', {level: 1.10}]\n",
    "env: {RUST_LOG: \"info,app=debug\", PORT: 8080, EMPTY: ''}\nexec: app --listen 0.0.0.0:8080\ndir: /srv/app\n",
    "x-base: &base /opt/app\nexec: *base\ndir: *base\nx-old:\n  - *base\n  - !own thing\n",
    "---\n# generated\nexec: \"/bin/sh -c \\\"exec app 2>&1\\\"\"\ntest: true\nenv:\n  TOKEN: >-\n    abc\n    def\n  URL: http://a:80/?x=1#y\n...\n",
];

/// What YAML gives a meaning to, and what people have in their clipboard.
const ALPHABET: [&str; 56] = [
    ":",
    " ",
    "\n",
    "-",
    "- ",
    ": ",
    "  ",
    "\t",
    "#",
    " #",
    "'",
    "\"",
    "[",
    "]",
    "{",
    "}",
    ",",
    "&a ",
    "*a",
    "!",
    "!!str ",
    "|",
    ">",
    "%",
    "@",
    "`",
    "?",
    "? ",
    "~",
    "\\",
    "---\n",
    "...\n",
    "<<: ",
    "=",
    "0",
    "1",
    "null",
    "true",
    "yes",
    "\r\n",
    "\r",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "\0",
    "\u{e9}",
    "\u{1f600}",
    "\\0",
    "exec",
    "env:\n",
    "log: ",
    "after: ",
    "signal: ",
    "oneshot: ",
    "shutdown_timeout: ",
    "x: ",
];

/// A file of the corpus after 1 to 3 accidents.
fn mutated(corpus: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let lines = |file: &[u8]| -> Vec<Vec<u8>> {
        file.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
    };
    // Most of the tables is refused, and stays so.
    let mut file = match random.below(3) {
        0 | 1 => REALISTIC[random.below(REALISTIC.len())].as_bytes().to_vec(),
        _ => corpus[random.below(corpus.len())].clone(),
    };
    for _ in 0..[1, 1, 1, 2, 2, 3][random.below(6)] {
        let place = random.below(file.len() + 1);
        let end = (place + 1 + random.below(4)).min(file.len());
        let indicator = ALPHABET[random.below(ALPHABET.len())].bytes();
        let mut own = lines(&file);
        let line = random.below(own.len().max(1));
        match random.below(9) {
            0..=2 => drop(file.splice(place..place, indicator)),
            3 => drop(file.splice(place..end, indicator)),
            4 => drop(file.drain(place..end)),
            5 => {
                let copied = file[place..end].to_vec();
                let to = random.below(file.len() + 1);
                file.splice(to..to, copied);
            }
            6 if !own.is_empty() => {
                own.remove(line);
                file = own.concat();
            }
            7 if !own.is_empty() => {
                own.insert(random.below(own.len() + 1), own[line].clone());
                file = own.concat();
            }
            _ => {
                let other = lines(&corpus[random.below(corpus.len())]);
                let line = other.get(random.below(other.len().max(1))).cloned();
                own.splice(line_of(&own, line.as_ref(), random), line);
                file = own.concat();
            }
        }
    }
    file
}

/// Where a line of another file comes to stand: between two lines, or instead of one.
fn line_of(lines: &[Vec<u8>], line: Option<&Vec<u8>>, random: &mut Random) -> Range<usize> {
    let place = random.below(lines.len() + 1);
    let replaced = usize::from(line.is_some() && place < lines.len()) * random.below(2);
    place..place + replaced
}

#[test]
fn what_is_not_changed_is_written_byte_for_byte_or_refused() {
    let files = files();
    let mut written = 0;
    for (file, daemon) in files.iter().zip(read_by_daemon(&files)) {
        let Ok(service) = Service::from_yaml(&file.file) else { continue };
        match service.to_yaml() {
            Ok(yaml) => {
                written += 1;
                assert_eq!(yaml.as_bytes(), file.file, "{}", file.name());
                assert!(daemon.is_some(), "the daemon refuses what is written: {}", file.name());
            }
            // Panics where it names no key.
            Err(error) => drop(refused_key(&error)),
        }
    }
    println!("written: {written} of {}", files.len());
    assert!(written > files.len() / 4, "{written}");
}

#[test]
fn what_the_daemon_reads_is_read_with_the_same_values() {
    let files = files();
    let (mut read, mut refused) = (0, BTreeMap::new());
    for (file, daemon) in files.iter().zip(read_by_daemon(&files)) {
        let Some(daemon) = daemon else { continue };
        match Service::from_yaml(&file.file) {
            // To the daemon it belongs to the first key, which it does not know then.
            Ok(_) if file.has_byte_order_mark() => {}
            Ok(service) => {
                read += 1;
                let library = as_the_daemon_says(read_by_library(&service));
                let daemon = as_the_daemon_says(daemon);
                assert!(is_alike(&daemon, Some(&library)), "{}\n{daemon}\n{library}", file.name());
            }
            // The daemon reads nothing behind it.
            Err(_) if file.file.contains(&0) => *refused.entry("NUL").or_insert(0) += 1,
            Err(error) => panic!("{}: {error}", file.name()),
        }
    }
    println!("read: {read} of {}; refused: {refused:?}", files.len());
    assert!(read > files.len() / 4, "{read}");
}

/// A change of one key.
enum Change {
    Exec(Text),
    Test(Option<Text>),
    Dir(Option<Text>),
    Oneshot(bool),
    Log(Option<Log>),
    Signal(Option<&'static str>),
    Timeout(Option<u64>),
    After(Vec<Text>),
    Variable(Text, Option<Text>),
}

impl Change {
    fn random(random: &mut Random, service: &Service) -> Self {
        let texts =
            ["b", "/bin/c -d", "x: y", "'", "", "~", "a \"b\" #c", "\u{e9}\n", "yes", "0", "&a", "true"];
        let text = |random: &mut Random| Text::new(texts[random.below(texts.len())]).unwrap();
        let maybe = |random: &mut Random| (random.below(4) > 0).then(|| text(random));
        match random.below(9) {
            0 => Self::Exec(text(random)),
            1 => Self::Test(maybe(random)),
            2 => Self::Dir(maybe(random)),
            3 => Self::Oneshot(random.below(2) == 0),
            4 => Self::Log([None, Some(Log::Ring), Some(Log::Stdout), Some(Log::None)][random.below(4)]),
            5 => Self::Signal([None, Some("SIGHUP"), Some("SIGTERM")][random.below(3)]),
            6 => Self::Timeout([None, Some(0), Some(u64::MAX)][random.below(3)]),
            7 => Self::After((0..random.below(3)).map(|_| text(random)).collect()),
            _ => {
                let known = service.env();
                let name = match random.below(3) {
                    0 => text(random),
                    1 if !known.is_empty() => known[random.below(known.len())].name().clone(),
                    _ => Text::new("A").unwrap(),
                };
                Self::Variable(name, maybe(random))
            }
        }
    }

    fn key(&self) -> &'static str {
        match self {
            Self::Exec(_) => "exec",
            Self::Test(_) => "test",
            Self::Dir(_) => "dir",
            Self::Oneshot(_) => "oneshot",
            Self::Log(_) => "log",
            Self::Signal(_) => "signal",
            Self::Timeout(_) => "shutdown_timeout",
            Self::After(_) => "after",
            Self::Variable(..) => "env",
        }
    }

    fn apply(&self, service: &mut Service) {
        match self {
            Self::Exec(command) => service.set_exec(Some(command.clone())),
            Self::Test(command) => service.set_test(command.clone()),
            Self::Dir(path) => service.set_dir(path.clone()),
            Self::Oneshot(oneshot) => service.set_oneshot(*oneshot),
            Self::Log(log) => service.set_log(*log),
            Self::Signal(signal) => service.set_stop_signal(*signal).unwrap(),
            Self::Timeout(seconds) => service.set_shutdown_timeout_seconds(*seconds),
            Self::After(names) => {
                service.after_clear();
                for name in names {
                    service.after_push(name.clone());
                }
            }
            Self::Variable(name, value) => service.env_set(name.clone(), value.clone()),
        }
    }

    /// What is read after it, of what was read before.
    fn expected(&self, mut keys: Json) -> Json {
        let text = |text: &Option<Text>| text.as_ref().map_or(Json::Null, |text| json!(text.as_str()));
        let value = match self {
            Self::Exec(command) => json!(command.as_str()),
            Self::Test(value) | Self::Dir(value) => text(value),
            Self::Oneshot(oneshot) => json!(oneshot),
            Self::Log(log) => log.map_or(Json::Null, |log| json!(log.as_str())),
            Self::Signal(signal) => signal.map_or(Json::Null, |signal| json!({ "stop": signal })),
            Self::Timeout(seconds) => json!(seconds),
            Self::After(names) => names.iter().map(Text::as_str).collect(),
            Self::Variable(name, value) => {
                let env = keys.get("env").filter(|env| !is_not_understood(env));
                let mut env = env.cloned().unwrap_or(json!({}));
                match value {
                    Some(value) => env[name.as_str()] = json!(value.as_str()),
                    None => drop(env.as_object_mut().unwrap().remove(name.as_str())),
                }
                env
            }
        };
        let keys_of = keys.as_object_mut().unwrap();
        if value.is_null() {
            keys_of.remove(self.key());
        } else {
            keys_of.insert(self.key().to_owned(), value);
        }
        as_the_daemon_says(keys)
    }
}

#[test]
fn a_change_of_one_key_changes_no_other() {
    let files = files();
    let mut written = Vec::new();
    for (file, before) in files.iter().zip(read_by_daemon(&files)) {
        let Ok(mut service) = Service::from_yaml(&file.file) else { continue };
        let keys = read_by_library(&service);
        let change = Change::random(&mut file.random(), &service);
        change.apply(&mut service);
        match service.to_yaml() {
            Ok(yaml) => written.push((file, before, keys, change, yaml)),
            Err(error) => drop(refused_key(&error)),
        }
    }
    println!("written: {} of {}", written.len(), files.len());
    assert!(written.len() > files.len() / 4, "{}", written.len());
    let yamls: Vec<_> = written.iter().map(|(.., yaml)| yaml).collect();
    let read = read_by_daemon(&yamls);
    for ((file, before, keys, change, yaml), after) in written.into_iter().zip(read) {
        let name = || format!("{}\nset {}: {}", file.name(), change.key(), quote(yaml.as_bytes()));
        let after = as_the_daemon_says(after.unwrap_or_else(|| panic!("refused by the daemon: {}", name())));
        if let Some(mut before) = before.filter(|_| !file.has_byte_order_mark()) {
            // What cannot be understood is gone where a variable is set in it.
            if change.key() == "env" && keys.get("env").is_some_and(is_not_understood) {
                before["env"] = json!({});
            }
            assert_eq!(after, change.expected(before), "{}", name());
        }
        let again = read_by_library(&Service::from_yaml(yaml.as_bytes()).unwrap());
        assert_eq!(as_the_daemon_says(again), change.expected(keys.clone()), "{}", name());
        let source = std::str::from_utf8(&file.file).unwrap();
        assert_eq!(unknown_keys(&yaml), unknown_keys(source), "{}", name());
    }
}

const KNOWN: [&str; 9] =
    ["exec", "test", "oneshot", "shutdown_timeout", "after", "signal", "log", "env", "dir"];

/// Between what a scalar is and how it is spelled.
const BETWEEN: char = '\u{1f}';

/// The keys that the daemon does not know, and what stands there, flat: tags, spelling and all.
fn unknown_keys(yaml: &str) -> BTreeMap<String, Vec<String>> {
    let nodes = flat(yaml.strip_prefix('\u{feff}').unwrap_or(yaml));
    let end_of = |start: usize| {
        let mut depth = 0;
        let is_end = |node: &String| {
            depth += i32::from(node.starts_with(['[', '{'])) - i32::from(node.starts_with([']', '}']));
            depth == 0
        };
        start + 1 + nodes[start..].iter().position(is_end).unwrap()
    };
    let mut keys = BTreeMap::new();
    let mut next = 1;
    while nodes.first().is_some_and(|root| root == "{") && nodes[next] != "}" {
        let (value, end) = (end_of(next), end_of(end_of(next)));
        // The last of duplicates counts, whatever the tag of the key; the words are at the end.
        let key = nodes[next].rsplit_once(BETWEEN).map_or("", |(_, text)| text);
        if !KNOWN.contains(&key) {
            keys.insert(key.to_owned(), nodes[value..end].to_vec());
        }
        next = end;
    }
    keys
}

/// The first document, its aliases replaced by what they stand for, as far as that goes.
fn flat(yaml: &str) -> Vec<String> {
    let mut parser = Parser::new(yaml.chars());
    let mut nodes: Vec<String> = Vec::new();
    let mut anchors: HashMap<usize, Range<usize>> = HashMap::new();
    let mut open = Vec::new();
    loop {
        match parser.next().unwrap().0 {
            Event::DocumentEnd | Event::StreamEnd => return nodes,
            Event::Scalar(text, style, anchor, tag) => {
                let is_plain = style == TScalarStyle::Plain && tag.is_none();
                let value = if is_plain { Yaml::from_str(&text) } else { Yaml::String(text.clone()) };
                anchors.insert(anchor, nodes.len()..nodes.len() + 1);
                nodes.push(format!("{tag:?} {value:?}{BETWEEN}{text}"));
            }
            Event::SequenceStart(anchor) => {
                open.push((anchor, nodes.len()));
                nodes.push("[".to_owned());
            }
            Event::MappingStart(anchor) => {
                open.push((anchor, nodes.len()));
                nodes.push("{".to_owned());
            }
            end @ (Event::SequenceEnd | Event::MappingEnd) => {
                let (anchor, start) = open.pop().unwrap();
                nodes.push(if end == Event::MappingEnd { "}" } else { "]" }.to_owned());
                anchors.insert(anchor, start..nodes.len());
            }
            Event::Alias(anchor) => match anchors.get(&anchor) {
                Some(range) if nodes.len() < 10_000 => nodes.extend_from_within(range.clone()),
                _ => nodes.push("*".to_owned()),
            },
            Event::Nothing | Event::StreamStart | Event::DocumentStart => {}
        }
    }
}

#[test]
fn a_definition_made_by_setters_is_refused_with_a_key_or_read_by_the_daemon() {
    let services = hostile_services(seed(), file_count());
    let mut written = Vec::new();
    let mut refused = BTreeMap::new();
    for (number, service) in services.iter().enumerate() {
        match service.to_yaml() {
            Ok(yaml) => written.push((number, service, yaml)),
            Err(error) => {
                let key = refused_key(&error).to_owned();
                assert!(is_rightly_refused(service, &key), "definition {number}: {error}");
                *refused.entry(key).or_insert(0) += 1;
            }
        }
    }
    println!("written: {} of {}; refused: {refused:?}", written.len(), services.len());
    assert!(written.len() > services.len() / 4, "{refused:?}");
    let yamls: Vec<_> = written.iter().map(|(.., yaml)| yaml).collect();
    for ((number, service, yaml), read) in written.iter().zip(read_by_daemon(&yamls)) {
        let name = || format!("definition {number}: {yaml}");
        let read = read.unwrap_or_else(|| panic!("refused by the daemon: {}", name()));
        assert_eq!(as_the_daemon_says(read), as_the_daemon_says(read_by_library(service)), "{}", name());
        assert_eq!(Service::from_yaml(yaml.as_bytes()).unwrap(), **service, "{}", name());
    }
}

/// Whether there is what each key is refused for.
fn is_rightly_refused(service: &Service, key: &str) -> bool {
    let is_unfit = |command: Option<&Text>| {
        let command = command.map_or("", Text::as_str);
        command.contains(['\'', '"', '\\', '#']) || command.trim_ascii().is_empty()
    };
    match key {
        "exec" => is_unfit(service.exec()),
        "test" => is_unfit(service.test()),
        "after" => service.after().iter().any(|name| name.as_str().is_empty()),
        "env" => service
            .env()
            .iter()
            .any(|variable| variable.name().as_str().is_empty() || variable.name().as_str().contains('=')),
        _ => false,
    }
}

/// They differ in no file of the corpus, nor in one that comes of it. They do differ in files that nobody writes, which
/// the daemon loads and the library does not read: of more than 256 KiB, or with lists and maps more than 64 deep.
#[test]
fn problems_has_an_error_where_the_daemon_refuses_a_file_and_only_there() {
    let files = files();
    let mut refused = 0;
    let mut differences = Vec::new();
    for (file, daemon) in files.iter().zip(read_by_daemon(&files)) {
        let problems = Service::problems(&file.file);
        let has_error = problems.iter().any(|problem| problem.severity == Severity::Error);
        refused += usize::from(daemon.is_none());
        if has_error != daemon.is_none() {
            differences.push(format!("daemon {daemon:?}, problems {problems:?}: {}", file.name()));
        }
        for problem in &problems {
            assert!(is_well_told(problem, &file.file), "{problem:?}: {}", file.name());
        }
    }
    println!("refused: {refused} of {}", files.len());
    assert!(refused > files.len() / 4 && refused < files.len() * 3 / 4, "{refused}");
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
}

fn is_well_told(problem: &Problem, file: &[u8]) -> bool {
    let message = problem.message.as_str();
    let Place { line, column } = problem.place;
    let lines: Vec<_> = file.split(|byte| *byte == b'\n').collect();
    let length = |line: &[u8]| line.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
    let is_inside = match lines.get(line.wrapping_sub(1)) {
        Some(line) => (1..=length(line) + 1).contains(&column),
        None => false,
    };
    is_inside
        && !message.is_empty()
        && message.len() <= 400
        && !message.contains("the daemon would refuse this")
}

#[test]
fn hostile_files_end_no_thread_with_a_small_stack() {
    let threads = hostile_files().into_iter().map(|(name, file)| {
        let try_all = move || {
            Service::quick_scan_exec(&file);
            let problems = Service::problems(&file);
            assert!(problems.iter().all(|problem| problem.message.as_str().len() <= 400), "{name}");
            let Ok(mut service) = Service::from_yaml(&file) else { return };
            if let Ok(yaml) = service.to_yaml() {
                assert!(yaml.as_bytes() == file, "{name}");
            }
            service.key_status("x");
            service.set_dir(Some(Text::new("/d").unwrap()));
            service.env_set(Text::new("A").unwrap(), Some(Text::new("b").unwrap()));
            if let Ok(yaml) = service.to_yaml() {
                assert!(Service::from_yaml(yaml.as_bytes()).unwrap() == service, "{name}");
            }
        };
        thread::Builder::new().stack_size(256 * 1024).spawn(try_all).unwrap().join()
    });
    for ended in threads {
        ended.expect("no panic");
    }
}

/// Files with deep nests, and files as large as they may be; smaller ones in the short run.
#[allow(clippy::too_many_lines)] // A list of files.
fn hostile_files() -> Vec<(String, Vec<u8>)> {
    let most = if file_count() > 1000 { Service::MAX_FILE_BYTES } else { Service::MAX_FILE_BYTES / 8 };
    let mut files: Vec<(String, String)> = Vec::new();
    for (open, close) in [
        ("[", "]"),
        ("{a: ", "}"),
        ("- ", ""),
        ("? ", ""),
        ("&a [", "]"),
        ("!x [", "]"),
        ("[[{a: ", "}]]"),
        ("a:\n", ""),
    ] {
        let mut nest = |depth: usize, before: &str| {
            let nest = open.repeat(depth) + &close.repeat(depth);
            files.push((format!("{depth} of {open:?} behind {before:?}"), format!("{before}{nest}\n")));
        };
        for depth in [20, 60, 63, 64, 65, 66, 100, 128, 200, 1000] {
            for before in
                ["exec: a\nx: ", "exec: a\nx:\n  ", "exec: ", "exec: a\nenv: ", "exec: a\nafter: ", ""]
            {
                nest(depth, before);
            }
        }
        nest(most / (open.len() + close.len()) - 10, "exec: a\nx:\n  ");
    }
    for (before, each, after) in [
        ("exec: '", "a", "'\n"),
        ("exec: ", "a ", "\n"),
        ("exec: a\nx: |\n", " b\n", ""),
        ("exec: a\n", "#", "\n"),
        ("exec: a\n", "# c\n", ""),
        ("exec: a\n", "\n", ""),
        ("", "a", ": b\nexec: a\n"),
        ("exec: a\n? ", "b", "\n: c\n"),
        ("exec: a\nx: \"", "\\0", "\"\n"),
        ("exec: a\nx: &a b\ny: [", "*a,", "]\n"),
        ("exec: a\nafter: [", "b,", "]\n"),
        ("exec: a\nx: ", "!", " b\n"),
        ("exec: a\nx: &", "b", " c\n"),
        ("exec: a\n", "---\n", ""),
        ("exec: a\n", "...\n", ""),
        ("exec: a\n", "\t", ""),
        ("exec: a\n", "\r", "\n"),
        ("exec: a\nenv: {", "'a b': c,", "}\n"),
        ("exec: a\n", "log: ring\n", ""),
        ("exec: a\n", "x:\n", ""),
        ("", "\u{feff}", "exec: a\n"),
        ("exec: ", "%", ""),
        ("", "exec: ", ""),
    ] {
        for length in [10_000, most] {
            let count = (length - before.len() - after.len()) / each.len();
            files.push((format!("{count} times {each:?}"), format!("{before}{}{after}", each.repeat(count))));
        }
    }
    let mut numbered = |name: &str, before: &str, each: &dyn Fn(usize) -> String, after: &str| {
        let mut file = before.to_owned();
        for number in 0.. {
            let next = each(number);
            if file.len() + next.len() + after.len() > most {
                break;
            }
            file += &next;
        }
        files.push((name.to_owned(), file + after));
    };
    numbered("unknown keys", "exec: a\n", &|number| format!("{number}:\n"), "");
    numbered("variables", "exec: a\nenv:\n", &|number| format!(" {number}: b\n"), "");
    numbered("keys of signal", "exec: a\nsignal:\n", &|number| format!(" {number}: b\n"), "");
    numbered("anchors", "exec: a\nx:\n", &|number| format!("- &a{number} b\n"), "");
    numbered(
        "each twice the one before",
        "exec: a\na0: &a0 b\n",
        &|number| format!("a{}: &a{} [*a{number}, *a{number}]\n", number + 1, number + 1),
        "",
    );
    numbered("values of itself", "exec: a\n", &|number| format!("a{number}: &a{number} [*a{number}]\n"), "");
    files.into_iter().map(|(name, file)| (name, file.into_bytes())).collect()
}
