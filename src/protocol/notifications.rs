//! The lines of a log that a daemon was asked to send over JSON-RPC, each as a notification.

use std::collections::VecDeque;

use serde::de::IgnoredAny;

use super::body::misunderstood;
use super::jsonrpc::{self, Refused};
use super::object::Object;
use super::{Protocol, Request, interpret, log};
use crate::error::{ErrorKind, Result};
use crate::model::search;

/// A line of the log.
#[derive(Debug)]
pub struct Notification {
    /// As the line protocol has it, without its newline.
    pub line: String,
    /// Whether its end was cut off.
    pub is_truncated: bool,
}

/// Cuts what comes into notifications.
#[derive(Debug, Default)]
pub struct Notifications {
    /// The beginning of one whose end has not come yet.
    rest: Vec<u8>,
    come: VecDeque<Notification>,
    is_confirmed: bool,
}

/// What stands on a line.
#[derive(serde::Deserialize)]
struct Message {
    #[serde(default)]
    id: Option<u64>,
    #[serde(default)]
    result: Option<IgnoredAny>,
    #[serde(default)]
    error: Option<Object<Refused>>,
    #[serde(default)]
    params: Option<Object<Parameters>>,
}

#[derive(serde::Deserialize)]
struct Parameters {
    result: String,
}

impl Notifications {
    /// A longer one is not a line of a log.
    const MAX_BYTES: usize = 8 << 20;

    /// Whether the daemon has said that it will send them.
    pub fn is_confirmed(&self) -> bool {
        self.is_confirmed
    }

    /// Takes the next one out.
    pub fn take_next(&mut self) -> Option<Notification> {
        self.come.pop_front()
    }

    /// Takes in what has come. An error is a refusal, or what is not a notification.
    pub fn take_in(&mut self, bytes: &[u8]) -> Result<()> {
        let mut bytes = bytes;
        while let Some(end) = search::find(b'\n', bytes) {
            let (line, rest) = bytes.split_at_checked(end + 1).unwrap_or((bytes, &[]));
            bytes = rest;
            if self.rest.is_empty() {
                self.read(line)?;
            } else {
                self.rest.extend_from_slice(line);
                let line = std::mem::take(&mut self.rest);
                self.read(&line)?;
            }
        }
        self.rest.extend_from_slice(bytes);
        refuse_busy(&self.rest)?;
        if self.rest.len() > Self::MAX_BYTES {
            return Err(misunderstood(&self.rest, "a notification without an end"));
        }
        Ok(())
    }

    fn read(&mut self, line: &[u8]) -> Result<()> {
        refuse_busy(line)?;
        let Ok(text) = std::str::from_utf8(line) else { return Err(misunderstood(line, "it is not UTF-8")) };
        match serde_json::from_str::<Object<Message>>(text) {
            Ok(Object(Message { params: Some(Object(Parameters { result: mut line })), .. })) => {
                let (kept, is_truncated) = log::cut(&line);
                line.truncate(kept.len());
                self.come.push_back(Notification { line, is_truncated });
                Ok(())
            }
            Ok(Object(Message { error: Some(Object(refused)), .. })) => {
                Err(interpret(&Request::Log(None), Protocol::JsonRpc, refused.error()))
            }
            Ok(Object(Message { id: Some(_), result: Some(_), .. })) => {
                self.is_confirmed = true;
                Ok(())
            }
            Ok(_) => Err(misunderstood(line, "it is not a line of the log")),
            Err(error) => Err(misunderstood(line, &error.to_string())),
        }
    }
}

/// The daemon has no room for one connection more.
fn refuse_busy(bytes: &[u8]) -> Result<()> {
    if jsonrpc::is_busy(bytes) {
        let message = "too many connections".to_owned();
        return Err(ErrorKind::Daemon { message, advice: "; try again later" }.into());
    }
    Ok(())
}
