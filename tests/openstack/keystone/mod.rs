//! Tests of Keystone, by resource.

mod application_credentials;
mod assignments;
mod catalog;
mod credentials;
mod limits;
mod projects;
mod tokens;
mod trusts;
mod users;
