//! The methods that write, read and remove service files. They know nothing of the services that run.

use super::errors::Refusal;
use super::messages::to_json;
use super::methods::Outcome;
use serde_json::{Map, Value};
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;

/// Refuses what would be a path, or hide the extension.
pub fn check(action: &str, name: &str) -> Result<(), Refusal> {
    if name.contains(['/', '\\', '.']) {
        return Err(Refusal::invalid_service_name(action, name));
    }
    Ok(())
}

/// Writes the content as it is: whether it is a service is for `service_monitor` to find out.
pub fn create(name: &str, content: &Map<String, Value>) -> Outcome {
    const ACTION: &str = "creating service file";
    let path = path("creating service", name)?;
    if path.exists() {
        return Err(Refusal::already_exists(name));
    }
    // JSON has nothing that YAML has not.
    let text = serde_yaml::to_string(content).unwrap_or_default();
    let mut file = File::create(path).map_err(|_| Refusal::file_error(ACTION, "create", name))?;
    file.write_all(text.as_bytes())
        .map_err(|_| Refusal::file_error("writing service file", "write", name))?;
    Ok(to_json(&format!("Service '{name}' created successfully")))
}

/// The file's content as JSON, whatever it is.
pub fn get(name: &str) -> Outcome {
    const ACTION: &str = "reading service file";
    let path = path("getting service", name)?;
    if !path.exists() {
        return Err(Refusal::no_file("getting service", ACTION, name));
    }
    let text = fs::read_to_string(path).map_err(|_| Refusal::file_error(ACTION, "read", name))?;
    let content: serde_yaml::Value = serde_yaml::from_str(&text).map_err(|_| Refusal::not_yaml(name))?;
    let content = serde_json::to_value(content).map_err(|_| Refusal::not_json(name))?;
    Ok(to_json(&content))
}

/// Removes the file. A service that was made of it goes on.
pub fn delete(name: &str) -> Outcome {
    const ACTION: &str = "deleting service file";
    let path = path("deleting service", name)?;
    if !path.exists() {
        return Err(Refusal::no_file("deleting service", ACTION, name));
    }
    fs::remove_file(path).map_err(|_| Refusal::file_error(ACTION, "delete", name))?;
    Ok(to_json(&format!("Service '{name}' deleted successfully")))
}

/// Relative to the daemon's directory.
fn path(action: &str, name: &str) -> Result<PathBuf, Refusal> {
    check(action, name)?;
    Ok(PathBuf::from(format!("{name}.yaml")))
}
