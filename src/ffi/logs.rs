//! Logs.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;
use std::ptr;

use super::boundary::{
    TransparentWrapper, borrow, free, get, give, invalid, lend, out, text_option, wait_timeout,
};
use super::call::{call, call_with_code};
use super::client::zinit_client;
use super::codes::{ZINIT_END, ZINIT_OK, ZINIT_PENDING, zinit_code};
use super::errors::zinit_error;
use super::waits::zinit_cancel;
use crate::client::logs::{self, LogSelection};
use crate::driver::stream::{Next, Stream};
use crate::model::{LogLine, LogSource, Name};

/// Lines of the daemon's log, which it keeps for all services together: the last 2000 by default (zinit 0.2.14).
///
/// A line of more than 65536 bytes is cut. Of what the daemon has kept, at most the client's largest reply is held here:
/// where it is more, its oldest lines go, and a ZINIT_LOG_SOURCE_DROPPED line says how many. Of what comes, at most 16384
/// bytes are read at a time, and nothing more until they are taken: a slow reader loses only what the daemon itself drops.
///
/// The daemon sends text alone, and service and source are told from it. That is exact unless a name has ": " inside: such a
/// service has its own name here only where it is asked for by it, and its lines come along where the part of its name
/// before the ": " is asked for. A service can print to its stderr what looks like a start mark, and one that is called zinit
/// what looks like dropped lines. A service with log: none or log: stdout has no lines here.
pub struct zinit_log_stream(pub(super) Stream<LogLine>);

/// One line, borrowed until the stream's next zinit_log_stream_next(). Every getter takes NULL.
#[cfg_attr(not(cbindgen), repr(transparent))]
pub struct zinit_log_line(pub(super) LogLine);

// SAFETY: it is transparent.
unsafe impl TransparentWrapper for zinit_log_line {
    type Inner = LogLine;
}

/// The service's standard output.
pub const ZINIT_LOG_SOURCE_STDOUT: i32 = 1;
/// The service's standard error.
pub const ZINIT_LOG_SOURCE_STDERR: i32 = 2;
/// zinit's own mark: it has spawned the service.
pub const ZINIT_LOG_SOURCE_START: i32 = 3;
/// The service's test command, standard output or error.
pub const ZINIT_LOG_SOURCE_TEST: i32 = 4;
/// Lines were lost, of whichever service: the daemon dropped them for a slow reader, or the library for their size.
pub const ZINIT_LOG_SOURCE_DROPPED: i32 = 5;

/// Begins to read the log. Does no I/O itself: the first zinit_log_stream_next() tells of a service that is none.
///
/// @param client required
/// @param name may be NULL: all services; the service's name; copied
/// @param last of the lines that the daemon has kept, so many of the last; -1: all
/// @param follow 0: that is all, and ZINIT_END behind it; otherwise the lines that come, too, until the daemon ends
/// @param stream required; receives a stream to be freed with zinit_log_stream_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_IO if no descriptor is to be had
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_logs(
    client: Option<&zinit_client>,
    name: *const c_char,
    last: i64,
    follow: i32,
    stream: Option<&mut MaybeUninit<Option<Box<zinit_log_stream>>>>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let stream = out(stream, "stream")?;
        let client = &borrow(client, "client")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        let name = unsafe { text_option(name, "name") }?.map(Name::new).transpose()?;
        let last = match last {
            -1 => None,
            _ => Some(u64::try_from(last).map_err(|_| invalid("last", format!("{last} is below -1")))?),
        };
        let last = last.map(|last| usize::try_from(last).unwrap_or(usize::MAX));
        let max_bytes = usize::try_from(client.endpoint.max_reply_bytes).unwrap_or(usize::MAX);
        let selection = LogSelection { name, last, follow: follow != 0, max_bytes };
        *stream = give(zinit_log_stream(Stream::begin_now(client, |task, lines| async move {
            logs::logs(task.io(), &selection, &lines).await
        })?));
        Ok(())
    })
}

/// Tells the stream's descriptor: readable when zinit_log_stream_next() gets on without waiting, whether to a line or not
/// yet. The same rules hold as for a request's; a stream holds one descriptor more.
///
/// @param stream may be NULL
/// @return the descriptor, which belongs to the stream and must not be closed; -1 for NULL
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_log_stream_fd(stream: Option<&zinit_log_stream>) -> i32 {
    get(stream, -1, |stream| stream.0.descriptor().as_raw_fd())
}

/// Gives the next line, and waits for it if need be. Under an event loop, call it with timeout 0 until it returns
/// ZINIT_PENDING.
///
/// With a number of last lines and follow, the lines that the daemon has kept end with 100 ms of silence, or after 1 s: the daemon
/// sends no mark between these and new ones. A daemon before 0.2.11 does not end them either: 500 ms of silence do, or 5 s.
/// The time in which the caller does not read does not count as silence.
///
/// @param stream required
/// @param timeout_ms 0: do not wait; -1: no limit; otherwise above 0
/// @param cancel may be NULL: none; must live until the call returns
/// @param line required; receives a line, borrowed until the next call on the stream; NULL unless ZINIT_OK
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_PENDING if there is none in time; ZINIT_END if all were given; ZINIT_ERR_INVALID_ARGUMENT,
///     ZINIT_ERR_UNKNOWN_SERVICE, ZINIT_ERR_CANCELLED; an exchange code: ZINIT_ERR_CLOSED ends a log that is followed,
///     and one that ends within a line. An error is given behind all lines that had come, and again each time
/// Thread safety: one writer of one object at a time, and no reader.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_log_stream_next<'a>(
    stream: Option<&'a mut zinit_log_stream>,
    timeout_ms: i64,
    cancel: Option<&zinit_cancel>,
    line: Option<&mut MaybeUninit<Option<&'a zinit_log_line>>>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call_with_code(error, || {
        let line = out(line, "line")?;
        let timeout = wait_timeout(timeout_ms, "timeout_ms")?;
        match borrow(stream, "stream")?.0.next(timeout, cancel.map(|cancel| &cancel.0))? {
            Next::Item(next) => {
                *line = Some(lend(next));
                Ok(ZINIT_OK)
            }
            Next::Pending => Ok(ZINIT_PENDING),
            Next::End => Ok(ZINIT_END),
        }
    })
}

/// Tells the service that the line is of. A line of its test has the service's own name.
///
/// @param line may be NULL
/// @return the name, borrowed until the next call on the stream; NULL where it is of none
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_log_line_service(line: Option<&zinit_log_line>) -> *const c_char {
    get(line, ptr::null(), |line| {
        line.0.service_with_nul().map_or(ptr::null(), |service| service.as_ptr().cast())
    })
}

/// Tells where the line comes from.
///
/// @param line may be NULL
/// @return a ZINIT_LOG_SOURCE_ number; 0 for NULL
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_log_line_source(line: Option<&zinit_log_line>) -> i32 {
    get(line, 0, |line| match line.0.source() {
        LogSource::Stdout => ZINIT_LOG_SOURCE_STDOUT,
        LogSource::Stderr => ZINIT_LOG_SOURCE_STDERR,
        LogSource::Start => ZINIT_LOG_SOURCE_START,
        LogSource::Test => ZINIT_LOG_SOURCE_TEST,
        LogSource::Dropped => ZINIT_LOG_SOURCE_DROPPED,
    })
}

/// Tells the text, without the newline. It need not be UTF-8, and may have a NUL inside besides the one behind it.
///
/// @param line may be NULL
/// @return the text, borrowed until the next call on the stream; NULL for NULL
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_log_line_text(line: Option<&zinit_log_line>) -> *const c_char {
    get(line, ptr::null(), |line| line.0.text_with_nul().as_ptr().cast())
}

/// Tells the length of the text.
///
/// @param line may be NULL
/// @return its bytes, without the NUL behind it; 0 for NULL
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_log_line_len(line: Option<&zinit_log_line>) -> usize {
    get(line, 0, |line| line.0.text().len())
}

/// Tells whether the end of the line is missing: it was too long, or the daemon ended in the midst of it.
///
/// @param line may be NULL
/// @return 1 or 0; 0 for NULL
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_log_line_truncated(line: Option<&zinit_log_line>) -> i32 {
    get(line, 0, |line| line.0.is_truncated().into())
}

/// Frees a stream and all that was borrowed from it.
///
/// @param stream may be NULL
/// Thread safety: must not overlap another call on the same object.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_log_stream_free(stream: Option<Box<zinit_log_stream>>) {
    free(stream);
}
