//! Makes one sorted list of entries that come in parts.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::vec::IntoIter;

use super::status::{is_sorted, sort};
use super::{ServiceList, State, Text};

/// The entries that have come so far; and then the list, in steps of a bounded size.
#[derive(Debug, Default)]
pub struct ListBuilder {
    /// Those that came sorted, which are all of them from a daemon that sorts.
    sorted: Vec<(Text, State)>,
    /// All parts behind the first one that did not fit there, each sorted.
    parts: Vec<Vec<(Text, State)>>,
    merge: Option<Merge>,
}

/// The list is on its way.
#[derive(Debug)]
struct Merge {
    parts: Vec<IntoIter<(Text, State)>>,
    /// The next entry of each part.
    next: BinaryHeap<Next>,
    merged: Vec<(Text, State)>,
}

#[derive(Debug)]
struct Next {
    entry: (Text, State),
    part: usize,
}

impl ListBuilder {
    /// The entries that come next.
    pub fn extend(&mut self, mut part: Vec<(Text, State)>) {
        share(&mut part);
        let is_sorted = is_sorted(&part);
        let is_behind = match (self.sorted.last(), part.first()) {
            (Some((last, _)), Some((first, _))) => last < first,
            _ => true,
        };
        if is_sorted && is_behind && self.parts.is_empty() {
            self.sorted.append(&mut part);
            return;
        }
        if !is_sorted {
            sort(&mut part);
        }
        self.parts.push(part);
    }

    /// The list, once all has come. Takes no more than `most` entries further; `None`: it is to be called again.
    pub fn finish(&mut self, most: usize) -> Option<ServiceList> {
        if self.parts.is_empty() && self.merge.is_none() {
            return Some(ServiceList(std::mem::take(&mut self.sorted)));
        }
        let merge = self.merge.get_or_insert_with(|| {
            let sorted = std::mem::take(&mut self.sorted);
            Merge::new([sorted].into_iter().chain(std::mem::take(&mut self.parts)))
        });
        let is_merged = (0..most).any(|_| !merge.advance());
        is_merged.then(|| ServiceList(std::mem::take(&mut merge.merged)))
    }
}

/// Puts the long names of a part, and its long states, into one piece of memory.
pub fn share(part: &mut [(Text, State)]) {
    Text::share(part.iter_mut().flat_map(|(name, state)| [name, state.text_mut()]));
}

impl Merge {
    fn new(parts: impl Iterator<Item = Vec<(Text, State)>>) -> Self {
        let mut parts: Vec<_> = parts.map(Vec::into_iter).collect();
        let merged = Vec::with_capacity(parts.iter().map(IntoIter::len).sum());
        let firsts = parts.iter_mut().enumerate();
        let next = firsts.filter_map(|(part, entries)| Some(Next { entry: entries.next()?, part })).collect();
        Self { parts, next, merged }
    }

    /// Takes one entry further; `false`: there is none left.
    fn advance(&mut self) -> bool {
        let Some(Next { entry, part }) = self.next.pop() else { return false };
        if let Some(next) = self.parts.get_mut(part).and_then(Iterator::next) {
            self.next.push(Next { entry: next, part });
        }
        match self.merged.last_mut() {
            // That of the later part comes last.
            Some(last) if last.0 == entry.0 => *last = entry,
            _ => self.merged.push(entry),
        }
        true
    }
}

/// The greatest is the one that the list has first.
impl Ord for Next {
    fn cmp(&self, other: &Self) -> Ordering {
        other.entry.0.cmp(&self.entry.0).then(other.part.cmp(&self.part))
    }
}

impl PartialOrd for Next {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Next {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Next {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{ListBuilder, State, Text};

    #[test]
    fn entries_in_parts_make_the_sorted_list_in_which_the_last_duplicate_counts() {
        let words = ["Running", "Success", "Spawned"];
        let mut seed = 1_u32;
        let mut random = |below: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) % below
        };
        for case in 0..500 {
            let is_sorted = case % 3 == 0;
            let mut entry = |index: u32| {
                let number = if is_sorted { index } else { random(30) };
                let state = State::parse(words[random(3) as usize]).unwrap();
                (Text::lossy(&format!("s{number:02}")), state)
            };
            let entries: Vec<_> = (0..case % 40).map(&mut entry).collect();
            let mut builder = ListBuilder::default();
            for part in entries.chunks(1 + random(7) as usize) {
                builder.extend(part.to_vec());
            }
            let most = 1 + random(9) as usize;
            let list = (0..=entries.len()).find_map(|_| builder.finish(most)).unwrap();
            let expected: Vec<_> = entries.into_iter().collect::<BTreeMap<_, _>>().into_iter().collect();
            assert_eq!(list.services(), expected);
        }
    }
}
