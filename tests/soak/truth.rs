//! What is the case, from the system and not from the library: processes, notes of runs, files.

use std::fs;

use super::common::daemon::{Daemon, is_alive, wait_until};

/// In the environment of each process of a service, with the service's name.
pub const MARK: &str = "ZINIT_SOAK_SERVICE";

/// One run of a service, as its process has noted it, in seconds of uptime.
#[derive(Debug, Clone)]
pub struct Run {
    pub pid: i32,
    pub begin: f64,
    pub end: Option<f64>,
}

/// All runs of a service so far, under this name.
pub fn runs(daemon: &Daemon, service: &str) -> Vec<Run> {
    let notes = fs::read_to_string(daemon.path("runs").join(service)).unwrap_or_default();
    let mut runs: Vec<Run> = Vec::new();
    // A line that is just being written is not whole yet.
    let whole = notes.rfind('\n').map_or("", |end| &notes[..end]);
    for note in whole.lines() {
        let words: Vec<_> = note.split(' ').collect();
        let (pid, uptime) = (words[1].parse().unwrap(), words[2].parse().unwrap());
        match words[0] {
            "begin" => runs.push(Run { pid, begin: uptime, end: None }),
            // Process ids are used again.
            _ => runs.iter_mut().rev().find(|run| run.pid == pid).unwrap().end = Some(uptime),
        }
    }
    runs
}

/// The processes that the daemon has spawned for a service and that live; not their children.
pub fn processes(daemon: &Daemon, service: &str) -> Vec<i32> {
    let threads = fs::read_dir(format!("/proc/{}/task", daemon.pid())).unwrap();
    let mut children = Vec::new();
    for thread in threads.flatten() {
        let text = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
        children.extend(text.split_whitespace().filter_map(|child| child.parse::<i32>().ok()));
    }
    children.retain(|child| has_mark(*child, service));
    children
}

/// Whether a process is of a service; a zombie has no environment.
fn has_mark(process: i32, service: &str) -> bool {
    let mark = format!("{MARK}={service}");
    let environment = fs::read(format!("/proc/{process}/environ")).unwrap_or_default();
    environment.split(|byte| *byte == 0).any(|entry| entry == mark.as_bytes())
}

/// No process of a service lives.
pub fn no_process(daemon: &Daemon, service: &str) -> Result<(), String> {
    let processes = processes(daemon, service);
    if processes.is_empty() { Ok(()) } else { Err(format!("{service} has processes {processes:?}")) }
}

/// This process of a service lives, and no other.
pub fn one_process(daemon: &Daemon, service: &str, pid: i32) -> Result<(), String> {
    // While it executes its program, it has no environment.
    wait_until("a process has its environment or ends", || has_mark(pid, service) || !is_alive(pid));
    let mut found = processes(daemon, service);
    // The shell may just give way to the program.
    wait_until("a process has its environment or ends", || {
        found = processes(daemon, service);
        !found.is_empty() || !is_alive(pid)
    });
    if found == [pid] {
        Ok(())
    } else {
        Err(format!("{service} should have process {pid}, and has {found:?}"))
    }
}

/// The time of the notes.
pub fn uptime() -> f64 {
    fs::read_to_string("/proc/uptime").unwrap().split(' ').next().unwrap().parse().unwrap()
}
