//! Aliases of QoS rules: the same rules at paths without their policy, for clients that only know the id of a rule
//! (neutron_lib/api/definitions/qos_rules_alias.py).

use super::super::attributes::{Absent, Attribute, Body, ID, ResourceType, changeable, read_only};
use super::super::policy::Target;
use super::super::read_only::{self as unmade, ListOnly};
use super::super::record::Record;
use super::super::resource::{Resource, delete, find, show, update};
use super::super::valid::Valid;
use super::super::{Neutron, errors, listing};
use super::Policies;
use super::rules::{ANY_WAY, BOTH_WAYS, DSCP_MARKS, KINDS, Named, amount, change, touch};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Table, get, post, put};

/// The owner of the policy, which policy rules compare with. Requests cannot set it.
const OWNER: Attribute = read_only("tenant_id").hidden();

const fn direction(valid: Valid) -> Attribute {
    changeable("direction").default(Absent::Unset).valid(valid).filter().sort()
}

static BANDWIDTH_LIMIT: ResourceType = ResourceType::new(
    "alias_bandwidth_limit_rule",
    "alias_bandwidth_limit_rules",
    &[ID, OWNER, amount(changeable("max_kbps")), direction(BOTH_WAYS), amount(changeable("max_burst_kbps"))],
);
static DSCP_MARKING: ResourceType = ResourceType::new(
    "alias_dscp_marking_rule",
    "alias_dscp_marking_rules",
    &[ID, OWNER, changeable("dscp_mark").convert(super::super::convert::to_int).valid(DSCP_MARKS).filter().sort()],
);
static MINIMUM_BANDWIDTH: ResourceType = ResourceType::new(
    "alias_minimum_bandwidth_rule",
    "alias_minimum_bandwidth_rules",
    &[ID, OWNER, amount(changeable("min_kbps")), direction(BOTH_WAYS)],
);
static MINIMUM_PACKET_RATE: ResourceType = ResourceType::new(
    "alias_minimum_packet_rate_rule",
    "alias_minimum_packet_rate_rules",
    &[ID, amount(changeable("min_kpps")), direction(ANY_WAY)],
);

static ALIASES: [&ResourceType; 4] = [&BANDWIDTH_LIMIT, &DSCP_MARKING, &MINIMUM_BANDWIDTH, &MINIMUM_PACKET_RATE];

/// The rules of the type at index `TYPE` of [`KINDS`].
pub struct Aliases<const TYPE: usize>;

const BANDWIDTH_LIMITS: [Operation<OpenStack>; 5] = operations::<0>(
    "/qos/alias-bandwidth-limit-rules",
    "/qos/alias-bandwidth-limit-rules/{id}",
    [
        ("neutron.alias_bandwidth_limit_rule.list", "Refuses to list bandwidth limit rules."),
        ("neutron.alias_bandwidth_limit_rule.create", "Refuses to create a bandwidth limit rule."),
        ("neutron.alias_bandwidth_limit_rule.show", "Shows a bandwidth limit rule by its ID alone."),
        ("neutron.alias_bandwidth_limit_rule.update", "Updates a bandwidth limit rule by its ID alone."),
        ("neutron.alias_bandwidth_limit_rule.delete", "Deletes a bandwidth limit rule by its ID alone."),
    ],
);
const DSCP_MARKINGS: [Operation<OpenStack>; 5] = operations::<1>(
    "/qos/alias-dscp-marking-rules",
    "/qos/alias-dscp-marking-rules/{id}",
    [
        ("neutron.alias_dscp_marking_rule.list", "Refuses to list DSCP marking rules."),
        ("neutron.alias_dscp_marking_rule.create", "Refuses to create a DSCP marking rule."),
        ("neutron.alias_dscp_marking_rule.show", "Shows a DSCP marking rule by its ID alone."),
        ("neutron.alias_dscp_marking_rule.update", "Updates a DSCP marking rule by its ID alone."),
        ("neutron.alias_dscp_marking_rule.delete", "Deletes a DSCP marking rule by its ID alone."),
    ],
);
const MINIMUM_BANDWIDTHS: [Operation<OpenStack>; 5] = operations::<2>(
    "/qos/alias-minimum-bandwidth-rules",
    "/qos/alias-minimum-bandwidth-rules/{id}",
    [
        ("neutron.alias_minimum_bandwidth_rule.list", "Refuses to list minimum bandwidth rules."),
        ("neutron.alias_minimum_bandwidth_rule.create", "Refuses to create a minimum bandwidth rule."),
        ("neutron.alias_minimum_bandwidth_rule.show", "Shows a minimum bandwidth rule by its ID alone."),
        ("neutron.alias_minimum_bandwidth_rule.update", "Updates a minimum bandwidth rule by its ID alone."),
        ("neutron.alias_minimum_bandwidth_rule.delete", "Deletes a minimum bandwidth rule by its ID alone."),
    ],
);
const MINIMUM_PACKET_RATES: [Operation<OpenStack>; 5] = operations::<3>(
    "/qos/alias-minimum-packet-rate-rules",
    "/qos/alias-minimum-packet-rate-rules/{id}",
    [
        ("neutron.alias_minimum_packet_rate_rule.list", "Refuses to list minimum packet rate rules."),
        ("neutron.alias_minimum_packet_rate_rule.create", "Refuses to create a minimum packet rate rule."),
        ("neutron.alias_minimum_packet_rate_rule.show", "Shows a minimum packet rate rule by its ID alone."),
        ("neutron.alias_minimum_packet_rate_rule.update", "Updates a minimum packet rate rule by its ID alone."),
        ("neutron.alias_minimum_packet_rate_rule.delete", "Deletes a minimum packet rate rule by its ID alone."),
    ],
);

/// The operations on aliases of QoS rules.
pub const OPERATIONS: [&[Operation<OpenStack>]; 4] =
    [&BANDWIDTH_LIMITS, &DSCP_MARKINGS, &MINIMUM_BANDWIDTHS, &MINIMUM_PACKET_RATES];

const fn operations<const TYPE: usize>(
    collection: &'static str,
    member: &'static str,
    names: [Named; 5],
) -> [Operation<OpenStack>; 5] {
    [
        get(collection, names[0].0, list::<TYPE>).summary(names[0].1).policy_on_target("get_policy"),
        post(collection, names[1].0, unmade::create::<Aliases<TYPE>>).summary(names[1].1),
        get(member, names[2].0, show_in_policy::<TYPE>).summary(names[2].1).policy_on_target("get_policy"),
        put(member, names[3].0, update::<Aliases<TYPE>>).summary(names[3].1).policy_on_target("update_policy"),
        crate::engine::delete(member, names[4].0, delete_in_policy::<TYPE>)
            .summary(names[4].1)
            .policy_on_target("update_policy"),
    ]
}

/// Upstream cannot list aliases (500).
fn list<const TYPE: usize>(call: &Call, _os: &OpenStack) -> Answer {
    listing::Query::of(call, ALIASES[TYPE])?;
    Err(errors::not_found())
}

/// Refuses a rule whose policy the caller does not see: upstream finds the rule of any project, then its policy
/// (`_get_policy_id` in neutron/services/qos/qos_plugin.py).
fn check_policy<const TYPE: usize>(call: &Call, os: &OpenStack) -> Result<(), Problem> {
    let rule = os.neutron.qos_rules.get(call.param("id"));
    match rule.filter(|rule| rule.kind.resource == KINDS[TYPE].resource) {
        Some(rule) => find::<Policies>(call, os, rule.text("qos_policy_id")).map(drop),
        None => Ok(()),
    }
}

fn show_in_policy<const TYPE: usize>(call: &Call, os: &OpenStack) -> Answer {
    check_policy::<TYPE>(call, os)?;
    show::<Aliases<TYPE>>(call, os)
}

fn delete_in_policy<const TYPE: usize>(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    check_policy::<TYPE>(call, os)?;
    delete::<Aliases<TYPE>>(call, os, ctx)
}

impl<const TYPE: usize> ListOnly for Aliases<TYPE> {
    const KIND: &'static ResourceType = ALIASES[TYPE];
}

impl<const TYPE: usize> Resource for Aliases<TYPE> {
    const KIND: &'static ResourceType = ALIASES[TYPE];

    fn rows(neutron: &Neutron) -> &Table<Record> {
        &neutron.qos_rules
    }

    fn rows_mut(neutron: &mut Neutron) -> &mut Table<Record> {
        &mut neutron.qos_rules
    }

    fn not_found(id: &str) -> Problem {
        errors::qos_rule_not_found(id, "")
    }

    fn sees(_call: &Call, _os: &OpenStack, record: &Record) -> bool {
        record.kind.resource == KINDS[TYPE].resource
    }

    fn target(_call: &Call, os: &OpenStack, record: &Record) -> Target {
        let policy = os.neutron.qos_policies.get(record.text("qos_policy_id"));
        let owner = policy.map(|policy| policy.project.to_string()).unwrap_or_default();
        Target::of(&owner).with("ext_parent:project_id", owner.clone())
    }

    fn check(call: &Call, os: &OpenStack, _body: &mut Body, _is_create: bool) -> Result<(), Problem> {
        check_policy::<TYPE>(call, os)
    }

    fn change(_call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id, body: Body) -> Result<(), Problem> {
        let policy = policy_of(os, id);
        change::<Self>(os, ctx, &policy, id, &body)
    }

    fn remove(_call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id) -> Result<(), Problem> {
        let policy = policy_of(os, id);
        os.neutron.qos_rules.remove(id);
        touch(os, ctx, &policy);
        Ok(())
    }
}

fn policy_of(os: &OpenStack, rule: &str) -> String {
    os.neutron.qos_rules.get(rule).map(|rule| rule.text("qos_policy_id").to_owned()).unwrap_or_default()
}
