//! Worlds: forks of each other, each with its own state, clock, faults, limits and journal. Under `/worlds/{world}/`
//! are the clouds of a world, and this API for it.

use super::route::{Route, delete, get, post};
use super::{errors, json};
use crate::app::App;
use crate::engine::{Answer, Call, DEFAULT, Live, NotAdded, Problem};
use serde_json::{Value, json as value};

pub const ROUTES: &[Route] = &[
    get("/worlds", "control.world.list", list).summary("Lists the worlds."),
    post("/worlds", "control.world.fork", fork).summary("Forks a world or a snapshot."),
    get("/worlds/{world}", "control.world.show", show).summary("Shows a world."),
    delete("/worlds/{world}", "control.world.delete", delete_world).summary("Deletes a world."),
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

/// `{"name": "t1", "from": "default"}`. `from` is a world, or a snapshot of the world whose control API this is;
/// without it, that world itself is forked.
fn fork(app: &App, live: &Live, call: &Call) -> Answer {
    let name = name(call, "world")?;
    let forked = match call.json.get("from") {
        None => live.fork(),
        Some(Value::String(from)) => match (app.worlds.get(from), live.snapshots.get(from)) {
            (Some(world), _) => world.fork(),
            (None, Some(snapshot)) => live.fork_snapshot(&snapshot),
            (None, None) => {
                return Err(errors::nothing_to_fork(from, &names(app), &super::snapshots::names(live)));
            }
        },
        Some(_) => return Err(errors::bad_name("world")),
    };
    let view = view(name, &forked);
    match app.worlds.add(name, forked) {
        Ok(()) => Ok(json(view).status(201)),
        Err(NotAdded::Exists) => Err(errors::world_exists(name)),
        Err(NotAdded::Full(most)) => Err(errors::too_many_worlds(most)),
    }
}

fn delete_world(app: &App, _live: &Live, call: &Call) -> Answer {
    match call.param("world") {
        DEFAULT => Err(errors::default_world()),
        name if app.worlds.remove(name) => Ok(json(value!({"deleted": name}))),
        name => Err(errors::no_such_world(name, &names(app))),
    }
}

pub(super) fn names(app: &App) -> Vec<String> {
    app.worlds.all().iter().map(|(name, _)| name.to_string()).collect()
}

/// The `name` of the body. It has to fit into a segment of a path.
pub(super) fn name<'c>(call: &'c Call, what: &str) -> Result<&'c str, Problem> {
    let name = call.json.get("name").and_then(Value::as_str);
    let valid = |name: &&str| {
        let chars = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        (1..=64).contains(&name.len()) && name.chars().all(chars) && !name.starts_with('.')
    };
    name.filter(valid).ok_or_else(|| errors::bad_name(what))
}

/// `now` is virtual time, `speed` virtual seconds per real second, `pending` the number of scheduled transitions.
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
