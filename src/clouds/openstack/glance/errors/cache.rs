//! Errors of the cache (glance/api/v2/cached_images.py).

use super::refused;
use crate::engine::Problem;

pub fn bad_cache_target() -> Problem {
    refused(400, "If provided 'x-image-cache-clear-target' must be 'cache', 'queue' or empty string.")
}

pub fn only_active_can_be_cached() -> Problem {
    refused(400, "Only images with status active can be targeted for queueing")
}
