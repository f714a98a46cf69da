//! The virtual clock of the world.

use super::route::{Route, get, patch};
use super::{errors, json};
use crate::app::App;
use crate::engine::{Answer, Call, Clock, Live, Problem, milliseconds};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json as value};

pub const ROUTES: &[Route] = &[
    get("/clock", "control.clock.show", show).summary("Shows the virtual clock."),
    patch("/clock", "control.clock.change", change).summary("Advances, freezes, resumes, speeds up or sets the clock."),
];

fn show(_app: &App, live: &Live, _call: &Call) -> Answer {
    let (world, now) = live.read_current();
    let speed = world.clock().speed();
    Ok(json(value!({"now": now, "frozen": speed == 0.0, "speed": speed, "pending": world.pending()})))
}

/// One change per request: `{"advance": "30s"}`, `{"frozen": true}`, `{"speed": 10}` or `{"now": "2030-…"}`.
fn change(app: &App, live: &Live, call: &Call) -> Answer {
    let fields = call.json.as_object().filter(|fields| fields.len() == 1).ok_or_else(errors::clock_change)?;
    let (name, value) = fields.iter().next().ok_or_else(errors::clock_change)?;
    let moved = match (name.as_str(), value) {
        ("advance", Value::String(text)) => {
            let by = duration(text)?;
            live.move_clock(|clock| clock.advanced(by))
        }
        ("frozen", Value::Bool(true)) => live.move_clock(|clock| Some(clock.at_speed(0.0))),
        ("frozen", Value::Bool(false)) => live.move_clock(|clock| Some(clock.at_speed(1.0))),
        ("speed", speed) => {
            let allowed = |speed: &f64| *speed > 0.0 && Clock::can_run_at(*speed);
            let speed = speed.as_f64().filter(allowed).ok_or_else(errors::bad_speed)?;
            live.move_clock(|clock| Some(clock.at_speed(speed)))
        }
        ("now", Value::String(text)) => {
            let at: DateTime<Utc> = text.parse().map_err(|_| errors::bad_time(text))?;
            live.move_clock(|clock: Clock| Some(clock.set_to(at)).filter(|_| Clock::can_show(at)))
        }
        _ => return Err(errors::clock_change()),
    };
    moved.map_err(errors::clock_not_moved)?;
    show(app, live, call)
}

fn duration(text: &str) -> Result<TimeDelta, Problem> {
    let duration = milliseconds(text).and_then(TimeDelta::try_milliseconds);
    duration.ok_or_else(|| errors::bad_duration(text))
}
