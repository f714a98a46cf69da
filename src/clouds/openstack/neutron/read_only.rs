//! Resources that can only be listed. Upstream routes the other methods, too, and checks their bodies, but its
//! plugins do not implement them (500). Here they answer 404.

use super::attributes::{self, ResourceType};
use super::{errors, resource};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context};
use serde_json::Value;

/// A type of resource that can only be listed.
pub trait ListOnly {
    /// Its names and its attribute table.
    const KIND: &'static ResourceType;
}

/// Validates the body, then answers 404.
pub fn create<L: ListOnly>(call: &Call, _os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    resource::bodies(call, L::KIND)?;
    Err(errors::not_found())
}

/// Validates the body, then answers 404.
pub fn update<L: ListOnly>(call: &Call, _os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let body = call.json.get(L::KIND.resource).unwrap_or(&Value::Null);
    attributes::prepare(call, L::KIND, body, false)?;
    Err(errors::not_found())
}

/// Answers 404.
pub fn show<L: ListOnly>(_call: &Call, _os: &OpenStack) -> Answer {
    Err(errors::not_found())
}

/// Answers 404.
pub fn delete<L: ListOnly>(_call: &Call, _os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    Err(errors::not_found())
}
