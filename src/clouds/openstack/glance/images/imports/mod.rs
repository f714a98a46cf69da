//! Imports: tasks that fetch the data of an image (`import_image` in glance/api/v2/images.py) from the staging area,
//! the web, another store, or another Glance.

mod flow;
mod lock;

pub use flow::TRANSITIONS;
pub use lock::{Import, check_lock, lock, unlock};

use super::super::stores::{self, METHODS};
use super::super::tasks::{Source, Task, TaskType};
use super::super::{errors, policy};
use super::locations::is_reachable;
use super::{Image, Status, find, may_see};
use crate::clouds::openstack::parameter_types::is_uuid_like;
use crate::clouds::openstack::{OpenStack, python};
use crate::engine::{Answer, Call, Context, Operation, Problem, Response, post};
use serde_json::{Map, Value, json};

pub const OPERATIONS: &[Operation<OpenStack>] = &[post("/images/{image_id}/import", "glance.image.import", import)
    .summary("Imports the data of an image.")
    .fetches(addresses)
    .answers(202)
    .policy_on_target("modify_image")];

/// The URL of `web-download`, which the server fetches before it runs the handler, if the caller may change the image.
fn addresses(call: &Call, os: &OpenStack) -> Vec<String> {
    let body: Value = serde_json::from_slice(&call.bytes).unwrap_or_default();
    let uri = body["method"]["uri"].as_str().filter(|uri| is_reachable(uri));
    let image = find(call, os, call.param("image_id")).ok();
    let may_change = image.is_some_and(|image| policy::allows_on_image(call, "modify_image", image));
    uri.filter(|_| may_change).map(str::to_owned).into_iter().collect()
}

fn import(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let ImportRequest { body, method, name } = parse(call)?;
    let image = find(call, os, call.param("image_id"))?;
    check_image(image, name)?;
    if name == "glance-download" {
        check_remote_image(method)?;
    }
    match name {
        "copy-image" => policy::enforce_rule_on_image(call, "copy_image", image)?,
        _ => policy::enforce_rule_on_image(call, "modify_image", image)?,
    }
    let id = image.id.clone();
    check_lock(os, ctx, &id)?;
    let image = find(call, os, &id)?;
    let mut stores = stores_of(call, body)?;
    if name == "copy-image" {
        let all_stores = body.get("all_stores") == Some(&Value::Bool(true));
        let present = image.stores();
        match stores.iter().find(|store| present.contains(&store.as_str())) {
            Some(store) if !all_stores => return Err(errors::already_in_store(store)),
            _ => stores.retain(|store| !present.contains(&store.as_str())),
        }
        if stores.is_empty() {
            return Ok(Response::empty());
        }
    }
    let source = source(call, os, image, method, name)?;
    let mut import_req = body.clone();
    if name == "glance-download"
        && let Some(method) = import_req.get_mut("method").and_then(Value::as_object_mut)
    {
        method.entry("glance_service_interface").or_insert_with(|| "public".into());
    }
    let input = json!({"image_id": id, "import_req": import_req, "backend": stores});
    let task = Task::pending(call, ctx, TaskType::ApiImageImport, Some(id.clone()), input, source);
    lock(os, ctx, &id, &task.id);
    ctx.later(&flow::BEGIN, &task.id);
    os.glance.tasks.insert(task);
    Ok(Response::empty())
}

/// The validated body.
struct ImportRequest<'c> {
    body: &'c Map<String, Value>,
    method: &'c Map<String, Value>,
    name: &'static str,
}

/// The checks of `_validate_import_body`.
fn parse(call: &Call) -> Result<ImportRequest<'_>, Problem> {
    let body = match &call.json {
        Value::Null => return Err(errors::body_expected()),
        Value::Object(body) => body,
        _ => return Err(errors::object_expected()),
    };
    let method = body.get("method").ok_or_else(errors::import_without_method)?;
    let method = method.as_object().ok_or_else(errors::import_without_method)?;
    let name = method.get("name").ok_or_else(errors::import_without_method_name)?;
    let known = METHODS.into_iter().find(|known| name == known);
    let name = known.ok_or_else(|| errors::unknown_import_method(&python::str(name)))?;
    for flag in ["all_stores_must_succeed", "all_stores"] {
        if body.get(flag).is_some_and(|value| !value.is_boolean()) {
            return Err(errors::import_flag_not_boolean(flag));
        }
    }
    Ok(ImportRequest { body, method, name })
}

/// Checks that the image has the status that the method requires, and its formats.
fn check_image(image: &Image, method: &str) -> Result<(), Problem> {
    match (method, image.status) {
        ("copy-image", Status::Active) => {}
        (_, Status::Active) => return Err(errors::active_cannot_be_imported()),
        ("copy-image", _) => return Err(errors::only_active_can_be_copied()),
        ("web-download" | "glance-download", status) if status != Status::Queued => {
            return Err(errors::image_must_be_queued(method));
        }
        ("glance-direct", status) if status != Status::Uploading => return Err(errors::image_must_be_staged()),
        _ => {}
    }
    let formats = [("container_format", &image.container_format), ("disk_format", &image.disk_format)];
    match formats.iter().find(|(_, format)| format.is_none()) {
        Some((name, _)) => Err(errors::must_be_set_before_import(name)),
        None => Ok(()),
    }
}

/// Checks the parameters of `glance-download`.
fn check_remote_image(method: &Map<String, Value>) -> Result<(), Problem> {
    for field in ["glance_region", "glance_image_id"] {
        if !method.contains_key(field) {
            return Err(errors::needed_for_glance_download(field));
        }
    }
    let id = method.get("glance_image_id").map(python::str).unwrap_or_default();
    if is_uuid_like(&id) { Ok(()) } else { Err(errors::remote_image_not_a_uuid(&id)) }
}

/// The stores of the request (`get_stores_from_request`).
fn stores_of(call: &Call, body: &Map<String, Value>) -> Result<Vec<String>, Problem> {
    let header = call.header("x-image-meta-store");
    let named = body.get("stores");
    if body.get("all_stores") == Some(&Value::Bool(true)) {
        if named.is_some() || header.is_some() {
            return Err(errors::all_stores_or_some());
        }
        return Ok(stores::writable().map(str::to_owned).collect());
    }
    let stores = match named {
        Some(_) if header.is_some() => return Err(errors::stores_or_header()),
        Some(Value::Array(stores)) => stores.iter().map(python::str).collect(),
        Some(_) => return Err(errors::stores_not_a_list()),
        None => vec![header.unwrap_or(stores::DEFAULT).to_owned()],
    };
    match stores.iter().find(|store| stores::find(store).is_none()) {
        Some(unknown) => Err(errors::unknown_import_store(unknown)),
        None => Ok(stores),
    }
}

/// The source of the data. nephos fetches only from loopback addresses, and the only other Glance is itself.
fn source(
    call: &Call,
    os: &OpenStack,
    image: &Image,
    method: &Map<String, Value>,
    name: &str,
) -> Result<Source, Problem> {
    Ok(match name {
        "web-download" => {
            let uri = method.get("uri").map_or_else(|| "None".to_owned(), python::str);
            if !is_reachable(&uri) {
                return Err(errors::import_filtered(&uri));
            }
            match call.fetched(&uri) {
                Some(Ok(content)) => Source::Fetched(content.clone()),
                _ => Source::Missing,
            }
        }
        "glance-download" => {
            let text = |field: &str| method.get(field).and_then(Value::as_str).unwrap_or_default();
            let is_own_region = text("glance_region") == os.site.region
                && matches!(text("glance_service_interface"), "" | "public" | "internal" | "admin");
            let source = os.glance.images.get(text("glance_image_id")).filter(|_| is_own_region);
            match source.filter(|source| source.status == Status::Active && may_see(call, source)) {
                Some(source) => Source::Image(source.id.clone()),
                None => Source::Missing,
            }
        }
        "copy-image" => Source::Image(image.id.clone()),
        _ => Source::Staged,
    })
}
