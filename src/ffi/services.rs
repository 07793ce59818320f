//! Service definitions.
//!
//! Threads: any number of threads may call these functions with one client, and may read one definition or
//! list, at the same time. Changing or freeing a definition, or freeing a list or text, must not overlap
//! another call on the same object. Since 0.1.0.
//!
//! Two rules hold for what is written. A definition that was read and not changed is written byte for byte.
//! A change changes only what it names: comments, order and unknown keys stay.
//!
//! What cannot be read: a file of more than 262144 bytes, or that is not UTF-8; a NUL character, because the
//! daemon reads nothing behind it; a second document; lists and maps that are nested more than 64 deep.
//! No message shows a value of env, because it can be secret.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use super::boundary::{
    TransparentWrapper, borrow, bytes, catch_panic, free, free_string, get, get_text, give, give_string,
    invalid, name, out, owned_text, owned_text_option, text_option,
};
use super::call::call;
use super::codes::zinit_code;
use super::errors::zinit_error;
use crate::model::{KeyStatus, Log, Service, Variable};

/// A service definition: the content of a service file. Every getter takes NULL.
#[cfg_attr(not(cbindgen), repr(transparent))]
pub struct zinit_service(pub(super) Service);

// SAFETY: it is transparent.
unsafe impl TransparentWrapper for zinit_service {
    type Inner = Service;
}

/// The key is absent. The daemon then uses ZINIT_LOG_RING.
pub const ZINIT_LOG_UNSET: i32 = 0;
/// The output goes to the daemon's ring buffer.
pub const ZINIT_LOG_RING: i32 = 1;
/// The output goes to the daemon's own output.
pub const ZINIT_LOG_STDOUT: i32 = 2;
/// The output is discarded.
pub const ZINIT_LOG_NONE: i32 = 3;

/// The key is absent, or has no value. Since 0.2.0.
pub const ZINIT_KEY_ABSENT: i32 = 0;
/// The key has a value that is understood, or is not known to the library. Since 0.2.0.
pub const ZINIT_KEY_PRESENT: i32 = 1;
/// The key has a value that cannot be understood. It is kept until the key is set. Since 0.2.0.
pub const ZINIT_KEY_NOT_UNDERSTOOD: i32 = 2;

/// Makes a definition that has no keys.
///
/// @return a definition, never NULL; free it with zinit_service_free()
/// Thread safety: any thread, any time.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_new() -> Option<Box<zinit_service>> {
    catch_panic(None, || give(zinit_service(Service::new())))
}

/// Makes a copy of a definition, such as one that is borrowed from a request. The copy is as the definition is: what
/// was read and not changed is written byte for byte. Since 0.2.0.
///
/// @param service may be NULL
/// @return a definition; free it with zinit_service_free(); NULL for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_copy(service: Option<&zinit_service>) -> Option<Box<zinit_service>> {
    catch_panic(None, || service.and_then(|service| give(zinit_service(service.0.clone()))))
}

/// Reads the content of a service file. A value is read as the daemon or as a reader of YAML 1.1 reads it,
/// whichever takes more: yes and on mean true, null means absent, and numbers are accepted as text. A value
/// that cannot be understood is kept until it is set. zinit_check_yaml() tells what the daemon would refuse.
///
/// @param yaml required; need not end with a NUL; borrowed
/// @param len the length in bytes; at most 262144
/// @param service required; receives a definition; free it with zinit_service_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_FILE_SYNTAX
/// Thread safety: any thread, any time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_service_from_yaml(
    yaml: *const c_char,
    len: usize,
    service: Option<&mut MaybeUninit<Option<Box<zinit_service>>>>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let service = out(service, "service")?;
        // SAFETY: the header: a pointer is NULL or valid.
        let yaml = unsafe { bytes(yaml, len, "yaml") }?;
        *service = give(zinit_service(Service::from_yaml(yaml)?));
        Ok(())
    })
}

/// Writes the content of a service file. If nothing was set, this is what was read, byte for byte. Otherwise
/// only the lines of the keys that were set are exchanged, and yes or RING, for example, becomes the word that
/// the daemon knows. A file whose lines cannot be told apart, such as {exec: a}, is written anew with the same
/// values. Refuses what the daemon would refuse or could not use: the message names the key, and the line if
/// the value was read.
///
/// @param service required
/// @param yaml required; receives text; free it with zinit_string_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_SERVICE
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_to_yaml(
    service: Option<&zinit_service>,
    yaml: Option<&mut MaybeUninit<Option<NonNull<c_char>>>>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let yaml = out(yaml, "yaml")?;
        *yaml = give_string(&borrow(service, "service")?.0.to_yaml()?)?;
        Ok(())
    })
}

/// Frees a definition and all that was borrowed from it.
///
/// @param service may be NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_free(service: Option<Box<zinit_service>>) {
    free(service);
}

/// Frees text that a function of this library made for the caller.
///
/// @param text may be NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_string_free(text: *mut c_char) {
    // SAFETY: the header: text is NULL, or came from a function that gives it, and is freed once.
    unsafe { free_string(text) }
}

/// Returns whether a definition has a key, be it known to the library or not. Since 0.2.0.
///
/// @param service may be NULL
/// @param key may be NULL; the name of a key at the top of a service file, such as "exec"; borrowed
/// @return a ZINIT_KEY_ number; ZINIT_KEY_ABSENT for NULL, and if key is not UTF-8
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_service_key_status(
    service: Option<&zinit_service>,
    key: *const c_char,
) -> i32 {
    get(service, ZINIT_KEY_ABSENT, |service| {
        // SAFETY: the header: a pointer is NULL or valid.
        let Ok(Some(key)) = (unsafe { text_option(key, "key") }) else { return ZINIT_KEY_ABSENT };
        match service.0.key_status(key) {
            KeyStatus::Absent => ZINIT_KEY_ABSENT,
            KeyStatus::Present => ZINIT_KEY_PRESENT,
            KeyStatus::NotUnderstood => ZINIT_KEY_NOT_UNDERSTOOD,
        }
    })
}

/// Returns the command that the service runs.
///
/// @param service may be NULL
/// @return the text, borrowed until the definition is freed or changed; NULL if the key is absent, or if its
///     value cannot be understood: zinit_service_key_status() tells which
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_exec(service: Option<&zinit_service>) -> *const c_char {
    get_text(service, |service| service.0.exec())
}

/// Sets the command that the service runs.
///
/// @param service required
/// @param command may be NULL, to remove the key; the daemon refuses a definition without it; copied
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_service_set_exec(
    service: Option<&mut zinit_service>,
    command: *const c_char,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let service = &mut borrow(service, "service")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        service.set_exec(unsafe { owned_text_option(command, "command") }?);
        Ok(())
    })
}

/// Returns the test command. Its exit code shows whether the service is up.
///
/// @param service may be NULL
/// @return the text, borrowed until the definition is freed or changed; NULL if the key is absent, or if its
///     value cannot be understood: zinit_service_key_status() tells which
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_test(service: Option<&zinit_service>) -> *const c_char {
    get_text(service, |service| service.0.test())
}

/// Sets the test command. Its exit code shows whether the service is up.
///
/// @param service required
/// @param command may be NULL, to remove the key; then the service is up as soon as its process runs; copied
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_service_set_test(
    service: Option<&mut zinit_service>,
    command: *const c_char,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let service = &mut borrow(service, "service")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        service.set_test(unsafe { owned_text_option(command, "command") }?);
        Ok(())
    })
}

/// Returns the directory that the service runs in.
///
/// @param service may be NULL
/// @return the text, borrowed until the definition is freed or changed; NULL if the key is absent, or if its
///     value cannot be understood: zinit_service_key_status() tells which
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_dir(service: Option<&zinit_service>) -> *const c_char {
    get_text(service, |service| service.0.dir())
}

/// Sets the directory that the service runs in.
///
/// @param service required
/// @param path may be NULL, to remove the key; copied
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_service_set_dir(
    service: Option<&mut zinit_service>,
    path: *const c_char,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let service = &mut borrow(service, "service")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        service.set_dir(unsafe { owned_text_option(path, "path") }?);
        Ok(())
    })
}

/// Returns the name of the signal that stops the service.
///
/// @param service may be NULL
/// @return the text, borrowed until the definition is freed or changed; NULL if the key is absent, or if its
///     value cannot be understood: zinit_service_key_status() tells which
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_stop_signal(service: Option<&zinit_service>) -> *const c_char {
    get_text(service, |service| service.0.stop_signal())
}

/// Sets the signal that stops the service.
///
/// @param service required
/// @param signal may be NULL, to remove the key; then the daemon sends SIGTERM; a name, in upper or lower
///     case; copied
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_SIGNAL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_service_set_stop_signal(
    service: Option<&mut zinit_service>,
    signal: *const c_char,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    // SAFETY: the header: a pointer is NULL or valid.
    call(error, || borrow(service, "service")?.0.set_stop_signal(unsafe { text_option(signal, "signal") }?))
}

/// Returns whether the service runs once. Otherwise the daemon keeps it running.
///
/// @param service may be NULL
/// @return 1 or 0; 0 for NULL, and if the value cannot be understood: zinit_service_key_status() tells
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_oneshot(service: Option<&zinit_service>) -> i32 {
    get(service, 0, |service| service.0.oneshot().into())
}

/// Sets whether the service runs once.
///
/// @param service required
/// @param oneshot 0 removes the key
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_set_oneshot(
    service: Option<&mut zinit_service>,
    oneshot: i32,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        borrow(service, "service")?.0.set_oneshot(oneshot != 0);
        Ok(())
    })
}

/// Returns where the service's output goes.
///
/// @param service may be NULL
/// @return a ZINIT_LOG_ number; ZINIT_LOG_UNSET for NULL, if the key is absent, or if its value cannot be
///     understood: zinit_service_key_status() tells which
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_log(service: Option<&zinit_service>) -> i32 {
    get(service, ZINIT_LOG_UNSET, |service| match service.0.log() {
        None => ZINIT_LOG_UNSET,
        Some(Log::Ring) => ZINIT_LOG_RING,
        Some(Log::Stdout) => ZINIT_LOG_STDOUT,
        Some(Log::None) => ZINIT_LOG_NONE,
    })
}

/// Sets where the service's output goes.
///
/// @param service required
/// @param log a ZINIT_LOG_ number; ZINIT_LOG_UNSET removes the key
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_set_log(
    service: Option<&mut zinit_service>,
    log: i32,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let service = &mut borrow(service, "service")?.0;
        service.set_log(match log {
            ZINIT_LOG_UNSET => None,
            ZINIT_LOG_RING => Some(Log::Ring),
            ZINIT_LOG_STDOUT => Some(Log::Stdout),
            ZINIT_LOG_NONE => Some(Log::None),
            _ => return Err(invalid("log", format!("{log} is not a ZINIT_LOG_ number"))),
        });
        Ok(())
    })
}

/// Returns how much time the service has to stop when the daemon shuts down.
///
/// @param service may be NULL
/// @return seconds; -1 for NULL, if the key is absent, or if its value cannot be understood:
///     zinit_service_key_status() tells which
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_shutdown_timeout_s(service: Option<&zinit_service>) -> i64 {
    get(service, -1, |service| {
        let seconds = service.0.shutdown_timeout_seconds();
        seconds.map_or(-1, |seconds| i64::try_from(seconds).unwrap_or(i64::MAX))
    })
}

/// Sets how much time the service has to stop when the daemon shuts down.
///
/// @param service required
/// @param seconds 0 or more; or -1 to remove the key: then the daemon uses 10 (zinit 0.2.14)
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_set_shutdown_timeout_s(
    service: Option<&mut zinit_service>,
    seconds: i64,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let service = &mut borrow(service, "service")?.0;
        service.set_shutdown_timeout_seconds(match seconds {
            -1 => None,
            _ => Some(
                u64::try_from(seconds).map_err(|_| invalid("seconds", format!("{seconds} is below -1")))?,
            ),
        });
        Ok(())
    })
}

/// Returns how many services must be up before this service is started.
///
/// @param service may be NULL
/// @return the number; 0 for NULL, if the key is absent, or if its value cannot be understood:
///     zinit_service_key_status() tells which
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_after_len(service: Option<&zinit_service>) -> usize {
    get(service, 0, |service| service.0.after().len())
}

/// Returns the name of a service that must be up before this service is started.
///
/// @param service may be NULL
/// @param index from 0
/// @return the name, borrowed until the definition is freed or changed; NULL if the index is out of range
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_after_at(service: Option<&zinit_service>, index: usize) -> *const c_char {
    get_text(service, |service| service.0.after().get(index))
}

/// Adds a service that must be up before this service is started. Up means Running, or Success for a oneshot.
///
/// @param service required
/// @param name required; copied
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_service_after_push(
    service: Option<&mut zinit_service>,
    name: *const c_char,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let service = &mut borrow(service, "service")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        service.after_push(unsafe { self::name(name) }?.into_text());
        Ok(())
    })
}

/// Removes all services that must be up before this service is started.
///
/// @param service may be NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_after_clear(service: Option<&mut zinit_service>) {
    catch_panic((), || {
        if let Some(service) = service {
            service.0.after_clear();
        }
    });
}

/// Returns how many environment variables the definition sets.
///
/// @param service may be NULL
/// @return the number; 0 for NULL, if the key is absent, or if its value cannot be understood:
///     zinit_service_key_status() tells which
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_env_len(service: Option<&zinit_service>) -> usize {
    get(service, 0, |service| service.0.env().len())
}

/// Returns the name of an environment variable. The variables are sorted by name.
///
/// @param service may be NULL
/// @param index from 0
/// @return the name, borrowed until the definition is freed or changed; NULL if the index is out of range
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_env_key(service: Option<&zinit_service>, index: usize) -> *const c_char {
    get_text(service, |service| service.0.env().get(index).map(Variable::name))
}

/// Returns the value of an environment variable.
///
/// @param service may be NULL
/// @param index from 0
/// @return the value, borrowed until the definition is freed or changed; NULL if the index is out of range, or
///     if the value is not text
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_env_value(service: Option<&zinit_service>, index: usize) -> *const c_char {
    get_text(service, |service| service.0.env().get(index).and_then(Variable::value))
}

/// Sets an environment variable. Replaces a variable of the same name.
///
/// @param service required
/// @param key required; copied
/// @param value may be NULL, to remove the variable; copied
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_service_env_set(
    service: Option<&mut zinit_service>,
    key: *const c_char,
    value: *const c_char,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let service = &mut borrow(service, "service")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        let key = unsafe { owned_text(key, "key") }?;
        // SAFETY: the header: a pointer is NULL or valid.
        service.env_set(key, unsafe { owned_text_option(value, "value") }?);
        Ok(())
    })
}
