//! Creating flavors (`create` in nova/compute/flavors.py).

use super::super::errors;
use super::super::parameter_types::{Boolean, Name, Size, SizeOrNone};
use super::{Description, Flavor, next_number, view};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::parameter_types::Optional;
use crate::engine::{Answer, Call, Context, Problem, Response};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// The body of `POST /flavors`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRequest {
    flavor: Create,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    name: Name,
    #[serde(default)]
    id: FlavorId,
    ram: Size,
    vcpus: Size,
    disk: SizeOrNone,
    #[serde(default, rename = "OS-FLV-EXT-DATA:ephemeral")]
    ephemeral: Optional<SizeOrNone>,
    #[serde(default)]
    swap: Optional<SizeOrNone>,
    #[serde(default)]
    #[schemars(extend("x-until" = "2.101"))]
    rxtx_factor: Optional<Factor>,
    #[serde(default, rename = "os-flavor-access:is_public")]
    is_public: Optional<Boolean>,
    #[serde(default)]
    #[schemars(with = "Optional<Description>", extend("x-since" = "2.55"))]
    description: Option<String>,
}

/// The requested flavor id, a string or a number. Upstream generates an id if it is null or 0.
#[derive(Default, Deserialize)]
#[serde(transparent)]
struct FlavorId(Value);

impl JsonSchema for FlavorId {
    fn schema_name() -> Cow<'static, str> {
        "FlavorId".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "number", "null"],
            "minLength": 1,
            "maxLength": 255,
            "pattern": "^(?! )[a-zA-Z0-9. _-]+(?<! )$",
        })
    }
}

/// `rxtx_factor`: a number or a string of digits.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
struct Factor(Value);

/// The largest value of a single-precision database column (`SQL_SP_FLOAT_MAX`).
const MAX_FACTOR: f64 = 3.40282e+38;

impl JsonSchema for Factor {
    fn schema_name() -> Cow<'static, str> {
        "Factor".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["number", "string"],
            "pattern": r"^[0-9]+(\.[0-9]+)?$",
            "exclusiveMinimum": 0,
            "maximum": MAX_FACTOR,
        })
    }
}

pub fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<CreateRequest>()?.flavor;
    let flavor = Flavor {
        number: next_number(os),
        name: request.name.0.trim().to_owned(),
        ram_mib: amount(request.ram.0),
        vcpus: amount(request.vcpus.0),
        disk_gib: amount(request.disk.0),
        ephemeral_gib: request.ephemeral.as_ref().map_or(0, |size| amount(size.0)),
        swap_mib: request.swap.as_ref().map_or(0, |size| amount(size.0)),
        rxtx_factor: request.rxtx_factor.as_ref().map_or(Ok(1.0), |factor| real(&factor.0))?,
        is_public: request.is_public.as_ref().is_none_or(|flag| flag.0),
        description: request.description,
        extra_specs: Map::new(),
        projects: vec![],
        created: ctx.now(),
        updated: None,
        id: match &request.id.0 {
            Value::String(id) => id.as_str().into(),
            Value::Number(number) if number.as_f64() != Some(0.0) => number.to_string().into(),
            _ => ctx.uuid(),
        },
    };
    if os.nova.flavors.all().any(|one| one.name == flavor.name) {
        return Err(errors::flavor_exists(&flavor.name));
    }
    if os.nova.flavors.contains(&flavor.id) {
        return Err(errors::flavor_id_exists(&flavor.id));
    }
    let flavor = os.nova.flavors.insert(flavor);
    Ok(Response::one("flavor", |o| view::detail(o, flavor, call)))
}

/// The schema has checked that the number fits.
fn amount(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(0)
}

fn real(value: &Value) -> Result<f64, Problem> {
    let number = match value {
        Value::String(text) => text.parse().unwrap_or(0.0),
        value => value.as_f64().unwrap_or(0.0),
    };
    if number <= 0.0 || number > MAX_FACTOR {
        return Err(errors::invalid_input("'rxtx_factor' argument must be a float between 0 and 3.40282e+38"));
    }
    Ok(number)
}
