//! The limits of docs/limits.md are those of the sources; and those of a service file, at the limit and one beyond it.

// A test may fail by any of these, and so may what it calls.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use syn::visit::{self, Visit};
use syn::{BinOp, Expr, Lit, Type};
use zinit_client::model::Service;

const PAGE: &str = include_str!("../docs/limits.md");

/// Constants that bound nothing which a caller, a daemon or a file decides on: how often it is looked, how large a buffer
/// is at first, how the work of an event loop is cut.
const NOT_LIMITS: [(&str, &str); 61] = [
    ("src/client/ask.rs", "FIRST"),
    ("src/client/ask.rs", "LONGEST"),
    ("src/client/control.rs", "LONGEST"),
    ("src/client/deadline.rs", "EACH"),
    ("src/client/deadline.rs", "EXCHANGES"),
    ("src/client/deadline.rs", "LONGEST"),
    ("src/client/deadline.rs", "LONGEST_FOR_MANY"),
    ("src/client/deadline.rs", "LONGEST_FOR_THE_DAEMON"),
    ("src/client/deadline.rs", "MANY"),
    ("src/client/deadline.rs", "SHORTEST"),
    ("src/client/down.rs", "BETWEEN"),
    ("src/client/down.rs", "SOON"),
    ("src/client/logs.rs", "BEGIN"),
    ("src/client/logs.rs", "LONGEST"),
    ("src/client/logs.rs", "SILENCE"),
    ("src/client/logs.rs", "TRIES"),
    ("src/client/matches.rs", "MOST_AT_ONCE"),
    ("src/client/polled_log.rs", "ALL"),
    ("src/client/polled_log.rs", "FEW"),
    ("src/client/polled_log.rs", "LONGEST"),
    ("src/client/polled_log.rs", "SHORTEST"),
    ("src/client/shared_list.rs", "LOST"),
    ("src/client/shared_list.rs", "TRIES"),
    ("src/client/side_by_side.rs", "FEW"),
    ("src/client/up.rs", "LASTING_END"),
    ("src/client/up.rs", "NEW_END"),
    ("src/client/up.rs", "NOTED"),
    ("src/client/up.rs", "RESPAWN"),
    ("src/client/wait_until.rs", "ASK_EACH"),
    ("src/client/wait_until.rs", "FOR_EACH_WAIT"),
    ("src/client/wait_until.rs", "LONGEST"),
    ("src/client/wait_until.rs", "OF_MANY"),
    ("src/client/wait_until.rs", "SHORTEST"),
    ("src/client/watch.rs", "LOOKS"),
    ("src/client/watch.rs", "SHORTEST"),
    ("src/client/zinit_0_3.rs", "LOOK"),
    ("src/client/zinit_0_3.rs", "MOST"),
    ("src/client/zinit_0_3.rs", "NOTED"),
    ("src/client/zinit_0_3.rs", "SHORTEST"),
    ("src/config_directory/mod.rs", "OTHERS_MAY_WRITE"),
    ("src/driver/binary.rs", "AFTER_KILL"),
    ("src/driver/binary.rs", "LOOK_AGAIN"),
    ("src/driver/binary.rs", "REAP_AGAIN"),
    ("src/driver/engine.rs", "MOST_RECEIVES"),
    ("src/driver/event.rs", "MOST_FILE_EFFECTS"),
    ("src/driver/queue.rs", "EVENT"),
    ("src/driver/queue.rs", "MOST_AT_ONCE"),
    ("src/driver/queue.rs", "MOST_LATE_PASSES"),
    ("src/driver/queue.rs", "TIMER"),
    ("src/driver/stream.rs", "MOST_STEPS"),
    ("src/model/filter.rs", "SMALLEST"),
    ("src/model/service/yaml.rs", "MAX_SIMPLE_KEY"),
    ("src/model/text.rs", "SHORT"),
    ("src/protocol/command.rs", "SLICE"),
    ("src/protocol/jsonrpc.rs", "ID"),
    ("src/sys.rs", "READABLE"),
    ("src/sys.rs", "READABLE_ONCE"),
    ("src/transport.rs", "FIRST_BUFFER"),
    ("src/transport.rs", "LONGEST"),
    ("src/transport.rs", "MOST_AT_ONCE"),
    ("src/transport.rs", "NEXT_BUFFER"),
];

/// A constant by the file that it is in, and its name.
type Place = (String, String);

/// The constants of one file, and how their values are written.
#[derive(Default)]
struct Constants(Vec<(String, Expr)>);

impl Constants {
    /// Numbers and times; the numbers of the C interface are negative, too, and so of other types.
    fn add(&mut self, name: &syn::Ident, of: &Type, value: &Expr) {
        let Type::Path(of) = of else { return };
        let of = of.path.segments.last().unwrap().ident.to_string();
        if ["usize", "u64", "u32", "Duration"].contains(&of.as_str()) {
            self.0.push((name.to_string(), value.clone()));
        }
    }
}

impl<'a> Visit<'a> for Constants {
    fn visit_item_const(&mut self, item: &'a syn::ItemConst) {
        self.add(&item.ident, &item.ty, &item.expr);
    }

    fn visit_impl_item_const(&mut self, item: &'a syn::ImplItemConst) {
        self.add(&item.ident, &item.ty, &item.expr);
    }

    fn visit_item_mod(&mut self, item: &'a syn::ItemMod) {
        // Tests have numbers of their own.
        if item.ident != "tests" {
            visit::visit_item_mod(self, item);
        }
    }
}

/// Of all sources but tests; times in milliseconds. Some files have several of one name, in functions.
fn constants() -> BTreeMap<Place, Vec<u64>> {
    let mut written = Vec::new();
    let mut directories = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && name != "tests" {
                directories.push(path);
            } else if path.extension().is_some_and(|of| of == "rs")
                && !matches!(name, "tests.rs" | "scripted.rs" | "scripted_wire.rs")
            {
                let file = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().display().to_string();
                let mut constants = Constants::default();
                constants.visit_file(&syn::parse_file(&fs::read_to_string(path).unwrap()).unwrap());
                written.extend(constants.0.into_iter().map(|(name, value)| (file.clone(), name, value)));
            }
        }
    }
    let mut constants: BTreeMap<Place, Vec<u64>> = BTreeMap::new();
    for (file, name, value) in &written {
        let value =
            number(&written, file, value).unwrap_or_else(|| panic!("{file}: {name} is not understood"));
        constants.entry((file.clone(), name.clone())).or_default().push(value);
    }
    constants
}

/// The value of an expression in that file. `None`: it has more in it than constants have.
fn number(all: &[(String, String, Expr)], file: &str, value: &Expr) -> Option<u64> {
    let of = |value| number(all, file, value);
    match value {
        // As it is outside of fuzzing.
        Expr::If(branches) => match branches.else_branch.as_ref().map(|(_, other)| &**other) {
            Some(Expr::Block(other)) => match &other.block.stmts[..] {
                [syn::Stmt::Expr(value, None)] => of(value),
                _ => None,
            },
            _ => None,
        },
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => number.base10_parse().ok(),
            _ => None,
        },
        Expr::Paren(inner) => of(&inner.expr),
        Expr::Cast(inner) => of(&inner.expr),
        Expr::Binary(both) => {
            let (left, right) = (of(&both.left)?, of(&both.right)?);
            match both.op {
                BinOp::Shl(_) => Some(left << right),
                BinOp::Mul(_) => Some(left * right),
                BinOp::Div(_) => Some(left / right),
                BinOp::BitOr(_) => Some(left | right),
                _ => None,
            }
        }
        Expr::Call(call) => {
            let Expr::Path(function) = &*call.func else { return None };
            let milliseconds = match function.path.segments.last()?.ident.to_string().as_str() {
                "from_secs" => of(call.args.first()?)? * 1000,
                "from_millis" => of(call.args.first()?)?,
                "from_micros" => of(call.args.first()?)? / 1000,
                _ => return None,
            };
            Some(milliseconds)
        }
        Expr::Path(path) => {
            let name = path.path.segments.last()?.ident.to_string();
            if path.path.segments.first()?.ident == "libc" {
                return Some(0);
            }
            let same = |(of, known, _): &&(String, String, Expr)| *known == name && of == file;
            let (of, _, value) =
                all.iter().find(same).or_else(|| all.iter().find(|(_, known, _)| *known == name))?;
            number(all, of, value)
        }
        _ => None,
    }
}

/// What the page says of a constant: times in milliseconds.
fn limit(text: &str) -> u64 {
    let (number, unit) = text.split_once(' ').unwrap();
    let number: u64 = number.parse().unwrap();
    match unit {
        "KiB" => number << 10,
        "MiB" => number << 20,
        "GiB" => number << 30,
        "s" => number * 1000,
        "ms" | "bytes" | "levels" | "links" | "entries" | "times" | "slots" | "services" => number,
        other => panic!("{other} is not a unit"),
    }
}

/// The rows of the tables: what it is, the limit, and the constant.
fn rows() -> Vec<(String, u64, Place)> {
    let mut rows = Vec::new();
    for line in PAGE.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 5, "{line}");
        if cells[0] == "What" {
            continue;
        }
        let (file, name) = cells[3].split_once(": ").unwrap();
        let place = (file.trim_matches('`').to_owned(), name.trim_matches('`').to_owned());
        rows.push((cells[0].to_owned(), limit(cells[1]), place));
    }
    rows
}

#[test]
fn each_limit_of_the_page_is_that_of_the_sources() {
    let constants = constants();
    let rows = rows();
    assert!(rows.len() > 30, "{}", rows.len());
    for (what, limit, place) in rows {
        let values = constants.get(&place).unwrap_or_else(|| panic!("{place:?} is not there: {what}"));
        assert_eq!(*values, [limit], "{what}: {place:?}");
    }
}

#[test]
fn each_constant_of_the_sources_is_on_the_page_or_known_to_bound_nothing() {
    let rows = rows();
    let mut missing = Vec::new();
    for (file, name) in constants().keys() {
        let is_on_page = rows.iter().any(|(_, _, place)| (&place.0, &place.1) == (file, name));
        let is_known = NOT_LIMITS.contains(&(file.as_str(), name.as_str()));
        assert!(!(is_on_page && is_known), "{file}: {name} is in both lists");
        if !is_on_page && !is_known {
            missing.push((file.clone(), name.clone()));
        }
    }
    assert!(missing.is_empty(), "neither in docs/limits.md nor in NOT_LIMITS: {missing:#?}");
}

#[test]
fn what_is_known_to_bound_nothing_is_there() {
    let constants = constants();
    for (file, name) in NOT_LIMITS {
        assert!(constants.contains_key(&(file.to_owned(), name.to_owned())), "{file} has no {name}");
    }
}

/// Where the header tells a limit: the constant, and its words, in which `{}` is the number in bytes and `{KiB}` that in
/// KiB.
const IN_HEADER: [(&str, &str, &str); 16] = [
    ("src/model/name.rs", "MAX_BYTES", "A service's name has 1 to {} bytes"),
    ("src/model/name.rs", "MAX_BYTES", "is longer than {} bytes, or contains a newline"),
    ("src/sys.rs", "SOCKET_PATH_MAX", "zinit_options_set_socket_path(); at most {} bytes"),
    ("src/sys.rs", "SOCKET_PATH_MAX", "for the default; at most {} bytes"),
    ("src/transport.rs", "DEFAULT_MAX_REPLY_BYTES", "one reply of the daemon may be. Default: {} (64 MiB)"),
    ("src/protocol/command.rs", "MOST_IN_ONE_PIECE", "such as a message, may be {} bytes long"),
    ("src/transport.rs", "DEFAULT_IO_TIMEOUT", "one exchange with the daemon may take. Default: {}."),
    ("src/driver/options.rs", "DEFAULT_STEADY", "before its service counts as up. Default: {}."),
    ("src/ffi/watch.rs", "DEFAULT_IDLE_INTERVAL", "in milliseconds; 0 means {}"),
    ("src/model/service/mod.rs", "MAX_FILE_BYTES", "a file of more than {} bytes"),
    ("src/model/service/document.rs", "MAX_DEPTH", "lists and maps that are nested more than {} deep"),
    ("src/model/glob.rs", "MAX_BYTES", "such as \"web-*\"; at most {} bytes"),
    ("src/model/filter.rs", "MAX_REGEX_BYTES", "required; at most {} bytes"),
    ("src/model/filter.rs", "MAX_REGEX_SIZE", "more than {KiB} KiB when it is compiled"),
    ("src/protocol/log.rs", "MAX_LINE_BYTES", "A line of more than {} bytes is cut"),
    ("src/transport.rs", "PART", "at most {} bytes are read at a time"),
];

#[test]
fn the_limits_that_the_header_tells_are_those_of_the_sources() {
    let header = include_str!("../include/zinit.h");
    let text = header.replace("\n *     ", " ").replace("\n * ", " ");
    let constants = constants();
    for (file, name, words) in IN_HEADER {
        let value = constants[&(file.to_owned(), name.to_owned())][0];
        let words = words.replace("{}", &value.to_string()).replace("{KiB}", &(value >> 10).to_string());
        assert!(text.contains(&words), "{file}: {name}: the header does not say: {words}");
    }
}

#[test]
fn lists_and_maps_may_be_64_deep() {
    for (open, close) in [("[", "]"), ("{a: ", "}")] {
        // The file itself is a map.
        let nested =
            |depth: usize| format!("exec: a\nx: {}{}\n", open.repeat(depth - 1), close.repeat(depth - 1));
        assert!(Service::from_yaml(nested(64).as_bytes()).is_ok());
        let error = Service::from_yaml(nested(65).as_bytes()).unwrap_err();
        assert!(error.to_string().contains("more than 64 deep"), "{error}");
    }
    let json =
        |depth: usize| format!("{{\"exec\":\"a\",\"x\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
    assert!(Service::from_json(&json(64)).is_ok());
    assert!(Service::from_json(&json(65)).unwrap_err().to_string().contains("more than 64 deep"));
}

#[test]
fn aliases_may_repeat_text_to_4_mib() {
    // Each text counts with 8 bytes more, so that a list of empty ones does, too.
    const TEXT: usize = 1016;
    const MOST: usize = (4 << 20) / (TEXT + 8);
    let with = |texts: usize| {
        format!("exec: a\nenv:\n  A: &a {}\nafter: [{}]\n", "x".repeat(TEXT), "*a,".repeat(texts))
    };
    // The command and the variable count, too.
    assert!(Service::from_yaml(with(MOST - 2).as_bytes()).is_ok());
    let error = Service::from_yaml(with(MOST).as_bytes()).unwrap_err();
    assert!(error.to_string().contains("aliases make the file too large"), "{error}");
}
