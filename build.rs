//! Writes the C header from the comments and signatures in src/ffi, and gives the shared library its name.

use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "build_twins.rs"]
mod twins;

/// The sections of the header: a file of src/ffi, and its heading.
const SECTIONS: &[(&str, &str)] = &[
    ("version", "Version"),
    ("codes", "Codes"),
    ("errors", "Errors"),
    ("client", "Client and options"),
    ("queries", "Queries"),
    ("states", "States and targets"),
    ("services", "Service definitions"),
    ("control", "Control"),
    ("waits", "Waits"),
    ("groups", "Groups"),
    ("matches", "Matches"),
    ("requests", "Requests"),
    ("watch", "Watch"),
    ("logs", "Logs"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    println!("cargo:rerun-if-changed=src/ffi");
    println!("cargo:rerun-if-changed=build_twins.rs");
    println!("cargo:rerun-if-changed=cbindgen.toml");
    println!("cargo:rerun-if-changed=include/zinit.h");

    let header = header(&root)?;
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("zinit.h"), &header)?;
    let committed = root.join("include/zinit.h");
    if fs::read_to_string(&committed).ok().as_ref() != Some(&header) {
        // A source tree that is read only is built all the same; a test compares the two.
        let _ = fs::create_dir_all(root.join("include")).and_then(|()| fs::write(&committed, &header));
    }

    let abi = number(&header, "ZINIT_ABI_VERSION").ok_or("src/ffi/version.rs has no ZINIT_ABI_VERSION")?;
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libzinit_client.so.{abi}");
    // A thread that still runs our code, or a thread's own data, would outlive the mapping.
    println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    Ok(())
}

fn header(root: &Path) -> Result<String, Box<dyn Error>> {
    let mut header = fs::read_to_string(root.join("src/ffi/header.txt"))?;
    header += "#ifndef ZINIT_H\n#define ZINIT_H\n\n#include <stddef.h>\n#include <stdint.h>\n\n";
    header += "#ifdef __cplusplus\nextern \"C\" {\n#endif\n";
    for (index, (file, heading)) in SECTIONS.iter().enumerate() {
        let title = format!("{}. {heading}", index + 1);
        write!(header, "\n/*\n * {title}\n * {}\n */\n\n", "=".repeat(title.len()))?;
        if *file == "version" {
            // cbindgen drops constants that are text.
            header += "/**\n * The version that this header belongs to, as text.\n */\n";
            write!(header, "#define ZINIT_VERSION_STRING \"{}\"\n\n", env::var("CARGO_PKG_VERSION")?)?;
        }
        for line in section(root, file)?.trim().lines() {
            header += &in_parentheses(line);
            header += "\n";
        }
    }
    header += "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
    Ok(header)
}

fn section(root: &Path, file: &str) -> Result<String, Box<dyn Error>> {
    let mut builder =
        cbindgen::Builder::new().with_config(cbindgen::Config::from_file(root.join("cbindgen.toml"))?);
    if file == "requests" {
        let twins = PathBuf::from(env::var("OUT_DIR")?).join("twins.rs");
        fs::write(&twins, twins::write())?;
        builder = builder.with_src(twins);
    }
    // Not with_crate, which would fetch the whole workspace to look for types.
    let bindings = builder.with_src(root.join(format!("src/ffi/{file}.rs"))).generate()?;
    let mut text = Vec::new();
    bindings.write(&mut text);
    Ok(String::from_utf8(text)?)
}

/// Puts a number below 0 in parentheses, so that it is one operand wherever it is used.
fn in_parentheses(line: &str) -> String {
    match line.strip_prefix("#define ").and_then(|define| define.split_once(" -")) {
        Some((name, number)) => format!("#define {name} (-{number})"),
        None => line.to_owned(),
    }
}

fn number<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    let define = format!("#define {name} ");
    header.lines().find_map(|line| line.strip_prefix(&define))
}
