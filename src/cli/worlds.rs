//! `nephos world list|fork|delete`: worlds.

use super::Target;
use super::output::print;
use super::remote::segment;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

#[derive(Args)]
pub struct WorldCommand {
    #[command(flatten)]
    target: Target,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// List the worlds.
    List,
    /// Make a world that begins as a copy of another.
    Fork {
        name: String,
        /// A world, or a snapshot of the world of --world [default: the world of --world].
        #[arg(long)]
        from: Option<String>,
    },
    /// Delete a world.
    Delete { name: String },
}

impl WorldCommand {
    pub fn run(self) -> Result<(), String> {
        let target = self.target;
        match self.action {
            Action::List => {
                let answer = target.get("/worlds")?;
                answer["worlds"].as_array().into_iter().flatten().for_each(show);
            }
            Action::Fork { name, from } => {
                let mut body = json!({"name": name});
                if let Some(from) = from {
                    body["from"] = from.into();
                }
                target.send(Method::POST, "/worlds", Some(&body)).map(|world| show(&world))?;
            }
            Action::Delete { name } => {
                target.send(Method::DELETE, &format!("/worlds/{}", segment(&name)?), None)?;
            }
        }
        Ok(())
    }
}

fn show(world: &Value) {
    let text = |key: &str| world[key].as_str().unwrap_or_default();
    let (speed, requests) = (world["speed"].as_f64().unwrap_or_default(), &world["requests"]);
    let pace = if speed == 0.0 { "frozen".to_owned() } else { format!("at speed {speed}") };
    print(format_args!("{:<24} {} {pace}, {requests} requests", text("name"), text("now")));
}
