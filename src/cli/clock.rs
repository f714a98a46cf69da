//! `nephos clock show|freeze|resume|advance 30s|speed 10|set 2030-01-01T12:00:00Z`: the virtual clock.

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
    /// Stop the clock.
    Freeze,
    /// Run at the speed of real time.
    Resume,
    /// Move the clock forward and run everything that is due by then.
    Advance {
        /// A duration: 250ms, 30s, 5m, 2h, 1d
        by: String,
    },
    /// Run at a multiple of real time.
    Speed {
        /// Virtual seconds per real second, above 0
        factor: f64,
    },
    /// Set the clock and run everything that is due by then.
    Set {
        /// A virtual time: 2030-01-01T12:00:00Z
        time: String,
    },
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
        self.target.send(Method::PATCH, "/clock", Some(&body)).map(|clock| show(&clock))
    }
}

fn show(clock: &Value) {
    let pace = match clock["speed"].as_f64() {
        Some(0.0) => "frozen".to_owned(),
        Some(speed) => format!("at speed {speed}"),
        None => String::new(),
    };
    let now = clock["now"].as_str().unwrap_or_default();
    print(format_args!("{now} {pace}, {} transitions scheduled", clock["pending"]));
}
