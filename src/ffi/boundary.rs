//! Crossing the boundary: reads what C lends, and lends or hands over to C.
//!
//! Helpers that every function needs are marked `inline(never)`, so that the library has each of them once.

use std::ffi::{CStr, CString, OsStr, c_char};
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::ptr::{self, NonNull};
use std::slice;
use std::time::Duration;

use crate::client::Timeout;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Name, Text};
use crate::sys;

/// A type of the header around one of the library's own, so that an object within another can be lent.
///
/// # Safety
/// The type is `repr(transparent)`, and `Inner` is its field.
pub(super) unsafe trait TransparentWrapper {
    /// The library's own type.
    type Inner;
}

/// Lends an object within another to the caller.
pub(super) fn lend<W: TransparentWrapper>(inner: &W::Inner) -> &W {
    // SAFETY: the trait promises that both have the same layout.
    unsafe { &*ptr::from_ref(inner).cast() }
}

/// Lends text to the caller.
pub(super) fn lend_text(text: &Text) -> *const c_char {
    text.as_bytes_with_nul().as_ptr().cast()
}

/// Lends text to the caller, or NULL.
pub(super) fn lend_text_option(text: Option<&Text>) -> *const c_char {
    text.map_or(ptr::null(), lend_text)
}

/// Hands an object over to the caller.
#[allow(clippy::unnecessary_wraps)]
pub(super) fn give<T>(object: T) -> Option<Box<T>> {
    Some(Box::new(object))
}

/// Drops what the caller gives back, and what has no file descriptor: see [`close`].
pub(super) fn free<T>(object: Option<Box<T>>) {
    catch_panic((), || drop(object));
}

/// As [`free`], for an object with file descriptors.
pub(super) fn close<T>(object: Option<Box<T>>) {
    // Closing one is a cancellation point.
    let _held_back = sys::hold_back_cancellation();
    free(object);
}

/// An object that the caller lent; an error for NULL.
pub(super) fn borrow<T>(object: Option<T>, argument: &'static str) -> Result<T> {
    object.ok_or_else(|| null(argument))
}

/// Runs code of ours, and gives `fallback` after a panic, which must not reach C.
///
/// No error object can hold the message here, so the panic hook prints it. This costs nothing where the
/// compiler sees that nothing can panic, as in nearly every getter.
pub(super) fn catch_panic<T>(fallback: T, body: impl FnOnce() -> T) -> T {
    panic::catch_unwind(AssertUnwindSafe(body)).unwrap_or(fallback)
}

/// The result of a getter; `fallback` for NULL, and after a panic.
pub(super) fn get<'a, H, T: Copy>(object: Option<&'a H>, fallback: T, getter: impl FnOnce(&'a H) -> T) -> T {
    object.map_or(fallback, |object| catch_panic(fallback, || getter(object)))
}

/// As [`get`], for text; NULL for NULL, and after a panic.
pub(super) fn get_text<'a, H>(
    object: Option<&'a H>,
    getter: impl FnOnce(&'a H) -> Option<&'a Text>,
) -> *const c_char {
    get(object, ptr::null(), |object| lend_text_option(getter(object)))
}

/// The place for a result; it is NULL or 0 from here on.
pub(super) fn out<'a, T: Default>(
    out: Option<&'a mut MaybeUninit<T>>,
    argument: &'static str,
) -> Result<&'a mut T> {
    // The old value may be uninitialised, and belongs to the caller: it is not dropped.
    borrow(out, argument).map(|out| out.write(T::default()))
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

/// Text from the caller, kept.
///
/// # Safety
/// As [`text_option`].
pub(super) unsafe fn owned_text(text: *const c_char, argument: &'static str) -> Result<Text> {
    // SAFETY: the caller's promise.
    unsafe { owned_text_option(text, argument) }?.ok_or_else(|| null(argument))
}

/// Text from the caller, kept; `None` for NULL.
///
/// # Safety
/// As [`text_option`].
#[inline(never)]
pub(super) unsafe fn owned_text_option(text: *const c_char, argument: &'static str) -> Result<Option<Text>> {
    // SAFETY: the caller's promise. C text has no NUL inside, so nothing of it is lost.
    Ok(unsafe { text_option(text, argument) }?.map(Text::lossy))
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
        return Err(invalid("len", format!("{len} is more than the memory can hold")));
    }
    // SAFETY: the caller's promise.
    Ok(unsafe { slice::from_raw_parts(bytes.cast(), len) })
}

/// Hands text over to the caller.
pub(super) fn give_string(text: &str) -> Result<Option<NonNull<c_char>>> {
    let text = CString::new(text)
        .map_err(|_| ErrorKind::Internal { reason: "text with a NUL inside".to_owned() })?;
    Ok(NonNull::new(text.into_raw()))
}

/// Takes text back from the caller.
///
/// # Safety
/// `text` is NULL, or came from [`give_string`] and is not used any more.
pub(super) unsafe fn free_string(text: *mut c_char) {
    if !text.is_null() {
        // SAFETY: the caller's promise.
        let text = unsafe { CString::from_raw(text) };
        catch_panic((), || drop(text));
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
        return Err(invalid("len", format!("{len} is more than the memory can hold")));
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

/// How long a caller wants to wait, as for poll(2): -1 is without a limit.
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

/// The error for an argument that is not valid.
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

#[cfg(test)]
mod tests {
    use super::{Text, catch_panic, get, get_text};

    #[test]
    fn a_panic_in_a_getter_gives_what_null_gives() {
        assert_eq!(get(Some(&()), -1, |()| panic!("on purpose")), -1);
        assert_eq!(get(None::<&()>, -1, |()| 1), -1);
        assert_eq!(get(Some(&()), -1, |()| 1), 1);
        assert!(get_text(Some(&()), |()| -> Option<&Text> { panic!("on purpose") }).is_null());
    }

    #[test]
    fn a_panic_elsewhere_gives_the_fallback() {
        assert_eq!(catch_panic(2, || panic!("on purpose")), 2);
        assert_eq!(catch_panic(2, || 1), 1);
    }
}
