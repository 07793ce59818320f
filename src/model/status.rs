//! What the daemon tells of its services.

use crate::model::sort::sort_by;
use crate::model::{State, Text};

/// What the daemon works towards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A word from a newer daemon.
    Unknown,
    /// The service is to run.
    Up,
    /// The service is to be stopped.
    Down,
}

impl Target {
    /// Reads the daemon's word. Case does not matter.
    pub fn parse(text: &str) -> Self {
        if text.eq_ignore_ascii_case("Up") {
            Self::Up
        } else if text.eq_ignore_ascii_case("Down") {
            Self::Down
        } else {
            Self::Unknown
        }
    }

    /// The daemon's word.
    pub fn name(self) -> &'static Text {
        static NAMES: [Text; 3] =
            [Text::literal("Unknown\0"), Text::literal("Up\0"), Text::literal("Down\0")];
        let [unknown, up, down] = &NAMES;
        match self {
            Self::Unknown => unknown,
            Self::Up => up,
            Self::Down => down,
        }
    }
}

/// One service, at the moment the daemon answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The service's name.
    pub name: Text,
    /// Its process; 0 whenever none lives.
    pub pid: i32,
    /// Its state.
    pub state: State,
    /// What the daemon works towards.
    pub target: Target,
    /// The services that it runs after, each with its state.
    pub after: Vec<(Text, State)>,
}

impl Status {
    /// Of a service of which no more is known than what a list tells.
    pub fn from_list(name: &Text, state: &State) -> Self {
        Self { name: name.clone(), pid: 0, state: state.clone(), target: Target::Unknown, after: Vec::new() }
    }

    /// Stopped for good: the daemon will not start it again by itself, and no process of it lives.
    pub fn is_stopped(&self) -> bool {
        self.target == Target::Down && self.pid == 0
    }
}

/// All monitored services, sorted by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServiceList(pub(super) Vec<(Text, State)>);

impl ServiceList {
    /// Sorts by name; of two entries with the same name the last one counts, as in any JSON map.
    pub fn new(mut services: Vec<(Text, State)>) -> Self {
        // The daemon sends them sorted, and then there is nothing to do.
        if !is_sorted(&services) {
            sort(&mut services);
        }
        Self(services)
    }

    /// Each service with its state.
    pub fn services(&self) -> &[(Text, State)] {
        &self.0
    }

    /// Notes the state of one service.
    pub fn set(&mut self, name: Text, state: State) {
        match self.index(name.as_str()) {
            Ok(index) => {
                if let Some(entry) = self.0.get_mut(index) {
                    entry.1 = state;
                }
            }
            Err(index) => self.0.insert(index, (name, state)),
        }
    }

    /// Takes these services out, which are sorted by name.
    pub fn remove_all(&mut self, services: &[(Text, State)]) {
        let mut services = services.iter().peekable();
        if services.peek().is_some() {
            self.0.retain(|(name, _)| {
                while services.next_if(|(next, _)| next < name).is_some() {}
                services.peek().is_none_or(|(next, _)| next != name)
            });
        }
    }

    /// Drops so many services at the end; `false`: there are not more.
    pub fn shrink(&mut self, most: usize) -> bool {
        self.0.truncate(self.0.len().saturating_sub(most));
        !self.0.is_empty()
    }

    /// The state of one service; `None` where it is not monitored.
    pub fn state(&self, name: &str) -> Option<&State> {
        let index = self.index(name).ok()?;
        self.0.get(index).map(|(_, state)| state)
    }

    /// Where a service is, or would be.
    fn index(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.as_str().cmp(name))
    }
}

/// Whether the names are sorted, and each is there once.
pub(super) fn is_sorted(entries: &[(Text, State)]) -> bool {
    entries.is_sorted_by(|(before, _), (after, _)| before < after)
}

/// Sorts by name; of two entries with the same name the last one counts.
pub(super) fn sort(entries: &mut Vec<(Text, State)>) {
    sort_by(entries, |(one, _), (other, _)| one.cmp(other));
    entries.dedup_by(|later, kept| {
        let is_same = later.0 == kept.0;
        if is_same {
            std::mem::swap(later, kept);
        }
        is_same
    });
}

#[cfg(test)]
mod tests {
    use super::{ServiceList, State, Text};

    fn list(entries: &[(&str, &str)]) -> ServiceList {
        let entry = |(name, state): &(&str, &str)| (Text::lossy(name), State::parse(state).unwrap());
        ServiceList::new(entries.iter().map(entry).collect())
    }

    #[test]
    fn services_are_taken_out_and_the_others_stay() {
        let mut all = list(&[("a", "Running"), ("b", "Running"), ("c", "Success"), ("d", "Running")]);
        all.remove_all(
            list(&[("A", "Running"), ("a", "Success"), ("bb", "Running"), ("c", "Running")]).services(),
        );
        assert_eq!(all, list(&[("b", "Running"), ("d", "Running")]));
        all.remove_all(&[]);
        assert!(all.shrink(1));
        assert_eq!(all, list(&[("b", "Running")]));
        assert!(!all.shrink(5));
    }

    #[test]
    fn a_list_is_sorted_and_its_last_duplicate_counts() {
        let list = list(&[("b", "Running"), ("a", "Running"), ("b", "Success")]);
        let names: Vec<_> = list.services().iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(list.state("b").unwrap().text().as_str(), "Success");
        assert_eq!(list.state("c"), None);
    }
}
