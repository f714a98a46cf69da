//! nephos emulates several clouds in one process.
//!
//! The layers, from the bottom: [`engine`] (worlds, time, operations; knows no cloud), [`clouds`] (the emulated services),
//! [`http`] (sockets; the only code that knows actix), [`control`] (nephos's own API), and [`app`], [`listeners`] and
//! [`cli`], which put them together.

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
