//! What several tests need.

// No test file uses all of it.
#![allow(dead_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

pub mod daemon;
pub mod late;
pub mod service_files;

use std::path::{Path, PathBuf};
use std::str::Utf8Chunk;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{env, fs, process};

/// A directory of its own for one test, which goes away with it.
pub struct TemporaryDirectory(PathBuf);

impl TemporaryDirectory {
    /// Below the system's directory for temporary files.
    pub fn new() -> Self {
        Self::below(&env::temp_dir())
    }

    /// In memory where the system has such a place, for tests that write a lot.
    pub fn in_memory() -> Self {
        let memory = Path::new("/dev/shm");
        if memory.is_dir() { Self::below(memory) } else { Self::new() }
    }

    fn below(parent: &Path) -> Self {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let path = parent.join(format!("zinit-client-test-{}-{number}", process::id()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryDirectory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Numbers that are the same in each run.
pub struct Random(pub u64);

impl Random {
    /// The numbers of one of several that share a seed.
    pub fn new(seed: u64, number: usize) -> Self {
        // Neighbours must not look alike, and the state must not be 0.
        let mixed = (seed ^ ((number as u64) << 32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Self((mixed ^ (mixed >> 31)).max(1))
    }

    /// A number from 0 up to the limit, without it.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }
}

/// The rows of a table: two columns.
pub fn table(table: &str) -> Vec<(&str, &str)> {
    let rows = table.lines().filter(|line| !line.starts_with('#'));
    rows.map(|row| row.split_once('\t').unwrap()).collect()
}

/// The bytes of a Go string literal.
pub fn unquote(literal: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = literal.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap();
    while let Some((before, escape)) = rest.split_once('\\') {
        bytes.extend(before.as_bytes());
        let (kind, behind) = escape.split_at(1);
        rest = behind;
        let mut number = |digits| {
            let (number, behind) = rest.split_at(digits);
            rest = behind;
            u32::from_str_radix(number, 16).unwrap()
        };
        match kind {
            "n" => bytes.push(b'\n'),
            "r" => bytes.push(b'\r'),
            "t" => bytes.push(b'\t'),
            "v" => bytes.push(0x0b),
            "f" => bytes.push(0x0c),
            "x" => bytes.push(u8::try_from(number(2)).unwrap()),
            "u" => bytes.extend(char::from_u32(number(4)).unwrap().to_string().as_bytes()),
            "\\" | "\"" => bytes.extend(kind.as_bytes()),
            other => panic!("an escape that the tables do not have: {other}"),
        }
    }
    bytes.extend(rest.as_bytes());
    bytes
}

/// A Go string literal of the bytes, of which [`unquote`] makes the same bytes again.
pub fn quote(bytes: &[u8]) -> String {
    let escaped = |character: char| match character {
        '"' | '\\' => format!("\\{character}"),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        '\0'..'\u{20}' | '\u{7f}' => format!("\\x{:02x}", u32::from(character)),
        '\u{80}'..='\u{a0}' | '\u{ad}' | '\u{2000}'..='\u{206f}' | '\u{feff}'..='\u{ffff}' => {
            format!("\\u{:04x}", u32::from(character))
        }
        _ => character.to_string(),
    };
    let chunk = |chunk: Utf8Chunk| {
        let invalid = chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}"));
        chunk.valid().chars().map(escaped).chain(invalid).collect::<String>()
    };
    format!("\"{}\"", bytes.utf8_chunks().map(chunk).collect::<String>())
}
