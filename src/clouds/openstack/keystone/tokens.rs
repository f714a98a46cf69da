//! Tokens: who somebody is and what they may act on, for a while.

use super::super::OpenStack;
use super::super::times::MicrosZ;
use super::assignments::{self, Target};
use super::errors;
use crate::engine::{Answer, Call, Caller, Id, List, Operation, Response, Row, Sim, post};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Operation<OpenStack>] =
    &[post("/auth/tokens", "keystone.token.create", create).public().answers(201)];

/// The methods that are switched on (upstream's `[auth] methods`).
pub const METHODS: [&str; 8] =
    ["external", "password", "token", "oauth1", "mapped", "application_credential", "oauth2_credential", "totp"];

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Token {
    pub id: Id,
    pub user: Id,
    pub project: Option<Id>,
    pub roles: Vec<Id>,
    pub issued: DateTime<Utc>,
    pub expires: DateTime<Utc>,
}

impl Row for Token {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.user
    }
}

impl Token {
    pub fn caller(&self) -> Caller {
        Caller {
            user: Some(self.user.clone()),
            project: self.project.clone(),
            roles: self.roles.clone(),
            token: Some(self.id.clone()),
            ..Caller::default()
        }
    }
}

fn create(call: &Call, os: &mut OpenStack, sim: &mut Sim) -> Answer {
    let auth = call.json.get("auth").ok_or_else(|| errors::expecting("auth", "request body"))?;
    let asked = &auth["identity"]["password"]["user"];
    let named = |user: &&super::users::User| asked["name"] == user.name.as_str() || asked["id"] == *user.id;
    let user = os.keystone.users.all().find(named).ok_or_else(errors::unauthorized)?.clone();
    if user.password.as_deref() != asked["password"].as_str() {
        return Err(errors::unauthorized());
    }
    let project = os.keystone.projects.of(&user.domain).find(|project| project.name == user.name);
    let project = project.ok_or_else(errors::unauthorized)?.id.clone();
    let roles = assignments::roles_of(os, &user.id, &Target::Project(project.clone()));
    let roles = roles.iter().map(|role| role.name.as_str().into()).collect();
    let token = Token {
        id: format!("gAAAAAB{}", URL_SAFE_NO_PAD.encode(sim.bytes::<96>())).into(),
        user: user.id.clone(),
        project: Some(project),
        roles,
        issued: sim.now(),
        expires: sim.now() + TimeDelta::hours(1),
    };
    os.keystone.tokens.insert(token.clone());
    let response = Response::one("token", |o| {
        o.list("methods", |list| list.push("password"));
        o.object("user", |o| {
            o.object("domain", |o| {
                o.set("id", "default");
                o.set("name", "Default");
            });
            o.set("id", &user.id);
            o.set("name", &user.name);
            o.set("password_expires_at", ());
        });
        o.set("expires_at", MicrosZ(token.expires));
        o.set("issued_at", MicrosZ(token.issued));
        o.object("project", |o| {
            o.object("domain", |o| {
                o.set("id", "default");
                o.set("name", "Default");
            });
            o.set("id", &token.project);
            o.set("name", &user.name);
        });
        o.each("roles", &token.roles, |o, role| {
            o.set("id", role);
            o.set("name", role);
        });
        o.list("catalog", |list| catalog(list, call, os));
    });
    Ok(response.header("X-Subject-Token", &*token.id))
}

fn catalog(list: &mut List, call: &Call, os: &OpenStack) {
    for (kind, service, path) in
        [("identity", "keystone", "/v3"), ("block-storage", "cinder", "/v3"), ("volumev3", "cinder", "/v3")]
    {
        let Some(base) = call.base_of(service) else { continue };
        list.object(|o| {
            o.each("endpoints", ["internal", "public", "admin"], |o, interface| {
                o.set("id", interface);
                o.set("interface", interface);
                o.set("region_id", &os.site.region);
                o.set("url", format_args!("{base}{path}"));
                o.set("region", &os.site.region);
            });
            o.set("id", kind);
            o.set("type", kind);
            o.set("name", service);
        });
    }
}
