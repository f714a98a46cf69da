//! `nephos snapshot list|take|restore|delete|save FILE|load FILE` and `nephos rewind N`.

use super::Target;
use super::output::print;
use super::remote::segment;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(Args)]
pub struct SnapshotCommand {
    #[command(flatten)]
    target: Target,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// List the snapshots of the world.
    List,
    /// Take a snapshot of the world. A snapshot of the same name is replaced.
    Take { name: String },
    /// Make the world what it was when the snapshot was taken, including its clock.
    Restore {
        name: String,
        /// Leave the clock where it is: clients do not find themselves ahead of the cloud.
        #[arg(long)]
        keep_clock: bool,
    },
    /// Delete a snapshot.
    Delete { name: String },
    /// Write the world to a file.
    Save { file: PathBuf },
    /// Replace the world by that of a file, including its clock.
    Load {
        file: PathBuf,
        /// Leave the clock where it is: clients do not find themselves ahead of the cloud.
        #[arg(long)]
        keep_clock: bool,
    },
}

#[derive(Args)]
pub struct Rewind {
    #[command(flatten)]
    target: Target,
    /// The number of writes to undo; the last 1,000 are recorded.
    #[arg(default_value_t = 1)]
    writes: u64,
}

impl SnapshotCommand {
    pub fn run(self) -> Result<(), String> {
        let target = self.target;
        let restore = |name: &str, keep_clock: bool| {
            let body = json!({"keep_clock": keep_clock});
            target.send(Method::POST, &format!("/snapshots/{}/restore", segment(name)?), Some(&body))
        };
        match self.action {
            Action::List => {
                let answer = target.get("/snapshots")?;
                answer["snapshots"].as_array().into_iter().flatten().for_each(show);
            }
            Action::Take { name } => {
                target.send(Method::POST, "/snapshots", Some(&json!({"name": name}))).map(|taken| show(&taken))?;
            }
            Action::Restore { name, keep_clock } => {
                restore(&name, keep_clock).map(|restored| show_restored(&restored))?
            }
            Action::Delete { name } => {
                target.send(Method::DELETE, &format!("/snapshots/{}", segment(&name)?), None)?;
            }
            Action::Save { file } => {
                let name = name_of(&file)?;
                target.send(Method::POST, "/snapshots", Some(&json!({"name": name})))?;
                let text = target.text(Method::GET, &format!("/snapshots/{}", segment(&name)?), None);
                target.send(Method::DELETE, &format!("/snapshots/{}", segment(&name)?), None)?;
                std::fs::write(&file, text?).map_err(|error| format!("{}: {error}", file.display()))?;
            }
            Action::Load { file, keep_clock } => {
                let name = name_of(&file)?;
                let bytes = std::fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
                target.text(Method::PUT, &format!("/snapshots/{}", segment(&name)?), Some(bytes))?;
                restore(&name, keep_clock).map(|restored| show_restored(&restored))?;
                target.send(Method::DELETE, &format!("/snapshots/{}", segment(&name)?), None)?;
            }
        }
        Ok(())
    }
}

impl Rewind {
    pub fn run(self) -> Result<(), String> {
        let answer = self.target.send(Method::POST, "/rewind", Some(&json!({"writes": self.writes})))?;
        print(format_args!("rewound to {}", answer["now"].as_str().unwrap_or_default()));
        Ok(())
    }
}

/// The name of the snapshot that is made to save or load a file and then deleted.
fn name_of(file: &Path) -> Result<String, String> {
    let stem = file.file_stem().ok_or_else(|| format!("{} is not a file name", file.display()))?;
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let name: String = stem.to_string_lossy().chars().map(plain).take(50).collect();
    Ok(format!("file-{name}"))
}

/// The snapshot, and whether the clock went back: a client with a clock of its own is then ahead of the cloud.
fn show_restored(snapshot: &Value) {
    show(snapshot);
    let time = |key: &str| snapshot[key].as_str().unwrap_or_default();
    if time("clock") < time("clock_before") {
        let (from, to) = (time("clock_before"), time("clock"));
        print(format_args!("the clock went back from {from} to {to}; --keep-clock leaves it where it is"));
    }
}

fn show(snapshot: &Value) {
    let text = |key: &str| snapshot[key].as_str().unwrap_or_default();
    print(format_args!(
        "{:<24} taken at {}, {} transitions scheduled",
        text("name"),
        text("taken"),
        snapshot["pending"]
    ));
}
