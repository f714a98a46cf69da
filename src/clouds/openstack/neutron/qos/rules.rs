//! The rules of QoS policies. Each type of rule is a type of resource (neutron_lib/api/definitions/qos*.py).

use super::super::attributes::{Absent, Attribute, Body, ID, ResourceType, read_only, settable};
use super::super::children::{self, Child};
use super::super::convert::to_int;
use super::super::listing::Query;
use super::super::policy::Target;
use super::super::record::Record;
use super::super::resource::{Resource, create, update, update_row};
use super::super::valid::Valid;
use super::super::{Neutron, errors};
use super::Policies;
use crate::clouds::openstack::OpenStack;
use crate::engine::{Call, Context, Id, Index, Operation, Problem, Table, get, post, put};
use serde_json::{Value, json};

/// The largest number of kilobits or of packets.
pub const MAX_AMOUNT: i64 = 2_147_483_647;
/// Directions of most rules.
pub const BOTH_WAYS: Valid = Valid::OneOf(&["ingress", "egress"]);
/// Directions of minimum packet rate rules.
pub const ANY_WAY: Valid = Valid::OneOf(&["any", "ingress", "egress"]);
/// Valid DSCP marks.
pub const DSCP_MARK_VALUES: &[i64] =
    &[0, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40, 44, 46, 48, 56];
pub const DSCP_MARKS: Valid = Valid::OneOfNumbers(DSCP_MARK_VALUES);

/// A non-negative number of kilobits or of packets.
pub const fn amount(row: Attribute) -> Attribute {
    row.convert(to_int).valid(Valid::Range(0, MAX_AMOUNT)).filter().sort()
}

const fn direction(valid: Valid) -> Attribute {
    settable("direction").default(Absent::Text("egress")).valid(valid).filter().sort()
}

/// The id of the rule's policy, which answers do not have.
const POLICY: Attribute = read_only("qos_policy_id").hidden();

const BY_POLICY: Index<Record> = Index::new("qos_policy_id", |rule, key| rule.ids_in("qos_policy_id", key));

pub static BANDWIDTH_LIMIT: ResourceType = ResourceType::new(
    "bandwidth_limit_rule",
    "bandwidth_limit_rules",
    &[
        ID,
        amount(settable("max_kbps")),
        amount(settable("max_burst_kbps").default(Absent::Int(0))),
        settable("direction").default(Absent::Text("egress")).valid(BOTH_WAYS),
        POLICY,
    ],
)
.ruled_as("policy_bandwidth_limit_rule")
.indexes(&[BY_POLICY]);

pub static DSCP_MARKING: ResourceType = ResourceType::new(
    "dscp_marking_rule",
    "dscp_marking_rules",
    &[ID, settable("dscp_mark").convert(to_int).valid(DSCP_MARKS).filter().sort(), POLICY],
)
.ruled_as("policy_dscp_marking_rule")
.indexes(&[BY_POLICY]);

pub static MINIMUM_BANDWIDTH: ResourceType = ResourceType::new(
    "minimum_bandwidth_rule",
    "minimum_bandwidth_rules",
    &[ID, amount(settable("min_kbps")), direction(BOTH_WAYS), POLICY],
)
.ruled_as("policy_minimum_bandwidth_rule")
.indexes(&[BY_POLICY]);

pub static MINIMUM_PACKET_RATE: ResourceType = ResourceType::new(
    "minimum_packet_rate_rule",
    "minimum_packet_rate_rules",
    &[ID, amount(settable("min_kpps")), direction(ANY_WAY), POLICY],
)
.ruled_as("policy_minimum_packet_rate_rule")
.indexes(&[BY_POLICY]);

pub static PACKET_RATE_LIMIT: ResourceType = ResourceType::new(
    "packet_rate_limit_rule",
    "packet_rate_limit_rules",
    &[
        ID,
        amount(settable("max_kpps")),
        amount(settable("max_burst_kpps").default(Absent::Int(0))),
        direction(BOTH_WAYS),
        POLICY,
    ],
)
.ruled_as("policy_packet_rate_limit_rule")
.indexes(&[BY_POLICY]);

/// All types of rules. [`Rules`] and the aliases refer to them by index.
pub static KINDS: [&ResourceType; 5] =
    [&BANDWIDTH_LIMIT, &DSCP_MARKING, &MINIMUM_BANDWIDTH, &MINIMUM_PACKET_RATE, &PACKET_RATE_LIMIT];

/// The rules of the type at index `TYPE` of [`KINDS`].
pub struct Rules<const TYPE: usize>;

pub type BandwidthLimits = Rules<0>;
pub type DscpMarkings = Rules<1>;
pub type MinimumBandwidths = Rules<2>;
pub type MinimumPacketRates = Rules<3>;
pub type PacketRateLimits = Rules<4>;

/// An operation's name and its summary.
pub type Named = (&'static str, &'static str);

const BANDWIDTH_LIMITS: [Operation<OpenStack>; 5] = operations::<BandwidthLimits>(
    "/qos/policies/{policy_id}/bandwidth_limit_rules",
    "/qos/policies/{policy_id}/bandwidth_limit_rules/{id}",
    [
        ("neutron.bandwidth_limit_rule.list", "Lists the bandwidth limit rules of a QoS policy."),
        ("neutron.bandwidth_limit_rule.create", "Creates a bandwidth limit rule in a QoS policy."),
        ("neutron.bandwidth_limit_rule.show", "Shows a bandwidth limit rule of a QoS policy."),
        ("neutron.bandwidth_limit_rule.update", "Updates a bandwidth limit rule of a QoS policy."),
        ("neutron.bandwidth_limit_rule.delete", "Deletes a bandwidth limit rule of a QoS policy."),
    ],
);
const DSCP_MARKING_RULES: [Operation<OpenStack>; 5] = operations::<DscpMarkings>(
    "/qos/policies/{policy_id}/dscp_marking_rules",
    "/qos/policies/{policy_id}/dscp_marking_rules/{id}",
    [
        ("neutron.dscp_marking_rule.list", "Lists the DSCP marking rules of a QoS policy."),
        ("neutron.dscp_marking_rule.create", "Creates a DSCP marking rule in a QoS policy."),
        ("neutron.dscp_marking_rule.show", "Shows a DSCP marking rule of a QoS policy."),
        ("neutron.dscp_marking_rule.update", "Updates a DSCP marking rule of a QoS policy."),
        ("neutron.dscp_marking_rule.delete", "Deletes a DSCP marking rule of a QoS policy."),
    ],
);
const MINIMUM_BANDWIDTHS: [Operation<OpenStack>; 5] = operations::<MinimumBandwidths>(
    "/qos/policies/{policy_id}/minimum_bandwidth_rules",
    "/qos/policies/{policy_id}/minimum_bandwidth_rules/{id}",
    [
        ("neutron.minimum_bandwidth_rule.list", "Lists the minimum bandwidth rules of a QoS policy."),
        ("neutron.minimum_bandwidth_rule.create", "Creates a minimum bandwidth rule in a QoS policy."),
        ("neutron.minimum_bandwidth_rule.show", "Shows a minimum bandwidth rule of a QoS policy."),
        ("neutron.minimum_bandwidth_rule.update", "Updates a minimum bandwidth rule of a QoS policy."),
        ("neutron.minimum_bandwidth_rule.delete", "Deletes a minimum bandwidth rule of a QoS policy."),
    ],
);
const MINIMUM_PACKET_RATE_NAMES: [Named; 5] = [
    ("neutron.minimum_packet_rate_rule.list", "Lists the minimum packet rate rules of a QoS policy."),
    ("neutron.minimum_packet_rate_rule.create", "Creates a minimum packet rate rule in a QoS policy."),
    ("neutron.minimum_packet_rate_rule.show", "Shows a minimum packet rate rule of a QoS policy."),
    ("neutron.minimum_packet_rate_rule.update", "Updates a minimum packet rate rule of a QoS policy."),
    ("neutron.minimum_packet_rate_rule.delete", "Deletes a minimum packet rate rule of a QoS policy."),
];
const PACKET_RATE_LIMIT_NAMES: [Named; 5] = [
    ("neutron.packet_rate_limit_rule.list", "Lists the packet rate limit rules of a QoS policy."),
    ("neutron.packet_rate_limit_rule.create", "Creates a packet rate limit rule in a QoS policy."),
    ("neutron.packet_rate_limit_rule.show", "Shows a packet rate limit rule of a QoS policy."),
    ("neutron.packet_rate_limit_rule.update", "Updates a packet rate limit rule of a QoS policy."),
    ("neutron.packet_rate_limit_rule.delete", "Deletes a packet rate limit rule of a QoS policy."),
];
/// Upstream's path of this type has hyphens. The SDK uses underscores.
const MINIMUM_PACKET_RATES: [[Operation<OpenStack>; 5]; 2] = [
    operations::<MinimumPacketRates>(
        "/qos/policies/{policy_id}/minimum-packet-rate-rules",
        "/qos/policies/{policy_id}/minimum-packet-rate-rules/{id}",
        MINIMUM_PACKET_RATE_NAMES,
    ),
    operations::<MinimumPacketRates>(
        "/qos/policies/{policy_id}/minimum_packet_rate_rules",
        "/qos/policies/{policy_id}/minimum_packet_rate_rules/{id}",
        MINIMUM_PACKET_RATE_NAMES,
    ),
];
/// Upstream's path of this type lacks `/qos`. The SDK uses it.
const PACKET_RATE_LIMITS: [[Operation<OpenStack>; 5]; 2] = [
    operations::<PacketRateLimits>(
        "/policies/{policy_id}/packet_rate_limit_rules",
        "/policies/{policy_id}/packet_rate_limit_rules/{id}",
        PACKET_RATE_LIMIT_NAMES,
    ),
    operations::<PacketRateLimits>(
        "/qos/policies/{policy_id}/packet_rate_limit_rules",
        "/qos/policies/{policy_id}/packet_rate_limit_rules/{id}",
        PACKET_RATE_LIMIT_NAMES,
    ),
];

/// The operations on QoS rules.
pub const OPERATIONS: [&[Operation<OpenStack>]; 7] = [
    &BANDWIDTH_LIMITS,
    &DSCP_MARKING_RULES,
    &MINIMUM_BANDWIDTHS,
    &MINIMUM_PACKET_RATES[0],
    &MINIMUM_PACKET_RATES[1],
    &PACKET_RATE_LIMITS[0],
    &PACKET_RATE_LIMITS[1],
];

const fn operations<R: Child>(
    collection: &'static str,
    member: &'static str,
    names: [Named; 5],
) -> [Operation<OpenStack>; 5] {
    [
        get(collection, names[0].0, children::list::<R>).summary(names[0].1).policy_on_target("get_policy"),
        post(collection, names[1].0, create::<R>).summary(names[1].1).policy_on_target("update_policy").answers(201),
        get(member, names[2].0, children::show::<R>).summary(names[2].1).policy_on_target("get_policy"),
        put(member, names[3].0, update::<R>).summary(names[3].1).policy_on_target("update_policy"),
        crate::engine::delete(member, names[4].0, children::delete::<R>)
            .summary(names[4].1)
            .policy_on_target("update_policy"),
    ]
}

impl<const TYPE: usize> Child for Rules<TYPE> {
    type Parent = Policies;
    const PARENT: &'static str = "qos_policy_id";
    const BY_PARENT: Index<Record> = BY_POLICY;
}

impl<const TYPE: usize> Resource for Rules<TYPE> {
    const KIND: &'static ResourceType = KINDS[TYPE];

    fn rows(neutron: &Neutron) -> &Table<Record> {
        &neutron.qos_rules
    }

    fn rows_mut(neutron: &mut Neutron) -> &mut Table<Record> {
        &mut neutron.qos_rules
    }

    fn not_found(id: &str) -> Problem {
        errors::qos_rule_not_found(id, "")
    }

    fn missing(call: &Call, id: &str) -> Problem {
        errors::qos_rule_not_found(id, children::parent_id(call))
    }

    fn sees(call: &Call, _os: &OpenStack, record: &Record) -> bool {
        children::belongs_to_parent::<Self>(call, record)
    }

    fn candidates<'o>(call: &Call, os: &'o OpenStack, _query: &Query) -> Vec<&'o Record> {
        of_policy(os, children::parent_id(call)).collect()
    }

    fn target(call: &Call, os: &OpenStack, _record: &Record) -> Target {
        children::target::<Self>(call, os)
    }

    fn target_of_body(call: &Call, os: &OpenStack, _body: &Body) -> Target {
        children::target::<Self>(call, os)
    }

    fn check(call: &Call, os: &OpenStack, _body: &mut Body, is_create: bool) -> Result<(), Problem> {
        children::check_parent::<Self>(call, os, is_create)
    }

    fn make(call: &Call, os: &mut OpenStack, ctx: &mut Context, mut body: Body) -> Result<Id, Problem> {
        let policy = children::parent::<Self>(call, os)?.id.clone();
        body.insert("qos_policy_id".into(), json!(policy));
        let rule = Record::new(Self::KIND, ctx, &body);
        refuse_conflicts(os, &policy, &rule, &body)?;
        let id = rule.id.clone();
        os.neutron.qos_rules.insert(rule);
        touch(os, ctx, &policy);
        Ok(id)
    }

    fn change(call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id, body: Body) -> Result<(), Problem> {
        let policy: Id = children::parent_id(call).into();
        change::<Self>(os, ctx, &policy, id, &body)
    }

    fn remove(call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id) -> Result<(), Problem> {
        os.neutron.qos_rules.remove(id);
        touch(os, ctx, children::parent_id(call));
        Ok(())
    }
}

/// Changes a rule, if it does not conflict with the other rules of its policy.
pub fn change<R: Resource>(
    os: &mut OpenStack,
    ctx: &mut Context,
    policy: &str,
    id: &Id,
    body: &Body,
) -> Result<(), Problem> {
    let Some(rule) = os.neutron.qos_rules.get(id).cloned() else { return Ok(()) };
    let mut changed = rule.clone();
    changed.merge(body);
    refuse_conflicts(os, policy, &changed, body)?;
    update_row::<R>(os, ctx, id, body);
    if changed.differs_from(&rule) {
        touch(os, ctx, policy);
    }
    Ok(())
}

/// Changes of a rule count in the revision number of its policy.
pub fn touch(os: &mut OpenStack, ctx: &Context, policy: &str) {
    if let Some(policy) = os.neutron.qos_policies.get_mut(policy) {
        policy.bump(ctx.now());
    }
}

/// The rules of a policy, oldest first.
pub fn of_policy<'o>(os: &'o OpenStack, policy: &str) -> impl Iterator<Item = &'o Record> + use<'o> {
    os.neutron.qos_rules.by(&BY_POLICY, policy).rev()
}

/// The type of a rule as policies and error messages name it: `bandwidth_limit`.
pub fn type_of(rule: &Record) -> &'static str {
    rule.kind.resource.strip_suffix("_rule").unwrap_or(rule.kind.resource)
}

/// A rule within the answer that shows its policy.
pub fn within_policy(rule: &Record) -> Value {
    let mut shown = json!({"id": rule.id, "qos_policy_id": rule.get("qos_policy_id"), "type": type_of(rule)});
    for row in rule.kind.attributes.iter().filter(|row| row.visible && row.name != "id") {
        shown[row.name] = rule.get(row.name).clone();
    }
    shown
}

/// Refuses limits below guarantees, and a second rule of a type and direction
/// (neutron/objects/qos/qos_policy_validator.py).
fn refuse_conflicts(os: &OpenStack, policy: &str, rule: &Record, body: &Body) -> Result<(), Problem> {
    refuse_contradiction(os, policy, body)?;
    let others: Vec<_> = of_policy(os, policy)
        .filter(|other| other.id != rule.id && other.kind.resource == rule.kind.resource)
        .collect();
    let direction = |rule: &Record| rule.text("direction").to_owned();
    if rule.kind.resource == MINIMUM_PACKET_RATE.resource {
        // A rule for both directions together excludes rules for one direction (`check_min_pps_rule_conflict`).
        let mixed = |other: &&&Record| (direction(rule) == "any") != (direction(other) == "any");
        if let Some(other) = others.iter().find(mixed) {
            return Err(errors::qos_values_conflict(direction(rule), policy, type_of(other), direction(other)));
        }
    }
    match others.iter().find(|other| direction(other) == direction(rule)) {
        Some(other) => Err(errors::qos_rules_conflict(type_of(rule), &other.id, policy)),
        None => Ok(()),
    }
}

/// Refuses a bandwidth limit below a guarantee for the same direction, and the reverse
/// (`check_bandwidth_rule_conflict`).
fn refuse_contradiction(os: &OpenStack, policy: &str, body: &Body) -> Result<(), Problem> {
    let amount = |name: &str| body.get(name).and_then(Value::as_i64);
    let direction = body.get("direction").and_then(Value::as_str);
    for other in of_policy(os, policy).filter(|other| direction.is_none_or(|one| one == other.text("direction"))) {
        let (limit, guarantee) = match other.kind.resource {
            "minimum_bandwidth_rule" => (amount("max_kbps"), other.int("min_kbps")),
            "bandwidth_limit_rule" => (other.int("max_kbps"), amount("min_kbps")),
            _ => continue,
        };
        let existing = other.int("min_kbps").or(other.int("max_kbps")).unwrap_or_default();
        if let (Some(limit), Some(guarantee)) = (limit, guarantee)
            && limit < guarantee
        {
            let value = amount("max_kbps").or(amount("min_kbps")).unwrap_or_default();
            return Err(errors::qos_values_conflict(value, policy, type_of(other), existing));
        }
    }
    Ok(())
}
