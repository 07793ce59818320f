//! Client and options.
//!
//! Threads: any number of threads may read one options object at the same time. Changing options, freeing
//! options and freeing a client must not overlap another call on the same object. Since 0.1.0.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::boundary::{borrow, catch_panic, free, give, invalid, out, path, path_option};
use super::call::call;
use super::codes::zinit_code;
use super::errors::zinit_error;
use crate::client::StopOrder;
use crate::config_directory::ConfigDirectory;
use crate::driver::Options;
use crate::error::Result;
use crate::model::Protocol;
use crate::sys;

/// The protocol of whatever daemon is there: the client learns it from the replies. Since 0.2.0.
pub const ZINIT_PROTOCOL_ANY: i32 = 0;
/// The line protocol, which zinit 0.2.0 to 0.2.14 speak. Since 0.2.0.
pub const ZINIT_PROTOCOL_LINE: i32 = 1;
/// JSON-RPC, which zinit 0.2.15 to 0.2.28 speak. Since 0.2.0.
pub const ZINIT_PROTOCOL_JSONRPC: i32 = 2;
/// JSON-RPC with other methods, which zinit 0.3.6 to 0.3.9 speak. That daemon has other states, reads its
/// directory only when it begins, and cannot replace nor forget most services: the functions concerned say so.
/// Since 0.2.0.
pub const ZINIT_PROTOCOL_ZINIT_0_3: i32 = 3;

/// The services of a group are stopped side by side. Since 0.2.0.
pub const ZINIT_STOP_ORDER_ANY: i32 = 0;
/// A service that runs after another one is stopped before that one: the reverse of `after`. Since 0.2.0.
pub const ZINIT_STOP_ORDER_REVERSE: i32 = 1;

/// Settings from which clients are made. One options object can make any number of clients.
pub struct zinit_options(pub(super) Options);

/// A daemon to talk to. A client never changes and holds no connection: each call opens its own.
pub struct zinit_client(pub(super) Arc<Options>);

/// Makes a client for the daemon behind a socket. All other options have their defaults. Does no I/O.
///
/// @param socket_path may be NULL, for the default of zinit_options_set_socket_path(); at most 107 bytes;
///     need not be UTF-8; borrowed
/// @param client required; receives a client; free it with zinit_client_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
/// Thread safety: any thread, any time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_new(
    socket_path: *const c_char,
    client: Option<&mut MaybeUninit<Option<Box<zinit_client>>>>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let client = out(client, "client")?;
        let mut options = Options::default();
        // SAFETY: the header: a pointer is NULL or valid.
        let path = unsafe { path_option(socket_path, "socket_path") }?;
        set_socket_path(&mut options, path, "socket_path")?;
        *client = give(zinit_client(Arc::new(options)));
        Ok(())
    })
}

/// Makes a client from options. Does no I/O.
///
/// @param options required; borrowed. The client does not see later changes, and the options may be freed
///     before the client
/// @param client required; receives a client; free it with zinit_client_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
#[unsafe(no_mangle)]
pub extern "C" fn zinit_client_with_options(
    options: Option<&zinit_options>,
    client: Option<&mut MaybeUninit<Option<Box<zinit_client>>>>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let client = out(client, "client")?;
        *client = give(zinit_client(Arc::new(borrow(options, "options")?.0.for_client())));
        Ok(())
    })
}

/// Frees a client. Requests, watches and log streams that were begun with it go on.
///
/// @param client may be NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_client_free(client: Option<Box<zinit_client>>) {
    free(client);
}

/// Makes options that all have their defaults.
///
/// @return options, never NULL; free them with zinit_options_free()
/// Thread safety: any thread, any time.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_options_new() -> Option<Box<zinit_options>> {
    catch_panic(None, || give(zinit_options(Options::default())))
}

/// Sets the path of the daemon's socket. Default: /var/run/zinit.sock, and if nothing is there,
/// /tmp/zinit.sock, which is the default of zinit 0.2.15 and later.
///
/// Any user can put a socket into /tmp. So a client without a path uses /tmp/zinit.sock only if the process
/// behind it is root's or the caller's own, by its effective user id; and if the path is a link that leads
/// elsewhere, so must the link be. Otherwise each call returns ZINIT_ERR_PERMISSION, and nothing is sent. A
/// path that is set here is used whoever listens there.
///
/// @param options required
/// @param path may be NULL, for the default; at most 107 bytes; need not be UTF-8; copied
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_options_set_socket_path(
    options: Option<&mut zinit_options>,
    path: *const c_char,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let options = &mut borrow(options, "options")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        set_socket_path(options, unsafe { path_option(path, "path") }?, "path")
    })
}

/// Sets the directory of the daemon's service files, as this program sees it. Default: /etc/zinit.
///
/// @param options required
/// @param path required; need not be UTF-8; copied
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_options_set_config_dir(
    options: Option<&mut zinit_options>,
    path: *const c_char,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let options = &mut borrow(options, "options")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        options.config_directory = ConfigDirectory::new(unsafe { self::path(path, "path") }?);
        options.is_directory_named = true;
        Ok(())
    })
}

/// Sets the zinit binary, which is asked for the daemon's version. Default: zinit, looked up in PATH.
///
/// @param options required
/// @param path required; need not be UTF-8; copied
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_options_set_zinit_binary(
    options: Option<&mut zinit_options>,
    path: *const c_char,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let options = &mut borrow(options, "options")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        unsafe { self::path(path, "path") }?.clone_into(&mut options.zinit_binary);
        Ok(())
    })
}

/// Sets how long one exchange with the daemon may take. Default: 10000.
///
/// @param options required
/// @param milliseconds must be above 0
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
#[unsafe(no_mangle)]
pub extern "C" fn zinit_options_set_io_timeout_ms(
    options: Option<&mut zinit_options>,
    milliseconds: i64,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let options = &mut borrow(options, "options")?.0;
        match u64::try_from(milliseconds) {
            Ok(milliseconds) if milliseconds > 0 => {
                options.endpoint.io_timeout = Duration::from_millis(milliseconds);
                Ok(())
            }
            _ => Err(invalid("milliseconds", format!("{milliseconds} is not above 0"))),
        }
    })
}

/// Sets how large one reply of the daemon may be. Default: 67108864 (64 MiB). What of a reply cannot be read as it
/// comes, such as a message, may be 4194304 bytes long; above that, the call ends with ZINIT_ERR_PROTOCOL.
///
/// @param options required
/// @param bytes must be above 0
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
#[unsafe(no_mangle)]
pub extern "C" fn zinit_options_set_max_reply_bytes(
    options: Option<&mut zinit_options>,
    bytes: u64,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let options = &mut borrow(options, "options")?.0;
        if bytes == 0 {
            return Err(invalid("bytes", "0 leaves no room for any reply"));
        }
        options.endpoint.max_reply_bytes = bytes;
        Ok(())
    })
}

/// Sets how long a process must be Running before its service counts as up. Default: 250.
///
/// This applies to start_wait, restart, deploy, reload, start_multiple and restart_multiple. It does not
/// apply to a service with a test: there, Running means that the test has passed. A process that is
/// Running at the timeout counts as up too, if it was Running whenever it was seen, and if no other
/// process of the service has ended since the start. Since 0.2.0.
///
/// @param options required
/// @param milliseconds 0 or more; 0: the service is up as soon as it is Running
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
#[unsafe(no_mangle)]
pub extern "C" fn zinit_options_set_steady_ms(
    options: Option<&mut zinit_options>,
    milliseconds: i64,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let options = &mut borrow(options, "options")?.0;
        let milliseconds = u64::try_from(milliseconds)
            .map_err(|_| invalid("milliseconds", format!("{milliseconds} is below 0")))?;
        options.steady = Duration::from_millis(milliseconds);
        Ok(())
    })
}

/// Sets the protocol that the daemon must speak. Default: ZINIT_PROTOCOL_ANY, which works with every daemon.
///
/// With ZINIT_PROTOCOL_ANY, a client learns the protocol from the replies. Its first command to zinit 0.2.15
/// or later takes two exchanges more, and so does the first one after the daemon was replaced by one that
/// speaks another protocol. No command is carried out twice. With another number, a call to a daemon that
/// speaks another protocol returns ZINIT_ERR_PROTOCOL, and the daemon has not acted. Since 0.2.0.
///
/// @param options required
/// @param protocol a ZINIT_PROTOCOL_ number
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
#[unsafe(no_mangle)]
pub extern "C" fn zinit_options_set_protocol(
    options: Option<&mut zinit_options>,
    protocol: i32,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let options = &mut borrow(options, "options")?.0;
        options.set_protocol(match protocol {
            ZINIT_PROTOCOL_ANY => None,
            ZINIT_PROTOCOL_LINE => Some(Protocol::Line),
            ZINIT_PROTOCOL_JSONRPC => Some(Protocol::JsonRpc),
            ZINIT_PROTOCOL_ZINIT_0_3 => Some(Protocol::Zinit03),
            other => return Err(invalid("protocol", format!("{other} is not a ZINIT_PROTOCOL_ number"))),
        });
        Ok(())
    })
}

/// Sets the order in which zinit_client_stop_multiple(), zinit_client_destroy_services() and
/// zinit_client_restart_multiple() stop their services. Default: ZINIT_STOP_ORDER_ANY.
///
/// With ZINIT_STOP_ORDER_REVERSE, a service that runs after another service of the same call is down
/// before that one is told to stop. Services that do not depend on each other are stopped side by side.
/// For this, the daemon is first asked for the status of each service, which names what the service runs
/// after. What a service that is not in the call runs after does not count. Between services that run
/// after each other in a circle there is no order.
///
/// If a service cannot be stopped, those that it runs after are told to stop all the same, as soon as its
/// failure is known. If the daemon refuses the status of a service, the service fails, and it is not told
/// to stop.
///
/// The timeout is for the whole call. When it is over, the services that are left are killed in the same
/// order, and those that have not been told yet, too. So the timeout must be long enough for one after
/// the other. A service that is still running 5 s later, though it was killed, holds up nobody any more.
/// With a timeout of 0, zinit_client_stop_multiple() tells the services in this order, and waits for
/// none. Since 0.2.0.
///
/// @param options required
/// @param order a ZINIT_STOP_ORDER_ number
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
#[unsafe(no_mangle)]
pub extern "C" fn zinit_options_set_stop_order(
    options: Option<&mut zinit_options>,
    order: i32,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let options = &mut borrow(options, "options")?.0;
        options.stop_order = match order {
            ZINIT_STOP_ORDER_ANY => StopOrder::Any,
            ZINIT_STOP_ORDER_REVERSE => StopOrder::Reverse,
            other => return Err(invalid("order", format!("{other} is not a ZINIT_STOP_ORDER_ number"))),
        };
        Ok(())
    })
}

/// The number of a protocol.
pub(super) fn protocol_number(protocol: Protocol) -> i32 {
    match protocol {
        Protocol::Line => ZINIT_PROTOCOL_LINE,
        Protocol::JsonRpc => ZINIT_PROTOCOL_JSONRPC,
        Protocol::Zinit03 => ZINIT_PROTOCOL_ZINIT_0_3,
    }
}

/// Frees options. Clients that were made from them stay valid.
///
/// @param options may be NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_options_free(options: Option<Box<zinit_options>>) {
    free(options);
}

fn set_socket_path(options: &mut Options, path: Option<&Path>, argument: &'static str) -> Result<()> {
    if path.is_some_and(|path| path.as_os_str().len() > sys::SOCKET_PATH_MAX) {
        let limit = sys::SOCKET_PATH_MAX;
        return Err(invalid(argument, format!("a socket's path has at most {limit} bytes")));
    }
    options.endpoint.set_socket_path(path);
    Ok(())
}
