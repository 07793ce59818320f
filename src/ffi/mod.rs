//! The C boundary: each file is one section of `include/zinit.h`, whose comments are the C manual.
//!
//! `boundary` has what every function needs: pointers to references, results to codes, panics kept inside. With
//! `src/sys.rs`, this is the only place with unsafe code. Each `SAFETY` line names the promise of the header that it
//! relies on: "a pointer is NULL or valid", "an object is not freed during a call".
#![allow(unsafe_code)]
// The header's own names, and its comments instead of Rust's.
#![allow(non_camel_case_types, clippy::missing_safety_doc, clippy::doc_markdown)]

mod boundary;
pub mod client;
pub mod codes;
pub mod control;
pub mod errors;
pub mod groups;
pub mod logs;
pub mod matches;
pub mod queries;
pub mod requests;
pub mod services;
pub mod states;
pub mod version;
pub mod waits;
pub mod watch;
