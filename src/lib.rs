//! nephos: one process that is several clouds.

// What can go wrong is answered, not unwrapped. Tests may: see clippy.toml.
#![warn(
    clippy::expect_used,
    clippy::get_unwrap,
    clippy::panic,
    clippy::todo,
    clippy::unimplemented,
    clippy::unwrap_used
)]

pub mod app;
pub mod cli;
pub mod clouds;
pub mod config;
pub mod control;
pub mod engine;
pub mod http;
pub mod listeners;
pub mod openapi;
pub mod scenarios;
