//! A shell pattern, a newline and a name: it matches what fnmatch(3) matches.
#![no_main]

use std::ffi::CString;

use libfuzzer_sys::fuzz_target;
use zinit_client::model::Filter;

fn fnmatch(pattern: &str, name: &str) -> bool {
    let [pattern, name] = [pattern, name].map(|text| CString::new(text).expect("it has no NUL"));
    // SAFETY: both are texts with a NUL behind them.
    unsafe { libc::fnmatch(pattern.as_ptr(), name.as_ptr(), 0) == 0 }
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (pattern, name) = text.split_once('\n').unwrap_or((text, ""));
    let mut filter = Filter::new();
    if filter.with_glob(pattern).is_err() {
        return;
    }
    let matches = filter.matches_name(name);
    // Without a locale fnmatch knows ASCII alone. It may take a time that is exponential in the number of `*`.
    if text.is_ascii() && !text.contains('\0') && pattern.matches('*').count() <= 4 && name.len() <= 64 {
        assert_eq!(matches, fnmatch(pattern, name), "{pattern:?} {name:?}");
    }
});
