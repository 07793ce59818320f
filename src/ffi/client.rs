//! Client.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::boundary::{borrow, catch_panic, free, give, invalid, out, path, path_option};
use super::call::call;
use super::codes::zinit_code;
use super::errors::zinit_error;
use crate::config_directory::ConfigDirectory;
use crate::driver::Options;
use crate::error::Result;
use crate::sys;

/// What a client is made with. Any number of clients can be made with one.
pub struct zinit_options(pub(super) Options);

/// A daemon to talk to. It never changes and holds no connection: each call makes its own.
pub struct zinit_client(pub(super) Arc<Options>);

/// Makes a client for the daemon behind a socket, with all other options at their defaults. Does no I/O.
///
/// @param socket_path may be NULL: /var/run/zinit.sock; at most 107 bytes; need not be UTF-8; borrowed
/// @param client required; receives a client to be freed with zinit_client_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
/// Thread safety: any thread, any time.
/// Since 0.1.0.
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

/// Makes a client with options. Does no I/O.
///
/// @param options required; borrowed: later changes of it do not reach the client, and it may be freed first
/// @param client required; receives a client to be freed with zinit_client_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_client_with_options(
    options: Option<&zinit_options>,
    client: Option<&mut MaybeUninit<Option<Box<zinit_client>>>>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let client = out(client, "client")?;
        *client = give(zinit_client(Arc::new(borrow(options, "options")?.0.clone())));
        Ok(())
    })
}

/// Frees a client. What was begun with it goes on.
///
/// @param client may be NULL
/// Thread safety: must not overlap another call on the same object.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_client_free(client: Option<Box<zinit_client>>) {
    free(client);
}

/// Makes options, all at their defaults.
///
/// @return options to be freed with zinit_options_free(); never NULL
/// Thread safety: any thread, any time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_options_new() -> Option<Box<zinit_options>> {
    catch_panic(None, || give(zinit_options(Options::default())))
}

/// Sets the daemon's socket. Default: /var/run/zinit.sock.
///
/// @param options required
/// @param path may be NULL: the default; at most 107 bytes; need not be UTF-8; copied
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
/// Thread safety: one writer of one object at a time, and no reader.
/// Since 0.1.0.
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
/// Thread safety: one writer of one object at a time, and no reader.
/// Since 0.1.0.
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
        Ok(())
    })
}

/// Sets the daemon's binary, which is asked for the daemon's version. Default: zinit, looked up in PATH.
///
/// @param options required
/// @param path required; need not be UTF-8; copied
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
/// Thread safety: one writer of one object at a time, and no reader.
/// Since 0.1.0.
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
/// @param milliseconds above 0
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
/// Thread safety: one writer of one object at a time, and no reader.
/// Since 0.1.0.
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

/// Sets how large one reply of the daemon may be. Default: 67108864 (64 MiB).
///
/// @param options required
/// @param bytes above 0
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
/// Thread safety: one writer of one object at a time, and no reader.
/// Since 0.1.0.
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

/// Sets how long one process of a service must be Running until the service counts as up. Default: 250.
///
/// It holds for start_wait, restart, deploy and start_multiple, and for a service without a test: with one, Running means
/// that the test has passed. A process that was Running since it was first seen counts at the deadline, too, unless one
/// before it has ended since the start.
///
/// @param options required
/// @param milliseconds 0: up at the first Running; otherwise above 0
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
/// Thread safety: one writer of one object at a time, and no reader.
/// Since 0.1.0.
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

/// Frees options. Clients made with them stay.
///
/// @param options may be NULL
/// Thread safety: must not overlap another call on the same object.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_options_free(options: Option<Box<zinit_options>>) {
    free(options);
}

fn set_socket_path(options: &mut Options, path: Option<&Path>, argument: &'static str) -> Result<()> {
    options.endpoint.socket_path = match path {
        None => Options::default().endpoint.socket_path,
        Some(path) if path.as_os_str().len() > sys::SOCKET_PATH_MAX => {
            let limit = sys::SOCKET_PATH_MAX;
            return Err(invalid(argument, format!("a socket's path has at most {limit} bytes")));
        }
        Some(path) => path.to_owned(),
    };
    Ok(())
}
