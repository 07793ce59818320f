//! Service definitions: those in files.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use super::boundary::{borrow, give, name, out};
use super::call::call;
use super::client::zinit_client;
use super::codes::zinit_code;
use super::errors::zinit_error;
use super::services::zinit_service;
use crate::client::queries;
use crate::driver::blocking;

/// Reads the definition of a service that is monitored, from its file. The daemon may have read the file before it was
/// changed: it does not tell.
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param service required; receives a definition to be freed with zinit_service_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE,
///     ZINIT_ERR_FILE_NOT_FOUND, ZINIT_ERR_FILE_IO, ZINIT_ERR_FILE_SYNTAX; an exchange code
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
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

/// Reads the definition of a service from its file, monitored or not. Does not ask the daemon.
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param service required; receives a definition to be freed with zinit_service_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_FILE_NOT_FOUND, ZINIT_ERR_FILE_IO, ZINIT_ERR_FILE_SYNTAX
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
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
        *service = give(zinit_service(client.config_directory.load(&name)?));
        Ok(())
    })
}

/// Writes a service's file, in place of one that is there; a reader sees the old one or the new one, never a part. Does not
/// ask the daemon: zinit_client_monitor() makes it read the file.
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param service required; borrowed
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_INVALID_SERVICE, ZINIT_ERR_FILE_IO
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
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
        client.config_directory.write(&name, &borrow(service, "service")?.0)
    })
}

/// Removes a service's file. One that is not there is no failure. Does not ask the daemon: stop and forget the service first.
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_FILE_IO
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_remove_service(
    client: Option<&zinit_client>,
    name: *const c_char,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let client = &borrow(client, "client")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        client.config_directory.remove(&unsafe { self::name(name) }?)
    })
}
