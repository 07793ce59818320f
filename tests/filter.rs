//! Filters against fnmatch(3) and the tables of google/shlex and Go's regexp; and the command of a service file at a
//! glance.

// A test may fail by any of these, and so may what it calls.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::ffi::CString;

use common::{Random, table, unquote};
use zinit_client::error::{ErrorKind, Result};
use zinit_client::model::{Filter, Service, Text};

/// Patterns that Go takes and this library refuses, and what to write instead.
const REFUSED_HERE: [(&str, &str); 9] = [
    (r"\Qa.b\E", r"a\.b"),
    ("[[]", r"[\[]"),
    ("a{,5}", r"a\{,5\}"),
    (r"\123", r"\x53"),
    (r"\pL", "[[:alpha:]], of ASCII alone"),
    (r"\p{Greek}", "the characters themselves"),
    ("a{", r"a\{"),
    ("{", r"\{"),
    ("[a&&b]", r"[a&b]"),
];

/// Patterns that Go refuses and this library takes, and what it takes them for.
const REFUSED_THERE: [(&str, &str); 8] = [
    ("a{1001}", "1001 times"),
    ("a**", "(?:a*)*"),
    ("(?x)a b", "ab"),
    ("(?<n>a)", "as Go itself does since 1.22"),
    ("a++", "(?:a+)+"),
    ("x{2}{3}", "(?:x{2}){3}"),
    (r"\u0041", "A"),
    ("(?u)a", "a"),
];

/// Patterns that both take, a command that is matched by one of them only, and whether it is this library.
const READ_OTHERWISE: [(&str, &str, bool); 5] = [
    (r"\<a", "a", true),
    (r"a\>", "a>", true),
    (r"^\s$", "\u{b}", true),
    ("(?i)k", "\u{212a}", false),
    ("(?i)é", "É", false),
];

fn with_exec(basename: &str) -> Filter {
    let mut filter = Filter::new();
    filter.with_exec(Text::new(basename).unwrap());
    filter
}

fn with_exec_regex(pattern: &str) -> Filter {
    let mut filter = Filter::new();
    filter.with_exec_regex(pattern).unwrap();
    filter
}

#[test]
fn programs_are_found_as_shlex_and_base_of_go_find_them() {
    let rows = table(include_str!("tables/shlex.txt"));
    assert_eq!(rows.len(), 28);
    for (command, expected) in rows {
        // Text is UTF-8 here, and Go takes each byte that is not for U+FFFD.
        let command = String::from_utf8_lossy(&unquote(command)).into_owned();
        if expected == "none" || expected.starts_with("error ") {
            for basename in ["", ".", "/", "a"] {
                assert!(!with_exec(basename).matches_exec(&command).unwrap(), "{command:?}");
            }
        } else {
            let base = String::from_utf8(unquote(expected)).unwrap();
            assert!(with_exec(&base).matches_exec(&command).unwrap(), "{command:?}");
            assert!(!with_exec(&format!("{base}x")).matches_exec(&command).unwrap(), "{command:?}");
        }
    }
}

#[test]
fn what_is_left_open_far_behind_the_program_fails_the_command() {
    for command in ["a b 'c", "a b \"c", "a b \"c\\", "a b\\", "a # 'c\n 'd"] {
        assert!(!with_exec("a").matches_exec(command).unwrap(), "{command:?}");
    }
    for command in ["a b'c'", "a # 'c", "#\na", "# '\n//b//a//"] {
        assert!(with_exec("a").matches_exec(command).unwrap(), "{command:?}");
    }
}

#[test]
fn patterns_are_taken_as_by_regexp_of_go() {
    let rows = table(include_str!("tables/regex.txt"));
    assert_eq!(rows.len(), 37);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for (pattern, expected) in rows {
        let pattern = String::from_utf8(unquote(pattern)).unwrap();
        let result = Filter::new().with_exec_regex(&pattern);
        match (result, expected.starts_with("error ")) {
            (Err(error), is_error) => {
                assert!(matches!(error.kind(), ErrorKind::InvalidRegex { .. }), "{error}");
                if !is_error {
                    ours.push(pattern);
                }
            }
            (Ok(()), true) => theirs.push(pattern),
            (Ok(()), false) => {}
        }
    }
    assert_eq!(ours, REFUSED_HERE.map(|(pattern, _)| pattern));
    assert_eq!(theirs, REFUSED_THERE.map(|(pattern, _)| pattern));
}

#[test]
fn patterns_that_both_take_are_matched_otherwise_by_name_only() {
    for (pattern, command, here) in READ_OTHERWISE {
        assert_eq!(with_exec_regex(pattern).matches_exec(command).unwrap(), here, "{pattern}");
    }
    for (pattern, command) in [
        (r"^/bin/\w+ -p \d{2}$", "/bin/web -p 80"),
        ("web", "/bin/web -p 80"),
        (r"\Aa.b\z", "a\u{e9}b"),
        ("(?m)^b$", "a\nb"),
        ("(?s)a.b", "a\nb"),
        (r"[[:alpha:]]\t[^]a]", "x\ty"),
        ("(?U)^a+?$", "aa"),
        ("", ""),
    ] {
        assert!(with_exec_regex(pattern).matches_exec(command).unwrap(), "{pattern}");
    }
    for (pattern, command) in
        [("a.b", "a\nb"), ("^b$", "a\nb"), (r"\w", "\u{e9}"), (r"\d", "\u{661}"), ("A", "a")]
    {
        assert!(!with_exec_regex(pattern).matches_exec(command).unwrap(), "{pattern}");
    }
}

#[test]
fn a_pattern_cannot_take_much_memory() {
    let nested = "(".repeat(10_000) + &")".repeat(10_000);
    for pattern in [
        "(?:a{1000}){1000}",
        "(?:(?:(?:a{4000000000}){1000}){1000}){1000}",
        "(?:){4000000000}",
        &"()".repeat(100_000),
        &format!("{}(?:a{{1000}}){{10}}", "()".repeat(1_000)),
        &nested,
    ] {
        let error = Filter::new().with_exec_regex(pattern).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::InvalidRegex { .. }));
    }
    assert!(with_exec_regex(&"(a)|".repeat(100)).matches_exec("a").unwrap());
}

/// An expression that searches from each place at once: of so many states, and more than that many times 32 bytes.
fn greedy(states: usize) -> String {
    format!("(?:a?){{{states}}}b")
}

#[test]
fn a_pattern_may_be_8192_bytes_long() {
    let of_length = |length: usize| format!("(?x)a{}", " ".repeat(length - 5));
    assert!(with_exec_regex(&of_length(Filter::MAX_REGEX_BYTES)).matches_exec("a").unwrap());
    let error = Filter::new().with_exec_regex(&of_length(Filter::MAX_REGEX_BYTES + 1)).unwrap_err();
    assert!(error.to_string().ends_with("it is longer than 8192 bytes; make it shorter"), "{error}");
    // It is not shown as a whole.
    assert!(error.to_string().len() < 200, "{error}");
}

#[test]
fn a_pattern_that_is_too_large_says_what_to_do() {
    let error = Filter::new().with_exec_regex(&greedy(10_000)).unwrap_err();
    assert!(error.to_string().contains("it is too large; make it shorter"), "{error}");
    assert!(Filter::new().with_exec_regex(&greedy(1_000)).is_ok());
}

#[test]
fn groups_of_a_pattern_may_be_50_deep() {
    let nested = |depth: usize| "(".repeat(depth) + &")".repeat(depth);
    let most = Filter::MAX_REGEX_DEPTH as usize;
    assert!(with_exec_regex(&nested(most)).matches_exec("").unwrap());
    assert!(Filter::new().with_exec_regex(&nested(most + 1)).is_err());
}

#[test]
fn what_a_pattern_and_a_command_take_together_is_bounded() {
    // The longest command that a file can have, and a usual pattern, or one that is as large as it may be for it.
    let longest = "a".repeat(Service::MAX_FILE_BYTES);
    for pattern in [r"^/usr/bin/web\b.*--port[= ](80|443)\b", "(?:a|b)*c$", &greedy(35)] {
        assert!(!with_exec_regex(pattern).matches_exec(&longest).unwrap(), "{pattern}");
    }
    // The largest pattern, and the longest command for it.
    let large = with_exec_regex(&greedy(2_000));
    let command = "a".repeat(Filter::MAX_WORK / Filter::MAX_REGEX_SIZE);
    assert_eq!(large.exec_work(&command), Filter::MAX_WORK);
    assert!(!large.matches_exec(&command).unwrap());
    let error = large.matches_exec(&(command.clone() + "a")).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::InvalidRegex { .. }), "{error}");
    assert!(error.to_string().contains("too large for a command of 4097 bytes"), "{error}");

    // Several take as long as all of them together.
    let mut several = with_exec_regex(&greedy(35));
    several.with_exec_regex("^c").unwrap();
    assert!(several.matches_exec(&longest).is_err());
    assert!(!several.matches_exec(&command).unwrap());
    // What is told without a search is told.
    several.with_exec(Text::lossy("web"));
    assert!(!several.matches_exec(&longest).unwrap());
}

#[test]
fn a_glob_may_be_1024_bytes_long() {
    // The worst that a name can meet.
    let longest = "*a".repeat(511) + "*b";
    let filter = with_glob(&longest).unwrap();
    assert!(!filter.matches_name(&"a".repeat(250)));
    let error = with_glob(&(longest + "c")).unwrap_err();
    assert!(error.to_string().contains("longer than 1024 bytes"), "{error}");
}

#[test]
fn all_conditions_must_hold() {
    let mut filter = Filter::new();
    assert!(filter.is_empty());
    filter.with_name(Text::lossy("web"));
    assert!(!filter.is_empty() && !filter.has_exec());
    assert!(filter.matches_name("web") && !filter.matches_name("webs") && filter.matches_exec("").unwrap());
    filter.with_exec(Text::lossy("nginx"));
    filter.with_exec_regex("-p 80$").unwrap();
    assert!(filter.with_exec_regex("(").is_err());
    assert!(filter.has_exec());
    assert!(filter.matches_exec("/bin/nginx -p 80").unwrap());
    assert!(
        !filter.matches_exec("/bin/nginx -p 81").unwrap()
            && !filter.matches_exec("/bin/apache -p 80").unwrap()
    );
    filter.with_name(Text::lossy("other"));
    assert!(!filter.matches_name("web") && !filter.matches_name("other"));
}

#[test]
fn the_command_at_a_glance_is_the_one_that_is_read() {
    let mut seen = Seen::default();
    for (file, _) in table(include_str!("tables/service_files.txt")) {
        seen.compare(&unquote(file));
    }
    for (_, file) in table(include_str!("tables/marshal.txt")) {
        seen.compare(&unquote(file));
    }
    assert!(seen.told > 30, "{seen:?}");
    let mut random = Random(1);
    for _ in 0..40_000 {
        seen.compare(random_file(&mut random).as_bytes());
    }
    assert!(seen.told > 1_000 && seen.not_told > 1_000, "{seen:?}");
}

#[test]
fn the_command_of_a_usual_file_is_told_at_a_glance() {
    let file = "# The web server\nexec: /bin/sh -c 'web \"$A\"' -u http://a:80 # now\ntest: 'curl x'\noneshot: true\n\nafter:\n- a\n\
                \x20 - b-c\nenv:\n    A: \"b c\"\n    PATH: /bin:/sbin\nsignal:\n  stop: SIGINT\nlog: ring\n";
    assert_eq!(Service::quick_scan_exec(file.as_bytes()), Some("/bin/sh -c 'web \"$A\"' -u http://a:80"));
    assert_eq!(Service::quick_scan_exec(b"after: [a, b]\n"), Some(""));
    assert_eq!(Service::quick_scan_exec(b""), Some(""));
    let mut service = Service::new();
    service.set_exec(Some(Text::lossy("/bin/web --port 80")));
    service.set_test(Some(Text::lossy("true")));
    service.after_push(Text::lossy("network"));
    service.env_set(Text::lossy("HOME"), Some(Text::lossy("/root")));
    assert_eq!(Service::quick_scan_exec(service.to_yaml().unwrap().as_bytes()), Some("/bin/web --port 80"));
}

/// How many service definitions had their command told at a glance.
#[derive(Debug, Default)]
struct Seen {
    told: usize,
    not_told: usize,
}

impl Seen {
    fn compare(&mut self, file: &[u8]) {
        let Ok(service) = Service::from_yaml(file) else {
            return;
        };
        let Some(exec) = Service::quick_scan_exec(file) else {
            self.not_told += 1;
            return;
        };
        let read = service.exec().map_or("", Text::as_str);
        assert_eq!(exec, read, "{:?}", String::from_utf8_lossy(file));
        self.told += 1;
    }
}

/// Lines of which one changes what the next one means, in any order.
#[allow(clippy::too_many_lines)] // A list of expressions.
fn random_file(random: &mut Random) -> String {
    const BEGINS: [&str; 34] = [
        "exec: ",
        "exec: ",
        "exec: ",
        "exec: ",
        "exec:",
        "exec : ",
        " exec: ",
        "\"exec\": ",
        "? exec",
        ": ",
        "test: ",
        "log: ",
        "x: ",
        "x-y: ",
        "env:",
        "env: ",
        "after: ",
        "after:",
        "signal: ",
        "  A: ",
        "  A-B: ",
        "  exec: ",
        "- ",
        "- exec: ",
        "-",
        "  - ",
        "  - - ",
        "  ",
        "",
        "# ",
        "  # ",
        "---",
        "...",
        "\u{feff}",
    ];
    const ENDS: [&str; 44] = [
        "a",
        "/bin/b -c d",
        "x=1 y",
        "a ",
        "a # b",
        "a#b",
        "a #",
        "#a",
        "\"a\"",
        "\"a",
        "a\"",
        "'a'",
        "'a",
        "a'",
        "\"a\\\"",
        "\"a\\\"\"",
        "'a''b'",
        "'a''",
        "[a, b-c]",
        "[a",
        "b]",
        "[]",
        "{a: b}",
        "{a: b",
        "}",
        "|",
        ">-",
        "&x a",
        "*x",
        "!!str a",
        "!a b",
        "null",
        "~",
        "Null",
        "",
        " ",
        "a: b",
        "a:",
        "a:b",
        "12",
        "yes",
        "a\tb",
        "a\r",
        "\u{e9}\u{2028}",
    ];
    let mut file = String::new();
    for _ in 0..=random.below(6) {
        file += BEGINS[random.below(BEGINS.len())];
        file += ENDS[random.below(ENDS.len())];
        if random.below(9) > 0 {
            file.push('\n');
        }
    }
    file
}

/// What fnmatch(3) says of a pattern and a name.
#[allow(unsafe_code)]
fn fnmatch(pattern: &str, name: &str) -> bool {
    let [pattern, name] = [pattern, name].map(|text| CString::new(text).unwrap());
    // SAFETY: both are texts with a NUL behind them.
    unsafe { libc::fnmatch(pattern.as_ptr(), name.as_ptr(), 0) == 0 }
}

fn with_glob(pattern: &str) -> Result<Filter> {
    let mut filter = Filter::new();
    filter.with_glob(pattern).map(|()| filter)
}

#[test]
fn a_glob_matches_what_fnmatch_matches() {
    const IN_PATTERNS: &str = "* * ? [ ] [! [^ a-c [:digit:] [:upper:] - \\ . : ! ^ a b c B 1 _ ~";
    const IN_NAMES: &str = "a a b b c B 1 9 - . : ! ^ [ ] \\ _ ~";
    let mut random = Random::new(7, 0);
    let mut text = |words: &str, most: usize| {
        let words: Vec<_> = words.split(' ').collect();
        (0..random.below(most + 1)).map(|_| words[random.below(words.len())]).collect::<String>()
    };
    let mut counts = [0; 3];
    for _ in 0..200_000 {
        let (pattern, name) = (text(IN_PATTERNS, 8), text(IN_NAMES, 6));
        // Here, a pattern that fnmatch takes for something else than it looks is refused.
        let Ok(filter) = with_glob(&pattern) else {
            counts[2] += 1;
            continue;
        };
        let matches = fnmatch(&pattern, &name);
        assert_eq!(filter.matches_name(&name), matches, "{pattern:?} {name:?}");
        counts[usize::from(matches)] += 1;
    }
    assert!(counts.iter().all(|count| *count > 1000), "{counts:?}");
}

#[test]
fn each_class_of_a_glob_has_the_ascii_characters_that_fnmatch_gives_it() {
    let classes = "alnum alpha blank cntrl digit graph lower print punct space upper xdigit";
    for class in classes.split(' ') {
        for pattern in [format!("[[:{class}:]]"), format!("[![:{class}:]]")] {
            let filter = with_glob(&pattern).unwrap();
            for character in '\u{1}'..='\u{7f}' {
                let name = character.to_string();
                assert_eq!(filter.matches_name(&name), fnmatch(&pattern, &name), "{pattern} {name:?}");
            }
        }
    }
}

#[test]
fn a_character_of_a_glob_may_have_several_bytes() {
    for (pattern, name, matches) in [
        ("?", "é", true),
        ("??", "é", false),
        ("[é-ü]", "ö", true),
        ("[!é]", "é", false),
        ("*é", "caf\u{e9}", true),
        ("\\é", "é", true),
        ("日*", "日本", true),
    ] {
        assert_eq!(with_glob(pattern).unwrap().matches_name(name), matches, "{pattern} {name}");
    }
}

#[test]
fn a_glob_that_is_not_valid_says_what_to_do() {
    for (pattern, hint) in [
        ("[", "close it with ]"),
        ("web[", "\\["),
        ("[]", "close it"),
        ("[!]", "close it"),
        ("[^]", "close it"),
        ("[a-", "close it"),
        ("[a\\", "close it"),
        ("[a\\]", "close it"),
        ("[[:digit:]", "close it"),
        ("a\\", "write \\\\"),
        ("[[:word:]]", "alnum, alpha"),
        ("[[.a.]]", "the character itself"),
        ("[[=a=]]", "the character itself"),
        ("[a-[.z.]]", "the character itself"),
        ("[a-[:digit:]]", "[a-f[:digit:]]"),
        ("[[:graph:][z-[:graph:]-z]", "[a-f[:digit:]]"),
        ("[a-[:word:]]", "alnum, alpha"),
    ] {
        let error = with_glob(pattern).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::InvalidArgument { argument: "pattern", .. }), "{error}");
        let text = error.to_string();
        assert!(text.contains(hint) && text.contains(&format!("{pattern:?}")), "{text}");
    }
}

#[test]
fn a_glob_of_many_stars_ends_soon() {
    // To try each place for each star would take longer than there is time.
    let pattern = "*a".repeat(100) + "b";
    let filter = with_glob(&pattern).unwrap();
    assert!(!filter.matches_name(&"a".repeat(250)));
    assert!(filter.matches_name(&("a".repeat(250) + "b")));
}

#[test]
fn all_globs_and_names_of_a_filter_must_match() {
    let mut filter = with_glob("web-*").unwrap();
    filter.with_glob("*-1").unwrap();
    assert!(!filter.is_empty() && !filter.has_exec());
    assert!(filter.matches_name("web-1") && filter.matches_name("web-x-1"));
    assert!(!filter.matches_name("web-2") && !filter.matches_name("db-1"));
    filter.with_name(Text::new("web-1").unwrap());
    assert!(filter.matches_name("web-1") && !filter.matches_name("web-x-1"));
}
