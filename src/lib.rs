//! nephos: one process that is several clouds.

pub mod clouds;
pub mod engine;
pub mod http;
