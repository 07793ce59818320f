//! The functions of the header, called from C as the bytes say; what is called, and with what, is in `c/driver.c`.
#![no_main]

use std::ffi::c_int;

use libfuzzer_sys::{Corpus, fuzz_target};

// The functions that the driver calls.
use zinit_client as _;

#[link(name = "driver", kind = "static")]
unsafe extern "C" {
    fn drive(bytes: *const u8, len: usize) -> c_int;
}

fuzz_target!(|bytes: &[u8]| -> Corpus {
    // SAFETY: the bytes are readable for their length.
    let is_kept = unsafe { drive(bytes.as_ptr(), bytes.len()) };
    if is_kept == 0 { Corpus::Reject } else { Corpus::Keep }
});
