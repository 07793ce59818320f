//! The C boundary: each file is one section of `include/zinit.h`, whose comments are the C manual.
//!
//! `boundary` has what every function needs to take what C lends and to give what C gets; `call` makes a code and an
//! error object of a result. With `src/sys.rs`, this is the only place with unsafe code. Each `SAFETY` line names the
//! promise of the header that it relies on.
#![allow(unsafe_code)]
// The header's own names, and its comments instead of Rust's.
#![allow(non_camel_case_types, clippy::missing_safety_doc, clippy::doc_markdown)]

mod boundary;
mod call;
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
