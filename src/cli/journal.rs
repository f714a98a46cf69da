//! `nephos journal`

use super::Target;
use super::output::print;
use super::remote::pretty;
use crate::engine::Clock;
use clap::Args;
use serde_json::Value;
use std::time::Duration;

#[derive(Args)]
pub struct JournalCommand {
    #[command(flatten)]
    target: Target,
    /// Only operations whose name fits the glob: cinder.volume.*
    #[arg(long)]
    operation: Option<String>,
    /// Only this status, or class of them: 404, 4xx
    #[arg(long)]
    status: Option<String>,
    /// Only what came after the entry of this number.
    #[arg(long, default_value_t = 0)]
    since: u64,
    /// Whole entries, with bodies, as JSON.
    #[arg(long)]
    json: bool,
    /// Go on showing what comes.
    #[arg(long)]
    follow: bool,
}

impl JournalCommand {
    pub fn run(mut self) -> Result<(), String> {
        loop {
            let mut path = format!("/journal?since={}", self.since);
            for (name, value) in [("operation", &self.operation), ("status", &self.status)] {
                if let Some(value) = value {
                    path.push_str(&format!("&{name}={value}"));
                }
            }
            let answer = self.target.get(&path)?;
            for entry in answer["entries"].as_array().into_iter().flatten() {
                self.since = self.since.max(entry["number"].as_u64().unwrap_or(0));
                print(format_args!("{}", if self.json { pretty(entry) } else { line(entry) }));
            }
            if !self.follow {
                return Ok(());
            }
            Clock::pause(Duration::from_millis(300));
        }
    }
}

fn line(entry: &Value) -> String {
    let text = |key: &str| entry[key].as_str().unwrap_or_default();
    let operation = if text("operation").is_empty() { "?" } else { text("operation") };
    let (number, status, micros) = (&entry["number"], &entry["status"], &entry["microseconds"]);
    format!(
        "{number:>6} {} {:<8} {status} {operation:<36} {} {} ({micros} µs)",
        text("at"),
        text("cloud"),
        text("method"),
        text("path")
    )
}
