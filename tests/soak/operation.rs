//! The operations, and how they are carried out.

use std::sync::Arc;
use std::time::{Duration, Instant};

use zinit_client::client::{Io, Report, Task, Timeout, control, groups, queries, waits};
use zinit_client::driver::{Options, blocking};
use zinit_client::error::Result;
use zinit_client::model::{Name, Service, ServiceList, Status};

use super::common::Random;
use super::common::daemon::{Daemon, name};
use super::common::late::run_late;
use super::service::{Aim, Kind, Model};
use super::truth;

/// A time limit that nothing here takes, in milliseconds.
pub const LONG: i64 = 60_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    AddFile,
    RemoveFile,
    Monitor,
    Forget,
    Start,
    Stop,
    Restart,
    Deploy,
    Reload,
    Destroy,
    StartMultiple,
    StopMultiple,
    Exists,
    Status,
    List,
}

impl Operation {
    /// Whether it waits for a start.
    pub fn starts(self) -> bool {
        matches!(self, Self::Start | Self::Restart | Self::Deploy | Self::Reload | Self::StartMultiple)
    }
}

/// Each as often as the others together with it say.
const OFTEN: [(Operation, usize); 15] = [
    (Operation::AddFile, 8),
    (Operation::RemoveFile, 2),
    (Operation::Monitor, 9),
    (Operation::Forget, 8),
    (Operation::Start, 16),
    (Operation::Stop, 14),
    (Operation::Restart, 8),
    (Operation::Deploy, 10),
    (Operation::Reload, 6),
    (Operation::Destroy, 5),
    (Operation::StartMultiple, 8),
    (Operation::StopMultiple, 4),
    (Operation::Exists, 3),
    (Operation::Status, 3),
    (Operation::List, 2),
];

/// One operation with what it is given; what it does not take is 0.
#[derive(Debug, Clone)]
pub struct Call {
    pub operation: Operation,
    /// Their places among the worker's services.
    pub services: Vec<usize>,
    names: Vec<Name>,
    /// For a new file.
    pub kind: Kind,
    pub grace: i64,
    pub timeout: i64,
}

/// What an operation gives.
#[derive(Debug, Clone)]
pub enum Answer {
    Done,
    Exists(bool),
    Status(Box<Status>),
    List(ServiceList),
}

/// How an operation is carried out.
#[derive(Debug, Clone, Copy)]
pub enum Way {
    Blocking,
    /// As a request whose dispatches come late, each by less than so many milliseconds.
    Late(usize),
}

impl Way {
    pub fn random(random: &mut Random) -> Self {
        match random.below(10) {
            0..4 => Self::Blocking,
            4..6 => Self::Late(1),
            6..9 => Self::Late(70),
            // Longer than a process must run to be up.
            _ => Self::Late(400),
        }
    }

    pub fn is_request(self) -> bool {
        matches!(self, Self::Late(_))
    }
}

/// What came of a call.
pub struct Outcome {
    pub result: Result<Answer>,
    pub report: Report,
    pub elapsed: Duration,
    /// The uptime when it began.
    pub began: f64,
    /// The most that it took until each service was told.
    pub until_told: Duration,
}

impl Outcome {
    /// For a person.
    pub fn said(&self) -> String {
        match &self.result {
            Ok(answer) => format!("{answer:?} after {} ms", self.elapsed.as_millis()),
            Err(error) => format!("{error} after {} ms", self.elapsed.as_millis()),
        }
    }
}

impl Call {
    /// One that fits what the services are, and now and then one that does not.
    /// Half of them are about the service that the one before was about, so that they come while that is
    /// under way.
    pub fn random(random: &mut Random, models: &[Model], before: usize) -> Self {
        let mut at = random.below(OFTEN.iter().map(|(_, often)| often).sum());
        let picked = OFTEN.iter().find(|(_, often)| {
            let is_it = at < *often;
            at = at.saturating_sub(*often);
            is_it
        });
        let mut operation = picked.unwrap().0;
        let first = match random.below(20) {
            0..10 => before,
            10 => models.len() - 1,
            _ => random.below(models.len() - 1),
        };
        let mut services = vec![first];
        let model = &models[first];
        let is_blocked = model.kind == Kind::Blocked;
        let kind = if is_blocked { Kind::Blocked } else { Kind::random(random) };
        let is_known = model.is_monitored || random.below(3) == 0;
        operation = match operation {
            Operation::AddFile if model.is_monitored => Operation::Status,
            // Most of what can be asked for a service that is not there is refused, and that is soon seen.
            Operation::Start | Operation::Restart | Operation::Stop | Operation::Forget if !is_known => {
                [Operation::Deploy, Operation::StartMultiple, Operation::Monitor][random.below(3)]
            }
            Operation::Monitor | Operation::Reload | Operation::StartMultiple
                if !model.has_file && !is_known =>
            {
                Operation::AddFile
            }
            _ => operation,
        };
        if matches!(operation, Operation::Destroy | Operation::StartMultiple | Operation::StopMultiple) {
            services.extend((0..models.len() - 1).filter(|one| *one != first && random.below(2) == 0));
        }
        let names = services.iter().map(|one| name(&models[*one].name)).collect();
        let mut call = Self { operation, services, names, kind, grace: 0, timeout: 0 };
        call.set_times(random, models);
        call
    }

    fn set_times(&mut self, random: &mut Random, models: &[Model]) {
        let given: Vec<_> = self.services.iter().map(|one| &models[*one]).collect();
        let is_stubborn = given.iter().any(|model| model.kind == Kind::Stubborn);
        // A grace without a limit is for ever.
        self.grace = match random.below(10) {
            0..3 => 0,
            3..5 if !is_stubborn => LONG,
            5 if !is_stubborn => -1,
            _ => 1 + i64::try_from(random.below(400)).unwrap(),
        };
        let is_definite = if self.operation == Operation::Deploy {
            self.kind.is_definite()
        } else {
            given.iter().all(|model| {
                // A start waits for the end of a process that was told to end.
                let may_be_dying = model.kind == Kind::Stubborn && model.aim != Aim::Up;
                model.kind.is_definite() && (!may_be_dying || model.is_settled)
            })
        };
        let stops_first = matches!(self.operation, Operation::Restart | Operation::Reload);
        self.timeout = match random.below(10) {
            0 => 0,
            1..6 if is_definite || stops_first && given[0].kind.is_definite() => LONG,
            _ if is_definite => 50 + i64::try_from(random.below(3000)).unwrap(),
            _ => 500 + i64::try_from(random.below(2500)).unwrap(),
        };
        if matches!(self.operation, Operation::Stop | Operation::StopMultiple | Operation::Destroy) {
            self.timeout = self.grace;
        }
    }

    /// How long a process must run to be up. Longer where processes end soon: they end later for the daemon than they
    /// note it themselves, by a tenth of a second or more on a busy machine.
    pub fn steady(&self, random: &mut Random, models: &[Model]) -> Duration {
        let mut kinds = self.services.iter().map(|one| models[*one].kind).chain([self.kind]);
        let ends_soon = kinds.any(|kind| matches!(kind, Kind::FailsAtOnce | Kind::FailsLater));
        let times = if ends_soon { [1000, 1500] } else { [250, 400] };
        Duration::from_millis(times[random.below(2)])
    }

    /// The services that it is about.
    pub fn services<'a>(&self, models: &'a mut [Model]) -> impl Iterator<Item = &'a mut Model> {
        let services = self.services.clone();
        models.iter_mut().enumerate().filter(move |(at, _)| services.contains(at)).map(|(_, model)| model)
    }

    /// Carries it out, to its end.
    pub fn carry_out(
        &self,
        way: Way,
        daemon: &Daemon,
        options: &Arc<Options>,
        random: &mut Random,
    ) -> Outcome {
        // For each service at most: its file, to monitor it, its status, to start it.
        const DISPATCHES: u32 = 4;
        let (begin, uptime) = (Instant::now(), truth::uptime());
        let definition = self.kind.definition(daemon, self.names[0].as_str());
        let (result, report) = match way {
            Way::Blocking => {
                blocking::run_with_report(options, None, async |io| self.perform(io, &definition).await)
            }
            Way::Late(limit) => {
                let call = self.clone();
                let lateness = || Duration::from_millis(random.below(limit) as u64);
                let operation = |task: Arc<Task>| async move { call.perform(task.io(), &definition).await };
                run_late(options, lateness, operation)
            }
        };
        let lateness = match way {
            Way::Blocking => Duration::ZERO,
            Way::Late(limit) => Duration::from_millis(limit as u64),
        };
        let dispatches = DISPATCHES * u32::try_from(self.services.len()).unwrap();
        let until_told = Duration::from_secs(1) + lateness * dispatches;
        Outcome { result, report, elapsed: begin.elapsed(), began: uptime, until_told }
    }

    async fn perform(&self, io: Io<'_>, definition: &Service) -> Result<Answer> {
        let (name, names) = (&self.names[0], &self.names);
        let [grace, timeout] =
            [self.grace, self.timeout].map(|time| Timeout::from_milliseconds(time).unwrap());
        match self.operation {
            Operation::AddFile => {
                io.prepare(name, definition.to_yaml()?).await?;
                io.replace().await
            }
            Operation::RemoveFile => io.remove(name).await,
            Operation::Monitor => control::monitor(io, name).await,
            Operation::Forget => control::forget(io, name).await,
            Operation::Start => waits::start_wait(io, name, timeout).await,
            Operation::Stop => waits::stop_wait(io, name, timeout).await,
            Operation::Restart => waits::restart(io, name, grace, timeout).await,
            Operation::Deploy => waits::deploy(io, name, definition, grace, timeout).await,
            Operation::Reload => waits::reload(io, name, grace, timeout).await,
            Operation::Destroy => groups::destroy_services(io, names, timeout).await,
            Operation::StartMultiple => groups::start_multiple(io, names, timeout).await,
            Operation::StopMultiple => groups::stop_multiple(io, names, timeout).await,
            Operation::Exists => return queries::exists(io, name).await.map(Answer::Exists),
            Operation::Status => return queries::status(io, name).await.map(Box::new).map(Answer::Status),
            Operation::List => return queries::list(io).await.map(Answer::List),
        }
        .map(|()| Answer::Done)
    }
}
