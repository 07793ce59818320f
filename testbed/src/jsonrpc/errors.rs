//! What a request is refused with.

use clap::ValueEnum;
use serde::Serialize;
use serde_json::{json, Value};
use zinit::zinit::errors::ZInitError;

/// Which errors a daemon gives.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Errors {
    /// Those of zinit 0.2.27 and before: a code, and nearly always the same.
    #[value(name = "0.2.27")]
    Bare,
    /// Those of zinit 0.2.28: a code for each cause, with details.
    #[value(name = "0.2.28")]
    Structured,
}

/// The codes of zinit. Two of them are also codes of the protocol.
const SERVICE_NOT_FOUND: i32 = -32000;
const SERVICE_ALREADY_MONITORED: i32 = -32001;
const SERVICE_IS_UP: i32 = -32002;
const SERVICE_IS_DOWN: i32 = -32003;
const INVALID_SIGNAL: i32 = -32004;
const CONFIG_ERROR: i32 = -32005;
const SHUTTING_DOWN: i32 = -32006;
const SERVICE_ALREADY_EXISTS: i32 = -32007;
const SERVICE_FILE_ERROR: i32 = -32008;
const INVALID_PARAMS: i32 = -32602;
const INTERNAL_ERROR: i32 = -32603;

/// The `error` of a response, in the order of the wire.
#[derive(Clone, Serialize)]
pub struct ErrorObject {
    code: i32,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Value>,
}

/// A request that was not carried out.
#[derive(Clone)]
pub enum Refusal {
    /// By the protocol, in the same words in every version.
    Protocol(ErrorObject),
    /// By zinit.
    Zinit {
        /// In the words of 0.2.28.
        structured: ErrorObject,
        /// The code that 0.2.27 gives.
        bare: i32,
    },
}

impl ErrorObject {
    fn new(code: i32, message: &str) -> Self {
        Self { code, message: message.to_owned(), data: None }
    }

    fn with_data(self, data: impl Into<Value>) -> Self {
        Self { data: Some(data.into()), ..self }
    }

    fn over_limit(code: i32, message: &str, limit: usize) -> Self {
        Self::new(code, message).with_data(format!("Exceeded max limit of {limit}"))
    }

    /// For what is not JSON.
    pub fn parse_error() -> Self {
        Self::new(-32700, "Parse error")
    }

    /// For JSON that is not a request.
    pub fn invalid_request() -> Self {
        Self::new(-32600, "Invalid request")
    }

    /// For a request of too many bytes.
    pub fn too_big_request(limit: usize) -> Self {
        Self::over_limit(-32007, "Request is too big", limit)
    }

    /// For a result of too many bytes.
    pub fn too_big_response(limit: usize) -> Self {
        Self::over_limit(-32008, "Response is too big", limit)
    }

    /// For the results of a batch that together have too many bytes.
    pub fn too_big_batch_response(limit: usize) -> Self {
        Self::over_limit(-32011, "The batch response was too large", limit)
    }
}

impl Refusal {
    /// What is sent by a daemon that gives such errors.
    pub fn object(&self, errors: Errors) -> ErrorObject {
        match (self, errors) {
            (Self::Protocol(object), _) | (Self::Zinit { structured: object, .. }, Errors::Structured) => {
                object.clone()
            }
            (Self::Zinit { bare: INTERNAL_ERROR, .. }, Errors::Bare) => {
                ErrorObject::new(INTERNAL_ERROR, "Internal error")
            }
            (Self::Zinit { bare, .. }, Errors::Bare) => ErrorObject::new(*bare, "Server error"),
        }
    }

    pub fn method_not_found() -> Self {
        Self::Protocol(ErrorObject::new(-32601, "Method not found"))
    }

    pub fn invalid_params(reason: &str) -> Self {
        Self::Protocol(ErrorObject::new(INVALID_PARAMS, "Invalid params").with_data(reason))
    }

    fn zinit(code: i32, message: String, data: Value) -> Self {
        let structured = ErrorObject { code, message, data: Some(data) };
        Self::Zinit { structured, bare: INTERNAL_ERROR }
    }

    /// The same, but for 0.2.27 of a code of its own.
    fn coded(self) -> Self {
        match self {
            Self::Zinit { structured, .. } => Self::Zinit { bare: structured.code, structured },
            protocol @ Self::Protocol(_) => protocol,
        }
    }

    /// For an error of the engine. `action` is what was tried, `service` what with.
    pub fn engine(error: &anyhow::Error, action: &str, service: Option<&str>) -> Self {
        let (code, code_name, reason, hint) = match error.downcast_ref::<ZInitError>() {
            Some(ZInitError::UnknownService { name }) => (
                SERVICE_NOT_FOUND,
                "ServiceNotFound",
                format!("service '{name}' not found"),
                "Ensure the service is monitored or the name is correct",
            ),
            Some(ZInitError::ServiceAlreadyMonitored { name }) => (
                SERVICE_ALREADY_MONITORED,
                "ServiceAlreadyMonitored",
                format!("service '{name}' already monitored"),
                "The service is already monitored; call service_forget or control it with start/stop",
            ),
            Some(ZInitError::ServiceIsUp { name }) => (
                SERVICE_IS_UP,
                "ServiceIsUp",
                format!("service '{name}' is up"),
                "Service is already up; use service_stop or restart",
            ),
            Some(ZInitError::ServiceIsDown { name }) => (
                SERVICE_IS_DOWN,
                "ServiceIsDown",
                format!("service '{name}' is down"),
                "Service is down; start it before sending signals or requesting stats",
            ),
            Some(ZInitError::ShuttingDown) => (
                SHUTTING_DOWN,
                "ShuttingDown",
                "system is shutting down".to_owned(),
                "Wait for shutdown to complete or avoid mutating operations during shutdown",
            ),
            _ => (
                INTERNAL_ERROR,
                "InternalError",
                error.to_string(),
                "Enable verbose logs and inspect cause_chain for details",
            ),
        };
        let causes: Vec<String> = error.chain().skip(1).map(ToString::to_string).collect();
        let data = json!({
            "action": action,
            "cause_chain": if causes.is_empty() { Value::Null } else { causes.into() },
            "code_name": code_name,
            "hint": hint,
            "retryable": code == SERVICE_ALREADY_MONITORED || code == SERVICE_IS_DOWN,
            "service": service,
        });
        Self::zinit(code, format!("{action}: {reason}"), data)
    }

    /// The same for a start, of which 0.2.27 says with each error that the service is up.
    pub fn start(error: &anyhow::Error, service: &str) -> Self {
        match Self::engine(error, "starting service", Some(service)) {
            Self::Zinit { structured, .. } => Self::Zinit { structured, bare: SERVICE_IS_UP },
            protocol @ Self::Protocol(_) => protocol,
        }
    }

    pub fn invalid_service_name(action: &str, service: &str) -> Self {
        let data = json!({
            "action": action,
            "code_name": "InvalidServiceName",
            "hint": r"Name must not contain '/', '\\' or '.'",
            "service": service,
        });
        Self::zinit(INVALID_PARAMS, format!("{action}: invalid service name '{service}'"), data)
    }

    pub fn invalid_signal(signal: &str) -> Self {
        let action = "parsing signal";
        let data = json!({
            "action": action,
            "code_name": "InvalidSignal",
            "hint": "Use a valid POSIX signal like SIGTERM or SIGKILL",
            "signal": signal,
        });
        Self::zinit(INVALID_SIGNAL, format!("{action}: invalid signal '{signal}'"), data)
    }

    /// For a service file that is not there, or does not say what it must. The reason is not for clients.
    pub fn not_loaded(service: &str) -> Self {
        let data = json!({
            "action": "loading service config",
            "code_name": "ConfigError",
            "hint": "Verify the YAML file exists and is valid",
            "service": service,
        });
        Self::zinit(CONFIG_ERROR, format!("monitoring service: failed to load '{service}.yaml'"), data)
    }

    /// For a service file that is there already.
    pub fn already_exists(service: &str) -> Self {
        let data = json!({
            "action": "creating service file",
            "code_name": "ServiceAlreadyExists",
            "hint": "Use a different name or delete the existing service first",
            "service": service,
        });
        let message = format!("creating service: Service '{service}' already exists");
        Self::zinit(SERVICE_ALREADY_EXISTS, message, data).coded()
    }

    /// For a service file that is not there. `doing` begins the message, `action` is the same in other words.
    pub fn no_file(doing: &str, action: &str, service: &str) -> Self {
        let data = json!({
            "action": action,
            "code_name": "ServiceNotFound",
            "hint": "Ensure the service file exists",
            "service": service,
        });
        Self::zinit(SERVICE_NOT_FOUND, format!("{doing}: Service '{service}' not found"), data).coded()
    }

    /// For a service file with which the system refuses to do what is to be done.
    pub fn file_error(action: &str, verb: &str, service: &str) -> Self {
        let data = json!({
            "action": action,
            "code_name": "ServiceFileError",
            "hint": "Check permissions and filesystem availability",
            "service": service,
        });
        Self::zinit(SERVICE_FILE_ERROR, format!("{action}: failed to {verb} service file"), data).coded()
    }

    /// For a service file that is not YAML.
    pub fn not_yaml(service: &str) -> Self {
        let data = json!({
            "action": "parsing service file",
            "code_name": "ConfigError",
            "hint": "Ensure the YAML is valid",
            "service": service,
        });
        Self::zinit(CONFIG_ERROR, "getting service: failed to parse YAML".to_owned(), data)
    }

    /// For YAML that has no like in JSON.
    pub fn not_json(service: &str) -> Self {
        let data = json!({
            "action": "converting YAML to JSON",
            "code_name": "ConfigError",
            "service": service,
        });
        Self::zinit(CONFIG_ERROR, "getting service: failed to convert YAML to JSON".to_owned(), data)
    }
}
