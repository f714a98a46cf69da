//! The stored rows of the clouds: to read them, and to change what no API of the cloud can change.
//!
//! Every change reads and writes in one admin write, so no concurrent write is lost.

use super::route::{Route, delete, get, patch, post};
use super::{errors, json};
use crate::app::App;
use crate::engine::{Answer, AnyTable, Call, Id, Live, Problem, Response, World};
use serde_json::{Map, Value, json as value};

pub const ROUTES: &[Route] = &[
    get("/state", "control.state.count", count).summary("Shows the number of rows of every table."),
    patch("/state/{cloud}/{change}", "control.state.change_cloud", change_cloud)
        .summary("Changes something in a cloud that scenarios can change, such as a quota or a balance."),
    get("/state/{cloud}/{service}/{resource}", "control.state.list", list).summary("Lists the rows of a table."),
    get("/state/{cloud}/{service}/{resource}/{id}", "control.state.show", show).summary("Shows a row."),
    post("/state/{cloud}/{service}/{resource}", "control.state.add", add).summary("Adds a row to a table."),
    patch("/state/{cloud}/{service}/{resource}/{id}", "control.state.change", change)
        .summary("Changes fields of a row."),
    delete("/state/{cloud}/{service}/{resource}/{id}", "control.state.remove", remove).summary("Removes a row."),
];

fn count(_app: &App, live: &Live, _call: &Call) -> Answer {
    let (world, _) = live.read_current();
    let mut clouds = Map::new();
    for cloud in world.clouds() {
        let mut services = Map::new();
        let counts =
            world.tables(cloud, |service, resource, table| (service.to_owned(), resource.to_owned(), table.len()));
        for (service, resource, rows) in counts.unwrap_or_default() {
            let resources = services.entry(service).or_insert_with(|| value!({}));
            resources[resource] = rows.into();
        }
        clouds.insert(cloud.to_string(), services.into());
    }
    Ok(json(clouds.into()))
}

/// The answer has the change that undoes it, or null where it cannot be undone.
fn change_cloud(_app: &App, live: &Live, call: &Call) -> Answer {
    let (cloud, change) = (call.param("cloud"), call.param("change"));
    live.admin_write(|world| {
        find_cloud(world, cloud)?;
        let undo = world.change_cloud(cloud, change, &call.json);
        let undo = undo.map_err(|reason| errors::bad_change(change, &reason))?;
        Ok(json(value!({"changed": change, "undo": undo})))
    })
}

fn list(_app: &App, live: &Live, call: &Call) -> Answer {
    let (world, _) = live.read_current();
    let rows = read_table(&world, call, |table| table.save())?;
    let rows = rows.map_err(|reason| errors::unreadable_row(&reason))?;
    Ok(json(Value::Object(Map::from_iter([(call.param("resource").to_owned(), rows)]))))
}

fn show(_app: &App, live: &Live, call: &Call) -> Answer {
    read_row(&live.read_current().0, call).map(json)
}

/// The body is a whole row as `GET` shows it. Nothing else happens that the cloud's own API would do: quotas, ports,
/// rows of other services.
fn add(_app: &App, live: &Live, call: &Call) -> Answer {
    live.admin_write(|world| {
        read_table(world, call, |_| ())?;
        write_row(world, call, call.json.clone()).map(|(_, row)| json(row).status(201))
    })
}

/// The body has the fields that change. The id cannot change.
fn change(_app: &App, live: &Live, call: &Call) -> Answer {
    live.admin_write(|world| {
        let mut row = read_row(world, call)?;
        let (Some(fields), Some(changes)) = (row.as_object_mut(), call.json.as_object()) else {
            return Err(errors::not_an_object());
        };
        if let Some(unknown) = changes.keys().find(|name| !fields.contains_key(*name)) {
            return Err(errors::unknown_field(unknown, &fields.keys().map(String::as_str).collect::<Vec<_>>()));
        }
        fields.extend(changes.clone());
        let (id, row) = write_row(world, call, row)?;
        // An error undoes the write. Not every table calls the field of its id `id`.
        if *id == *call.param("id") { Ok(json(row)) } else { Err(errors::fixed_id()) }
    })
}

fn remove(_app: &App, live: &Live, call: &Call) -> Answer {
    let (id, resource) = (call.param("id"), call.param("resource"));
    live.admin_write(|world| {
        read_table(world, call, |_| ())?;
        let removed = world.change_table(call.param("cloud"), call.param("service"), resource, |table| table.take(id));
        match removed {
            Some(true) => Ok(Response::empty().status(204)),
            _ => Err(errors::no_such_row(resource, id)),
        }
    })
}

/// Stores a row in the table of the path and returns its id and the stored row.
fn write_row(world: &mut World, call: &Call, row: Value) -> Result<(Id, Value), Problem> {
    let (cloud, service, resource) = (call.param("cloud"), call.param("service"), call.param("resource"));
    let stored = world.change_table(cloud, service, resource, |table| {
        table.put(row).map(|id| (id.clone(), table.show(&id).unwrap_or_default()))
    });
    stored.unwrap_or_else(|| Err("there is no such table".into())).map_err(|reason| errors::bad_row(&reason))
}

fn read_row(world: &World, call: &Call) -> Result<Value, Problem> {
    let row = read_table(world, call, |table| table.show(call.param("id")))?;
    row.ok_or_else(|| errors::no_such_row(call.param("resource"), call.param("id")))
}

/// Reads the table of the path, or says which clouds or tables there are.
fn read_table<T>(world: &World, call: &Call, read: impl Fn(&dyn AnyTable) -> T) -> Result<T, Problem> {
    let (cloud, service, resource) = (call.param("cloud"), call.param("service"), call.param("resource"));
    find_cloud(world, cloud)?;
    let found = world.tables(cloud, |one, other, table| (one == service && other == resource).then(|| read(table)));
    found.into_iter().flatten().flatten().next().ok_or_else(|| {
        let known = world.tables(cloud, |service, resource, _| format!("{service}/{resource}"));
        errors::no_such_table(&format!("{service}/{resource}"), &known.unwrap_or_default())
    })
}

fn find_cloud(world: &World, name: &str) -> Result<(), Problem> {
    let known: Vec<_> = world.clouds().map(ToString::to_string).collect();
    if known.iter().any(|cloud| cloud == name) { Ok(()) } else { Err(errors::no_such_cloud(name, &known)) }
}
