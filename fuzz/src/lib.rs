//! What the fuzz targets have in common.

#[path = "../../tests/common/mod.rs"]
mod common;
pub mod loader;

pub use common::service_files;

/// The bytes in parts of `step` bytes, at least one.
pub fn parts(bytes: &[u8], step: u8) -> impl Iterator<Item = &[u8]> {
    bytes.chunks(usize::from(step.max(1)))
}
