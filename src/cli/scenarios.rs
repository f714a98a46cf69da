//! `nephos scenario list|show|apply|clear|check`: scenarios.

use super::Target;
use super::output::print;
use super::remote::segment;
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
    /// List the scenarios. A star marks those that are applied to the world of a running nephos.
    List,
    /// Print the file of a built-in scenario, or the description of another one that is applied.
    Show { name: String },
    /// Apply a scenario to the world.
    Apply {
        /// The name of a built-in scenario, or a file
        scenario: String,
    },
    /// Clear an applied scenario: undo everything that it did.
    Clear {
        /// The name of the scenario [default: clear all applied scenarios]
        name: Option<String>,
    },
    /// Check a scenario file. No nephos has to run.
    Check {
        file: PathBuf,
        /// The config file with the clouds that the scenario is for.
        #[arg(long)]
        config: Option<PathBuf>,
    },
}

impl ScenarioCommand {
    pub fn run(self) -> Result<(), String> {
        let target = self.target;
        match self.action {
            Action::List => list(&target),
            Action::Show { name } => show(&target, &name),
            Action::Apply { scenario } => apply(&target, &scenario),
            Action::Clear { name: Some(name) } => {
                target.send(Method::DELETE, &format!("/scenarios/{}", segment(&name)?), None).map(|_| ())
            }
            Action::Clear { name: None } => {
                let answer = target.send(Method::DELETE, "/scenarios", None)?;
                let names = answer["cleared"].as_array().into_iter().flatten();
                names.filter_map(Value::as_str).for_each(print);
                Ok(())
            }
            Action::Check { file, config } => {
                let app = App::new(Config::load(config.as_deref())?)?;
                scenarios::load(&file.to_string_lossy(), &app.names)?;
                print(format_args!("{}: no errors", file.display()));
                Ok(())
            }
        }
    }
}

/// Without a running nephos, the built-in scenarios are listed.
fn list(target: &Target) -> Result<(), String> {
    match target.get_if_running("/scenarios")? {
        Some(answer) => answer["scenarios"].as_array().into_iter().flatten().for_each(print_line),
        None => {
            let describe = |name: &str| json!({"name": name, "description": scenarios::description(name)});
            scenarios::SHIPPED.iter().for_each(|(name, _)| print_line(&describe(name)));
        }
    }
    Ok(())
}

fn show(target: &Target, name: &str) -> Result<(), String> {
    if let Some(text) = scenarios::text(name) {
        print(text.trim_end());
        return Ok(());
    }
    let scenario = target.get_if_running(&format!("/scenarios/{}", segment(name)?))?;
    let scenario = scenario.ok_or_else(|| scenarios::unknown(name))?;
    print(scenario["description"].as_str().unwrap_or_default().trim_end());
    Ok(())
}

fn apply(target: &Target, scenario: &str) -> Result<(), String> {
    let applied = if is_file(scenario) {
        let text = std::fs::read_to_string(scenario).map_err(|error| format!("{scenario}: {error}"))?;
        let body = json!({"name": scenarios::name_of(scenario), "file": scenario, "toml": text});
        target.send(Method::POST, "/scenarios", Some(&body))
    } else {
        target.send(Method::POST, &format!("/scenarios/{}/apply", segment(scenario)?), None)
    };
    applied.map(|applied| print_line(&applied))
}

/// The name of a built-in scenario has no dot and no slash.
fn is_file(scenario: &str) -> bool {
    scenario.contains(['/', '.']) || Path::new(scenario).is_file()
}

/// Prints the name and the first sentence of the description.
fn print_line(scenario: &Value) {
    let text = |key: &str| scenario[key].as_str().unwrap_or_default();
    let mark = if scenario["applied"].is_null() { " " } else { "*" };
    let first = text("description").split_inclusive(['.', ';']).next().unwrap_or_default();
    print(format_args!("{mark} {:<22} {}", text("name"), first.replace('\n', " ")));
}
