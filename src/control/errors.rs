//! What the control API refuses, with what to do instead.

use crate::engine::{ConfigError, Problem, nearest};

fn bad_request(message: impl Into<String>) -> Problem {
    Problem::new(400, "bad_request", message)
}

pub fn no_such_path(path: &str) -> Problem {
    Problem::new(
        404,
        "not_found",
        format!("nothing is at {path}; try /clouds, /operations, /journal, /state, /clock or /worlds"),
    )
}

pub fn no_such_method(path: &str, allowed: &[&str]) -> Problem {
    Problem::new(405, "method_not_allowed", format!("{path} takes {}", allowed.join(" and ")))
        .header("Allow", allowed.join(", "))
}

pub fn not_json(reason: &str) -> Problem {
    bad_request(format!("the body is no JSON: {reason}"))
}

pub fn not_ready() -> Problem {
    Problem::new(503, "not_ready", "not every port listens yet; ask again in a moment").header("Retry-After", "1")
}

pub fn clock_change() -> Problem {
    bad_request(
        "say one of {\"advance\": \"30s\"}, {\"frozen\": true}, {\"speed\": 10}, {\"now\": \"2030-01-01T12:00:00Z\"}",
    )
}

pub fn bad_duration(text: &str) -> Problem {
    bad_request(format!("{text:?} is no length of time; write 250ms, 30s, 5m, 2h or 1d"))
}

pub fn bad_speed() -> Problem {
    bad_request("a speed is a number above 0 and at most 1000000: virtual seconds per real second; to stop, freeze")
}

pub fn bad_time(text: &str) -> Problem {
    bad_request(format!("{text:?} is no time; write 2030-01-01T12:00:00Z"))
}

pub fn end_of_time() -> Problem {
    bad_request("the calendar ends before that")
}

pub fn bad_filter(name: &str, text: &str) -> Problem {
    bad_request(format!("{name}={text} is no number"))
}

pub fn no_such_state(what: &str, known: &[String]) -> Problem {
    Problem::new(404, "not_found", format!("there is no {what}; there are {}", known.join(", ")))
}

pub fn no_such_row(resource: &str, id: &str) -> Problem {
    Problem::new(404, "not_found", format!("{resource} has no row {id}"))
}

pub fn bad_change(change: &str, reason: &str) -> Problem {
    bad_request(format!("{change}: {reason}"))
}

pub fn bad_row(reason: &str) -> Problem {
    bad_request(format!("that is no row of this table: {reason}"))
}

pub fn no_such_world(name: &str, known: &[String]) -> Problem {
    let known = known.join(", ");
    Problem::new(404, "not_found", format!("no world is called {name}; there are {known}; POST /worlds forks one"))
}

pub fn bad_name(what: &str) -> Problem {
    bad_request(format!(
        "say {{\"name\": …}}: the name of a {what} is 1 to 64 letters, digits, dots, dashes, underscores"
    ))
}

pub fn world_exists(name: &str) -> Problem {
    Problem::new(409, "conflict", format!("a world is called {name} already; DELETE /worlds/{name} removes it"))
}

pub fn default_stays() -> Problem {
    Problem::new(409, "conflict", "the ports serve the world default: it cannot be deleted; POST /reset empties it")
}

pub fn nothing_to_fork(from: &str, worlds: &[String], snapshots: &[String]) -> Problem {
    let (worlds, snapshots) = (worlds.join(", "), snapshots.join(", "));
    let message = format!("nothing to fork is called {from}; worlds: {worlds}; snapshots of this world: {snapshots}");
    Problem::new(404, "not_found", message)
}

pub fn no_such_snapshot(name: &str, known: &[String]) -> Problem {
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    Problem::new(404, "not_found", format!("no snapshot of this world is called {name}; there are: {known}"))
}

pub fn unreadable_snapshot(reason: &str) -> Problem {
    bad_request(format!("this is no snapshot that can be loaded, and nothing was changed: {reason}"))
}

pub fn cannot_rewind(wanted: u64, kept: usize) -> Problem {
    let message = format!("{wanted} writes cannot be taken back: {kept} are kept of this world (at most 1000)");
    Problem::new(409, "conflict", message)
}

pub fn rewind_how_far() -> Problem {
    bad_request("say {\"writes\": 5}: how many of the last writes to take back, 1 or more")
}

pub fn bad_order(complaint: ConfigError) -> Problem {
    bad_request(complaint.to_string())
}

pub fn no_such_fault(id: &str) -> Problem {
    Problem::new(404, "not_found", format!("no fault of this world has the number {id}; GET /faults lists them"))
}

pub fn fault_settings() -> Problem {
    bad_request("say {\"header\": false}: whether answers that a fault made have the header X-Nephos-Fault")
}

pub fn limit_change() -> Problem {
    bad_request("say {\"gozunga\": {\"rate\": \"5/s\", \"burst\": 10}} or {\"enabled\": false}")
}

pub fn bad_time_filter(name: &str, text: &str) -> Problem {
    bad_request(format!("{name}={text} is no time; write 2030-01-01T12:00:00Z"))
}

pub fn unknown_filter(name: &str, near: Option<&str>) -> Problem {
    let near = near.map(|near| format!("; the nearest is {near}")).unwrap_or_default();
    bad_request(format!("the journal has no filter {name}{near}"))
}

pub fn bad_flag_filter(name: &str, text: &str) -> Problem {
    bad_request(format!("{name}={text} is neither true nor false"))
}

pub fn bad_scenario(reason: String) -> Problem {
    bad_request(reason)
}

pub fn scenario_text() -> Problem {
    bad_request("say {\"name\": \"mine\", \"toml\": \"…\"}: the text of the scenario")
}

pub fn no_such_scenario(name: &str, known: impl Iterator<Item = &'static str>) -> Problem {
    let near = nearest(name, known).unwrap_or_default();
    Problem::new(404, "not_found", format!("there is no scenario {name:?}; the nearest is {near:?}"))
}

pub fn not_in_scenario(name: &str) -> Problem {
    Problem::new(404, "not_found", format!("the world is in no scenario {name:?}; GET /scenarios shows those it is in"))
}
