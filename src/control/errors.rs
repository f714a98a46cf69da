//! What the control API refuses, with what to do instead.

use crate::engine::Problem;

fn bad_request(message: impl Into<String>) -> Problem {
    Problem::new(400, "bad_request", message)
}

pub fn no_such_path(path: &str) -> Problem {
    Problem::new(
        404,
        "not_found",
        format!("nothing is at {path}; try /clouds, /operations, /journal, /state or /clock"),
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
