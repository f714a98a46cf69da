//! Indexes beyond a table's own: which rows belong to a network, a device, a subnet. They are tables too, so
//! that snapshots and saved worlds have them.

use crate::engine::{Id, Row, Table};
use serde::{Deserialize, Serialize};

/// The row `id` belongs to `owner`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Link {
    pub id: Id,
    pub owner: Id,
}

impl Row for Link {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.owner
    }
}

/// Notes that the row `id` belongs to `owner` now, and to nobody else; an empty owner is none.
pub fn link(links: &mut Table<Link>, id: &Id, owner: &str) {
    match links.get(id) {
        Some(link) if *link.owner == *owner => return,
        Some(_) => _ = links.remove(id),
        None => {}
    }
    if !owner.is_empty() {
        links.insert(Link { id: id.clone(), owner: owner.into() });
    }
}

/// The ids of the rows that belong to `owner`, oldest first.
pub fn linked<'l>(links: &'l Table<Link>, owner: &str) -> impl Iterator<Item = &'l Id> + use<'l> {
    links.of(owner).rev().map(|link| &link.id)
}
