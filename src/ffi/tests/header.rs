//! What the header says of a function.

use std::collections::BTreeSet;

pub(super) const HEADER: &str = include_str!("../../../include/zinit.h");

/// A part of a comment as one line.
fn one_line(comment: &str) -> String {
    comment.split_whitespace().filter(|word| *word != "*").collect::<Vec<_>>().join(" ")
}

/// The words of a text that begin so.
fn words<'a>(text: &'a str, start: &'a str) -> impl Iterator<Item = &'a str> {
    let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
    text.split(move |character| !is_part(character)).filter(move |word| word.starts_with(start))
}

/// The names of the codes that a function's comment says it can return.
pub(super) fn named_codes(function: &str) -> BTreeSet<String> {
    let declaration = HEADER.find(&format!("\nzinit_code {function}(")).expect(function);
    let comment = &HEADER[HEADER[..declaration].rfind("/**").unwrap()..declaration];
    let result = one_line(comment.split_once("@return").expect(function).1);
    // Such as: the codes of f(), without ZINIT_ERR_A, and of g().
    let excepted: BTreeSet<_> =
        result.split("without ").skip(1).filter_map(|rest| words(rest, "ZINIT_").next()).collect();
    let mut codes = BTreeSet::from(["ZINIT_ERR_INTERNAL".to_owned()]);
    codes.extend(words(&result, "zinit_client_").flat_map(named_codes));
    codes.retain(|code| !excepted.contains(code.as_str()));
    codes.extend(words(&result, "ZINIT_").filter(|code| !excepted.contains(code)).map(str::to_owned));
    if result.contains("exchange code") {
        let rule = HEADER.split_once("\n * Exchange codes.").unwrap().1.split_once("\n *\n").unwrap().0;
        codes.extend(words(rule, "ZINIT_").map(str::to_owned));
    }
    codes
}

#[test]
fn the_codes_of_a_function_are_read_from_its_comment() {
    let codes = named_codes("zinit_client_exists");
    assert!(codes.contains("ZINIT_OK") && codes.contains("ZINIT_ERR_DAEMON"), "{codes:?}");
    assert!(
        !codes.contains("ZINIT_ERR_UNKNOWN_SERVICE") && !codes.contains("ZINIT_ERR_TIMEOUT"),
        "{codes:?}"
    );
    let codes = named_codes("zinit_client_stop_multiple");
    assert!(codes.contains("ZINIT_ERR_TIMEOUT"), "{codes:?}");
    assert!(!codes.contains("ZINIT_ERR_UNKNOWN_SERVICE"), "{codes:?}");
    assert!(named_codes("zinit_client_destroy_services").contains("ZINIT_ERR_UNKNOWN_SERVICE"));
}
