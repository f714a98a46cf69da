//! `nephos fault add|list|clear|header`

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
    /// Order a failure: nephos fault add on=nova.server.build every=3 fails="No valid host was found."
    ///
    /// What to hit: on=GLOB (of operations or transitions), cloud, service, project, user, resource (names
    /// or ids), header="Name: value". When: first=N, after=N, every=N, probability=0.2, window=10m..20m,
    /// times=N. How a transition goes wrong: fails=REASON, stuck=true, slower=TIMES. How an answer does:
    /// status=503 (with message=, body=, retry_after=), stale=2s, outage=closed or 503, delay=1s..3s,
    /// reset=before, during or after, truncate=true, stall=true or 30s, garbage=true.
    #[command(verbatim_doc_comment)]
    Add {
        #[arg(required = true, value_name = "KEY=VALUE")]
        settings: Vec<String>,
    },
    /// The failures that are ordered, and how often each struck.
    List,
    /// Take back one failure, or all that no scenario ordered.
    Clear { id: Option<u64> },
    /// Whether answers that a fault made say so in the header X-Nephos-Fault.
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
                target.ask(Method::POST, "/faults", Some(&body)).map(|fault| show(&fault))?;
            }
            Action::List => {
                let answer = target.get("/faults")?;
                answer["faults"].as_array().into_iter().flatten().for_each(show);
            }
            Action::Clear { id: None } => target.ask(Method::DELETE, "/faults", None).map(|_| ())?,
            Action::Clear { id: Some(id) } => {
                target.ask(Method::DELETE, &format!("/faults/{id}"), None)?;
            }
            Action::Header { state } => {
                target.ask(Method::PATCH, "/faults", Some(&json!({"header": state == "on"})))?;
            }
        }
        Ok(())
    }
}

/// `every=3` as `{"every": 3}`: what reads as JSON is that, everything else is text.
fn fault(settings: &[String]) -> Result<Value, String> {
    let mut fault = Map::new();
    for setting in settings {
        let (key, value) =
            setting.split_once('=').ok_or_else(|| format!("{setting}: write KEY=VALUE, such as every=3"))?;
        let texts = ["on", "fails", "message", "project", "user", "resource", "header", "outage"];
        let read = if texts.contains(&key) { None } else { serde_json::from_str(value).ok() };
        fault.insert(key.into(), read.unwrap_or_else(|| value.into()));
    }
    Ok(fault.into())
}

fn show(fault: &Value) {
    let own = ["id", "seen", "fired", "since", "scenario"];
    let fields = fault.as_object().into_iter().flatten().filter(|(key, _)| !own.contains(&key.as_str()));
    let said: Vec<_> = fields.map(|(key, value)| format!("{key}={value}")).collect();
    let from = fault["scenario"].as_str().map(|name| format!(" (scenario {name})")).unwrap_or_default();
    let (id, seen, fired) = (&fault["id"], &fault["seen"], &fault["fired"]);
    print(format_args!("{id:>4} {}: fitted {seen}, struck {fired}{from}", said.join(" ")));
}
