//! Server groups: policies that place servers on the same host or on different hosts
//! (nova/api/openstack/compute/server_groups.py).

use super::super::OpenStack;
use super::flavors::nothing_since_2_102;
use super::parameter_types::{Optional, Positive, StrictName};
use super::policy::{self, POLICY};
use super::{errors, paging, quotas};
use crate::engine::{self, Answer, Call, Context, Id, Index, Object, Operation, Problem, Response, Row, get, post};
use chrono::{DateTime, Utc};
use schemars::{JsonSchema, Schema, json_schema};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/os-server-groups", "nova.server_group.list", list)
        .summary("Lists server groups.")
        .query(list_query)
        .policy("os_compute_api:os-server-groups:index"),
    post("/os-server-groups", "nova.server_group.create", create)
        .summary("Creates a server group.")
        .body::<CreateRequest>()
        .policy("os_compute_api:os-server-groups:create"),
    get("/os-server-groups/{group_id}", "nova.server_group.show", show)
        .summary("Shows a server group.")
        .query(nothing_since_2_102)
        .policy_on_target("os_compute_api:os-server-groups:show"),
    engine::delete("/os-server-groups/{group_id}", "nova.server_group.delete", remove)
        .summary("Deletes a server group.")
        .policy_on_target("os_compute_api:os-server-groups:delete"),
];

/// A row of the `instance_groups` table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ServerGroup {
    pub id: Id,
    pub project: Id,
    pub user: Id,
    pub name: String,
    pub policy: Policy,
    /// The number of members that a host may have under the anti-affinity policy; one if not set.
    pub max_server_per_host: Option<i64>,
    /// The ids of the existing servers in the group.
    pub members: Vec<Id>,
    pub created: DateTime<Utc>,
}

/// The placement policy of a group. The soft policies are preferences only.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline, extend("type" = "string"))]
pub enum Policy {
    AntiAffinity,
    Affinity,
    SoftAntiAffinity,
    SoftAffinity,
}

/// The server groups that a server is a member of.
pub const BY_MEMBER: Index<ServerGroup> =
    Index::new("members", |group, key| group.members.iter().for_each(|id| key(id)));

impl Row for ServerGroup {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.project
    }
    fn indexes(&self) -> &'static [Index<Self>] {
        &[BY_MEMBER]
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateRequest {
    server_group: Create,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("required" = ["name", "policies"], "x-from" = {"2.64": {"required": ["name", "policy"]}}))]
struct Create {
    name: StrictName,
    #[serde(default)]
    policies: Policies,
    #[serde(default)]
    #[schemars(extend("x-since" = "2.64"))]
    policy: Optional<Policy>,
    #[serde(default)]
    #[schemars(extend("x-since" = "2.64"))]
    rules: Optional<Rules>,
}

/// A list of exactly one policy. Microversion 2.15 added the soft policies.
#[derive(Default, Deserialize, JsonSchema)]
#[schemars(inline, extend(
    "x-until" = "2.63",
    "prefixItems" = [{
        "type": "string",
        "enum": ["anti-affinity", "affinity"],
        "x-from": {"2.15": {"enum": ["anti-affinity", "affinity", "soft-anti-affinity", "soft-affinity"]}},
    }],
    "uniqueItems" = true,
    "minItems" = 1,
    "maxItems" = 1,
))]
struct Policies(#[schemars(with = "Vec<serde_json::Value>")] Vec<Policy>);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct Rules {
    #[serde(default)]
    max_server_per_host: Optional<Positive>,
}

fn list_query() -> Schema {
    let number = json_schema!({"type": "string", "pattern": "^[0-9]*$", "minLength": 1});
    json_schema!({
        "type": "object",
        "properties": {"all_projects": {"type": "string"}, "limit": number, "offset": number},
        "additionalProperties": true,
        "x-from": {"2.75": {"additionalProperties": false}},
    })
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let (offset, limit) = paging::slice(call);
    let all = policy::is_admin(call) && call.last_query("all_projects").is_some();
    let groups: Vec<_> = match all {
        true => os.nova.server_groups.all().rev().skip(offset).take(limit).collect(),
        false => os.nova.server_groups.of(&call.project()).rev().skip(offset).take(limit).collect(),
    };
    Ok(Response::many("server_groups", groups, |o, group| view(o, group, call)))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let group = target(call, os)?;
    Ok(Response::one("server_group", |o| view(o, group, call)))
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let project = call.project();
    let allowed = quotas::limit(os, &project, "server_groups");
    if usize::try_from(allowed).is_ok_and(|allowed| os.nova.server_groups.of(&project).count() >= allowed) {
        return Err(errors::too_many_server_groups());
    }
    let request = call.body::<CreateRequest>()?.server_group;
    let rules = request.rules.0.and_then(|rules| rules.max_server_per_host.0).map(|most| most.0);
    let policy = request.policy.0.or_else(|| request.policies.0.first().copied()).unwrap_or(Policy::AntiAffinity);
    if rules.is_some() && policy != Policy::AntiAffinity {
        return Err(errors::rules_without_anti_affinity());
    }
    let group = ServerGroup {
        id: ctx.uuid(),
        project,
        user: call.user(),
        name: request.name.0,
        policy,
        max_server_per_host: rules,
        members: vec![],
        created: ctx.now(),
    };
    let id = os.nova.server_groups.insert(group).id.clone();
    let group = os.nova.server_groups.get(&id).ok_or_else(|| errors::server_group_not_found(&id))?;
    Ok(Response::one("server_group", |o| view(o, group, call)))
}

fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let id = target(call, os)?.id.clone();
    os.nova.server_groups.remove(&id);
    Ok(Response::empty())
}

/// The group of the path. Upstream finds the group before it checks the policy.
fn target<'o>(call: &Call, os: &'o OpenStack) -> Result<&'o ServerGroup, Problem> {
    let id = call.param("group_id");
    let group = os.nova.server_groups.get(id).ok_or_else(|| errors::server_group_not_found(id))?;
    POLICY.enforce(call, &[("project_id", &group.project)])?;
    Ok(group)
}

fn view(o: &mut Object, group: &ServerGroup, call: &Call) {
    o.set("id", &group.id);
    o.set("name", &group.name);
    if call.since(2, 64) {
        o.set("policy", group.policy);
        o.object("rules", |o| {
            if let Some(most) = group.max_server_per_host {
                o.set("max_server_per_host", most);
            }
        });
    } else {
        o.set("policies", [group.policy]);
        o.object("metadata", |_| {});
    }
    o.set("members", &group.members);
    if call.since(2, 13) {
        o.set("project_id", &group.project);
        o.set("user_id", &group.user);
    }
}

/// Adds a server to a group.
pub fn join(os: &mut OpenStack, group: &str, server: &Id) {
    if let Some(group) = os.nova.server_groups.get_mut(group) {
        group.members.push(server.clone());
    }
}

/// Removes a server from a group.
pub fn leave(os: &mut OpenStack, group: &str, server: &Id) {
    if let Some(group) = os.nova.server_groups.get_mut(group) {
        group.members.retain(|member| member != server);
    }
}
