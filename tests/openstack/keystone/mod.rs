//! Identity.

mod application_credentials;
mod credentials;
mod tokens;
mod trusts;
