//! The kinds of cloud. They do not know each other.

mod answer_shapes;
pub mod cloudsigma;
pub mod cloudzy;
pub mod kinds;
pub mod openstack;
pub mod openstackid;
mod python;
