//! Failures that tests order.

use crate::support::Cloud;

/// From now on the transition fails, and gives "a broken disk" as its reason.
pub fn fail(cloud: &Cloud, transition: &str) {
    cloud.fail(transition, "a broken disk");
}
