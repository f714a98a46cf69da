//! Resources that upstream routes like all others though they can only be listed: their bodies are checked, and
//! then nothing is there to take them. Upstream trips over that (500); here it is told that there is nothing.

use super::attributes::{self, ValueType};
use super::{errors, resource};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context};
use serde_json::Value;

/// A kind of resource that nobody makes.
pub trait Listed {
    const KIND: &'static ValueType;
}

pub fn create<L: Listed>(call: &Call, _os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    resource::bodies(call, L::KIND)?;
    Err(errors::not_found())
}

pub fn update<L: Listed>(call: &Call, _os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let given = call.json.get(L::KIND.resource).unwrap_or(&Value::Null);
    attributes::prepare(call, L::KIND, given, false)?;
    Err(errors::not_found())
}

pub fn show<L: Listed>(_call: &Call, _os: &OpenStack) -> Answer {
    Err(errors::not_found())
}

pub fn delete<L: Listed>(_call: &Call, _os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    Err(errors::not_found())
}
