//! nephos: one process that is several clouds.

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
