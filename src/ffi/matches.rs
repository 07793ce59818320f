//! Matches.
//!
//! Threads: any number of threads may call these functions with one client, and may read one filter or
//! list, at the same time. Changing a filter or freeing an object must not overlap another call on the
//! same object. Since 0.1.0.

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

/// Conditions on a service. All of them must hold. One filter can be used for any number of searches.
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
/// @return a filter, never NULL; free it with zinit_filter_free()
/// Thread safety: any thread, any time.
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

/// Adds a condition: the service's whole name matches a shell pattern.
///
/// The pattern has the syntax and the meaning of fnmatch(3) without flags: * is any text, ? is any character,
/// [a-z] is a character of a set, [!a-z] is one that is not in it, and a backslash takes away the meaning of
/// the character behind it. A dot at the beginning of a name is a character like any other. A set may have
/// classes such as [:digit:], which know only ASCII. In a set, [. and [= are refused, and a class at the end of
/// a range. A range has the characters from one Unicode code point to the other. The search takes time in
/// proportion to the length of the pattern times that of the name, and not more. Since 0.2.0.
///
/// @param filter required
/// @param pattern required; such as "web-*"; at most 1024 bytes; copied
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, also if a [ in the pattern is not closed, if it ends with a
///     backslash, if it has an unknown class or a form that is refused, or if it is too long
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_filter_with_glob(
    filter: Option<&mut zinit_filter>,
    pattern: *const c_char,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    // SAFETY: the header: a pointer is NULL or valid.
    call(error, || borrow(filter, "filter")?.0.with_glob(unsafe { text(pattern, "pattern") }?))
}

/// Adds a condition: the service's command runs a program of this name, in any directory.
///
/// The program is the first word of the key exec in the service's file, without quotes and escapes. Only the
/// part after its last / counts. The command is not read as a shell reads it: in "A=1 /bin/x" the program is
/// "A=1", and in "x;y" it is "x;y". A command in which a quote is not closed matches nothing.
///
/// @param filter required
/// @param basename required; such as "sshd"; copied. A name that contains a / matches nothing, except the
///     name "/"
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
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

/// Adds a condition: a regular expression matches some part of the service's command, which is the key exec
/// in its file.
///
/// The expression has the syntax of the Rust crate regex-lite. It means the same as in Go's package regexp,
/// with these differences:
/// - Go accepts, this library refuses: \pL, \p{Greek} and all Unicode classes; \Q...\E; \123 (write \x53); a
///   { that is not part of a repetition, as in a{,5} (write \{); [, &&, -- and ~~ in a class (write [\[]);
///   groups that are nested more than 50 deep.
/// - Go refuses, this library accepts: a**, a++, x{2}{3}; repetitions above 1000; (?<n>a), which Go accepts
///   since 1.22; \u0041; the flags x, u and R.
/// - Different meaning: \< and \> are the start and the end of a word; \s also matches the vertical tab; (?i)
///   ignores the case of ASCII letters only.
///
/// An expression that takes more than 256 KiB when it is compiled is refused: with 32 bytes for a character,
/// that is a text of 8000 characters, or a{8000}. A smaller one with many groups is refused too: its size times
/// its groups is at most 10 MiB. zinit_client_matches() says what an expression may cost.
///
/// @param filter required
/// @param pattern required; at most 8192 bytes; copied
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_REGEX
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
#[unsafe(no_mangle)]
pub extern "C" fn zinit_filter_free(filter: Option<Box<zinit_filter>>) {
    free(filter);
}

/// Finds the monitored services for which all conditions of a filter hold.
///
/// The daemon is asked only for its list. Files are read only for conditions on the command, and only for
/// services whose name matches. If a file is missing, is not this user's to read or is not a service definition,
/// its service does not match; this is not a failure. The daemon may use an older content of a file, if the file
/// was changed since the daemon read it.
///
/// The time of the search is bounded: it grows with the size of the expressions times the length of the
/// commands, and with nothing else. An expression that takes up to 4 KiB when it is compiled, as one of 100
/// characters does, is searched for in each command that a file can have. A larger one, or several together, and a
/// command whose length times that size is more than 1 GiB end the call with ZINIT_ERR_INVALID_REGEX, and the
/// message names the service. One command takes half a second at most. In an event loop, others go on between
/// the commands, and a request that is freed searches no further.
///
/// @param client required
/// @param filter required; must have at least one condition; borrowed
/// @param names required; receives a list, which is empty if nothing matches; free it with
///     zinit_name_list_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT; ZINIT_ERR_INVALID_REGEX if an expression is too large for the
///     command of a service; ZINIT_ERR_UNKNOWN_SERVICE if services are forgotten again and again during the
///     call; ZINIT_ERR_FILE_IO if the system cannot read a file, for want of memory, for example; an exchange
///     code
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

/// Returns how many names there are.
///
/// @param names may be NULL
/// @return the number; 0 for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_name_list_len(names: Option<&zinit_name_list>) -> usize {
    get(names, 0, |names| names.0.len())
}

/// Returns one name.
///
/// @param names may be NULL
/// @param index from 0
/// @return the name, borrowed until the list is freed; NULL if the index is out of range
#[unsafe(no_mangle)]
pub extern "C" fn zinit_name_list_at(names: Option<&zinit_name_list>, index: usize) -> *const c_char {
    get_text(names, |names| names.0.get(index))
}

/// Frees a list of names and all that was borrowed from it.
///
/// @param names may be NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_name_list_free(names: Option<Box<zinit_name_list>>) {
    free(names);
}
