//! Version.
//!
//! Threads: any thread may call these functions at any time. Since 0.1.0.

use std::ffi::c_char;

/// The ABI number: the number of the binary interface that this header belongs to. A program that was built
/// for one ABI number runs with every library that has the same number. After dlopen, compare it with
/// zinit_abi_version().
pub const ZINIT_ABI_VERSION: i32 = 0;

/// Returns the version of the library that is loaded.
///
/// @return text such as "1.2.3"; static, never NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Returns the ABI number of the library that is loaded.
///
/// @return the number; compare it with ZINIT_ABI_VERSION
#[unsafe(no_mangle)]
pub extern "C" fn zinit_abi_version() -> i32 {
    ZINIT_ABI_VERSION
}
