//! Implied roles (keystone/api/roles.py and role_inferences.py).

use super::super::super::OpenStack;
use super::super::collections::link;
use super::super::tokens::validity;
use super::super::{errors, policy};
use super::{Role, find};
use crate::engine::{
    Answer, Call, Context, Id, Index, Object, Operation, Problem, Response, Row, delete, get, head, put,
};
use serde::{Deserialize, Serialize};

const ONE: &str = "/roles/{prior_role_id}/implies/{implied_role_id}";

/// `/roles/{prior_role_id}/implies` and `/role_inferences`
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/roles/{prior_role_id}/implies", "keystone.role.implication.list", list)
        .summary("Lists the roles that a role implies.")
        .policy_on_target("identity:list_implied_roles"),
    head(ONE, "keystone.role.implication.check", check)
        .summary("Checks that a role implies another.")
        .policy_on_target("identity:check_implied_role")
        .answers(204),
    get(ONE, "keystone.role.implication.show", show)
        .summary("Shows that a role implies another.")
        .policy_on_target("identity:get_implied_role"),
    put(ONE, "keystone.role.implication.create", create)
        .summary("Creates an implication of a role by another.")
        .policy_on_target("identity:create_implied_role")
        .answers(201),
    delete(ONE, "keystone.role.implication.delete", remove)
        .summary("Removes the implication of a role by another.")
        .policy_on_target("identity:delete_implied_role"),
    get("/role_inferences", "keystone.role.implication.list_all", list_all)
        .summary("Lists all role implications.")
        .policy("identity:list_role_inference_rules"),
];

/// Who has the role `prior` has the role `implied` too.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Implication {
    /// `prior/implied`
    pub id: Id,
    pub prior: Id,
    pub implied: Id,
}

const BY_ROLE: Index<Implication> =
    Index::new("role", |one, key| [&one.prior, &one.implied].into_iter().for_each(|role| key(role)));

impl Row for Implication {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.prior
    }
    fn indexes(&self) -> &'static [Index<Self>] {
        &[BY_ROLE]
    }
}

impl Implication {
    /// An implication with the id that follows from its roles.
    pub fn new(prior: &Id, implied: &Id) -> Self {
        Implication { id: implication_id(prior, implied), prior: prior.clone(), implied: implied.clone() }
    }
}

fn implication_id(prior: &str, implied: &str) -> Id {
    format!("{prior}/{implied}").into()
}

/// Finds the two roles in the path, then enforces the policy.
fn find_roles<'o>(call: &Call, os: &'o OpenStack) -> Result<(&'o Role, &'o Role), Problem> {
    let (prior, implied) = (find(os, call.param("prior_role_id"))?, find(os, call.param("implied_role_id"))?);
    policy::enforce(call, &[])?;
    Ok((prior, implied))
}

/// Like [`find_roles`]. Fails with 404 if the one does not imply the other.
fn find_implication<'o>(call: &Call, os: &'o OpenStack) -> Result<(&'o Role, &'o Role), Problem> {
    let (prior, implied) = find_roles(call, os)?;
    let exists = os.keystone.implications.contains(&implication_id(&prior.id, &implied.id));
    if exists { Ok((prior, implied)) } else { Err(errors::does_not_imply(&prior.id, &implied.id)) }
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let prior = find(os, call.param("prior_role_id"))?;
    policy::enforce(call, &[])?;
    Ok(Response::object(|o| {
        o.object("role_inference", |o| view_rule(o, call, os, prior));
        link(o, call, &format!("/roles/{}/implies", prior.id));
    }))
}

fn list_all(call: &Call, os: &OpenStack) -> Answer {
    let implies = |role: &&Role| os.keystone.implications.of(&role.id).next().is_some();
    let priors = os.keystone.roles.all().rev().filter(implies);
    Ok(Response::many("role_inferences", priors, |o, prior| view_rule(o, call, os, prior)))
}

fn check(call: &Call, os: &OpenStack) -> Answer {
    find_implication(call, os).map(|_| Response::empty())
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let (prior, implied) = find_implication(call, os)?;
    Ok(view_pair(call, prior, implied))
}

/// `admin` cannot be implied (`[assignment] prohibited_implied_role`), and a global role cannot imply a domain
/// role.
fn create(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let (prior, implied) = find_roles(call, os)?;
    if implied.name == "admin" || (prior.domain.is_none() && implied.domain.is_some()) {
        return Err(errors::cannot_be_implied(&implied.id));
    }
    let row = Implication::new(&prior.id, &implied.id);
    if os.keystone.implications.contains(&row.id) {
        return Err(errors::implication_exists());
    }
    let answer = view_pair(call, prior, implied);
    os.keystone.implications.insert(row);
    validity::reassess_all(os);
    Ok(answer)
}

fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let (prior, implied) = find_implication(call, os)?;
    let id = implication_id(&prior.id, &implied.id);
    os.keystone.implications.remove(&id);
    validity::reassess_all(os);
    Ok(Response::empty())
}

/// Deletes all implications that a role is part of.
pub fn forget(os: &mut OpenStack, role: &Id) {
    let implications = os.keystone.implications.by(&BY_ROLE, role);
    let ids: Vec<Id> = implications.map(|one| one.id.clone()).collect();
    for id in ids {
        os.keystone.implications.remove(&id);
    }
}

fn view_pair(call: &Call, prior: &Role, implied: &Role) -> Response {
    Response::object(|o| {
        o.object("role_inference", |o| {
            o.object("prior_role", |o| view_role(o, call, prior));
            o.object("implies", |o| view_role(o, call, implied));
        });
        link(o, call, &format!("/roles/{}/implies/{}", prior.id, implied.id));
    })
}

fn view_rule(o: &mut Object, call: &Call, os: &OpenStack, prior: &Role) {
    let implied = os.keystone.implications.of(&prior.id).filter_map(|one| os.keystone.roles.get(&one.implied));
    o.object("prior_role", |o| view_role(o, call, prior));
    o.each("implies", implied, |o, role| view_role(o, call, role));
}

fn view_role(o: &mut Object, call: &Call, role: &Role) {
    o.set("id", &role.id);
    o.set("name", &role.name);
    link(o, call, &format!("/roles/{}", role.id));
}
