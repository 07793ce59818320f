//! Runs the body of a call: its result becomes a code and an error object, and a panic stays here.

use std::any::Any;
use std::cell::Cell;
use std::mem::MaybeUninit;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use super::boundary::{catch_panic, give};
use super::codes::{ZINIT_OK, code_of, zinit_code};
use super::errors::zinit_error;
use crate::error::{ErrorKind, Result};
use crate::sys;

/// Where the caller wants an error object, or NULL.
pub(super) type ErrorOut<'a> = Option<&'a mut MaybeUninit<Option<Box<zinit_error>>>>;

/// Runs the body of a call that can fail. Makes a code of its result, and an error object if the caller wants
/// one.
pub(super) fn call(error: ErrorOut<'_>, body: impl FnOnce() -> Result<()>) -> zinit_code {
    call_with_code(error, || body().map(|()| ZINIT_OK))
}

/// As [`call`], for a body that has other outcomes than success and failure.
pub(super) fn call_with_code(error: ErrorOut<'_>, body: impl FnOnce() -> Result<zinit_code>) -> zinit_code {
    let mut body = Some(body);
    call_any(error, &mut || body.take().map_or(Ok(ZINIT_OK), |body| body()))
}

/// The part that is the same for every body, so that the library has it once.
fn call_any(error: ErrorOut<'_>, body: &mut dyn FnMut() -> Result<zinit_code>) -> zinit_code {
    let _held_back = sys::hold_back_cancellation();
    let result = catch_message(body).unwrap_or_else(|reason| Err(ErrorKind::Internal { reason }.into()));
    let (code, failure) = match result {
        Ok(code) => (code, None),
        Err(failure) => (code_of(failure.kind()), Some(failure)),
    };
    if let Some(error) = error {
        error.write(failure.and_then(|failure| catch_panic(None, || give(zinit_error::new(failure)))));
    }
    code
}

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

type PanicHook = Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// Runs a body. A panic in it ends here: its message is returned and not printed.
fn catch_message<T>(body: impl FnOnce() -> T) -> std::result::Result<T, String> {
    // Not a Once: if another thread runs it at the time of a fork, the child would wait for ever.
    static HAS_HOOK: AtomicBool = AtomicBool::new(false);
    // Outside the hook: a hook that captures it would need memory that nobody frees.
    static BEFORE: OnceLock<PanicHook> = OnceLock::new();
    // Every call comes here: to read costs nothing beside the locked instruction of a swap.
    if !HAS_HOOK.load(Ordering::Relaxed) && !HAS_HOOK.swap(true, Ordering::Relaxed) {
        BEFORE.get_or_init(panic::take_hook);
        panic::set_hook(Box::new(|panic: &PanicHookInfo<'_>| {
            if let Some(before) = BEFORE.get().filter(|_| !INSIDE.get()) {
                before(panic);
            }
        }));
    }
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
    use std::mem::MaybeUninit;

    use super::call;
    use crate::ffi::codes::ZINIT_ERR_INTERNAL;
    use crate::ffi::errors::{zinit_error_code, zinit_error_free};

    #[test]
    fn a_panic_becomes_an_error_of_the_call() {
        let mut error = MaybeUninit::new(None);
        let code = call(Some(&mut error), || panic!("on purpose"));
        assert_eq!(code, ZINIT_ERR_INTERNAL);
        // SAFETY: it was written above, and by the call.
        let error = unsafe { error.assume_init() };
        assert_eq!(zinit_error_code(error.as_deref()), ZINIT_ERR_INTERNAL);
        zinit_error_free(error);
    }
}
