//! Customers: authentication by token, access to each other's resources, and `GET /profile`.

use super::billing;
use super::{Cloudzy, envelope, errors, schemas};
use crate::engine::{Answer, Call, Id, Index, Operation, Problem, Row, get};
use serde::{Deserialize, Serialize};

use super::money::Money;
use super::settings::AccountSettings;

pub const OPERATIONS: &[Operation<Cloudzy>] = &[get("/profile", "cloudzy.profile.show", show)
    .summary("Shows the profile of the account.")
    .response(schemas::profile)];

/// A customer. One with a parent is a sub-account: its parent can access its resources and pays for them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// A UUID, shown as `customerId` and `userId`.
    pub id: Id,
    pub name: String,
    pub email: String,
    pub token: String,
    pub parent: Option<Id>,
    /// Payments minus the cost of charges that have ended. The balance also subtracts the charges that are running:
    /// [`billing::balance`].
    pub credit: Money,
    /// Shown as `numberOfDaysBalanceValidatedAgainst`: the days that the balance must last for.
    pub days: i64,
}

const BY_TOKEN: Index<Account> = Index::new("token", |account, key| key(&account.token));

impl Row for Account {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.id
    }
    fn indexes(&self) -> &'static [Index<Self>] {
        &[BY_TOKEN]
    }
}

/// The accounts of the settings. The settings refer to parents by name.
pub fn seeded(settings: &[AccountSettings]) -> Result<Vec<Account>, String> {
    let id = |account: &AccountSettings| -> Id {
        account.id.as_deref().map_or_else(|| super::catalogue::uuid_of("account", &account.name), Into::into)
    };
    let of = |account: &AccountSettings| {
        let parent = account.parent.as_ref().map(|parent| {
            let found = settings.iter().find(|one| one.name == *parent && one.parent.is_none());
            found
                .map(id)
                .ok_or(format!("account {}: there is no account {parent} that it could belong to", account.name))
        });
        if settings.iter().filter(|one| one.token == account.token || id(one) == id(account)).count() > 1 {
            return Err(format!("two accounts are called {}, or have its token or id", account.name));
        }
        Ok(Account {
            id: id(account),
            name: account.name.clone(),
            email: account.email.clone(),
            token: account.token.clone(),
            parent: parent.transpose()?,
            credit: account.balance,
            days: account.days.clamp(0, 3650),
        })
    };
    settings.iter().map(of).collect()
}

/// The account with this token.
pub fn of_token<'c>(cloud: &'c Cloudzy, token: &str) -> Option<&'c Account> {
    cloud.accounts.by(&BY_TOKEN, token).next().filter(|_| !token.is_empty())
}

/// True if the caller can access what belongs to `owner`: itself or one of its sub-accounts.
pub fn reaches(cloud: &Cloudzy, call: &Call, owner: &str) -> bool {
    let caller = call.caller.user.as_deref().unwrap_or_default();
    caller == owner || cloud.accounts.get(owner).is_some_and(|account| account.parent.as_deref() == Some(caller))
}

/// The customer that a request is for: the caller, or the sub-account that `customerId` names.
pub fn acting(cloud: &Cloudzy, call: &Call, customer: Option<&str>) -> Result<Id, Problem> {
    match customer {
        None => Ok(call.user()),
        Some(customer) => {
            let account = cloud.accounts.get(customer).filter(|account| reaches(cloud, call, &account.id));
            account.map(|account| account.id.clone()).ok_or_else(errors::customer_not_found)
        }
    }
}

/// The account that pays for the resources of `owner`: its parent if it has one, else itself.
pub fn payer(cloud: &Cloudzy, owner: &Id) -> Id {
    let account = cloud.accounts.get(owner);
    account.and_then(|account| account.parent.clone()).unwrap_or_else(|| owner.clone())
}

fn show(call: &Call, cloud: &Cloudzy) -> Answer {
    let account = cloud.accounts.get(&call.user()).ok_or_else(errors::customer_not_found)?;
    let payer = payer(cloud, &account.id);
    Ok(envelope::one("Profile", |o| {
        o.set("id", &account.id);
        o.set("name", &account.name);
        o.set("email", &account.email);
        o.set("parentId", &account.parent);
        o.set("currency", "USD");
        o.set("balance", billing::balance(cloud, &payer, call.now).dollars());
        o.set("activeInstanceCount", billing::active_instances(cloud, &payer));
    }))
}
