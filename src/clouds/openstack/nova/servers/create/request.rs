//! The body of `POST /servers` (`create` in nova/api/openstack/compute/schemas/servers.py).

use super::super::super::parameter_types::{
    Boolean, Description, DiskConfig, HostName, Metadata, Name, Optional, Password, Positive, Size, Tag,
};
use crate::engine::Id;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// The body of `POST /servers`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRequest {
    pub server: CreateServer,
    #[serde(rename = "os:scheduler_hints", default)]
    pub hints: Optional<Hints>,
    #[serde(rename = "OS-SCH-HNT:scheduler_hints", default)]
    pub older_hints: Optional<Hints>,
}

/// The fields of the new server.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-from" = {"2.37": {"required": ["name", "flavorRef", "networks"]}}))]
pub struct CreateServer {
    pub name: Name,
    #[serde(rename = "imageRef", default)]
    pub image: Optional<ImageRef>,
    #[serde(rename = "flavorRef")]
    pub flavor: FlavorRef,
    #[serde(rename = "adminPass", default)]
    pub password: Optional<Password>,
    #[serde(default)]
    pub metadata: Optional<Metadata>,
    #[serde(default)]
    pub networks: Optional<NetworkList>,
    #[serde(rename = "OS-DCF:diskConfig", default)]
    pub disk_config: Optional<DiskConfig>,
    #[serde(rename = "accessIPv4", default)]
    #[schemars(extend("format" = "ipv4"))]
    pub access_ipv4: Optional<Id>,
    #[serde(rename = "accessIPv6", default)]
    #[schemars(extend("format" = "ipv6"))]
    pub access_ipv6: Optional<Id>,
    #[serde(default)]
    #[schemars(extend("x-until" = "2.56"))]
    pub personality: Optional<Vec<File>>,
    #[serde(default)]
    pub availability_zone: Optional<Name>,
    #[serde(default)]
    pub block_device_mapping: Optional<LegacyDevices>,
    #[serde(default)]
    pub block_device_mapping_v2: Optional<Devices>,
    #[serde(default)]
    pub config_drive: Optional<Boolean>,
    #[serde(default)]
    pub key_name: Optional<Name>,
    #[serde(default)]
    pub min_count: Optional<Positive>,
    #[serde(default)]
    pub max_count: Optional<Positive>,
    #[serde(default)]
    pub return_reservation_id: Optional<Boolean>,
    #[serde(default)]
    pub security_groups: Optional<Vec<SecurityGroup>>,
    #[serde(default)]
    #[schemars(extend("format" = "base64", "maxLength" = 65_535))]
    pub user_data: Optional<String>,
    #[serde(default)]
    #[schemars(extend("x-since" = "2.19"))]
    pub description: Optional<Description>,
    #[serde(default)]
    #[schemars(extend("x-since" = "2.52", "maxItems" = 50))]
    pub tags: Optional<Vec<Tag>>,
    #[serde(default)]
    #[schemars(extend("x-since" = "2.63"))]
    pub trusted_image_certificates: Optional<TrustedCertificates>,
    #[serde(default)]
    #[schemars(extend("x-since" = "2.74"))]
    pub host: Optional<HostName>,
    #[serde(default)]
    #[schemars(extend("x-since" = "2.74"))]
    pub hypervisor_hostname: Optional<HostName>,
    #[serde(default)]
    #[schemars(extend("x-since" = "2.90"))]
    pub hostname: Optional<GuestName>,
}

/// The host name of the guest: a label, or a fully qualified name from microversion 2.94 on.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend(
    "pattern" = "^[a-zA-Z0-9]+[a-zA-Z0-9-]*[a-zA-Z0-9]+$", "minLength" = 2, "maxLength" = 63,
    "x-from" = {"2.94": {"pattern": "^[a-zA-Z0-9-._]*$", "minLength": 1, "maxLength": 255}},
))]
pub struct GuestName(pub String);

/// An image id. The empty string means none.
#[derive(Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("oneOf" = [
    {"type": "string", "format": "uuid"}, {"type": "string", "maxLength": 0},
]))]
pub struct ImageRef(#[schemars(with = "Value")] pub String);

/// A flavor id. Some clients send a number.
#[derive(Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("type" = ["string", "integer"], "minLength" = 1))]
pub struct FlavorRef(#[schemars(with = "Value")] pub Value);

impl FlavorRef {
    /// The id as a string.
    pub fn id(&self) -> String {
        crate::clouds::openstack::python::str(&self.0)
    }
}

/// Ids of trusted image certificates, or null.
#[derive(Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend(
    "type" = ["array", "null"], "minItems" = 1, "maxItems" = 50, "uniqueItems" = true,
    "items" = {"type": "string", "minLength": 1},
))]
pub struct TrustedCertificates(#[schemars(with = "Value")] pub Option<Vec<Id>>);

/// A file to inject into the guest, until microversion 2.56. The contents are Base64.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct File {
    #[serde(default)]
    pub path: Optional<String>,
    #[serde(default)]
    #[schemars(extend("format" = "base64"))]
    pub contents: Optional<String>,
}

/// A security group by name or id.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct SecurityGroup {
    #[serde(default)]
    pub name: Optional<Name>,
}

/// `networks`: a list, or from microversion 2.37 on `auto` or `none`.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum NetworkList {
    Word(String),
    These(Vec<NetworkEntry>),
}

/// A network interface of the request.
#[derive(Clone, Default, Deserialize)]
pub struct NetworkEntry {
    pub uuid: Option<Id>,
    pub port: Option<Id>,
    pub fixed_ip: Option<Id>,
    pub tag: Option<Id>,
}

fn tag_schema() -> Value {
    json!({"type": "string", "pattern": "^[^,/]*$", "minLength": 1, "maxLength": 60})
}

fn address_schema() -> Value {
    json!({"type": "string", "oneOf": [{"format": "ipv4"}, {"format": "ipv6"}]})
}

fn network_schema(uuid: Value, with_tag: bool) -> Value {
    let mut properties = json!({
        "fixed_ip": address_schema(),
        "port": {"type": ["string", "null"], "format": "uuid"},
        "uuid": uuid,
    });
    if with_tag {
        properties["tag"] = tag_schema();
    }
    json!({"type": "object", "properties": properties, "additionalProperties": false})
}

impl JsonSchema for NetworkList {
    fn schema_name() -> Cow<'static, str> {
        "networks".into()
    }
    fn inline_schema() -> bool {
        true
    }
    /// Upstream's schemas allow tags from 2.32 to 2.36, and again from 2.42 on.
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let old = |with_tag| network_schema(json!({"type": "string"}), with_tag);
        let new = |with_tag| {
            let network = network_schema(json!({"type": "string", "format": "uuid"}), with_tag);
            json!([{"type": "array", "items": network}, {"type": "string", "enum": ["none", "auto"]}])
        };
        let anything = ["array", "string", "null", "object", "boolean", "integer", "number"];
        json_schema!({
            "type": "array",
            "items": old(false),
            "x-from": {
                "2.32": {"items": old(true)},
                "2.37": {"type": anything, "items": true, "oneOf": new(false)},
                "2.42": {"oneOf": new(true)},
            },
        })
    }
}

/// A block device of either version of the mapping.
#[derive(Clone, Default, Deserialize)]
pub struct Device {
    pub virtual_name: Option<String>,
    pub volume_id: Option<Id>,
    pub snapshot_id: Option<Id>,
    pub image_id: Option<Id>,
    #[serde(default)]
    pub volume_size: Option<Size>,
    pub device_name: Option<Id>,
    #[serde(default)]
    pub delete_on_termination: Option<Boolean>,
    pub no_device: Option<Value>,
    pub connection_info: Option<Id>,
    pub source_type: Option<String>,
    pub uuid: Option<Id>,
    pub destination_type: Option<String>,
    pub guest_format: Option<Id>,
    pub device_type: Option<Id>,
    pub disk_bus: Option<Id>,
    pub boot_index: Option<Value>,
    pub tag: Option<Id>,
    pub volume_type: Option<Id>,
}

impl Device {
    /// The boot index. Negative numbers and null mean that the server never boots from the device.
    pub fn boot_number(&self) -> Option<i32> {
        let number = match self.boot_index.as_ref()? {
            Value::String(text) => text.parse().ok(),
            other => other.as_i64(),
        };
        number.filter(|number| *number >= 0).map(|number| i32::try_from(number).unwrap_or(i32::MAX))
    }
}

/// `block_device_mapping`: version 1 of the mapping.
#[derive(Deserialize)]
#[serde(transparent)]
pub struct LegacyDevices(pub Vec<Device>);

/// `block_device_mapping_v2`: version 2 of the mapping.
#[derive(Deserialize)]
#[serde(transparent)]
pub struct Devices(pub Vec<Device>);

fn legacy_properties(generator: &mut SchemaGenerator) -> Map<String, Value> {
    let size = json!({
        "type": ["integer", "string"], "pattern": "^[0-9]+$", "minimum": 1, "maximum": 0x7FFF_FFFF,
        "format": "1_to_max_int",
    });
    let name = json!({"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[a-zA-Z0-9._/-]*$"});
    let fields = [
        ("virtual_name", json!({"type": "string", "maxLength": 255})),
        ("volume_id", json!({"type": "string", "format": "uuid"})),
        ("snapshot_id", json!({"type": "string", "format": "uuid"})),
        ("volume_size", size),
        ("device_name", name),
        ("delete_on_termination", Boolean::json_schema(generator).into()),
        ("no_device", json!({})),
        ("connection_info", json!({"type": "string", "maxLength": 16_777_215})),
    ];
    fields.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

fn device_schema(generator: &mut SchemaGenerator, with_tag: bool, with_type: bool) -> Value {
    let mut properties = legacy_properties(generator);
    let short = json!({"type": "string", "maxLength": 255});
    let fields = [
        ("source_type", json!({"type": "string", "enum": ["volume", "image", "snapshot", "blank"]})),
        ("uuid", json!({"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[a-zA-Z0-9._-]*$"})),
        ("image_id", json!({"type": "string", "format": "uuid"})),
        ("destination_type", json!({"type": "string", "enum": ["local", "volume"]})),
        ("guest_format", short.clone()),
        ("device_type", short.clone()),
        ("disk_bus", short),
        ("boot_index", json!({"type": ["integer", "string", "null"], "pattern": "^-?[0-9]+$"})),
    ];
    properties.extend(fields.into_iter().map(|(name, schema)| (name.to_owned(), schema)));
    if with_tag {
        properties.insert("tag".into(), tag_schema());
    }
    if with_type {
        properties.insert("volume_type".into(), json!({"type": ["string", "null"], "minLength": 0, "maxLength": 255}));
    }
    json!({"type": "object", "properties": properties, "additionalProperties": false})
}

impl JsonSchema for LegacyDevices {
    fn schema_name() -> Cow<'static, str> {
        "block_device_mapping".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let device =
            json!({"type": "object", "properties": legacy_properties(generator), "additionalProperties": false});
        json_schema!({"type": "array", "items": device})
    }
}

impl JsonSchema for Devices {
    fn schema_name() -> Cow<'static, str> {
        "block_device_mapping_v2".into()
    }
    fn inline_schema() -> bool {
        true
    }
    /// Upstream's schemas allow tags at 2.32 only, by mistake, and again from 2.42 on.
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "array",
            "items": device_schema(generator, false, false),
            "x-from": {
                "2.32": {"items": device_schema(generator, true, false)},
                "2.33": {"items": device_schema(generator, false, false)},
                "2.42": {"items": device_schema(generator, true, false)},
                "2.67": {"items": device_schema(generator, true, true)},
            },
        })
    }
}

/// Scheduler hints. Unknown hints are accepted.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Hints(pub Map<String, Value>);

impl JsonSchema for Hints {
    fn schema_name() -> Cow<'static, str> {
        "scheduler_hints".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let uuid = json!({"type": "string", "format": "uuid"});
        let uuids = json!({"type": "array", "items": uuid});
        json_schema!({
            "type": "object",
            "properties": {
                "group": {"oneOf": [uuids, uuid]},
                "different_host": {"oneOf": [uuid, uuids]},
                "same_host": {"type": ["string", "array"], "items": uuid},
                "query": {"type": ["string", "object"]},
                "target_cell": {"type": "string", "format": "name", "minLength": 1, "maxLength": 255},
                "different_cell": {"type": ["string", "array"], "items": {"type": "string"}},
                "build_near_host_ip": address_schema(),
                "cidr": {"type": "string", "pattern": "^/[0-9a-f.:]+$"},
            },
            "additionalProperties": true,
        })
    }
}
