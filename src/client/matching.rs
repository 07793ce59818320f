//! Which services match a filter.

use super::{ConfigDirectory, Desk, queries};
use crate::error::{ErrorKind, Result};
use crate::model::{Filter, Name, Service, Text};

/// The names of the monitored services that match, sorted.
///
/// A file is read for a condition on the command alone, and only where the name matches. A service whose file is missing,
/// cannot be read or is no service definition matches no such condition.
pub async fn matches(desk: &Desk, directory: &ConfigDirectory, filter: &Filter) -> Result<Vec<Text>> {
    if filter.is_empty() {
        let reason = "it has no condition: add one, or list the services".to_owned();
        return Err(ErrorKind::InvalidArgument { argument: "filter", reason }.into());
    }
    let list = queries::list(desk).await?;
    let names = list.services().iter().map(|(name, _)| name);
    let found = names.filter(|name| {
        filter.matches_name(name.as_str()) && (!filter.has_exec() || matches_file(directory, filter, name))
    });
    Ok(found.cloned().collect())
}

fn matches_file(directory: &ConfigDirectory, filter: &Filter, name: &Text) -> bool {
    let Ok(yaml) = Name::new(name.as_str()).and_then(|name| directory.content(&name)) else {
        return false;
    };
    // Most services do not match, and most of their files are plain.
    if Service::glance_at_exec(&yaml).is_some_and(|exec| !filter.matches_exec(exec)) {
        return false;
    }
    let service = Service::from_yaml(&yaml);
    service.is_ok_and(|service| filter.matches_exec(service.exec().map_or("", Text::as_str)))
}
