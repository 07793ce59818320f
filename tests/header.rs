//! include/zinit.h is what the build writes, and the tests in C miss nothing of it.

const HEADER: &str = include_str!("../include/zinit.h");
const CODES: &str = include_str!("c/codes.c");
/// The suites that pass wrong arguments.
const ARGUMENTS: [&str; 7] = [
    include_str!("c/arguments.c"),
    include_str!("c/names.c"),
    include_str!("c/options.c"),
    include_str!("c/queue.c"),
    include_str!("c/request_answers.c"),
    include_str!("c/stats.c"),
    include_str!("c/wait_arguments.c"),
];

const HOSTILE_NAMES: &str = include_str!("c/hostile_names.c");

/// Each constant with its number; those that are text are left out.
fn constants() -> impl Iterator<Item = (&'static str, i32)> {
    HEADER.lines().filter_map(|line| {
        let (name, number) = line.strip_prefix("#define ")?.split_once(' ')?;
        Some((name, number.trim_matches(['(', ')']).parse().ok()?))
    })
}

/// Each function's name.
fn functions() -> impl Iterator<Item = &'static str> {
    HEADER.lines().filter(|line| !line.starts_with([' ', '/', '#', '}'])).filter_map(|line| {
        let (before, _) = line.split_once('(')?;
        before.rsplit([' ', '*']).next()
    })
}

fn is_word_in(text: &str, word: &str) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    text.match_indices(word).any(|(start, _)| {
        let bytes = text.as_bytes();
        let before = start.checked_sub(1).and_then(|index| bytes.get(index));
        !before.is_some_and(is_part) && !bytes.get(start + word.len()).is_some_and(is_part)
    })
}

#[test]
fn the_committed_header_is_the_one_that_the_build_writes() {
    let written = include_str!(concat!(env!("OUT_DIR"), "/zinit.h"));
    assert!(HEADER == written, "commit include/zinit.h as the build has written it");
}

/// And so a case there compares it with what the library says at run time.
#[test]
fn every_number_is_pinned() {
    let mut count = 0;
    for (name, number) in constants() {
        count += 1;
        if !name.starts_with("ZINIT_VERSION_") && name != "ZINIT_ABI_VERSION" {
            assert!(CODES.contains(&format!("({name}, {number})")), "{name} is not in tests/c/codes.c");
        }
    }
    assert!(count > 50, "only {count} constants");
}

#[test]
fn every_function_is_called_with_arguments_that_are_wrong() {
    let mut count = 0;
    for function in functions() {
        count += 1;
        // These take nothing that could be wrong.
        let harmless = ["zinit_version", "zinit_abi_version", "zinit_code_name"];
        assert!(
            harmless.contains(&function) || ARGUMENTS.iter().any(|suite| is_word_in(suite, function)),
            "{function} is not in tests/c/arguments.c, nor in a suite beside it that passes wrong arguments"
        );
    }
    assert!(count > 90, "only {count} functions");
}

#[test]
fn every_function_that_takes_a_name_is_given_hostile_ones() {
    let mut count = 0;
    for declaration in HEADER.split("\n\n") {
        let code: String = declaration.rsplit("*/\n").next().unwrap_or_default().split_whitespace().collect();
        let takes_name = ["constchar*name,", "constchar*constnames,", "constchar*const*names,"];
        if !takes_name.iter().any(|parameter| code.contains(parameter)) {
            continue;
        }
        count += 1;
        let function = functions().find(|function| code.contains(&format!("{function}("))).unwrap_or(&code);
        assert!(is_word_in(HOSTILE_NAMES, function), "{function} is not in tests/c/hostile_names.c");
    }
    assert!(count > 40, "only {count} functions");
}

/// The names of the exported functions, each with the body that it has in Rust.
fn bodies(source: &str) -> impl Iterator<Item = (&str, &str)> {
    source.split("extern \"C\" fn ").skip(1).filter_map(|function| {
        let (name, _) = function.split_once(['(', '<'])?;
        let (_, body) = function.split_once(" {\n")?;
        Some((name, body.split_once("\n}\n")?.0))
    })
}

/// Whether each statement of a body is inside of something that catches a panic.
fn catches_panics(body: &str) -> bool {
    const CATCHING: [&str; 10] = [
        // It makes the operation inside of `call`.
        "begin(",
        "call(",
        "call_with_code(",
        "catch_panic(",
        "close(",
        "free(",
        "get(",
        "get_of_line(",
        "get_text(",
        "unsafe { free_string(",
    ];
    let items = ["static ", "const ", "let _held_back = sys::hold_back_cancellation();"];
    let statements = body.lines().filter_map(|line| line.strip_prefix("    "));
    statements
        .filter(|line| line.starts_with(|start: char| start.is_alphabetic()))
        .all(|line| CATCHING.iter().chain(&items).any(|start| line.starts_with(start)))
}

/// One that reached C would end the program.
#[test]
fn no_function_lets_a_panic_through() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/src/ffi");
    let mut sources = vec![include_str!(concat!(env!("OUT_DIR"), "/twins.rs")).to_owned()];
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        // The other one is tests.
        if path.is_file() {
            sources.push(std::fs::read_to_string(path).unwrap());
        }
    }
    // These give a constant.
    let harmless = ["zinit_version", "zinit_abi_version"];
    let mut seen: Vec<&str> = Vec::new();
    for (name, body) in sources.iter().flat_map(|source| bodies(source)) {
        seen.push(name);
        assert!(catches_panics(body) != harmless.contains(&name), "{name} does nothing with a panic");
    }
    let mut declared: Vec<&str> = functions().collect();
    declared.sort_unstable();
    seen.sort_unstable();
    assert_eq!(seen, declared);
}

#[test]
fn the_version_is_that_of_the_crate() {
    let number = |name| constants().find(|(constant, _)| *constant == name).map(|(_, number)| number);
    let part = |text: &str| text.parse::<i32>().ok();
    assert_eq!(number("ZINIT_VERSION_MAJOR"), part(env!("CARGO_PKG_VERSION_MAJOR")));
    assert_eq!(number("ZINIT_VERSION_MINOR"), part(env!("CARGO_PKG_VERSION_MINOR")));
    assert_eq!(number("ZINIT_VERSION_PATCH"), part(env!("CARGO_PKG_VERSION_PATCH")));
    let text = concat!("#define ZINIT_VERSION_STRING \"", env!("CARGO_PKG_VERSION"), "\"");
    assert!(HEADER.contains(text));
}
