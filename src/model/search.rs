//! Searches bytes, with memchr: the one place that knows it.
//!
//! The first search of a kind picks how to search on this processor, and stores that for all threads, as an atomic. A
//! checker that does not know atomics, such as helgrind, takes it for a race. So these are not inlined: it can be told
//! their names.

/// Where the byte stands first.
#[inline(never)]
pub fn find(byte: u8, bytes: &[u8]) -> Option<usize> {
    memchr::memchr(byte, bytes)
}

/// Where one of two stands first.
#[inline(never)]
pub fn find2([first, second]: [u8; 2], bytes: &[u8]) -> Option<usize> {
    memchr::memchr2(first, second, bytes)
}

/// Where one of three stands first.
#[inline(never)]
pub fn find3([first, second, third]: [u8; 3], bytes: &[u8]) -> Option<usize> {
    memchr::memchr3(first, second, third, bytes)
}

/// Where the byte stands, each time.
pub fn find_all(byte: u8, bytes: &[u8]) -> impl Iterator<Item = usize> {
    let mut seen = 0;
    std::iter::from_fn(move || {
        let found = seen + find(byte, bytes.get(seen..)?)?;
        seen = found + 1;
        Some(found)
    })
}

#[cfg(test)]
mod tests {
    use super::find_all;

    #[test]
    fn each_place_is_found() {
        let places = |text: &str| find_all(b'\n', text.as_bytes()).collect::<Vec<_>>();
        assert_eq!(places(""), [0; 0]);
        assert_eq!(places("ab"), [0; 0]);
        assert_eq!(places("\n"), [0]);
        assert_eq!(places("\n\na\nb"), [0, 1, 3]);
        assert_eq!(places("a\n"), [1]);
    }
}
