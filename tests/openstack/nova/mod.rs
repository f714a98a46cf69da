//! Compute.

mod versions;
