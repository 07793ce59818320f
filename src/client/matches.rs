//! Which services match a filter.

use super::{Io, definitions, queries};
use crate::error::{ErrorKind, Result};
use crate::model::{Filter, Name, Service, Text};

/// The names of the monitored services that match, sorted.
///
/// A file is read for a condition on the command alone, and only where the name matches. A service whose file
/// is missing, cannot be read or is no service definition matches no such condition. Others go on meanwhile.
pub async fn matches(io: Io<'_>, filter: &Filter) -> Result<Vec<Text>> {
    if filter.is_empty() {
        let reason = "it has no condition: add one, or list the services".to_owned();
        return Err(ErrorKind::InvalidArgument { argument: "filter", reason }.into());
    }
    let list = queries::list(io).await?;
    let mut found = Vec::new();
    let mut work = Work::default();
    for (text, _) in list.services() {
        let name = text.as_str();
        expect_name(name)?;
        work.add(io, filter.name_work(name)).await?;
        if filter.matches_name(name)
            && (!filter.has_exec() || matches_file(io, filter, &mut work, name).await?)
        {
            found.push(text.clone());
        }
    }
    Ok(found)
}

/// A name that no file can have is not the daemon's, and a pattern would search it for too long.
fn expect_name(name: &str) -> Result<()> {
    if name.len() <= Name::MAX_BYTES {
        return Ok(());
    }
    let reason = format!("a service has a name of more than {} bytes", Name::MAX_BYTES);
    Err(ErrorKind::Protocol { reason }.into())
}

async fn matches_file(io: Io<'_>, filter: &Filter, work: &mut Work, name: &str) -> Result<bool> {
    let Ok(name) = Name::new(name) else { return Ok(false) };
    if definitions::is_over_socket(io).await? {
        return match definitions::load_service(io, &name).await {
            Ok(service) => {
                matches_exec(io, filter, work, &name, service.exec().map_or("", Text::as_str)).await
            }
            Err(error) if error.kind().is_file_of_another_mount() => Ok(false),
            Err(error) => Err(error),
        };
    }
    let yaml = match io.read(name.clone()).await {
        Ok(yaml) => yaml,
        Err(error) if error.kind().is_file_of_another_mount() => return Ok(false),
        Err(error) => return Err(error),
    };
    // Most services do not match, and most of their files are plain.
    if let Some(exec) = Service::quick_scan_exec(&yaml) {
        if !matches_exec(io, filter, work, &name, exec).await? {
            return Ok(false);
        }
        // The command is the one that is looked for, if the file is a service definition at all.
        return Ok(Service::from_yaml(&yaml).is_ok());
    }
    let Ok(service) = Service::from_yaml(&yaml) else { return Ok(false) };
    matches_exec(io, filter, work, &name, service.exec().map_or("", Text::as_str)).await
}

async fn matches_exec(
    io: Io<'_>,
    filter: &Filter,
    work: &mut Work,
    name: &Name,
    command: &str,
) -> Result<bool> {
    work.add(io, filter.exec_work(command)).await?;
    filter
        .matches_exec(command)
        .map_err(|error| error.service_context("search the command of", name.as_str()))
}

/// What was done since others went on.
#[derive(Default)]
struct Work(usize);

impl Work {
    /// Lets others go on before much more is done: each call is a search of its own at most.
    async fn add(&mut self, io: Io<'_>, more: usize) -> Result<()> {
        const MOST_AT_ONCE: usize = Filter::MAX_WORK / 16;
        self.0 = self.0.saturating_add(more);
        if self.0 > MOST_AT_ONCE {
            io.give_way().await?;
            self.0 = more;
        }
        Ok(())
    }
}
