//! Identity.

mod application_credentials;
mod credentials;
mod limits;
mod tokens;
mod trusts;
