//! Version.

use std::ffi::c_char;

/// Major number of the version that this header belongs to.
pub const ZINIT_VERSION_MAJOR: i32 = 0;
/// Minor number of it.
pub const ZINIT_VERSION_MINOR: i32 = 1;
/// Patch number of it.
pub const ZINIT_VERSION_PATCH: i32 = 0;
/// Number of the binary interface that this header belongs to. A program built for one number runs with every library
/// of the same number; compare it with zinit_abi_version() after dlopen.
pub const ZINIT_ABI_VERSION: i32 = 0;

/// Tells the version of the library that is loaded.
///
/// @return such as "0.1.0"; static, never NULL
/// Thread safety: any thread, any time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Tells the number of the binary interface of the library that is loaded.
///
/// @return to be compared with ZINIT_ABI_VERSION
/// Thread safety: any thread, any time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_abi_version() -> i32 {
    ZINIT_ABI_VERSION
}
