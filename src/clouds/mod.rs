//! The emulated clouds. They do not know each other.

pub mod cloudsigma;
pub mod cloudzy;
mod gateway;
pub mod openstack;
pub mod openstackid;
pub mod provider;
pub mod providers;
mod python;
mod response_schemas;
