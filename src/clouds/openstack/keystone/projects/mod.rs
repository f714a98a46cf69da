//! Projects (keystone/api/projects.py and keystone/resource/core.py). Domains are projects too.

pub mod hierarchy;
pub mod removal;
pub mod tags;
pub mod update;

use super::super::parameter_types::Optional;
use super::super::{OpenStack, scope};
use super::collections::{Collection, Filters, flag, link};
use super::parameter_types::{
    Boolean, Change, IdString, ProjectName, ResourceOptions, Tags, merge_options, normalized,
};
use super::{errors, policy};
use crate::engine::{
    Answer, Call, Context, Id, Index, Object, Operation, Problem, Response, Row, delete, get, patch, post,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

const ALL: &str = "/projects";
const ONE: &str = "/projects/{project_id}";

/// `/projects`
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get(ALL, "keystone.project.list", list)
        .summary("Lists projects.")
        .policy_on_target("identity:list_projects")
        .query(query),
    post(ALL, "keystone.project.create", create)
        .summary("Creates a project.")
        .policy_on_target("identity:create_project")
        .body::<CreateRequest>()
        .answers(201),
    get(ONE, "keystone.project.show", show).summary("Shows a project.").policy_on_target("identity:get_project"),
    patch(ONE, "keystone.project.update", update::update)
        .summary("Updates a project.")
        .policy_on_target("identity:update_project")
        .body::<update::Request>(),
    delete(ONE, "keystone.project.delete", removal::delete)
        .summary("Deletes a project.")
        .policy_on_target("identity:delete_project"),
];

/// A project or domain.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Project {
    pub id: Id,
    pub name: String,
    /// `None` for a domain.
    pub domain: Option<Id>,
    /// The parent: a project, or the domain for a project at the top. `None` for a domain.
    pub parent: Option<Id>,
    pub description: Option<String>,
    pub enabled: bool,
    pub is_domain: bool,
    pub tags: Vec<String>,
    pub options: Map<String, Value>,
    /// Attributes that the API does not define.
    pub extra: Map<String, Value>,
}

/// Finds projects and domains by name, in all domains.
pub const BY_NAME: Index<Project> = Index::new("name", |project, key| key(&project.name));
const BY_PARENT: Index<Project> =
    Index::new("parent", |project, key| project.parent.as_deref().into_iter().for_each(key));

impl Row for Project {
    fn id(&self) -> &Id {
        &self.id
    }
    /// The domain. A domain owns itself.
    fn owner(&self) -> &Id {
        self.domain.as_ref().unwrap_or(&self.id)
    }
    fn indexes(&self) -> &'static [Index<Self>] {
        &[BY_NAME, BY_PARENT]
    }
}

impl Project {
    /// True if the option `immutable` is set: it must be reset before any other change.
    pub fn is_immutable(&self) -> bool {
        self.options.get("immutable") == Some(&Value::Bool(true))
    }

    /// The value of an attribute that lists can be filtered by.
    pub fn attribute(&self, name: &str) -> Value {
        match name {
            "domain_id" => json!(self.domain),
            "enabled" => json!(self.enabled),
            "name" => json!(self.name),
            "parent_id" => json!(self.parent),
            "is_domain" => json!(self.is_domain),
            _ => Value::Null,
        }
    }
}

/// Finds a project or domain by id. Fails with 404.
pub fn find<'o>(os: &'o OpenStack, id: &str) -> Result<&'o Project, Problem> {
    os.keystone.projects.get(id).ok_or_else(|| errors::could_not_find("project", id))
}

/// Finds the project in the path and enforces the policy on it. The policy is enforced without a target if the
/// project does not exist.
pub fn find_authorized<'o>(call: &Call, os: &'o OpenStack) -> Result<&'o Project, Problem> {
    let found = find(os, call.param("project_id"));
    match &found {
        Ok(project) => policy::enforce(call, &target(project))?,
        Err(_) => policy::enforce(call, &[])?,
    }
    found
}

/// The policy target for a project.
pub fn target(project: &Project) -> [(&str, &str); 2] {
    let domain = project.domain.as_deref().unwrap_or("None");
    [("target.project.id", &project.id), ("target.project.domain_id", domain)]
}

fn query() -> Schema {
    let name = json!({"type": "string", "minLength": 1, "maxLength": 64, "pattern": r"[\S]+"});
    let boolean = Boolean::json_schema(&mut SchemaGenerator::default());
    json_schema!({
        "type": "object",
        "properties": {
            "domain_id": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[a-zA-Z0-9-]+$"},
            "enabled": boolean,
            "is_domain": boolean,
            "name": name,
            "parent_id": {"type": "string", "format": "uuid"},
        },
    })
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let own = scope::domain(&call.caller);
    policy::enforce(call, own.map(|own| ("target.domain_id", own)).as_slice())?;
    let filters = Filters::of(call, &["domain_id", "enabled", "name", "parent_id", "is_domain"]);
    let tagged = tags::TagFilters::of(call).map(|filters| filters.selected(os));
    let visible = |project: &&Project| {
        (call.query("is_domain").is_some() || !project.is_domain)
            && own.is_none_or(|own| project.domain.as_deref() == Some(own))
            && filters.admit(|name| project.attribute(name))
            && tagged.as_ref().is_none_or(|tagged| tagged.contains(&project.id))
    };
    let projects = &os.keystone.projects;
    Collection::new(call, "projects").show_page(projects, projects.all().filter(visible), true, |o, project| {
        view(o, call, project);
    })
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let project = find_authorized(call, os)?;
    let (parents_as_list, parents_as_ids) = (flag(call, "parents_as_list"), flag(call, "parents_as_ids"));
    let (subtree_as_list, subtree_as_ids) = (flag(call, "subtree_as_list"), flag(call, "subtree_as_ids"));
    if parents_as_list && parents_as_ids {
        return Err(errors::list_and_ids("parents_as_list", "parents_as_ids"));
    }
    if subtree_as_list && subtree_as_ids {
        return Err(errors::list_and_ids("subtree_as_list", "subtree_as_ids"));
    }
    Ok(Response::one("project", |o| {
        view(o, call, project);
        if parents_as_list {
            hierarchy::view_list(o, "parents", call, os, &hierarchy::above(os, &project.id));
        } else if parents_as_ids {
            o.set("parents", hierarchy::parents_as_ids(os, project));
        }
        if subtree_as_list {
            hierarchy::view_list(o, "subtree", call, os, &hierarchy::below(os, &project.id));
        } else if subtree_as_ids {
            o.set("subtree", hierarchy::subtree_as_ids(os, &project.id));
        }
    }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateRequest {
    #[serde(default)]
    #[schemars(default)]
    project: Optional<NewProject>,
}

#[derive(Deserialize, JsonSchema)]
struct NewProject {
    #[serde(default)]
    description: Change<String>,
    #[serde(default)]
    domain_id: Change<IdString>,
    #[serde(default)]
    enabled: Optional<Boolean>,
    #[serde(default)]
    is_domain: Optional<Boolean>,
    #[serde(default)]
    parent_id: Change<IdString>,
    name: ProjectName,
    #[serde(default)]
    tags: Optional<Tags>,
    #[serde(default)]
    options: Optional<ResourceOptions>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request: CreateRequest = call.body()?;
    let target = call.json["project"]["domain_id"].as_str().map(|id| ("target.project.domain_id", id));
    policy::enforce(call, target.as_slice())?;
    let new = request.project.0.ok_or_else(|| errors::missing_object("project"))?;
    let is_domain = new.is_domain.is_some_and(|flag| flag.0);
    let (domain, parent) = (new.domain_id.value(), new.parent_id.value());
    // Upstream takes every word for true here, also `n` and `False`.
    let is_word = call.json["project"]["is_domain"].as_str().is_some_and(|word| !word.is_empty());
    if is_word && (domain.is_some() || parent.is_some()) {
        return Err(errors::domain_with_parent());
    }
    let mut domain: Option<Id> = domain.map(|id| id.0.into());
    if domain.is_none() && !is_domain {
        domain = Some(domain_of_caller(call));
    }
    let parent = parent.map(|id| id.0.into()).or_else(|| domain.clone());
    let mut options = Map::new();
    merge_options(&mut options, new.options.0.unwrap_or_default().0);
    let project = Project {
        id: ctx.hex_id(),
        name: new.name.0.trim().to_owned(),
        domain,
        parent,
        description: new.description.0.unwrap_or_else(|| Some(String::new())),
        enabled: new.enabled.is_none_or(|flag| flag.0),
        is_domain,
        tags: new.tags.0.map(Tags::texts).unwrap_or_default(),
        options,
        extra: normalized(without(new.extra, &["id", "links"])),
    };
    let project = add(os, project)?;
    Ok(Response::one("project", |o| view(o, call, project)))
}

/// The domain of new resources whose request names none: that of a domain-scoped token, or the default domain.
pub fn domain_of_caller(call: &Call) -> Id {
    scope::domain(&call.caller).unwrap_or(super::super::ids::DEFAULT_DOMAIN).into()
}

/// Removes the attributes that clients cannot set.
pub fn without(mut extra: Map<String, Value>, names: &[&str]) -> Map<String, Value> {
    extra.retain(|name, _| !names.contains(&name.as_str()));
    extra
}

/// Inserts a new project or domain after checking its place in the tree, its id and its name.
pub fn add(os: &mut OpenStack, project: Project) -> Result<&Project, Problem> {
    if project.is_domain {
        hierarchy::check_domain(&project)?;
    } else {
        hierarchy::check_parent(os, &project)?;
    }
    if os.keystone.projects.contains(&project.id) {
        return Err(errors::domain_exists(&project.name));
    }
    name_is_free(os, &project)?;
    Ok(os.keystone.projects.insert(project))
}

/// Fails with 409 if the name is taken. Names are unique among the projects of a domain, and among domains.
fn name_is_free(os: &OpenStack, project: &Project) -> Result<(), Problem> {
    let mut namesakes = os.keystone.projects.by(&BY_NAME, &project.name);
    let taken = namesakes.any(|other| {
        other.id != project.id
            && other.is_domain == project.is_domain
            && project.domain.as_ref().is_none_or(|domain| other.owner() == domain)
    });
    match (taken, project.is_domain) {
        (false, _) => Ok(()),
        (true, true) => Err(errors::domain_exists(&project.name)),
        (true, false) => Err(errors::project_exists(&project.name, &project.id)),
    }
}

/// Writes a project with its link.
pub fn view(o: &mut Object, call: &Call, project: &Project) {
    o.set("id", &project.id);
    o.set("name", &project.name);
    o.set("domain_id", &project.domain);
    o.set("description", &project.description);
    o.set("enabled", project.enabled);
    o.set("parent_id", &project.parent);
    o.set("is_domain", project.is_domain);
    o.set("tags", &project.tags);
    o.set("options", &project.options);
    for (name, value) in &project.extra {
        o.set(name, value);
    }
    link(o, call, &format!("/projects/{}", project.id));
}
