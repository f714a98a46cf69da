//! Compute.

mod flavors;
mod keypairs;
mod server_groups;
mod servers;
mod versions;
