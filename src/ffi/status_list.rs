//! The status of every service.

use std::mem::MaybeUninit;

use super::boundary::{TransparentWrapper, borrow, free, get, give, lend, out};
use super::call::call;
use super::client::zinit_client;
use super::codes::zinit_code;
use super::errors::zinit_error;
use super::queries::zinit_status;
use crate::client::queries;
use crate::driver::blocking;
use crate::model::Status;

/// The status of each monitored service, sorted by name. Every getter takes NULL. Since 0.2.0.
#[cfg_attr(not(cbindgen), repr(transparent))]
pub struct zinit_status_list(pub(super) Vec<Status>);

// SAFETY: it is transparent.
unsafe impl TransparentWrapper for zinit_status_list {
    type Inner = Vec<Status>;
}

/// Gets the status of each monitored service.
///
/// The daemon is asked for its list, and then for each status, up to four of them side by side: each status is of
/// its own moment. A service that is forgotten in the meantime is left out. A service whose name
/// zinit_client_status() would refuse has only what the list tells, its name and its state: its pid is 0, its
/// target is ZINIT_TARGET_UNKNOWN, and it has no services that it starts after. Any other failure for one
/// service ends the call, and zinit_error_service() returns its name. The call holds up to five file
/// descriptors. The list of zinit 0.3 tells all but the services that one starts after, and is asked for alone
/// (zinit 0.3.9). Since 0.2.0.
///
/// @param client required
/// @param list required; receives a list; free it with zinit_status_list_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT; ZINIT_ERR_UNKNOWN_SERVICE if services are forgotten again
///     and again while the daemon makes its list; an exchange code
#[unsafe(no_mangle)]
pub extern "C" fn zinit_client_statuses(
    client: Option<&zinit_client>,
    list: Option<&mut MaybeUninit<Option<Box<zinit_status_list>>>>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let list = out(list, "list")?;
        let client = &borrow(client, "client")?.0;
        *list = give(zinit_status_list(blocking::run(client, queries::statuses)?));
        Ok(())
    })
}

/// Returns how many services there are. Since 0.2.0.
///
/// @param list may be NULL
/// @return the number; 0 for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_status_list_len(list: Option<&zinit_status_list>) -> usize {
    get(list, 0, |list| list.0.len())
}

/// Returns the status of a service. Since 0.2.0.
///
/// @param list may be NULL
/// @param index from 0
/// @return the status, borrowed until the list is freed; do not free it. NULL if the index is out of range
#[unsafe(no_mangle)]
pub extern "C" fn zinit_status_list_at(
    list: Option<&zinit_status_list>,
    index: usize,
) -> Option<&zinit_status> {
    get(list, None, |list| list.0.get(index).map(lend))
}

/// Frees a list and all that was borrowed from it. Since 0.2.0.
///
/// @param list may be NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_status_list_free(list: Option<Box<zinit_status_list>>) {
    free(list);
}
