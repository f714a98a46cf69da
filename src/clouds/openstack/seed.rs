//! What a fresh cloud holds.

use super::keystone::users::User;
use super::{OpenStack, Site, cinder};
use chrono::{DateTime, TimeDelta, Utc};

pub const PASSWORD: &str = "nephos";

/// A cloud with domain `Default`, users and projects `admin` and `demo`.
pub fn seeded(site: Site) -> OpenStack {
    let mut os = OpenStack { site: site.into(), ..OpenStack::default() };
    for name in ["admin", "demo"] {
        let id = format!("{:0>32}", name.bytes().map(|byte| format!("{byte:x}")).collect::<String>());
        let user = User { id: id.into(), domain: "default".into(), name: name.into(), password: PASSWORD.into() };
        os.keystone.users.insert(user);
    }
    cinder::types::seed(&mut os, installed());
    cinder::group_types::seed(&mut os, installed());
    cinder::manageable::seed(&mut os);
    os
}

/// When the cloud was set up: what it begins with is older than everything else.
fn installed() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_454)
}
