//! Queue.
//!
//! Threads: any number of threads may call these functions with one queue, any time: changing a queue needs no
//! lock. Changing a request or options, which zinit_queue_add() and zinit_options_set_queue() do, or freeing a
//! queue must not overlap another call on the same object. Since 0.2.0.

use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;
use std::ptr;
use std::sync::Arc;

use super::boundary::{borrow, close, get, give, out, wait_timeout};
use super::call::{call, call_with_code};
use super::client::zinit_options;
use super::codes::{ZINIT_OK, ZINIT_PENDING, zinit_code};
use super::errors::zinit_error;
use super::requests::zinit_request;
use super::waits::zinit_cancel;
use crate::client::Batch;
use crate::driver::stream::Stream;
use crate::driver::{Options, Queue};
use crate::error::Result;

/// A queue of requests: one file descriptor and one timer for any number of them. A request in a queue holds
/// one descriptor while it waits for a reply (zinit_request tells which hold more), and no descriptor while it
/// pauses. The queue itself holds three.
///
/// zinit_queue_next() continues all requests of the queue, and returns the next one that is over. A program
/// without an event loop calls it with a timeout. A program with an event loop waits until zinit_queue_fd() is
/// readable, and then calls it with timeout 0 until it returns ZINIT_PENDING. This works with epoll (level- or
/// edge-triggered), poll, libuv, asyncio and Go's netpoller.
///
/// A log stream or a watch of a client with a queue joins the queue, too. A request stands for it there: see
/// zinit_log_stream_request() and zinit_watch_request(). Each of them holds up to four descriptors, in a queue
/// too.
///
/// After a fork without exec, the child must use neither the queue nor its requests, nor begin new ones with a
/// client that has the queue. It may close the descriptors.
pub struct zinit_queue(Arc<Queue>);

/// A log stream or a watch, and the request that stands for it in its client's queue.
pub(super) struct QueuedStream<T> {
    pub(super) stream: Stream<T>,
    request: Box<zinit_request>,
}

impl<T: Batch> QueuedStream<T> {
    /// One that joins the client's queue, if there is one.
    pub(super) fn new(mut stream: Stream<T>, client: &Options) -> Result<Self> {
        let request = Box::new(zinit_request::for_stream());
        if let Some(queue) = &client.queue {
            stream.enter(queue, request.token())?;
        }
        Ok(Self { stream, request })
    }

    /// The request, for the caller.
    pub(super) fn request(&self) -> *mut zinit_request {
        ptr::from_ref(self.request.as_ref()).cast_mut()
    }
}

/// Makes a queue.
///
/// @param queue required; receives a queue; free it with zinit_queue_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_IO if no file descriptor is available
#[unsafe(no_mangle)]
pub extern "C" fn zinit_queue_new(
    queue: Option<&mut MaybeUninit<Option<Box<zinit_queue>>>>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let queue = out(queue, "queue")?;
        *queue = give(zinit_queue(Arc::new(Queue::new()?)));
        Ok(())
    })
}

/// Sets the queue of the clients that are made from these options: every request that is begun with such a
/// client, and every log stream and watch, joins it. If another thread calls zinit_queue_next(), it can get a
/// request before its data is set: then use a client without a queue, and zinit_queue_add().
///
/// @param options required
/// @param queue may be NULL, for no queue, which is the default; may be freed before the clients
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
#[unsafe(no_mangle)]
pub extern "C" fn zinit_options_set_queue(
    options: Option<&mut zinit_options>,
    queue: Option<&zinit_queue>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        borrow(options, "options")?.0.queue = queue.map(|queue| Arc::clone(&queue.0));
        Ok(())
    })
}

/// Puts a request into a queue, which continues it from now on. For a request of a client without a queue. A
/// request that is over is returned at once. It stays in the queue until it is freed. If the program has
/// asked for the request's file descriptor, it is closed: remove it from the event loop before.
///
/// A program in which one thread begins requests, and another one calls zinit_queue_next(), sets the data of a
/// request before it puts it into the queue. The other thread can get the request before this call returns.
///
/// @param queue required
/// @param request required; stays the caller's; must not be in a queue
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT; ZINIT_ERR_IO if the system has no memory for it: then the
///     request goes on as one that is in no queue
#[unsafe(no_mangle)]
pub extern "C" fn zinit_queue_add(
    queue: Option<&zinit_queue>,
    request: Option<&mut zinit_request>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let queue = borrow(queue, "queue")?;
        borrow(request, "request")?.enter(&queue.0)
    })
}

/// Returns the queue's file descriptor. It is readable when zinit_queue_next() can go on without waiting. The
/// call may still return ZINIT_PENDING then. The rules for a request's descriptor apply.
///
/// @param queue may be NULL
/// @return the descriptor; it belongs to the queue and must not be closed; -1 for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_queue_fd(queue: Option<&zinit_queue>) -> i32 {
    get(queue, -1, |queue| queue.0.descriptor().as_raw_fd())
}

/// Sets whether zinit_queue_next() leaves the steps that read and write service files to the caller. Default:
/// it does them itself, and so it may wait for the disk; other threads that call it go on meanwhile.
///
/// Otherwise it also returns each request whose next step reads or writes files: for this request,
/// zinit_request_is_before_file() returns 1. Call zinit_request_dispatch() for it, in any thread. After that
/// the request goes on in the queue: even if the dispatch has returned its code, zinit_queue_next() returns it,
/// and so only a thread that got it there frees it.
///
/// @param queue may be NULL
/// @param leaves 1 or 0
#[unsafe(no_mangle)]
pub extern "C" fn zinit_queue_set_leaves_files(queue: Option<&zinit_queue>, leaves: i32) {
    get(queue, (), |queue| queue.0.set_leaves_files(leaves != 0));
}

/// Continues all requests of the queue, and returns the next one that is over; waits for it if necessary. Each
/// request is returned once, in the order in which they ended; a request that stands for a log stream or a
/// watch each time that there is something to take. zinit_request_dispatch() returns the request's code then,
/// and makes its error object.
///
/// If one thread frees a request while another one is in this call, the other one can still return it: let
/// the threads that call this function free the requests, or compare with those that still exist.
///
/// @param queue required
/// @param timeout_ms milliseconds; 0: do not wait; -1: no limit, even if the queue is empty; below -1: invalid
/// @param cancel may be NULL; must live until the call returns; it ends this call and no request
/// @param request required; receives a request that the caller has begun and still owns, or that stands for a
///     log stream or a watch; NULL unless the result is ZINIT_OK
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_PENDING if no request is over within the timeout; ZINIT_ERR_INVALID_ARGUMENT,
///     ZINIT_ERR_CANCELLED, ZINIT_ERR_IO
#[unsafe(no_mangle)]
pub extern "C" fn zinit_queue_next(
    queue: Option<&zinit_queue>,
    timeout_ms: i64,
    cancel: Option<&zinit_cancel>,
    request: Option<&mut MaybeUninit<*mut zinit_request>>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call_with_code(error, || {
        let request = borrow(request, "request")?.write(ptr::null_mut());
        let queue = borrow(queue, "queue")?;
        let timeout = wait_timeout(timeout_ms, "timeout_ms")?;
        let Some(token) = queue.0.next(timeout, cancel.map(|cancel| &cancel.0))? else {
            return Ok(ZINIT_PENDING);
        };
        *request = ptr::with_exposed_provenance_mut(token);
        Ok(ZINIT_OK)
    })
}

/// Frees a queue. Requests that are in it are not continued any more; free them before or after. Neither is a
/// request that is begun later with a client that has this queue: free such clients first.
///
/// @param queue may be NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_queue_free(queue: Option<Box<zinit_queue>>) {
    close(queue);
}
