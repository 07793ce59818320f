//! Writes the twin `zinit_client_begin_…` of each call that talks to the daemon: one row of the table for each.

use std::fmt::Write;

/// A call: its name, the operation behind it, the operation's parameters, and what its request gives.
struct Twin(&'static str, &'static str, &'static [Parameter], Gives);

const TWINS: &[Twin] = &[
    Twin("list", "queries::list", &[], Gives::Answer("List")),
    Twin("status", "queries::status", &[NAME], Gives::Answer("Status")),
    Twin("exists", "queries::exists", &[NAME], Gives::Answer("Exists")),
    Twin("version", "queries::version", &[], Gives::Answer("Version")),
    Twin("get", "queries::get", &[NAME], Gives::Answer("Service")),
    Twin("start", "control::start", &[NAME], Gives::Nothing),
    Twin("stop", "control::stop", &[NAME], Gives::Nothing),
    Twin("monitor", "control::monitor", &[NAME], Gives::Nothing),
    Twin("forget", "control::forget", &[NAME], Gives::Nothing),
    Twin("kill", "control::kill", &[NAME, SIGNAL], Gives::Nothing),
    Twin("reboot", "control::reboot", &[], Gives::Nothing),
    Twin("shutdown", "control::shutdown", &[], Gives::Nothing),
    Twin("start_wait", "waits::start_wait", &[NAME, TIMEOUT], Gives::Report),
    Twin("stop_wait", "waits::stop_wait", &[NAME, TIMEOUT], Gives::Report),
    Twin("restart", "waits::restart", &[NAME, STOP_TIMEOUT, START_TIMEOUT], Gives::Report),
    Twin("deploy", "waits::deploy", &[NAME, SERVICE, STOP_TIMEOUT, START_TIMEOUT], Gives::Report),
    Twin("start_multiple", "groups::start_multiple", &[NAMES, TIMEOUT], Gives::Report),
    Twin("stop_multiple", "groups::stop_multiple", &[NAMES, TIMEOUT], Gives::Report),
    Twin("destroy_services", "groups::destroy_services", &[NAMES, TIMEOUT], Gives::Report),
    Twin("matches", "matches::matches", &[FILTER], Gives::Answer("Names")),
];

/// What a request gives besides its code.
enum Gives {
    Nothing,
    /// A variant of `Answer`.
    Answer(&'static str),
    /// A report of how far it has come.
    Report,
}

/// A parameter of an operation.
struct Parameter {
    /// Its parameters in C: name, type and comment.
    c: &'static [(&'static str, &'static str, &'static str)],
    /// How it is read from them.
    read: &'static str,
    /// How it is passed on.
    pass: &'static str,
    /// The code with which it is refused, besides `ZINIT_ERR_INVALID_ARGUMENT`.
    refused: &'static str,
}

const NAME: Parameter = Parameter {
    c: &[("name", "*const c_char", "required; the service's name; borrowed")],
    read: "// SAFETY: the header: text is NULL or ends with a NUL.\nlet name = unsafe { self::name(name) }?;",
    pass: "&name",
    refused: "ZINIT_ERR_INVALID_NAME",
};
const NAMES: Parameter = Parameter {
    c: &[("names", "*const *const c_char", "as the call"), ("len", "usize", "as the call")],
    read: "// SAFETY: the header: there are len names, each as above.\nlet names = unsafe { self::names(names, len) }?;",
    pass: "&names",
    refused: "ZINIT_ERR_INVALID_NAME",
};
const SIGNAL: Parameter = Parameter {
    c: &[("signal", "*const c_char", "as the call")],
    read: "// SAFETY: the header: text is NULL or ends with a NUL.\nlet signal = Signal::parse(unsafe { text(signal, \"signal\") }?)?;",
    pass: "signal",
    refused: "ZINIT_ERR_INVALID_SIGNAL",
};
const SERVICE: Parameter = Parameter {
    c: &[("service", "Option<&zinit_service>", "required; copied")],
    read: "let service = required(service, \"service\")?.clone();",
    pass: "&service",
    refused: "",
};
const FILTER: Parameter = Parameter {
    c: &[("filter", "Option<&zinit_filter>", "required; with at least one condition; copied")],
    read: "let filter = required(filter, \"filter\")?.clone();",
    pass: "&filter",
    refused: "",
};
const TIMEOUT: Parameter = timeout(
    &[("timeout_ms", "i64", "as the call")],
    "let timeout_ms = timeout(timeout_ms, \"timeout_ms\")?;",
    "timeout_ms",
);
const STOP_TIMEOUT: Parameter = timeout(
    &[("stop_timeout_ms", "i64", "as the call")],
    "let stop_timeout_ms = timeout(stop_timeout_ms, \"stop_timeout_ms\")?;",
    "stop_timeout_ms",
);
const START_TIMEOUT: Parameter = timeout(
    &[("start_timeout_ms", "i64", "as the call")],
    "let start_timeout_ms = timeout(start_timeout_ms, \"start_timeout_ms\")?;",
    "start_timeout_ms",
);

const fn timeout(
    c: &'static [(&'static str, &'static str, &'static str)],
    read: &'static str,
    pass: &'static str,
) -> Parameter {
    Parameter { c, read, pass, refused: "" }
}

/// All twins, as Rust.
pub fn write() -> String {
    let mut out = String::new();
    for twin in TWINS {
        // Writing to a string cannot fail.
        let _ = twin.write(&mut out);
    }
    out
}

impl Twin {
    fn write(&self, out: &mut String) -> std::fmt::Result {
        let Self(name, operation, parameters, gives) = self;
        let c: Vec<_> = parameters.iter().flat_map(|parameter| parameter.c).collect();
        let refused = parameters.iter().map(|parameter| parameter.refused).filter(|code| !code.is_empty());
        let codes: Vec<_> = ["ZINIT_ERR_INVALID_ARGUMENT"].into_iter().chain(refused).collect();
        writeln!(out, "/// Begins zinit_client_{name}().\n///\n/// @param client required")?;
        for (name, _, comment) in &c {
            writeln!(out, "/// @param {name} {comment}")?;
        }
        writeln!(
            out,
            "/// @param request required; receives a request to be freed with zinit_request_free()"
        )?;
        writeln!(out, "/// @param error may be NULL\n/// @return ZINIT_OK; {};", codes.join(", "))?;
        writeln!(
            out,
            "///     ZINIT_ERR_IO if no descriptor is to be had; everything else is told by the dispatch"
        )?;
        writeln!(out, "/// Thread safety: any number of threads with one client.\n/// Since 0.1.0.")?;
        let is_unsafe = if c.iter().any(|(_, kind, _)| kind.starts_with('*')) { "unsafe " } else { "" };
        writeln!(out, "#[unsafe(no_mangle)]\npub {is_unsafe}extern \"C\" fn zinit_client_begin_{name}(")?;
        writeln!(out, "    client: Option<&zinit_client>,")?;
        for (name, kind, _) in &c {
            writeln!(out, "    {name}: {kind},")?;
        }
        writeln!(out, "    request: Option<&mut MaybeUninit<*mut zinit_request>>,")?;
        writeln!(out, "    error: Option<&mut MaybeUninit<*mut zinit_error>>,\n) -> zinit_code {{")?;
        writeln!(out, "    begin(client, request, error, |client| {{")?;
        for parameter in *parameters {
            writeln!(out, "        {}", parameter.read.replace('\n', "\n        "))?;
        }
        let passed: Vec<_> =
            ["task.io()"].into_iter().chain(parameters.iter().map(|parameter| parameter.pass)).collect();
        let passed = passed.join(", ");
        let (begin, answer) = match gives {
            Gives::Nothing => ("single", ".map(|()| Answer::Done)".to_owned()),
            Gives::Answer(variant) => ("single", format!(".map(Answer::{variant})")),
            Gives::Report => ("reported", String::new()),
        };
        writeln!(out, "        {begin}(client, |task| async move {{")?;
        writeln!(out, "            {operation}({passed}).await{answer}")?;
        writeln!(out, "        }})\n    }})\n}}\n")
    }
}
