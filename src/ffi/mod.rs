//! The C boundary. The files are the sections of `include/zinit.h`, as build.rs lists them. The comments of
//! public items are the C manual. A file's module comment heads its section.
//!
//! `boundary` has the helpers that every function needs: they borrow from the caller, lend to it and hand
//! over to it. `call` runs the body of a function that can fail. Imports go one way: `boundary`, `codes`,
//! `errors`, `call`, and then the sections.
//!
//! A parameter's type says who owns it: `Option<&T>` is borrowed, `Option<Box<T>>` is freed, and `Option<&mut
//! MaybeUninit<T>>` receives a result. C's NULL is `None`. cbindgen makes a plain pointer of each.
//!
//! Only this directory and `src/sys.rs` have unsafe code: text from C is a raw pointer. Each `SAFETY` line
//! names the promise of the header that it relies on: "a pointer is NULL or valid".
#![allow(unsafe_code)]
// The header's own names, and its comments instead of Rust's.
#![allow(non_camel_case_types, clippy::missing_safety_doc, clippy::doc_markdown)]

mod boundary;
mod call;
pub mod client;
pub mod codes;
pub mod control;
#[cfg(zinit_deliberate_faults)]
#[path = "tests/deliberate_faults.rs"]
mod deliberate_faults;
pub mod errors;
pub mod groups;
pub mod logs;
pub mod matches;
pub mod problems;
pub mod queries;
pub mod queue;
pub mod requests;
pub mod service_files;
pub mod services;
pub mod states;
pub mod status_list;
#[cfg(test)]
mod tests;
pub mod version;
pub mod waits;
pub mod watch;
