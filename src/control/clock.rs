//! The virtual clock of the world.

use super::{Route, errors, json};
use crate::app::App;
use crate::engine::{Answer, Call, Clock, Live, Problem, milliseconds};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json as value};

pub const ROUTES: &[Route] = &[
    Route { name: "control.clock.show", method: "GET", path: "/clock", handler: show },
    Route { name: "control.clock.change", method: "PATCH", path: "/clock", handler: change },
];

fn show(_app: &App, live: &Live, _call: &Call) -> Answer {
    let (world, now) = live.read_current();
    let speed = world.clock().speed();
    Ok(json(value!({"now": now, "frozen": speed == 0.0, "speed": speed, "pending": world.pending()})))
}

/// One change at a time: advance, freeze or resume, speed, set.
fn change(app: &App, live: &Live, call: &Call) -> Answer {
    let fields = call.json.as_object().filter(|fields| fields.len() == 1).ok_or_else(errors::clock_change)?;
    let (name, wanted) = fields.iter().next().ok_or_else(errors::clock_change)?;
    let moved = match (name.as_str(), wanted) {
        ("advance", Value::String(text)) => {
            let by = advance_by(text)?;
            live.move_clock(|clock| clock.advanced(by))
        }
        ("frozen", Value::Bool(true)) => live.move_clock(|clock| Some(clock.at_speed(0.0))),
        ("frozen", Value::Bool(false)) => live.move_clock(|clock| Some(clock.at_speed(1.0))),
        ("speed", speed) => {
            let speed = speed.as_f64().filter(|speed| *speed > 0.0 && *speed <= 1e6).ok_or_else(errors::bad_speed)?;
            live.move_clock(|clock| Some(clock.at_speed(speed)))
        }
        ("now", Value::String(text)) => {
            let at: DateTime<Utc> = text.parse().map_err(|_| errors::bad_time(text))?;
            live.move_clock(|clock: Clock| Some(clock.set_to(at)))
        }
        _ => return Err(errors::clock_change()),
    };
    moved.ok_or_else(errors::end_of_time)?;
    show(app, live, call)
}

fn advance_by(text: &str) -> Result<TimeDelta, Problem> {
    let by = milliseconds(text).and_then(TimeDelta::try_milliseconds);
    by.ok_or_else(|| errors::bad_duration(text))
}
