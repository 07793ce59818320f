//! Service files: what is read, beside what the daemon and Go's yaml.v2 read, and what is written.

// A test may fail by any of these, and so may what it calls.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::service_files::{Row, as_the_daemon_says, read_by_daemon, read_by_library, refused_key, rows};
use common::{quote, table, unquote};
use serde_json::Value as Json;
use zinit_client::error::ErrorKind;
use zinit_client::model::{Service, Text};

/// Files that the library reads otherwise than the daemon, or than Go's yaml.v2 where the daemon refuses them, and
/// why.
const READ_OTHERWISE: &[(&str, &[&str])] = &[
    (
        "the daemon reads no second document, and Go ignores it: what stands there would be lost",
        &[
            r#""  exec: /a\noneshot: true\n""#,
            r#""--- \nexec: a\n---\nexec: b\n""#,
            r#""exec: a\n--- @\n""#,
            r#""exec: a\n--- x\n""#,
            r#""exec: a\n---\nexec: b\n""#,
            r#""exec: a\n...\n---\nexec: b\n""#,
            r#""exec: a\n...\ngarbage: [""#,
            r#""exec: a\n...\ngarbage: [\n""#,
            r#""exec: a\n...\ntext\n""#,
        ],
    ),
    (
        "null is `~` or `null` to the daemon, as it is spelled, and absent or empty to Go and here",
        &[
            r#""  exec: a\n  env: {A: , B: null, C: 1}\n""#,
            r##""# web\nexec: /bin/web # why\n\n# variables\nenv:\n  A: 1 # one\n  B:\n\n# own\nx: !!str 0012\ny: 1.10\n# end\n""##,
            r#""exec: a\nafter: [~]\n""#,
            r#""exec: a\nafter:\n-\n""#,
            r#""exec: a\ndir:\nlog: none\n""#,
            r#""exec: a\nenv: {A: }\n""#,
            r#""exec: a\nenv: {A: ~, B: , C: !!str 0012}\n""#,
            r#""exec: a\nenv:\n  X:\n  Y: ~\n  Z: null\n  W: ''\n""#,
            r#""exec: a\ntest: ~\ndir:\n""#,
            r#""exec: a\ntest:\n""#,
            r#""exec: null""#,
            r#""exec: ~""#,
            r#""exec:""#,
        ],
    ),
    (
        "the daemon and the library know no merge key",
        &[r#""<<: {exec: m}\noneshot: true""#, r#""x: &d {exec: a}\n<<: *d""#],
    ),
    (
        "no process can be given a NUL character",
        &[
            r#""exec: \"a\\0b\"""#,
            r#""exec: a\nafter: [\"a\\0b\"]\n""#,
            r#""exec: a\ndir: \"a\\0b\"\n""#,
            r#""exec: a\nenv: {A: \"\\0\"}\n""#,
            r#""exec: a\nenv: {\"A\\0\": x}""#,
            r#""exec: a\ntest: \"a\\0b\"\n""#,
        ],
    ),
    (
        "the daemon reads nothing behind a NUL character, which nobody means",
        &[r#""exec: a\n\x00""#, r#""exec: a\n\x00oneshot: true\n""#],
    ),
    (
        "the daemon ends a line with a line feed alone",
        &[
            r##""# c\u2028exec: a\n""##,
            r#""exec: a\rlog: ring\r""#,
            r#""exec: a\u0085log: none\n""#,
            r#""exec: a\u2028log: none\n""#,
        ],
    ),
    (
        "a place for logs that the daemon does not know has no value here",
        &[
            r#""exec: a\nlog: !none x\n""#,
            r#""exec: a\nlog: !none ~\n""#,
            r#""exec: a\nlog: ''\n""#,
            r#""exec: a\nlog: bogus""#,
            r#""log: 5""#,
            r#""log: bogus""#,
        ],
    ),
];

/// Files of Go's yaml.v2 that are read otherwise than they were meant, and why.
const WRITTEN_OTHERWISE: [(&[u8], &str); 1] =
    [(b"a\xffb", "the daemon takes no text but UTF-8, and runs what stands behind !!binary as it is")];

/// Definitions of Go's yaml.v2 that are not written, their key, and why.
const NOT_WRITTEN: [(&str, &str, &str); 3] = [
    ("{}\n", "exec", "the daemon refuses a service without a command"),
    ("exec: x\nafter:\n- b\n- a\n- \"\"\n- \"yes\"\n- \"1\"\n", "after", "no service has an empty name"),
    ("exec: x\nlog: bogus\n", "log", "the daemon refuses an unknown place for logs"),
];

/// zinit takes CR for a part of a word (zinit 0.2.14), so a comment or a quote can begin where Go's splitter sees none.
#[test]
fn a_command_with_cr_is_fit_where_the_daemon_can_make_words_of_it() {
    for (command, is_fit) in [
        ("\r", true),
        ("a\r", true),
        ("\r#'", false),
        ("a \r#'", false),
        ("a #'", true),
        ("a\n#'", true),
        (" \n\t", false),
    ] {
        let mut service = Service::new();
        service.set_exec(Text::new(command));
        assert_eq!(service.check().is_ok(), is_fit, "{command:?}");
    }
}

/// What the table has to have of a file: the rows that differ are printed as they should be.
#[test]
fn files_are_read_and_written_as_the_table_says() {
    let rows = rows();
    assert!(rows.len() > 350, "{}", rows.len());
    let files: Vec<_> = rows.iter().map(|row| unquote(row.file)).collect();
    let mut differences = Vec::new();
    for ((row, file), daemon) in rows.into_iter().zip(&files).zip(read_by_daemon(&files)) {
        assert_eq!(quote(file), row.file);
        let daemon = daemon.map_or("refused".to_owned(), |keys| keys.to_string());
        let (library, unchanged, changed) = by_library(file);
        let found =
            Row { daemon: &daemon, library: &library, unchanged: &unchanged, changed: &changed, ..row };
        if found != row {
            let Row { file, go, .. } = row;
            differences.push(format!("{file}\t{daemon}\t{go}\t{library}\t{unchanged}\t{changed}"));
        }
    }
    assert!(differences.is_empty(), "other rows than in the table:\n{}", differences.join("\n"));
}

/// The columns that are the library's.
fn by_library(file: &[u8]) -> (String, String, String) {
    let mut service = match Service::from_yaml(file) {
        Ok(service) => service,
        Err(error) => match error.kind() {
            ErrorKind::FileSyntax { reason, .. } => {
                return (format!("error {reason}"), "-".to_owned(), "-".to_owned());
            }
            other => panic!("{other}"),
        },
    };
    let refused = |error| format!("refused {}", refused_key(&error)).trim_end().to_owned();
    let unchanged = service.to_yaml().map_or_else(refused, |yaml| {
        assert_eq!(yaml.as_bytes(), file);
        "same".to_owned()
    });
    let library = read_by_library(&service).to_string();
    service.set_dir(Some(Text::new("/changed").unwrap()));
    let changed = service.to_yaml().map_or_else(refused, |yaml| quote(yaml.as_bytes()));
    (library, unchanged, changed)
}

#[test]
fn what_the_daemon_or_go_reads_the_library_reads_the_same() {
    let mut differences = Vec::new();
    for row in rows() {
        let Row { file, daemon, go, library, .. } = row;
        let json = |column: &str| serde_json::from_str::<Json>(column).ok();
        let library = json(library);
        let is_same = match (json(daemon), json(go)) {
            (Some(daemon), _) => {
                library.is_some_and(|keys| as_the_daemon_says(keys) == as_the_daemon_says(daemon))
            }
            (None, Some(go)) => library.is_some_and(|keys| as_go_says(keys) == as_go_says(go)),
            (None, None) => true,
        };
        if !is_same {
            differences.push(file);
        }
    }
    let mut expected: Vec<_> = READ_OTHERWISE.iter().flat_map(|(_, files)| *files).copied().collect();
    expected.sort_unstable();
    differences.sort_unstable();
    assert_eq!(differences, expected);
}

/// The keys that Go has.
fn as_go_says(mut keys: Json) -> Json {
    keys.as_object_mut().unwrap().retain(|key, value| {
        matches!(key.as_str(), "exec" | "test" | "oneshot" | "after" | "env" | "log")
            && !matches!(value.to_string().as_str(), "\"\"" | "false" | "[]" | "{}")
    });
    keys
}

#[test]
fn files_that_go_wrote_are_read_and_written_as_they_are() {
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
            Ok(yaml) => assert_eq!(yaml.as_bytes(), file),
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
