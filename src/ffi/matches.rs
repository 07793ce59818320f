//! Matches.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use super::boundary::{
    TransparentWrapper, borrow, catch_panic, free, get, get_text, give, name, out, owned_text, text,
};
use super::call::call;
use super::client::zinit_client;
use super::codes::zinit_code;
use super::errors::zinit_error;
use crate::client::matches;
use crate::driver::blocking;
use crate::model::{Filter, Text};

/// Conditions on a service, all of which must hold. Any number of searches can be made with one.
pub struct zinit_filter(pub(super) Filter);

/// Names of services, sorted. Every getter takes NULL.
#[cfg_attr(not(cbindgen), repr(transparent))]
pub struct zinit_name_list(pub(super) Vec<Text>);

// SAFETY: it is transparent.
unsafe impl TransparentWrapper for zinit_name_list {
    type Inner = Vec<Text>;
}

/// Makes a filter without conditions. Each zinit_filter_with_ function adds one.
///
/// @return a filter to be freed with zinit_filter_free(); never NULL
/// Thread safety: any thread, any time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_filter_new() -> Option<Box<zinit_filter>> {
    catch_panic(None, || give(zinit_filter(Filter::new())))
}

/// Adds a condition: the service has this name.
///
/// @param filter required
/// @param name required; the whole name; copied
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME
/// Thread safety: one writer of one object at a time, and no reader.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_filter_with_name(
    filter: Option<&mut zinit_filter>,
    name: *const c_char,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let filter = &mut borrow(filter, "filter")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        filter.with_name(unsafe { self::name(name) }?.into_text());
        Ok(())
    })
}

/// Adds a condition: the program that the service's command runs has this name, wherever it is.
///
/// The program is the first word of the key exec in the service's file, without quotes and escapes, behind its last /.
/// The command is not read as a shell reads it: in "A=1 /bin/x" the program is "A=1", in "x;y" it is "x;y". A command
/// with an open quote matches nothing.
///
/// @param filter required
/// @param basename required; such as "sshd"; one with a / inside matches nothing but "/"; copied
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
/// Thread safety: one writer of one object at a time, and no reader.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_filter_with_exec(
    filter: Option<&mut zinit_filter>,
    basename: *const c_char,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let filter = &mut borrow(filter, "filter")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        filter.with_exec(unsafe { owned_text(basename, "basename") }?);
        Ok(())
    })
}

/// Adds a condition: a regular expression matches some part of the service's command, the key exec in its file.
///
/// The expression is one of the Rust crate regex-lite. It means what it means to Go's package regexp, but for these:
/// Refused here, taken there: \pL, \p{Greek} and all Unicode classes; \Q...\E; \123 (write \x53); a { that counts
///     nothing, as in a{,5} (write \{); [, &&, -- and ~~ in a class (write [\[]); more than 50 groups in one another.
/// Taken here, refused there: a**, a++, x{2}{3}; counts above 1000; (?<n>a), which Go takes since 1.22; \u0041; the flags
///     x, u and R.
/// Read otherwise: \< and \> are the begin and the end of a word; \s has the vertical tab too; (?i) knows both cases of
///     ASCII letters only.
/// One that would take more than 10 MiB of memory is refused, and so is a smaller one with many groups.
///
/// @param filter required
/// @param pattern required; copied
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_REGEX
/// Thread safety: one writer of one object at a time, and no reader.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_filter_with_exec_regex(
    filter: Option<&mut zinit_filter>,
    pattern: *const c_char,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    // SAFETY: the header: a pointer is NULL or valid.
    call(error, || borrow(filter, "filter")?.0.with_exec_regex(unsafe { text(pattern, "pattern") }?))
}

/// Frees a filter.
///
/// @param filter may be NULL
/// Thread safety: must not overlap another call on the same object.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_filter_free(filter: Option<Box<zinit_filter>>) {
    free(filter);
}

/// Finds the monitored services for which all conditions of a filter hold.
///
/// The daemon is asked for its list only. Files are read only for conditions on the command, and only of services whose
/// name matches; one that is missing, cannot be read or is no service definition does not match, and is no failure. The
/// daemon may have read a file before it was changed: it does not tell.
///
/// @param client required
/// @param filter required; with at least one condition; borrowed
/// @param names required; receives a list, empty where nothing matches, to be freed with zinit_name_list_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_UNKNOWN_SERVICE if services are forgotten all the time; an exchange code
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_client_matches(
    client: Option<&zinit_client>,
    filter: Option<&zinit_filter>,
    names: Option<&mut MaybeUninit<Option<Box<zinit_name_list>>>>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let names = out(names, "names")?;
        let client = &borrow(client, "client")?.0;
        let filter = &borrow(filter, "filter")?.0;
        *names = give(zinit_name_list(blocking::run(client, async |io| matches::matches(io, filter).await)?));
        Ok(())
    })
}

/// Tells how many names there are.
///
/// @param names may be NULL
/// @return the number; 0 for NULL
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_name_list_len(names: Option<&zinit_name_list>) -> usize {
    get(names, 0, |names| names.0.len())
}

/// Tells one name.
///
/// @param names may be NULL
/// @param index from 0
/// @return the name, borrowed until the list is freed; NULL out of range
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_name_list_at(names: Option<&zinit_name_list>, index: usize) -> *const c_char {
    get_text(names, |names| names.0.get(index))
}

/// Frees a list of names and all that was borrowed from it.
///
/// @param names may be NULL
/// Thread safety: must not overlap another call on the same object.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_name_list_free(names: Option<Box<zinit_name_list>>) {
    free(names);
}
