//! A daemon that keeps services as zinit 0.2.14 does, on any clock: it is told the time with each command.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use crate::driver::scripted::Answer;

/// The time at which a test begins; what was before has happened.
pub(super) const BEGIN: Duration = Duration::from_secs(100);

/// The daemon's pause before it spawns a service again.
const RESPAWN: Duration = Duration::from_secs(2);

pub(super) const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

pub(super) const fn us(microseconds: u64) -> Duration {
    Duration::from_micros(microseconds)
}

/// How a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Exit(i32),
    Signal(&'static str),
}

/// How a service behaves.
#[derive(Debug, Clone, Copy)]
#[allow(clippy::struct_excessive_bools)] // Each is a trait of its own.
pub(super) struct Character {
    pub(super) oneshot: bool,
    /// Its program is there.
    pub(super) can_spawn: bool,
    /// When its test passes; `None`: never.
    pub(super) up_after: Option<Duration>,
    /// The program of its test is there.
    pub(super) can_test: bool,
    /// When its process ends by itself, and how; `None`: never.
    pub(super) lives: Option<(Duration, End)>,
    /// When its process ends once it has got the stop signal, and how; `None`: never.
    pub(super) on_stop: Option<(Duration, End)>,
    /// SIGKILL ends it, too.
    pub(super) can_be_killed: bool,
    /// How long the daemon takes to note that the process has ended.
    pub(super) noted_after: Duration,
    /// The state that stays when it has ended with target Down, where a test overtook the end.
    pub(super) stale_state: Option<&'static str>,
    /// The services that it runs after.
    pub(super) after: &'static [&'static str],
}

/// Runs at once, and ends at once when it is told to.
pub(super) const SERVICE: Character = Character {
    oneshot: false,
    can_spawn: true,
    up_after: Some(Duration::ZERO),
    can_test: true,
    lives: None,
    on_stop: Some((Duration::ZERO, End::Signal("SIGTERM"))),
    can_be_killed: true,
    noted_after: Duration::ZERO,
    stale_state: None,
    after: &[],
};

/// Ignores the stop signal.
pub(super) const STUBBORN: Character = Character { on_stop: None, ..SERVICE };

/// Cannot be spawned.
pub(super) const MISSING: Character = Character { can_spawn: false, ..SERVICE };

/// A oneshot that ends so, after a time.
pub(super) const fn oneshot(lives: Duration, end: End) -> Character {
    Character { oneshot: true, lives: Some((lives, end)), ..SERVICE }
}

/// A service that ends so when it is told to stop, after a time.
pub(super) const fn stops(after: Duration, end: End) -> Character {
    Character { on_stop: Some((after, end)), ..SERVICE }
}

/// What befalls the daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Accepts, and answers no more.
    Mute,
    /// Accepts, and closes without a word.
    Closes,
    /// Nobody is there any more.
    Dies,
    /// Answers this.
    Says(&'static str),
}

#[derive(Debug, Clone)]
struct Process {
    pid: i32,
    up_at: Option<Duration>,
    ends_at: Option<(Duration, End)>,
}

/// A service as the daemon has it.
#[derive(Debug, Clone)]
pub(super) struct Service {
    character: Character,
    pub(super) is_target_up: bool,
    pub(super) state: String,
    process: Option<Process>,
    /// A task of the daemon cares for it.
    scheduled: bool,
    /// When that task goes on, other than at the end of the process.
    wakes_at: Option<Duration>,
    /// How often it was spawned.
    pub(super) spawned: usize,
}

impl Service {
    pub(super) fn pid(&self) -> i32 {
        self.process.as_ref().map_or(0, |process| process.pid)
    }

    /// Looked after by the daemon from now on, unless it is already.
    fn watch(&mut self, now: Duration) {
        if self.is_target_up && !self.scheduled {
            self.scheduled = true;
            self.wakes_at = Some(now + SPAWN_DELAY);
        }
    }

    /// Its process has ended.
    fn note_end(&mut self) {
        let process = self.process.take().unwrap();
        let (pid, end) = (process.pid, process.ends_at.unwrap().1);
        self.state = match (end, self.character.stale_state) {
            (_, Some(stale)) if !self.is_target_up => stale.to_owned(),
            (End::Exit(0), _) => "Success".to_owned(),
            (End::Exit(code), _) => format!("Error(Exited(Pid({pid}), {code}))"),
            (End::Signal(signal), _) => format!("Error(Signaled(Pid({pid}), {signal}, false))"),
        };
    }

    /// The next thing that happens to it.
    fn next(&self) -> Option<(Duration, Event)> {
        let process = self.process.as_ref();
        let end = process.and_then(|process| process.ends_at).map(|(at, _)| at + self.character.noted_after);
        let up = process.and_then(|process| process.up_at);
        let events = [(self.wakes_at, Event::Wakes), (up, Event::IsUp), (end, Event::Ended)];
        events.into_iter().filter_map(|(at, event)| Some((at?, event))).min_by_key(|(at, _)| *at)
    }
}

/// What happens to a service.
#[derive(Debug, Clone, Copy)]
enum Event {
    Wakes,
    IsUp,
    Ended,
}

/// From the command to the process.
const SPAWN_DELAY: Duration = us(200);

/// The daemon.
#[derive(Debug, Clone)]
pub(super) struct Simulation {
    now: Duration,
    directory: PathBuf,
    characters: BTreeMap<&'static str, Character>,
    /// For the processes spawned after the test has begun.
    next_characters: BTreeMap<&'static str, Character>,
    services: BTreeMap<String, Service>,
    /// Commands of somebody else, in the order of their times.
    others: Vec<(Duration, String)>,
    /// Commands of somebody else, each with the one that it comes right behind.
    followers: Vec<(&'static str, &'static str)>,
    pub(super) fault: Option<(Duration, Fault)>,
    pub(super) is_shutting_down: bool,
    next_pid: i32,
}

impl Simulation {
    /// Knows the character of each service, monitors none, and loads those whose files are in `directory`.
    pub(super) fn new(directory: PathBuf, characters: &[(&'static str, Character)]) -> Self {
        Self {
            now: Duration::ZERO,
            directory,
            characters: characters.iter().copied().collect(),
            next_characters: BTreeMap::new(),
            services: BTreeMap::new(),
            others: Vec::new(),
            followers: Vec::new(),
            fault: None,
            is_shutting_down: false,
            next_pid: 1000,
        }
    }

    /// Somebody else sends a command at that time.
    pub(super) fn at(&mut self, at: Duration, command: &str) {
        let index = self.others.partition_point(|(other, _)| *other <= at);
        self.others.insert(index, (at, command.to_owned()));
    }

    /// Somebody else sends a command as soon as another one has been carried out, whenever that is.
    pub(super) fn behind(&mut self, command: &'static str, other: &'static str) {
        self.followers.push((command, other));
    }

    /// Once the test has begun, a service that is spawned anew behaves so.
    pub(super) fn change(&mut self, name: &'static str, character: Character) {
        self.next_characters.insert(name, character);
    }

    /// From the beginning of the test on, a service behaves so, its process too, as where its file was changed after the
    /// daemon has read others.
    pub(super) fn rewrite(&mut self, name: &str, character: Character) {
        self.advance(BEGIN);
        self.services.get_mut(name).unwrap().character = character;
    }

    /// A service as it is then.
    pub(super) fn service(&mut self, now: Duration, name: &str) -> Option<&Service> {
        self.advance(now);
        self.services.get(name)
    }

    /// Answers a command that comes at that time.
    pub(super) fn handle(&mut self, now: Duration, line: &str) -> Answer {
        self.advance(now);
        match self.fault {
            Some((from, fault)) if from <= now => match fault {
                Fault::Mute => Answer::Mute,
                Fault::Closes => Answer::Closes,
                Fault::Dies => Answer::NotRunning,
                Fault::Says(reply) => Answer::Reply(reply.to_owned()),
            },
            _ => {
                let result = self.command(line);
                for (_, other) in self.followers.clone().iter().filter(|(command, _)| *command == line) {
                    self.command(other).unwrap();
                }
                Answer::Reply(match result {
                    Ok(body) => json!({"state": "ok", "body": body}).to_string(),
                    Err(message) => json!({"state": "error", "body": message}).to_string(),
                })
            }
        }
    }

    /// Lets pass what happens by then.
    fn advance(&mut self, now: Duration) {
        loop {
            let next = self
                .services
                .iter()
                .filter_map(|(name, service)| service.next().map(|(at, event)| (at, name.clone(), event)))
                .min_by_key(|(at, ..)| *at);
            let other = self.others.first().map(|(at, _)| *at);
            match (next, other) {
                (next, Some(at)) if at <= now && next.as_ref().is_none_or(|(next, ..)| at <= *next) => {
                    let (at, command) = self.others.remove(0);
                    self.now = at;
                    let _ = self.command(&command);
                }
                (Some((at, name, event)), _) if at <= now => {
                    self.now = at;
                    self.happen(&name, event);
                }
                _ => break,
            }
        }
        self.now = now;
    }

    fn happen(&mut self, name: &str, event: Event) {
        let can_run = self.can_run(name);
        let (now, pid) = (self.now, self.next_pid);
        let service = self.services.get_mut(name).unwrap();
        match (event, self.next_characters.get(name)) {
            (Event::Wakes, Some(next)) if now >= BEGIN => service.character = *next,
            _ => {}
        }
        let character = service.character;
        match event {
            Event::Wakes if !service.is_target_up => {
                service.wakes_at = None;
                service.scheduled = false;
            }
            Event::Wakes if !can_run => {
                service.wakes_at = None;
                "Blocked".clone_into(&mut service.state);
            }
            Event::Wakes if !character.can_spawn => {
                service.wakes_at = None;
                service.scheduled = false;
                "Failure".clone_into(&mut service.state);
            }
            Event::Wakes => {
                service.wakes_at = None;
                service.spawned += 1;
                self.next_pid += 1;
                let up_at = character.up_after.filter(|_| !character.oneshot).map(|after| now + after);
                let ends_at = character.lives.map(|(after, end)| (now + after, end));
                service.process = Some(Process { pid, up_at, ends_at });
                let state = if character.oneshot { "Running" } else { "Spawned" };
                state.clone_into(&mut service.state);
            }
            Event::IsUp => {
                service.process.as_mut().unwrap().up_at = None;
                let state = if character.can_test { "Running" } else { "TestFailure" };
                state.clone_into(&mut service.state);
                self.notify();
            }
            Event::Ended => {
                service.note_end();
                if character.oneshot {
                    service.scheduled = false;
                    self.notify();
                } else {
                    service.wakes_at = Some(now + RESPAWN);
                }
            }
        }
    }

    /// Services that are blocked look again whether they can run.
    fn notify(&mut self) {
        for service in self.services.values_mut() {
            if service.scheduled && service.state == "Blocked" && service.wakes_at.is_none() {
                service.wakes_at = Some(self.now);
            }
        }
    }

    fn can_run(&self, name: &str) -> bool {
        self.services[name].character.after.iter().all(|other| {
            self.services.get(*other).is_some_and(|other| {
                other.state == "Success" || (other.state == "Running" && !other.character.oneshot)
            })
        })
    }

    fn command(&mut self, line: &str) -> Result<Value, String> {
        let now = self.now;
        let words: Vec<_> = line.split(' ').collect();
        match *words.as_slice() {
            ["list"] => {
                Ok(self.services.iter().map(|(name, service)| (name.clone(), json!(service.state))).collect())
            }
            ["status", name] => {
                let service = self.find(name)?;
                let (pid, state) = (service.pid(), service.state.clone());
                let target = if service.is_target_up { "Up" } else { "Down" };
                let after = service.character.after;
                let state_of =
                    |other: &&str| self.services.get(*other).map_or("Unknown", |other| &other.state);
                let after: serde_json::Map<_, _> =
                    after.iter().map(|other| ((*other).to_owned(), state_of(other).into())).collect();
                Ok(json!({"after": after, "name": name, "pid": pid, "state": state, "target": target}))
            }
            ["start" | "monitor", _] if self.is_shutting_down => Err("zinit is shutting down".to_owned()),
            ["start", name] => {
                let service = self.find(name)?;
                service.is_target_up = true;
                service.watch(now);
                Ok(Value::Null)
            }
            ["monitor", name] => self.monitor(name),
            ["stop", name] => {
                let service = self.find(name)?;
                service.is_target_up = false;
                service.signal(now, false)
            }
            ["kill", name, "SIGKILL"] => {
                let service = self.find(name)?;
                if service.process.is_none() {
                    return Err(format!("service {name:?} is down"));
                }
                service.signal(now, true)
            }
            ["forget", name] => {
                let service = self.find(name)?;
                if service.is_target_up || service.process.is_some() {
                    return Err(format!("service {name:?} is up"));
                }
                self.services.remove(name);
                Ok(Value::Null)
            }
            _ => panic!("a command that the simulation does not know: {line}"),
        }
    }

    fn find(&mut self, name: &str) -> Result<&mut Service, String> {
        self.services.get_mut(name).ok_or_else(|| format!("service name {name:?} unknown"))
    }

    fn monitor(&mut self, name: &str) -> Result<Value, String> {
        if !self.directory.join(format!("{name}.yaml")).exists() {
            return Err("failed to load service config".to_owned());
        }
        if self.services.contains_key(name) {
            return Err(format!("service {name:?} already monitored"));
        }
        let mut service = Service {
            character: self.characters[name],
            is_target_up: true,
            state: "Unknown".to_owned(),
            process: None,
            scheduled: false,
            wakes_at: None,
            spawned: 0,
        };
        service.watch(self.now);
        self.services.insert(name.to_owned(), service);
        Ok(Value::Null)
    }
}

impl Service {
    /// Its process gets the stop signal, or SIGKILL.
    fn signal(&mut self, now: Duration, is_kill: bool) -> Result<Value, String> {
        let Some(process) = &mut self.process else {
            return Ok(Value::Null);
        };
        if process.ends_at.is_some_and(|(at, _)| at < now) {
            return Err("ESRCH: No such process".to_owned());
        }
        let end = match (is_kill, self.character.can_be_killed) {
            (true, true) => Some((Duration::ZERO, End::Signal("SIGKILL"))),
            (true, false) => None,
            (false, _) => self.character.on_stop,
        };
        if let Some((after, end)) = end {
            let earlier = process.ends_at.filter(|(at, _)| *at <= now + after);
            process.ends_at = Some(earlier.unwrap_or((now + after, end)));
        }
        Ok(Value::Null)
    }
}
