//! Why a call failed: one type for the whole library.

use std::fmt;
use std::io;

use crate::model::State;

/// The result of everything here that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// The reason itself. Each variant is one code of the C interface, and its text says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ErrorKind {
    /// An argument that no call can use; nothing was sent, opened or changed.
    #[error("invalid argument `{argument}`: {reason}")]
    InvalidArgument {
        /// The parameter's name in the header.
        argument: &'static str,
        /// What is wrong with it, and what is right.
        reason: String,
    },
    /// A service name that zinit could not be asked for.
    #[error("invalid service name {name:?}: {reason}")]
    InvalidName {
        /// The name as given.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A signal that zinit does not know.
    #[error("invalid signal {signal:?}: give a name such as SIGTERM")]
    InvalidSignal {
        /// The signal as given.
        signal: String,
    },
    /// A pattern that is not a regular expression, or a too large one.
    #[error("invalid regular expression {pattern:?}: {reason}")]
    InvalidRegex {
        /// The pattern as given.
        pattern: String,
        /// What the expression parser says, or what is too large for it.
        reason: String,
    },
    /// A definition that the daemon would refuse to load.
    #[error("invalid service definition{}: {reason}", if key.is_empty() { String::new() } else { format!(", key `{key}`") })]
    InvalidService {
        /// The key of the service file.
        key: String,
        /// What is wrong with it, and what is right.
        reason: String,
    },
    /// Text that is not a state of a service.
    #[error(
        "{text:?} is not a service state: give a word such as Running, or one with a reason such as Error(Exited(Pid(1), 3))"
    )]
    InvalidState {
        /// The text as given.
        text: String,
    },
    /// The daemon has no service of that name.
    #[error("the daemon does not know {what}")]
    UnknownService {
        /// Of what it says so, and what to do.
        what: &'static str,
        /// The daemon's words.
        message: String,
    },
    /// The service is monitored already.
    #[error("it is monitored already; forget it first if the daemon is to read its file again")]
    AlreadyMonitored {
        /// The daemon's words.
        message: String,
    },
    /// The service must be stopped first.
    #[error("it is up; stop it first")]
    ServiceUp {
        /// The daemon's words.
        message: String,
    },
    /// The service has no process.
    #[error("it has no process; start it first")]
    ServiceDown {
        /// The daemon's words.
        message: String,
    },
    /// The daemon starts nothing any more.
    #[error("the daemon is shutting down and starts no service any more")]
    ShuttingDown {
        /// The daemon's words.
        message: String,
    },
    /// The daemon could not load the service's file.
    #[error("{}", config_refused(message))]
    ConfigRefused {
        /// The daemon's words.
        message: String,
    },
    /// This daemon's version cannot do it.
    #[error("this daemon cannot do it: {reason}")]
    NotSupported {
        /// What is missing, and since when it is there.
        reason: &'static str,
        /// The daemon's words, where it was asked.
        message: Option<String>,
    },
    /// Any other refusal.
    #[error("the daemon refused: {message}{advice}")]
    Daemon {
        /// The daemon's words.
        message: String,
        /// What is known of them besides; or nothing.
        advice: &'static str,
    },
    /// The service is not there yet.
    #[error("timed out after {milliseconds} ms: {reason}")]
    Timeout {
        /// The time that was given.
        milliseconds: i64,
        /// What was waited for, and what was seen last.
        reason: String,
    },
    /// The caller's cancel was triggered.
    #[error("cancelled by the caller; commands that were sent before are not undone")]
    Cancelled,
    /// Somebody else started or stopped the service during the wait.
    #[error("somebody else set its target to {target} during the wait; ask for its status and decide again")]
    TargetChanged {
        /// The target that was seen.
        target: &'static str,
    },
    /// The service will not get there by itself.
    #[error("it failed: {reason}")]
    ServiceFailed {
        /// How it ended, and where to look.
        reason: String,
    },
    /// No socket, or nobody behind it.
    #[error("no zinit daemon answers at {socket} ({}); start zinit, or give the path of its socket", describe_errno(*os_errno))]
    NotRunning {
        /// The socket's path.
        socket: String,
        /// The system's error number.
        os_errno: i32,
    },
    /// The socket belongs to somebody else.
    #[error("no permission to use the socket {socket}{}", why_not_permitted(*os_errno, *owner))]
    Permission {
        /// The socket's path.
        socket: String,
        /// The system's error number; 0 where the system permits it.
        os_errno: i32,
        /// Whose process is behind it, where that is not to be trusted: a user id.
        owner: Option<u32>,
    },
    /// A system call failed.
    #[error("{what} failed: {}", describe_errno(*os_errno))]
    Io {
        /// What was being done.
        what: &'static str,
        /// The system's error number.
        os_errno: i32,
    },
    /// The daemon accepted the connection and said nothing.
    #[error(
        "the daemon at {socket} did not answer within {milliseconds} ms; look in its log whether it hangs, or allow a longer I/O timeout"
    )]
    NoReply {
        /// The socket's path.
        socket: String,
        /// How long was waited.
        milliseconds: i64,
    },
    /// The daemon closed the connection in the middle.
    #[error(
        "the daemon closed the connection before its reply was complete; it may have ended: try again when it runs"
    )]
    Closed {
        /// The system's error number; 0 for a close in order.
        os_errno: i32,
    },
    /// The reply does not belong to the line protocol.
    #[error("the daemon's reply is not understood: {reason}")]
    Protocol {
        /// What was received, in short.
        reason: String,
    },
    /// The reply is larger than the client allows.
    #[error("the daemon's reply is larger than {limit} bytes; allow a larger one in the client's options")]
    ReplyTooLarge {
        /// The limit in force.
        limit: u64,
    },
    /// No such service file.
    #[error("there is no service file {path}; add the service first")]
    FileNotFound {
        /// The file's path.
        path: String,
        /// The system's error number.
        os_errno: i32,
    },
    /// A service file that cannot be read or written.
    #[error("cannot {what} {path}: {reason}")]
    FileIo {
        /// `read`, `write`, `remove`.
        what: &'static str,
        /// The file's path.
        path: String,
        /// The system's words, or what is wrong with the file.
        reason: String,
        /// The system's error number; 0 for none.
        os_errno: i32,
    },
    /// A service file whose content is not a service definition.
    #[error("invalid service file{}: {reason}", path.as_deref().map(|path| format!(" {path}")).unwrap_or_default())]
    FileSyntax {
        /// The file's path; `None` for text that came from the caller.
        path: Option<String>,
        /// What is wrong, with the key or the line.
        reason: String,
    },
    /// The daemon's version cannot be found out.
    #[error("cannot find out the daemon's version: {reason}")]
    Version {
        /// What was tried.
        reason: String,
        /// The system's error number; 0 if it reported none.
        os_errno: i32,
    },
    /// A defect of this library.
    #[error("internal error: {reason}; please report it")]
    Internal {
        /// What went wrong.
        reason: String,
    },
}

impl ErrorKind {
    /// Whether the daemon said that it has no such service.
    pub fn is_unknown_service(&self) -> bool {
        matches!(self, Self::UnknownService { .. })
    }

    /// Whether it concerns the whole call, not one service alone: then a group does not go on with the
    /// others.
    pub fn is_fatal(&self) -> bool {
        match self {
            Self::Timeout { .. }
            | Self::Cancelled
            | Self::NotRunning { .. }
            | Self::Permission { .. }
            | Self::Io { .. }
            | Self::NoReply { .. }
            | Self::Closed { .. }
            | Self::Protocol { .. }
            | Self::ReplyTooLarge { .. }
            | Self::Internal { .. } => true,
            Self::InvalidArgument { .. }
            | Self::InvalidName { .. }
            | Self::InvalidSignal { .. }
            | Self::InvalidRegex { .. }
            | Self::InvalidService { .. }
            | Self::InvalidState { .. }
            | Self::UnknownService { .. }
            | Self::AlreadyMonitored { .. }
            | Self::ServiceUp { .. }
            | Self::ServiceDown { .. }
            | Self::ShuttingDown { .. }
            | Self::ConfigRefused { .. }
            | Self::NotSupported { .. }
            | Self::Daemon { .. }
            | Self::TargetChanged { .. }
            | Self::ServiceFailed { .. }
            | Self::FileNotFound { .. }
            | Self::FileIo { .. }
            | Self::FileSyntax { .. }
            | Self::Version { .. } => false,
        }
    }

    /// Whether a service file is not there, or not ours to read: then the daemon may have its files on another mount.
    /// What else can go wrong with a file, such as too many open ones, is a failure of the call.
    pub fn is_file_of_another_mount(&self) -> bool {
        match self {
            Self::FileNotFound { .. } | Self::FileSyntax { .. } => true,
            Self::FileIo { os_errno, .. } => {
                matches!(
                    *os_errno,
                    0 | libc::EACCES | libc::EPERM | libc::ENOTDIR | libc::ELOOP | libc::EISDIR
                )
            }
            _ => false,
        }
    }

    /// The daemon's own words, where it spoke.
    pub fn daemon_message(&self) -> Option<&str> {
        match self {
            Self::UnknownService { message, .. }
            | Self::AlreadyMonitored { message }
            | Self::ServiceUp { message }
            | Self::ServiceDown { message }
            | Self::ShuttingDown { message }
            | Self::ConfigRefused { message }
            | Self::Daemon { message, .. } => Some(message),
            Self::NotSupported { message, .. } => message.as_deref(),
            _ => None,
        }
    }

    /// The system's error number; 0 where the system said nothing.
    pub fn os_errno(&self) -> i32 {
        match self {
            Self::NotRunning { os_errno, .. }
            | Self::Permission { os_errno, .. }
            | Self::Io { os_errno, .. }
            | Self::Closed { os_errno }
            | Self::Version { os_errno, .. }
            | Self::FileNotFound { os_errno, .. }
            | Self::FileIo { os_errno, .. } => *os_errno,
            _ => 0,
        }
    }
}

fn config_refused(message: &str) -> String {
    if message.contains("invalid service name") {
        return format!(
            "the daemon refuses its name ({message}): zinit 0.2.15 and later take no / \\ . in one; rename it"
        );
    }
    format!(
        "the daemon cannot load its file ({message}); check that the file is there and that its keys are valid"
    )
}

/// What went wrong, and what was being done. One pointer wide, so that results stay small.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(Box<Context>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Context {
    kind: ErrorKind,
    /// `cannot deploy "x": cannot stop it: `, or empty.
    attempt: String,
    service: Option<String>,
    state: Option<State>,
    request_sent: bool,
}

impl Error {
    /// Why.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The service that it happened to.
    pub fn service(&self) -> Option<&str> {
        self.0.service.as_deref()
    }

    /// The last state that was seen of it, where a wait ended.
    pub fn state(&self) -> Option<&State> {
        self.0.state.as_ref()
    }

    /// Whether a command went out: the daemon may have acted on it.
    pub fn request_sent(&self) -> bool {
        self.0.request_sent
    }

    /// Says what was tried: `cannot {attempt}: ` goes in front of the message.
    #[must_use]
    pub fn context(mut self, attempt: impl fmt::Display) -> Self {
        self.0.attempt = format!("cannot {attempt}: {}", self.0.attempt);
        self
    }

    /// Says what was tried on which service. What was tried before on the same service becomes a step of it:
    /// `cannot deploy "web": cannot stop it: `. The same thing is not told twice, nor is the look at a
    /// status.
    #[must_use]
    #[inline(never)]
    pub fn service_context(mut self, verb: &str, service: &str) -> Self {
        if self.service() == Some(service) {
            let mut steps = self.0.attempt.replace(&format!("{service:?}"), "it");
            for told in ["get the status of", verb] {
                steps =
                    steps.strip_prefix(&format!("cannot {told} it: ")).map(str::to_owned).unwrap_or(steps);
            }
            self.0.attempt = steps;
        }
        self.context(format_args!("{verb} {service:?}")).with_service(service)
    }

    /// The same, for another reason.
    #[must_use]
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Names the service.
    #[must_use]
    #[inline(never)]
    pub fn with_service(mut self, name: &str) -> Self {
        self.0.service = Some(name.to_owned());
        self
    }

    /// Adds the last state that was seen.
    #[must_use]
    #[inline(never)]
    pub fn with_state(mut self, state: State) -> Self {
        self.0.state = Some(state);
        self
    }

    /// Notes that a command went out.
    #[must_use]
    #[inline(never)]
    pub fn with_request_sent(mut self, sent: bool) -> Self {
        self.0.request_sent |= sent;
        self
    }
}

impl From<ErrorKind> for Error {
    #[inline(never)]
    fn from(kind: ErrorKind) -> Self {
        Self(Box::new(Context {
            kind,
            attempt: String::new(),
            service: None,
            state: None,
            request_sent: false,
        }))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}", self.0.attempt, self.0.kind)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0.kind)
    }
}

/// The system's own words, without the number behind them.
pub fn describe(error: &io::Error) -> String {
    let words = error.to_string();
    words.split(" (os error").next().unwrap_or_default().to_owned()
}

fn why_not_permitted(os_errno: i32, owner: Option<u32>) -> String {
    match owner {
        None => {
            format!(" ({}); run as root, or as the user of the daemon", describe_errno(os_errno))
        }
        Some(owner) => format!(
            ", for the process behind it, or the link in its place, is that of user {owner}, not that of root or of \
             this user; nothing was sent; if you trust that user, name this path as that of the daemon's socket"
        ),
    }
}

fn describe_errno(os_errno: i32) -> String {
    describe(&io::Error::from_raw_os_error(os_errno))
}
