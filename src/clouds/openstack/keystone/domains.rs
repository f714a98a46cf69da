//! Domains, which own users, groups and projects (keystone/api/domains.py). They are stored as projects that
//! act as domains.

use super::super::parameter_types::Optional;
use super::super::{OpenStack, scope};
use super::collections::{Collection, Filters, link};
use super::parameter_types::{
    Boolean, Change, Description, IdString, ProjectName, ResourceOptions, Tags, merge_options, normalized,
};
use super::projects::update::{Changes, apply_changes};
use super::projects::{self, Project, removal, without};
use super::{errors, policy};
use crate::engine::{Answer, Call, Context, Id, Object, Operation, Problem, Response, delete, get, patch, post};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value, json};

const ALL: &str = "/domains";
const ONE: &str = "/domains/{domain_id}";

/// `/domains`
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get(ALL, "keystone.domain.list", list)
        .summary("Lists domains.")
        .policy_on_target("identity:list_domains")
        .query(query),
    post(ALL, "keystone.domain.create", create)
        .summary("Creates a domain.")
        .policy("identity:create_domain")
        .body::<CreateRequest>()
        .answers(201),
    get(ONE, "keystone.domain.show", show).summary("Shows a domain.").policy_on_target("identity:get_domain"),
    patch(ONE, "keystone.domain.update", update)
        .summary("Updates a domain.")
        .policy_on_target("identity:update_domain")
        .body::<UpdateRequest>(),
    delete(ONE, "keystone.domain.delete", remove)
        .summary("Deletes a domain.")
        .policy_on_target("identity:delete_domain"),
];

/// Finds a domain by id. Fails with 404.
pub fn find<'o>(os: &'o OpenStack, id: &str) -> Result<&'o Project, Problem> {
    let found = os.keystone.projects.get(id).filter(|project| project.is_domain);
    found.ok_or_else(|| errors::could_not_find("domain", id))
}

fn query() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {
            "enabled": Boolean::json_schema(&mut SchemaGenerator::default()),
            "name": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": r"[\S]+"},
        },
    })
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let own = scope::domain(&call.caller);
    policy::enforce(call, own.map(|own| ("target.domain.id", own)).as_slice())?;
    let filters = Filters::of(call, &["name", "enabled"]);
    let visible = |domain: &&Project| {
        domain.is_domain && own.is_none_or(|own| &*domain.id == own) && filters.admit(|name| attribute(domain, name))
    };
    let projects = &os.keystone.projects;
    let domains = projects.all().filter(visible);
    Collection::new(call, "domains").show_page(projects, domains, true, |o, domain| view(o, call, domain))
}

fn attribute(domain: &Project, name: &str) -> Value {
    match name {
        "name" => json!(domain.name),
        "enabled" => json!(domain.enabled),
        _ => Value::Null,
    }
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let found = find(os, call.param("domain_id"));
    match &found {
        Ok(domain) => policy::enforce(call, &[("target.domain.id", &domain.id)])?,
        Err(_) => policy::enforce(call, &[])?,
    }
    let domain = found?;
    Ok(Response::one("domain", |o| view(o, call, domain)))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateRequest {
    domain: NewDomain,
}

#[derive(Deserialize, JsonSchema)]
struct NewDomain {
    #[serde(default)]
    explicit_domain_id: Optional<IdString>,
    #[serde(default)]
    description: Change<Description>,
    #[serde(default)]
    enabled: Optional<Boolean>,
    name: ProjectName,
    #[serde(default)]
    options: Optional<ResourceOptions>,
    #[serde(default)]
    tags: Optional<Tags>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let new = call.body::<CreateRequest>()?.domain;
    let id: Id = match new.explicit_domain_id.0 {
        Some(id) if is_hex_id(&id.0) => id.0.into(),
        Some(_) => return Err(errors::invalid_domain_id()),
        None => ctx.hex_id(),
    };
    let mut options = Map::new();
    merge_options(&mut options, new.options.0.unwrap_or_default().0);
    let domain = Project {
        id,
        name: new.name.0.trim().to_owned(),
        domain: None,
        parent: None,
        description: new.description.0.map_or_else(|| Some(String::new()), |text| text.map(|text| text.0)),
        enabled: new.enabled.is_none_or(|flag| flag.0),
        is_domain: true,
        tags: new.tags.0.map(Tags::texts).unwrap_or_default(),
        options,
        extra: normalized(without(new.extra, &["id", "links", "domain_id", "parent_id", "is_domain"])),
    };
    let domain = projects::add(os, domain)?;
    Ok(Response::one("domain", |o| view(o, call, domain)))
}

/// True for a UUID without hyphens, the form of Keystone's own ids.
fn is_hex_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateRequest {
    domain: DomainChanges,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(extend("minProperties" = 1))]
struct DomainChanges {
    #[serde(default)]
    description: Change<Description>,
    #[serde(default)]
    enabled: Optional<Boolean>,
    #[serde(default)]
    name: Optional<ProjectName>,
    #[serde(default)]
    options: Optional<ResourceOptions>,
    #[serde(default)]
    tags: Optional<Tags>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

fn update(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let id = find(os, call.param("domain_id"))?.id.clone();
    policy::enforce(call, &[("target.domain.id", &id)])?;
    let request = call.body::<UpdateRequest>()?.domain;
    let changes = Changes {
        description: Change(request.description.0.map(|text| text.map(|text| text.0))),
        enabled: request.enabled,
        name: request.name,
        options: request.options,
        tags: request.tags,
        extra: without(request.extra, &["domain_id", "parent_id", "is_domain"]),
    };
    let domain = apply_changes(os, &id, changes)?;
    Ok(Response::one("domain", |o| view(o, call, domain)))
}

fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let id = find(os, call.param("domain_id"))?.id.clone();
    policy::enforce(call, &[("target.domain.id", &id)])?;
    removal::remove_domain(os, &id)?;
    Ok(Response::empty())
}

/// Writes a domain with its link.
pub fn view(o: &mut Object, call: &Call, domain: &Project) {
    o.set("id", &domain.id);
    o.set("name", &domain.name);
    o.set("description", &domain.description);
    o.set("enabled", domain.enabled);
    o.set("tags", &domain.tags);
    o.set("options", &domain.options);
    for (name, value) in &domain.extra {
        o.set(name, value);
    }
    link(o, call, &format!("/domains/{}", domain.id));
}
