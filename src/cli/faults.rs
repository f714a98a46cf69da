//! `nephos fault add|list|clear|header`: fault injection.

use super::Target;
use super::output::print;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Map, Value, json};

#[derive(Args)]
pub struct FaultCommand {
    #[command(flatten)]
    target: Target,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Add a fault: nephos fault add on=nova.server.build every=3 fails="No valid host was found."
    ///
    /// What it matches: on=GLOB (names of operations or transitions), cloud=, service=, project=, user=,
    /// resource= (names or ids), header="Name: value".
    /// When it fires: first=N, after=N, every=N, probability=0.2, window=10m..20m, times=N.
    /// Effects on transitions: fails=REASON, stuck=true, slower=FACTOR.
    /// Effects on answers: status=503 (with message=, body=, retry_after=), stale=2s.
    /// Effects on connections: outage=closed|503, delay=1s..3s, reset=before|during|after, truncate=true,
    /// stall=true|30s, garbage=true.
    #[command(verbatim_doc_comment)]
    Add {
        #[arg(required = true, value_name = "KEY=VALUE")]
        settings: Vec<String>,
    },
    /// List the faults with how often each matched and fired.
    List,
    /// Remove a fault, or all faults that belong to no scenario.
    Clear {
        /// The number that `fault list` shows
        id: Option<u64>,
    },
    /// Switch the header X-Nephos-Fault, which answers made by a fault have, on or off.
    Header {
        #[arg(value_parser = ["on", "off"])]
        state: String,
    },
}

impl FaultCommand {
    pub fn run(self) -> Result<(), String> {
        let target = self.target;
        match self.action {
            Action::Add { settings } => {
                let body = fault(&settings)?;
                target.send(Method::POST, "/faults", Some(&body)).map(|fault| show(&fault))?;
            }
            Action::List => {
                let answer = target.get("/faults")?;
                answer["faults"].as_array().into_iter().flatten().for_each(show);
            }
            Action::Clear { id: None } => target.send(Method::DELETE, "/faults", None).map(|_| ())?,
            Action::Clear { id: Some(id) } => {
                target.send(Method::DELETE, &format!("/faults/{id}"), None)?;
            }
            Action::Header { state } => {
                target.send(Method::PATCH, "/faults", Some(&json!({"header": state == "on"})))?;
            }
        }
        Ok(())
    }
}

/// `every=3` as `{"every": 3}`. A value that is valid JSON is JSON, except for keys whose values are strings.
fn fault(settings: &[String]) -> Result<Value, String> {
    let mut fault = Map::new();
    for setting in settings {
        let (key, value) =
            setting.split_once('=').ok_or_else(|| format!("{setting}: expected KEY=VALUE, such as every=3"))?;
        let strings = ["on", "fails", "message", "project", "user", "resource", "header", "outage"];
        let json = if strings.contains(&key) { None } else { serde_json::from_str(value).ok() };
        fault.insert(key.into(), json.unwrap_or_else(|| value.into()));
    }
    Ok(fault.into())
}

fn show(fault: &Value) {
    let own = ["id", "seen", "fired", "since", "scenario"];
    let fields = fault.as_object().into_iter().flatten().filter(|(key, _)| !own.contains(&key.as_str()));
    let settings: Vec<_> = fields.map(|(key, value)| format!("{key}={value}")).collect();
    let scenario = fault["scenario"].as_str().map(|name| format!(" (scenario {name})")).unwrap_or_default();
    let (id, seen, fired) = (&fault["id"], &fault["seen"], &fault["fired"]);
    print(format_args!("{id:>4} {}: matched {seen}, fired {fired}{scenario}", settings.join(" ")));
}
