//! Metering labels, and the rules that select the traffic of a label (neutron/db/metering).

use super::addresses::Cidr;
use super::attributes::{Absent, Body, HIDDEN_PROJECT, ID, PROJECT, ResourceType, set_once, settable};
use super::record::Record;
use super::resource::{Resource, create, delete, find, insert, list, show, update};
use super::valid::Valid;
use super::{Neutron, convert, errors};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Call, Context, Id, Index, Operation, Problem, Table, get, post, put};
use serde_json::Value;

/// The attribute table of metering labels.
pub static LABEL: ResourceType = ResourceType::new(
    "metering_label",
    "metering_labels",
    &[
        ID,
        set_once("name").default(Absent::Text("")).valid(Valid::Name(255)).filter().sort(),
        set_once("description").default(Absent::Text("")).valid(Valid::Text(1024)).filter().sort(),
        PROJECT,
        set_once("shared").default(Absent::False).convert(convert::to_boolean).filter().sort(),
    ],
);

/// The attribute table of metering label rules.
pub static RULE: ResourceType = ResourceType::new(
    "metering_label_rule",
    "metering_label_rules",
    &[
        ID,
        set_once("metering_label_id").valid(Valid::Uuid).filter().sort(),
        set_once("direction").valid(Valid::OneOf(&["ingress", "egress"])).filter().sort(),
        set_once("excluded").default(Absent::False).convert(convert::to_boolean).filter().sort(),
        set_once("remote_ip_prefix").default(Absent::Null).valid(Valid::SubnetOrNone).filter().sort(),
        settable("source_ip_prefix").default(Absent::Null).filter().sort(),
        settable("destination_ip_prefix").default(Absent::Null).filter().sort(),
        HIDDEN_PROJECT,
    ],
)
.indexes(&[BY_LABEL]);

const BY_LABEL: Index<Record> = Index::new("metering_label_id", |rule, key| rule.ids_in("metering_label_id", key));

/// The operations on metering labels and their rules.
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/metering/metering-labels", "neutron.metering_label.list", list::<Labels>)
        .summary("Lists metering labels.")
        .policy_on_target("get_metering_label"),
    post("/metering/metering-labels", "neutron.metering_label.create", create::<Labels>)
        .summary("Creates a metering label.")
        .policy_on_target("create_metering_label")
        .answers(201),
    get("/metering/metering-labels/{id}", "neutron.metering_label.show", show::<Labels>)
        .summary("Shows a metering label.")
        .policy_on_target("get_metering_label"),
    put("/metering/metering-labels/{id}", "neutron.metering_label.update", update::<Labels>)
        .summary("Updates a metering label.")
        .policy_on_target("update_metering_label"),
    crate::engine::delete("/metering/metering-labels/{id}", "neutron.metering_label.delete", delete::<Labels>)
        .summary("Deletes a metering label.")
        .policy_on_target("delete_metering_label"),
    get("/metering/metering-label-rules", "neutron.metering_label_rule.list", list::<Rules>)
        .summary("Lists metering label rules.")
        .policy_on_target("get_metering_label_rule"),
    post("/metering/metering-label-rules", "neutron.metering_label_rule.create", create::<Rules>)
        .summary("Creates a metering label rule.")
        .policy_on_target("create_metering_label_rule")
        .answers(201),
    get("/metering/metering-label-rules/{id}", "neutron.metering_label_rule.show", show::<Rules>)
        .summary("Shows a metering label rule.")
        .policy_on_target("get_metering_label_rule"),
    put("/metering/metering-label-rules/{id}", "neutron.metering_label_rule.update", update::<Rules>)
        .summary("Updates a metering label rule.")
        .policy_on_target("update_metering_label_rule"),
    crate::engine::delete("/metering/metering-label-rules/{id}", "neutron.metering_label_rule.delete", delete::<Rules>)
        .summary("Deletes a metering label rule.")
        .policy_on_target("delete_metering_label_rule"),
];

/// The resource type of metering labels.
pub struct Labels;

impl Resource for Labels {
    const KIND: &'static ResourceType = &LABEL;

    fn rows(neutron: &Neutron) -> &Table<Record> {
        &neutron.metering_labels
    }

    fn rows_mut(neutron: &mut Neutron) -> &mut Table<Record> {
        &mut neutron.metering_labels
    }

    fn not_found(id: &str) -> Problem {
        errors::metering_label_not_found(id)
    }

    /// Deletes the label with its rules.
    fn remove(_call: &Call, os: &mut OpenStack, _ctx: &mut Context, id: &Id) -> Result<(), Problem> {
        let rules: Vec<Id> = rules_of(os, id).map(|rule| rule.id.clone()).collect();
        for rule in rules {
            os.neutron.metering_label_rules.remove(&rule);
        }
        os.neutron.metering_labels.remove(id);
        Ok(())
    }
}

/// The resource type of metering label rules.
pub struct Rules;

impl Resource for Rules {
    const KIND: &'static ResourceType = &RULE;

    fn rows(neutron: &Neutron) -> &Table<Record> {
        &neutron.metering_label_rules
    }

    fn rows_mut(neutron: &mut Neutron) -> &mut Table<Record> {
        &mut neutron.metering_label_rules
    }

    fn not_found(id: &str) -> Problem {
        errors::metering_label_rule_not_found(id)
    }

    fn make(call: &Call, os: &mut OpenStack, ctx: &mut Context, body: Body) -> Result<Id, Problem> {
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        let label = find::<Labels>(call, os, text("metering_label_id"))?;
        let prefixes = [text("remote_ip_prefix"), text("source_ip_prefix"), text("destination_ip_prefix")];
        if prefixes.iter().all(|prefix| prefix.is_empty()) {
            let reason = "At least one of remote_ip_prefix, source_ip_prefix or destination_ip_prefix must be set";
            return Err(errors::bad("metering_label_rule", reason));
        }
        if let Some(prefix) = Cidr::parse_loosely(text("remote_ip_prefix")) {
            let overlaps = |rule: &Record| {
                let other = Cidr::parse_loosely(rule.text("remote_ip_prefix"));
                rule.text("direction") == text("direction") && other.is_some_and(|other| other.overlaps(&prefix))
            };
            if rules_of(os, &label.id).any(overlaps) {
                return Err(errors::metering_rule_overlaps(text("remote_ip_prefix")));
            }
        }
        let mut record = Record::new(&RULE, ctx, &body);
        record.project = label.project.clone();
        Ok(insert::<Rules>(os, record))
    }
}

fn rules_of<'o>(os: &'o OpenStack, label: &str) -> impl Iterator<Item = &'o Record> + use<'o> {
    os.neutron.metering_label_rules.by(&BY_LABEL, label)
}
