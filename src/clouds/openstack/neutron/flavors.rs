//! Network flavors and their service profiles (neutron/db/flavors_db.py).

use super::attributes::{Absent, Body, ID, NAME, ResourceType, set_once, settable};
use super::read_only::{self, ListOnly};
use super::record::Record;
use super::resource::{self, Resource, create, delete, find, list, show, update};
use super::service_providers::Provider;
use super::valid::Valid;
use super::{Neutron, convert, errors, members, routers, service_providers};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::python::str;
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, Table, get, post, put};
use serde_json::{Value, json};

/// The attribute table of flavors.
pub static FLAVOR: ResourceType = ResourceType::new(
    "flavor",
    "flavors",
    &[
        ID,
        NAME,
        settable("description").default(Absent::Text("")).valid(Valid::TextOrNone(1024)).filter().sort(),
        set_once("service_type").valid(Valid::Custom(service_type)).filter().sort(),
        settable("service_profiles").default(Absent::EmptyList).valid(Valid::UuidList),
        settable("enabled").default(Absent::True).convert(convert::to_boolean_or_none).filter().sort(),
    ],
);

/// The attribute table of service profiles.
pub static PROFILE: ResourceType = ResourceType::new(
    "service_profile",
    "service_profiles",
    &[
        ID,
        settable("description").default(Absent::Text("")).valid(Valid::TextOrNone(1024)).filter().sort(),
        settable("driver").default(Absent::Text("")).valid(Valid::Text(1024)).filter().sort(),
        settable("metainfo").default(Absent::Text("")).sort(),
        settable("enabled").default(Absent::True).convert(convert::to_boolean_or_none).filter().sort(),
    ],
);

/// The body of `POST /flavors/{id}/service_profiles`.
static BINDING: ResourceType =
    ResourceType::new("service_profile", "service_profiles", &[set_once("id").valid(Valid::Uuid)]);

/// The rows of `GET /flavors/{id}/next_providers`.
static NEXT_PROVIDER: ResourceType = ResourceType::new(
    "next_provider",
    "next_providers",
    &[
        super::attributes::read_only("provider"),
        super::attributes::read_only("driver"),
        super::attributes::read_only("metainfo"),
    ],
);

/// The operations on flavors and service profiles.
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/flavors", "neutron.flavor.list", list::<Flavors>)
        .summary("Lists network flavors.")
        .policy_on_target("get_flavor"),
    post("/flavors", "neutron.flavor.create", create::<Flavors>)
        .summary("Creates a network flavor.")
        .policy_on_target("create_flavor")
        .answers(201),
    get("/flavors/{flavor_id}", "neutron.flavor.show", show::<Flavors>)
        .summary("Shows a network flavor.")
        .policy_on_target("get_flavor"),
    put("/flavors/{flavor_id}", "neutron.flavor.update", update::<Flavors>)
        .summary("Updates a network flavor.")
        .policy_on_target("update_flavor"),
    crate::engine::delete("/flavors/{flavor_id}", "neutron.flavor.delete", delete::<Flavors>)
        .summary("Deletes a network flavor.")
        .policy_on_target("delete_flavor"),
    get("/flavors/{flavor_id}/service_profiles", "neutron.flavor.service_profile.list", list_bound)
        .summary("Lists the service profiles of a flavor.")
        .policy_on_target("get_flavor_service_profile"),
    post("/flavors/{flavor_id}/service_profiles", "neutron.flavor.service_profile.create", bind)
        .summary("Associates a service profile with a flavor.")
        .policy_on_target("create_flavor_service_profile")
        .answers(201),
    get("/flavors/{flavor_id}/service_profiles/{id}", "neutron.flavor.service_profile.show", show_bound)
        .summary("Shows the association of a flavor with a service profile.")
        .policy_on_target("get_flavor_service_profile"),
    put("/flavors/{flavor_id}/service_profiles/{id}", "neutron.flavor.service_profile.update", update_bound)
        .summary("Refuses to update the association of a flavor with a service profile.")
        .policy_on_target("get_flavor_service_profile"),
    crate::engine::delete(
        "/flavors/{flavor_id}/service_profiles/{id}",
        "neutron.flavor.service_profile.delete",
        unbind,
    )
    .summary("Disassociates a service profile from a flavor.")
    .policy_on_target("delete_flavor_service_profile"),
    get("/flavors/{flavor_id}/next_providers", "neutron.flavor.next_provider.list", next_providers)
        .summary("Lists the provider of the next router of a flavor.")
        .policy_on_target("get_flavor"),
    post(
        "/flavors/{flavor_id}/next_providers",
        "neutron.flavor.next_provider.create",
        read_only::create::<NextProviders>,
    )
    .summary("Refuses to create a next provider of a flavor."),
    get(
        "/flavors/{flavor_id}/next_providers/{id}",
        "neutron.flavor.next_provider.show",
        read_only::show::<NextProviders>,
    )
    .summary("Refuses to show a next provider of a flavor."),
    put(
        "/flavors/{flavor_id}/next_providers/{id}",
        "neutron.flavor.next_provider.update",
        read_only::update::<NextProviders>,
    )
    .summary("Refuses to update a next provider of a flavor."),
    crate::engine::delete(
        "/flavors/{flavor_id}/next_providers/{id}",
        "neutron.flavor.next_provider.delete",
        read_only::delete::<NextProviders>,
    )
    .summary("Refuses to delete a next provider of a flavor."),
    get("/service_profiles", "neutron.service_profile.list", list::<Profiles>)
        .summary("Lists service profiles.")
        .policy_on_target("get_service_profile"),
    post("/service_profiles", "neutron.service_profile.create", create::<Profiles>)
        .summary("Creates a service profile.")
        .policy_on_target("create_service_profile")
        .answers(201),
    get("/service_profiles/{id}", "neutron.service_profile.show", show::<Profiles>)
        .summary("Shows a service profile.")
        .policy_on_target("get_service_profile"),
    put("/service_profiles/{id}", "neutron.service_profile.update", update::<Profiles>)
        .summary("Updates a service profile.")
        .policy_on_target("update_service_profile"),
    crate::engine::delete("/service_profiles/{id}", "neutron.service_profile.delete", delete::<Profiles>)
        .summary("Deletes a service profile.")
        .policy_on_target("delete_service_profile"),
];

/// The resource type of flavors.
pub struct Flavors;

impl Resource for Flavors {
    const KIND: &'static ResourceType = &FLAVOR;

    fn rows(neutron: &Neutron) -> &Table<Record> {
        &neutron.flavors
    }

    fn rows_mut(neutron: &mut Neutron) -> &mut Table<Record> {
        &mut neutron.flavors
    }

    fn not_found(id: &str) -> Problem {
        errors::flavor_not_found(id)
    }

    /// Flavors have no owner: everybody sees them.
    fn sees(_call: &Call, _os: &OpenStack, _record: &Record) -> bool {
        true
    }

    fn candidates<'o>(_call: &Call, os: &'o OpenStack, _query: &super::listing::Query) -> Vec<&'o Record> {
        os.neutron.flavors.all().collect()
    }

    fn change(_call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id, body: Body) -> Result<(), Problem> {
        ensure_flavor_unused(os, id)?;
        resource::update_row::<Flavors>(os, ctx, id, &body);
        Ok(())
    }

    fn remove(_call: &Call, os: &mut OpenStack, _ctx: &mut Context, id: &Id) -> Result<(), Problem> {
        ensure_flavor_unused(os, id)?;
        os.neutron.flavors.remove(id);
        Ok(())
    }
}

/// The resource type of service profiles.
pub struct Profiles;

impl Resource for Profiles {
    const KIND: &'static ResourceType = &PROFILE;

    fn rows(neutron: &Neutron) -> &Table<Record> {
        &neutron.service_profiles
    }

    fn rows_mut(neutron: &mut Neutron) -> &mut Table<Record> {
        &mut neutron.service_profiles
    }

    fn not_found(id: &str) -> Problem {
        errors::service_profile_not_found(id)
    }

    /// Profiles have no owner: the policy decides who sees them.
    fn sees(_call: &Call, _os: &OpenStack, _record: &Record) -> bool {
        true
    }

    fn make(_call: &Call, os: &mut OpenStack, ctx: &mut Context, body: Body) -> Result<Id, Problem> {
        // Upstream answers 500 for metainfo that is not a string.
        let has = |name: &str| body.get(name).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
        match has("driver") {
            true => ensure_driver_exists(&body)?,
            false if !has("metainfo") => return Err(errors::service_profile_empty()),
            false => {}
        }
        let record = Record::new(&PROFILE, ctx, &body);
        Ok(resource::insert::<Profiles>(os, record))
    }

    fn change(_call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id, body: Body) -> Result<(), Problem> {
        if body.get("driver").is_some_and(|driver| *driver != "") {
            ensure_driver_exists(&body)?;
        }
        ensure_profile_unused(os, id)?;
        resource::update_row::<Profiles>(os, ctx, id, &body);
        Ok(())
    }

    fn remove(_call: &Call, os: &mut OpenStack, _ctx: &mut Context, id: &Id) -> Result<(), Problem> {
        ensure_profile_unused(os, id)?;
        os.neutron.service_profiles.remove(id);
        Ok(())
    }
}

struct NextProviders;

impl ListOnly for NextProviders {
    const KIND: &'static ResourceType = &NEXT_PROVIDER;
}

/// The types of this cloud's plugins (`get_plugin_type`).
const SERVICE_TYPES: [&str; 18] = [
    "CONNTRACKHELPER",
    "CORE",
    "FLAVORS",
    "L3_ROUTER_NAT",
    "LOCAL_IP",
    "LOGGING",
    "METERING",
    "NDPPROXY",
    "NETWORK_SEGMENT_RANGE",
    "PORTFORWARDING",
    "QOS",
    "TAG",
    "auto-allocated-topology",
    "network-ip-availability",
    "revision_plugin",
    "segments",
    "timestamp",
    "trunk",
];

/// Accepts the type of any plugin (`validate_service_plugin_type`).
fn service_type(value: &Value) -> Result<(), Problem> {
    let known = value.as_str().is_some_and(|text| SERVICE_TYPES.contains(&text));
    if known { Ok(()) } else { Err(errors::invalid_flavor_type(&str(value))) }
}

fn ensure_driver_exists(body: &Body) -> Result<(), Problem> {
    let driver = body.get("driver").and_then(Value::as_str).unwrap_or_default();
    service_providers::by_driver(driver).map(drop).ok_or_else(|| errors::driver_not_found(driver))
}

fn ensure_flavor_unused(os: &OpenStack, id: &str) -> Result<(), Problem> {
    let used = os.neutron.routers.by(&routers::BY_FLAVOR, id).next().is_some();
    if used { Err(errors::flavor_in_use(id)) } else { Ok(()) }
}

fn ensure_profile_unused(os: &OpenStack, id: &str) -> Result<(), Problem> {
    let used = os.neutron.flavors.all().any(|flavor| flavor.texts("service_profiles").any(|one| one == id));
    if used { Err(errors::service_profile_in_use(id)) } else { Ok(()) }
}

/// The flavor in the path, if it is associated with the profile in the path.
fn bound<'o>(call: &Call, os: &'o OpenStack) -> Result<&'o Record, Problem> {
    let (flavor, profile) = (call.param("flavor_id"), call.param("id"));
    let found = os.neutron.flavors.get(flavor);
    let found = found.filter(|record| record.texts("service_profiles").any(|one| one == profile));
    found.ok_or_else(|| errors::profile_not_bound(profile, flavor))
}

fn list_bound(call: &Call, os: &OpenStack) -> Answer {
    super::listing::filters(call, &BINDING)?;
    let flavor = find::<Flavors>(call, os, call.param("flavor_id"))?;
    Ok(Response::many("service_profiles", flavor.texts("service_profiles"), |o, id| o.set("id", id)))
}

fn bind(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let (bodies, _) = resource::bodies(call, &BINDING)?;
    members::allowed(call, "create_flavor_service_profile")?;
    let flavor = find::<Flavors>(call, os, call.param("flavor_id"))?.clone();
    let profile = bodies.first().and_then(|body| body.get("id")).and_then(Value::as_str).unwrap_or_default();
    if flavor.texts("service_profiles").any(|one| one == profile) {
        return Err(errors::profile_already_bound(profile, &flavor.id));
    }
    find::<Profiles>(call, os, profile)?;
    let profiles: Vec<_> = flavor.texts("service_profiles").chain([profile]).collect();
    set_profiles(os, ctx, &flavor.id, json!(profiles));
    members::answer::<Flavors>(call, os, &flavor.id, &[])
}

fn show_bound(call: &Call, os: &OpenStack) -> Answer {
    let flavor = bound(call, os)?;
    Ok(Response::one("service_profile", |o| {
        o.set("service_profile_id", call.param("id"));
        o.set("flavor_id", &flavor.id);
    }))
}

/// Associations have no attributes to update. Upstream answers 500.
fn update_bound(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let body = call.json.get("service_profile").unwrap_or(&Value::Null);
    super::attributes::prepare(call, &BINDING, body, false)?;
    bound(call, os)?;
    Err(errors::method_not_allowed())
}

fn unbind(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let flavor = bound(call, os)?.clone();
    members::allowed(call, "delete_flavor_service_profile")?;
    let profiles: Vec<_> = flavor.texts("service_profiles").filter(|one| *one != call.param("id")).collect();
    set_profiles(os, ctx, &flavor.id, json!(profiles));
    Ok(Response::empty())
}

fn set_profiles(os: &mut OpenStack, ctx: &Context, flavor: &str, profiles: Value) {
    if let Some(record) = os.neutron.flavors.get_mut(flavor) {
        record.set("service_profiles", profiles);
        record.bump(ctx.now());
    }
}

/// Lists the provider that the next router of this flavor gets.
fn next_providers(call: &Call, os: &OpenStack) -> Answer {
    super::listing::filters(call, &NEXT_PROVIDER)?;
    let flavor = find::<Flavors>(call, os, call.param("flavor_id"))?;
    let (provider, driver) = next_provider(os, flavor)?;
    Ok(Response::many("next_providers", [provider], |o, provider| {
        o.set("provider", provider.name);
        o.set("driver", driver);
    }))
}

/// The provider of the next router of a flavor, and its driver: those of the flavor's first profile
/// (`get_flavor_next_provider`).
pub fn next_provider<'o>(os: &'o OpenStack, flavor: &Record) -> Result<(&'static Provider, &'o str), Problem> {
    let first = flavor.texts("service_profiles").next().ok_or_else(|| errors::profile_not_bound("", &flavor.id))?;
    let profile = os.neutron.service_profiles.get(first).ok_or_else(|| errors::service_profile_not_found(first))?;
    if !profile.flag("enabled") {
        return Err(errors::service_profile_disabled());
    }
    let driver = profile.text("driver");
    let provider = service_providers::by_driver(driver).ok_or_else(|| errors::driver_not_found(driver))?;
    Ok((provider, driver))
}
