//! `nephos clock show|freeze|resume|advance 30s|speed 10|set 2030-01-01T12:00:00Z`

use super::Target;
use super::output::print;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

#[derive(Args)]
pub struct ClockCommand {
    #[command(flatten)]
    target: Target,
    #[command(subcommand)]
    change: Change,
}

#[derive(Subcommand)]
enum Change {
    /// Show the virtual time.
    Show,
    /// Stop it.
    Freeze,
    /// Let it run as fast as real time.
    Resume,
    /// Move it forward, with everything that happens meanwhile: 30s, 5m, 2h, 1d.
    Advance { by: String },
    /// Let it run this many times as fast as real time.
    Speed { factor: f64 },
    /// Set it to a time; transitions up to then happen.
    Set { time: String },
}

impl ClockCommand {
    pub fn run(self) -> Result<(), String> {
        let body = match self.change {
            Change::Show => return self.target.get("/clock").map(|clock| show(&clock)),
            Change::Freeze => json!({"frozen": true}),
            Change::Resume => json!({"frozen": false}),
            Change::Advance { by } => json!({"advance": by}),
            Change::Speed { factor } => json!({"speed": factor}),
            Change::Set { time } => json!({"now": time}),
        };
        self.target.ask(Method::PATCH, "/clock", Some(&body)).map(|clock| show(&clock))
    }
}

fn show(clock: &Value) {
    let pace = match clock["speed"].as_f64() {
        Some(0.0) => "frozen".to_owned(),
        Some(speed) => format!("at speed {speed}"),
        None => String::new(),
    };
    let now = clock["now"].as_str().unwrap_or_default();
    print(format_args!("{now} {pace}, {} transitions to come", clock["pending"]));
}
