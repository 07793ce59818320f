//! Compiles the driver of the C arguments. A function in C for each function of the header, which calls it with arguments
//! from the fuzzer's bytes, is written here: so no function is left out, and one with a new type does not build before
//! `call` below knows it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::PathBuf;
use std::{env, fs};

/// A function of the header.
struct Function {
    returns: String,
    name: String,
    parameters: Vec<Parameter>,
}

struct Parameter {
    kind: String,
    name: String,
}

fn main() {
    let header = "../include/zinit_cdef.h";
    for file in [header, "c/driver.c"] {
        println!("cargo:rerun-if-changed={file}");
    }
    let declarations = fs::read_to_string(header).expect("include/zinit_cdef.h is there");
    let functions: Vec<_> = declarations.lines().filter_map(function).collect();
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("calls.h"), calls(&functions)).expect("OUT_DIR can be written");
    // Not for all targets, which would then have its clock and its daemon: c_arguments alone names the library.
    println!("cargo:rustc-link-search=native={}", out.display());
    cc::Build::new()
        .cargo_metadata(false)
        .file("c/driver.c")
        .include("../include")
        .include(&out)
        .std("c99")
        .warnings(true)
        .extra_warnings(true)
        .flag("-Wpedantic")
        .warnings_into_errors(true)
        .compile("driver");
}

/// From its declaration, which is one line.
fn function(line: &str) -> Option<Function> {
    let (head, parameters) = line.strip_suffix(");")?.split_once('(')?;
    let named = |text: &str| {
        let at = text.rfind(|character: char| !character.is_alphanumeric() && character != '_');
        let (kind, name) = text.split_at(at.expect("a type and a name") + 1);
        Parameter { kind: kind.trim().to_owned(), name: name.to_owned() }
    };
    let Parameter { kind: returns, name } = named(head);
    let parameters = parameters.split(", ").filter(|text| *text != "void").map(named).collect();
    Some(Function { returns, name, parameters })
}

/// The type that is pointed to, if it is one of the library's, and the rest: `const zinit_state *` is `zinit_state` and
/// `const *`.
fn object(kind: &str) -> Option<(&str, String)> {
    let name = kind.split(' ').find(|word| word.starts_with("zinit_") && *word != "zinit_code")?;
    Some((name, kind.replacen(name, "", 1).replace("  ", " ").trim().to_owned()))
}

impl Function {
    /// The type that the function frees.
    fn frees(&self) -> Option<&str> {
        let name = self.name.strip_suffix("_free")?;
        self.parameters.iter().any(|parameter| parameter.kind == format!("{name} *")).then_some(name)
    }

    /// The type of which this is a getter. One for a descriptor is not, for it makes the descriptor.
    fn gets_from(&self) -> Option<&str> {
        let (first, others) = self.parameters.split_first()?;
        let (name, rest) = object(&first.kind)?;
        let is_getter = rest == "const *"
            && others.iter().all(|other| other.kind == "size_t")
            && !matches!(self.returns.as_str(), "void" | "void *")
            && object(&self.returns).is_none_or(|(_, rest)| rest == "const *")
            && !self.name.ends_with("_fd");
        is_getter.then_some(name)
    }
}

fn calls(functions: &[Function]) -> String {
    let owned: Vec<_> = functions.iter().filter_map(Function::frees).collect();
    let seen: BTreeSet<_> = functions.iter().filter_map(Function::gets_from).collect();
    let mut text = String::new();
    for name in &owned {
        writeln!(text, "POOL({name})").expect("text takes all");
    }
    for name in &seen {
        writeln!(text, "static void look_{name}(const {name} *object);").expect("text takes all");
    }
    for name in &seen {
        text += &look(name, functions);
    }
    for function in functions {
        text += &call(function, &owned, &seen);
    }
    text += "static void free_all(void)\n{\n";
    for name in &owned {
        writeln!(text, "    free_pool_{name}();").expect("text takes all");
    }
    text += "}\n\nstatic const struct function functions[] = {\n";
    // By numbers that stay as they are when a function is added: most of the corpus then means what it meant.
    let numbered: BTreeMap<_, _> =
        functions.iter().map(|function| (number(&function.name), &function.name)).collect();
    assert_eq!(numbered.len(), functions.len(), "two functions have one number");
    for (number, name) in numbered {
        writeln!(text, "    {{{number}, call_{name}}},").expect("text takes all");
    }
    text + "};\n"
}

/// The hash FNV-1a of the name, in 16 bits.
fn number(name: &str) -> u32 {
    let hash =
        name.bytes().fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (hash >> 16) ^ (hash & 0xffff)
}

/// A function that calls all getters of an object.
fn look(name: &str, functions: &[Function]) -> String {
    let mut text = format!("static void look_{name}(const {name} *object)\n{{\n");
    for function in functions.iter().filter(|function| function.gets_from() == Some(name)) {
        let indexes = if function.parameters.len() == 1 { "" } else { ", index" };
        let looked = result(&function.returns, &format!("{}(object{indexes})", function.name));
        if indexes.is_empty() {
            writeln!(text, "    {looked}").expect("text takes all");
        } else {
            writeln!(text, "    for (size_t index = 0; index < 3; index++)\n        {looked}")
                .expect("text takes all");
        }
    }
    text + "}\n\n"
}

/// What is done with a result that is not the caller's.
fn result(kind: &str, value: &str) -> String {
    match (kind, object(kind)) {
        (_, Some((name, _))) => format!("look_{name}({value});"),
        ("const char *", _) => format!("look_text({value});"),
        ("void *", _) => format!("use({value} != NULL);"),
        ("int32_t" | "size_t" | "uint64_t" | "int64_t" | "zinit_code" | "double", _) => {
            format!("use({value} != 0);")
        }
        ("void", _) => format!("{value};"),
        _ => panic!("what is to be done with a result of type '{kind}'?"),
    }
}

/// What is declared in front of a call, what is passed, and what is done behind it.
#[derive(Default)]
struct Argument {
    before: String,
    passed: String,
    after: String,
}

/// A function that calls this one with arguments from the bytes.
fn call(function: &Function, owned: &[&str], seen: &BTreeSet<&str>) -> String {
    let arguments: Vec<_> =
        function.parameters.iter().map(|parameter| argument(function, parameter, owned, seen)).collect();
    let mut text = format!("static void call_{}(void)\n{{\n", function.name);
    // A timeout depends on whether the call can be cancelled.
    let (cancels, others): (Vec<_>, Vec<_>) =
        arguments.iter().partition(|argument| argument.before.contains("zinit_cancel *"));
    for argument in cancels.into_iter().chain(others).filter(|argument| !argument.before.is_empty()) {
        writeln!(text, "    {}", argument.before).expect("text takes all");
    }
    let passed: Vec<_> = arguments.iter().map(|argument| argument.passed.as_str()).collect();
    let callee = if function.name == "zinit_options_new" { "new_options" } else { function.name.as_str() };
    let value = format!("{callee}({})", passed.join(", "));
    let new = object(&function.returns)
        .filter(|_| function.name.ends_with("_new") || function.name.ends_with("_copy"));
    let has_error = function.parameters.iter().any(|parameter| parameter.kind == "zinit_error **");
    let done = match new {
        Some((name, _)) => format!("keep_{name}({value});"),
        None if has_error => format!("zinit_code code = {value};"),
        None => result(&function.returns, &value),
    };
    writeln!(text, "    {done}").expect("text takes all");
    for argument in arguments.iter().filter(|argument| !argument.after.is_empty()) {
        writeln!(text, "    {}", argument.after).expect("text takes all");
    }
    text + "    free_texts();\n}\n\n"
}

fn argument(function: &Function, parameter: &Parameter, owned: &[&str], seen: &BTreeSet<&str>) -> Argument {
    let Parameter { kind, name } = parameter;
    let declared = |value: &str| {
        let space = if kind.ends_with('*') { "" } else { " " };
        Argument {
            before: format!("{kind}{space}{name} = {value};"),
            passed: name.clone(),
            after: String::new(),
        }
    };
    let with_len = |value: &str| {
        let Argument { before, passed, after } = declared(value);
        Argument { before: format!("size_t len = 0; {before}"), passed, after }
    };
    let has = |kind: &str| function.parameters.iter().any(|parameter| parameter.kind == kind);
    if let Some((object, rest)) = object(kind) {
        return pointer(function, name, object, &rest, owned, seen).unwrap_or_else(|| {
            panic!("what is to be passed to {} for '{kind}{name}'?", function.name);
        });
    }
    match (kind.as_str(), name.as_str()) {
        // The only directory that may be written to.
        ("const char *", "path") if function.name == "zinit_options_set_config_dir" => {
            declared("any_directory()")
        }
        ("const char *", "yaml") => with_len("any_block(&len)"),
        ("const char *const *", "names") => with_len("any_names(&len)"),
        ("size_t", "len") => Argument { passed: name.clone(), ..Argument::default() },
        ("const char *", _) => declared("any_text()"),
        ("size_t", "index") => declared("any_index()"),
        ("int64_t", name) if name.ends_with("_ms") && has("zinit_cancel *") => {
            declared("any_milliseconds(cancel)")
        }
        ("int64_t", name) if name.ends_with("_ms") || name == "milliseconds" => {
            declared("any_milliseconds(NULL)")
        }
        ("int32_t" | "int64_t" | "uint64_t" | "zinit_code", _) => declared(&format!("({kind})any_number()")),
        ("void *", _) => declared("&here"),
        // What was given out was freed.
        ("char *", _) => declared("NULL"),
        ("char **", _) => Argument {
            before: format!("char *{name} = garbage();"),
            passed: format!("gives() ? &{name} : unset_text(&{name})"),
            after: format!("take_text(code, {name});"),
        },
        ("int32_t *", _) => Argument {
            before: format!("int32_t {name} = 77;"),
            passed: format!("gives() ? &{name} : unset_number(&{name})"),
            after: format!("check_number(code, {name});"),
        },
        _ => panic!("what is to be passed to {} for '{kind} {name}'?", function.name),
    }
}

/// An argument that points to an object of the library.
fn pointer(
    function: &Function,
    name: &str,
    object: &str,
    rest: &str,
    owned: &[&str],
    seen: &BTreeSet<&str>,
) -> Option<Argument> {
    let is_owned = owned.contains(&object);
    let value = match rest {
        "*" if function.frees() == Some(object) => format!("take_{object}()"),
        "*" | "const *" if is_owned => format!("pick_{object}()"),
        // Such an object is the caller's for a moment only, in which it is looked at.
        "const *" => "NULL".to_owned(),
        "**" | "const **" => {
            let before = format!("{}{object} *{name} = garbage();", if rest == "**" { "" } else { "const " });
            let (is_error, is_report) = (object == "zinit_error", object == "zinit_report");
            let look = if seen.contains(object) { format!("look_{object}({name}); ") } else { String::new() };
            // A client that was not made from options has a directory that is not the fuzzer's.
            let keep = match function.name.as_str() {
                "zinit_client_new" if object == "zinit_client" => "zinit_client_free(client);".to_owned(),
                "zinit_queue_next" if object == "zinit_request" => String::new(),
                _ if rest == "**" => format!("keep_{object}({name});"),
                _ => String::new(),
            };
            let check = match (is_error, is_report) {
                (true, _) => format!("check_error(code, {name}); "),
                // It tells how far a group has come, whatever the code.
                (_, true) => String::new(),
                _ => format!("check_object(code, {name} != NULL); "),
            };
            return Some(Argument {
                before: format!("{before} int gives_{name} = gives();"),
                passed: format!("gives_{name} ? &{name} : NULL"),
                after: format!("if (gives_{name}) {{ {check}{look}{keep} }}"),
            });
        }
        _ => return None,
    };
    let constant = if rest.starts_with("const") { "const " } else { "" };
    Some(Argument {
        before: format!("{constant}{object} *{name} = {value};"),
        passed: name.to_owned(),
        after: String::new(),
    })
}
