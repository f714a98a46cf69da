//! Security groups (neutron/db/securitygroups_db.py). A project gets its group `default` with the first request that
//! needs it.

pub mod protocols;
pub mod rules;

use super::attributes::{Absent, Attribute, Body, ID, PROJECT, ResourceType, read_only, settable};
use super::convert::to_boolean;
use super::listing::Query;
use super::policy::{self, Target};
use super::record::Record;
use super::resource::{Resource, create, delete, insert, list, show, update, update_row};
use super::valid::{self, Valid};
use super::{Neutron, default_security_group_rules, errors, logs, ports, quotas, rbac};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Table, get, get_changing, post, put};
use serde_json::{Value, json};

/// The operations on security groups.
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get_changing("/security-groups", "neutron.security_group.list", list_groups)
        .summary("Lists security groups.")
        .policy_on_target("get_security_group"),
    post("/security-groups", "neutron.security_group.create", create::<SecurityGroups>)
        .summary("Creates a security group.")
        .policy_on_target("create_security_group")
        .answers(201),
    get("/security-groups/{id}", "neutron.security_group.show", show::<SecurityGroups>)
        .summary("Shows a security group.")
        .policy_on_target("get_security_group"),
    put("/security-groups/{id}", "neutron.security_group.update", update::<SecurityGroups>)
        .summary("Updates a security group.")
        .policy_on_target("update_security_group"),
    crate::engine::delete("/security-groups/{id}", "neutron.security_group.delete", delete::<SecurityGroups>)
        .summary("Deletes a security group.")
        .policy_on_target("delete_security_group"),
];

/// The attributes of security groups (neutron/extensions/securitygroup.py) and of their extensions.
const ATTRIBUTES: &[Attribute] = &[
    ID,
    settable("name").default(Absent::Text("")).valid(Valid::Custom(not_default)).filter().sort(),
    settable("stateful").default(Absent::Unset).convert(to_boolean).filter(),
    PROJECT,
    read_only("shared").convert(to_boolean).filter().derived(),
    read_only("security_group_rules").derived(),
];

/// The attribute table of security groups.
pub static KIND: ResourceType = ResourceType::new("security_group", "security_groups", ATTRIBUTES).standard().tags();

/// The name of the group that every project has.
pub const DEFAULT: &str = "default";

/// Refuses the name of the default group.
fn not_default(value: &Value) -> Result<(), Problem> {
    if let Some(reason) = valid::text(value, 255) {
        return Err(errors::invalid_attribute("name", &reason));
    }
    let is_default = value.as_str().is_some_and(|name| name.eq_ignore_ascii_case(DEFAULT));
    if is_default { Err(errors::default_group_exists()) } else { Ok(()) }
}

/// The resource type of security groups.
pub struct SecurityGroups;

impl Resource for SecurityGroups {
    const KIND: &'static ResourceType = &KIND;

    fn rows(neutron: &Neutron) -> &Table<Record> {
        &neutron.security_groups
    }

    fn rows_mut(neutron: &mut Neutron) -> &mut Table<Record> {
        &mut neutron.security_groups
    }

    fn not_found(id: &str) -> Problem {
        errors::security_group_not_found(id)
    }

    fn sees(call: &Call, os: &OpenStack, record: &Record) -> bool {
        rbac::sees(call, os, record)
    }

    fn candidates<'o>(call: &Call, os: &'o OpenStack, _query: &Query) -> Vec<&'o Record> {
        let rows = &os.neutron.security_groups;
        if policy::is_admin(call) {
            return rows.all().collect();
        }
        let project = call.project();
        let shared = rbac::shared_objects(os, "security_group", &project).filter_map(|id| rows.get(id));
        rows.of(&project).chain(shared.filter(|group| *group.project != *project)).collect()
    }

    fn target(call: &Call, os: &OpenStack, record: &Record) -> Target {
        Target::of(&record.project).flag("shared", rbac::is_shared(call, os, &record.id))
    }

    fn derive(call: &Call, os: &OpenStack, record: &Record, name: &str) -> Option<Value> {
        Some(match name {
            "shared" => json!(rbac::is_shared(call, os, &record.id)),
            _ => {
                let mut all: Vec<_> = rules::of_group(os, &record.id).collect();
                all.sort_unstable_by(|one, other| one.id.cmp(&other.id));
                all.into_iter().map(|rule| rules::shown_in_group(call, os, rule)).collect()
            }
        })
    }

    fn make(_call: &Call, os: &mut OpenStack, ctx: &mut Context, body: Body) -> Result<Id, Problem> {
        let project = body.get("project_id").and_then(Value::as_str).unwrap_or_default().to_owned();
        default_of(os, ctx, &project);
        let rules = default_security_group_rules::of_new_group(os, false).len();
        quotas::enforce_count(os, &project, "security_group_rule", rules)?;
        Ok(add(os, ctx, body, false))
    }

    fn change(_call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id, body: Body) -> Result<(), Problem> {
        let Some(group) = os.neutron.security_groups.get(id) else { return Ok(()) };
        let changes_state = body.get("stateful").is_some_and(|stateful| stateful != group.get("stateful"));
        if changes_state && is_used(os, id) {
            return Err(errors::security_group_in_use(id));
        }
        if group.text("name") == DEFAULT && body.contains_key("name") {
            return Err(errors::default_group_update());
        }
        update_row::<SecurityGroups>(os, ctx, id, &body);
        Ok(())
    }

    fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context, id: &Id) -> Result<(), Problem> {
        if is_used(os, id) {
            return Err(errors::security_group_in_use(id));
        }
        let is_default = os.neutron.security_groups.get(id).is_some_and(|group| group.text("name") == DEFAULT);
        if is_default && !policy::is_admin(call) {
            return Err(errors::default_group_removal());
        }
        let rules: Vec<Id> = rules::of_group(os, id).map(|rule| rule.id.clone()).collect();
        rules.iter().for_each(|rule| rules::forget(os, rule));
        // Rules of other groups that let this one's members in go with it.
        let remote = os.neutron.security_group_rules.by(&rules::BY_REMOTE_GROUP, id);
        let remote: Vec<Id> = remote.map(|rule| rule.id.clone()).collect();
        remote.iter().for_each(|rule| rules::forget(os, rule));
        logs::delete_of(os, "resource_id", id);
        rbac::forget(os, id);
        os.neutron.security_groups.remove(id);
        Ok(())
    }
}

/// Lists security groups. This creates the default group of the project.
fn list_groups(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let project = call.query("project_id").or_else(|| call.query("tenant_id")).map(str::to_owned);
    let project = project.filter(|_| policy::is_admin(call)).unwrap_or_else(|| call.project().to_string());
    if !project.is_empty() {
        default_of(os, ctx, &project);
    }
    list::<SecurityGroups>(call, os)
}

fn is_used(os: &OpenStack, id: &str) -> bool {
    os.neutron.ports.by(&ports::BY_SECURITY_GROUP, id).next().is_some()
}

/// Inserts a group with the default rules and returns its id.
fn add(os: &mut OpenStack, ctx: &mut Context, mut body: Body, is_default: bool) -> Id {
    let project: Id = body.get("project_id").and_then(Value::as_str).unwrap_or_default().into();
    if !body.contains_key("stateful") {
        body.insert("stateful".into(), default_security_group_rules::is_stateful(os, &project).into());
    }
    let mut group = Record::new(&KIND, ctx, &body);
    group.revision = 1;
    let id = insert::<SecurityGroups>(os, group);
    for template in default_security_group_rules::of_new_group(os, is_default) {
        rules::add_from(os, ctx, &project, &id, &template);
    }
    id
}

/// The id of a project's default group, which is created if it does not exist.
pub fn default_of(os: &mut OpenStack, ctx: &mut Context, project: &str) -> Id {
    if let Some(group) = named(os, project, DEFAULT) {
        return group.id.clone();
    }
    let mut body = Body::new();
    body.insert("name".into(), DEFAULT.into());
    body.insert("description".into(), "Default security group".into());
    body.insert("project_id".into(), project.into());
    add(os, ctx, body, true)
}

/// The oldest group of a project with this name.
pub fn named<'o>(os: &'o OpenStack, project: &str, name: &str) -> Option<&'o Record> {
    os.neutron.security_groups.of(project).rev().find(|group| group.text("name") == name)
}

/// The groups of a project with this id or name, as clients of Nova name them. Several groups can have the same name.
pub fn find_by_id_or_name<'o>(os: &'o OpenStack, project: &str, id_or_name: &str) -> Vec<&'o Record> {
    let rows = &os.neutron.security_groups;
    let visible =
        |group: &&Record| *group.project == *project || rbac::is_shared_with(os, &group.id, rbac::SHARED, project);
    if let Some(group) = rows.get(id_or_name).filter(visible) {
        return vec![group];
    }
    rows.of(project).filter(|group| group.text("name") == id_or_name).collect()
}
