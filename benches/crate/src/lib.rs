//! The crate `zinit-client` of crates.io behind two C functions, which make one call each on the calling thread.
//!
//! Both return -1 if the call fails, and print why.

use std::ffi::{CStr, c_char};
use std::sync::OnceLock;
use tokio::runtime::{Builder, Runtime};
use zinit_client::{Result, ZinitClient};

/// The client of the first call, which has found out the daemon's protocol, and the runtime on the calling thread.
static CLIENT: OnceLock<(Runtime, ZinitClient)> = OnceLock::new();

/// Makes the call on the daemon at that socket, and gives the number that it ends with.
fn call(socket_path: &str, made: impl AsyncFnOnce(&ZinitClient) -> Result<i64>) -> i64 {
    let (runtime, client) = CLIENT.get_or_init(|| {
        let runtime = Builder::new_current_thread().enable_all().build();
        (runtime.expect("a runtime"), ZinitClient::new(socket_path))
    });
    runtime.block_on(made(client)).unwrap_or_else(|error| {
        eprintln!("zinit-client: {error}");
        -1
    })
}

/// The text of an argument.
///
/// # Safety
///
/// `text` is a text with a NUL at its end, and stays as it is meanwhile.
unsafe fn text<'a>(text: *const c_char) -> &'a str {
    // SAFETY: the caller promises it.
    unsafe { CStr::from_ptr(text) }.to_str().expect("UTF-8")
}

/// Asks for the status of one service; gives the id of its process.
///
/// # Safety
///
/// Both arguments are texts with a NUL at their end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crate_status(socket_path: *const c_char, name: *const c_char) -> i64 {
    // SAFETY: the caller promises it.
    let (socket_path, name) = unsafe { (text(socket_path), text(name)) };
    call(socket_path, async |client| Ok(client.status(name).await?.pid.into()))
}

/// Asks for the list of all services; gives their number.
///
/// # Safety
///
/// The argument is a text with a NUL at its end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crate_list(socket_path: *const c_char) -> i64 {
    // SAFETY: the caller promises it.
    let socket_path = unsafe { text(socket_path) };
    call(socket_path, async |client| Ok(i64::try_from(client.list().await?.len()).unwrap_or(i64::MAX)))
}
