//! Faults that tests inject.

use crate::support::Cloud;

/// Makes the transition fail from now on, with the reason "a broken disk".
pub fn fail(cloud: &Cloud, transition: &str) {
    cloud.fail(transition, "a broken disk");
}
