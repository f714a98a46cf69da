//! The faults of the world, with how often each matched and fired.

use super::route::{Route, delete, get, patch, post};
use super::{errors, json};
use crate::app::App;
use crate::engine::{ActiveFault, Answer, Call, Fault, Live, World};
use serde_json::{Value, json as value};

/// The maximum number of faults of one world. Every request is compared with all of them.
const MOST: usize = 1_000;

pub const ROUTES: &[Route] = &[
    get("/faults", "control.fault.list", list).summary("Lists the faults of the world."),
    post("/faults", "control.fault.add", add).summary("Adds a fault."),
    patch("/faults", "control.fault.settings", settings).summary("Switches the header X-Nephos-Fault on or off."),
    delete("/faults", "control.fault.clear", clear).summary("Removes all faults that belong to no scenario."),
    get("/faults/{id}", "control.fault.show", show).summary("Shows a fault."),
    delete("/faults/{id}", "control.fault.remove", remove).summary("Removes a fault."),
];

fn list(_app: &App, live: &Live, _call: &Call) -> Answer {
    Ok(json(view(&live.read_current().0)))
}

/// `{"on": "nova.server.build", "every": 3, "fails": "No valid host was found."}`
fn add(app: &App, live: &Live, call: &Call) -> Answer {
    let fault = Fault::read(&call.json, &[], &app.names).map_err(errors::bad_config)?;
    let added = live.admin_write(|world| {
        if world.faults().all().len() >= MOST {
            return Err(errors::too_many_faults(MOST));
        }
        let id = world.add_fault(fault, None);
        Ok(find(world, id))
    })?;
    Ok(json(added.unwrap_or_default()).status(201))
}

/// `{"header": false}`
fn settings(_app: &App, live: &Live, call: &Call) -> Answer {
    let announced = call.json.get("header").and_then(Value::as_bool).ok_or_else(errors::fault_settings)?;
    let changed = live.admin_write(|world| {
        world.faults_mut().announced = announced;
        Ok::<_, ()>(view(world))
    });
    Ok(json(changed.unwrap_or_default()))
}

fn clear(_app: &App, live: &Live, _call: &Call) -> Answer {
    let cleared = live.admin_write(|world| {
        let single: Vec<_> =
            world.faults().all().iter().filter(|active| active.scenario.is_none()).map(|active| active.id).collect();
        single.iter().for_each(|id| {
            world.faults_mut().remove(*id);
        });
        Ok::<_, ()>(view(world))
    });
    Ok(json(cleared.unwrap_or_default()))
}

fn show(_app: &App, live: &Live, call: &Call) -> Answer {
    let shown = call.param("id").parse().ok().and_then(|id| find(&live.read_current().0, id));
    shown.map(json).ok_or_else(|| errors::no_such_fault(call.param("id")))
}

fn remove(_app: &App, live: &Live, call: &Call) -> Answer {
    let id = call.param("id");
    let number: u64 = id.parse().map_err(|_| errors::no_such_fault(id))?;
    let removed = live.admin_write(|world| if world.faults_mut().remove(number) { Ok(()) } else { Err(()) });
    removed.map_err(|()| errors::no_such_fault(id))?;
    Ok(json(value!({"deleted": number})))
}

fn find(world: &World, id: u64) -> Option<Value> {
    world.faults().all().iter().find(|active| active.id == id).map(ActiveFault::show)
}

fn view(world: &World) -> Value {
    let faults: Vec<_> = world.faults().all().iter().map(ActiveFault::show).collect();
    value!({"header": world.faults().announced, "faults": faults})
}
