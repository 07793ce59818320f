//! Does several things at once in one operation.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use super::Io;
use crate::error::Result;

/// Runs work in the first slots, `at_once` of them, and gives the results in no order. The first error ends the whole.
///
/// Each work takes the next thing to do when it is done with one, so that no slot is idle while there is more.
pub(super) async fn side_by_side<'a, T, F>(
    io: Io<'a>,
    at_once: usize,
    work: impl Fn(Io<'a>) -> F,
) -> Result<Vec<T>>
where
    F: Future<Output = Result<T>>,
{
    let mut running: Vec<Pin<Box<F>>> = (0..at_once).map(|slot| Box::pin(work(io.in_slot(slot)))).collect();
    let mut results = Vec::with_capacity(at_once);
    poll_fn(|context| -> Poll<Result<()>> {
        let mut index = 0;
        while let Some(one) = running.get_mut(index) {
            match one.as_mut().poll(context) {
                Poll::Pending => index += 1,
                Poll::Ready(result) => {
                    results.push(result?);
                    drop(running.remove(index));
                }
            }
        }
        if running.is_empty() { Poll::Ready(Ok(())) } else { Poll::Pending }
    })
    .await?;
    Ok(results)
}
