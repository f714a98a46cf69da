//! Regions, which form trees (keystone/api/regions.py).

use super::super::OpenStack;
use super::collections::{Collection, Filters, link};
use super::parameter_types::{Change, Description, normalized};
use super::projects::without;
use super::{endpoints, errors};
use crate::engine::{
    Answer, Call, Context, Id, Index, Object, Operation, Problem, Response, Row, delete, get, patch, post, put,
};
use schemars::{JsonSchema, Schema, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

const ALL: &str = "/regions";
const ONE: &str = "/regions/{region_id}";

/// `/regions`
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get(ALL, "keystone.region.list", list).summary("Lists regions.").policy("identity:list_regions").query(query),
    post(ALL, "keystone.region.create", create)
        .summary("Creates a region.")
        .policy("identity:create_region")
        .body::<CreateRequest>()
        .answers(201),
    get(ONE, "keystone.region.show", show).summary("Shows a region.").policy("identity:get_region"),
    put(ONE, "keystone.region.create_with_id", create_with_id)
        .summary("Creates a region with the id in the path.")
        .policy("identity:create_region")
        .body::<CreateRequest>()
        .answers(201),
    patch(ONE, "keystone.region.update", update)
        .summary("Updates a region.")
        .policy("identity:update_region")
        .body::<UpdateRequest>(),
    delete(ONE, "keystone.region.delete", remove).summary("Deletes a region.").policy("identity:delete_region"),
];

/// A region.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Region {
    /// Chosen by the client or generated.
    pub id: Id,
    pub description: String,
    /// The id of the region that this one is part of.
    pub parent: Option<Id>,
    /// Attributes that the API does not define.
    pub extra: Map<String, Value>,
}

const BY_PARENT: Index<Region> = Index::new("parent", |region, key| region.parent.as_deref().into_iter().for_each(key));

impl Row for Region {
    fn id(&self) -> &Id {
        &self.id
    }
    /// Regions have no owner.
    fn owner(&self) -> &Id {
        &self.id
    }
    fn indexes(&self) -> &'static [Index<Self>] {
        &[BY_PARENT]
    }
}

/// Finds a region by id. Fails with 404.
pub fn find<'o>(os: &'o OpenStack, id: &str) -> Result<&'o Region, Problem> {
    os.keystone.regions.get(id).ok_or_else(|| errors::could_not_find("region", id))
}

fn query() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {"parent_region_id": {"type": ["string", "null"], "minLength": 1, "maxLength": 255}},
        "additionalProperties": false,
    })
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let filters = Filters::of(call, &["parent_region_id"]);
    let mut regions: Vec<&Region> = os.keystone.regions.all().collect();
    regions.retain(|region| filters.admit(|_| json!(region.parent)));
    regions.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(Collection::new(call, "regions").show_all(regions, |o, region| view(o, call, region)))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let region = find(os, call.param("region_id"))?;
    Ok(Response::one("region", |o| view(o, call, region)))
}

/// Other fields beside `region` are accepted: upstream's schema misspells the keyword that forbids them.
#[derive(Deserialize, JsonSchema)]
struct CreateRequest {
    region: NewRegion,
}

#[derive(Deserialize, JsonSchema)]
struct NewRegion {
    #[serde(default)]
    description: Change<Description>,
    #[serde(default)]
    parent_region_id: Change<RegionId>,
    #[serde(default)]
    id: Change<RegionIdOrEmpty>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(inline, extend("minLength" = 1, "maxLength" = 255))]
struct RegionId(String);

#[derive(Deserialize, JsonSchema)]
#[schemars(inline, extend("minLength" = 0, "maxLength" = 255))]
struct RegionIdOrEmpty(String);

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let new = call.body::<CreateRequest>()?.region;
    let requested = new.id.0.as_ref().and_then(|id| id.as_ref()).map(|id| id.0.as_str()).filter(|id| !id.is_empty());
    let id = requested.map_or_else(|| ctx.hex_id(), Id::from);
    let region = add(os, id, new)?;
    Ok(Response::one("region", |o| view(o, call, region)))
}

fn create_with_id(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let new = call.body::<CreateRequest>()?.region;
    let id = call.param("region_id");
    if let Some(requested) = &new.id.0 {
        let requested = requested.as_ref().map_or("None", |requested| &requested.0);
        if requested != id {
            return Err(errors::conflicting_region_ids(id, requested));
        }
    }
    let region = add(os, id.into(), new)?;
    Ok(Response::one("region", |o| view(o, call, region)))
}

fn add(os: &mut OpenStack, id: Id, new: NewRegion) -> Result<&Region, Problem> {
    if os.keystone.regions.contains(&id) {
        return Err(errors::region_exists(&id));
    }
    let parent = new.parent_region_id.value().map(|id| Id::from(id.0));
    parent.as_ref().map(|parent| find(os, parent)).transpose()?;
    let description = new.description.value().map(|text| text.0).unwrap_or_default();
    let extra = normalized(without(new.extra, &["links"]));
    Ok(os.keystone.regions.insert(Region { id, description, parent, extra }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateRequest {
    region: Changes,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(extend("minProperties" = 1))]
struct Changes {
    #[serde(default)]
    description: Change<Description>,
    #[serde(default)]
    parent_region_id: Change<RegionId>,
    #[serde(default)]
    id: Change<RegionIdOrEmpty>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

fn update(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let changes = call.body::<UpdateRequest>()?.region;
    let id: Id = call.param("region_id").into();
    if changes.id.0.flatten().is_some_and(|new| *new.0 != *id) {
        return Err(errors::cannot_change_id());
    }
    let parent = changes.parent_region_id.0.map(|parent| parent.map(|id| Id::from(id.0)));
    if let Some(Some(parent)) = &parent {
        find(os, parent)?;
    }
    let mut region = find(os, &id)?.clone();
    if let Some(parent) = parent {
        check_no_circle(os, &id, parent.as_ref())?;
        region.parent = parent;
    }
    if let Some(description) = changes.description.0 {
        region.description = description.map(|text| text.0).unwrap_or_default();
    }
    region.extra.extend(without(changes.extra, &["links"]));
    if let Some(row) = os.keystone.regions.get_mut(&id) {
        row.clone_from(&region);
    }
    Ok(Response::one("region", |o| view(o, call, &region)))
}

/// Fails with 400 if the parent is the region itself or below it.
fn check_no_circle(os: &OpenStack, id: &Id, parent: Option<&Id>) -> Result<(), Problem> {
    let mut above = parent;
    while let Some(here) = above {
        if here == id {
            return Err(errors::circular_region(id));
        }
        above = os.keystone.regions.get(here).and_then(|region| region.parent.as_ref());
    }
    Ok(())
}

/// Deletes the region and all regions below it. Fails with 403 if one of them has endpoints.
fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let region = find(os, call.param("region_id"))?.id.clone();
    let mut regions = vec![region.clone()];
    let mut next = 0;
    while let Some(id) = regions.get(next).cloned() {
        let children = os.keystone.regions.by(&BY_PARENT, &id);
        regions.extend(children.map(|one| one.id.clone()));
        next += 1;
    }
    if regions.iter().any(|id| os.keystone.endpoints.by(&endpoints::BY_REGION, id).next().is_some()) {
        return Err(errors::region_in_use(&region));
    }
    for id in regions {
        os.keystone.regions.remove(&id);
    }
    Ok(Response::empty())
}

fn view(o: &mut Object, call: &Call, region: &Region) {
    o.set("id", &region.id);
    o.set("description", &region.description);
    o.set("parent_region_id", &region.parent);
    for (name, value) in &region.extra {
        o.set(name, value);
    }
    link(o, call, &format!("/regions/{}", region.id));
}
