//! Trusts: a user delegates some roles on a project to another user (OS-TRUST, keystone/api/trusts.py).

mod create;

use super::super::OpenStack;
use super::super::times::MicrosZ;
use super::assignments::Target;
use super::assignments::effective::{roles_of, with_implied};
use super::collections::{Collection, link};
use super::roles::Role;
use super::tokens::{HeldRole, validity};
use super::{errors, policy, tokens};
use crate::engine::{Answer, Call, Context, Id, Index, Object, Operation, Problem, Response, Row, delete, get, post};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

const ONE: &str = "/OS-TRUST/trusts/{trust_id}";

/// `/OS-TRUST/trusts`
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/OS-TRUST/trusts", "keystone.trust.list", list)
        .summary("Lists trusts.")
        .policy_on_target("identity:list_trusts"),
    post("/OS-TRUST/trusts", "keystone.trust.create", create::create)
        .summary("Creates a trust.")
        .body::<create::Request>()
        .answers(201)
        .policy_on_target("identity:create_trust"),
    get(ONE, "keystone.trust.show", show).summary("Shows a trust.").policy_on_target("identity:get_trust"),
    delete(ONE, "keystone.trust.delete", remove).summary("Deletes a trust.").policy_on_target("identity:delete_trust"),
    get("/OS-TRUST/trusts/{trust_id}/roles", "keystone.trust.role.list", list_roles)
        .summary("Lists the roles of a trust.")
        .policy_on_target("identity:list_roles_for_trust"),
    get("/OS-TRUST/trusts/{trust_id}/roles/{role_id}", "keystone.trust.role.show", show_role)
        .summary("Shows a role of a trust.")
        .policy_on_target("identity:get_role_for_trust"),
];

/// A delegation of roles.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Trust {
    pub id: Id,
    /// The user who delegates.
    pub trustor: Id,
    /// The user who is delegated to.
    pub trustee: Id,
    /// The project that the roles are on. `None` for a trust without roles.
    pub project: Option<Id>,
    /// Role ids.
    pub roles: Vec<Id>,
    /// True if its tokens have the trustor as user.
    pub impersonation: bool,
    /// `None` if it never expires.
    pub expires: Option<DateTime<Utc>>,
    /// How many tokens can still be issued for it. `None` for any number.
    pub remaining_uses: Option<u32>,
    /// How many times it can be redelegated, each time from the previous trust.
    pub redelegation_count: u32,
    /// The trust that this one redelegates.
    pub redelegated: Option<Id>,
}

/// Finds the trusts of a user, as trustor or trustee, or of a project.
pub const BY_PARTY: Index<Trust> = Index::new("party", |trust, key| {
    let parties = [Some(&trust.trustor), Some(&trust.trustee), trust.project.as_ref()];
    parties.into_iter().flatten().for_each(|id| key(id));
});
const BY_REDELEGATED: Index<Trust> =
    Index::new("redelegated", |trust, key| trust.redelegated.as_deref().into_iter().for_each(key));

impl Row for Trust {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.trustor
    }
    fn indexes(&self) -> &'static [Index<Self>] {
        &[BY_PARTY, BY_REDELEGATED]
    }
}

impl Trust {
    /// The user of its tokens.
    pub fn acting_user(&self) -> &Id {
        if self.impersonation { &self.trustor } else { &self.trustee }
    }
}

/// Finds a trust that has not expired or been used up. Fails with 404.
pub fn find<'o>(os: &'o OpenStack, id: &str, now: DateTime<Utc>) -> Result<&'o Trust, Problem> {
    let usable = |trust: &&Trust| trust.remaining_uses != Some(0) && trust.expires.is_none_or(|end| end > now);
    os.keystone.trusts.get(id).filter(usable).ok_or_else(|| errors::could_not_find("trust", id))
}

/// The roles of a token of the trust. Fails with 403 if the trustor no longer has one of them.
pub fn delegated_roles(os: &OpenStack, trust: &Trust) -> Result<Vec<HeldRole>, Problem> {
    let Some(project) = &trust.project else { return Ok(vec![]) };
    let held = roles_of(os, &trust.trustor, &Target::Project(project.clone()));
    let mut delegated = with_implied(os, trust.roles.iter().cloned());
    delegated.retain(|id| os.keystone.roles.get(id).is_some_and(|role| role.domain.is_none()));
    if delegated.iter().any(|id| !held.iter().any(|role| role.id == *id)) {
        return Err(errors::forbidden());
    }
    let roles = held.into_iter().filter(|role| delegated.contains(&role.id));
    Ok(roles.map(|role| HeldRole { id: role.id.clone(), name: role.name.as_str().into() }).collect())
}

/// Fails with 403 for tokens of an application credential.
fn check_not_delegated(call: &Call, os: &OpenStack) -> Result<(), Problem> {
    let token = tokens::of_caller(call, os);
    if token.is_some_and(|token| token.application_credential.is_some()) {
        return Err(errors::forbidden_action("Delegated tokens cannot manage trusts."));
    }
    Ok(())
}

/// Finds the trust in the path, then enforces the policy. A missing trust is 404 for everyone.
fn find_authorized<'o>(call: &Call, os: &'o OpenStack) -> Result<&'o Trust, Problem> {
    let trust = find(os, call.param("trust_id"), call.now)?;
    let (trustor, trustee) = (&*trust.trustor, &*trust.trustee);
    policy::enforce(call, &[("target.trust.trustor_user_id", trustor), ("target.trust.trustee_user_id", trustee)])?;
    check_not_delegated(call, os)?;
    Ok(trust)
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let filter = |name| call.query(name).filter(|user| !user.is_empty());
    let (trustor, trustee) = (filter("trustor_user_id"), filter("trustee_user_id"));
    match (trustor, trustee) {
        (Some(user), _) => {
            policy::enforce_rule(call, "identity:list_trusts_for_trustor", &[("target.trust.trustor_user_id", user)])?
        }
        (None, Some(user)) => {
            policy::enforce_rule(call, "identity:list_trusts_for_trustee", &[("target.trust.trustee_user_id", user)])?
        }
        (None, None) => policy::enforce(call, &[])?,
    }
    check_not_delegated(call, os)?;
    // Upstream lists all trusts only if there is no query at all.
    let trusts: Box<dyn Iterator<Item = &Trust>> = match (trustor, trustee) {
        (Some(user), _) => Box::new(os.keystone.trusts.of(user).rev()),
        (None, Some(user)) => {
            Box::new(os.keystone.trusts.by(&BY_PARTY, user).rev().filter(move |trust| *trust.trustee == *user))
        }
        (None, None) => Box::new(os.keystone.trusts.all().rev().filter(|_| call.query.is_empty())),
    };
    Ok(Collection::new(call, "trusts").show(trusts, |o, trust| {
        attributes(o, trust);
        link(o, call, &format!("/OS-TRUST/trusts/{}", trust.id));
    }))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let trust = find_authorized(call, os)?;
    Ok(Response::one("trust", |o| view(o, call, os, trust)))
}

fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let id = find_authorized(call, os)?.id.clone();
    forget(os, &id);
    Ok(Response::empty())
}

/// Deletes a trust and its redelegations, and makes their tokens unusable.
pub fn forget(os: &mut OpenStack, id: &Id) {
    let Some(trust) = os.keystone.trusts.remove(id) else { return };
    let redelegations: Vec<Id> = {
        let children = os.keystone.trusts.by(&BY_REDELEGATED, id);
        children.map(|trust| trust.id.clone()).collect()
    };
    redelegations.iter().for_each(|child| forget(os, child));
    validity::reassess_user(os, trust.acting_user());
}

/// Deletes the trusts of a user or project that is being deleted.
pub fn forget_of(os: &mut OpenStack, user_or_project: &str) {
    let ids: Vec<Id> = os.keystone.trusts.by(&BY_PARTY, user_or_project).map(|trust| trust.id.clone()).collect();
    ids.iter().for_each(|id| forget(os, id));
}

fn roles<'o>(os: &'o OpenStack, trust: &'o Trust) -> impl Iterator<Item = &'o Role> {
    trust.roles.iter().filter_map(|id| os.keystone.roles.get(id))
}

fn list_roles(call: &Call, os: &OpenStack) -> Answer {
    let trust = find_authorized(call, os)?;
    Ok(Response::object(|o| {
        o.each("roles", roles(os, trust), |o, role| view_role(o, call, role));
        o.object("links", |o| roles_links(o, call, trust));
    }))
}

fn show_role(call: &Call, os: &OpenStack) -> Answer {
    let trust = find_authorized(call, os)?;
    let id = call.param("role_id");
    let role = roles(os, trust).find(|role| &*role.id == id).ok_or_else(|| errors::could_not_find("role", id))?;
    Ok(Response::one("role", |o| view_role(o, call, role)))
}

fn view(o: &mut Object, call: &Call, os: &OpenStack, trust: &Trust) {
    o.each("roles", roles(os, trust), |o, role| view_role(o, call, role));
    attributes(o, trust);
    o.object("roles_links", |o| roles_links(o, call, trust));
    link(o, call, &format!("/OS-TRUST/trusts/{}", trust.id));
}

fn attributes(o: &mut Object, trust: &Trust) {
    o.set("id", &trust.id);
    o.set("trustor_user_id", &trust.trustor);
    o.set("trustee_user_id", &trust.trustee);
    o.set("project_id", &trust.project);
    o.set("impersonation", trust.impersonation);
    o.set("expires_at", trust.expires.map(MicrosZ));
    o.set("remaining_uses", trust.remaining_uses);
    o.set("deleted_at", ());
    o.set("redelegated_trust_id", &trust.redelegated);
    o.set("redelegation_count", trust.redelegation_count);
}

/// Upstream leaves the collection out of this address.
fn roles_links(o: &mut Object, call: &Call, trust: &Trust) {
    o.set("self", format_args!("{}/v3/{}/roles", call.base(), trust.id));
    o.set("next", ());
    o.set("previous", ());
}

fn view_role(o: &mut Object, call: &Call, role: &Role) {
    role.attributes(o);
    link(o, call, &format!("/roles/{}", role.id));
}
