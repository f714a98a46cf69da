//! Scenarios: those that come with nephos, and those that are sent.

use super::{Route, errors, json, worlds};
use crate::app::App;
use crate::engine::{Answer, Applied, Call, Live, Problem, Scenario, World};
use crate::scenarios;
use serde_json::{Value, json as value};
use std::sync::Arc;

pub const ROUTES: &[Route] = &[
    Route { name: "control.scenario.list", method: "GET", path: "/scenarios", handler: list },
    Route { name: "control.scenario.send", method: "POST", path: "/scenarios", handler: send },
    Route { name: "control.scenario.show", method: "GET", path: "/scenarios/{name}", handler: show },
    Route { name: "control.scenario.clear", method: "DELETE", path: "/scenarios/{name}", handler: clear },
    Route { name: "control.scenario.apply", method: "POST", path: "/scenarios/{name}/apply", handler: apply },
];

/// Those that come with nephos, and whatever else the world is in.
fn list(app: &App, live: &Live, _call: &Call) -> Answer {
    let (world, _) = live.read_current();
    let shipped = scenarios::SHIPPED.iter().filter_map(|(name, _)| scenarios::shipped(name, &app.names)?.ok());
    let mut rows: Vec<_> = shipped.map(|scenario| view(&world, &scenario)).collect();
    let sent = world.scenarios().iter().filter(|applied| !scenarios::is_shipped(&applied.scenario.name));
    rows.extend(sent.map(|applied| view(&world, &applied.scenario)));
    Ok(json(value!({"scenarios": rows})))
}

/// `{"name": "mine", "toml": "…"}`: checks it and brings the world into it.
fn send(app: &App, live: &Live, call: &Call) -> Answer {
    let name = worlds::name(call, "scenario")?;
    let text = call.json.get("toml").and_then(Value::as_str).ok_or_else(errors::scenario_text)?;
    let file = call.json.get("file").and_then(Value::as_str).unwrap_or(name);
    let scenario = crate::engine::parse_scenario(file, name, text, &app.names).map_err(errors::bad_scenario)?;
    enter(live, scenario)
}

fn apply(app: &App, live: &Live, call: &Call) -> Answer {
    enter(live, named(app, call.param("name"))?)
}

fn show(app: &App, live: &Live, call: &Call) -> Answer {
    let name = call.param("name");
    let (world, _) = live.read_current();
    let applied = world.scenarios().iter().find(|applied| *applied.scenario.name == *name);
    let scenario = match applied {
        Some(applied) => applied.scenario.clone(),
        None => Arc::new(named(app, name)?),
    };
    let mut shown = view(&world, &scenario);
    shown["toml"] = scenarios::text(name).into();
    shown["orders"] = value!(scenario.orders);
    shown["timeline"] = value!(scenario.timeline);
    Ok(json(shown))
}

fn clear(_app: &App, live: &Live, call: &Call) -> Answer {
    let name = call.param("name");
    match live.admin_write(|world| world.clear(name)) {
        Ok(true) => Ok(json(value!({"cleared": name}))),
        Ok(false) => Err(errors::not_in_scenario(name)),
        Err(reason) => Err(errors::bad_scenario(reason)),
    }
}

fn enter(live: &Live, scenario: Scenario) -> Answer {
    let scenario = Arc::new(scenario);
    let entered = live.admin_write(|world| {
        world.apply(scenario.clone())?;
        Ok(view(world, &scenario))
    });
    entered.map(|view| json(view).status(201)).map_err(errors::bad_scenario)
}

fn named(app: &App, name: &str) -> Result<Scenario, Problem> {
    let known = || scenarios::SHIPPED.iter().map(|(name, _)| *name);
    let scenario = scenarios::shipped(name, &app.names).ok_or_else(|| errors::no_such_scenario(name, known()))?;
    scenario.map_err(errors::bad_scenario)
}

fn view(world: &World, scenario: &Scenario) -> Value {
    let applied = world.scenarios().iter().find(|applied| applied.scenario.name == scenario.name);
    value!({
        "name": scenario.name,
        "description": scenario.description,
        "applied": applied.map(|Applied { since, .. }| since),
    })
}
