//! Tests of the functions as a program in C calls them.

mod header;
mod refusals;
