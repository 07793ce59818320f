//! Work on lists of services or lines, which gives way to others where a list is very long.

use super::Io;
use crate::error::Result;
use crate::model::{ServiceList, State, Text};

/// Behind so many services or lines, others go on before the next.
pub(super) const MOST_AT_ONCE: usize = 1 << 13;

impl Io<'_> {
    /// Frees a list.
    pub(super) async fn free(self, mut list: ServiceList) -> Result<()> {
        while list.shrink(MOST_AT_ONCE) {
            self.give_way().await?;
        }
        Ok(())
    }

    /// Frees lines.
    pub(super) async fn free_lines(self, mut lines: Vec<String>) -> Result<()> {
        while lines.len() > MOST_AT_ONCE {
            lines.truncate(lines.len() - MOST_AT_ONCE);
            self.give_way().await?;
        }
        Ok(())
    }
}

/// The services that are in one list and not in the other one.
pub(super) async fn without(
    io: Io<'_>,
    one: &ServiceList,
    other: &ServiceList,
) -> Result<Vec<(Text, State)>> {
    let mut missing = Vec::new();
    for (index, services) in one.services().chunks(MOST_AT_ONCE).enumerate() {
        if index > 0 {
            io.give_way().await?;
        }
        let is_missing = |(name, _): &&(Text, State)| other.state(name.as_str()).is_none();
        missing.extend(services.iter().filter(is_missing).cloned());
    }
    Ok(missing)
}
