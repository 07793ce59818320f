//! Which services match a filter.

use super::{Io, definitions, queries};
use crate::error::{ErrorKind, Result};
use crate::model::{Filter, Name, Service, Text};

/// The names of the monitored services that match, sorted.
///
/// A file is read for a condition on the command alone, and only where the name matches. A service whose file
/// is missing, cannot be read or is no service definition matches no such condition.
pub async fn matches(io: Io<'_>, filter: &Filter) -> Result<Vec<Text>> {
    if filter.is_empty() {
        let reason = "it has no condition: add one, or list the services".to_owned();
        return Err(ErrorKind::InvalidArgument { argument: "filter", reason }.into());
    }
    let list = queries::list(io).await?;
    let mut found = Vec::new();
    for (name, _) in list.services() {
        if filter.matches_name(name.as_str())
            && (!filter.has_exec() || matches_file(io, filter, name).await?)
        {
            found.push(name.clone());
        }
    }
    Ok(found)
}

async fn matches_file(io: Io<'_>, filter: &Filter, name: &Text) -> Result<bool> {
    let Ok(name) = Name::new(name.as_str()) else { return Ok(false) };
    if definitions::is_over_socket(io).await? {
        return match definitions::load_service(io, &name).await {
            Ok(service) => Ok(filter.matches_exec(service.exec().map_or("", Text::as_str))),
            Err(error) if error.kind().is_file_of_another_mount() => Ok(false),
            Err(error) => Err(error),
        };
    }
    let yaml = match io.read(name).await {
        Ok(yaml) => yaml,
        Err(error) if error.kind().is_file_of_another_mount() => return Ok(false),
        Err(error) => return Err(error),
    };
    // Most services do not match, and most of their files are plain.
    if Service::quick_scan_exec(&yaml).is_some_and(|exec| !filter.matches_exec(exec)) {
        return Ok(false);
    }
    let service = Service::from_yaml(&yaml);
    Ok(service.is_ok_and(|service| filter.matches_exec(service.exec().map_or("", Text::as_str))))
}
