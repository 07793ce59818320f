//! A refusal means what its command can mean: whatever the daemon refuses in whichever words, each function returns a
//! code that its comment in the header names, and a refusal that is about another service is not taken for an answer.

use std::collections::BTreeSet;
use std::ffi::{CStr, c_char};
use std::io::{BufRead, BufReader, Write};
use std::mem::MaybeUninit;
use std::os::fd::BorrowedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{env, fs, process, ptr, thread};

use super::header::{HEADER, named_codes};
use crate::config_directory::ConfigDirectory;
use crate::driver::Options;
use crate::ffi::call::ErrorOut;
use crate::ffi::client::zinit_client;
use crate::ffi::codes::{ZINIT_ERR_DAEMON, ZINIT_OK, ZINIT_PENDING, zinit_code, zinit_code_name};
#[allow(clippy::wildcard_imports)]
use crate::ffi::control::*;
use crate::ffi::errors::zinit_error_message;
use crate::ffi::groups::{
    zinit_client_destroy_services, zinit_client_restart_multiple, zinit_client_start_multiple,
    zinit_client_stop_multiple,
};
use crate::ffi::logs::{zinit_client_logs, zinit_log_stream_next};
use crate::ffi::matches::{zinit_client_matches, zinit_filter};
#[allow(clippy::wildcard_imports)]
use crate::ffi::queries::*;
#[allow(clippy::wildcard_imports)]
use crate::ffi::requests::*;
#[allow(clippy::wildcard_imports)]
use crate::ffi::service_files::*;
use crate::ffi::services::zinit_service;
use crate::ffi::status_list::zinit_client_statuses;
#[allow(clippy::wildcard_imports)]
use crate::ffi::waits::*;
use crate::ffi::watch::{zinit_client_watch, zinit_watch_next};
use crate::model::{Filter, Service, Text};
use crate::sys;
use crate::transport::Endpoint;

// The daemon.

/// Every wording that zinit 0.2.0 to 0.2.14 refuses a command in, and some that none does. NAME is a service's name as
/// the daemon writes it.
const TEXTS: [&str; 23] = [
    UNKNOWN,
    "service NAME already monitored",
    "service NAME is up",
    "service NAME is down",
    "zinit is shutting down",
    "failed to load service config",
    "missing exec directive",
    "No such file or directory (os error 2)",
    "ESRCH: No such process",
    "EINVAL: Invalid argument",
    "EPERM: Operation not permitted",
    "unknown command 'status' or wrong arguments count",
    "unknown command 'reboot' or wrong arguments count",
    "unknown command",
    "invalid command syntax",
    "invalid log command arguments",
    "",
    "service ",
    "service unknown",
    "service NAME is tired",
    "unknown NAME",
    "NAME",
    "\u{feff}\n\r\t\"\\",
];
const UNKNOWN: &str = "service name NAME unknown";

const COMMANDS: [&str; 10] =
    ["list", "status", "start", "stop", "monitor", "forget", "kill", "log", "reboot", "shutdown"];

/// A group of so many is asked for with `list`.
const NAMES: [&CStr; 9] = [c"web", c"b", c"c", c"d", c"e", c"f", c"g", c"h", c"i"];

/// Services that do at once what they are told; all are one and the same.
#[derive(Default)]
struct Daemon {
    is_up: bool,
    is_known: bool,
    /// Each of these commands is refused, with this text.
    refused: Vec<&'static str>,
    text: String,
    /// The commands that came, and how many of them were refused so.
    seen: BTreeSet<&'static str>,
    refusals: usize,
}

impl Daemon {
    fn answer(&mut self, line: &str) -> String {
        // It is asked which protocol it speaks.
        if line.starts_with('{') {
            return refusal(&format!("unknown command '{line}' or wrong arguments count"));
        }
        let (word, name) = line.split_once(' ').unwrap_or((line, ""));
        let Some(command) = COMMANDS.into_iter().find(|command| *command == word) else {
            // What a client asks that wants to know which protocol this is.
            assert!(line.starts_with('{'), "{line}");
            return refusal("unknown command");
        };
        self.seen.insert(command);
        if self.refused.contains(&command) {
            self.refusals += 1;
            // A process that has just ended was told to stop all the same.
            self.is_up &= command != "stop" || !(self.text.contains("down") || self.text.contains("ESRCH"));
            return refusal(&self.text);
        }
        let is_known = std::mem::replace(&mut self.is_known, command != "forget");
        match command {
            "list" => {
                let state = if self.is_up { "Running" } else { "Success" };
                let entry = |name: &&CStr| (name.to_str().unwrap().to_owned(), state.into());
                return done(&serde_json::Value::Object(NAMES.iter().map(entry).collect()));
            }
            "log" => return String::new(),
            "monitor" if is_known => return refusal(&format!("service {name:?} already monitored")),
            "start" | "monitor" => self.is_up = true,
            "stop" => self.is_up = false,
            "status" if self.is_up => {
                return done(
                    &serde_json::json!({"name": name, "pid": 7, "state": "Running", "target": "Up"}),
                );
            }
            "status" => {
                return done(
                    &serde_json::json!({"name": name, "pid": 0, "state": "Success", "target": "Down"}),
                );
            }
            _ => {}
        }
        done(&serde_json::Value::Null)
    }
}

fn done(body: &serde_json::Value) -> String {
    serde_json::json!({"state": "ok", "body": body}).to_string()
}

fn refusal(text: &str) -> String {
    serde_json::json!({"state": "error", "body": text}).to_string()
}

fn serve(listener: &UnixListener, daemon: &Mutex<Daemon>) {
    loop {
        let (mut stream, _) = listener.accept().unwrap();
        let mut line = String::new();
        BufReader::new(&stream).read_line(&mut line).unwrap();
        match line.trim_end_matches('\n') {
            "" => return,
            // Who follows a log, and cancelled calls, may be gone.
            line => drop(stream.write_all(daemon.lock().unwrap().answer(line).as_bytes())),
        }
    }
}

// The functions.

/// What the functions are called with.
struct Arguments {
    client: zinit_client,
    names: Vec<*const c_char>,
    service: zinit_service,
    filter: zinit_filter,
}

impl Arguments {
    fn new(directory: &Path) -> Self {
        let endpoint = Endpoint { socket_path: directory.join("socket"), ..Endpoint::default() };
        let options = Options {
            endpoint,
            config_directory: ConfigDirectory::new(directory),
            is_directory_named: true,
            zinit_binary: directory.join("zinit"),
            steady: Duration::ZERO,
            ..Options::default()
        };
        let mut filter = Filter::new();
        filter.with_exec(Text::lossy("job"));
        Self {
            client: zinit_client(Arc::new(options)),
            names: NAMES.iter().map(|name| name.as_ptr()).collect(),
            service: zinit_service(Service::from_yaml(b"exec: job\n").unwrap()),
            filter: zinit_filter(filter),
        }
    }
}

type Call = fn(&Arguments, ErrorOut<'_>) -> zinit_code;

/// A function, its twin as a request, and how each is called.
struct Function {
    name: &'static str,
    calls: Vec<Call>,
}

/// Calls a function; behind its own arguments come those for its results.
macro_rules! call {
    ($function:ident, $all:ident, $error:ident, ($($argument:expr),*), nothing) => {
        $function(Some(&$all.client), $($argument,)* $error)
    };
    ($function:ident, $all:ident, $error:ident, ($($argument:expr),*), cancel) => {
        $function(Some(&$all.client), $($argument,)* None, $error)
    };
    ($function:ident, $all:ident, $error:ident, ($($argument:expr),*), object) => {{
        let mut object = MaybeUninit::uninit();
        let code = $function(Some(&$all.client), $($argument,)* Some(&mut object), $error);
        discard(object.assume_init());
        code
    }};
    ($function:ident, $all:ident, $error:ident, ($($argument:expr),*), report) => {{
        let mut report = MaybeUninit::uninit();
        let code = $function(Some(&$all.client), $($argument,)* None, Some(&mut report), $error);
        discard(report.assume_init());
        code
    }};
}

macro_rules! begin {
    ($twin:ident, $all:ident, $request:ident, ($($argument:expr),*)) => {
        $twin(Some(&$all.client), $($argument,)* $request, None)
    };
}

macro_rules! functions {
    ($all:ident: $($function:ident $twin:ident $arguments:tt $kind:ident;)+) => {
        vec![$(Function {
            name: stringify!($function),
            calls: vec![
                |$all, error| {
                    // SAFETY: every pointer is valid, and every function writes its results.
                    #[allow(unused_unsafe)]
                    unsafe { call!($function, $all, error, $arguments, $kind) }
                },
                |$all, error| {
                    let mut request = MaybeUninit::uninit();
                    let out = Some(&mut request);
                    // SAFETY: as above.
                    #[allow(unused_unsafe)]
                    let code = unsafe { begin!($twin, $all, out, $arguments) };
                    assert_eq!(code, ZINIT_OK);
                    // SAFETY: as above.
                    finish(unsafe { request.assume_init() }, error)
                },
            ],
        }),+]
    };
}

fn discard<T>(_: T) {}

fn finish(request: Option<Box<zinit_request>>, error: ErrorOut<'_>) -> zinit_code {
    let mut request = request.unwrap();
    loop {
        // SAFETY: the descriptor is open as long as the request is there.
        let descriptor = unsafe { BorrowedFd::borrow_raw(zinit_request_fd(Some(&request))) };
        sys::wait_readable([Some(descriptor)], None).unwrap();
        if zinit_request_dispatch(Some(&mut request), None) != ZINIT_PENDING {
            return zinit_request_dispatch(Some(&mut request), error);
        }
    }
}

fn watch(all: &Arguments, error: ErrorOut<'_>) -> zinit_code {
    // A round that has nothing to tell ends in no time that a test could wait for.
    const TIMEOUT: i64 = 100;
    let (mut watch, mut change) = (MaybeUninit::uninit(), MaybeUninit::uninit());
    // SAFETY: every pointer is valid, and the function writes its result.
    let mut watch = unsafe {
        let code = zinit_client_watch(Some(&all.client), ptr::null(), 0, 0, Some(&mut watch), None);
        assert_eq!(code, ZINIT_OK);
        watch.assume_init()
    };
    zinit_watch_next(watch.as_deref_mut(), TIMEOUT, None, Some(&mut change), error)
}

fn log(all: &Arguments, error: ErrorOut<'_>) -> zinit_code {
    let (mut stream, mut line) = (MaybeUninit::uninit(), MaybeUninit::uninit());
    // SAFETY: every pointer is valid, and the function writes its result.
    let mut stream = unsafe {
        let code = zinit_client_logs(Some(&all.client), all.names[0], -1, 0, Some(&mut stream), None);
        assert_eq!(code, ZINIT_OK);
        stream.assume_init()
    };
    zinit_log_stream_next(stream.as_deref_mut(), LONG, None, Some(&mut line), error)
}

/// Longer than anything here takes.
const LONG: i64 = 60_000;

/// Those about one service.
fn single_functions() -> Vec<Function> {
    let mut functions = functions![all:
        zinit_client_list zinit_client_begin_list () object;
        zinit_client_status zinit_client_begin_status (all.names[0]) object;
        zinit_client_statuses zinit_client_begin_statuses () object;
        zinit_client_stats zinit_client_begin_stats (all.names[0]) object;
        zinit_client_exists zinit_client_begin_exists (all.names[0]) object;
        zinit_client_protocol zinit_client_begin_protocol () object;
        zinit_client_get zinit_client_begin_get (all.names[0]) object;
        zinit_client_load_service zinit_client_begin_load_service (all.names[0]) object;
        zinit_client_add_service zinit_client_begin_add_service (all.names[0], Some(&all.service)) nothing;
        zinit_client_remove_service zinit_client_begin_remove_service (all.names[0]) nothing;
        zinit_client_matches zinit_client_begin_matches (Some(&all.filter)) object;
        zinit_client_start zinit_client_begin_start (all.names[0]) nothing;
        zinit_client_stop zinit_client_begin_stop (all.names[0]) nothing;
        zinit_client_monitor zinit_client_begin_monitor (all.names[0]) nothing;
        zinit_client_forget zinit_client_begin_forget (all.names[0]) nothing;
        zinit_client_kill zinit_client_begin_kill (all.names[0], c"SIGHUP".as_ptr()) nothing;
        zinit_client_reboot zinit_client_begin_reboot () nothing;
        zinit_client_shutdown zinit_client_begin_shutdown () nothing;
        zinit_client_start_http_server zinit_client_begin_start_http_server (c"[::1]:80".as_ptr()) nothing;
        zinit_client_stop_http_server zinit_client_begin_stop_http_server () nothing;
        zinit_client_start_wait zinit_client_begin_start_wait (all.names[0], LONG) cancel;
        zinit_client_stop_wait zinit_client_begin_stop_wait (all.names[0], LONG) cancel;
        zinit_client_restart zinit_client_begin_restart (all.names[0], LONG, LONG) cancel;
        zinit_client_restart zinit_client_begin_restart (all.names[0], 0, LONG) cancel;
        zinit_client_deploy zinit_client_begin_deploy (all.names[0], Some(&all.service), LONG, LONG) cancel;
        zinit_client_deploy zinit_client_begin_deploy (all.names[0], Some(&all.service), 0, 0) cancel;
        zinit_client_reload zinit_client_begin_reload (all.names[0], LONG, LONG) cancel;
        zinit_client_reload zinit_client_begin_reload (all.names[0], 0, 0) cancel;
    ];
    functions.push(Function { name: "zinit_watch_next", calls: vec![watch] });
    functions.push(Function { name: "zinit_log_stream_next", calls: vec![log] });
    functions
}

/// Those about several.
fn group_functions() -> Vec<Function> {
    functions![all:
        zinit_client_start_multiple zinit_client_begin_start_multiple (all.names.as_ptr(), 9, LONG) report;
        zinit_client_start_multiple zinit_client_begin_start_multiple (all.names.as_ptr(), 1, 0) report;
        zinit_client_stop_multiple zinit_client_begin_stop_multiple (all.names.as_ptr(), 9, LONG) report;
        zinit_client_stop_multiple zinit_client_begin_stop_multiple (all.names.as_ptr(), 1, LONG) report;
        zinit_client_restart_multiple zinit_client_begin_restart_multiple (all.names.as_ptr(), 9, LONG, LONG) report;
        zinit_client_restart_multiple zinit_client_begin_restart_multiple (all.names.as_ptr(), 1, 0, LONG) report;
        zinit_client_destroy_services zinit_client_begin_destroy_services (all.names.as_ptr(), 9, LONG) report;
        zinit_client_destroy_services zinit_client_begin_destroy_services (all.names.as_ptr(), 1, 0) report;
    ]
}

#[test]
fn every_function_that_talks_to_the_daemon_is_called_here() {
    let called: BTreeSet<_> =
        single_functions().iter().chain(&group_functions()).map(|function| function.name).collect();
    let talks = |function: &&str| named_codes(function).contains("ZINIT_ERR_NO_REPLY");
    let declared = HEADER.lines().filter_map(|line| line.strip_prefix("zinit_code ")?.split('(').next());
    // These tell of the result of a call that is here, and of an error.
    let talking: BTreeSet<_> =
        declared.filter(|function| *function != "zinit_error_code").filter(talks).collect();
    assert_eq!(called, talking);
}

// The property.

/// A daemon on a socket in a directory of its own.
struct Served {
    directory: PathBuf,
    daemon: Arc<Mutex<Daemon>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Served {
    fn new(number: usize) -> Self {
        let directory = env::temp_dir().join(format!("zinit-refusals-{}-{number}", process::id()));
        fs::create_dir(&directory).unwrap();
        let zinit = directory.join("zinit");
        fs::write(&zinit, "#!/bin/sh\necho zinit v0.2.14\n").unwrap();
        fs::set_permissions(&zinit, fs::Permissions::from_mode(0o755)).unwrap();
        let listener = UnixListener::bind(directory.join("socket")).unwrap();
        let daemon = Arc::new(Mutex::new(Daemon::default()));
        let served = Arc::clone(&daemon);
        let thread = Some(thread::spawn(move || serve(&listener, &served)));
        Self { directory, daemon, thread }
    }

    /// Calls a function where these commands are refused; gives its code and its message.
    fn call(
        &self,
        all: &Arguments,
        call: Call,
        is_up: bool,
        refused: &[&'static str],
        text: &str,
    ) -> (zinit_code, String) {
        fs::write(self.directory.join("web.yaml"), "exec: job\n").unwrap();
        let (refused, text) = (refused.to_vec(), text.to_owned());
        *self.daemon.lock().unwrap() = Daemon { is_up, is_known: true, refused, text, ..Daemon::default() };
        let mut error = MaybeUninit::uninit();
        let code = call(all, Some(&mut error));
        // SAFETY: every call sets its error.
        let error = unsafe { error.assume_init() };
        // SAFETY: the message ends with a NUL, and lives as long as the error.
        let message = unsafe { CStr::from_ptr(zinit_error_message(error.as_deref())) };
        (code, message.to_str().unwrap().to_owned())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // An empty command ends the daemon.
        let _ = UnixStream::connect(self.directory.join("socket"));
        let _ = self.thread.take().map(thread::JoinHandle::join);
        let _ = fs::remove_dir_all(&self.directory);
    }
}

fn code_name(code: zinit_code) -> &'static str {
    // SAFETY: it is static, and ends with a NUL.
    unsafe { CStr::from_ptr(zinit_code_name(code)) }.to_str().unwrap()
}

/// Whether a function comes to nothing without this command.
fn needs(function: &str, command: &str) -> bool {
    match command {
        // Others kill what is about to be told to stop.
        "kill" => function == "zinit_client_kill",
        // These name no service, and a list is asked for again, for it fails where any service is forgotten.
        "list" | "log" | "reboot" | "shutdown" => false,
        _ => true,
    }
}

/// Refuses each command that a function sends, alone and all together, in every wording.
fn refuse_in_all_ways(served: &Served, all: &Arguments, function: &Function, call: Call, is_up: bool) {
    let named = named_codes(function.name);
    let _ = served.call(all, call, is_up, &[], "");
    let seen = std::mem::take(&mut served.daemon.lock().unwrap().seen);
    let alone = seen.iter().map(|command| vec![*command]);
    for refused in alone.chain([COMMANDS.to_vec()]) {
        for (text, name) in TEXTS.iter().flat_map(|text| [(*text, "\"web\""), (*text, "\"db\"")]) {
            let (code, message) = served.call(all, call, is_up, &refused, &text.replace("NAME", name));
            let case = format!("{} where {refused:?} is refused: {text:?} of {name}", function.name);
            assert!(named.contains(code_name(code)), "{case}: {} ({message})", code_name(code));
            let was_refused = served.daemon.lock().unwrap().refusals > 0;
            if text == UNKNOWN && name == "\"db\"" && was_refused && needs(function.name, refused[0]) {
                assert_eq!(code, ZINIT_ERR_DAEMON, "{case}: {message}");
                assert!(message.contains("zinit before 0.2.4"), "{case}: {message}");
                assert!(served.directory.join("web.yaml").exists(), "{case}: {message}");
            }
        }
    }
}

fn refuse_all_ways_at_once(functions: &[Function], number: usize) {
    // Most of the time of a call is waits.
    thread::scope(|scope| {
        for (index, function) in functions.iter().enumerate() {
            scope.spawn(move || {
                let served = Served::new(number + index);
                let all = Arguments::new(&served.directory);
                for (call, is_up) in function.calls.iter().flat_map(|call| [(call, false), (call, true)]) {
                    refuse_in_all_ways(&served, &all, function, *call, is_up);
                }
            });
        }
    });
}

#[test]
fn any_refusal_of_a_call_for_one_service_ends_in_a_code_that_its_comment_names() {
    refuse_all_ways_at_once(&single_functions(), 0);
}

#[test]
fn any_refusal_of_a_call_for_several_services_ends_in_a_code_that_its_comment_names() {
    refuse_all_ways_at_once(&group_functions(), 100);
}
