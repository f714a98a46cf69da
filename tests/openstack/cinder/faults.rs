//! Failures that tests order.

use crate::support::Cloud;
use nephos::engine::{Fault, Outcome};

/// From now on the transition fails, and gives "a broken disk" as its reason.
pub fn fail(cloud: &Cloud, transition: &str) {
    let outcome = Outcome::Fails("a broken disk".into());
    let added = cloud.live.write(|world| {
        world.faults_mut().add(Fault { on: transition.into(), subject: None, outcome });
        Ok::<_, ()>(())
    });
    added.unwrap();
}
