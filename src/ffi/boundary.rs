//! Crossing the boundary: pointers become references, results become codes, panics stay here.
//!
//! What every function needs is marked `inline(never)`, so that the library has it once.

use std::any::Any;
use std::cell::Cell;
use std::ffi::{CStr, CString, OsStr, c_char};
use std::os::unix::ffi::OsStrExt;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::path::Path;
use std::sync::{Once, OnceLock};
use std::time::Duration;
use std::{ptr, slice};

use super::codes::{ZINIT_OK, code_of, zinit_code};
use super::errors::{ErrorObject, zinit_error};
use crate::client::Timeout;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Name, Text};
use crate::sys;

/// A type that C knows by name only. Its pointers are pointers to `Inner`.
pub(super) trait Handle {
    /// What the pointers point to.
    type Inner;
}

/// Hands an object over to the caller.
pub(super) fn give<H: Handle>(inner: H::Inner) -> *mut H {
    Box::into_raw(Box::new(inner)).cast()
}

/// Lends an object to the caller.
pub(super) fn lend<H: Handle>(inner: &H::Inner) -> *const H {
    ptr::from_ref(inner).cast()
}

/// Lends an object to the caller, or NULL.
pub(super) fn lend_option<H: Handle>(inner: Option<&H::Inner>) -> *const H {
    inner.map_or(ptr::null(), lend)
}

/// Lends text to the caller.
pub(super) fn lend_text(text: &Text) -> *const c_char {
    text.as_bytes_with_nul().as_ptr().cast()
}

/// Lends text to the caller, or NULL.
pub(super) fn lend_text_option(text: Option<&Text>) -> *const c_char {
    text.map_or(ptr::null(), lend_text)
}

/// What the caller lent, or `None` for NULL.
///
/// # Safety
/// `handle` is NULL, or came from [`give`] or [`lend`] and is valid for `'a`.
pub(super) unsafe fn borrow_option<'a, H: Handle>(handle: *const H) -> Option<&'a H::Inner> {
    // SAFETY: the caller's promise.
    unsafe { handle.cast::<H::Inner>().as_ref() }
}

/// What the caller lent.
///
/// # Safety
/// As [`borrow_option`].
pub(super) unsafe fn borrow<'a, H: Handle>(handle: *const H, argument: &'static str) -> Result<&'a H::Inner> {
    // SAFETY: the caller's promise.
    unsafe { borrow_option(handle) }.ok_or_else(|| null(argument))
}

/// What the caller lent, to be changed.
///
/// # Safety
/// As [`borrow_option`], and nobody else uses the object during `'a`.
pub(super) unsafe fn borrow_mut<'a, H: Handle>(
    handle: *mut H,
    argument: &'static str,
) -> Result<&'a mut H::Inner> {
    // SAFETY: the caller's promise.
    unsafe { handle.cast::<H::Inner>().as_mut() }.ok_or_else(|| null(argument))
}

/// Takes an object back from the caller and drops it.
///
/// # Safety
/// `handle` is NULL, or came from [`give`] and is used no more.
pub(super) unsafe fn free<H: Handle>(handle: *mut H) {
    if !handle.is_null() {
        // SAFETY: the caller's promise.
        let inner = unsafe { Box::from_raw(handle.cast::<H::Inner>()) };
        // There is nobody to tell of a panic, and nothing is left to undo.
        let _ = contain(|| drop(inner));
    }
}

/// Where a result goes; empty from here on.
///
/// # Safety
/// `out` is NULL, or writable for `'a`.
pub(super) unsafe fn out<'a, T: Empty>(out: *mut T, argument: &'static str) -> Result<&'a mut T> {
    if out.is_null() {
        return Err(null(argument));
    }
    // SAFETY: the caller's promise; what was there needs no drop.
    unsafe { out.write(T::EMPTY) };
    // SAFETY: the caller's promise.
    Ok(unsafe { &mut *out })
}

/// What an out-parameter holds until its result is there.
pub(super) trait Empty: Copy {
    /// NULL or 0.
    const EMPTY: Self;
}

impl<T> Empty for *mut T {
    const EMPTY: Self = ptr::null_mut();
}

impl<T> Empty for *const T {
    const EMPTY: Self = ptr::null();
}

impl Empty for i32 {
    const EMPTY: Self = 0;
}

/// Text from the caller, `None` for NULL.
///
/// # Safety
/// `text` is NULL, or ends with a NUL and is readable for `'a`.
#[inline(never)]
pub(super) unsafe fn text_option<'a>(text: *const c_char, argument: &'static str) -> Result<Option<&'a str>> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's promise.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().map(Some).map_err(|_| invalid(argument, "it is not UTF-8"))
}

/// Text from the caller.
///
/// # Safety
/// As [`text_option`].
#[inline(never)]
pub(super) unsafe fn text<'a>(text: *const c_char, argument: &'static str) -> Result<&'a str> {
    // SAFETY: the caller's promise.
    unsafe { text_option(text, argument) }?.ok_or_else(|| null(argument))
}

/// Text from the caller, kept; it has no NUL inside, so nothing of it is lost.
pub(super) fn owned_text(text: &str) -> Text {
    Text::lossy(text)
}

/// Bytes from the caller.
///
/// # Safety
/// `bytes` is NULL, or readable for `len` bytes during `'a`.
#[inline(never)]
pub(super) unsafe fn bytes<'a>(bytes: *const c_char, len: usize, argument: &'static str) -> Result<&'a [u8]> {
    if bytes.is_null() {
        return Err(null(argument));
    }
    if isize::try_from(len).is_err() {
        return Err(invalid("len", format!("{len} is more than any memory holds")));
    }
    // SAFETY: the caller's promise.
    Ok(unsafe { slice::from_raw_parts(bytes.cast(), len) })
}

/// Hands text over to the caller.
pub(super) fn give_string(text: &str) -> Result<*mut c_char> {
    let text = CString::new(text)
        .map_err(|_| ErrorKind::Internal { reason: "text with a NUL inside".to_owned() })?;
    Ok(text.into_raw())
}

/// Takes text back from the caller.
///
/// # Safety
/// `text` is NULL, or came from [`give_string`] and is used no more.
pub(super) unsafe fn free_string(text: *mut c_char) {
    if !text.is_null() {
        // SAFETY: the caller's promise.
        drop(unsafe { CString::from_raw(text) });
    }
}

/// A service's name from the caller.
///
/// # Safety
/// As [`text_option`].
#[inline(never)]
pub(super) unsafe fn name(name: *const c_char) -> Result<Name> {
    // SAFETY: the caller's promise.
    Name::new(unsafe { text(name, "name") }?)
}

/// Services' names from the caller.
///
/// # Safety
/// `names` is NULL, or has `len` pointers, each of which is as in [`text_option`].
#[inline(never)]
pub(super) unsafe fn names(names: *const *const c_char, len: usize) -> Result<Vec<Name>> {
    if len == 0 {
        return Ok(Vec::new());
    }
    if names.is_null() {
        return Err(null("names"));
    }
    if len > isize::MAX as usize / size_of::<*const c_char>() {
        return Err(invalid("len", format!("{len} is more than any memory holds")));
    }
    // SAFETY: the caller's promise.
    let names = unsafe { slice::from_raw_parts(names, len) };
    // SAFETY: the caller's promise.
    names.iter().map(|name| Name::new(unsafe { text(*name, "names") }?)).collect()
}

/// A timeout from the caller.
#[inline(never)]
pub(super) fn timeout(milliseconds: i64, argument: &'static str) -> Result<Timeout> {
    Timeout::from_milliseconds(milliseconds).ok_or_else(|| {
        invalid(argument, format!("{milliseconds} is below -1: give milliseconds, or -1 for no limit"))
    })
}

/// How long a caller wants to wait, as poll(2) has it: -1 is for ever.
#[inline(never)]
pub(super) fn wait_timeout(milliseconds: i64, argument: &'static str) -> Result<Option<Duration>> {
    timeout(milliseconds, argument).map(|timeout| match timeout {
        Timeout::Unlimited => None,
        Timeout::Limited(limit) => Some(limit),
    })
}

/// A path from the caller: bytes, not text; `None` for NULL.
///
/// # Safety
/// As [`text_option`].
#[inline(never)]
pub(super) unsafe fn path_option<'a>(
    path: *const c_char,
    argument: &'static str,
) -> Result<Option<&'a Path>> {
    if path.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's promise.
    let bytes = unsafe { CStr::from_ptr(path) }.to_bytes();
    if bytes.is_empty() {
        return Err(invalid(argument, "it is empty"));
    }
    Ok(Some(Path::new(OsStr::from_bytes(bytes))))
}

/// A path from the caller.
///
/// # Safety
/// As [`text_option`].
pub(super) unsafe fn path<'a>(path: *const c_char, argument: &'static str) -> Result<&'a Path> {
    // SAFETY: the caller's promise.
    unsafe { path_option(path, argument) }?.ok_or_else(|| null(argument))
}

/// An argument that no call can use.
#[cold]
#[inline(never)]
pub(super) fn invalid(argument: &'static str, reason: impl Into<String>) -> Error {
    ErrorKind::InvalidArgument { argument, reason: reason.into() }.into()
}

#[cold]
#[inline(never)]
fn null(argument: &'static str) -> Error {
    invalid(argument, "it is NULL")
}

/// Runs the body of a call that can fail: its result is a code and, where the caller wants one, an error object.
///
/// # Safety
/// `error` is NULL, or writable.
pub(super) unsafe fn call(error: *mut *mut zinit_error, body: impl FnOnce() -> Result<()>) -> zinit_code {
    // SAFETY: the caller's promise.
    unsafe { call_with_code(error, || body().map(|()| ZINIT_OK)) }
}

/// As [`call`], for a body with outcomes that are no failure.
///
/// # Safety
/// As [`call`].
pub(super) unsafe fn call_with_code(
    error: *mut *mut zinit_error,
    body: impl FnOnce() -> Result<zinit_code>,
) -> zinit_code {
    let mut body = Some(body);
    let mut body = || body.take().map_or(Ok(ZINIT_OK), |body| body());
    // SAFETY: the caller's promise.
    unsafe { call_any(error, &mut body) }
}

/// Of any body, so that the library has this once.
unsafe fn call_any(error: *mut *mut zinit_error, body: &mut dyn FnMut() -> Result<zinit_code>) -> zinit_code {
    // SAFETY: the caller's promise.
    let error = unsafe { error.as_mut() };
    let _held_back = sys::hold_back_cancellation();
    let result = contain(body).unwrap_or_else(|reason| Err(ErrorKind::Internal { reason }.into()));
    let (code, failure) = match result {
        Ok(code) => (code, None),
        Err(failure) => (code_of(failure.kind()), Some(failure)),
    };
    if let Some(error) = error {
        *error = failure.map_or(ptr::null_mut(), |failure| give(ErrorObject::new(failure)));
    }
    code
}

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

type PanicHook = Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// Runs code of ours; a panic in it ends here, without a word on stderr, as its message.
fn contain<T>(body: impl FnOnce() -> T) -> std::result::Result<T, String> {
    static HOOK: Once = Once::new();
    // Beside the hook and not inside, so that it needs no memory that nobody frees.
    static BEFORE: OnceLock<PanicHook> = OnceLock::new();
    HOOK.call_once(|| {
        BEFORE.get_or_init(panic::take_hook);
        panic::set_hook(Box::new(|panic: &PanicHookInfo<'_>| {
            if let Some(before) = BEFORE.get().filter(|_| !INSIDE.get()) {
                before(panic);
            }
        }));
    });
    let outer = INSIDE.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(body));
    INSIDE.set(outer);
    result.map_err(|panic| message(panic.as_ref()))
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic").to_owned()
}

#[cfg(test)]
mod tests {
    use super::{call, zinit_error};
    use crate::ffi::codes::ZINIT_ERR_INTERNAL;
    use crate::ffi::errors::{zinit_error_code, zinit_error_free};

    #[test]
    fn a_panic_becomes_an_error_of_the_call() {
        let mut error: *mut zinit_error = std::ptr::null_mut();
        // SAFETY: `error` is writable.
        let code = unsafe { call(&raw mut error, || panic!("on purpose")) };
        assert_eq!(code, ZINIT_ERR_INTERNAL);
        // SAFETY: `error` came from the call, and is freed once.
        unsafe {
            assert_eq!(zinit_error_code(error), ZINIT_ERR_INTERNAL);
            zinit_error_free(error);
        }
    }
}
