//! Child resources: `/floatingips/{floatingip_id}/port_forwardings/{id}`. Their handlers first find the parent in the
//! path, then do what [`resource`] does. Policy rules compare with the owner of the parent.

use super::listing::Query;
use super::policy::Target;
use super::record::Record;
use super::resource::{self, Resource, find};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Index, Problem, Response};

/// A resource whose paths begin with that of another one.
pub trait Child: Resource {
    type Parent: Resource;
    /// The attribute with the parent's id.
    const PARENT: &'static str;
    /// The index of the children by their parent.
    const BY_PARENT: Index<Record>;
}

/// The parent in the path, which is the path's first parameter.
pub fn parent<'o, C: Child>(call: &Call, os: &'o OpenStack) -> Result<&'o Record, Problem> {
    find::<C::Parent>(call, os, parent_id(call))
}

/// Refuses an unknown parent. Upstream looks its owner up for the policy, as an administrator.
pub fn ensure_parent_exists<C: Child>(call: &Call, os: &OpenStack) -> Result<(), Problem> {
    let id = parent_id(call);
    if C::Parent::rows(&os.neutron).contains(id) { Ok(()) } else { Err(C::Parent::not_found(id)) }
}

/// The id of the parent in the path.
pub fn parent_id(call: &Call) -> &str {
    call.params.first().map_or("", |(_, id)| id)
}

/// True if the row is of the type `C` and belongs to the parent in the path.
pub fn belongs_to_parent<C: Child>(call: &Call, record: &Record) -> bool {
    record.kind.resource == C::KIND.resource && record.text(C::PARENT) == parent_id(call)
}

/// The children of the parent in the path.
pub fn of_parent<'o, C: Child>(call: &Call, os: &'o OpenStack) -> Vec<&'o Record> {
    let children = C::rows(&os.neutron).by(&C::BY_PARENT, parent_id(call));
    children.filter(|record| belongs_to_parent::<C>(call, record)).collect()
}

/// Checks the parent before the policy. A new child needs a parent that exists: the policy asks for its owner, and
/// only then the plugin whether the caller sees it. Administrators are asked nothing.
pub fn check_parent<C: Child>(call: &Call, os: &OpenStack, is_create: bool) -> Result<(), Problem> {
    if is_create && C::Parent::rows(&os.neutron).contains(parent_id(call)) {
        return Ok(());
    }
    parent::<C>(call, os).map(drop)
}

/// The target of rules about a child: the owner of its parent.
pub fn target<C: Child>(call: &Call, os: &OpenStack) -> Target {
    let owner = C::Parent::rows(&os.neutron).get(parent_id(call)).map(|record| record.project.to_string());
    let owner = owner.unwrap_or_default();
    Target::of(&owner).with("ext_parent:project_id", owner.clone())
}

/// `GET /floatingips/{floatingip_id}/port_forwardings`
pub fn list<C: Child>(call: &Call, os: &OpenStack) -> Answer {
    Query::of(call, C::KIND)?;
    parent::<C>(call, os)?;
    resource::list::<C>(call, os)
}

/// As [`list`], but an unknown parent has an empty list, as upstream does not look the parent up.
pub fn list_of_any<C: Child>(call: &Call, os: &OpenStack) -> Answer {
    resource::list::<C>(call, os)
}

/// `GET /floatingips/{floatingip_id}/port_forwardings/{id}`
pub fn show<C: Child>(call: &Call, os: &OpenStack) -> Answer {
    parent::<C>(call, os)?;
    resource::show::<C>(call, os)
}

/// `DELETE /floatingips/{floatingip_id}/port_forwardings/{id}`
pub fn delete<C: Child>(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Result<Response, Problem> {
    parent::<C>(call, os)?;
    resource::delete::<C>(call, os, ctx)
}
