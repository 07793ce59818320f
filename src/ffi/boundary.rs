//! Crossing the boundary: what C lends becomes a reference, what C is given or lent becomes a pointer, and a panic stays
//! here.
//!
//! A pointer that may be NULL is an `Option` of a reference or of a `Box` in the functions' own types: so the compiler
//! knows who owns what. Only text, arrays and cancels come as raw pointers. What every function needs is marked
//! `inline(never)`, so that the library has it once.

use std::any::Any;
use std::cell::Cell;
use std::ffi::{CStr, CString, OsStr, c_char};
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::path::Path;
use std::ptr::{self, NonNull};
use std::slice;
use std::sync::{Once, OnceLock};
use std::time::Duration;

use crate::client::Timeout;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Name, Text};
use crate::sys;

/// A type that C knows by name only: a wrapper around a type of this library.
///
/// # Safety
/// It has the layout of `Inner`: it is `repr(transparent)`. (Behind `cfg_attr`, so that cbindgen takes it for opaque.)
pub(super) unsafe trait Handle {
    /// What it wraps.
    type Inner;
}

/// Makes a wrapper a [`Handle`].
macro_rules! handle {
    ($handle:ident, $inner:ty) => {
        // SAFETY: its one field is `Inner`, and it is `repr(transparent)`.
        unsafe impl $crate::ffi::boundary::Handle for $handle {
            type Inner = $inner;
        }
    };
}
pub(super) use handle;

/// Hands an object over to the caller.
pub(super) fn give<H: Handle>(inner: H::Inner) -> *mut H {
    Box::into_raw(Box::new(inner)).cast()
}

/// Hands an object over to the caller.
pub(super) fn give_box<H: Handle>(inner: H::Inner) -> Box<H> {
    // SAFETY: the pointer comes from a box, and the layout is the same.
    unsafe { Box::from_raw(give(inner)) }
}

/// Lends an object to the caller.
pub(super) fn lend<H: Handle>(inner: &H::Inner) -> &H {
    // SAFETY: the layout is the same.
    unsafe { &*ptr::from_ref(inner).cast() }
}

/// Lends an object to the caller, or NULL.
pub(super) fn lend_option<H: Handle>(inner: Option<&H::Inner>) -> Option<&H> {
    inner.map(lend)
}

/// What the caller lent, if anything.
pub(super) fn inner<H: Handle>(handle: Option<&H>) -> Option<&H::Inner> {
    // SAFETY: the layout is the same.
    handle.map(|handle| unsafe { &*ptr::from_ref(handle).cast() })
}

/// What the caller lent.
pub(super) fn required<'a, H: Handle>(handle: Option<&'a H>, argument: &'static str) -> Result<&'a H::Inner> {
    inner(handle).ok_or_else(|| null(argument))
}

/// What the caller lent, to be changed.
pub(super) fn required_mut<'a, H: Handle>(
    handle: Option<&'a mut H>,
    argument: &'static str,
) -> Result<&'a mut H::Inner> {
    let handle = handle.ok_or_else(|| null(argument))?;
    // SAFETY: the layout is the same.
    Ok(unsafe { &mut *ptr::from_mut(handle).cast() })
}

/// What the caller lent, while others may use it, too.
///
/// # Safety
/// `handle` points to an object that lives for `'a`.
pub(super) unsafe fn shared<'a, H: Handle + 'a>(handle: Option<NonNull<H>>) -> Option<&'a H::Inner> {
    // SAFETY: the caller's promise.
    inner(handle.map(|handle| unsafe { handle.as_ref() }))
}

/// Takes an object back from the caller and drops it.
pub(super) fn free<H>(mut handle: Option<Box<H>>) {
    if handle.is_some() {
        free_any(&mut || drop(handle.take()));
    }
}

/// Of any object, so that the library has this once.
#[inline(never)]
fn free_any(drop: &mut dyn FnMut()) {
    let _held_back = sys::hold_back_cancellation();
    // There is nobody to tell of a panic, and nothing is left to undo.
    let _ = catch_panic(drop);
}

/// Lends text to the caller.
pub(super) fn lend_text(text: &Text) -> *const c_char {
    text.as_bytes_with_nul().as_ptr().cast()
}

/// Lends text to the caller, or NULL.
pub(super) fn lend_text_option(text: Option<&Text>) -> *const c_char {
    text.map_or(ptr::null(), lend_text)
}

/// Where a result goes; empty from here on.
pub(super) fn out<'a, T: Empty>(
    out: Option<&'a mut MaybeUninit<T>>,
    argument: &'static str,
) -> Result<&'a mut T> {
    Ok(out.ok_or_else(|| null(argument))?.write(T::EMPTY))
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

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

type PanicHook = Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// Runs a getter; a panic in it ends here, and gives `none`. As good as all of them cannot panic, which the compiler sees:
/// so this costs nothing, for a list has two getters a service.
pub(super) fn catch_panic_or<T>(none: T, getter: impl FnOnce() -> T) -> T {
    panic::catch_unwind(AssertUnwindSafe(getter)).unwrap_or(none)
}

/// Runs code of ours; a panic in it ends here, without a word on stderr, as its message.
pub(super) fn catch_panic<T>(body: impl FnOnce() -> T) -> std::result::Result<T, String> {
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
