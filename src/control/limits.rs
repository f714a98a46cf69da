//! The rate limits of the clouds.

use super::route::{Route, get, patch};
use super::{errors, json};
use crate::app::App;
use crate::engine::{Answer, Call, ConfigError, Live};

pub const ROUTES: &[Route] = &[
    get("/limits", "control.limits.show", show).summary("Shows the rate limits of all clouds."),
    patch("/limits", "control.limits.change", change).summary("Changes rate limits, or switches them on or off."),
];

fn show(_app: &App, live: &Live, _call: &Call) -> Answer {
    Ok(json(live.read_current().0.limits().show()))
}

/// `{"gozunga": {"rate": "5/s", "burst": 10}}`, `{"enabled": false}`
fn change(app: &App, live: &Live, call: &Call) -> Answer {
    let changes = call.json.as_object().filter(|changes| !changes.is_empty()).ok_or_else(errors::limit_change)?;
    let changed = live.admin_write(|world| {
        let limits = world.limits_mut();
        for (name, value) in changes {
            match value.as_bool() {
                Some(enabled) if name == "enabled" => limits.enabled = enabled,
                _ if app.names.clouds.contains(name) => limits.change(name, value, std::slice::from_ref(name))?,
                _ => {
                    let known = app.names.clouds.iter().map(String::as_str);
                    return Err(ConfigError::unknown(&[], "cloud", name, known));
                }
            }
        }
        Ok(limits.show())
    });
    changed.map(json).map_err(errors::bad_config)
}
