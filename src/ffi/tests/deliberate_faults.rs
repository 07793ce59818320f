//! Faults that are made on purpose, so that a test sees a sanitizer report them in this very library.
//!
//! They are compiled only with `--cfg zinit_deliberate_faults`, which only the suites of the sanitizers set. They are
//! in no header, and the suite `symbols` would find them in a library that is installed.

use std::hint::black_box;

/// Reads memory that was freed.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_fault_use_after_free() -> i32 {
    let freed = Box::into_raw(Box::new(7));
    // SAFETY: the box is freed once. That it is read then is the fault.
    unsafe {
        drop(Box::from_raw(freed));
        freed.read_volatile()
    }
}

/// Reads the byte behind a buffer.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_fault_heap_overflow() -> u8 {
    let buffer = vec![7_u8; 24];
    // SAFETY: it is not safe: the buffer ends there.
    unsafe { black_box(buffer.as_ptr()).add(24).read_volatile() }
}

#[inline(never)]
fn address_of_a_local() -> *const i32 {
    black_box(&raw const *black_box(&7_i32.wrapping_add(black_box(0))))
}

/// Reads a variable of a function that has returned.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_fault_use_after_return() -> i32 {
    // SAFETY: it is not safe: the variable is gone.
    unsafe { address_of_a_local().read_volatile() }
}

/// Loses memory that nobody can free any more.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_fault_leak() {
    // Several, for the address of one may be left in a register or on the stack.
    for number in 0..16 {
        std::mem::forget(black_box(Box::new(number)));
    }
}

static mut COUNTED_WITHOUT_A_LOCK: u64 = 0;

/// Counts in a variable of the library without a lock: a race, if two threads call this.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_fault_data_race() {
    let count = &raw mut COUNTED_WITHOUT_A_LOCK;
    // SAFETY: it is not safe: that another thread changes it meanwhile is the fault.
    unsafe { count.write_volatile(count.read_volatile() + 1) }
}
