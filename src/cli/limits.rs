//! `nephos limits show|set CLOUD KEY=VALUE…|on|off`: the rate limits.

use super::Target;
use super::output::print;
use super::remote::pretty;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Map, Value, json};

#[derive(Args)]
pub struct LimitsCommand {
    #[command(flatten)]
    target: Target,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Show the rate limits of all clouds.
    Show,
    /// Change the rate limit of a cloud: nephos limits set gozunga rate=5/s burst=10
    ///
    /// Keys: rate=50/s (per s, m, h or d, or none), burst=N, per=project|token|endpoint,
    /// form=gateway|service|window, message=TEXT.
    #[command(verbatim_doc_comment)]
    Set {
        cloud: String,
        #[arg(required = true, value_name = "KEY=VALUE")]
        settings: Vec<String>,
    },
    /// Switch all rate limits on.
    On,
    /// Switch all rate limits off, except those of scenarios.
    Off,
}

impl LimitsCommand {
    pub fn run(self) -> Result<(), String> {
        let body = match self.action {
            Action::Show => return self.target.get("/limits").map(|limits| print(pretty(&limits))),
            Action::On => json!({"enabled": true}),
            Action::Off => json!({"enabled": false}),
            Action::Set { cloud, settings } => {
                let mut limit = Map::new();
                for setting in &settings {
                    let pair = setting
                        .split_once('=')
                        .ok_or_else(|| format!("{setting}: expected KEY=VALUE, such as rate=5/s"))?;
                    let value = serde_json::from_str(pair.1).unwrap_or_else(|_| Value::from(pair.1));
                    limit.insert(pair.0.into(), value);
                }
                json!({cloud: limit})
            }
        };
        self.target.send(Method::PATCH, "/limits", Some(&body)).map(|limits| print(pretty(&limits)))
    }
}
