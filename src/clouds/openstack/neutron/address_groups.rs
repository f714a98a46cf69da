//! Address groups: named lists of prefixes for security group rules (neutron/db/address_group_db.py).

use super::addresses::Cidr;
use super::attributes::{Absent, Body, ID, NAME, PROJECT, ResourceType, read_only, set_once, settable};
use super::policy::Target;
use super::record::Record;
use super::resource::{Resource, create, delete, insert, list, show, update};
use super::security_groups::rules;
use super::valid::{self, Valid};
use super::{Neutron, convert, errors, members, policy, rbac};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::python::repr;
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Table, get, post, put};
use serde_json::{Value, json};

/// The attribute table of address groups.
pub static KIND: ResourceType = ResourceType::new(
    "address_group",
    "address_groups",
    &[
        ID,
        NAME,
        settable("description").default(Absent::Text("")).valid(Valid::Text(1024)).filter().sort(),
        PROJECT,
        set_once("addresses")
            .default(Absent::EmptyList)
            .convert(convert::none_to_empty_list)
            .valid(Valid::SubnetList)
            .ordered_by(&[]),
        read_only("shared").hidden().derived(),
    ],
)
.standard()
.owner("project_id");

/// The operations on address groups.
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/address-groups", "neutron.address_group.list", list::<AddressGroups>)
        .summary("Lists address groups.")
        .policy_on_target("get_address_group"),
    post("/address-groups", "neutron.address_group.create", create::<AddressGroups>)
        .summary("Creates an address group.")
        .policy_on_target("create_address_group")
        .answers(201),
    get("/address-groups/{id}", "neutron.address_group.show", show::<AddressGroups>)
        .summary("Shows an address group.")
        .policy_on_target("get_address_group"),
    put("/address-groups/{id}", "neutron.address_group.update", update::<AddressGroups>)
        .summary("Updates an address group.")
        .policy_on_target("update_address_group"),
    crate::engine::delete("/address-groups/{id}", "neutron.address_group.delete", delete::<AddressGroups>)
        .summary("Deletes an address group.")
        .policy_on_target("delete_address_group"),
    put("/address-groups/{id}/add_addresses", "neutron.address_group.add_addresses", add_addresses)
        .summary("Adds addresses to an address group.")
        .policy_on_target("add_addresses"),
    put("/address-groups/{id}/remove_addresses", "neutron.address_group.remove_addresses", remove_addresses)
        .summary("Removes addresses from an address group.")
        .policy_on_target("remove_addresses"),
];

/// The resource type of address groups.
pub struct AddressGroups;

impl Resource for AddressGroups {
    const KIND: &'static ResourceType = &KIND;

    fn rows(neutron: &Neutron) -> &Table<Record> {
        &neutron.address_groups
    }

    fn rows_mut(neutron: &mut Neutron) -> &mut Table<Record> {
        &mut neutron.address_groups
    }

    fn not_found(id: &str) -> Problem {
        errors::address_group_not_found(id)
    }

    fn sees(call: &Call, os: &OpenStack, record: &Record) -> bool {
        rbac::sees(call, os, record)
    }

    fn candidates<'o>(call: &Call, os: &'o OpenStack, _query: &super::listing::Query) -> Vec<&'o Record> {
        rbac::candidates(call, os, "address_group", &os.neutron.address_groups)
    }

    fn target(call: &Call, os: &OpenStack, record: &Record) -> Target {
        policy::target_of(record).flag("shared", rbac::is_shared(call, os, &record.id))
    }

    fn target_of_update(_call: &Call, _os: &OpenStack, record: &Record, _body: &Body) -> Target {
        policy::target_of(record)
    }

    /// Upstream adds the owner for its policy, and then removes it by one of its two names.
    fn always_shown(name: &str) -> bool {
        name == "tenant_id"
    }

    fn make(_call: &Call, os: &mut OpenStack, ctx: &mut Context, mut body: Body) -> Result<Id, Problem> {
        let addresses = normalized(body.get("addresses").unwrap_or(&Value::Null))?;
        body.insert("addresses".into(), json!(addresses));
        let mut record = Record::new(&KIND, ctx, &body);
        // Each address is written by itself.
        record.revision = u32::try_from(addresses.len()).unwrap_or_default();
        Ok(insert::<AddressGroups>(os, record))
    }

    fn remove(_call: &Call, os: &mut OpenStack, _ctx: &mut Context, id: &Id) -> Result<(), Problem> {
        if os.neutron.security_group_rules.by(&rules::BY_ADDRESS_GROUP, id).next().is_some() {
            return Err(errors::address_group_in_use(id));
        }
        rbac::forget(os, id);
        os.neutron.address_groups.remove(id);
        Ok(())
    }
}

fn add_addresses(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let group = members::find_allowed::<AddressGroups>(call, os, "add_addresses")?;
    let (known, new) = partition_known(group, addresses_in_body(call)?);
    if !known.is_empty() {
        return Err(errors::addresses_exist(&repr(&json!(known)), &group.id));
    }
    let addresses: Vec<_> = group.texts("addresses").map(str::to_owned).chain(new).collect();
    let id = group.id.clone();
    set_addresses(os, ctx, &id, addresses);
    shown(call, os, &id)
}

fn remove_addresses(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let group = members::find_allowed::<AddressGroups>(call, os, "remove_addresses")?;
    let (known, unknown) = partition_known(group, addresses_in_body(call)?);
    if !unknown.is_empty() {
        return Err(errors::addresses_not_found(&repr(&json!(unknown)), &group.id));
    }
    let addresses = group.texts("addresses").map(str::to_owned).filter(|address| !known.contains(address)).collect();
    let id = group.id.clone();
    set_addresses(os, ctx, &id, addresses);
    shown(call, os, &id)
}

fn shown(call: &Call, os: &OpenStack, id: &Id) -> Answer {
    let shared = rbac::is_shared(call, os, id);
    members::answer::<AddressGroups>(call, os, id, &[("shared", json!(shared))])
}

/// Reads `{"addresses": ["10.0.0.0/24", …]}`. Upstream answers 500 for other bodies.
fn addresses_in_body(call: &Call) -> Result<Vec<String>, Problem> {
    let addresses = call.json.get("addresses").unwrap_or(&Value::Null);
    match addresses.as_array() {
        Some(_) => normalized(addresses),
        None => {
            let reason = valid::list_of(addresses, |_| None).unwrap_or_default();
            Err(errors::invalid_attribute("addresses", &reason))
        }
    }
}

/// Converts addresses to prefixes as netaddr does, without duplicates.
fn normalized(addresses: &Value) -> Result<Vec<String>, Problem> {
    let mut all = vec![];
    for address in addresses.as_array().into_iter().flatten() {
        let text = crate::clouds::openstack::python::str(address);
        let cidr = Cidr::parse_loosely(&text).ok_or_else(|| errors::invalid_address(&text))?;
        let cidr = cidr.network().to_string();
        if !all.contains(&cidr) {
            all.push(cidr);
        }
    }
    Ok(all)
}

/// Splits addresses into those in the group and the others.
fn partition_known(group: &Record, addresses: Vec<String>) -> (Vec<String>, Vec<String>) {
    addresses.into_iter().partition(|address| group.texts("addresses").any(|one| one == address))
}

/// Replaces the addresses. Upstream writes each added or removed one by itself, and counts it.
fn set_addresses(os: &mut OpenStack, ctx: &Context, id: &str, addresses: Vec<String>) {
    if let Some(group) = os.neutron.address_groups.get_mut(id) {
        let changes = group.list("addresses").len().abs_diff(addresses.len());
        group.set("addresses", json!(addresses));
        (0..changes).for_each(|_| group.bump(ctx.now()));
    }
}
