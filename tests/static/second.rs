//! Another Rust library, which a C++ program links beside this one.

/// Catches a panic of its own, and returns the number it was given.
#[unsafe(no_mangle)]
pub extern "C" fn second_catches(number: i32) -> i32 {
    std::panic::set_hook(Box::new(|_| {}));
    std::panic::catch_unwind(|| std::panic::panic_any(number))
        .err()
        .and_then(|thrown| thrown.downcast_ref::<i32>().copied())
        .unwrap_or(-1)
}
