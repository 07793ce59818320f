//! The kinds of services, and what is known of each service.

use super::common::Random;
use super::common::daemon::Daemon;
use zinit_client::model::{Service, StateKind};

use super::truth;

/// How a service behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Runs until it is stopped.
    Sleeper,
    /// Runs until it is killed.
    Stubborn,
    /// Ends well, after a time of its own.
    Oneshot,
    /// As [`Kind::Oneshot`], but takes a second, and a while to end when it is stopped.
    SlowOneshot,
    /// A oneshot that ends with 3.
    BadOneshot,
    /// Cannot be spawned.
    Missing,
    /// Ends with 3 at once, and is spawned again.
    FailsAtOnce,
    /// Ends with 3 after 100 ms, and is spawned again.
    FailsLater,
    /// Runs after a service that is not there.
    Blocked,
}

/// Those that have a process.
const RUNNING: [Kind; 7] = [
    Kind::Sleeper,
    Kind::Stubborn,
    Kind::Oneshot,
    Kind::SlowOneshot,
    Kind::BadOneshot,
    Kind::FailsAtOnce,
    Kind::FailsLater,
];

impl Kind {
    /// Any but [`Kind::Blocked`].
    pub fn random(random: &mut Random) -> Self {
        use Kind::{Missing, Oneshot, Sleeper};
        let kinds = [&RUNNING[..], &[Sleeper, Oneshot, Missing]].concat();
        kinds[random.below(kinds.len())]
    }

    pub fn is_oneshot(self) -> bool {
        matches!(self, Self::Oneshot | Self::SlowOneshot | Self::BadOneshot)
    }

    /// Whether a start comes to an end by itself, good or bad.
    pub fn is_definite(self) -> bool {
        !matches!(self, Self::FailsAtOnce | Self::FailsLater | Self::Blocked)
    }

    fn script(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Sleeper => Some(("sleeper", "exec sleep 1000")),
            Self::Stubborn => Some(("stubborn", "trap '' TERM; while :; do sleep 1000; done")),
            Self::Oneshot => Some(("oneshot", "case $$ in *[0-4]) sleep 0.05;; esac; end; exit 0")),
            Self::SlowOneshot => {
                Some(("slow-oneshot", "trap 'sleep 0.6; end; exit 0' TERM; sleep 1; end; exit 0"))
            }
            Self::BadOneshot => Some(("bad-oneshot", "end; exit 3")),
            Self::FailsAtOnce => Some(("fails-at-once", "end; exit 3")),
            Self::FailsLater => Some(("fails-later", "sleep 0.1; end; exit 3")),
            Self::Missing | Self::Blocked => None,
        }
    }

    /// The definition of a service of this kind.
    pub fn definition(self, daemon: &Daemon, service: &str) -> Service {
        let exec = match self.script() {
            Some((script, _)) => daemon.path(script).display().to_string(),
            None if self == Self::Missing => "/nowhere/program".to_owned(),
            None => "sleep 1000".to_owned(),
        };
        let oneshot = if self.is_oneshot() { "oneshot: true\n" } else { "" };
        let after = if self == Self::Blocked { "after: [ghost]\n" } else { "" };
        let text = format!(
            "exec: {exec}\nenv: {{{}: {service}}}\nshutdown_timeout: 1000\n{oneshot}{after}",
            truth::MARK
        );
        Service::from_yaml(text.as_bytes()).unwrap()
    }
}

/// Writes what the services run. Each notes when it was spawned and, where it has one, its end.
pub fn write_scripts(daemon: &Daemon) {
    let runs = daemon.path("runs");
    std::fs::create_dir(&runs).unwrap();
    for (script, text) in RUNNING.into_iter().filter_map(Kind::script) {
        let file = format!("\"{}/${}\"", runs.display(), truth::MARK);
        daemon.script(
            script,
            &format!(
                // The 22nd value is when the process was spawned, in hundredths of a second of uptime.
                "read -r {}start _ </proc/$$/stat\n\
                 echo \"begin $$ ${{start%??}}.${{start#\"${{start%??}}\"}}\" >>{file}\n\
                 end() {{ read -r uptime _ </proc/uptime; echo \"end $$ $uptime\" >>{file}; }}\n{text}",
                "_ ".repeat(21)
            ),
        );
    }
}

/// What the daemon works towards, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    Up,
    Down,
    /// After a wait that ended before it was over.
    Unclear,
}

/// What is known of one service.
#[derive(Debug, Clone)]
pub struct Model {
    pub name: String,
    /// Of its file, and of what the daemon knows.
    pub kind: Kind,
    pub has_file: bool,
    pub is_monitored: bool,
    pub aim: Aim,
    /// Nothing is under way: it has stopped, or its process is there, or as a oneshot it is over.
    pub is_settled: bool,
    /// The process that is there, of a kind that stays.
    pub pid: Option<i32>,
    /// How often it had begun to run when the operation began.
    pub runs: usize,
}

impl Model {
    pub fn new(name: &str, kind: Kind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            has_file: false,
            is_monitored: false,
            aim: Aim::Down,
            is_settled: true,
            pid: None,
            runs: 0,
        }
    }

    /// Something was told to the daemon, and not waited for.
    pub fn is_under_way(&mut self, aim: Aim) {
        (self.aim, self.is_settled, self.pid) = (aim, false, None);
    }

    pub fn has_stopped(&mut self) {
        (self.aim, self.is_settled, self.pid) = (Aim::Down, true, None);
    }

    pub fn is_gone(&mut self) {
        self.has_stopped();
        self.is_monitored = false;
    }

    /// What was true after the last operation still is. Where its runs will be counted, a oneshot that is
    /// under way is let end.
    pub fn check_before(&mut self, daemon: &Daemon, will_count: bool) -> Result<(), String> {
        let runs = truth::runs(daemon, &self.name).len();
        let rests =
            self.is_settled && (self.aim == Aim::Down || self.kind.is_oneshot() || self.pid.is_some());
        if rests && runs != self.runs_after(daemon) {
            return Err(format!("before: {} was run again: {runs} runs, not {}", self.name, self.runs));
        }
        if self.is_settled && (self.aim == Aim::Down || !self.is_monitored) {
            truth::no_process(daemon, &self.name).map_err(|found| format!("before: {found}"))?;
        }
        if let Some(pid) = self.pid {
            truth::one_process(daemon, &self.name, pid).map_err(|found| format!("before: {found}"))?;
        }
        if will_count
            && self.kind.is_oneshot()
            && self.is_monitored
            && self.aim == Aim::Up
            && !self.is_settled
        {
            self.is_settled = settle(daemon, &self.name);
        }
        self.runs = truth::runs(daemon, &self.name).len();
        Ok(())
    }

    /// How many runs there should be: for a process that is there, its begin may have been noted late.
    fn runs_after(&self, daemon: &Daemon) -> usize {
        match self.pid {
            Some(_) => truth::runs(daemon, &self.name).len(),
            None => self.runs,
        }
    }
}

/// Waits until a oneshot does nothing for a while; whether it came to that.
fn settle(daemon: &Daemon, service: &str) -> bool {
    let look = || {
        let runs = truth::runs(daemon, service).len();
        let status = daemon.status(service).ok()?;
        let is_over = status.pid == 0 && matches!(status.state.kind(), StateKind::Success | StateKind::Error);
        is_over.then_some(runs)
    };
    let (mut before, mut same) = (None, 0);
    for _ in 0..200 {
        let now = look();
        same = if now.is_some() && now == before { same + 1 } else { 0 };
        if same == 5 {
            return true;
        }
        before = now;
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    false
}
