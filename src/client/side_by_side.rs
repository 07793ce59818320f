//! Does several things at once in one operation.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use super::Io;
use super::task::SLOTS;
use crate::error::Result;

/// Does something for each item, `at_once` of them in the first slots, and gives the results in the order of the items.
/// The first error ends the whole.
pub(super) async fn side_by_side<'a, I, T, F>(
    io: Io<'a>,
    at_once: usize,
    items: impl ExactSizeIterator<Item = I>,
    work: impl Fn(Io<'a>, I) -> F,
) -> Result<Vec<T>>
where
    F: Future<Output = Result<T>>,
{
    let mut results: Vec<Option<T>> = Vec::new();
    results.resize_with(items.len(), || None);
    let mut left = items.zip(&mut results);
    let mut running = Vec::with_capacity(at_once);
    for (slot, (item, result)) in left.by_ref().take(at_once).enumerate() {
        let io = io.in_slot(slot);
        running.push(Running { io, work: Box::pin(work(io, item)), result });
    }
    poll_fn(|context| -> Poll<Result<()>> {
        let mut place = 0;
        while let Some(one) = running.get_mut(place) {
            let Poll::Ready(result) = one.work.as_mut().poll(context) else {
                place += 1;
                continue;
            };
            *one.result = Some(result?);
            // Each slot takes the next item when it is done with one, so that none is idle while there are more.
            if let Some((item, result)) = left.next() {
                one.work.set(work(one.io, item));
                one.result = result;
            } else {
                running.remove(place);
            }
        }
        if running.is_empty() { Poll::Ready(Ok(())) } else { Poll::Pending }
    })
    .await?;
    Ok(results.into_iter().flatten().collect())
}

/// The work in one slot.
struct Running<'a, 'r, F, T> {
    io: Io<'a>,
    work: Pin<Box<F>>,
    result: &'r mut Option<T>,
}

/// How many of so many items are worked on at once: a few are done in their order, one after another, for further
/// connections cost more than they save.
pub(super) fn at_once(items: usize) -> usize {
    const FEW: usize = 16;
    if items <= FEW { 1 } else { SLOTS }
}
