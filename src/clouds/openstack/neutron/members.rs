//! Member actions: `PUT /routers/{id}/add_router_interface` and the like, which name one resource and take a
//! body of their own.

use super::policy;
use super::record::Record;
use super::resource::{Resource, Shown, find, show_record};
use super::{errors, policy::Target};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Problem, Response};

/// What the path's first parameter names, if the caller may do with it what `rule` guards. Who may not even
/// see it is told that there is none.
pub fn subject<'o, R: Resource>(call: &Call, os: &'o OpenStack, rule: &str) -> Result<&'o Record, Problem> {
    let id = call.params.first().map_or("", |(_, id)| id);
    let record = find::<R>(call, os, id)?;
    let target = R::target(call, os, record);
    policy::enforce(call, rule, &target).map_err(|problem| {
        let sees = policy::allows(call, &format!("get_{}", R::KIND.resource), &target);
        if sees { problem } else { errors::not_found() }
    })?;
    Ok(record)
}

/// Asks a rule about nothing in particular: what only administrators do.
pub fn allowed(call: &Call, rule: &str) -> Result<(), Problem> {
    policy::enforce(call, rule, &Target::of(&call.project()))
}

/// The resource as it is now, under its name.
pub fn answer<R: Resource>(call: &Call, os: &OpenStack, id: &str) -> Answer {
    let record = R::rows(&os.neutron).get(id).ok_or_else(|| R::not_found(id))?;
    let shown = Shown { hidden: policy::hidden(call, R::KIND, &R::target(call, os, record)), fields: vec![] };
    Ok(Response::one(R::KIND.resource, |o| show_record::<R>(o, call, os, record, &shown)))
}

/// The same without the name around it, as the oldest member actions answer.
pub fn bare_answer<R: Resource>(call: &Call, os: &OpenStack, id: &str) -> Answer {
    let record = R::rows(&os.neutron).get(id).ok_or_else(|| R::not_found(id))?;
    let shown = Shown { hidden: policy::hidden(call, R::KIND, &R::target(call, os, record)), fields: vec![] };
    Ok(Response::object(|o| show_record::<R>(o, call, os, record, &shown)))
}
