//! The rows themselves, as they are stored: to look at, and to change where a cloud's own API can't.

use super::{Route, errors, json};
use crate::app::App;
use crate::engine::{Answer, AnyTable, Call, Live, Problem, Response, World};
use serde_json::{Map, Value, json as value};

pub const ROUTES: &[Route] = &[
    Route { name: "control.state.count", method: "GET", path: "/state", handler: count },
    Route {
        name: "control.state.change_cloud",
        method: "PATCH",
        path: "/state/{cloud}/{change}",
        handler: change_cloud,
    },
    Route { name: "control.state.list", method: "GET", path: "/state/{cloud}/{service}/{resource}", handler: list },
    Route {
        name: "control.state.show",
        method: "GET",
        path: "/state/{cloud}/{service}/{resource}/{id}",
        handler: show,
    },
    Route { name: "control.state.add", method: "POST", path: "/state/{cloud}/{service}/{resource}", handler: add },
    Route {
        name: "control.state.change",
        method: "PATCH",
        path: "/state/{cloud}/{service}/{resource}/{id}",
        handler: change,
    },
    Route {
        name: "control.state.remove",
        method: "DELETE",
        path: "/state/{cloud}/{service}/{resource}/{id}",
        handler: remove,
    },
];

/// How many rows every table has.
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

/// What scenarios change in a cloud, at once and for good; how to take it back, where that can be said.
fn change_cloud(_app: &App, live: &Live, call: &Call) -> Answer {
    let (cloud, change) = (call.param("cloud"), call.param("change"));
    known_cloud(&live.read_current().0, cloud)?;
    let undo = live.admin_write(|world| world.change_cloud(cloud, change, &call.json));
    let undo = undo.map_err(|reason| errors::bad_change(change, &reason))?;
    Ok(json(value!({"changed": change, "undo": undo})))
}

fn list(_app: &App, live: &Live, call: &Call) -> Answer {
    let (world, _) = live.read_current();
    let rows = find(&world, call, |table| table.save())?;
    Ok(json(Value::Object(Map::from_iter([(call.param("resource").to_owned(), rows)]))))
}

fn show(_app: &App, live: &Live, call: &Call) -> Answer {
    let (world, _) = live.read_current();
    let row = find(&world, call, |table| table.show(call.param("id")))?;
    row.map(json).ok_or_else(|| errors::no_such_row(call.param("resource"), call.param("id")))
}

/// A row more, as it is to be stored: for what no API of the cloud can make. Whatever else a cloud would do
/// (quotas, ports, other services) is not done.
fn add(_app: &App, live: &Live, call: &Call) -> Answer {
    find(&live.read_current().0, call, |_| ())?;
    let row = put(live, call, call.json.clone())?;
    Ok(json(row).status(201))
}

/// Fields of a row put over those that it has.
fn change(_app: &App, live: &Live, call: &Call) -> Answer {
    let row = find(&live.read_current().0, call, |table| table.show(call.param("id")))?;
    let mut row = row.ok_or_else(|| errors::no_such_row(call.param("resource"), call.param("id")))?;
    let (Some(fields), Some(changes)) = (row.as_object_mut(), call.json.as_object()) else {
        return Err(errors::bad_row("the body is no object"));
    };
    if let Some(unknown) = changes.keys().find(|name| !fields.contains_key(*name)) {
        let known: Vec<_> = fields.keys().map(String::as_str).collect();
        return Err(errors::bad_row(&format!("there is no field {unknown}; there are {}", known.join(", "))));
    }
    fields.extend(changes.clone());
    if fields.get("id").and_then(Value::as_str).is_some_and(|id| id != call.param("id")) {
        return Err(errors::bad_row("an id stays what it is"));
    }
    Ok(json(put(live, call, row)?))
}

fn remove(_app: &App, live: &Live, call: &Call) -> Answer {
    find(&live.read_current().0, call, |_| ())?;
    let (id, resource) = (call.param("id"), call.param("resource"));
    live.admin_write(|world| {
        let taken = world.change_table(call.param("cloud"), call.param("service"), resource, |table| table.take(id));
        taken.filter(|taken| *taken).map(|_| Response::empty().status(204)).ok_or(())
    })
    .map_err(|()| errors::no_such_row(resource, id))
}

/// Stores a row; the row as it is then.
fn put(live: &Live, call: &Call, row: Value) -> Result<Value, Problem> {
    live.admin_write(|world| {
        let stored = world.change_table(call.param("cloud"), call.param("service"), call.param("resource"), |table| {
            table.put(row).map(|id| table.show(&id).unwrap_or_default())
        });
        stored.unwrap_or_else(|| Err("the table is gone".into()))
    })
    .map_err(|reason| errors::bad_row(&reason))
}

/// Looks at the table that the path names.
fn find<T>(world: &World, call: &Call, look: impl Fn(&dyn AnyTable) -> T) -> Result<T, Problem> {
    let (service, resource) = (call.param("service"), call.param("resource"));
    let is_it = |(one, other): (&str, &str)| one == service && other == resource;
    let cloud = call.param("cloud");
    let found = world.tables(cloud, |service, resource, table| is_it((service, resource)).then(|| look(table)));
    known_cloud(world, cloud)?;
    found.into_iter().flatten().flatten().next().ok_or_else(|| {
        let known = world.tables(cloud, |service, resource, _| format!("{service}/{resource}"));
        errors::no_such_state(&format!("{service}/{resource}"), &known.unwrap_or_default())
    })
}

fn known_cloud(world: &World, name: &str) -> Result<(), Problem> {
    let known: Vec<_> = world.clouds().map(ToString::to_string).collect();
    if known.iter().any(|cloud| cloud == name) {
        return Ok(());
    }
    Err(errors::no_such_state(&format!("cloud {name}"), &known))
}
