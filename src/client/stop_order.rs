//! Which of several services is told to stop when.

use std::collections::BTreeSet;
use std::mem;

use super::deadline::Deadline;
use super::effect::StopOrder;
use super::progress::unique;
use super::side_by_side::{at_once, side_by_side};
use super::wait_until::{Pending, is_too_late, split_fatal};
use super::{Io, queries};
use crate::error::Result;
use crate::model::{Name, Text};

/// The services of a group that have not been told to stop.
pub(super) struct Turns<'a>(Vec<Turn<'a>>);

struct Turn<'a> {
    /// Its row in the report.
    index: usize,
    name: &'a Name,
    /// The rows of those that run after it: they are to be over first.
    holders: Vec<usize>,
}

impl<'a> Turns<'a> {
    /// Asks for what runs after what, where that counts. A service of which that is not to be known fails.
    pub(super) async fn new(deadline: &Deadline<'_>, names: &'a [Name]) -> Result<Self> {
        let turn = |(index, name)| Turn { index, name, holders: Vec::new() };
        let turns: Vec<_> = unique(names).map(turn).collect();
        if deadline.io().stop_order() == StopOrder::Any || turns.len() < 2 {
            return Ok(Self(turns));
        }
        let (io, at_once) = (deadline.io(), at_once(turns.len()));
        let names = side_by_side(io, at_once, turns.iter(), |io, turn| look(io, deadline, turn)).await?;
        let known = turns.into_iter().zip(names).filter_map(|(turn, names)| Some((turn, names?)));
        let (mut asked, after): (Vec<_>, Vec<_>) = known.unzip();
        hold(&mut asked, &after);
        Ok(Self(asked))
    }

    /// Whether all have been told.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes out those whose turn it is, while these have been told and are not over.
    pub(super) fn take_due(&mut self, pending: &[Pending]) -> Vec<(usize, &'a Name)> {
        let left = self.0.iter().map(|turn| turn.index);
        let under_way: BTreeSet<_> = left.chain(pending.iter().map(Pending::index)).collect();
        let is_held = |turn: &Turn<'_>| turn.holders.iter().any(|holder| under_way.contains(holder));
        let (held, due): (Vec<_>, Vec<_>) = mem::take(&mut self.0).into_iter().partition(is_held);
        self.0 = held;
        due.into_iter().map(|turn| (turn.index, turn.name)).collect()
    }

    /// From now on it is the turn of all.
    pub(super) fn release(&mut self) {
        self.0.iter_mut().for_each(|turn| turn.holders.clear());
    }
}

/// Asks what a service runs after. `None`: it has failed.
async fn look(io: Io<'_>, deadline: &Deadline<'_>, turn: &Turn<'_>) -> Result<Option<Vec<Text>>> {
    let Turn { index, name, .. } = *turn;
    if is_too_late(deadline, index, name) {
        return Ok(None);
    }
    let io = io.for_row(index);
    let status = queries::status_as_told(io, name).await.map_err(|error| deadline.or_timed_out(error));
    match split_fatal(status)? {
        Ok(status) => {
            // Its process may be another one when its turn comes.
            io.progress().note(index, |row| {
                row.see_listed(&status.state);
                row.target = status.target;
            });
            Ok(Some(status.after.into_iter().map(|(name, _)| name).collect()))
        }
        // The stop tells whether that is a failure.
        Err(error) if error.kind().is_unknown_service() => Ok(Some(Vec::new())),
        Err(error) => {
            io.progress().note(index, |row| row.fail(error));
            Ok(None)
        }
    }
}

/// Notes who holds whom. `after` has for each the names of those that it runs after.
fn hold(turns: &mut [Turn<'_>], after: &[Vec<Text>]) {
    let mut places: Vec<_> =
        turns.iter().enumerate().map(|(place, turn)| (turn.name.as_str(), place)).collect();
    places.sort_unstable();
    let place = |name: &Text| {
        let at = places.binary_search_by(|(known, _)| (*known).cmp(name.as_str())).ok()?;
        places.get(at).map(|(_, place)| *place)
    };
    let edges: Vec<Vec<usize>> = after.iter().map(|names| names.iter().filter_map(place).collect()).collect();
    drop(places);
    let rows: Vec<_> = turns.iter().map(|turn| turn.index).collect();
    let circles = circles(&edges);
    for ((from, circle), row) in edges.iter().zip(&circles).zip(rows) {
        // In a circle, none can be the first.
        for to in from.iter().filter(|to| circles.get(**to) != Some(circle)) {
            turns.get_mut(*to).into_iter().for_each(|turn| turn.holders.push(row));
        }
    }
}

/// For each node the number of its circle: the nodes of a circle can be reached from each other. A node that is in none has
/// a number of its own. By Kosaraju's algorithm.
fn circles(edges: &[Vec<usize>]) -> Vec<usize> {
    let mut left = Vec::with_capacity(edges.len());
    let mut seen = vec![false; edges.len()];
    for begin in 0..edges.len() {
        visit(edges, begin, &mut seen, |node| left.push(node));
    }
    let mut reversed = vec![Vec::new(); edges.len()];
    for (from, all) in edges.iter().enumerate() {
        for to in all {
            reversed.get_mut(*to).into_iter().for_each(|back| back.push(from));
        }
    }
    let mut circles = vec![0; edges.len()];
    seen.fill(false);
    for begin in left.into_iter().rev() {
        visit(&reversed, begin, &mut seen, |node| {
            circles.get_mut(node).into_iter().for_each(|circle| *circle = begin);
        });
    }
    circles
}

/// Gives each node that can be reached and was not seen before, behind those that can be reached from it.
fn visit(edges: &[Vec<usize>], begin: usize, seen: &mut [bool], mut leave: impl FnMut(usize)) {
    let mut mark = |node: usize| seen.get_mut(node).is_some_and(|seen| !mem::replace(seen, true));
    // Each node with the place of its next edge. Not by recursion, for a chain can be long.
    let mut path = Vec::new();
    if mark(begin) {
        path.push((begin, 0));
    }
    while let Some((node, next)) = path.last_mut() {
        if let Some(to) = edges.get(*node).and_then(|all| all.get(*next)) {
            *next += 1;
            if mark(*to) {
                path.push((*to, 0));
            }
        } else {
            leave(*node);
            path.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::circles;

    /// The nodes that are in a circle with this one.
    fn circle_of(edges: &[Vec<usize>], node: usize) -> Vec<usize> {
        let circles = circles(edges);
        (0..edges.len()).filter(|other| circles[*other] == circles[node]).collect()
    }

    #[test]
    fn a_node_is_in_a_circle_with_those_that_it_reaches_and_that_reach_it() {
        // 0 -> 1 -> 2 -> 1, 2 -> 3, 4 -> 4, 5 -> 3
        let edges = [vec![1], vec![2], vec![1, 3], vec![], vec![4], vec![3]];
        for (node, expected) in [(0, vec![0]), (1, vec![1, 2]), (2, vec![1, 2]), (3, vec![3]), (4, vec![4])] {
            assert_eq!(circle_of(&edges, node), expected, "{node}");
        }
    }

    #[test]
    fn a_circle_can_be_long() {
        let edges: Vec<_> = (0..100_000).map(|node| vec![(node + 1) % 100_000]).collect();
        assert_eq!(circle_of(&edges, 7).len(), 100_000);
    }
}
