//! Service definitions.

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
use crate::model::{Log, Service};

/// A service definition: the content of a service file. Keys that the library does not know are kept and written back.
/// Every getter takes NULL.
#[cfg_attr(not(cbindgen), repr(transparent))]
pub struct zinit_service(pub(super) Service);

// SAFETY: it is transparent.
unsafe impl TransparentWrapper for zinit_service {
    type Inner = Service;
}

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
pub extern "C" fn zinit_service_new() -> Option<Box<zinit_service>> {
    catch_panic(None, || give(zinit_service(Service::new())))
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
    // SAFETY: the header: text is NULL, or came from a function that gives it, and is freed once.
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
    get_text(service, |service| service.0.exec())
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
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let service = &mut borrow(service, "service")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
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
    get_text(service, |service| service.0.test())
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
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let service = &mut borrow(service, "service")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
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
    get_text(service, |service| service.0.dir())
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
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let service = &mut borrow(service, "service")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
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
    get_text(service, |service| service.0.stop_signal())
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
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    // SAFETY: the header: a pointer is NULL or valid.
    call(error, || borrow(service, "service")?.0.set_stop_signal(unsafe { text_option(signal, "signal") }?))
}

/// Tells whether it runs once, instead of being kept running.
///
/// @param service may be NULL
/// @return 1 or 0; 0 for NULL
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_oneshot(service: Option<&zinit_service>) -> i32 {
    get(service, 0, |service| service.0.oneshot().into())
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
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        borrow(service, "service")?.0.set_oneshot(oneshot != 0);
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
    get(service, ZINIT_LOG_UNSET, |service| match service.0.log() {
        None => ZINIT_LOG_UNSET,
        Some(Log::Ring) => ZINIT_LOG_RING,
        Some(Log::Stdout) => ZINIT_LOG_STDOUT,
        Some(Log::None) => ZINIT_LOG_NONE,
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
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let service = &mut borrow(service, "service")?.0;
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
    get(service, -1, |service| {
        let seconds = service.0.shutdown_timeout_seconds();
        seconds.map_or(-1, |seconds| i64::try_from(seconds).unwrap_or(i64::MAX))
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

/// Tells how many services must be up before it is started.
///
/// @param service may be NULL
/// @return the number; 0 for NULL
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_after_len(service: Option<&zinit_service>) -> usize {
    get(service, 0, |service| service.0.after().len())
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
    get_text(service, |service| service.0.after().get(index))
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
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let service = &mut borrow(service, "service")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
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
    catch_panic((), || {
        if let Some(service) = service {
            service.0.after_clear();
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
    get(service, 0, |service| service.0.env().len())
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
    get_text(service, |service| service.0.env().get(index).map(|(key, _)| key))
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
    get_text(service, |service| service.0.env().get(index).map(|(_, value)| value))
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
