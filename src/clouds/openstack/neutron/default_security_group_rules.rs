//! The templates for the rules of new security groups, and whether new groups are stateful
//! (neutron/db/securitygroups_default_rules_db.py).

use super::attributes::{Absent, Body, ID, PROJECT, ResourceType, set_once, settable};
use super::record::Record;
use super::resource::{Resource, create, delete, insert, list, show, update};
use super::security_groups::rules;
use super::valid::Valid;
use super::{Neutron, convert, errors, seed};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Call, Context, Id, Operation, Problem, Table, get, post, put};
use chrono::{DateTime, Utc};
use serde_json::json;

/// The attribute table of default security group rules.
pub static KIND: ResourceType = ResourceType::new(
    "default_security_group_rule",
    "default_security_group_rules",
    &[
        ID,
        PROJECT.hidden(),
        set_once("description").default(Absent::Text("")).valid(Valid::Text(1024)).filter(),
        set_once("remote_group_id").default(Absent::Null).filter().sort(),
        set_once("remote_address_group_id").default(Absent::Null).filter().sort(),
        set_once("direction").valid(Valid::OneOf(&["ingress", "egress"])).filter().sort(),
        set_once("protocol").default(Absent::Null).convert(rules::protocol).filter().sort(),
        set_once("port_range_min").default(Absent::Null).convert(rules::port).filter().sort(),
        set_once("port_range_max").default(Absent::Null).convert(rules::port).filter().sort(),
        set_once("ethertype").default(Absent::Text("IPv4")).convert(rules::ethertype).filter().sort(),
        set_once("remote_ip_prefix").default(Absent::Null).convert(rules::prefix).filter().sort(),
        set_once("used_in_default_sg").convert(convert::to_boolean).filter(),
        set_once("used_in_non_default_sg").convert(convert::to_boolean).filter(),
    ],
);

/// The attribute table of the default statefulness of new security groups.
pub static STATEFULNESS: ResourceType = ResourceType::new(
    "security_groups_default_statefulness",
    "security_groups_default_statefulness",
    &[
        ID,
        PROJECT.valid(Valid::TextOrNone(255)),
        settable("stateful").default(Absent::True).convert(convert::to_boolean).filter().sort(),
    ],
)
.owner("project_id");

/// The operations on default security group rules.
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/default-security-group-rules", "neutron.default_security_group_rule.list", list::<DefaultRules>)
        .summary("Lists default security group rules.")
        .policy_on_target("get_default_security_group_rule"),
    post("/default-security-group-rules", "neutron.default_security_group_rule.create", create::<DefaultRules>)
        .summary("Creates a default security group rule.")
        .policy_on_target("create_default_security_group_rule")
        .answers(201),
    get("/default-security-group-rules/{id}", "neutron.default_security_group_rule.show", show::<DefaultRules>)
        .summary("Shows a default security group rule.")
        .policy_on_target("get_default_security_group_rule"),
    put("/default-security-group-rules/{id}", "neutron.default_security_group_rule.update", update::<DefaultRules>)
        .summary("Updates a default security group rule.")
        .policy_on_target("get_default_security_group_rule"),
    crate::engine::delete(
        "/default-security-group-rules/{id}",
        "neutron.default_security_group_rule.delete",
        delete::<DefaultRules>,
    )
    .summary("Deletes a default security group rule.")
    .policy_on_target("delete_default_security_group_rule"),
    get("/security-groups-default-statefulness", "neutron.default_statefulness.list", list::<Statefulness>)
        .summary("Lists default statefulness settings of security groups.")
        .policy_on_target("get_security_groups_default_statefulness"),
    post("/security-groups-default-statefulness", "neutron.default_statefulness.create", create::<Statefulness>)
        .summary("Creates a default statefulness of security groups.")
        .policy_on_target("create_security_groups_default_statefulness")
        .answers(201),
    get("/security-groups-default-statefulness/{id}", "neutron.default_statefulness.show", show::<Statefulness>)
        .summary("Shows a default statefulness of security groups.")
        .policy_on_target("get_security_groups_default_statefulness"),
    put("/security-groups-default-statefulness/{id}", "neutron.default_statefulness.update", update::<Statefulness>)
        .summary("Updates a default statefulness of security groups.")
        .policy_on_target("update_security_groups_default_statefulness"),
    crate::engine::delete(
        "/security-groups-default-statefulness/{id}",
        "neutron.default_statefulness.delete",
        delete::<Statefulness>,
    )
    .summary("Deletes a default statefulness of security groups.")
    .policy_on_target("delete_security_groups_default_statefulness"),
];

/// The value of a template's `remote_group_id` that means the new group itself.
pub const PARENT: &str = "PARENT";

/// The attributes that a rule copies from its template.
pub const COPIED: &[&str] = &[
    "direction",
    "protocol",
    "port_range_min",
    "port_range_max",
    "ethertype",
    "remote_ip_prefix",
    "remote_group_id",
    "remote_address_group_id",
];

/// The resource type of default security group rules.
pub struct DefaultRules;

impl Resource for DefaultRules {
    const KIND: &'static ResourceType = &KIND;

    fn rows(neutron: &Neutron) -> &Table<Record> {
        &neutron.default_security_group_rules
    }

    fn rows_mut(neutron: &mut Neutron) -> &mut Table<Record> {
        &mut neutron.default_security_group_rules
    }

    fn not_found(id: &str) -> Problem {
        errors::default_rule_not_found(id)
    }

    /// Templates have no owner: everybody sees them.
    fn sees(_call: &Call, _os: &OpenStack, _record: &Record) -> bool {
        true
    }

    fn candidates<'o>(_call: &Call, os: &'o OpenStack, _query: &super::listing::Query) -> Vec<&'o Record> {
        os.neutron.default_security_group_rules.all().collect()
    }

    fn check(call: &Call, os: &OpenStack, body: &mut Body, is_create: bool) -> Result<(), Problem> {
        if is_create { rules::validate(call, os, body) } else { Ok(()) }
    }

    fn make(_call: &Call, os: &mut OpenStack, ctx: &mut Context, body: Body) -> Result<Id, Problem> {
        let mut record = Record::new(&KIND, ctx, &body);
        record.project = "".into();
        // Upstream means to compare templates with the same use, but compares every new one with those of other
        // groups than the default one (`_check_for_duplicate_default_rules`).
        let same = |other: &&Record| other.flag("used_in_non_default_sg") && rules::is_same(other, &record);
        if let Some(other) = os.neutron.default_security_group_rules.all().find(same) {
            return Err(errors::default_rule_exists(&other.id));
        }
        Ok(insert::<DefaultRules>(os, record))
    }
}

/// The resource type of the default statefulness of new security groups.
pub struct Statefulness;

impl Resource for Statefulness {
    const KIND: &'static ResourceType = &STATEFULNESS;

    fn rows(neutron: &Neutron) -> &Table<Record> {
        &neutron.default_statefulness
    }

    fn rows_mut(neutron: &mut Neutron) -> &mut Table<Record> {
        &mut neutron.default_statefulness
    }

    fn not_found(id: &str) -> Problem {
        errors::default_statefulness_not_found(id)
    }

    fn make(_call: &Call, os: &mut OpenStack, ctx: &mut Context, body: Body) -> Result<Id, Problem> {
        let record = Record::new(&STATEFULNESS, ctx, &body);
        if os.neutron.default_statefulness.of(&record.project).next().is_some() {
            return Err(errors::default_statefulness_exists(&record.project));
        }
        Ok(insert::<Statefulness>(os, record))
    }
}

/// The templates for the rules of a new group. Default groups have other rules than the rest.
pub fn of_new_group(os: &OpenStack, is_default: bool) -> Vec<Record> {
    let used = if is_default { "used_in_default_sg" } else { "used_in_non_default_sg" };
    os.neutron.default_security_group_rules.all().filter(|rule| rule.flag(used)).cloned().collect()
}

/// True if new groups of a project are stateful: by the setting of the project, else that of the cloud, else true.
pub fn is_stateful(os: &OpenStack, project: &str) -> bool {
    let rows = &os.neutron.default_statefulness;
    rows.of(project).next().or_else(|| rows.of("").next()).is_none_or(|row| row.flag("stateful"))
}

/// Inserts the templates of a new cloud: all egress traffic is allowed, and ingress traffic between members of a
/// default group.
pub fn seed(os: &mut OpenStack, now: DateTime<Utc>) {
    for direction in ["egress", "ingress"] {
        for ethertype in ["IPv4", "IPv6"] {
            let ingress = direction == "ingress";
            let body = json!({
                "direction": direction,
                "ethertype": ethertype,
                "remote_group_id": if ingress { Some(PARENT) } else { None },
                "description": format!("Legacy default SG rule for {direction} traffic"),
                "used_in_default_sg": true,
                "used_in_non_default_sg": !ingress,
            });
            let body = body.as_object().cloned().unwrap_or_default();
            let id = seed::id("default_security_group_rule", &format!("{direction} {ethertype}"));
            os.neutron.default_security_group_rules.insert(Record::with_id(&KIND, id, now, &body));
        }
    }
}
