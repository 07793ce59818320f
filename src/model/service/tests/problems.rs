//! What is told of a service file.

use crate::model::Service;
use crate::model::Severity::{self, Error, Warning};

#[test]
fn no_message_shows_what_may_be_secret() {
    let secret = "hunter2".repeat(3000);
    for yaml in [
        "exec: a\nenv: DB_PASSWORD=SECRET",
        "exec: a\nenv: [DB_PASSWORD=SECRET]",
        "exec: a\nenv: {DB_PASSWORD: [SECRET]}",
        "exec: a\nenv:\n  DB_PASSWORD: SECRET: x",
        "exec: a\nenv:\n  DB_PASSWORD:\n\tSECRET",
        "exec: a\nenv:\n  DB_PASSWORD: \"SECRET",
        "exec: a\nenv:\n  DB_PASSWORD: @SECRET",
        "exec: a\nenv: {\"A=SECRET\": b}",
        "exec: a\nenv: {TOKEN:SECRET, B: c}",
        "exec: a\nenv: {TOKEN=SECRET}",
        "exec: a\nenv:\n  TOKEN:SECRET: ",
        "exec: a\nenv:\n  ? SECRET\n",
        "exec: a\nenv: {SECRET}",
        "exec: a\nenv:\n  A: \"first\nSECRET: x\"\n  B: \"s\n",
        "exec: a\nenv:\n  A: 'pw\nSECRET:x\n  z'\n  B: @x\n",
        "exec: a\nenv:\n  A:SECRET\n  C: d",
        "exec: a\nenv: {A: 'SECRET', A: \"x\\0\"}",
        "-----BEGIN KEY-----\nSECRET\n-----END KEY-----\n",
        "SECRET",
        "SECRET: a: b",
        "exec: a\nlog: SECRET",
        "exec: a\nafter: SECRET",
        "exec: a\nsignal: {stop: SECRET}",
        "exec: a\noneshot: SECRET",
        "exec: a\nshutdown_timeout: SECRET",
        "exec: 'SECRET",
        "exec: \"'SECRET\"",
        "exec: a\nSECRET: [",
        "exec: a\nx: !!SECRET [",
        "exec: a\nx: *SECRET",
    ] {
        let is_env = yaml.contains("env");
        let yaml = yaml.replace("SECRET", &secret);
        let mut messages: Vec<String> = Service::problems(yaml.as_bytes())
            .iter()
            .map(|problem| format!("{} {}", problem.key.as_str(), problem.message.as_str()))
            .collect();
        assert!(!messages.is_empty(), "{yaml:.40}");
        match Service::from_yaml(yaml.as_bytes()) {
            Err(error) => messages.push(error.to_string()),
            Ok(service) => messages.extend(service.to_yaml().err().map(|error| error.to_string())),
        }
        for message in messages {
            assert!(message.len() < 400, "{message}");
            assert!(!is_env || !message.contains("hunter2"), "{yaml:.40}: {message}");
        }
    }
}

/// A file, and a problem of it: its severity, line, column and key, and words of its message.
const PROBLEMS: [(&str, Severity, usize, usize, &str, &str); 49] = [
    ("exec: a\nafter: net\n", Error, 2, 8, "after", "`after: [net]`"),
    ("exec: a\nenv:\n- A=1\n", Error, 3, 1, "env", "`NAME: value`"),
    ("exec: a\ndir: x: y\n", Error, 2, 7, "dir", "in quotes"),
    ("exec: a\nenv:\n\tA: 1\n", Error, 3, 1, "env", "a tab in the indent"),
    ("text\n", Error, 1, 1, "", "not a map"),
    ("exec: a\noneshot: yes\n", Error, 2, 10, "oneshot", "write true"),
    ("exec: a\nlog: RING\n", Error, 2, 6, "log", "write ring"),
    ("exec: a\nlog: ~\n", Error, 2, 1, "log", "stdout"),
    ("exec: a\nexec: b\n", Error, 2, 1, "exec", "second time"),
    ("exec: a\nsignal: SIGHUP\n", Error, 2, 9, "signal", "`signal: {stop: SIGHUP}`"),
    ("exec: a\nenv:\nMODE: fast\n", Error, 2, 1, "env", "indent"),
    ("exec: a\nafetr: [b]\n", Warning, 2, 1, "afetr", "`after`"),
    ("exec: a\nsignal: {sotp: SIGHUP}\n", Warning, 2, 10, "signal.sotp", "`stop`"),
    ("exec: a && b\n", Warning, 1, 7, "exec", "\"&&\""),
    ("exec: a > b\n", Warning, 1, 7, "exec", "\">\""),
    ("exec: a; b\n", Warning, 1, 7, "exec", "\"a;\""),
    ("exec: a | b\n", Warning, 1, 7, "exec", "\"|\""),
    ("exec: a ~/b\n", Warning, 1, 7, "exec", "\"~/b\""),
    ("exec: a $HOME\n", Warning, 1, 7, "exec", "\"$HOME\""),
    ("exec: a\ntest: b \"$X\"\n", Warning, 2, 7, "test", "\"$X\""),
    ("exec: a\ntest: ~\n", Warning, 2, 1, "test", "no value"),
    ("exec: a\nenv: {A: }\n", Warning, 2, 7, "env.A", "no value"),
    ("exec: a\nenv: {A=B: c}\n", Warning, 2, 7, "env", "`=`"),
    ("exec: 'a\n", Error, 1, 7, "exec", "a quote that is not closed"),
    ("exec: a\nafter: [b, c\n", Error, 2, 8, "after", "not closed"),
    ("exec: a\nenv: {A: [b}\n", Error, 2, 10, "env", "not closed"),
    ("exec: a\n  after: [b]\n", Error, 2, 8, "exec", "indent it as the other keys are"),
    ("exec: a\nafter: db cache\n", Error, 2, 8, "after", "`after: [db, cache]`"),
    ("exec: a\nenv:\n  A:1\n", Error, 3, 3, "env", "a space behind the colon"),
    ("exec:a\n", Error, 1, 1, "", "a space behind the colon"),
    ("exec: a\nsignal: {stop: 9}\n", Error, 2, 16, "signal.stop", "write SIGKILL"),
    ("exec: a\ndir: @x\n", Error, 2, 6, "dir", "in quotes"),
    ("exec: a\ndir: *x\n", Error, 2, 6, "dir", "in quotes"),
    ("exec: a\nlog:ring\n", Error, 2, 1, "log", "a space is missing behind the colon"),
    ("exec: a\nenv:\n  A:b\n  C: d\n", Error, 3, 1, "env", "a space is missing behind the colon"),
    ("exec: a\nenv:\n  A: b: c\n", Error, 3, 7, "env", "put the value in quotes"),
    ("exec: a\nafter:\n\t- b\n", Error, 3, 1, "after", "a tab in the indent"),
    ("\texec: a\n", Error, 1, 1, "", "a tab in the indent"),
    ("exec: a\nafter:\n  -b\n", Error, 3, 3, "after", "a space is missing behind the dash"),
    ("- exec: a\n- log: ring\n", Error, 1, 1, "", "the file is a list"),
    ("exec: a\nsignal: {stop: INT}\n", Error, 2, 16, "signal.stop", "write SIGINT"),
    ("exec: a\nsignal: 15\n", Error, 2, 9, "signal", "{stop: SIGTERM}"),
    ("exec: A=b c\n", Warning, 1, 7, "exec", "\"A=b\""),
    ("exec: cd /x\n", Warning, 1, 7, "exec", "\"cd\""),
    ("exec: ls *.txt\n", Warning, 1, 7, "exec", "\"*.txt\""),
    ("exec: \"a\\x\"\n", Error, 1, 7, "exec", "a backslash in double quotes"),
    ("exec: a\n...\nexec: b\n", Error, 3, 1, "", "a second document"),
    ("exec: \"\\q\"\n", Error, 1, 7, "exec", "an escape"),
    ("exec: \"'a\"\n", Warning, 1, 7, "exec", "left open"),
];

#[test]
fn problems_name_line_column_key_and_what_to_write() {
    for (yaml, severity, line, column, key, words) in PROBLEMS {
        let problems = Service::problems(yaml.as_bytes());
        let found = problems.iter().find(|problem| problem.key.as_str() == key);
        let found = found.unwrap_or_else(|| panic!("{yaml:?}: {problems:?}"));
        assert_eq!(
            (found.severity, found.place.line, found.place.column),
            (severity, line, column),
            "{yaml:?}: {found:?}"
        );
        assert!(found.message.as_str().contains(words), "{yaml:?}: {found:?}");
    }
    for yaml in [
        "exec: sh -c 'a && b > $C'\n",
        "exec: /bin/bash -c \"a | b\"\n",
        "exec: env A=1 sh -c 'a; b'\n",
        "exec: curl http://x/?a=1&b=2\n",
        "exec: a 'b > $C'\n",
        "exec: a price$ 5$\n",
        "exec: a \\$HOME\n",
        "exec: a b~ c~d\n",
        "exec: redis-server\ntest: redis-cli ping\nafter: [a]\nenv: {A: b}\nlog: none\nsignal: {stop: sigint}\nshutdown_timeout: 3\ndir: /\noneshot: false\n",
    ] {
        assert_eq!(Service::problems(yaml.as_bytes()), [], "{yaml}");
    }
}
