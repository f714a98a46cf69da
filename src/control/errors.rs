//! Errors of the control API. Each says what to send instead.

use crate::engine::{ConfigError, MAX_FOLLOWERS, MOST_TRANSITIONS, NotMoved, Problem, Unstored, nearest};

fn bad_request(message: impl Into<String>) -> Problem {
    Problem::new(400, "bad_request", message)
}

fn not_found(message: impl Into<String>) -> Problem {
    Problem::new(404, "not_found", message)
}

fn conflict(message: impl Into<String>) -> Problem {
    Problem::new(409, "conflict", message)
}

pub fn no_such_path(path: &str) -> Problem {
    not_found(format!("there is nothing at {path}; GET / lists the operations of the control API"))
}

pub fn no_such_method(path: &str, allowed: &[&str]) -> Problem {
    Problem::new(405, "method_not_allowed", format!("{path} allows {}", allowed.join(" and ")))
        .header("Allow", allowed.join(", "))
}

pub fn not_json(reason: &str) -> Problem {
    bad_request(format!("the body is not valid JSON: {reason}"))
}

pub fn not_ready() -> Problem {
    Problem::new(503, "not_ready", "some ports do not listen yet; try again").header("Retry-After", "1")
}

pub fn clock_change() -> Problem {
    bad_request(
        "expected one of {\"advance\": \"30s\"}, {\"frozen\": true}, {\"speed\": 10}, \
         {\"now\": \"2030-01-01T12:00:00Z\"}",
    )
}

pub fn bad_duration(text: &str) -> Problem {
    bad_request(format!("{text:?} is not a duration; examples: 250ms, 30s, 5m, 2h, 1d"))
}

pub fn bad_speed() -> Problem {
    bad_request(
        "the speed must be above 0 and at most 1000000 (virtual seconds per real second); \
         send {\"frozen\": true} to stop the clock",
    )
}

pub fn bad_time(text: &str) -> Problem {
    bad_request(format!("{text:?} is not a time; example: 2030-01-01T12:00:00Z"))
}

pub fn clock_not_moved(reason: NotMoved) -> Problem {
    match reason {
        NotMoved::OutOfCalendar => bad_request("the clock shows times from 1970 to the end of 9999; it was not moved"),
        NotMoved::Stopped(now) => conflict(format!(
            "the clock stopped at {}, because more than {MOST_TRANSITIONS} transitions are due by then; move it again",
            now.to_rfc3339()
        )),
    }
}

pub fn bad_filter(name: &str, text: &str) -> Problem {
    bad_request(format!("{name}={text} is not a number"))
}

pub fn too_many_streams() -> Problem {
    Problem::new(429, "too_many_streams", format!("there are {MAX_FOLLOWERS} streams of this journal already"))
        .header("Retry-After", "1")
}

pub fn bad_time_filter(name: &str, text: &str) -> Problem {
    bad_request(format!("{name}={text} is not a time; example: 2030-01-01T12:00:00Z"))
}

pub fn bad_flag_filter(name: &str, text: &str) -> Problem {
    bad_request(format!("{name}={text} is neither true nor false"))
}

pub fn unknown_filter(name: &str, near: Option<&str>) -> Problem {
    let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
    bad_request(format!("the journal has no filter {name}{near}"))
}

pub fn no_such_cloud(name: &str, known: &[String]) -> Problem {
    not_found(format!("there is no cloud {name}; clouds: {}", known.join(", ")))
}

pub fn no_such_table(name: &str, known: &[String]) -> Problem {
    not_found(format!("there is no table {name}; tables: {}", known.join(", ")))
}

pub fn no_such_row(table: &str, id: &str) -> Problem {
    not_found(format!("{table} has no row {id}"))
}

pub fn bad_change(change: &str, reason: &str) -> Problem {
    bad_request(format!("{change}: {reason}"))
}

pub fn bad_row(reason: &str) -> Problem {
    bad_request(format!("not a valid row of this table: {reason}"))
}

/// A content of a row cannot be read from its temporary file.
pub fn unreadable_row(reason: &str) -> Problem {
    Problem::new(500, "unreadable", reason)
}

pub fn not_an_object() -> Problem {
    bad_row("the body must be a JSON object")
}

pub fn unknown_field(name: &str, known: &[&str]) -> Problem {
    bad_row(&format!("there is no field {name}; fields: {}", known.join(", ")))
}

pub fn fixed_id() -> Problem {
    bad_row("the id of a row cannot be changed")
}

pub fn no_such_world(name: &str, known: &[String]) -> Problem {
    not_found(format!("there is no world {name}; worlds: {}; POST /worlds forks one", known.join(", ")))
}

pub fn bad_name(what: &str) -> Problem {
    bad_request(format!(
        "expected {{\"name\": \"…\"}}: the name of a {what} has 1 to 64 letters, digits, dots, dashes or underscores"
    ))
}

pub fn world_exists(name: &str) -> Problem {
    conflict(format!("the world {name} exists already; DELETE /worlds/{name} deletes it"))
}

pub fn too_many_worlds(most: usize) -> Problem {
    conflict(format!("there are {most} worlds, the maximum of this nephos (--max-worlds); delete one first"))
}

pub fn default_world() -> Problem {
    conflict("the default world cannot be deleted, since the ports serve it; POST /reset resets it")
}

pub fn nothing_to_fork(from: &str, worlds: &[String], snapshots: &[String]) -> Problem {
    let (worlds, snapshots) = (worlds.join(", "), snapshots.join(", "));
    not_found(format!("there is no world or snapshot {from}; worlds: {worlds}; snapshots of this world: {snapshots}"))
}

pub fn no_such_snapshot(name: &str, known: &[String]) -> Problem {
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    not_found(format!("this world has no snapshot {name}; snapshots: {known}"))
}

pub fn unreadable_snapshot(reason: &str) -> Problem {
    bad_request(format!("the snapshot cannot be loaded, nothing was changed: {reason}"))
}

pub fn too_many_snapshots(most: usize) -> Problem {
    conflict(format!("this world has {most} snapshots, the maximum; delete one first"))
}

/// A content of the world cannot be read from its temporary file.
pub fn unwritable_snapshot(reason: &str) -> Problem {
    Problem::new(500, "unreadable", format!("the snapshot cannot be saved: {reason}"))
}

pub fn snapshot_too_large(largest: u64) -> Problem {
    Problem::new(413, "too_large", format!("a snapshot file has at most {largest} bytes"))
}

/// The file of a snapshot does not fit into the room for contents (`--max-body`, `--max-blob-bytes`).
pub fn snapshot_not_stored(reason: Unstored) -> Problem {
    let status = match reason {
        Unstored::TooLarge(_) => 413,
        Unstored::NoRoom | Unstored::Failed => 507,
    };
    Problem::new(status, "not_stored", format!("the snapshot cannot be loaded, nothing was changed: {reason}"))
}

pub fn cannot_rewind(requested: u64, available: usize) -> Problem {
    conflict(format!(
        "cannot undo {requested} writes: this world has {available} to undo (at most 1000 are recorded, and fewer if they keep much alive)"
    ))
}

pub fn rewind_count() -> Problem {
    bad_request("expected {\"writes\": 5}: the number of writes to undo, 1 or more")
}

/// A fault or a limit that cannot be read.
pub fn bad_config(error: ConfigError) -> Problem {
    bad_request(error.to_string())
}

pub fn no_such_fault(id: &str) -> Problem {
    not_found(format!("this world has no fault {id}; GET /faults lists them"))
}

pub fn too_many_faults(most: usize) -> Problem {
    conflict(format!("this world has {most} faults, the maximum; remove some first"))
}

pub fn fault_settings() -> Problem {
    bad_request("expected {\"header\": false}: whether answers made by a fault have the header X-Nephos-Fault")
}

pub fn limit_change() -> Problem {
    bad_request("expected {\"gozunga\": {\"rate\": \"5/s\", \"burst\": 10}} or {\"enabled\": false}")
}

pub fn bad_scenario(reason: String) -> Problem {
    bad_request(reason)
}

pub fn scenario_text() -> Problem {
    bad_request("expected {\"name\": \"mine\", \"toml\": \"…\"}: a name and the text of the scenario")
}

pub fn no_such_scenario(name: &str, known: impl Iterator<Item = &'static str>) -> Problem {
    let near = nearest(name, known).unwrap_or_default();
    not_found(format!("there is no scenario {name:?}; did you mean {near:?}?"))
}

pub fn scenario_not_applied(name: &str) -> Problem {
    not_found(format!("the scenario {name:?} is not applied to this world; GET /scenarios lists those that are"))
}
