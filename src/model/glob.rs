//! Shell patterns, as fnmatch(3) reads them without flags.

use std::iter::Peekable;
use std::str::Chars;

use crate::error::{self, ErrorKind};

/// A pattern that a whole text matches, or does not.
#[derive(Debug, Clone)]
pub struct Glob {
    parts: Vec<Part>,
    length: usize,
}

#[derive(Debug, Clone)]
enum Part {
    /// `*`
    AnyText,
    /// `?`
    AnyCharacter,
    Character(char),
    /// `[…]`
    Set {
        is_negated: bool,
        members: Vec<Member>,
    },
}

#[derive(Debug, Clone)]
enum Member {
    /// Both ends are in it. One whose ends are in the wrong order has no character.
    Range(char, char),
    Class(fn(&char) -> bool),
}

type Reader<'a> = Peekable<Chars<'a>>;

impl Glob {
    /// The longest pattern in bytes.
    pub const MAX_BYTES: usize = 1 << 10;

    /// Reads a pattern.
    pub fn new(pattern: &str) -> error::Result<Self> {
        let refused = |reason| {
            let reason = format!("{pattern:?} is not a shell pattern: {reason}");
            ErrorKind::InvalidArgument { argument: "pattern", reason }
        };
        if pattern.len() > Self::MAX_BYTES {
            let reason = format!("the shell pattern is longer than {} bytes", Self::MAX_BYTES);
            return Err(ErrorKind::InvalidArgument { argument: "pattern", reason }.into());
        }
        Ok(Self { parts: parts(pattern).map_err(refused)?, length: pattern.len() })
    }

    /// The pattern's length in bytes.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Whether the whole text matches. The work is at most the pattern's length times the text's.
    pub fn matches(&self, text: &str) -> bool {
        let (mut parts, mut text) = (self.parts.as_slice(), text.chars());
        // Behind the last `*`: the rest of the pattern, and the text from where it is tried. A match that gets past a
        // further `*` never has to come back to an earlier one.
        let mut retry: Option<(&[Part], Chars<'_>)> = None;
        loop {
            match (parts.split_first(), text.clone().next()) {
                (None, None) => return true,
                (Some((Part::AnyText, rest)), _) => {
                    retry = Some((rest, text.clone()));
                    parts = rest;
                    continue;
                }
                (Some((part, rest)), Some(character)) if part.matches(character) => {
                    parts = rest;
                    text.next();
                    continue;
                }
                _ => {}
            }
            let Some((rest, from)) = &mut retry else { return false };
            // The `*` takes one character more.
            if from.next().is_none() {
                return false;
            }
            (parts, text) = (*rest, from.clone());
        }
    }
}

impl Part {
    fn matches(&self, character: char) -> bool {
        match self {
            Self::AnyText => false,
            Self::AnyCharacter => true,
            Self::Character(same) => *same == character,
            Self::Set { is_negated, members } => {
                let is_in = members.iter().any(|member| match member {
                    Member::Range(first, last) => (*first..=*last).contains(&character),
                    Member::Class(contains) => contains(&character),
                });
                is_in != *is_negated
            }
        }
    }
}

fn parts(pattern: &str) -> Result<Vec<Part>, &'static str> {
    let mut parts = Vec::new();
    let mut reader = pattern.chars().peekable();
    while let Some(character) = reader.next() {
        parts.push(match character {
            // Several are one.
            '*' if matches!(parts.last(), Some(Part::AnyText)) => continue,
            '*' => Part::AnyText,
            '?' => Part::AnyCharacter,
            '[' => set(&mut reader)?,
            '\\' => Part::Character(reader.next().ok_or(TRAILING_BACKSLASH)?),
            same => Part::Character(same),
        });
    }
    Ok(parts)
}

const TRAILING_BACKSLASH: &str = "it ends with a backslash; write \\\\ for a backslash itself";
const UNCLOSED: &str = "a [ is not closed; close it with ], or write \\[ for the character itself";
const UNKNOWN_CLASS: &str = "it has an unknown class; the classes are alnum, alpha, blank, cntrl, digit, graph, \
                             lower, print, punct, space, upper and xdigit";
const CLASS_IN_RANGE: &str =
    "a class stands at the end of a range; write the class beside it, as in [a-f[:digit:]]";
const COLLATING: &str = "it has [. or [= in a set; write the character itself";

/// What stands behind a `[`.
fn set(reader: &mut Reader<'_>) -> Result<Part, &'static str> {
    let is_negated = reader.next_if(|next| matches!(next, '!' | '^')).is_some();
    let mut members = Vec::new();
    // A ] at the beginning is a member.
    let mut is_first = true;
    loop {
        let character = reader.next().ok_or(UNCLOSED)?;
        if character == ']' && !is_first {
            return Ok(Part::Set { is_negated, members });
        }
        is_first = false;
        members.push(match class(character, reader)? {
            Some(class) => class,
            None => range(character, reader)?,
        });
    }
}

/// `[:digit:]` and its kin.
fn class(character: char, reader: &mut Reader<'_>) -> Result<Option<Member>, &'static str> {
    if character != '[' {
        return Ok(None);
    }
    refuse_collating(reader)?;
    let mut ahead = reader.clone();
    if ahead.next() != Some(':') {
        return Ok(None);
    }
    let mut name = String::new();
    while let Some(letter) = ahead.next_if(char::is_ascii_lowercase) {
        name.push(letter);
    }
    // Otherwise each character stands for itself.
    if ahead.next() != Some(':') || ahead.next() != Some(']') {
        return Ok(None);
    }
    *reader = ahead;
    Ok(Some(Member::Class(match name.as_str() {
        "alnum" => char::is_ascii_alphanumeric,
        "alpha" => char::is_ascii_alphabetic,
        "blank" => |character| matches!(character, ' ' | '\t'),
        "cntrl" => char::is_ascii_control,
        "digit" => char::is_ascii_digit,
        "graph" => char::is_ascii_graphic,
        "lower" => char::is_ascii_lowercase,
        "print" => |character| matches!(character, ' '..='~'),
        "punct" => char::is_ascii_punctuation,
        "space" => |character| matches!(character, ' ' | '\t'..='\r'),
        "upper" => char::is_ascii_uppercase,
        "xdigit" => char::is_ascii_hexdigit,
        _ => return Err(UNKNOWN_CLASS),
    })))
}

/// `a` or `a-z`.
fn range(first: char, reader: &mut Reader<'_>) -> Result<Member, &'static str> {
    let first = unescaped(first, reader)?;
    let mut ahead = reader.clone();
    let last = match (ahead.next(), ahead.next()) {
        (Some('-'), Some(last)) if last != ']' => last,
        _ => return Ok(Member::Range(first, first)),
    };
    *reader = ahead;
    // fnmatch of glibc reads this in two ways, which depends on the text.
    if class(last, reader)?.is_some() {
        return Err(CLASS_IN_RANGE);
    }
    Ok(Member::Range(first, unescaped(last, reader)?))
}

fn unescaped(character: char, reader: &mut Reader<'_>) -> Result<char, &'static str> {
    if character == '\\' { reader.next().ok_or(UNCLOSED) } else { Ok(character) }
}

/// What depends on the language has no place in the name of a service.
fn refuse_collating(reader: &mut Reader<'_>) -> Result<(), &'static str> {
    if matches!(reader.peek(), Some('.' | '=')) { Err(COLLATING) } else { Ok(()) }
}
