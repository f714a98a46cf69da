//! Resources within another: `/floatingips/{floatingip_id}/port_forwardings/{id}`. They are made, listed, shown,
//! changed and deleted as all others are, once the one that they are of is found; rules about them ask who owns
//! that one.

use super::listing::Query;
use super::policy::Target;
use super::record::Record;
use super::resource::{self, Resource, find};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Index, Problem, Response};

pub trait Child: Resource {
    type Parent: Resource;
    /// The child's attribute that names its parent.
    const PARENT: &'static str;
    /// The children of a parent.
    const BY_PARENT: Index<Record>;
}

/// What the path's first parameter names.
pub fn parent<'o, C: Child>(call: &Call, os: &'o OpenStack) -> Result<&'o Record, Problem> {
    find::<C::Parent>(call, os, parent_id(call))
}

pub fn parent_id(call: &Call) -> &str {
    call.params.first().map_or("", |(_, id)| id)
}

/// True if the child is one of what the path names.
pub fn is_here<C: Child>(call: &Call, record: &Record) -> bool {
    record.kind.resource == C::KIND.resource && record.text(C::PARENT) == parent_id(call)
}

/// The children of what the path names.
pub fn all_here<'o, C: Child>(call: &Call, os: &'o OpenStack) -> Vec<&'o Record> {
    let children = C::rows(&os.neutron).by(&C::BY_PARENT, parent_id(call));
    children.filter(|record| is_here::<C>(call, record)).collect()
}

/// Rules about a child compare with its parent's owner.
pub fn target<C: Child>(call: &Call, os: &OpenStack) -> Target {
    let owner = C::Parent::rows(&os.neutron).get(parent_id(call)).map(|record| record.project.to_string());
    let owner = owner.unwrap_or_default();
    Target::of(&owner).with("ext_parent:project_id", owner.clone())
}

pub fn list<C: Child>(call: &Call, os: &OpenStack) -> Answer {
    Query::of(call, C::KIND)?;
    parent::<C>(call, os)?;
    resource::list::<C>(call, os)
}

/// Like [`list`], where upstream does not look whether there is such a parent.
pub fn list_of_any<C: Child>(call: &Call, os: &OpenStack) -> Answer {
    resource::list::<C>(call, os)
}

pub fn show<C: Child>(call: &Call, os: &OpenStack) -> Answer {
    parent::<C>(call, os)?;
    resource::show::<C>(call, os)
}

pub fn delete<C: Child>(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Result<Response, Problem> {
    parent::<C>(call, os)?;
    resource::delete::<C>(call, os, ctx)
}
