//! Rules of security groups (neutron/db/securitygroups_db.py).

use super::{DEFAULT, protocols};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::neutron::addresses::Cidr;
use crate::clouds::openstack::neutron::attributes::{
    Absent, Attribute, Body, ID, PROJECT, ResourceType, read_only, set_once, settable,
};
use crate::clouds::openstack::neutron::convert::to_boolean_or_none;
use crate::clouds::openstack::neutron::listing::Query;
use crate::clouds::openstack::neutron::policy::{self, Target};
use crate::clouds::openstack::neutron::record::Record;
use crate::clouds::openstack::neutron::resource::{Resource, create, delete, insert, list, show, update};
use crate::clouds::openstack::neutron::valid::Valid;
use crate::clouds::openstack::neutron::{Neutron, convert, default_security_group_rules, errors, rbac};
use crate::clouds::openstack::python::str;
use crate::clouds::openstack::times::SecondsZ;
use crate::engine::{Call, Context, Id, Index, Operation, Problem, Table, get, post, put};
use serde_json::{Value, json};

/// The operations on security group rules.
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/security-group-rules", "neutron.security_group_rule.list", list::<Rules>)
        .summary("Lists security group rules.")
        .policy_on_target("get_security_group_rule"),
    post("/security-group-rules", "neutron.security_group_rule.create", create::<Rules>)
        .summary("Creates a security group rule.")
        .policy_on_target("create_security_group_rule")
        .answers(201),
    get("/security-group-rules/{id}", "neutron.security_group_rule.show", show::<Rules>)
        .summary("Shows a security group rule.")
        .policy_on_target("get_security_group_rule"),
    put("/security-group-rules/{id}", "neutron.security_group_rule.update", update::<Rules>)
        .summary("Updates a security group rule."),
    crate::engine::delete("/security-group-rules/{id}", "neutron.security_group_rule.delete", delete::<Rules>)
        .summary("Deletes a security group rule.")
        .policy_on_target("delete_security_group_rule"),
];

const ATTRIBUTES: &[Attribute] = &[
    ID,
    PROJECT,
    set_once("security_group_id").valid(Valid::Text(36)).filter().sort(),
    set_once("ethertype").default(Absent::Text("IPv4")).convert(ethertype).filter().sort(),
    set_once("direction").valid(Valid::OneOf(&["ingress", "egress"])).filter().sort(),
    set_once("protocol").default(Absent::Null).convert(protocol).filter().sort(),
    set_once("port_range_min").default(Absent::Null).convert(port).filter().sort(),
    set_once("port_range_max").default(Absent::Null).convert(port).filter().sort(),
    set_once("remote_ip_prefix").default(Absent::Null).convert(prefix).filter().sort(),
    set_once("remote_address_group_id").default(Absent::Null).filter().sort(),
    read_only("normalized_cidr").filter().idle_filter().sort().no_column_of("securitygrouprules").derived(),
    set_once("remote_group_id").default(Absent::Null).filter().sort(),
    read_only("belongs_to_default_sg").convert(to_boolean_or_none).filter().derived(),
    // Null for rules that Neutron made, empty for rules of clients.
    settable("description").default(Absent::Text("")).valid(Valid::Text(255)).filter(),
];

/// The attribute table of security group rules.
pub static KIND: ResourceType = ResourceType::new("security_group_rule", "security_group_rules", ATTRIBUTES)
    .standard()
    .indexes(&[BY_GROUP, BY_REMOTE_GROUP, BY_ADDRESS_GROUP]);

const BY_GROUP: Index<Record> = Index::new("security_group_id", |rule, key| rule.ids_in("security_group_id", key));
/// Rules by remote security group.
pub const BY_REMOTE_GROUP: Index<Record> =
    Index::new("remote_group_id", |rule, key| rule.ids_in("remote_group_id", key));
/// Rules by remote address group.
pub const BY_ADDRESS_GROUP: Index<Record> =
    Index::new("remote_address_group_id", |rule, key| rule.ids_in("remote_address_group_id", key));

/// Converts `ipv4` to `IPv4`, and refuses other types.
pub fn ethertype(value: Value) -> Result<Value, Problem> {
    let known =
        ["IPv4", "IPv6"].into_iter().find(|one| value.as_str().is_some_and(|text| text.eq_ignore_ascii_case(one)));
    known.map(Value::from).ok_or_else(|| errors::unknown_ethertype(&str(&value)))
}

/// Converts a protocol to its lower-case name or number; `any` becomes null.
pub fn protocol(value: Value) -> Result<Value, Problem> {
    let text = match &value {
        Value::Null => return Ok(Value::Null),
        Value::String(text) if text == "any" => return Ok(Value::Null),
        value => str(value),
    };
    let known = match convert::integer(&value) {
        Some(number) => (0..=255).contains(&number),
        None => value.is_string() && protocols::number(&text.to_lowercase()).is_some(),
    };
    if known { Ok(text.to_lowercase().into()) } else { Err(errors::unknown_protocol(&text)) }
}

/// Accepts ports from 0 to 65535, and null.
pub fn port(value: Value) -> Result<Value, Problem> {
    if value.is_null() {
        return Ok(value);
    }
    let port = convert::integer(&value).filter(|port| (0..=65_535).contains(port));
    port.map(Value::from).ok_or_else(|| errors::invalid_port(&str(&value)))
}

/// Converts an address or a prefix to a prefix; an empty string becomes null.
pub fn prefix(value: Value) -> Result<Value, Problem> {
    if value.is_null() || value == "" {
        return Ok(Value::Null);
    }
    let cidr = value.as_str().and_then(Cidr::parse_loosely);
    cidr.map(|cidr| cidr.to_string().into()).ok_or_else(|| errors::invalid_cidr(&str(&value)))
}

/// The resource type of security group rules.
pub struct Rules;

impl Resource for Rules {
    const KIND: &'static ResourceType = &KIND;

    fn rows(neutron: &Neutron) -> &Table<Record> {
        &neutron.security_group_rules
    }

    fn rows_mut(neutron: &mut Neutron) -> &mut Table<Record> {
        &mut neutron.security_group_rules
    }

    fn not_found(id: &str) -> Problem {
        errors::security_group_rule_not_found(id)
    }

    /// Everybody who sees the group sees its rules.
    fn sees(call: &Call, os: &OpenStack, record: &Record) -> bool {
        let group = os.neutron.security_groups.get(record.text("security_group_id"));
        policy::is_admin(call)
            || *record.project == *call.project()
            || group.is_some_and(|group| rbac::sees(call, os, group))
    }

    fn candidates<'o>(call: &Call, os: &'o OpenStack, query: &Query) -> Vec<&'o Record> {
        if let Some(groups) = query.filter("security_group_id") {
            let ids = groups.iter().filter_map(Value::as_str);
            return ids.flat_map(|group| of_group(os, group)).collect();
        }
        let rows = &os.neutron.security_group_rules;
        if policy::is_admin(call) {
            return rows.all().collect();
        }
        let project = call.project();
        // Rules of the project, and rules that others added to its groups or to groups that are shared with it.
        let own = os.neutron.security_groups.of(&project).map(|group| &*group.id);
        let groups = own.chain(rbac::shared_objects(os, "security_group", &project));
        let others = groups.flat_map(|group| of_group(os, group)).filter(|rule| *rule.project != *project);
        rows.of(&project).chain(others).collect()
    }

    fn target(_call: &Call, os: &OpenStack, record: &Record) -> Target {
        target(os, &record.project, record.text("security_group_id"))
    }

    fn target_of_body(_call: &Call, os: &OpenStack, body: &Body) -> Target {
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        target(os, text("project_id"), text("security_group_id"))
    }

    fn derive(_call: &Call, os: &OpenStack, record: &Record, name: &str) -> Option<Value> {
        Some(match name {
            "normalized_cidr" => normalized(record),
            _ => json!(is_in_default_group(os, record)),
        })
    }

    /// The policy needs the owner of the group, so upstream looks it up first.
    fn check(_call: &Call, os: &OpenStack, body: &mut Body, is_create: bool) -> Result<(), Problem> {
        let group = body.get("security_group_id").and_then(Value::as_str).unwrap_or_default();
        let known = !is_create || os.neutron.security_groups.contains(group);
        if known { Ok(()) } else { Err(errors::security_group_not_found(group)) }
    }

    fn make(call: &Call, os: &mut OpenStack, ctx: &mut Context, mut body: Body) -> Result<Id, Problem> {
        one_group(call)?;
        validate(call, os, &mut body)?;
        visible_group(call, os, body.get("security_group_id").and_then(Value::as_str).unwrap_or_default())?;
        let record = Record::new(&KIND, ctx, &body);
        if let Some(same) = of_group(os, record.text("security_group_id")).find(|other| is_same(other, &record)) {
            return Err(errors::security_group_rule_exists(&same.id));
        }
        Ok(add(os, ctx, record))
    }

    fn remove(_call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id) -> Result<(), Problem> {
        let group = os.neutron.security_group_rules.get(id).map(|rule| rule.text("security_group_id").to_owned());
        forget(os, id);
        bump_group(os, ctx, &group.unwrap_or_default());
        Ok(())
    }
}

fn target(os: &OpenStack, project: &str, group: &str) -> Target {
    let target = Target::of(project);
    match os.neutron.security_groups.get(group) {
        Some(group) => target
            .with("security_group:project_id", &*group.project)
            .flag("belongs_to_default_sg", group.text("name") == DEFAULT),
        None => target,
    }
}

/// Refuses rules of several groups in one request (`_validate_single_project_and_group`).
fn one_group(call: &Call) -> Result<(), Problem> {
    let rules = call.json.get("security_group_rules").and_then(Value::as_array);
    let group = |rule: &Value| rule.get("security_group_rule").unwrap_or(rule).get("security_group_id").cloned();
    let mut groups: Vec<_> = rules.into_iter().flatten().map(group).collect();
    groups.dedup();
    if groups.len() > 1 { Err(errors::rules_of_several_groups()) } else { Ok(()) }
}

/// Validates a rule (neutron/db/securitygroups_db.py). Remote groups must be groups that the caller sees.
pub fn validate(call: &Call, os: &OpenStack, body: &mut Body) -> Result<(), Problem> {
    let get = |name: &str| body.get(name).filter(|value| !value.is_null());
    let ethertype = get("ethertype").and_then(Value::as_str).unwrap_or("IPv4");
    port_range(body)?;
    let whole = get("port_range_min") == Some(&json!(1)) && get("port_range_max") == Some(&json!(65_535));
    if let Some(text) = get("remote_ip_prefix").and_then(Value::as_str)
        && let Some(cidr) = Cidr::parse(text)
        && ethertype != format!("IPv{}", cidr.version())
    {
        return Err(errors::ethertype_of_cidr(ethertype, text));
    }
    if let Some(protocol) = get("protocol").and_then(Value::as_str)
        && ethertype == "IPv4"
        && protocols::number(protocol).is_some_and(protocols::is_only_ipv6)
    {
        return Err(errors::ethertype_of_protocol(ethertype, protocol));
    }
    let remotes = ["remote_ip_prefix", "remote_group_id", "remote_address_group_id"];
    if remotes.iter().filter(|name| get(name).is_some_and(|value| value != "")).count() > 1 {
        return Err(errors::several_remotes());
    }
    if let Some(group) = get("remote_group_id").and_then(Value::as_str) {
        visible_group(call, os, group)?;
    }
    if let Some(group) = get("remote_address_group_id").and_then(Value::as_str) {
        visible_address_group(call, os, group)?;
    }
    // The full port range is stored as none (`_make_canonical_port_range`).
    if whole {
        body.insert("port_range_min".into(), Value::Null);
        body.insert("port_range_max".into(), Value::Null);
    }
    Ok(())
}

/// Refuses a security group that the caller does not see (`_check_security_group`).
fn visible_group(call: &Call, os: &OpenStack, group: &str) -> Result<(), Problem> {
    let found = os.neutron.security_groups.get(group).filter(|group| rbac::sees(call, os, group));
    found.map(drop).ok_or_else(|| errors::security_group_not_found(group))
}

/// Refuses an address group that the caller does not see (`check_address_group`).
fn visible_address_group(call: &Call, os: &OpenStack, group: &str) -> Result<(), Problem> {
    let found = os.neutron.address_groups.get(group).filter(|group| rbac::sees(call, os, group));
    found.map(drop).ok_or_else(|| errors::address_group_not_found(group))
}

fn port_range(body: &Body) -> Result<(), Problem> {
    let port = |name: &str| body.get(name).and_then(Value::as_i64);
    let (min, max) = (port("port_range_min"), port("port_range_max"));
    if min.is_none() && max.is_none() {
        return Ok(());
    }
    let protocol = body.get("protocol").and_then(Value::as_str).filter(|protocol| !protocol.is_empty());
    let protocol = protocol.ok_or_else(errors::protocol_required)?;
    let number = protocols::number(protocol).unwrap_or_default();
    if protocols::has_ports(number) {
        if min == Some(0) || max == Some(0) {
            return Err(errors::invalid_port("0"));
        }
        return match (min, max) {
            (Some(min), Some(max)) if min <= max => Ok(()),
            _ => Err(errors::invalid_port_range()),
        };
    }
    if !protocols::is_icmp(number) {
        return Err(errors::no_ports_for_protocol(number));
    }
    for (value, field, name) in [(min, "type", "port_range_min"), (max, "code", "port_range_max")] {
        if let Some(value) = value.filter(|value| !(0..=255).contains(value)) {
            return Err(errors::invalid_icmp(field, name, value));
        }
    }
    match (min, max) {
        (None, Some(code)) => Err(errors::missing_icmp_type(code)),
        _ => Ok(()),
    }
}

/// True if both rules match the same traffic (`_rule_to_key`).
pub fn is_same(one: &Record, other: &Record) -> bool {
    let exact =
        ["direction", "ethertype", "port_range_min", "port_range_max", "remote_group_id", "remote_address_group_id"];
    let number = |rule: &Record| {
        let number = protocols::number(rule.text("protocol"));
        if number == Some(1) && rule.text("ethertype") == "IPv6" { Some(58) } else { number }
    };
    let prefix = |rule: &Record| match rule.text("remote_ip_prefix") {
        "0.0.0.0/0" | "::/0" => String::new(),
        prefix => prefix.to_owned(),
    };
    exact.iter().all(|name| one.get(name) == other.get(name))
        && number(one) == number(other)
        && prefix(one) == prefix(other)
}

fn normalized(rule: &Record) -> Value {
    Cidr::parse(rule.text("remote_ip_prefix")).map_or(Value::Null, |cidr| cidr.network().to_string().into())
}

fn is_in_default_group(os: &OpenStack, rule: &Record) -> bool {
    os.neutron.security_groups.get(rule.text("security_group_id")).is_some_and(|group| group.text("name") == DEFAULT)
}

fn add(os: &mut OpenStack, ctx: &Context, record: Record) -> Id {
    let group = record.text("security_group_id").to_owned();
    let id = insert::<Rules>(os, record);
    bump_group(os, ctx, &group);
    id
}

/// Changes of a rule count in the revision number of its group.
fn bump_group(os: &mut OpenStack, ctx: &Context, group: &str) {
    if let Some(group) = os.neutron.security_groups.get_mut(group) {
        group.bump(ctx.now());
    }
}

/// Adds a rule to a new group from a template. `PARENT` in the template means the group.
pub fn add_from(os: &mut OpenStack, ctx: &mut Context, project: &Id, group: &Id, template: &Record) {
    let mut body = Body::new();
    for name in default_security_group_rules::COPIED {
        body.insert((*name).into(), template.get(name).clone());
    }
    if template.text("remote_group_id") == default_security_group_rules::PARENT {
        body.insert("remote_group_id".into(), json!(group));
    }
    body.insert("project_id".into(), json!(project));
    body.insert("security_group_id".into(), json!(group));
    body.insert("description".into(), Value::Null);
    let record = Record::new(&KIND, ctx, &body);
    insert::<Rules>(os, record);
}

/// A group's rules, oldest first.
pub fn of_group<'o>(os: &'o OpenStack, group: &str) -> impl Iterator<Item = &'o Record> + use<'o> {
    os.neutron.security_group_rules.by(&BY_GROUP, group).rev()
}

/// Deletes a rule.
pub fn forget(os: &mut OpenStack, id: &Id) {
    os.neutron.security_group_rules.remove(id);
}

/// A rule within the answer that shows its group.
pub fn shown_in_group(call: &Call, os: &OpenStack, rule: &Record) -> Value {
    let get = |name: &str| rule.get(name);
    json!({
        "id": rule.id,
        "project_id": rule.project,
        "security_group_id": get("security_group_id"),
        "ethertype": get("ethertype"),
        "direction": get("direction"),
        "protocol": get("protocol"),
        "port_range_min": get("port_range_min"),
        "port_range_max": get("port_range_max"),
        "remote_ip_prefix": get("remote_ip_prefix"),
        "remote_address_group_id": get("remote_address_group_id"),
        "normalized_cidr": normalized(rule),
        "remote_group_id": get("remote_group_id"),
        "standard_attr_id": standard_attr_id(rule),
        // Upstream does not look that up for lists of groups.
        "belongs_to_default_sg":
            (call.operation != "neutron.security_group.list").then(|| is_in_default_group(os, rule)),
        "description": get("description"),
        "tags": [],
        "revision_number": rule.revision,
        "created_at": SecondsZ(rule.created_at),
        "updated_at": SecondsZ(rule.updated_at),
        "tenant_id": rule.project,
    })
}

/// `standard_attr_id`, the database id that upstream shows here by mistake. A stable number made from the record's
/// id.
pub fn standard_attr_id(rule: &Record) -> u32 {
    rule.id.bytes().fold(7, |sum: u32, byte| (sum * 31 + u32::from(byte)) % 100_003)
}
