//! Scenarios: the built-in ones, and those that clients send.

use super::route::{Route, delete, get, post};
use super::{errors, json, worlds};
use crate::app::App;
use crate::engine::{Answer, Applied, Call, Live, Problem, Scenario, World, parse_scenario};
use crate::scenarios;
use serde_json::{Value, json as value};
use std::sync::Arc;

pub const ROUTES: &[Route] = &[
    get("/scenarios", "control.scenario.list", list).summary("Lists the built-in and the applied scenarios."),
    post("/scenarios", "control.scenario.send", send).summary("Checks a scenario from its text and applies it."),
    delete("/scenarios", "control.scenario.clear_all", clear_all).summary("Clears all applied scenarios."),
    get("/scenarios/{name}", "control.scenario.show", show).summary("Shows a scenario."),
    delete("/scenarios/{name}", "control.scenario.clear", clear).summary("Clears an applied scenario."),
    post("/scenarios/{name}/apply", "control.scenario.apply", apply).summary("Applies a built-in scenario."),
];

fn list(app: &App, live: &Live, _call: &Call) -> Answer {
    let (world, _) = live.read_current();
    let shipped = scenarios::SHIPPED.iter().filter_map(|(name, _)| scenarios::shipped(name, &app.names)?.ok());
    let mut rows: Vec<_> = shipped.map(|scenario| view(&world, &scenario)).collect();
    let sent = world.scenarios().iter().filter(|applied| !scenarios::is_shipped(&applied.scenario.name));
    rows.extend(sent.map(|applied| view(&world, &applied.scenario)));
    Ok(json(value!({"scenarios": rows})))
}

/// `{"name": "mine", "toml": "…"}`; `file` is the file name in error messages.
fn send(app: &App, live: &Live, call: &Call) -> Answer {
    let name = worlds::name(call, "scenario")?;
    let text = call.json.get("toml").and_then(Value::as_str).ok_or_else(errors::scenario_text)?;
    let file = call.json.get("file").and_then(Value::as_str).unwrap_or(name);
    let scenario = parse_scenario(file, name, text, &app.names).map_err(errors::bad_scenario)?;
    apply_scenario(live, scenario)
}

fn apply(app: &App, live: &Live, call: &Call) -> Answer {
    apply_scenario(live, built_in(app, call.param("name"))?)
}

fn show(app: &App, live: &Live, call: &Call) -> Answer {
    let name = call.param("name");
    let (world, _) = live.read_current();
    let applied = world.scenarios().iter().find(|applied| *applied.scenario.name == *name);
    let scenario = match applied {
        Some(applied) => applied.scenario.clone(),
        None => Arc::new(built_in(app, name)?),
    };
    let mut shown = view(&world, &scenario);
    shown["toml"] = scenarios::text(name).into();
    shown["orders"] = value!(scenario.actions);
    shown["timeline"] = value!(scenario.timeline);
    Ok(json(shown))
}

fn clear(_app: &App, live: &Live, call: &Call) -> Answer {
    let name = call.param("name");
    match live.admin_write(|world| world.clear(name)) {
        Ok(true) => Ok(json(value!({"cleared": name}))),
        Ok(false) => Err(errors::scenario_not_applied(name)),
        Err(reason) => Err(errors::bad_scenario(reason)),
    }
}

/// The scenario that was applied last is cleared first.
fn clear_all(_app: &App, live: &Live, _call: &Call) -> Answer {
    let cleared = live.admin_write(|world| {
        let names: Vec<_> = world.scenarios().iter().rev().map(|applied| applied.scenario.name.clone()).collect();
        names.iter().try_for_each(|name| world.clear(name).map(|_| ()))?;
        Ok(names)
    });
    cleared.map(|names| json(value!({"cleared": names}))).map_err(errors::bad_scenario)
}

fn apply_scenario(live: &Live, scenario: Scenario) -> Answer {
    let scenario = Arc::new(scenario);
    let applied = live.admin_write(|world| {
        world.apply(scenario.clone())?;
        Ok(view(world, &scenario))
    });
    applied.map(|view| json(view).status(201)).map_err(errors::bad_scenario)
}

fn built_in(app: &App, name: &str) -> Result<Scenario, Problem> {
    let known = || scenarios::SHIPPED.iter().map(|(name, _)| *name);
    let scenario = scenarios::shipped(name, &app.names).ok_or_else(|| errors::no_such_scenario(name, known()))?;
    scenario.map_err(errors::bad_scenario)
}

/// `applied` is the virtual time at which the scenario was applied, or null.
fn view(world: &World, scenario: &Scenario) -> Value {
    let applied = world.scenarios().iter().find(|applied| applied.scenario.name == scenario.name);
    value!({
        "name": scenario.name,
        "description": scenario.description,
        "applied": applied.map(|Applied { since, .. }| since),
    })
}
