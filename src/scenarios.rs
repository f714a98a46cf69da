//! The built-in scenarios (`scenarios/*.toml`), and scenarios in files.

use crate::engine::{Names, Scenario, nearest, parse_scenario};
use std::path::Path;

/// The built-in scenarios: name and text of the file.
pub const SHIPPED: &[(&str, &str)] = &[
    ("attach-hangs", include_str!("../scenarios/attach-hangs.toml")),
    ("balance-exhausted", include_str!("../scenarios/balance-exhausted.toml")),
    ("capacity-drain", include_str!("../scenarios/capacity-drain.toml")),
    ("delete-hangs", include_str!("../scenarios/delete-hangs.toml")),
    ("devstack", include_str!("../scenarios/devstack.toml")),
    ("empty", include_str!("../scenarios/empty.toml")),
    ("eventual-consistency", include_str!("../scenarios/eventual-consistency.toml")),
    ("flaky-network", include_str!("../scenarios/flaky-network.toml")),
    ("host-failure", include_str!("../scenarios/host-failure.toml")),
    ("image-import-fails", include_str!("../scenarios/image-import-fails.toml")),
    ("imaging-stuck", include_str!("../scenarios/imaging-stuck.toml")),
    ("keystone-outage", include_str!("../scenarios/keystone-outage.toml")),
    ("large", include_str!("../scenarios/large.toml")),
    ("low-balance", include_str!("../scenarios/low-balance.toml")),
    ("maintenance-window", include_str!("../scenarios/maintenance-window.toml")),
    ("marketplace-abuse", include_str!("../scenarios/marketplace-abuse.toml")),
    ("no-valid-host", include_str!("../scenarios/no-valid-host.toml")),
    ("quota-exhausted", include_str!("../scenarios/quota-exhausted.toml")),
    ("rate-limit-storm", include_str!("../scenarios/rate-limit-storm.toml")),
    ("slow-boot", include_str!("../scenarios/slow-boot.toml")),
    ("slow-everything", include_str!("../scenarios/slow-everything.toml")),
    ("small-team", include_str!("../scenarios/small-team.toml")),
    ("snapshot-fails", include_str!("../scenarios/snapshot-fails.toml")),
    ("stuck-build", include_str!("../scenarios/stuck-build.toml")),
    ("token-expiry", include_str!("../scenarios/token-expiry.toml")),
    ("volume-errors", include_str!("../scenarios/volume-errors.toml")),
];

/// True for the name of a built-in scenario.
pub fn is_shipped(name: &str) -> bool {
    SHIPPED.iter().any(|(known, _)| *known == name)
}

/// The file of a built-in scenario.
pub fn text(name: &str) -> Option<&'static str> {
    SHIPPED.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// The description of a built-in scenario, for a list of them.
pub fn description(name: &str) -> Option<String> {
    let file: toml::Table = text(name)?.parse().ok()?;
    file.get("description")?.as_str().map(|text| text.trim().to_owned())
}

/// The error for a name that no built-in scenario has.
pub fn unknown(name: &str) -> String {
    let near = nearest(name, SHIPPED.iter().map(|(name, _)| *name)).unwrap_or_default();
    format!("there is no scenario {name:?}; did you mean {near:?}?")
}

/// A built-in scenario; `None` if there is none of this name. The error has file and line.
pub fn shipped(name: &str, names: &Names) -> Option<Result<Scenario, String>> {
    text(name).map(|text| parse_scenario(&format!("scenarios/{name}.toml"), name, text, names))
}

/// A scenario by the name of a built-in one, or from a file. The error has file and line.
pub fn load(scenario: &str, names: &Names) -> Result<Scenario, String> {
    if let Some(found) = shipped(scenario, names) {
        return found;
    }
    let text = match std::fs::read_to_string(scenario) {
        Ok(text) => text,
        Err(_) if !scenario.contains(['/', '.']) => return Err(unknown(scenario)),
        Err(error) => return Err(format!("{scenario}: {error}")),
    };
    parse_scenario(scenario, &name_of(scenario), &text, names)
}

/// The name of the scenario in a file: the file name without extension, with other characters than letters, digits, `-`
/// and `_` replaced by `-`, at most 64 characters.
pub fn name_of(file: &str) -> String {
    let stem = Path::new(file).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' };
    stem.chars().map(plain).take(64).collect()
}
