//! The soak: random calls and requests with late dispatches on one daemon, each answer held against /proc and
//! the service files.
//!
//! `make soak` runs it, and no suite does: it takes minutes, and what it finds depends on the machine. So
//! Cargo.toml has `test = false` for it, and `make test` neither runs it nor counts it as skipped.
//!
//! `SEED=n` gives the operations of an earlier run again, as far as time allows: an operation is picked from
//! what the ones before have left. `COUNT=n` is how many there are.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../common/mod.rs"]
mod common;
mod expected;
mod operation;
mod service;
mod truth;

use std::ops::AddAssign;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use std::{env, thread};

use common::Random;
use common::daemon::{Daemon, binary};
use common::late::assert_that_each_start_runs_a_oneshot_once;
use operation::{Call, Way};
use service::{Kind, Model};
use zinit_client::driver::Options;

/// Most of a wait is a pause of the daemon, 2 s before it spawns a service again: many share two processors.
const WORKERS: usize = 40;

/// What each worker has for itself: services that change their kind, and one that stays blocked. A service
/// that is forgotten while Blocked is never let go by the daemon (zinit 0.2.14), so its name is not used for
/// others.
const SERVICES: usize = 3;

#[test]
fn twenty_thousand_random_operations_tell_the_truth() {
    let (count, seed): (usize, u64) = (setting("COUNT").unwrap_or(20_000), seed());
    println!("{count} operations, SEED={seed}, on {}", binary().display());
    let daemon = Daemon::start(&[]);
    service::write_scripts(&daemon);
    let (begin, failed) = (Instant::now(), AtomicBool::new(false));
    let mut total = Tally::default();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|number| {
                let steps = count / WORKERS + usize::from(number < count % WORKERS);
                let (daemon, failed) = (&daemon, &failed);
                scope.spawn(move || Worker::new(daemon, seed, number).work(steps, failed))
            })
            .collect();
        for worker in workers {
            total += worker.join().unwrap();
        }
    });
    println!(
        "{} operations in {} s, {} of them requests; {} done, {} errors: {}",
        total.operations,
        begin.elapsed().as_secs(),
        total.requests,
        total.done,
        total.operations - total.done,
        if failed.load(Ordering::Relaxed) { "NOT ALL TRUE" } else { "all true" }
    );
    assert!(!failed.load(Ordering::Relaxed), "SEED={seed}: see above");
}

#[test]
fn a_oneshot_whose_dispatches_come_late_is_run_once_each_of_a_thousand_times() {
    let seed = seed();
    println!("1000 starts of oneshots, SEED={seed}, on {}", binary().display());
    assert_that_each_start_runs_a_oneshot_once(50, 20, seed);
}

fn setting<T: FromStr>(name: &str) -> Option<T> {
    let text = env::var(name).ok().filter(|text| !text.is_empty())?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text} is not a number")))
}

fn seed() -> u64 {
    setting("SEED")
        .unwrap_or_else(|| u64::from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos()))
}

#[derive(Default)]
struct Tally {
    operations: usize,
    requests: usize,
    done: usize,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.operations += other.operations;
        self.requests += other.requests;
        self.done += other.done;
    }
}

/// Carries out one operation after the other, on services that nobody else touches.
struct Worker<'a> {
    daemon: &'a Daemon,
    seed: u64,
    number: usize,
    random: Random,
    models: Vec<Model>,
}

impl<'a> Worker<'a> {
    fn new(daemon: &'a Daemon, seed: u64, number: usize) -> Self {
        let mut models: Vec<_> =
            (0..SERVICES).map(|service| Model::new(&format!("w{number}-{service}"), Kind::Sleeper)).collect();
        models.push(Model::new(&format!("w{number}-blocked"), Kind::Blocked));
        Self { daemon, seed, number, random: Random::new(seed, number), models }
    }

    fn work(mut self, steps: usize, failed: &AtomicBool) -> Tally {
        let (mut tally, mut before) = (Tally::default(), 0);
        for step in 0..steps {
            if failed.load(Ordering::Relaxed) {
                break;
            }
            let call = Call::random(&mut self.random, &self.models, before);
            before = call.services[0];
            // As in a client's options; a longer time must not make more of a process than a short one.
            let steady = call.steady(&mut self.random, &self.models);
            let way = Way::random(&mut self.random);
            tally.operations += 1;
            tally.requests += usize::from(way.is_request());
            let options = Arc::new(Options { steady, ..self.daemon.options() });
            match self.step(&call, way, &options) {
                Ok(is_done) => tally.done += usize::from(is_done),
                Err(violation) => {
                    failed.store(true, Ordering::Relaxed);
                    let (seed, worker) = (self.seed, self.number);
                    eprintln!(
                        "NOT TRUE: SEED={seed}, worker {worker}, step {step}, {way:?}, {call:?}\n    \
                         {violation}"
                    );
                }
            }
        }
        tally
    }

    /// Whether the operation was done; an error is what was not true.
    fn step(&mut self, call: &Call, way: Way, options: &Arc<Options>) -> Result<bool, String> {
        for model in call.services(&mut self.models) {
            model.check_before(self.daemon, call.operation.starts())?;
        }
        let outcome = call.carry_out(way, self.daemon, options, &mut self.random);
        expected::check(self.daemon, call, &outcome, options.steady, &mut self.models)
            .map_err(|violation| format!("said: {:?}\n    {violation}", outcome.said()))?;
        Ok(outcome.result.is_ok())
    }
}
