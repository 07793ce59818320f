//! `load`: what the engine reads from service files, for the tests of what a client writes.

use anyhow::{Context, Result};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::panic;
use std::path::{Path, PathBuf};
use zinit::zinit::config::{self, Log, Service, Signal};

/// All that the engine knows of a service, under the keys of the service file.
#[derive(Serialize)]
struct ServiceFile {
    exec: String,
    test: String,
    oneshot: bool,
    shutdown_timeout: u64,
    after: Vec<String>,
    signal: Signal,
    log: &'static str,
    env: BTreeMap<String, String>,
    dir: String,
}

impl From<Service> for ServiceFile {
    fn from(service: Service) -> Self {
        Self {
            exec: service.exec,
            test: service.test,
            oneshot: service.one_shot,
            shutdown_timeout: service.shutdown_timeout,
            after: service.after,
            signal: service.signal,
            log: match service.log {
                Log::None => "none",
                Log::Ring => "ring",
                Log::Stdout => "stdout",
            },
            env: service.env.into_iter().collect(),
            dir: service.dir,
        }
    }
}

/// Prints one line of JSON for each file: what the engine reads from it, or `{"refused": REASON}`. Returns whether
/// it reads all of them.
pub fn print_all(files: impl Iterator<Item = Result<PathBuf>>) -> Result<bool> {
    // Each line goes out at once: who asks by `--list -` waits for it.
    let mut output = io::stdout().lock();
    let mut are_all_read = true;
    for file in files {
        let file = file?;
        // The reader of YAML in the engine panics over some files.
        let read = panic::catch_unwind(|| config::load(&file));
        let refused = match read {
            Ok(Ok((_, service))) => {
                writeln!(output, "{}", serde_json::to_string(&ServiceFile::from(service))?)?;
                continue;
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the engine panicked".to_owned(),
        };
        are_all_read = false;
        let line = serde_json::to_string(&Refused { refused })?;
        writeln!(output, "{line}")?;
    }
    Ok(are_all_read)
}

#[derive(Serialize)]
struct Refused {
    refused: String,
}

/// The paths in a file, a line each; `-` is stdin, and a path in it is taken as soon as it is there.
pub fn listed(file: &Path) -> Result<impl Iterator<Item = Result<PathBuf>>> {
    let lines: Box<dyn BufRead> = if file == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(File::open(file).with_context(|| file.display().to_string())?))
    };
    Ok(lines.lines().map(|line| Ok(PathBuf::from(line?))))
}
