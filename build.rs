//! Writes the C headers from the comments and signatures in src/ffi, and gives the shared library its name.

use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The sections of the header, as files in src/ffi; the file twins is written here. A section begins with the
/// module comment of its first other file: a title, and the rule for threads and the version that hold for
/// each function.
const SECTIONS: &[&str] = &[
    "version",
    "codes",
    "errors",
    "client",
    "queries status_list",
    "states",
    "services service_files problems",
    "control",
    "waits",
    "groups",
    "matches",
    "twins requests",
    "queue",
    "watch",
    "logs",
];

/// The calls that have a twin under event loops: the operation, its arguments, what its request gives, and the
/// version that the twin came in, if it is not that of its section.
const TWINS: &[(&str, &str, Gives, &str)] = &[
    ("queries::list", "", Gives::Answer("List"), ""),
    ("queries::status", "name", Gives::Answer("Status"), ""),
    ("queries::statuses", "", Gives::Answer("Statuses"), "0.2.0"),
    ("queries::stats", "name", Gives::Answer("Stats"), "0.2.0"),
    ("queries::exists", "name", Gives::Answer("Exists"), "0.2.0"),
    ("queries::version", "", Gives::Answer("Version"), "0.2.0"),
    ("queries::protocol", "", Gives::Answer("Protocol"), "0.2.0"),
    ("queries::get", "name", Gives::Answer("Service"), "0.2.0"),
    ("definitions::load_service", "name", Gives::Answer("Service"), "0.2.0"),
    ("definitions::add_service", "name service", Gives::Nothing, "0.2.0"),
    ("definitions::remove_service", "name", Gives::Nothing, "0.2.0"),
    ("control::start", "name", Gives::Nothing, ""),
    ("control::stop", "name", Gives::Nothing, ""),
    ("control::monitor", "name", Gives::Nothing, ""),
    ("control::forget", "name", Gives::Nothing, ""),
    ("control::kill", "name signal", Gives::Nothing, ""),
    ("control::reboot", "", Gives::Nothing, "0.2.0"),
    ("control::shutdown", "", Gives::Nothing, "0.2.0"),
    ("control::start_http_server", "address", Gives::Nothing, "0.2.0"),
    ("control::stop_http_server", "", Gives::Nothing, "0.2.0"),
    ("waits::start_wait", "name timeout_ms", Gives::Report, ""),
    ("waits::stop_wait", "name timeout_ms", Gives::Report, ""),
    ("waits::restart", "name stop_timeout_ms start_timeout_ms", Gives::Report, ""),
    ("waits::deploy", "name service stop_timeout_ms start_timeout_ms", Gives::Report, ""),
    ("waits::reload", "name stop_timeout_ms start_timeout_ms", Gives::Report, "0.2.0"),
    ("groups::start_multiple", "names timeout_ms", Gives::Report, ""),
    ("groups::stop_multiple", "names timeout_ms", Gives::Report, ""),
    ("groups::restart_multiple", "names stop_timeout_ms start_timeout_ms", Gives::Report, "0.2.0"),
    ("groups::destroy_services", "names timeout_ms", Gives::Report, ""),
    ("matches::matches", "filter", Gives::Answer("Names"), "0.2.0"),
];

/// What a request gives besides its code.
enum Gives {
    Nothing,
    /// An answer: a variant of `Answer`.
    Answer(&'static str),
    /// A report of how far it has come.
    Report,
}

impl Gives {
    /// Whether there is a report, and the function that makes an `Answer` of the result.
    fn as_code(&self) -> (bool, String) {
        match self {
            Self::Answer(variant) => (false, format!("Answer::{variant}")),
            Self::Nothing => (false, "|()| Answer::Done".to_owned()),
            Self::Report => (true, "|()| Answer::Done".to_owned()),
        }
    }
}

/// An argument of an operation.
struct Argument {
    name: &'static str,
    /// Its parameters in C: name and type, and the comment.
    parameters: &'static [(&'static str, &'static str)],
    /// How it is read from them; behind a & what the operation borrows.
    read: &'static str,
    /// The code, if any, of one that is not valid.
    code: &'static str,
}

#[rustfmt::skip]
const ARGUMENTS: &[Argument] = &[
    Argument { name: "name", parameters: &[("name: *const c_char", "required; the service's name; borrowed")],
               read: "&unsafe { self::name(name) }?", code: "ZINIT_ERR_INVALID_NAME" },
    Argument { name: "names", parameters: &[("names: *const *const c_char", AS), ("len: usize", AS)],
               read: "&unsafe { self::names(names, len) }?", code: "ZINIT_ERR_INVALID_NAME" },
    Argument { name: "signal", parameters: &[("signal: *const c_char", AS)], code: "ZINIT_ERR_INVALID_SIGNAL",
               read: "Signal::parse(unsafe { text(signal, \"signal\") }?)?" },
    Argument { name: "address", parameters: &[("address: *const c_char", AS)], code: "",
               read: "&Address::parse(unsafe { text(address, \"address\") }?)?" },
    Argument { name: "service", parameters: &[("service: Option<&zinit_service>", "required; copied")],
               read: "&borrow(service, \"service\")?.0.clone()", code: "" },
    Argument { name: "filter", code: "", read: "&borrow(filter, \"filter\")?.0.clone()",
               parameters: &[("filter: Option<&zinit_filter>", "required; must have a condition; copied")] },
    Argument { name: "timeout_ms", parameters: &[("timeout_ms: i64", AS)], code: "",
               read: "timeout(timeout_ms, \"timeout_ms\")?" },
    Argument { name: "stop_timeout_ms", parameters: &[("stop_timeout_ms: i64", AS)], code: "",
               read: "timeout(stop_timeout_ms, \"stop_timeout_ms\")?" },
    Argument { name: "start_timeout_ms", parameters: &[("start_timeout_ms: i64", AS)], code: "",
               read: "timeout(start_timeout_ms, \"start_timeout_ms\")?" },
];
const AS: &str = "as for that call";

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    // cbindgen would name what is in a transparent type. It does not read cfg_attr, so this hides it.
    println!("cargo:rustc-check-cfg=cfg(cbindgen)");
    // The faults that the suites of the sanitizers want to see reported.
    println!("cargo:rustc-check-cfg=cfg(zinit_deliberate_faults)");
    println!("cargo:rerun-if-changed=src/ffi");
    println!("cargo:rerun-if-changed=cbindgen.toml");
    println!("cargo:rerun-if-changed=include");

    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("twins.rs"), twins()?)?;
    let header = header(&root, &out)?;
    fs::write(out.join("zinit.h"), &header)?;
    commit(&root.join("include/zinit.h"), &header);
    commit(&root.join("include/zinit_cdef.h"), &cdef(&header));

    let abi = number(&header, "ZINIT_ABI_VERSION").ok_or("src/ffi/version.rs has no ZINIT_ABI_VERSION")?;
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libzinit_client.so.{abi}");
    // A thread that still runs our code, or a thread's own data, would outlive the mapping.
    println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    Ok(())
}

/// Writes a file of the source tree, if it is not so already.
fn commit(file: &Path, content: &str) {
    if fs::read_to_string(file).ok().as_deref() != Some(content) {
        // A source tree that is read only is built all the same; a test compares the two.
        let _ = fs::create_dir_all(file.with_file_name("")).and_then(|()| fs::write(file, content));
    }
}

/// The same declarations for runtimes that read C themselves: no directives and no comments, each number as an
/// enumerator, each declaration on one line.
fn cdef(header: &str) -> String {
    let mut numbers = String::new();
    let mut declarations = String::new();
    let mut is_comment = false;
    for line in header.lines() {
        is_comment |= line.starts_with("/*");
        if is_comment {
            is_comment = !line.ends_with("*/");
        } else if let Some((name, value)) =
            line.strip_prefix("#define ").and_then(|rest| rest.split_once(' '))
        {
            let value = value.trim_matches(['(', ')']);
            if value.parse::<i64>().is_ok() {
                // Writing to a string does not fail.
                let _ = writeln!(numbers, "    {name} = {value},");
            }
        } else if !line.starts_with(['#', '}']) && !line.starts_with("extern") && !line.is_empty() {
            declarations += line.trim_start();
            declarations += if line.ends_with(';') { "\n" } else { " " };
        }
    }
    format!("enum {{\n{numbers}}};\n{declarations}")
}

fn header(root: &Path, out: &Path) -> Result<String, Box<dyn Error>> {
    let mut header = fs::read_to_string(root.join("src/ffi/header.txt"))?;
    header += "#ifndef ZINIT_H\n#define ZINIT_H\n\n#include <stddef.h>\n#include <stdint.h>\n\n";
    header += "#ifdef __cplusplus\nextern \"C\" {\n#endif\n";
    for (index, files) in SECTIONS.iter().enumerate() {
        header += &heading(root, index + 1, files)?;
        if *files == "version" {
            header += &version()?;
        }
        for line in section(root, out, files)?.trim().lines() {
            // Shared, but changed all the same: C has no other word for that.
            header += &in_parentheses(line)
                .replace("const zinit_cancel *", "zinit_cancel *")
                .replace("const zinit_queue *", "zinit_queue *")
                .replace("set_data(const zinit_request *", "set_data(zinit_request *");
            header += "\n";
        }
    }
    header += "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
    Ok(header)
}

/// The version, which Cargo.toml alone has: as text and as numbers.
fn version() -> Result<String, Box<dyn Error>> {
    let define =
        |name, value, comment| format!("/**\n * {comment}\n */\n#define ZINIT_VERSION_{name} {value}\n\n");
    let text = format!("\"{}\"", env::var("CARGO_PKG_VERSION")?);
    let mut defines = define("STRING", text, "The version that this header belongs to, as text.");
    for (part, comment) in [
        ("MAJOR", "The major number of the version that this header belongs to."),
        ("MINOR", "The minor number of that version."),
        ("PATCH", "The patch number of that version."),
    ] {
        defines += &define(part, env::var(format!("CARGO_PKG_VERSION_{part}"))?, comment);
    }
    Ok(defines)
}

/// The heading of a section, from a module comment.
fn heading(root: &Path, number: usize, files: &str) -> Result<String, Box<dyn Error>> {
    let file = files.split(' ').find(|file| *file != "twins").ok_or("a section without a file")?;
    let source = fs::read_to_string(root.join(format!("src/ffi/{file}.rs")))?;
    let mut comment = source.lines().map_while(|line| line.strip_prefix("//!"));
    let title = comment.next().ok_or("a section without a module comment")?.trim().trim_end_matches('.');
    let title = format!("{number}. {title}");
    let mut heading = format!("\n/*\n * {title}\n * {}\n", "=".repeat(title.len()));
    for line in comment {
        writeln!(heading, " *{line}")?;
    }
    heading += " */\n\n";
    Ok(heading)
}

fn section(root: &Path, out: &Path, files: &str) -> Result<String, Box<dyn Error>> {
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml"))?;
    let mut builder = cbindgen::Builder::new().with_config(config);
    for file in files.split(' ') {
        let directory = if file == "twins" { out } else { &root.join("src/ffi") };
        // Not with_crate, which would fetch the whole workspace to look for types.
        builder = builder.with_src(directory.join(format!("{file}.rs")));
    }
    let bindings = builder.generate()?;
    let mut text = Vec::new();
    bindings.write(&mut text);
    Ok(String::from_utf8(text)?)
}

/// The functions of [`TWINS`], which src/ffi/requests.rs includes.
fn twins() -> Result<String, Box<dyn Error>> {
    let mut text = String::new();
    for (operation, names, gives, since) in TWINS {
        let find = |name| ARGUMENTS.iter().find(|argument| argument.name == name).ok_or("no such argument");
        let arguments = names.split_whitespace().map(find).collect::<Result<Vec<_>, _>>()?;
        text += &twin(operation, &arguments, gives, since)?;
    }
    Ok(text)
}

fn twin(
    operation: &str,
    arguments: &[&Argument],
    gives: &Gives,
    since: &str,
) -> Result<String, Box<dyn Error>> {
    let (_, call) = operation.split_once("::").ok_or("an operation without its module")?;
    let (has_report, answer) = gives.as_code();
    let (mut comments, mut parameters, mut codes) = (String::new(), String::new(), String::new());
    let (mut reads, mut passed) = (String::new(), String::new());
    let mut keyword = "";
    let since = if since.is_empty() { String::new() } else { format!(" Since {since}.") };
    for argument in arguments {
        for (parameter, comment) in argument.parameters {
            let (name, _) = parameter.split_once(':').ok_or("a parameter without its type")?;
            writeln!(comments, "/// @param {name} {comment}")?;
            writeln!(parameters, "    {parameter},")?;
        }
        if !argument.code.is_empty() {
            write!(codes, ", {}", argument.code)?;
        }
        if argument.read.contains("unsafe") {
            keyword = "unsafe ";
            reads += "        // SAFETY: the header: a pointer is NULL or valid.\n";
        }
        let owned = argument.read.trim_start_matches('&');
        let ampersand = if owned == argument.read { "" } else { "&" };
        writeln!(reads, "        let {} = {owned};", argument.name)?;
        write!(passed, ", {ampersand}{}", argument.name)?;
    }
    Ok(format!(
        r#"
/// Begins the request for zinit_client_{call}().{since}
///
/// @param client required
{comments}/// @param request required; receives a request; free it with zinit_request_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT{codes};
///     ZINIT_ERR_IO if no file descriptor is available; zinit_request_dispatch() returns all other codes
#[unsafe(no_mangle)]
pub {keyword}extern "C" fn zinit_client_begin_{call}(
    client: Option<&zinit_client>,
{parameters}    request: Option<&mut MaybeUninit<Option<Box<zinit_request>>>>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {{
    begin(client, request, error, {has_report}, &mut |task| {{
{reads}        Ok(Box::pin(async move {{ {operation}(task.io(){passed}).await.map({answer}) }}))
    }})
}}
"#
    ))
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
