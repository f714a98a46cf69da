//! Field types of Keystone's requests, each with the schema upstream gives it
//! (keystone/api/validation/parameter_types.py).

use schemars::JsonSchema;
use serde::Deserialize;

/// A name: something other than white space.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[schemars(inline, extend("minLength" = 1, "maxLength" = 255, "pattern" = r"[\S]+"))]
pub struct Name(pub String);

#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[schemars(inline, extend("minLength" = 1, "maxLength" = 64, "pattern" = r"^[a-zA-Z0-9-]+$"))]
pub struct IdString(pub String);
