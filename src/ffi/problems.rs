//! What is wrong with a service file; the comment of services.rs heads the section.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use super::boundary::{bytes, free, get, get_text, give, out};
use super::call::call;
use super::codes::zinit_code;
use super::errors::zinit_error;
use crate::model::{Problem, Service, Severity};

/// The problems of a service file, in the order of the file. Every getter takes NULL. Since 0.2.0.
pub struct zinit_problem_list(Vec<Problem>);

/// The daemon refuses the file. Since 0.2.0.
pub const ZINIT_SEVERITY_ERROR: i32 = 1;
/// The daemon loads the file, but it may not be what was meant. Since 0.2.0.
pub const ZINIT_SEVERITY_WARNING: i32 = 2;

/// Finds what is wrong with the content of a service file as it stands: what the daemon would refuse (zinit
/// 0.2.14), and what a person may not have meant, such as a misspelled key or a command that needs a shell.
/// Success means that the content was checked, not that it is right. Content that is too long to be read gives
/// a list with one error. Since 0.2.0.
///
/// @param yaml required; need not end with a NUL; borrowed
/// @param len the length in bytes; any length
/// @param problems required; receives a list, which is empty if nothing is wrong; free it with
///     zinit_problem_list_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
/// Thread safety: any thread, any time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_check_yaml(
    yaml: *const c_char,
    len: usize,
    problems: Option<&mut MaybeUninit<Option<Box<zinit_problem_list>>>>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let problems = out(problems, "problems")?;
        // SAFETY: the header: a pointer is NULL or valid.
        let yaml = unsafe { bytes(yaml, len, "yaml") }?;
        *problems = give(zinit_problem_list(Service::problems(yaml)));
        Ok(())
    })
}

/// Returns how many problems there are. Since 0.2.0.
///
/// @param problems may be NULL
/// @return the number; 0 for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_problem_list_len(problems: Option<&zinit_problem_list>) -> usize {
    get(problems, 0, |problems| problems.0.len())
}

/// Returns how bad a problem is. Since 0.2.0.
///
/// @param problems may be NULL
/// @param index from 0
/// @return a ZINIT_SEVERITY_ number; 0 if the index is out of range
#[unsafe(no_mangle)]
pub extern "C" fn zinit_problem_severity(problems: Option<&zinit_problem_list>, index: usize) -> i32 {
    get(problems, 0, |problems| match problems.0.get(index).map(|problem| problem.severity) {
        Some(Severity::Error) => ZINIT_SEVERITY_ERROR,
        Some(Severity::Warning) => ZINIT_SEVERITY_WARNING,
        None => 0,
    })
}

/// Returns the line that a problem is in. Since 0.2.0.
///
/// @param problems may be NULL
/// @param index from 0
/// @return the line, from 1; 0 if the index is out of range
#[unsafe(no_mangle)]
pub extern "C" fn zinit_problem_line(problems: Option<&zinit_problem_list>, index: usize) -> usize {
    get(problems, 0, |problems| problems.0.get(index).map_or(0, |problem| problem.place.line))
}

/// Returns the column that a problem begins in. Since 0.2.0.
///
/// @param problems may be NULL
/// @param index from 0
/// @return the column, in characters, from 1; 0 if the index is out of range
#[unsafe(no_mangle)]
pub extern "C" fn zinit_problem_column(problems: Option<&zinit_problem_list>, index: usize) -> usize {
    get(problems, 0, |problems| problems.0.get(index).map_or(0, |problem| problem.place.column))
}

/// Returns the key that a problem is about. Since 0.2.0.
///
/// @param problems may be NULL
/// @param index from 0
/// @return text such as "exec", "signal.stop" or "env.HOME", borrowed until the list is freed; NULL if the
///     problem is not about a key, or the index is out of range
#[unsafe(no_mangle)]
pub extern "C" fn zinit_problem_key(problems: Option<&zinit_problem_list>, index: usize) -> *const c_char {
    get_text(problems, |problems| {
        problems.0.get(index).map(|problem| &problem.key).filter(|key| !key.as_str().is_empty())
    })
}

/// Returns what is wrong, and what to write instead, on one line. It contains neither the place nor a value of
/// an environment variable. Since 0.2.0.
///
/// @param problems may be NULL
/// @param index from 0
/// @return the text, borrowed until the list is freed; NULL if the index is out of range
#[unsafe(no_mangle)]
pub extern "C" fn zinit_problem_message(
    problems: Option<&zinit_problem_list>,
    index: usize,
) -> *const c_char {
    get_text(problems, |problems| problems.0.get(index).map(|problem| &problem.message))
}

/// Frees a list and all that was borrowed from it. Since 0.2.0.
///
/// @param problems may be NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_problem_list_free(problems: Option<Box<zinit_problem_list>>) {
    free(problems);
}
