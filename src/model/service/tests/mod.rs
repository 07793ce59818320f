//! Service files: what is read, what is written back, and what is refused.

mod json;
mod problems;
mod zinit_0_3;

use super::{KeyStatus, Log, Service};
use crate::error::ErrorKind;
use crate::model::Text;

fn read(yaml: &str) -> Service {
    Service::from_yaml(yaml.as_bytes()).unwrap_or_else(|error| panic!("{yaml:?}: {error}"))
}

fn written(service: &Service) -> String {
    service.to_yaml().unwrap_or_else(|error| panic!("{error}"))
}

fn syntax_error(yaml: &str) -> String {
    match Service::from_yaml(yaml.as_bytes()).expect_err(yaml).kind() {
        ErrorKind::FileSyntax { path: None, reason } => reason.clone(),
        other => panic!("{yaml:?}: {other}"),
    }
}

/// The key that is refused, and why.
fn refusal(service: &Service) -> (String, String) {
    match service.to_yaml().expect_err("a refusal").kind() {
        ErrorKind::InvalidService { key, reason } => (key.clone(), reason.clone()),
        other => panic!("{other}"),
    }
}

#[allow(clippy::unnecessary_wraps)] // As the setters take it.
fn text(text: &str) -> Option<Text> {
    Some(Text::lossy(text))
}

#[test]
fn what_was_not_changed_is_written_byte_for_byte() {
    for yaml in [
        "# web\nexec:   \"/bin/web\"   # why\n\n\ntest: 'x'\n",
        "exec: /bin/a",
        "{exec: /bin/a, oneshot: true}\n",
        "---\nexec: a\n...\n# end\n",
        "exec: a\r\nlog: ring\r\n",
        "x: &d /bin/a\nexec: *d\nz: !own {a: 1.10}\n",
        "exec: a\nenv: {A: ~, B: , C: !!str 0012}\n",
        "exec: a\nx: !!binary aGVsbG8=\ny: !!set {a, b}\nw: !!bool yes\nn: \"a\\0b\"\n",
        "exec: a\u{1}b\nx: a\u{85}b\ny: a\u{2028}b\n",
        "exec: a\nsignal: [SIGINT]\n",
        "[/bin/a, test, true]\n",
        "exec: a\ntest: ~\ndir:\n",
        "exec: a\nz: 340282366920938463463374607431768211456000\n",
    ] {
        assert_eq!(written(&read(yaml)), yaml);
    }
}

#[test]
fn a_change_keeps_every_other_line() {
    let source = "# web\nexec: /bin/web # why\n\n# variables\nenv:\n  A: 1 # one\n  B:\n\n# own\nx: !!str 0012\ny: 1.10\n# end\n";
    let mut service = read(source);
    service.set_exec(text("/bin/other"));
    assert_eq!(written(&service), source.replace("/bin/web", "/bin/other"));
    service.set_oneshot(true);
    assert_eq!(
        written(&service),
        source.replace("/bin/web", "/bin/other").replace("y: 1.10\n", "y: 1.10\noneshot: true\n")
    );
    service.env_set(Text::lossy("C"), text("3"));
    assert_eq!(
        written(&service),
        "# web\nexec: /bin/other # why\n\n# variables\nenv:\n  A: 1\n  B: ~\n  C: \"3\"\n\n# own\nx: !!str 0012\ny: 1.10\noneshot: true\n# end\n"
    );
    service.set_exec(None);
    assert_eq!(refusal(&service).0, "exec");
}

#[test]
fn a_key_that_is_taken_out_goes_with_its_lines() {
    let mut service = read("exec: a\ntest: |\n  x\n  # y\n\n# log\nlog: ring\nafter:\n- b\n");
    service.set_test(None);
    service.after_clear();
    assert_eq!(written(&service), "exec: a\n\n# log\nlog: ring\n");
    service.set_log(None);
    service.set_dir(text("/"));
    assert_eq!(written(&service), "exec: a\n\n# log\ndir: \"/\"\n".replace("\"/\"", "/"));
}

#[test]
fn a_file_whose_lines_cannot_be_exchanged_is_written_anew_with_its_values() {
    for (yaml, expected) in [
        (
            "{exec: a, x: 1.10, y: !own b, z: [~, 0012, {a: , 'b,': c}]}",
            "exec: b\nx: 1.10\ny: !own b\nz: [~, 0012, {a: ~, \"b,\": c}]\n",
        ),
        ("x: &d 1\nexec: &e a\ny: [*d, *e]\n", "exec: b\nx: 1\ny: [1, a]\n"),
        ("? exec\n: a\nx: !!str 1\n", "exec: b\nx: !!str 1\n"),
        ("  exec: a\n  env: {A: , B: null, C: 1}\n", "exec: b\nenv: {A: ~, B: null, C: 1}\n"),
        ("[a, t, true]", "exec: b\noneshot: true\ntest: t\n"),
        ("exec: a\n---\n", "exec: b\n"),
        ("\u{feff}exec: a\nx: 1", "exec: b\nx: 1"),
        ("", "exec: b\n"),
        ("# only a comment\n", "# only a comment\nexec: b\n"),
        ("~", "exec: b\n"),
        ("--- # first\n...\n", "--- # first\nexec: b\n...\n"),
    ] {
        let mut service = read(yaml);
        service.set_exec(text("b"));
        assert_eq!(written(&service), expected, "{yaml:?}");
    }
    let mut service = read("{exec: a, x: !!set {a, b}}");
    service.set_exec(text("b"));
    let (key, reason) = refusal(&service);
    assert!(key == "x" && reason.contains("the tag of a list or a map"), "{key} {reason}");
}

#[test]
fn a_key_is_added_where_it_is_read_and_in_the_lines_ends_of_the_file() {
    for (yaml, expected) in [
        ("# top\nexec: x # c\ntest: |\n  curl y", "# top\ndir: /d\nexec: x # c\ntest: |\n  curl y"),
        ("exec: x\nnote: |+\n  curl y\n\n", "dir: /d\nexec: x\nnote: |+\n  curl y\n\n"),
        ("exec: a\r\n# c\r\nlog: ring\r\n", "exec: a\r\n# c\r\nlog: ring\r\ndir: /d\r\n"),
    ] {
        let mut service = read(yaml);
        service.set_dir(text("/d"));
        assert_eq!(written(&service), expected, "{yaml:?}");
    }
    let mut service = read("exec: a\r\nlog: ring\r\n");
    service.set_exec(text("b"));
    assert_eq!(written(&service), "exec: b\r\nlog: ring\r\n");
}

#[test]
fn a_tag_is_in_the_way_of_a_change_only_where_it_is_written_anew() {
    let mut service = read("exec: a\nother: !foo\n  a: b\n");
    service.set_stop_signal(Some("SIGUSR1")).unwrap();
    assert_eq!(written(&service), "exec: a\nother: !foo\n  a: b\nsignal:\n  stop: SIGUSR1\n");
    let mut service = read("exec: a\nsignal: {stop: SIGINT, other: !foo {a: b}}\n");
    service.set_stop_signal(Some("SIGUSR1")).unwrap();
    assert_eq!(refusal(&service).0, "signal");
}

#[test]
fn an_empty_value_is_the_word_that_the_daemon_reads() {
    let mut service = read("exec: a\nenv:\n  X:\n  Y: ~\n  Z: null\n  W: ''\n");
    assert!(service.env().iter().all(|variable| variable.value().unwrap().as_str().is_empty()));
    service.env_set(Text::lossy("V"), text(""));
    assert_eq!(written(&service), "exec: a\nenv:\n  V: \"\"\n  W: \"\"\n  X: ~\n  Y: ~\n  Z: null\n");
}

#[test]
fn what_stands_behind_the_first_document_is_told_with_its_line() {
    for (yaml, line) in [
        ("  exec: /a\noneshot: true\n", 2),
        ("exec: a\n---\nexec: b\n", 2),
        ("exec: a\n...\ngarbage: [", 3),
        ("exec: a\n...\ntext\n", 3),
        ("exec: a\n--- x\n", 2),
        ("exec: a\nenv:\n  A: b\n C: d\n", 4),
    ] {
        let error = syntax_error(yaml);
        assert!(error.starts_with(&format!("line {line} ")), "{yaml:?}: {error}");
    }
    for yaml in ["exec: a\n...\n", "exec: a\n---\n", "exec: a\n# c\n...\n# d\n", "---\nexec: a\n"] {
        assert_eq!(read(yaml).exec().unwrap().as_str(), "a");
    }
    let (key, reason) = refusal(&read("exec: a\n---\n"));
    assert!(key.is_empty() && reason.starts_with("line 2 "), "{reason}");
}

#[test]
fn what_cannot_be_understood_is_kept_and_told_from_absent() {
    for (key, yaml) in [
        ("exec", "exec: [a]"),
        ("exec", "exec: \"a\\0b\""),
        ("test", "exec: a\ntest: {a: b}"),
        ("dir", "exec: a\ndir: [x]"),
        ("oneshot", "exec: a\noneshot: 'yes'"),
        ("oneshot", "exec: a\noneshot: 1"),
        ("log", "exec: a\nlog: bogus"),
        ("log", "exec: a\nlog: [ring]"),
        ("after", "exec: a\nafter: net"),
        ("after", "exec: a\nafter: [b, [c]]"),
        ("env", "exec: a\nenv: [A=1]"),
        ("env", "exec: a\nenv: A=1"),
        ("signal", "exec: a\nsignal: SIGHUP"),
        ("signal", "exec: a\nsignal: {stop: [SIGHUP]}"),
        ("shutdown_timeout", "exec: a\nshutdown_timeout: soon"),
        ("shutdown_timeout", "exec: a\nshutdown_timeout: '10'"),
    ] {
        let mut service = read(yaml);
        assert_eq!(service.key_status(key), KeyStatus::NotUnderstood, "{yaml}");
        let absent = Service::new();
        assert_eq!(absent.key_status(key), KeyStatus::Absent);
        // Another change does not mend it.
        service.set_shutdown_timeout_seconds((key != "shutdown_timeout").then_some(1));
        if key != "shutdown_timeout" {
            assert_eq!(refusal(&service).0.split('.').next(), Some(key), "{yaml}");
        }
        service.set_exec(text("a"));
        match key {
            "test" => service.set_test(None),
            "dir" => service.set_dir(text("/")),
            "oneshot" => service.set_oneshot(true),
            "log" => service.set_log(Some(Log::None)),
            "after" => service.after_push(Text::lossy("b")),
            "env" => service.env_set(Text::lossy("A"), text("1")),
            "signal" => service.set_stop_signal(Some("sigusr1")).unwrap(),
            _ => {}
        }
        assert_eq!(read(&written(&service)), service, "{yaml}");
    }
    let service = read("exec: a\nenv: {A: [1], B: 2}");
    assert_eq!(service.key_status("env"), KeyStatus::Present);
    assert!(service.env()[0].value().is_none() && service.env()[1].value().is_some());
    let (key, reason) = refusal(&service);
    assert_eq!((key.as_str(), reason.contains("line 2 ")), ("env.A", true), "{reason}");
}

#[test]
fn what_the_daemon_would_refuse_or_not_use_is_not_written() {
    for (yaml, key) in [
        ("", "exec"),
        ("exec: ~", "exec"),
        ("exec: ''", "exec"),
        ("exec: '  '", "exec"),
        ("exec: '# a'", "exec"),
        ("exec: sh -c 'a", "exec"),
        ("exec: a\ntest: \"'\"", "test"),
        ("exec: a\\", "exec"),
        ("exec: a\noneshot: yes", "oneshot"),
        ("exec: a\noneshot:", "oneshot"),
        ("exec: a\nlog: RING", "log"),
        ("exec: a\nlog: null", "log"),
        ("exec: a\nlog: {}", "log"),
        ("exec: a\nlog: !none x", "log"),
        ("exec: a\nafter:", "after"),
        ("exec: a\nafter: ['']", "after"),
        ("exec: a\nenv:\nMODE: fast", "env"),
        ("exec: a\nenv: {'': b}", "env"),
        ("exec: a\nenv: {\"PATH=/evil\": x}", "env"),
        ("exec: a\nenv: {\"A\\0\": x}", "env"),
        ("exec: a\nshutdown_timeout: -1", "shutdown_timeout"),
        ("exec: a\nshutdown_timeout: 1.5", "shutdown_timeout"),
        ("exec: a\nsignal: {stop: SIGNOPE}", "signal.stop"),
        ("exec: a\nsignal: {stop: SIGCLD}", "signal.stop"),
        ("exec: a\nsignal: {stop: ''}", "signal.stop"),
        ("exec: a\nsignal: {stop: 15}", "signal.stop"),
        ("exec: a\nexec: b", "exec"),
        ("\u{feff}exec: a", ""),
    ] {
        let service = read(yaml);
        assert_eq!(refusal(&service).0, key, "{yaml}");
        assert_eq!(service.check().unwrap_err(), service.to_yaml().unwrap_err());
    }
}

#[test]
fn a_change_mends_what_is_understood_but_misspelled() {
    let yaml =
        "exec: a\nexec: b # last\noneshot: yes\nlog: RING\nsignal: {stop: sigcld, kill: y}\nz: 1\nx: yes\n";
    let mut service = read(yaml);
    assert_eq!(refusal(&service).0, "exec");
    service.set_dir(text("/"));
    assert_eq!(
        written(&service),
        "exec: b\noneshot: true\nlog: ring\nsignal:\n  stop: SIGCHLD\n  kill: y\nz: 1\nx: yes\ndir: /\n"
    );
    assert!(service.set_stop_signal(Some("SIGNOPE")).is_err());
    assert_eq!(service.stop_signal().unwrap().as_str(), "SIGCHLD");
    // What has no value may be a slip of the indent.
    for (yaml, key) in [
        ("exec: a\nenv:\nMODE: fast\n", "env"),
        ("exec: a\nafter:\n", "after"),
        ("exec: a\nlog: ~\n", "log"),
        ("exec: a\nenv: {A: [1]}\n", "env.A"),
        ("exec: a\nenv: {A: \"\\0\"}\n", "env.A"),
    ] {
        let mut service = read(yaml);
        service.set_dir(text("/"));
        assert_eq!(refusal(&service).0, key, "{yaml}");
        if key == "env.A" {
            service.env_set(Text::lossy("B"), text("2"));
            assert_eq!(refusal(&service).0, key, "{yaml}");
            service.env_set(Text::lossy("A"), text("1"));
            assert_eq!(read(&written(&service)), service);
        }
    }
}

#[test]
fn the_last_of_duplicate_keys_is_read() {
    let service = read(
        "exec: a\nexec: b\nlog: bogus\nlog: ring\nafter: [a]\nafter: [b]\nenv: {A: 1, A: 2}\nz: 1\nz: 2",
    );
    assert_eq!(service.exec().unwrap().as_str(), "b");
    assert_eq!(service.log(), Some(Log::Ring));
    assert_eq!(service.after()[0].as_str(), "b");
    assert_eq!(service.env()[0].value().unwrap().as_str(), "2");
    assert_eq!(service.env().len(), 1);
}

#[test]
fn words_and_quotes_tell_text_from_truth_and_numbers() {
    for (yaml, oneshot) in [
        ("oneshot: yes # comment", true),
        ("{oneshot: Y}", true),
        ("x: &a yes\noneshot: *a", true),
        ("oneshot: !!bool on", true),
        ("oneshot: no", false),
        ("oneshot: \"on\"", false),
        ("oneshot: |\n  yes", false),
    ] {
        assert_eq!(read(yaml).oneshot(), oneshot, "{yaml}");
    }
    for (yaml, seconds) in [
        ("10", Some(10)),
        ("+10", Some(10)),
        ("0x10", Some(16)),
        ("0o10", Some(8)),
        ("0b11", Some(3)),
        ("0", Some(0)),
        ("-0", Some(0)),
        ("+007", None),
        ("18446744073709551615", Some(u64::MAX)),
        ("!!int 7", Some(7)),
        ("010", None),
        ("1_000", None),
        ("-1", None),
        ("!!str 7", None),
        ("18446744073709551616", None),
    ] {
        let file = format!("exec: a\nshutdown_timeout: {yaml}");
        let service = read(&file);
        assert_eq!(service.shutdown_timeout_seconds(), seconds, "{yaml}");
        assert_eq!(service.to_yaml().is_ok(), seconds.is_some(), "{yaml}");
    }
}

#[test]
fn a_file_that_is_not_text_or_too_large_is_told_with_its_line() {
    assert!(Service::from_yaml(b"exec: a\nx: \xff\n").unwrap_err().to_string().contains("line 2 column 4"));
    assert!(syntax_error("exec: a\n\tlog: none\n").starts_with("line 2 column 1: a tab"));
    assert!(syntax_error("exec: a\n\0oneshot: true\n").starts_with("line 2 column 1: a NUL"));
    let large = " ".repeat(Service::MAX_FILE_BYTES + 1);
    assert!(syntax_error(&large).contains("256 KiB"));
    assert!(Service::from_yaml(&large.as_bytes()[1..]).is_ok());
    let mut service = read("exec: a");
    service.env_set(Text::lossy("A"), Some(Text::lossy(&"x".repeat(Service::MAX_FILE_BYTES))));
    let (key, reason) = refusal(&service);
    assert!(key == "env" && reason.contains("256 KiB"), "{key} {reason}");
}

#[test]
fn a_small_file_stays_small_whatever_its_aliases() {
    let long = "x".repeat(20_000);
    for yaml in [
        format!("exec: a\na: &a {long}\nafter: [{}]", "*a,".repeat(10_000)),
        format!(
            "exec: a\na: &a {long}\nenv: {{{}}}",
            (0..4000).fold(String::new(), |pairs, key| pairs + &key.to_string() + ": *a,")
        ),
    ] {
        assert!(syntax_error(&yaml).contains("aliases"), "{yaml:.40}");
    }
    // The daemon does not look at unknown keys, and what is not changed is not looked at here.
    let bomb = format!(
        "exec: b\na: &a [{}]\nb: &b [{}]\nc: [{}]\n",
        "1,".repeat(999),
        "*a,".repeat(999),
        "*b,".repeat(999)
    );
    for yaml in [bomb.as_str(), "exec: b\na: &a [*a]\n", "exec: b\na: &a {b: *a}\n"] {
        let mut service = read(yaml);
        assert_eq!(written(&service), yaml);
        service.set_dir(text("/x"));
        assert_eq!(written(&service), format!("{yaml}dir: /x\n"));
    }
    for (nest, close) in [("[", "]"), ("- ", ""), ("{a: ", "}"), ("? ", "")] {
        for depth in [50, 200, 20_000] {
            let yaml = format!("exec: b\nx:\n  {}{}\n", nest.repeat(depth), close.repeat(depth));
            // Whether the parser takes it is the parser's affair.
            if let Ok(service) = Service::from_yaml(yaml.as_bytes()) {
                let _ = service.to_yaml();
            }
            Service::problems(yaml.as_bytes());
        }
    }
}

#[test]
fn environment_variables_are_sorted_and_set_and_taken_out() {
    let mut service = Service::new();
    for (key, value) in [("B", Some("1")), ("A", Some("2")), ("B", Some("3")), ("C", Some("4")), ("C", None)]
    {
        service.env_set(Text::lossy(key), value.map(Text::lossy));
    }
    let pairs: Vec<_> = service
        .env()
        .iter()
        .map(|variable| (variable.name().as_str(), variable.value().unwrap().as_str()))
        .collect();
    assert_eq!(pairs, [("A", "2"), ("B", "3")]);
    service.env_set(Text::lossy("A"), None);
    service.env_set(Text::lossy("B"), None);
    assert_eq!(service.key_status("env"), KeyStatus::Absent);
}

#[test]
fn a_very_long_key_comes_back() {
    for length in [999, 1000, 1001, 1018, 1022, 1024, 1025, 2000] {
        let key = "\u{e9}".repeat(length / 2) + "k";
        let yaml = format!(
            "{{exec: x, ? {key} : 1, env: {{? {key} : v}}, signal: {{? {key} : v}}, z: {{? {key} : [v], a: 1}}}}"
        );
        let mut service = read(&yaml);
        assert_eq!(service.env()[0].name().as_str(), key);
        service.set_exec(text("y"));
        service.env_set(Text::lossy("A"), text("1"));
        service.set_stop_signal(Some("SIGINT")).unwrap();
        assert_eq!(read(&written(&service)), service);
    }
}

#[test]
fn what_is_an_anchor_and_no_more_does_not_become_a_value() {
    for yaml in
        ["[a, &t]", "{exec: a, test: &t}", "{exec: a, test: &t , dir: &d}", "{exec: a, test: &t , dir: *t}"]
    {
        let mut service = read(yaml);
        service.set_oneshot(true);
        assert_eq!(service.test(), None, "{yaml}");
        let written = written(&service);
        assert_eq!(read(&written).test(), None, "{written}");
        assert_eq!(read(&written).dir(), service.dir(), "{written}");
    }
}
