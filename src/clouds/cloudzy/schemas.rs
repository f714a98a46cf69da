//! JSON Schemas of the responses, for openapi/ and for the tests that validate responses against it.

use crate::clouds::response_schemas::{list, object, text};
use schemars::Schema;
use serde_json::{Value, json};

fn count() -> Value {
    json!({"type": "integer", "minimum": 0})
}

fn money() -> Value {
    json!({"type": "number"})
}

fn flag() -> Value {
    json!({"type": "boolean"})
}

fn uuid() -> Value {
    json!({"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"})
}

fn hex() -> Value {
    json!({"type": "string", "pattern": "^[0-9a-f]{64}$"})
}

fn one_of(values: &[&str]) -> Value {
    json!({"type": "string", "enum": values})
}

fn or_null(schema: Value) -> Value {
    json!({"anyOf": [schema, {"type": "null"}]})
}

/// The envelope of a successful response.
fn wrapped(data: Value) -> Schema {
    let envelope = object(&[("detail", text()), ("code", one_of(&["OKAY"])), ("data", data)]);
    Schema::try_from(envelope).unwrap_or_default()
}

fn numbered(key: &str, of: Value) -> Schema {
    wrapped(object(&[(key, list(of)), ("total", count())]))
}

pub fn done() -> Schema {
    wrapped(json!({"type": "null"}))
}

pub fn password() -> Schema {
    wrapped(object(&[("password", json!({"type": "string", "minLength": 12}))]))
}

pub fn profile() -> Schema {
    wrapped(object(&[
        ("id", uuid()),
        ("name", text()),
        ("email", text()),
        ("parentId", or_null(uuid())),
        ("currency", one_of(&["USD"])),
        ("balance", json!({"type": "string", "pattern": "^-?[0-9]+\\.[0-9]{2}$"})),
        ("activeInstanceCount", count()),
    ]))
}

pub fn regions() -> Schema {
    let config = object(&[
        ("supportIpv6", flag()),
        ("supportRegularCpu", flag()),
        ("supportHighFrequencyCpu", flag()),
        ("supportMonitoring", flag()),
        ("supportGpu", flag()),
        ("supportCustomPlan", flag()),
        ("ramThresholdInGB", count()),
        ("ipThreshold", count()),
        ("diskThreshold", count()),
        ("supportDdosIpv4", or_null(flag())),
        ("ddosIpv4Threshold", or_null(count())),
    ]);
    wrapped(list(object(&[
        ("id", text()),
        ("name", text()),
        ("abbr", text()),
        ("image", text()),
        ("isActive", flag()),
        ("isOutOfStock", flag()),
        ("overallActiveness", flag()),
        ("ddosActiveness", or_null(flag())),
        ("isPremium", flag()),
        ("isHidden", flag()),
        ("hasOffsetPrice", flag()),
        ("maxDiscountPercent", or_null(count())),
        ("position", count()),
        ("config", config),
    ])))
}

pub fn products() -> Schema {
    let specification = object(&[
        ("cpu", count()),
        ("ram", count()),
        ("ramInMB", count()),
        ("storage", count()),
        ("bandwidthInTB", count()),
    ]);
    let plan = object(&[
        ("id", uuid()),
        ("type", or_null(text())),
        ("gpuName", or_null(text())),
        ("gpuQuantity", or_null(count())),
        ("isActive", flag()),
        ("specification", specification),
    ]);
    let price = object(&[
        ("id", uuid()),
        ("name", text()),
        ("hourlyPrice", money()),
        ("monthlyPrice", money()),
        ("hourlyPriceWithoutDiscount", money()),
        ("monthlyPriceWithoutDiscount", money()),
        ("discountPercent", count()),
    ]);
    wrapped(list(object(&[
        ("id", uuid()),
        ("regionId", text()),
        ("planId", uuid()),
        ("isActive", flag()),
        ("isOutOfSales", flag()),
        ("networkMaxRate", money()),
        ("networkMaxRate95", money()),
        ("discountPercent", count()),
        ("remainingActualStock", or_null(count())),
        ("remainingPreorderCapacity", or_null(count())),
        ("overallActiveness", flag()),
        ("ddosActiveness", or_null(flag())),
        ("plan", plan),
        ("priceItems", list(price)),
    ])))
}

/// `OsSchema`
fn os() -> Value {
    object(&[
        ("id", hex()),
        ("name", text()),
        ("family", text()),
        ("arch", or_null(text())),
        ("minRam", json!({"type": "string", "pattern": "^[0-9]+$"})),
        ("isDefault", flag()),
        ("isActive", flag()),
    ])
}

pub fn operating_systems() -> Schema {
    wrapped(object(&[("os", list(os()))]))
}

pub fn applications() -> Schema {
    let application = object(&[
        ("id", hex()),
        ("name", text()),
        ("price", money()),
        ("pricingType", text()),
        ("isActive", flag()),
        ("logoUrl", or_null(text())),
        ("tag", text()),
        ("isExperimental", flag()),
        ("description", or_null(text())),
        ("osFamily", text()),
        ("osList", list(text())),
    ]);
    wrapped(object(&[("applications", list(application))]))
}

fn class() -> Value {
    one_of(&["default", "cpu-optimized", "gpu-provided"])
}

/// `InstanceDetailSchema`
fn instance_fields() -> Value {
    let extra = ["cpu", "ramInGB", "diskInGB", "bandwidthInTB"].map(|name| (name, count()));
    object(&[
        ("id", uuid()),
        ("hostname", text()),
        ("vcpuCount", count()),
        ("ram", count()),
        ("disk", count()),
        ("insertedAt", json!({"type": "string", "format": "date-time"})),
        ("osId", or_null(hex())),
        ("isoId", or_null(uuid())),
        ("fromImage", or_null(uuid())),
        ("os", or_null(os())),
        ("region", text()),
        ("userId", uuid()),
        ("appId", or_null(hex())),
        ("status", text()),
        ("mainIp", or_null(text())),
        ("mainIpv6", or_null(text())),
        ("productId", or_null(uuid())),
        ("networkStatus", text()),
        ("discountPercent", count()),
        ("attachIso", flag()),
        ("extraResource", object(&extra)),
        ("class", class()),
        ("ocaData", or_null(object(&[("id", hex()), ("name", text())]))),
        ("isDdosProtected", flag()),
        ("customerNote", text()),
        ("adminNote", text()),
        ("features", list(text())),
    ])
}

pub fn instance() -> Schema {
    wrapped(instance_fields())
}

pub fn instances() -> Schema {
    wrapped(object(&[("instances", list(instance_fields())), ("bookmark", or_null(text()))]))
}

pub fn created_instances() -> Schema {
    wrapped(object(&[("instances", list(instance_fields()))]))
}

/// `SSHKeyReadSchema`
fn ssh_key_fields() -> Value {
    object(&[
        ("id", json!({"type": "integer"})),
        ("name", text()),
        ("publicKey", text()),
        ("customerId", uuid()),
        ("fingerprint", or_null(text())),
    ])
}

pub fn ssh_key() -> Schema {
    wrapped(ssh_key_fields())
}

pub fn ssh_keys() -> Schema {
    wrapped(object(&[("sshKeys", list(ssh_key_fields()))]))
}

fn floating_ip_fields() -> Value {
    object(&[
        ("id", uuid()),
        ("ipAddress", text()),
        ("ip", text()),
        ("regionId", text()),
        ("instanceId", or_null(uuid())),
        ("userId", uuid()),
        ("autoRenew", flag()),
        ("customerNote", or_null(text())),
        ("createdAt", count()),
        ("expiresAt", count()),
        ("isDeleted", flag()),
    ])
}

pub fn floating_ip() -> Schema {
    wrapped(floating_ip_fields())
}

pub fn added_floating_ips() -> Schema {
    wrapped(object(&[("floatingIps", list(floating_ip_fields()))]))
}

pub fn floating_ips() -> Schema {
    numbered("floatingIps", floating_ip_fields())
}

fn download(own: &[(&str, Value)]) -> Value {
    let mut fields = vec![
        ("id", uuid()),
        ("name", text()),
        ("url", text()),
        ("status", one_of(&["DOWNLOADING", "READY", "FAILED", "DELETED"])),
        ("regionId", text()),
        ("userId", uuid()),
        ("size", or_null(count())),
        ("createdAt", count()),
    ];
    fields.extend(own.iter().cloned());
    object(&fields)
}

fn iso_fields() -> Value {
    download(&[("useVirtio", flag())])
}

pub fn iso() -> Schema {
    wrapped(iso_fields())
}

pub fn isos() -> Schema {
    numbered("isos", iso_fields())
}

fn image_fields() -> Value {
    download(&[("format", or_null(text())), ("decompress", or_null(text()))])
}

pub fn image() -> Schema {
    wrapped(image_fields())
}

pub fn images() -> Schema {
    numbered("images", image_fields())
}

/// `SnapshotMetadataSchema`. The API document has only its name.
fn metadata() -> Value {
    object(&[
        ("hostname", text()),
        ("region", text()),
        ("productId", or_null(uuid())),
        ("class", class()),
        ("vcpuCount", count()),
        ("ram", count()),
        ("disk", count()),
        ("osId", or_null(hex())),
        ("os", or_null(os())),
    ])
}

/// `SnapshotDetailSchema`
fn snapshot_fields() -> Value {
    object(&[
        ("id", uuid()),
        ("name", text()),
        ("size", count()),
        ("status", one_of(&["ACTIVE", "IN_PROGRESS", "FAILED", "RESTORING"])),
        ("lastRestoredAt", or_null(count())),
        ("createdAt", count()),
        ("isInstanceDeleted", flag()),
        ("productId", or_null(uuid())),
        ("instanceId", uuid()),
        ("userId", uuid()),
        ("regionId", text()),
        ("metadata", metadata()),
    ])
}

pub fn snapshot() -> Schema {
    wrapped(snapshot_fields())
}

pub fn snapshots() -> Schema {
    numbered("snapshots", snapshot_fields())
}

/// `BackupProfileSchema`
fn backup_profile_fields() -> Value {
    let days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
    object(&[
        ("instanceId", uuid()),
        ("instanceData", metadata()),
        ("status", one_of(&["active", "inactive", "pending"])),
        ("monthlyPrice", money()),
        ("feePercentage", count()),
        ("scheduleFrequency", one_of(&["daily", "weekly", "monthly"])),
        ("scheduleWeekDays", list(one_of(&days))),
        ("maxFiles", json!({"type": "integer", "minimum": 1})),
        ("periodId", count()),
        ("lastSuccessfulBackupTime", or_null(count())),
        ("backupFiles", list(snapshot_fields())),
        ("createdAt", count()),
    ])
}

pub fn backup_profile() -> Schema {
    wrapped(backup_profile_fields())
}

pub fn backup_profiles() -> Schema {
    wrapped(object(&[("backups", list(backup_profile_fields()))]))
}
