//! Rules of SECURITY.md that the sources themselves show.

// A test may fail by any of these, and so may what it calls.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

/// All files of the library.
fn sources() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut directories = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let is_test = path.file_stem().is_some_and(|name| name == "tests");
            match path.is_dir() {
                _ if is_test => {}
                true => directories.push(path),
                false => files.push(path),
            }
        }
    }
    files
}

#[test]
fn the_library_reads_no_variable_of_the_environment() {
    let files = sources();
    assert!(files.len() > 80, "only {} files", files.len());
    for file in files.iter().filter(|file| file.extension().is_some_and(|of| of == "rs")) {
        let text = fs::read_to_string(file).unwrap();
        // Its own tests stand behind all else.
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        // As `env::var`, `std::env`, `option_env!` at run time is none, and `libc::getenv`.
        for reader in ["env::", "std::env", "{env,", "{env}", ", env,", ", env}", "getenv", "vars_os"] {
            assert!(!code.contains(reader), "{} has {reader:?}", file.display());
        }
    }
}
