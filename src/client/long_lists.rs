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

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::{Future, poll_fn};
    use std::pin::pin;

    use super::{MOST_AT_ONCE, without};
    use crate::client::Io;
    use crate::driver::scripted::run;
    use crate::error::Result;
    use crate::model::{ServiceList, State, Text};

    /// How often others go on meanwhile.
    fn turns_of_others(operation: impl AsyncFnOnce(Io<'_>) -> Result<()>) -> usize {
        let polls = Cell::new(0);
        let outcome = run(
            |_, line| -> String { panic!("{line}") },
            async |io| {
                let mut operation = pin!(operation(io));
                poll_fn(|context| {
                    polls.set(polls.get() + 1);
                    operation.as_mut().poll(context)
                })
                .await
            },
        );
        outcome.result.unwrap();
        polls.get() - 1
    }

    fn services(count: usize) -> ServiceList {
        let running = State::parse("Running").unwrap();
        let service = |number| (Text::new(&format!("s{number:05}")).unwrap(), running.clone());
        ServiceList::new((0..count).map(service).collect())
    }

    #[test]
    fn others_go_on_while_a_long_list_is_freed_or_compared() {
        for (count, turns) in
            [(0, 0), (1, 0), (MOST_AT_ONCE, 0), (MOST_AT_ONCE + 1, 1), (2 * MOST_AT_ONCE + 1, 2)]
        {
            assert_eq!(turns_of_others(async |io| io.free(services(count)).await), turns, "{count}");
            let lines = vec![String::new(); count];
            assert_eq!(turns_of_others(async |io| io.free_lines(lines).await), turns, "{count}");
            let (list, other) = (services(count), services(count / 2));
            let compared = turns_of_others(async |io| {
                assert_eq!(without(io, &list, &other).await?.len(), count - count / 2);
                Ok(())
            });
            assert_eq!(compared, turns, "{count}");
        }
    }
}
