//! The refusals of the API. The message of a problem is the whole body: pairs, as in every response, with `errors:KEY
//! text` after the pair that it is about.

use super::text::{Pairs, Text};
use crate::engine::{Problem, Unstored};

/// Errors in the values of a request, by key.
#[derive(Debug, Default)]
pub struct ValidationErrors(Pairs);

impl ValidationErrors {
    /// Adds an error. Only the first one about a key is reported.
    pub fn add(&mut self, key: &str, text: impl AsRef<str>) {
        if self.0.named(key).is_none() {
            self.0.put(key, text.as_ref());
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The echoed pairs, each followed by its error, then the errors about keys that are missing.
    pub fn beside(&self, echo: &Pairs) -> String {
        let mut text = Text::default();
        for (key, value) in echo.iter() {
            text.pair(key, value);
            if let Some(message) = self.0.named(key) {
                text.pair(&format!("errors:{key}"), message);
            }
        }
        let rest = self.0.iter().filter(|(about, _)| echo.named(about).is_none());
        rest.for_each(|(key, message)| text.pair(&format!("errors:{key}"), message));
        text.finish()
    }

    /// Returns 400 with the echoed pairs if there are errors.
    pub fn refuse(&self, echo: &Pairs) -> Result<(), Problem> {
        if self.is_empty() { Ok(()) } else { Err(Problem::new(400, "invalid", self.beside(echo))) }
    }
}

// Messages about single keys. They are those of a Django form.

pub const REQUIRED: &str = "This field is required.";
pub const WHOLE_NUMBER: &str = "Enter a whole number.";
pub const DATE_TIME: &str = "Enter a valid date/time.";
pub const EMAIL: &str = "Enter a valid e-mail address.";

pub fn at_least(least: impl std::fmt::Display) -> String {
    format!("Ensure this value is greater than or equal to {least}.")
}

pub fn at_most(most: impl std::fmt::Display) -> String {
    format!("Ensure this value is less than or equal to {most}.")
}

pub fn no_choice(value: &str) -> String {
    format!("Select a valid choice. {value} is not one of the available choices.")
}

/// The message `Drive UUID could not be found. Please re-validate your entry.`
pub fn not_found_text(what: &str) -> String {
    format!("{what} could not be found. Please re-validate your entry.")
}

// Refusals of a whole request.

/// Section 5: missing or wrong HTTP Basic authentication.
pub fn unauthorized() -> Problem {
    let problem = system(401, "HTTP Basic Authentication missing or incorrect");
    problem.header("WWW-Authenticate", "Basic realm=\"CloudSigma API\"")
}

pub fn drive_not_found() -> Problem {
    system(400, &not_found_text("Drive UUID"))
}

pub fn server_not_found() -> Problem {
    system(400, &not_found_text("Server UUID"))
}

pub fn group_not_found() -> Problem {
    system(400, &not_found_text("Server group UUID"))
}

pub fn vlan_not_found() -> Problem {
    system(400, &not_found_text("VLAN UUID"))
}

pub fn subscription_not_found() -> Problem {
    system(400, &not_found_text("Subscription UUID"))
}

pub fn ip_not_found() -> Problem {
    Problem::new(400, "missing", "resource_exception:Missing resource\n")
}

/// Something that a running server holds cannot be destroyed (7.5).
pub fn in_use(what: &str) -> Problem {
    system(400, &format!("{what} is currently in use"))
}

/// Section 5: a drive, server or other resource is busy.
pub fn busy(what: &str) -> Problem {
    system(409, what)
}

pub fn insufficient_funds() -> Problem {
    system(400, INSUFFICIENT_FUNDS)
}

pub const INSUFFICIENT_FUNDS: &str = "Insufficient funds. Please top up your balance.";

/// A 400 about one part of the path, or about a body that is not text.
pub fn invalid(key: &str, text: &str) -> Problem {
    let mut errors_found = ValidationErrors::default();
    errors_found.add(key, text);
    Problem::new(400, "invalid", errors_found.beside(&Pairs::default()))
}

pub fn no_such_command() -> Problem {
    system(404, "Command not found")
}

pub fn method_not_allowed(method: &str) -> Problem {
    match method {
        "GET" | "HEAD" => system(405, "GET used on command expecting POST"),
        _ => system(405, "Method Not Allowed"),
    }
}

pub fn too_large() -> Problem {
    system(400, "The request is too large")
}

/// The bytes of a drive could not be stored. The manual has no words for it.
pub fn not_stored(reason: Unstored) -> Problem {
    match reason {
        Unstored::TooLarge(_) => too_large(),
        Unstored::NoRoom | Unstored::Failed => failed(),
    }
}

pub fn failed() -> Problem {
    system(500, "Failed command")
}

/// An injected error. Without a message it has that of section 5 for its status.
pub fn injected(status: u16, message: Option<&str>) -> Problem {
    let known = match status {
        400 => "Invalid input data to command",
        401 => return unauthorized(),
        404 => "Command, drive, server or other object not found",
        405 => "GET used on command expecting POST",
        409 => "Drive, server or other resource is busy",
        500 => "System error",
        504 => "Operation timed out",
        _ => "Failed command",
    };
    system(status, message.unwrap_or(known))
}

fn system(status: u16, text: &str) -> Problem {
    let mut errors_found = ValidationErrors::default();
    errors_found.add("system", text);
    Problem::new(status, "system", errors_found.beside(&Pairs::default()))
}
