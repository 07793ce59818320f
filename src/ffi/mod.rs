//! The C boundary: the files are the sections of `include/zinit.h`, as build.rs lists them; their comments are the C
//! manual.
//!
//! `boundary` has what every function needs: what C lends, and what it is lent and given. `call` runs the body of one
//! that can fail. Imports go one way: `boundary`, `codes`, `errors`, `call`, and then the sections.
//!
//! A parameter's type says whose it is: `Option<&T>` is borrowed, `Option<Box<T>>` is freed, and
//! `Option<&mut MaybeUninit<T>>` receives. C's NULL is `None`, and cbindgen makes a plain pointer of each.
//!
//! With `src/sys.rs`, this is the only place with unsafe code: text from C is a raw pointer. Each `SAFETY` line names the
//! promise of the header that it relies on: "a pointer is NULL or valid".
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
pub mod service_files;
pub mod services;
pub mod states;
pub mod version;
pub mod waits;
pub mod watch;
