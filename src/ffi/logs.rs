//! Logs.
//!
//! Threads: any number of threads may call these functions with one client, and may read one stream or
//! line, at the same time. Changing a stream, which zinit_log_stream_next() does, or freeing it must not
//! overlap another call on it or on its line. Since 0.1.0.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;
use std::ptr;

use super::boundary::{
    TransparentWrapper, borrow, catch_panic, close, get, give, invalid, lend, out, text_option, wait_timeout,
};
use super::call::{call, call_with_code};
use super::client::zinit_client;
use super::codes::{ZINIT_END, ZINIT_ERR_INTERNAL, ZINIT_OK, ZINIT_PENDING, zinit_code};
use super::errors::zinit_error;
use super::queue::QueuedStream;
use super::requests::zinit_request;
use super::waits::zinit_cancel;
use crate::client::logs::{self, LogSelection};
use crate::driver::stream::{Next, Stream};
use crate::model::{LogLine, LogLines, LogSource, Name};

/// Lines of the daemon's log. The daemon keeps the log of all services together: the last 2000 lines by
/// default (zinit 0.2.14).
///
/// A line of more than 65536 bytes is cut. Of the lines that the daemon has kept, the stream holds at most as
/// many bytes as the client allows for one reply. If there are more, the oldest lines are dropped, and a
/// ZINIT_LOG_SOURCE_DROPPED line says how many. Of the new lines, at most 16384 bytes are read at a time.
/// Nothing more is read until the caller has taken them: a slow reader loses only the lines that the daemon
/// itself drops.
///
/// The daemon sends plain text, and the library finds the service and the source in this text. This is exact
/// if no service's name contains ": ". A service whose name contains ": " has its full name here only if the
/// log of that name was asked for. If the log of the part before the ": " was asked for, its lines are
/// included. A service can print text to its stderr that looks like a start mark. A service called zinit can
/// print text that looks like dropped lines. A service with log: none or log: stdout has no lines here.
///
/// zinit 0.3 keeps the last 1000 lines of each service, and sends none by itself: a log that is followed asks for
/// new ones 2 to 20 times a second. It keeps no start marks, nothing of tests, and no line after one that is not
/// UTF-8 (zinit 0.3.9).
///
/// A daemon that speaks the line protocol sends a line twice that a service prints just while the daemon
/// begins to send new lines: at the end of the kept lines, and as a new one (zinit 0.2.14).
///
/// The daemon keeps a descriptor of a stream that was freed while it followed until some service prints its
/// next line. Before zinit 0.2.11 a stream that did not follow leaves one, too.
pub struct zinit_log_stream(pub(super) QueuedStream<LogLines>);

/// One line. It is borrowed until the next zinit_log_stream_next() on its stream. Every getter takes NULL.
#[cfg_attr(not(cbindgen), repr(transparent))]
pub struct zinit_log_line(pub(super) LogLines);

// SAFETY: it is transparent.
unsafe impl TransparentWrapper for zinit_log_line {
    // The caller is lent the first one of these.
    type Inner = LogLines;
}

/// As [`get`].
fn get_of_line<'a, T: Copy>(
    line: Option<&'a zinit_log_line>,
    fallback: T,
    getter: impl FnOnce(LogLine<'a>) -> T,
) -> T {
    get(line, fallback, |lines| lines.0.first().map_or(fallback, getter))
}

/// The service's standard output.
pub const ZINIT_LOG_SOURCE_STDOUT: i32 = 1;
/// The service's standard error. Before zinit 0.2.10 its lines come as ZINIT_LOG_SOURCE_STDOUT.
pub const ZINIT_LOG_SOURCE_STDERR: i32 = 2;
/// zinit's own mark: the daemon has spawned the service.
pub const ZINIT_LOG_SOURCE_START: i32 = 3;
/// The standard output or standard error of the service's test command.
pub const ZINIT_LOG_SOURCE_TEST: i32 = 4;
/// Lines of some service were lost. Either the daemon dropped them for a slow reader, or the library dropped
/// them because of their size.
pub const ZINIT_LOG_SOURCE_DROPPED: i32 = 5;

/// Begins to read the log. Opens the connection at once and does not wait: with follow, every line that is
/// printed after this call is returned. Until the daemon has taken in the command, such a line is one of the
/// kept ones, so that a small `last` can leave it out. If this fails, or if the daemon does not know the
/// service, the first zinit_log_stream_next() returns the error.
///
/// @param client required
/// @param name the service's name; may be NULL, for all services; copied
/// @param last how many of the last lines that the daemon has kept to read; -1: all
/// @param follow 0: read only the kept lines; after them comes ZINIT_END. Otherwise read new lines too, until
///     the daemon ends
/// @param stream required; receives a stream; free it with zinit_log_stream_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_IO if no file descriptor
///     is available
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
        let begun = Stream::begin_now(client, |task, lines| async move {
            logs::logs(task.io(), &selection, &lines).await
        })?;
        *stream = give(zinit_log_stream(QueuedStream::new(begun, client)?));
        Ok(())
    })
}

/// Returns the stream's file descriptor. It is readable when zinit_log_stream_next() can go on without
/// waiting. The call may still return ZINIT_PENDING then. The rules for a request's descriptor apply. A
/// stream holds one descriptor more than a request.
///
/// @param stream may be NULL
/// @return the descriptor; it belongs to the stream and must not be closed; -1 for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_log_stream_fd(stream: Option<&zinit_log_stream>) -> i32 {
    get(stream, -1, |stream| stream.0.stream.descriptor().as_raw_fd())
}

/// Returns the request that stands for the log stream in its client's queue. zinit_queue_next() returns it when
/// zinit_log_stream_next() can go on without waiting. Then call that with timeout 0 until it returns
/// ZINIT_PENDING: only after this the queue can return the request again. The request is good for
/// zinit_request_set_data() and zinit_request_data(). It is freed with the log stream. Since 0.2.0.
///
/// @param stream may be NULL
/// @return the request, borrowed from the log stream; NULL for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_log_stream_request(stream: Option<&zinit_log_stream>) -> *mut zinit_request {
    get(stream, ptr::null_mut(), |stream| stream.0.request())
}

/// Returns the next line, and waits for it if necessary. In an event loop, call it with timeout 0 until it
/// returns ZINIT_PENDING.
///
/// With follow and a number of last lines, the library first reads the lines that the daemon has kept. Then
/// it follows the log, and skips the lines that it has already read. A daemon before 0.2.11 sends no end
/// after the kept lines. There, with follow, the lines that arrive in one go within 100 ms count as kept.
/// Without follow, the log ends after 500 ms without a line, or after 5 s. The time in which the caller does
/// not read does not count as silence. If the library cannot find out the daemon's version, it waits up to the
/// I/O timeout for the end of the kept lines, and returns no line before.
///
/// @param stream required
/// @param timeout_ms milliseconds; 0: do not wait; -1: no limit; below -1: invalid
/// @param cancel may be NULL; must live until the call returns
/// @param line required; receives a line, borrowed until the next call of this function on the stream; NULL
///     unless the result is ZINIT_OK
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_PENDING if there is no line within the timeout; ZINIT_END after the last line;
///     ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_UNKNOWN_SERVICE, ZINIT_ERR_CANCELLED; an exchange code.
///     ZINIT_ERR_CLOSED means that the daemon ended while the log was followed, or in the middle of a line.
///     An error comes after all lines that were received, and further calls return it again
#[unsafe(no_mangle)]
pub extern "C" fn zinit_log_stream_next<'a>(
    stream: Option<&'a mut zinit_log_stream>,
    timeout_ms: i64,
    cancel: Option<&zinit_cancel>,
    line: Option<&mut MaybeUninit<Option<&'a zinit_log_line>>>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    catch_panic(ZINIT_ERR_INTERNAL, || {
        let is_wanted = timeout_ms >= -1 && !cancel.is_some_and(|cancel| cancel.0.is_triggered());
        let (stream, line) = match (stream, line) {
            // Several have come. This makes no system call and waits for nothing: what guards a call that does
            // costs more.
            (Some(stream), Some(line)) if is_wanted && stream.0.stream.has_ready() => {
                line.write(stream.0.stream.take_ready().map(lend));
                if let Some(error) = error {
                    error.write(None);
                }
                return ZINIT_OK;
            }
            others => others,
        };
        call_with_code(error, || {
            let line = out(line, "line")?;
            let timeout = wait_timeout(timeout_ms, "timeout_ms")?;
            match borrow(stream, "stream")?.0.stream.next(timeout, cancel.map(|cancel| &cancel.0))? {
                Next::Item(next) => {
                    *line = Some(lend(next));
                    Ok(ZINIT_OK)
                }
                Next::Pending => Ok(ZINIT_PENDING),
                Next::End => Ok(ZINIT_END),
            }
        })
    })
}

/// Returns the name of the service that the line belongs to. A line of a service's test has the service's own
/// name.
///
/// @param line may be NULL
/// @return the name, borrowed until the next zinit_log_stream_next(); NULL if the line does not belong to a
///     service
#[unsafe(no_mangle)]
pub extern "C" fn zinit_log_line_service(line: Option<&zinit_log_line>) -> *const c_char {
    get_of_line(line, ptr::null(), |line| {
        line.service_with_nul().map_or(ptr::null(), |service| service.as_ptr().cast())
    })
}

/// Returns where the line comes from.
///
/// @param line may be NULL
/// @return a ZINIT_LOG_SOURCE_ number; 0 for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_log_line_source(line: Option<&zinit_log_line>) -> i32 {
    get_of_line(line, 0, |line| match line.source() {
        LogSource::Stdout => ZINIT_LOG_SOURCE_STDOUT,
        LogSource::Stderr => ZINIT_LOG_SOURCE_STDERR,
        LogSource::Start => ZINIT_LOG_SOURCE_START,
        LogSource::Test => ZINIT_LOG_SOURCE_TEST,
        LogSource::Dropped => ZINIT_LOG_SOURCE_DROPPED,
    })
}

/// Returns the text without the newline. The text need not be UTF-8. It ends with a NUL, and can contain
/// other NULs.
///
/// @param line may be NULL
/// @return the text, borrowed until the next zinit_log_stream_next(); NULL for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_log_line_text(line: Option<&zinit_log_line>) -> *const c_char {
    get_of_line(line, ptr::null(), |line| line.text_with_nul().as_ptr().cast())
}

/// Returns the length of the text.
///
/// @param line may be NULL
/// @return the number of bytes, without the NUL at the end; 0 for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_log_line_len(line: Option<&zinit_log_line>) -> usize {
    get_of_line(line, 0, |line| line.text().len())
}

/// Returns whether the end of the line is missing: the line was too long, or the daemon ended in the middle
/// of it.
///
/// @param line may be NULL
/// @return 1 or 0; 0 for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_log_line_truncated(line: Option<&zinit_log_line>) -> i32 {
    get_of_line(line, 0, |line| line.is_truncated().into())
}

/// Frees a stream and all that was borrowed from it.
///
/// @param stream may be NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_log_stream_free(stream: Option<Box<zinit_log_stream>>) {
    close(stream);
}
