//! Requests under an event loop that has other things to do: each dispatch comes late.

use std::os::fd::{AsFd, AsRawFd};
use std::sync::Arc;
use std::time::Duration;
use std::{fs, thread};

use zinit_client::client::{Report, Task, Timeout, waits};
use zinit_client::driver::Options;
use zinit_client::driver::event::Request;
use zinit_client::error::Result;
use zinit_client::model::StateKind;

use super::Random;
use super::daemon::{Daemon, PATIENCE, name};

/// Runs an operation as a request, each of whose dispatches comes as much later as `lateness` says.
pub fn run_late<R, F>(
    options: &Arc<Options>,
    mut lateness: impl FnMut() -> Duration,
    operation: impl FnOnce(Arc<Task>) -> F,
) -> (Result<R>, Report)
where
    R: Send + Sync + Clone + 'static,
    F: Future<Output = Result<R>> + Send + 'static,
{
    let request = Request::begin(options, operation);
    let descriptor = request.descriptor().expect("there are descriptors").expect("it is not in a queue");
    loop {
        wait_readable(&descriptor);
        thread::sleep(lateness());
        if let Some(result) = request.dispatch() {
            return (result.clone(), request.report());
        }
    }
}

#[allow(unsafe_code)]
fn wait_readable(descriptor: &impl AsFd) {
    let mut poll = libc::pollfd { fd: descriptor.as_fd().as_raw_fd(), events: libc::POLLIN, revents: 0 };
    // SAFETY: the one element is there for the whole call.
    while unsafe { libc::poll(&raw mut poll, 1, -1) } != 1 {}
}

/// Has each of `count` oneshots started `rounds` times, all side by side, by requests whose dispatches come 5
/// to 60 ms late; each start must run its service exactly once.
pub fn assert_that_each_start_runs_a_oneshot_once(count: usize, rounds: usize, seed: u64) {
    let files: Vec<_> = (0..count).map(|number| (format!("job-{number}"), oneshot(number))).collect();
    let files: Vec<_> = files.iter().map(|(job, text)| (job.as_str(), text.as_str())).collect();
    let daemon = Daemon::start(&files);
    let options = Arc::new(daemon.options());
    thread::scope(|scope| {
        for (number, (job, _)) in files.iter().enumerate() {
            let (daemon, options) = (&daemon, &options);
            scope.spawn(move || {
                let mut random = Random::new(seed, number);
                daemon.wait_for_state(job, "Success");
                assert_eq!(runs(daemon, job), 1);
                for round in 1..=rounds {
                    let lateness = || Duration::from_millis(5 + random.below(56) as u64);
                    let service = name(job);
                    let operation = |task: Arc<Task>| async move {
                        waits::start_wait(task.io(), &service, Timeout::Limited(PATIENCE)).await
                    };
                    let (result, _) = run_late(options, lateness, operation);
                    let place = format!("{job}, round {round}, seed {seed}");
                    result.unwrap_or_else(|error| panic!("{place}: {error}"));
                    assert_eq!(daemon.status(job).unwrap().state.kind(), StateKind::Success, "{place}");
                    assert_eq!(runs(daemon, job), 1 + round, "{place}");
                }
            });
        }
    });
    // None has been run once more after its last start was over.
    for (job, _) in files {
        assert_eq!(runs(&daemon, job), 1 + rounds, "{job}, seed {seed}");
    }
}

/// Notes each run. Some end at once, and some take longer than a dispatch is late.
fn oneshot(number: usize) -> String {
    let pause = ["", "sleep 0.02; ", "sleep 0.08; "][number % 3];
    format!("exec: sh -c '{pause}echo run >>\"$ZINIT_TEST_DIRECTORY/runs-job-{number}\"'\noneshot: true\n")
}

fn runs(daemon: &Daemon, job: &str) -> usize {
    fs::read_to_string(daemon.path(&format!("runs-{job}"))).unwrap_or_default().lines().count()
}
