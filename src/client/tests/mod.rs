//! The operations against a daemon that is simulated.
//!
//! The body of a case is a function of a [`runner::Runner`]; `everywhere!` makes a test of it for each
//! driver. A case that needs long times, or that tries many, is a test of its own on [`runner::Scripted`],
//! where time is virtual.

mod cancel;
mod commands;
mod definitions;
mod deploy;
mod groups;
mod late_machine;
mod logs;
mod logs_random;
mod many_waits;
mod messages;
mod pace;
mod protocols;
mod reload;
mod restart;
mod restart_multiple;
mod runner;
mod simulation;
mod start;
mod stats;
mod statuses;
mod steady;
mod steps;
mod stop;
mod stop_order;
mod timeouts;
mod up;
mod watch;
mod world;
mod zinit_0_3;
mod zinit_0_3_definitions;
mod zinit_0_3_signals;
mod zinit_0_3_steps;
