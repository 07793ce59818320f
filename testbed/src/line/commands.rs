//! From a line to a reply, byte for byte as zinit 0.2.14 gives it.

use crate::engine::Engine;
use crate::shutdown::{self, Order};
use anyhow::{bail, Context, Result};
use nix::sys::signal::Signal;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::str::FromStr;
use zinit::zinit::config;

/// What a line is answered with.
pub enum Answer {
    /// These bytes, with no newline behind them.
    Reply(Vec<u8>),
    /// The log lines kept so far, and with `follow` those to come.
    Logs {
        /// False for `log snapshot`.
        follow: bool,
    },
}

#[derive(Debug, PartialEq)]
enum Command {
    List,
    Status(String),
    Start(String),
    Stop(String),
    Monitor(String),
    Forget(String),
    Kill { name: String, signal: String },
    Log { follow: bool },
    Shutdown,
    Reboot,
}

#[derive(Serialize)]
struct Reply {
    state: &'static str,
    body: Value,
}

/// The reply to `status`. The order of the fields is that of the keys on the wire, and so is the map's.
#[derive(Serialize)]
struct Status {
    after: BTreeMap<String, String>,
    name: String,
    pid: i32,
    state: String,
    target: String,
}

/// Does what the line asks for.
pub async fn answer(line: &str, engine: &Engine) -> Answer {
    let result = match parse(line) {
        Ok(Command::Log { follow }) => return Answer::Logs { follow },
        Ok(command) => execute(command, engine).await,
        Err(error) => Err(error),
    };
    Answer::Reply(reply(result))
}

fn parse(line: &str) -> Result<Command> {
    let words = shlex::split(line).context("invalid command syntax")?;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    // Where zinit does not count the arguments, we do not either.
    Ok(match *words.as_slice() {
        [] => bail!("unknown command"),
        ["log"] => Command::Log { follow: true },
        ["log", "snapshot"] => Command::Log { follow: false },
        ["log", ..] => bail!("invalid log command arguments"),
        ["list", ..] => Command::List,
        ["shutdown", ..] => Command::Shutdown,
        ["reboot", ..] => Command::Reboot,
        ["status", name] => Command::Status(name.to_owned()),
        ["start", name] => Command::Start(name.to_owned()),
        ["stop", name] => Command::Stop(name.to_owned()),
        ["monitor", name] => Command::Monitor(name.to_owned()),
        ["forget", name] => Command::Forget(name.to_owned()),
        ["kill", name, signal] => Command::Kill { name: name.to_owned(), signal: signal.to_owned() },
        [word, ..] => bail!("unknown command '{word}' or wrong arguments count"),
    })
}

async fn execute(command: Command, engine: &Engine) -> Result<Value> {
    let lifecycle = &engine.lifecycle;
    match command {
        Command::List => return list(engine).await,
        Command::Status(name) => return status(name, engine).await,
        Command::Start(name) => lifecycle.start(name).await?,
        Command::Stop(name) => engine.stop(&name).await?,
        Command::Monitor(name) => {
            // Relative to the daemon's directory. The name is not checked, so that it may lead out of there,
            // and the service is called as the file is.
            let (name, service) =
                config::load(format!("{name}.yaml")).context("failed to load service config")?;
            lifecycle.monitor(name, service).await?;
        }
        Command::Forget(name) => lifecycle.forget(name).await?,
        Command::Kill { name, signal } => {
            // The signal is looked at before the name.
            let signal = Signal::from_str(&signal.to_uppercase())?;
            lifecycle.kill(name, signal).await?;
        }
        // Not one service is stopped yet when the reply goes out. In a container a reboot is a shutdown.
        Command::Shutdown | Command::Reboot => {
            tokio::spawn(shutdown::run(engine.clone(), Order::AllAtOnce));
        }
        Command::Log { .. } => {}
    }
    Ok(Value::Null)
}

async fn list(engine: &Engine) -> Result<Value> {
    let mut services = BTreeMap::new();
    // Each service is asked for on its own: one that is forgotten meanwhile fails the whole list, as in
    // zinit.
    for name in engine.lifecycle.list().await? {
        let status = engine.lifecycle.status(&name).await?;
        services.insert(name, format!("{:?}", status.state));
    }
    Ok(serde_json::to_value(services)?)
}

async fn status(name: String, engine: &Engine) -> Result<Value> {
    let status = engine.lifecycle.status(&name).await?;
    let mut after = BTreeMap::new();
    for dependency in status.service.after {
        let state = engine.state_text(&dependency).await;
        after.insert(dependency, state);
    }
    Ok(serde_json::to_value(Status {
        after,
        name,
        pid: status.pid.as_raw(),
        state: format!("{:?}", status.state),
        target: format!("{:?}", status.target),
    })?)
}

fn reply(result: Result<Value>) -> Vec<u8> {
    let reply = match result {
        Ok(body) => Reply { state: "ok", body },
        // The outermost message only: why a service file was refused is not for clients.
        Err(error) => Reply { state: "error", body: Value::String(error.to_string()) },
    };
    // Text and maps with text for keys: there is nothing in it that JSON could not hold.
    serde_json::to_vec(&reply).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{parse, reply, Command};
    use serde_json::Value;

    fn refusal(line: &str) -> String {
        match parse(line) {
            Ok(command) => format!("{command:?}"),
            Err(error) => error.to_string(),
        }
    }

    fn command(line: &str) -> Option<Command> {
        parse(line).ok()
    }

    #[test]
    fn names_are_split_as_a_shell_does() {
        for (line, name) in [
            ("status a\n", "a"),
            ("status 'with space'\n", "with space"),
            ("status with\\ space", "with space"),
            ("  status \t a # not this", "a"),
            ("status \"a\\\"b\"\n", "a\"b"),
            ("status ''\n", ""),
            ("status a\r\n", "a\r"),
        ] {
            assert_eq!(command(line), Some(Command::Status(name.to_owned())), "{line:?}");
        }
    }

    #[test]
    fn some_commands_do_not_count_their_arguments() {
        assert_eq!(command("list a b"), Some(Command::List));
        assert_eq!(command("shutdown now"), Some(Command::Shutdown));
        assert_eq!(command("reboot now"), Some(Command::Reboot));
    }

    #[test]
    fn log_follows_unless_a_snapshot_is_asked_for() {
        assert_eq!(command("log"), Some(Command::Log { follow: true }));
        assert_eq!(command("log snapshot"), Some(Command::Log { follow: false }));
        assert_eq!(refusal("log foo"), "invalid log command arguments");
        assert_eq!(refusal("log snapshot foo"), "invalid log command arguments");
    }

    #[test]
    fn refusals_have_the_words_of_zinit() {
        for line in ["", "\n", "# only a comment\n"] {
            assert_eq!(refusal(line), "unknown command", "{line:?}");
        }
        assert_eq!(refusal("status \"open\n"), "invalid command syntax");
        for (line, word) in [
            ("foo", "foo"),
            ("STATUS a", "STATUS"),
            ("status", "status"),
            ("status a b", "status"),
            ("kill a", "kill"),
            ("'' a", ""),
        ] {
            assert_eq!(refusal(line), format!("unknown command '{word}' or wrong arguments count"));
        }
    }

    #[test]
    fn a_reply_has_state_before_body_and_no_newline() {
        assert_eq!(reply(Ok(Value::Null)), br#"{"state":"ok","body":null}"#);
        assert_eq!(
            reply(Err(anyhow::anyhow!("service name {:?} unknown", "a\tb"))),
            br#"{"state":"error","body":"service name \"a\\tb\" unknown"}"#
        );
    }
}
