//! The body of a function that can fail: its result is a code and, where the caller wants one, an error object.

use std::mem::MaybeUninit;
use std::ptr;

use super::boundary::{catch_panic, give};
use super::codes::{ZINIT_OK, code_of, zinit_code};
use super::errors::{ErrorObject, zinit_error};
use crate::error::{ErrorKind, Result};
use crate::sys;

/// Where an error goes.
type ErrorOut<'a> = Option<&'a mut MaybeUninit<*mut zinit_error>>;

/// Runs the body of a call that can fail.
pub(super) fn call(error: ErrorOut<'_>, body: impl FnOnce() -> Result<()>) -> zinit_code {
    call_with_code(error, || body().map(|()| ZINIT_OK))
}

/// As [`call`], for a body with outcomes that are not failures.
pub(super) fn call_with_code(error: ErrorOut<'_>, body: impl FnOnce() -> Result<zinit_code>) -> zinit_code {
    let mut body = Some(body);
    let mut body = || body.take().map_or(Ok(ZINIT_OK), |body| body());
    call_any(error, &mut body)
}

/// Of any body, so that the library has this once.
fn call_any(error: ErrorOut<'_>, body: &mut dyn FnMut() -> Result<zinit_code>) -> zinit_code {
    let _held_back = sys::hold_back_cancellation();
    let result = catch_panic(body).unwrap_or_else(|reason| Err(ErrorKind::Internal { reason }.into()));
    let (code, failure) = match result {
        Ok(code) => (code, None),
        Err(failure) => (code_of(failure.kind()), Some(failure)),
    };
    if let Some(error) = error {
        error.write(failure.map_or(ptr::null_mut(), |failure| give(ErrorObject::new(failure))));
    }
    code
}

#[cfg(test)]
mod tests {
    use std::mem::MaybeUninit;

    use super::call;
    use crate::ffi::codes::ZINIT_ERR_INTERNAL;
    use crate::ffi::errors::{zinit_error_code, zinit_error_free};

    #[test]
    fn a_panic_becomes_an_error_of_the_call() {
        let mut error = MaybeUninit::uninit();
        let code = call(Some(&mut error), || panic!("on purpose"));
        assert_eq!(code, ZINIT_ERR_INTERNAL);
        // SAFETY: the call has written it, and gave an object that is freed once.
        let error = unsafe { Box::from_raw(error.assume_init()) };
        assert_eq!(zinit_error_code(Some(&error)), ZINIT_ERR_INTERNAL);
        zinit_error_free(Some(error));
    }
}
