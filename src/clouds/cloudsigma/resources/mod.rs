//! Section 9: VLANs and static IP addresses.

pub mod ips;
pub mod pool;
pub mod vlans;
