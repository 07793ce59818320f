//! include/zinit.h is what the build writes, and the tests in C miss nothing of it.

const HEADER: &str = include_str!("../include/zinit.h");
const CODES: &str = include_str!("c/codes.c");
/// The suites that pass wrong arguments.
const ARGUMENTS: [&str; 4] = [
    include_str!("c/arguments.c"),
    include_str!("c/names.c"),
    include_str!("c/options.c"),
    include_str!("c/wait_arguments.c"),
];

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
fn the_version_is_that_of_the_crate() {
    let number = |name| constants().find(|(constant, _)| *constant == name).map(|(_, number)| number);
    let part = |text: &str| text.parse::<i32>().ok();
    assert_eq!(number("ZINIT_VERSION_MAJOR"), part(env!("CARGO_PKG_VERSION_MAJOR")));
    assert_eq!(number("ZINIT_VERSION_MINOR"), part(env!("CARGO_PKG_VERSION_MINOR")));
    assert_eq!(number("ZINIT_VERSION_PATCH"), part(env!("CARGO_PKG_VERSION_PATCH")));
    let text = concat!("#define ZINIT_VERSION_STRING \"", env!("CARGO_PKG_VERSION"), "\"");
    assert!(HEADER.contains(text));
}
