//! The rows themselves, as they are stored.

use super::{Route, errors, json};
use crate::app::App;
use crate::engine::{Answer, AnyTable, Call, Live, Problem, World};
use serde_json::{Map, Value, json as value};

pub const ROUTES: &[Route] = &[
    Route { name: "control.state.count", method: "GET", path: "/state", handler: count },
    Route { name: "control.state.list", method: "GET", path: "/state/{cloud}/{service}/{resource}", handler: list },
    Route {
        name: "control.state.show",
        method: "GET",
        path: "/state/{cloud}/{service}/{resource}/{id}",
        handler: show,
    },
];

/// How many rows every table has.
fn count(_app: &App, live: &Live, _call: &Call) -> Answer {
    let (world, _) = live.read();
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

fn list(_app: &App, live: &Live, call: &Call) -> Answer {
    let (world, _) = live.read();
    let rows = find(&world, call, |table| table.save())?;
    Ok(json(Value::Object(Map::from_iter([(call.param("resource").to_owned(), rows)]))))
}

fn show(_app: &App, live: &Live, call: &Call) -> Answer {
    let (world, _) = live.read();
    let row = find(&world, call, |table| table.show(call.param("id")))?;
    row.map(json).ok_or_else(|| errors::no_such_row(call.param("resource"), call.param("id")))
}

/// Looks at the table that the path names.
fn find<T>(world: &World, call: &Call, look: impl Fn(&dyn AnyTable) -> T) -> Result<T, Problem> {
    let (service, resource) = (call.param("service"), call.param("resource"));
    let is_it = |(one, other): (&str, &str)| one == service && other == resource;
    let cloud = call.param("cloud");
    let found = world.tables(cloud, |service, resource, table| is_it((service, resource)).then(|| look(table)));
    let Some(found) = found else {
        let known: Vec<_> = world.clouds().map(ToString::to_string).collect();
        return Err(errors::no_such_state(&format!("cloud {cloud}"), &known));
    };
    found.into_iter().flatten().next().ok_or_else(|| {
        let known = world.tables(cloud, |service, resource, _| format!("{service}/{resource}"));
        errors::no_such_state(&format!("{service}/{resource}"), &known.unwrap_or_default())
    })
}
