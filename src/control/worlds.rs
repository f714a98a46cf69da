//! Worlds: forks of one another, each with its own state, clock, faults, limits and journal. Everything of
//! a world stands under `/worlds/{world}/`: its clouds, and this API once more.

use super::{Route, errors, json};
use crate::app::App;
use crate::engine::{Answer, Call, DEFAULT, Live, Problem};
use serde_json::{Value, json as value};

pub const ROUTES: &[Route] = &[
    Route { name: "control.world.list", method: "GET", path: "/worlds", handler: list },
    Route { name: "control.world.fork", method: "POST", path: "/worlds", handler: fork },
    Route { name: "control.world.show", method: "GET", path: "/worlds/{world}", handler: show },
    Route { name: "control.world.delete", method: "DELETE", path: "/worlds/{world}", handler: delete },
];

fn list(app: &App, _live: &Live, _call: &Call) -> Answer {
    let worlds: Vec<_> = app.worlds.all().iter().map(|(name, live)| view(name, live)).collect();
    Ok(json(value!({"worlds": worlds})))
}

fn show(app: &App, _live: &Live, call: &Call) -> Answer {
    let name = call.param("world");
    let live = app.worlds.get(name).ok_or_else(|| errors::no_such_world(name, &names(app)))?;
    Ok(json(view(name, &live)))
}

/// `{"name": "t1", "from": "default"}`: a copy of a world, or of a snapshot of the world that is asked;
/// without `from`, of the world that is asked.
fn fork(app: &App, live: &Live, call: &Call) -> Answer {
    let name = name(call, "world")?;
    let forked = match call.json.get("from") {
        None => live.fork(),
        Some(Value::String(from)) => match (app.worlds.get(from), live.snapshots.get(from)) {
            (Some(world), _) => world.fork(),
            (None, Some(snapshot)) => live.begin(&snapshot),
            (None, None) => {
                return Err(errors::nothing_to_fork(from, &names(app), &super::snapshots::names(live)));
            }
        },
        Some(_) => return Err(errors::bad_name("world")),
    };
    let view = view(name, &forked);
    if !app.worlds.add(name, forked) {
        return Err(errors::world_exists(name));
    }
    Ok(json(view).status(201))
}

fn delete(app: &App, _live: &Live, call: &Call) -> Answer {
    match call.param("world") {
        DEFAULT => Err(errors::default_stays()),
        name if app.worlds.remove(name) => Ok(json(value!({"deleted": name}))),
        name => Err(errors::no_such_world(name, &names(app))),
    }
}

pub(super) fn names(app: &App) -> Vec<String> {
    app.worlds.all().iter().map(|(name, _)| name.to_string()).collect()
}

/// The name in the body, which must do as a segment of a path.
pub(super) fn name<'c>(call: &'c Call, what: &str) -> Result<&'c str, Problem> {
    let name = call.json.get("name").and_then(Value::as_str);
    let plain = |name: &&str| {
        let chars = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        (1..=64).contains(&name.len()) && name.chars().all(chars) && !name.starts_with('.')
    };
    name.filter(plain).ok_or_else(|| errors::bad_name(what))
}

fn view(name: &str, live: &Live) -> Value {
    let (world, now) = live.read_current();
    let clock = world.clock();
    value!({
        "name": name,
        "path": format!("/worlds/{name}"),
        "now": now,
        "speed": clock.speed(),
        "pending": world.pending(),
        "requests": live.journal.count(),
        "snapshots": super::snapshots::names(live),
    })
}
