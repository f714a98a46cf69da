//! Memberships of users in groups (keystone/api/groups.py).

use super::super::super::{OpenStack, scope};
use super::super::collections::Collection;
use super::super::tokens::validity;
use super::super::users::listing::UserFilters;
use super::super::{errors, policy, users};
use super::{find, find_authorized, target};
use crate::engine::{Answer, Call, Context, Id, Index, Operation, Problem, Response, Row, delete, get, put};
use serde::{Deserialize, Serialize};

const ONE: &str = "/groups/{group_id}/users/{user_id}";

/// `/groups/{group_id}/users`
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/groups/{group_id}/users", "keystone.group.user.list", list)
        .summary("Lists the users of a group.")
        .policy_on_target("identity:list_users_in_group"),
    get(ONE, "keystone.group.user.check", check)
        .summary("Checks that a user is in a group.")
        .policy_on_target("identity:check_user_in_group")
        .answers(204),
    put(ONE, "keystone.group.user.add", add)
        .summary("Adds a user to a group.")
        .policy_on_target("identity:add_user_to_group")
        .answers(204),
    delete(ONE, "keystone.group.user.remove", remove)
        .summary("Removes a user from a group.")
        .policy_on_target("identity:remove_user_from_group"),
];

/// A user in a group.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Membership {
    /// `user/group`
    pub id: Id,
    pub user: Id,
    pub group: Id,
}

/// Finds the memberships of a group.
pub const BY_GROUP: Index<Membership> = Index::new("group", |membership, key| key(&membership.group));

impl Row for Membership {
    fn id(&self) -> &Id {
        &self.id
    }
    /// The user: every login looks up the groups of a user.
    fn owner(&self) -> &Id {
        &self.user
    }
    fn indexes(&self) -> &'static [Index<Self>] {
        &[BY_GROUP]
    }
}

impl Membership {
    /// A membership with the id that follows from its fields.
    pub fn new(user: &Id, group: &Id) -> Self {
        Membership { id: membership_id(user, group), user: user.clone(), group: group.clone() }
    }
}

fn membership_id(user: &str, group: &str) -> Id {
    format!("{user}/{group}").into()
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let group = find_authorized(call, os)?;
    let filters = UserFilters::of_members(call)?;
    let own = scope::domain(&call.caller);
    let members = os.keystone.memberships.by(&BY_GROUP, &group.id).rev();
    let users = members.filter_map(|one| os.keystone.users.get(&one.user));
    let users = users.filter(|user| filters.admit(user) && own.is_none_or(|own| &*user.domain == own));
    Ok(Collection::new(call, "users").show(users, |o, user| users::view(o, call, user)))
}

/// The ids of the user and the group in the path. The policy is enforced first, on those that exist; then a
/// missing group is reported before a missing user.
fn user_and_group(call: &Call, os: &OpenStack) -> Result<(Id, Id), Problem> {
    let (group, user) = (find(os, call.param("group_id")), users::find(os, call.param("user_id")));
    let mut policy_target = vec![];
    policy_target.extend(group.iter().flat_map(|group| target(group)));
    policy_target.extend(user.iter().flat_map(|user| users::target(user)));
    policy::enforce(call, &policy_target)?;
    let (group, user) = (group?.id.clone(), user?.id.clone());
    Ok((user, group))
}

fn check(call: &Call, os: &OpenStack) -> Answer {
    let (user, group) = user_and_group(call, os)?;
    if !os.keystone.memberships.contains(&membership_id(&user, &group)) {
        return Err(errors::not_a_member(&user, &group));
    }
    Ok(Response::empty())
}

fn add(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let (user, group) = user_and_group(call, os)?;
    if !os.keystone.memberships.contains(&membership_id(&user, &group)) {
        os.keystone.memberships.insert(Membership::new(&user, &group));
        validity::reassess_user(os, &user);
    }
    Ok(Response::empty())
}

fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let (user, group) = user_and_group(call, os)?;
    if os.keystone.memberships.remove(&membership_id(&user, &group)).is_none() {
        return Err(errors::not_a_member(&user, &group));
    }
    // All tokens of the user, not only those whose roles came from the group.
    validity::revoke_user(os, &user);
    Ok(Response::empty())
}
