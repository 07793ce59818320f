//! zinit's own loader of service files: a testbed that is asked for one file after the other.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::{env, fs, process};

use serde_json::Value as Json;

use crate::common::service_files::remove_defaults;

struct Loader {
    path: PathBuf,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// It ends with its stdin.
    _testbed: Child,
}

/// What zinit reads from a service file; `None`: it refuses it. `ZINIT_TESTBED` names the testbed, as in `make fuzz`.
pub fn load(file: &[u8]) -> Option<Json> {
    thread_local! {
        static LOADER: RefCell<Loader> = RefCell::new(Loader::start());
    }
    LOADER.with_borrow_mut(|loader| loader.load(file))
}

impl Loader {
    fn start() -> Self {
        let testbed =
            env::var_os("ZINIT_TESTBED").expect("ZINIT_TESTBED names the testbed, as in `make fuzz`");
        let mut testbed = Command::new(testbed)
            .args(["load", "--list", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // It tells of each panic of the engine.
            .stderr(Stdio::null())
            .spawn()
            .expect("the testbed can be run");
        Self {
            path: env::temp_dir().join(format!("zinit-fuzz-{}.yaml", process::id())),
            questions: testbed.stdin.take().expect("it is a pipe"),
            answers: BufReader::new(testbed.stdout.take().expect("it is a pipe")),
            _testbed: testbed,
        }
    }

    fn load(&mut self, file: &[u8]) -> Option<Json> {
        fs::write(&self.path, file).expect("a file can be written");
        writeln!(self.questions, "{}", self.path.display()).expect("the testbed takes a path");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("the testbed answers");
        let mut keys: Json = serde_json::from_str(&answer).expect("the testbed answers with JSON");
        remove_defaults(&mut keys);
        keys.get("refused").is_none().then_some(keys)
    }
}
