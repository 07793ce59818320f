//! Service definitions.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::ptr::{self};

use super::boundary::{
    bytes, catch_panic_or, free, free_string, give, give_box, give_string, handle, inner, invalid,
    lend_text_option, name, out, owned_text, required, required_mut, text, text_option,
};
use super::call::call;
use super::client::zinit_client;
use super::codes::zinit_code;
use super::errors::zinit_error;
use crate::client::queries;
use crate::driver::blocking;
use crate::error::Result;
use crate::model::{Log, Service, Text};

/// A service definition: the content of a service file. Keys that the library does not know are kept and written back.
/// Every getter takes NULL.
#[cfg_attr(all(), repr(transparent))]
pub struct zinit_service(pub(super) Service);

handle!(zinit_service, Service);

/// The key is absent: the daemon takes ZINIT_LOG_RING.
pub const ZINIT_LOG_UNSET: i32 = 0;
/// The output goes to the daemon's ring buffer.
pub const ZINIT_LOG_RING: i32 = 1;
/// The output goes to the daemon's own output.
pub const ZINIT_LOG_STDOUT: i32 = 2;
/// The output goes nowhere.
pub const ZINIT_LOG_NONE: i32 = 3;

/// Makes a definition without any key.
///
/// @return a definition to be freed with zinit_service_free(); never NULL
/// Thread safety: any thread, any time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_new() -> Box<zinit_service> {
    give_box(Service::new())
}

/// Reads the content of a service file, its first document only, as leniently as YAML 1.1 readers do: yes and on are
/// true, null is absent, numbers are text. A value that the daemon would refuse is kept until it is set or written.
///
/// @param yaml required; need not end with a NUL; borrowed
/// @param len its length in bytes; at most 65536
/// @param service required; receives a definition to be freed with zinit_service_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_FILE_SYNTAX
/// Thread safety: any thread, any time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_service_from_yaml(
    yaml: *const c_char,
    len: usize,
    service: Option<&mut MaybeUninit<*mut zinit_service>>,
    error: Option<&mut MaybeUninit<*mut zinit_error>>,
) -> zinit_code {
    call(error, || {
        let service = out(service, "service")?;
        // SAFETY: the header: there are len bytes.
        *service = give(Service::from_yaml(unsafe { bytes(yaml, len, "yaml") }?)?);
        Ok(())
    })
}

/// Writes the content of a service file that the daemon loads with these values. Checks first whether it would.
///
/// @param service required
/// @param yaml required; receives text to be freed with zinit_string_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_SERVICE
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_to_yaml(
    service: Option<&zinit_service>,
    yaml: Option<&mut MaybeUninit<*mut c_char>>,
    error: Option<&mut MaybeUninit<*mut zinit_error>>,
) -> zinit_code {
    call(error, || {
        let yaml = out(yaml, "yaml")?;
        *yaml = give_string(&required(service, "service")?.to_yaml()?)?;
        Ok(())
    })
}

/// Frees a definition and all that was borrowed from it.
///
/// @param service may be NULL
/// Thread safety: must not overlap another call on the same object.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_free(service: Option<Box<zinit_service>>) {
    free(service);
}

/// Frees text that a function gave.
///
/// @param text may be NULL
/// Thread safety: must not overlap another call on the same object.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_string_free(text: *mut c_char) {
    // SAFETY: the header: text came from a function of this library, and is freed once.
    unsafe { free_string(text) }
}

/// Tells the command to run.
///
/// @param service may be NULL
/// @return the text, borrowed until the definition is freed or changed; NULL where the key is absent
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_exec(service: Option<&zinit_service>) -> *const c_char {
    catch_panic_or(ptr::null(), || lend_text_option(inner(service).and_then(Service::exec)))
}

/// Sets the command to run.
///
/// @param service required
/// @param command may be NULL: takes the key out, which the daemon needs; copied
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
/// Thread safety: one writer of one object at a time, and no reader.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_service_set_exec(
    service: Option<&mut zinit_service>,
    command: *const c_char,
    error: Option<&mut MaybeUninit<*mut zinit_error>>,
) -> zinit_code {
    call(error, || {
        let service = required_mut(service, "service")?;
        // SAFETY: the header: text is NULL or ends with a NUL.
        service.set_exec(unsafe { owned_text_option(command, "command") }?);
        Ok(())
    })
}

/// Tells the command that tells whether the service is up, by its exit code.
///
/// @param service may be NULL
/// @return the text, borrowed until the definition is freed or changed; NULL where the key is absent
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_test(service: Option<&zinit_service>) -> *const c_char {
    catch_panic_or(ptr::null(), || lend_text_option(inner(service).and_then(Service::test)))
}

/// Sets the command that tells whether the service is up, by its exit code.
///
/// @param service required
/// @param command may be NULL: takes the key out, and the service is up as soon as it runs; copied
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
/// Thread safety: one writer of one object at a time, and no reader.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_service_set_test(
    service: Option<&mut zinit_service>,
    command: *const c_char,
    error: Option<&mut MaybeUninit<*mut zinit_error>>,
) -> zinit_code {
    call(error, || {
        let service = required_mut(service, "service")?;
        // SAFETY: the header: text is NULL or ends with a NUL.
        service.set_test(unsafe { owned_text_option(command, "command") }?);
        Ok(())
    })
}

/// Tells the directory to run in.
///
/// @param service may be NULL
/// @return the text, borrowed until the definition is freed or changed; NULL where the key is absent
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_dir(service: Option<&zinit_service>) -> *const c_char {
    catch_panic_or(ptr::null(), || lend_text_option(inner(service).and_then(Service::dir)))
}

/// Sets the directory to run in.
///
/// @param service required
/// @param path may be NULL: takes the key out; copied
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
/// Thread safety: one writer of one object at a time, and no reader.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_service_set_dir(
    service: Option<&mut zinit_service>,
    path: *const c_char,
    error: Option<&mut MaybeUninit<*mut zinit_error>>,
) -> zinit_code {
    call(error, || {
        let service = required_mut(service, "service")?;
        // SAFETY: the header: text is NULL or ends with a NUL.
        service.set_dir(unsafe { owned_text_option(path, "path") }?);
        Ok(())
    })
}

/// Tells the signal that stops the service.
///
/// @param service may be NULL
/// @return the text, borrowed until the definition is freed or changed; NULL where the key is absent
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_stop_signal(service: Option<&zinit_service>) -> *const c_char {
    catch_panic_or(ptr::null(), || lend_text_option(inner(service).and_then(Service::stop_signal)))
}

/// Sets the signal that stops the service.
///
/// @param service required
/// @param signal may be NULL: takes the key out, and the daemon sends SIGTERM; a name in any case; copied
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_SIGNAL
/// Thread safety: one writer of one object at a time, and no reader.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_service_set_stop_signal(
    service: Option<&mut zinit_service>,
    signal: *const c_char,
    error: Option<&mut MaybeUninit<*mut zinit_error>>,
) -> zinit_code {
    call(error, || {
        // SAFETY: the header: text is NULL or ends with a NUL.
        required_mut(service, "service")?.set_stop_signal(unsafe { text_option(signal, "signal") }?)
    })
}

/// Tells whether it runs once, instead of being kept running.
///
/// @param service may be NULL
/// @return 1 or 0; 0 for NULL
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_oneshot(service: Option<&zinit_service>) -> i32 {
    catch_panic_or(0, || inner(service).map_or(0, |service| service.oneshot().into()))
}

/// Sets whether it runs once.
///
/// @param service required
/// @param oneshot 0 takes the key out
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
/// Thread safety: one writer of one object at a time, and no reader.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_set_oneshot(
    service: Option<&mut zinit_service>,
    oneshot: i32,
    error: Option<&mut MaybeUninit<*mut zinit_error>>,
) -> zinit_code {
    call(error, || {
        required_mut(service, "service")?.set_oneshot(oneshot != 0);
        Ok(())
    })
}

/// Tells where its output goes.
///
/// @param service may be NULL
/// @return a ZINIT_LOG_ number; ZINIT_LOG_UNSET for NULL, or where the value is none that the daemon knows
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_log(service: Option<&zinit_service>) -> i32 {
    catch_panic_or(0, || {
        inner(service).and_then(Service::log).map_or(ZINIT_LOG_UNSET, |log| match log {
            Log::Ring => ZINIT_LOG_RING,
            Log::Stdout => ZINIT_LOG_STDOUT,
            Log::None => ZINIT_LOG_NONE,
        })
    })
}

/// Sets where its output goes.
///
/// @param service required
/// @param log a ZINIT_LOG_ number; ZINIT_LOG_UNSET takes the key out
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
/// Thread safety: one writer of one object at a time, and no reader.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_set_log(
    service: Option<&mut zinit_service>,
    log: i32,
    error: Option<&mut MaybeUninit<*mut zinit_error>>,
) -> zinit_code {
    call(error, || {
        let service = required_mut(service, "service")?;
        service.set_log(match log {
            ZINIT_LOG_UNSET => None,
            ZINIT_LOG_RING => Some(Log::Ring),
            ZINIT_LOG_STDOUT => Some(Log::Stdout),
            ZINIT_LOG_NONE => Some(Log::None),
            _ => return Err(invalid("log", format!("{log} is no ZINIT_LOG_ number"))),
        });
        Ok(())
    })
}

/// Tells how long it has to stop when the daemon shuts down.
///
/// @param service may be NULL
/// @return seconds; -1 where the key is absent or no number, and for NULL
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_shutdown_timeout_s(service: Option<&zinit_service>) -> i64 {
    catch_panic_or(-1, || {
        inner(service)
            .and_then(Service::shutdown_timeout_seconds)
            .map_or(-1, |seconds| i64::try_from(seconds).unwrap_or(i64::MAX))
    })
}

/// Sets how long it has to stop when the daemon shuts down.
///
/// @param service required
/// @param seconds -1 takes the key out, and the daemon takes 10 (zinit 0.2.14); otherwise 0 or more
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
/// Thread safety: one writer of one object at a time, and no reader.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_set_shutdown_timeout_s(
    service: Option<&mut zinit_service>,
    seconds: i64,
    error: Option<&mut MaybeUninit<*mut zinit_error>>,
) -> zinit_code {
    call(error, || {
        let service = required_mut(service, "service")?;
        service.set_shutdown_timeout_seconds(match seconds {
            -1 => None,
            _ => Some(
                u64::try_from(seconds).map_err(|_| invalid("seconds", format!("{seconds} is below -1")))?,
            ),
        });
        Ok(())
    })
}

/// Tells how many services must be up before it is started.
///
/// @param service may be NULL
/// @return the number; 0 for NULL
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_after_len(service: Option<&zinit_service>) -> usize {
    catch_panic_or(0, || inner(service).map_or(0, |service| service.after().len()))
}

/// Tells the name of a service that must be up before.
///
/// @param service may be NULL
/// @param index from 0
/// @return the name, borrowed until the definition is freed or changed; NULL out of range
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_after_at(service: Option<&zinit_service>, index: usize) -> *const c_char {
    catch_panic_or(ptr::null(), || {
        lend_text_option(inner(service).and_then(|service| service.after().get(index)))
    })
}

/// Adds a service that must be up before: Running, or Success for a oneshot.
///
/// @param service required
/// @param name required; copied
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME
/// Thread safety: one writer of one object at a time, and no reader.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_service_after_push(
    service: Option<&mut zinit_service>,
    name: *const c_char,
    error: Option<&mut MaybeUninit<*mut zinit_error>>,
) -> zinit_code {
    call(error, || {
        let service = required_mut(service, "service")?;
        // SAFETY: the header: text is NULL or ends with a NUL.
        service.after_push(unsafe { self::name(name) }?.into_text());
        Ok(())
    })
}

/// Takes all services that must be up before out.
///
/// @param service may be NULL
/// Thread safety: one writer of one object at a time, and no reader.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_after_clear(service: Option<&mut zinit_service>) {
    catch_panic_or((), || {
        if let Ok(service) = required_mut(service, "service") {
            service.after_clear();
        }
    });
}

/// Tells how many environment variables are set.
///
/// @param service may be NULL
/// @return the number; 0 for NULL
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_env_len(service: Option<&zinit_service>) -> usize {
    catch_panic_or(0, || inner(service).map_or(0, |service| service.env().len()))
}

/// Tells the name of an environment variable. They are sorted by name.
///
/// @param service may be NULL
/// @param index from 0
/// @return the name, borrowed until the definition is freed or changed; NULL out of range
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_env_key(service: Option<&zinit_service>, index: usize) -> *const c_char {
    catch_panic_or(ptr::null(), || {
        lend_text_option(inner(service).and_then(|service| service.env().get(index)).map(|(key, _)| key))
    })
}

/// Tells the value of an environment variable.
///
/// @param service may be NULL
/// @param index from 0
/// @return the value, borrowed until the definition is freed or changed; NULL out of range
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_env_value(service: Option<&zinit_service>, index: usize) -> *const c_char {
    catch_panic_or(ptr::null(), || {
        lend_text_option(inner(service).and_then(|service| service.env().get(index)).map(|(_, value)| value))
    })
}

/// Sets an environment variable, in place of one with the same name.
///
/// @param service required
/// @param key required; copied
/// @param value may be NULL: takes the variable out; copied
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
/// Thread safety: one writer of one object at a time, and no reader.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_service_env_set(
    service: Option<&mut zinit_service>,
    key: *const c_char,
    value: *const c_char,
    error: Option<&mut MaybeUninit<*mut zinit_error>>,
) -> zinit_code {
    call(error, || {
        let service = required_mut(service, "service")?;
        // SAFETY: the header: text is NULL or ends with a NUL.
        let key = owned_text(unsafe { text(key, "key") }?);
        // SAFETY: the header: text is NULL or ends with a NUL.
        service.env_set(key, unsafe { owned_text_option(value, "value") }?);
        Ok(())
    })
}

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
    service: Option<&mut MaybeUninit<*mut zinit_service>>,
    error: Option<&mut MaybeUninit<*mut zinit_error>>,
) -> zinit_code {
    call(error, || {
        let service = out(service, "service")?;
        let client = required(client, "client")?;
        // SAFETY: the header: text is NULL or ends with a NUL.
        let name = unsafe { self::name(name) }?;
        *service = give(*blocking::run(client, async |io| queries::get(io, &name).await)?);
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
    service: Option<&mut MaybeUninit<*mut zinit_service>>,
    error: Option<&mut MaybeUninit<*mut zinit_error>>,
) -> zinit_code {
    call(error, || {
        let service = out(service, "service")?;
        let client = required(client, "client")?;
        // SAFETY: the header: text is NULL or ends with a NUL.
        let name = unsafe { self::name(name) }?;
        *service = give(client.config_directory.load(&name)?);
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
    error: Option<&mut MaybeUninit<*mut zinit_error>>,
) -> zinit_code {
    call(error, || {
        let client = required(client, "client")?;
        // SAFETY: the header: text is NULL or ends with a NUL.
        let name = unsafe { self::name(name) }?;
        client.config_directory.write(&name, required(service, "service")?)
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
    error: Option<&mut MaybeUninit<*mut zinit_error>>,
) -> zinit_code {
    call(error, || {
        let client = required(client, "client")?;
        // SAFETY: the header: text is NULL or ends with a NUL.
        client.config_directory.remove(&unsafe { self::name(name) }?)
    })
}

/// # Safety
/// `text` is NULL, or ends with a NUL and is readable.
unsafe fn owned_text_option(text: *const c_char, argument: &'static str) -> Result<Option<Text>> {
    // SAFETY: the caller's promise.
    Ok(unsafe { text_option(text, argument) }?.map(owned_text))
}
