//! Service definitions in files; the comment of services.rs heads the section.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use super::boundary::{borrow, give, name, out};
use super::call::call;
use super::client::zinit_client;
use super::codes::zinit_code;
use super::errors::zinit_error;
use super::services::zinit_service;
use crate::client::{definitions, queries};
use crate::driver::blocking;

/// Reads the definition of a monitored service from its file. The daemon may use an older content, if the
/// file was changed since the daemon read it. The daemon does not report the content that it uses.
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param service required; receives a definition; free it with zinit_service_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE,
///     ZINIT_ERR_FILE_NOT_FOUND, ZINIT_ERR_FILE_IO, ZINIT_ERR_FILE_SYNTAX; an exchange code
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_get(
    client: Option<&zinit_client>,
    name: *const c_char,
    service: Option<&mut MaybeUninit<Option<Box<zinit_service>>>>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let service = out(service, "service")?;
        let client = &borrow(client, "client")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        let name = unsafe { self::name(name) }?;
        *service = give(zinit_service(*blocking::run(client, async |io| queries::get(io, &name).await)?));
        Ok(())
    })
}

/// Reads the definition of a service from its file, whether it is monitored or not. If the options set no
/// config directory and the daemon speaks JSON-RPC, it is asked for the definition instead. So is zinit 0.3 if
/// there is no such file: what has no key in a definition stands under the name of its section there, which is a
/// key that zinit 0.2 does not know.
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param service required; receives a definition; free it with zinit_service_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_FILE_NOT_FOUND,
///     ZINIT_ERR_FILE_IO, ZINIT_ERR_FILE_SYNTAX; an exchange code
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_load_service(
    client: Option<&zinit_client>,
    name: *const c_char,
    service: Option<&mut MaybeUninit<Option<Box<zinit_service>>>>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let service = out(service, "service")?;
        let client = &borrow(client, "client")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        let name = unsafe { self::name(name) }?;
        let loaded = blocking::run(client, async |io| definitions::load_service(io, &name).await)?;
        *service = give(zinit_service(*loaded));
        Ok(())
    })
}

/// Writes a service's file, with the content that zinit_service_to_yaml() gives. Replaces an existing file: a
/// reader sees either the old or the new content, never a part. The daemon reads the file at
/// zinit_client_monitor(). If the options set no config directory and the daemon speaks JSON-RPC, the daemon
/// writes the file: it keeps the values, but neither comments nor spelling.
///
/// zinit 0.3 then starts the service at once. It runs `exec` and `test` by a shell, waits for the services in
/// `after` as `after` and `requires`, and has no place for `log` and unknown keys: ZINIT_ERR_INVALID_SERVICE. It
/// hangs for ever if it is told to replace a definition. So a service that is there already is taken out first,
/// as by zinit_client_forget(): it must be the last one in the daemon's list, and be stopped (zinit 0.3.9).
///
/// A symbolic link is followed, for reading, too; but not one of another user in a directory that everybody
/// may write to, unless it is root's or that of the directory's owner: this is ZINIT_ERR_FILE_IO.
///
/// An existing file keeps its mode and its extended attributes: access control
/// lists, labels, and all others that the process can see. If one cannot be kept, the call fails with
/// ZINIT_ERR_FILE_IO, and the old file stays. The attributes security.ima and security.evm are not kept,
/// because they are hashes of the old content. The owner and the group are kept if the process may set them;
/// only root may give a file to another user. Otherwise the file belongs to the process's user, and the call
/// succeeds.
///
/// The new content is first written to a file .zinit-client-PID-N.tmp beside the old one. If a process is
/// killed while it writes, this file stays. The next write in that directory removes it when it is more than
/// an hour old and no process holds it. Such files never stand in the way of a write.
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param service required; borrowed
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_INVALID_SERVICE,
///     ZINIT_ERR_FILE_IO, ZINIT_ERR_CONFIG_REFUSED; ZINIT_ERR_NOT_SUPPORTED or ZINIT_ERR_SERVICE_UP if zinit
///     0.3 cannot replace it; an exchange code
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_add_service(
    client: Option<&zinit_client>,
    name: *const c_char,
    service: Option<&zinit_service>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let client = &borrow(client, "client")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        let name = unsafe { self::name(name) }?;
        let service = &borrow(service, "service")?.0;
        blocking::run(client, async |io| definitions::add_service(io, &name, service).await)
    })
}

/// Removes a service's file. It is not a failure if the file does not exist. Stop and forget the service
/// first. If the options set no config directory and the daemon speaks JSON-RPC, the daemon removes the file;
/// zinit 0.3 does so by zinit_client_forget(), and this call does the same.
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_FILE_IO,
///     ZINIT_ERR_CONFIG_REFUSED; ZINIT_ERR_NOT_SUPPORTED or ZINIT_ERR_SERVICE_UP of zinit 0.3; an exchange code
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_remove_service(
    client: Option<&zinit_client>,
    name: *const c_char,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let client = &borrow(client, "client")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        let name = unsafe { self::name(name) }?;
        blocking::run(client, async |io| definitions::remove_service(io, &name).await)
    })
}
