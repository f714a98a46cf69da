//! Subnet pools: prefixes from which subnets are allocated (neutron/db/db_base_plugin_v2.py).

mod allocation;
mod prefixes;

pub use allocation::{allocate, default_of, same_source};

use super::addresses::Cidr;
use super::attributes::{Absent, Attribute, Body, ID, PROJECT, ResourceType, read_only, set_once, settable};
use super::convert::{to_boolean, to_int};
use super::listing::Query;
use super::policy::{self, Target};
use super::record::Record;
use super::resource::{Resource, create, delete, insert, list, show, update, update_row};
use super::valid::Valid;
use super::{Neutron, errors, rbac, subnets};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Call, Context, Id, Index, Operation, Problem, Table, get, post, put};
use serde_json::{Value, json};

/// The operations on subnet pools.
pub const OPERATIONS: &[&[Operation<OpenStack>]] = &[POOLS, prefixes::OPERATIONS];

const POOLS: &[Operation<OpenStack>] = &[
    get("/subnetpools", "neutron.subnetpool.list", list::<SubnetPools>)
        .summary("Lists subnet pools.")
        .policy_on_target("get_subnetpool"),
    post("/subnetpools", "neutron.subnetpool.create", create::<SubnetPools>)
        .summary("Creates a subnet pool.")
        .policy_on_target("create_subnetpool")
        .answers(201),
    get("/subnetpools/{subnetpool_id}", "neutron.subnetpool.show", show::<SubnetPools>)
        .summary("Shows a subnet pool.")
        .policy_on_target("get_subnetpool"),
    put("/subnetpools/{subnetpool_id}", "neutron.subnetpool.update", update::<SubnetPools>)
        .summary("Updates a subnet pool.")
        .policy_on_target("update_subnetpool"),
    crate::engine::delete("/subnetpools/{subnetpool_id}", "neutron.subnetpool.delete", delete::<SubnetPools>)
        .summary("Deletes a subnet pool.")
        .policy_on_target("delete_subnetpool"),
];

/// An optional prefix length, or a number of addresses.
const fn length(name: &'static str) -> Attribute {
    settable(name).default(Absent::Unset).convert(to_int).valid(Valid::NonNegative).filter().sort()
}

/// The attributes of subnet pools (neutron_lib/api/definitions/subnetpool.py).
const ATTRIBUTES: &[Attribute] = &[
    ID,
    settable("name").valid(Valid::NameNotEmpty(usize::MAX)).filter().sort(),
    PROJECT,
    settable("prefixes").valid(Valid::SubnetList),
    length("default_quota").derived(),
    read_only("ip_version").filter().sort(),
    length("default_prefixlen").derived(),
    length("min_prefixlen").derived(),
    length("max_prefixlen").derived(),
    settable("address_scope_id").default(Absent::Unset).valid(Valid::UuidOrNone).filter().sort().derived(),
    settable("is_default").default(Absent::False).convert(to_boolean).filter().sort().enforced(),
    set_once("shared")
        .default(Absent::False)
        .convert(to_boolean)
        .filter()
        .sort()
        .no_column_of("subnetpools")
        .enforced()
        .derived(),
];

/// The attribute table of subnet pools.
pub static KIND: ResourceType =
    ResourceType::new("subnetpool", "subnetpools", ATTRIBUTES).standard().tags().indexes(&[BY_ADDRESS_SCOPE]);

/// Subnet pools by address scope.
pub const BY_ADDRESS_SCOPE: Index<Record> =
    Index::new("address_scope_id", |pool, key| pool.ids_in("address_scope_id", key));

/// The resource type of subnet pools.
pub struct SubnetPools;

impl Resource for SubnetPools {
    const KIND: &'static ResourceType = &KIND;

    fn rows(neutron: &Neutron) -> &Table<Record> {
        &neutron.subnet_pools
    }

    fn rows_mut(neutron: &mut Neutron) -> &mut Table<Record> {
        &mut neutron.subnet_pools
    }

    fn not_found(id: &str) -> Problem {
        errors::subnet_pool_not_found(id)
    }

    fn sees(call: &Call, os: &OpenStack, record: &Record) -> bool {
        rbac::sees(call, os, record)
    }

    fn candidates<'o>(_call: &Call, os: &'o OpenStack, _query: &Query) -> Vec<&'o Record> {
        os.neutron.subnet_pools.all().collect()
    }

    fn target(call: &Call, os: &OpenStack, record: &Record) -> Target {
        policy::target_of(record).flag("shared", rbac::is_shared(call, os, &record.id))
    }

    /// GET shows prefix lengths as strings. PUT shows them as numbers and leaves out null values that it did not set
    /// (`_update_subnetpool_dict`).
    fn derive(call: &Call, os: &OpenStack, record: &Record, name: &str) -> Option<Value> {
        if name == "shared" {
            return Some(json!(rbac::is_shared(call, os, &record.id)));
        }
        let value = record.get(name).clone();
        match call.method {
            "PUT" => Some(value).filter(|value| !value.is_null() || call.json["subnetpool"].get(name).is_some()),
            _ if name.ends_with("prefixlen") => Some(json!(value.to_string())),
            _ => Some(value),
        }
    }

    fn make(call: &Call, os: &mut OpenStack, ctx: &mut Context, mut body: Body) -> Result<Id, Problem> {
        complete(&mut body)?;
        let id = ctx.uuid();
        let shared = body.shift_remove("shared") == Some(json!(true));
        let record = Record::with_id(&KIND, id.clone(), ctx.now(), &body);
        ensure_only_default(os, &record, None)?;
        check_scope(call, os, &record)?;
        insert::<SubnetPools>(os, record.clone());
        rbac::share(os, ctx, &record, rbac::SHARED, shared);
        Ok(id)
    }

    fn change(call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id, body: Body) -> Result<(), Problem> {
        let Some(old) = os.neutron.subnet_pools.get(id).cloned() else { return Ok(()) };
        let mut whole = Body::new();
        for row in ATTRIBUTES {
            let value = body.get(row.name).unwrap_or_else(|| old.get(row.name));
            if !value.is_null() {
                whole.insert(row.name.into(), value.clone());
            }
        }
        if let Some(added) = body.get("prefixes").and_then(Value::as_array) {
            prefixes::keeps_prefixes(&old, added)?;
        }
        complete(&mut whole)?;
        let mut new = old.clone();
        new.merge(&whole);
        ensure_only_default(os, &new, Some(&old))?;
        ensure_scope_owned(call, os, &old)?;
        check_scope(call, os, &new)?;
        // Prefixes are in another table and do not count as a change.
        if let Some(record) = os.neutron.subnet_pools.get_mut(id) {
            record.set("prefixes", new.get("prefixes").clone());
        }
        let mut changes = body;
        for name in ["prefixes", "ip_version", "min_prefixlen", "max_prefixlen", "default_prefixlen"] {
            changes.insert(name.into(), new.get(name).clone());
        }
        update_row::<SubnetPools>(os, ctx, id, &changes);
        Ok(())
    }

    fn remove(_call: &Call, os: &mut OpenStack, _ctx: &mut Context, id: &Id) -> Result<(), Problem> {
        if of_pool(os, id).next().is_some() {
            return Err(errors::subnet_pool_has_allocations());
        }
        rbac::forget(os, id);
        os.neutron.subnet_pools.remove(id);
        Ok(())
    }
}

/// The subnets that were allocated from a pool.
fn of_pool<'o>(os: &'o OpenStack, pool: &str) -> impl Iterator<Item = &'o Record> + use<'o> {
    os.neutron.subnets.by(&subnets::BY_POOL, pool)
}

/// Parses the prefixes of a pool. Stored prefixes are valid.
fn cidrs(prefixes: &[Value]) -> Vec<Cidr> {
    prefixes.iter().filter_map(Value::as_str).filter_map(Cidr::parse).collect()
}

/// Validates prefixes and length bounds, and sets the missing ones (`SubnetPoolReader`).
fn complete(body: &mut Body) -> Result<(), Problem> {
    let prefixes = cidrs(body.get("prefixes").and_then(Value::as_array).map_or(&[][..], Vec::as_slice));
    let first = prefixes.first().ok_or_else(errors::empty_prefix_list)?;
    let version = first.version();
    if prefixes.iter().any(|cidr| cidr.version() != version) {
        return Err(errors::prefix_version_mismatch());
    }
    let (bits, usual) = if version == 4 { (32, 8) } else { (128, 64) };
    // Integers of more than 64 bits are out of bounds anyway.
    let bounded = |value: &Value| value.as_i64().or_else(|| value.as_f64().map(|number| number as i64));
    let length = |name: &str| body.get(name).and_then(bounded);
    let min = length("min_prefixlen").unwrap_or(usual);
    let max = length("max_prefixlen").unwrap_or(bits);
    let default = length("default_prefixlen").unwrap_or(min);
    if min > max {
        return Err(errors::illegal_bounds(("min_prefixlen", min), ("max_prefixlen", max)));
    }
    if max > bits {
        return Err(errors::illegal_bounds(("max_prefixlen", max), ("ip_version_max", bits)));
    }
    if default < min {
        return Err(errors::illegal_bounds(("default_prefixlen", default), ("min_prefixlen", min)));
    }
    if default > max {
        return Err(errors::illegal_bounds(("default_prefixlen", default), ("max_prefixlen", max)));
    }
    body.insert("prefixes".into(), prefixes::compact(&prefixes));
    body.insert("ip_version".into(), version.into());
    body.insert("min_prefixlen".into(), min.into());
    body.insert("max_prefixlen".into(), max.into());
    body.insert("default_prefixlen".into(), default.into());
    Ok(())
}

/// Refuses a second default pool of a family.
fn ensure_only_default(os: &OpenStack, new: &Record, old: Option<&Record>) -> Result<(), Problem> {
    if !new.flag("is_default") || old.is_some_and(|old| old.flag("is_default")) {
        return Ok(());
    }
    let same = |other: &Record| other.flag("is_default") && other.int("ip_version") == new.int("ip_version");
    if os.neutron.subnet_pools.all().any(same) { Err(errors::default_pool_exists()) } else { Ok(()) }
}

/// A pool in a shared address scope is changed only by the owner of the scope (`_check_subnetpool_update_allowed`).
fn ensure_scope_owned(call: &Call, os: &OpenStack, pool: &Record) -> Result<(), Problem> {
    let id = pool.text("address_scope_id");
    if id.is_empty() {
        return Ok(());
    }
    let scope = os.neutron.address_scopes.get(id).filter(|scope| rbac::sees(call, os, scope));
    let scope = scope.ok_or_else(|| errors::address_scope_not_found(id))?;
    if policy::is_own_or_admin(call, &scope.project) {
        return Ok(());
    }
    Err(errors::illegal_pool_update(&format!(
        "subnetpool {} cannot be updated when associated with shared address scope {id}",
        pool.id
    )))
}

/// Validates the address scope of a pool: the caller sees it, it has the pool's family, and no other pool in it has
/// overlapping prefixes (`_validate_address_scope_id`).
fn check_scope(call: &Call, os: &OpenStack, pool: &Record) -> Result<(), Problem> {
    let id = pool.text("address_scope_id");
    if id.is_empty() {
        return Ok(());
    }
    let scope = os.neutron.address_scopes.get(id).filter(|scope| rbac::sees(call, os, scope));
    let scope = scope.ok_or_else(|| errors::address_scope_not_found(id))?;
    if scope.int("ip_version") != pool.int("ip_version") {
        return Err(errors::scope_of_other_version(&pool.id, id, scope.int("ip_version").unwrap_or(4)));
    }
    // Refuse if a network would have subnets in several scopes.
    let networks: Vec<&str> = of_pool(os, &pool.id).map(|subnet| subnet.text("network_id")).collect();
    let astray = |subnet: &Record| {
        subnet.text("subnetpool_id") != &*pool.id && subnet.int("ip_version") == pool.int("ip_version")
    };
    if networks.into_iter().any(|network| subnets::of_network(os, network).any(astray)) {
        return Err(errors::scope_affinity());
    }
    let own = cidrs(pool.list("prefixes"));
    let mut others = os.neutron.subnet_pools.all();
    let conflicts = |other: &Record| {
        other.id != pool.id
            && other.text("address_scope_id") == id
            && cidrs(other.list("prefixes")).iter().any(|one| own.iter().any(|cidr| cidr.overlaps(one)))
    };
    if others.any(conflicts) { Err(errors::scope_prefix_conflict()) } else { Ok(()) }
}

/// The address scope of a subnet: that of its pool.
pub fn scope_of<'o>(os: &'o OpenStack, subnet: &Record) -> Option<&'o str> {
    let pool = os.neutron.subnet_pools.get(subnet.text("subnetpool_id"))?;
    Some(pool.text("address_scope_id")).filter(|scope| !scope.is_empty())
}

/// The address scope of a network for one family, as `GET /networks` shows it.
pub fn scope_of_network(os: &OpenStack, network: &str, version: i64) -> Value {
    let mut of_version = subnets::of_network(os, network).filter(|subnet| subnet.int("ip_version") == Some(version));
    json!(of_version.find_map(|subnet| scope_of(os, subnet)))
}
