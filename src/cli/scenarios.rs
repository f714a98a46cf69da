//! `nephos scenario list|show|apply|clear|check`

use super::Target;
use super::output::print;
use crate::app::App;
use crate::config::Config;
use crate::scenarios;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(Args)]
pub struct ScenarioCommand {
    #[command(flatten)]
    target: Target,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// The scenarios that there are; a star marks those that the world is in.
    List,
    /// What a scenario does.
    Show { name: String },
    /// Bring the world into a scenario, by its name or from a file.
    Apply { scenario: String },
    /// Take back all that a scenario ordered.
    Clear { name: String },
    /// Check a file, without a running nephos.
    Check {
        file: PathBuf,
        /// The config file whose clouds the scenario is for.
        #[arg(long)]
        config: Option<PathBuf>,
    },
}

impl ScenarioCommand {
    pub fn run(self) -> Result<(), String> {
        let target = self.target;
        match self.action {
            Action::List => {
                let answer = target.get("/scenarios")?;
                answer["scenarios"].as_array().into_iter().flatten().for_each(line);
            }
            Action::Show { name } => {
                let scenario = target.get(&format!("/scenarios/{name}"))?;
                let text = scenario["toml"].as_str().or(scenario["description"].as_str()).unwrap_or_default();
                print(text.trim_end());
            }
            Action::Apply { scenario } if is_file(&scenario) => {
                let text = std::fs::read_to_string(&scenario).map_err(|error| format!("{scenario}: {error}"))?;
                let body = json!({"name": scenarios::name_of(&scenario), "file": scenario, "toml": text});
                target.ask(Method::POST, "/scenarios", Some(&body)).map(|applied| line(&applied))?;
            }
            Action::Apply { scenario } => {
                target
                    .ask(Method::POST, &format!("/scenarios/{scenario}/apply"), None)
                    .map(|applied| line(&applied))?;
            }
            Action::Clear { name } => {
                target.ask(Method::DELETE, &format!("/scenarios/{name}"), None)?;
            }
            Action::Check { file, config } => {
                let app = App::new(Config::load(config.as_deref())?)?;
                scenarios::load(&file.to_string_lossy(), &app.names)?;
                print(format_args!("{}: all right", file.display()));
            }
        }
        Ok(())
    }
}

/// A name has no dot and no slash.
pub(super) fn is_file(scenario: &str) -> bool {
    scenario.contains(['/', '.']) || Path::new(scenario).is_file()
}

fn line(scenario: &Value) {
    let text = |key: &str| scenario[key].as_str().unwrap_or_default();
    let mark = if scenario["applied"].is_null() { " " } else { "*" };
    let first = text("description").split_inclusive(['.', ';']).next().unwrap_or_default();
    print(format_args!("{mark} {:<22} {}", text("name"), first.replace('\n', " ")));
}
