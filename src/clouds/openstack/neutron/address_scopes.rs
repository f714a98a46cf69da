//! Address scopes: the subnet pools in a scope do not overlap (neutron/db/address_scope_db.py).

use super::attributes::{Absent, Attribute, Body, ID, NAME, PROJECT, ResourceType, set_once, settable};
use super::convert::{to_boolean, to_int};
use super::listing::Query;
use super::policy::{self, Target};
use super::record::Record;
use super::resource::{Resource, create, delete, insert, list, show, update, update_row};
use super::valid::Valid;
use super::{Neutron, errors, rbac, subnet_pools};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Call, Context, Id, Operation, Problem, Table, get, post, put};
use serde_json::{Value, json};

/// The operations on address scopes.
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/address-scopes", "neutron.address_scope.list", list::<AddressScopes>)
        .summary("Lists address scopes.")
        .policy_on_target("get_address_scope"),
    post("/address-scopes", "neutron.address_scope.create", create::<AddressScopes>)
        .summary("Creates an address scope.")
        .policy_on_target("create_address_scope")
        .answers(201),
    get("/address-scopes/{id}", "neutron.address_scope.show", show::<AddressScopes>)
        .summary("Shows an address scope.")
        .policy_on_target("get_address_scope"),
    put("/address-scopes/{id}", "neutron.address_scope.update", update::<AddressScopes>)
        .summary("Updates an address scope.")
        .policy_on_target("update_address_scope"),
    crate::engine::delete("/address-scopes/{id}", "neutron.address_scope.delete", delete::<AddressScopes>)
        .summary("Deletes an address scope.")
        .policy_on_target("delete_address_scope"),
];

/// The attributes of address scopes (neutron_lib/api/definitions/address_scope.py).
const ATTRIBUTES: &[Attribute] = &[
    ID,
    NAME,
    PROJECT,
    settable("shared")
        .default(Absent::False)
        .convert(to_boolean)
        .filter()
        .sort()
        .no_column_of("address_scopes")
        .enforced()
        .derived(),
    set_once("ip_version").convert(to_int).valid(Valid::OneOfNumbers(&[4, 6])).filter().sort(),
];

/// The attribute table of address scopes.
pub static KIND: ResourceType = ResourceType::new("address_scope", "address_scopes", ATTRIBUTES);

/// The resource type of address scopes.
pub struct AddressScopes;

impl Resource for AddressScopes {
    const KIND: &'static ResourceType = &KIND;

    fn rows(neutron: &Neutron) -> &Table<Record> {
        &neutron.address_scopes
    }

    fn rows_mut(neutron: &mut Neutron) -> &mut Table<Record> {
        &mut neutron.address_scopes
    }

    fn not_found(id: &str) -> Problem {
        errors::address_scope_not_found(id)
    }

    fn sees(call: &Call, os: &OpenStack, record: &Record) -> bool {
        rbac::sees(call, os, record)
    }

    fn candidates<'o>(_call: &Call, os: &'o OpenStack, _query: &Query) -> Vec<&'o Record> {
        os.neutron.address_scopes.all().collect()
    }

    fn target(call: &Call, os: &OpenStack, record: &Record) -> Target {
        policy::target_of(record).flag("shared", rbac::is_shared(call, os, &record.id))
    }

    fn derive(call: &Call, os: &OpenStack, record: &Record, _name: &str) -> Option<Value> {
        Some(json!(rbac::is_shared(call, os, &record.id)))
    }

    fn make(_call: &Call, os: &mut OpenStack, ctx: &mut Context, mut body: Body) -> Result<Id, Problem> {
        let shared = body.shift_remove("shared") == Some(json!(true));
        let record = Record::new(&KIND, ctx, &body);
        let id = insert::<AddressScopes>(os, record.clone());
        rbac::share(os, ctx, &record, rbac::SHARED, shared);
        Ok(id)
    }

    fn change(_call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id, mut body: Body) -> Result<(), Problem> {
        let Some(record) = os.neutron.address_scopes.get(id).cloned() else { return Ok(()) };
        match body.shift_remove("shared") {
            Some(Value::Bool(false)) if rbac::policies_of(os, id, rbac::SHARED).next().is_some() => {
                return Err(errors::address_scope_update(id, "Shared address scope can't be unshared"));
            }
            Some(Value::Bool(true)) => _ = rbac::share(os, ctx, &record, rbac::SHARED, true),
            _ => {}
        }
        update_row::<AddressScopes>(os, ctx, id, &body);
        Ok(())
    }

    fn remove(_call: &Call, os: &mut OpenStack, _ctx: &mut Context, id: &Id) -> Result<(), Problem> {
        if os.neutron.subnet_pools.by(&subnet_pools::BY_ADDRESS_SCOPE, id).next().is_some() {
            return Err(errors::address_scope_in_use(id));
        }
        rbac::forget(os, id);
        os.neutron.address_scopes.remove(id);
        Ok(())
    }
}
