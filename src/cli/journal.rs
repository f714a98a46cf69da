//! `nephos journal [assert|har FILE|clear]`: the recorded requests.

use super::Target;
use super::output::print;
use super::remote::pretty;
use crate::engine::Clock;
use clap::{Args, Subcommand};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct JournalCommand {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    filter: Filter,
    /// Only requests with a higher number.
    #[arg(long, default_value_t = 0)]
    since: u64,
    /// Print whole entries, with bodies, as JSON.
    #[arg(long)]
    json: bool,
    /// Keep printing new requests.
    #[arg(long)]
    follow: bool,
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Subcommand)]
enum Action {
    /// Fail unless the journal has a number of requests: --operation nova.server.create --count 3
    Assert {
        #[command(flatten)]
        filter: Filter,
        /// The exact number of requests.
        #[arg(long, required_unless_present_any = ["min", "max"])]
        count: Option<u64>,
        /// The smallest number of requests.
        #[arg(long)]
        min: Option<u64>,
        /// The largest number of requests.
        #[arg(long)]
        max: Option<u64>,
    },
    /// Write the requests to a file as an HTTP archive (HAR 1.2).
    Har {
        #[command(flatten)]
        filter: Filter,
        file: PathBuf,
    },
    /// Empty the journal.
    Clear,
}

/// Selects requests. All given options must match.
#[derive(Args, Default)]
struct Filter {
    /// Only operations whose name matches: cinder.volume.*
    #[arg(long)]
    operation: Option<String>,
    /// Only this status or class: 404, 4xx
    #[arg(long)]
    status: Option<String>,
    /// Only this cloud.
    #[arg(long)]
    cloud: Option<String>,
    /// Only this user, by name or id.
    #[arg(long)]
    user: Option<String>,
    /// Only this project, by name or id.
    #[arg(long)]
    project: Option<String>,
    /// Only from this virtual time on: 2030-01-01T12:00:00Z
    #[arg(long)]
    from: Option<String>,
    /// Only before this virtual time.
    #[arg(long)]
    to: Option<String>,
    /// Only requests on which a fault fired (true), or on which none did (false).
    #[arg(long)]
    injected: Option<bool>,
}

impl Filter {
    fn query(&self) -> String {
        let injected = self.injected.map(|injected| injected.to_string());
        let filters = [
            ("operation", &self.operation),
            ("status", &self.status),
            ("cloud", &self.cloud),
            ("user", &self.user),
            ("project", &self.project),
            ("from", &self.from),
            ("to", &self.to),
            ("injected", &injected),
        ];
        let set = filters.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        set.map(|(name, value)| format!("&{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC))).collect()
    }
}

impl JournalCommand {
    pub fn run(mut self) -> Result<(), String> {
        match self.action.take() {
            None => self.show(),
            Some(Action::Assert { filter, count, min, max }) => {
                let (min, max) = (count.or(min).unwrap_or(0), count.or(max).unwrap_or(u64::MAX));
                assert_count(&self.target, &filter, min, max)
            }
            Some(Action::Har { filter, file }) => {
                let text = self.target.text(Method::GET, &format!("/journal/har?since=0{}", filter.query()), None)?;
                std::fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))
            }
            Some(Action::Clear) => self.target.send(Method::DELETE, "/journal", None).map(|_| ()),
        }
    }

    fn show(&mut self) -> Result<(), String> {
        loop {
            let answer = self.target.get(&format!("/journal?since={}{}", self.since, self.filter.query()))?;
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

/// Fails if the number of matching entries is not within the bounds, and says what the journal has instead.
fn assert_count(target: &Target, filter: &Filter, min: u64, max: u64) -> Result<(), String> {
    let found = target.get(&format!("/journal?since=0{}", filter.query()))?;
    let entries = found["entries"].as_array().cloned().unwrap_or_default();
    let count = entries.len() as u64;
    if (min..=max).contains(&count) {
        return Ok(());
    }
    let expected = match (min, max) {
        (min, max) if min == max => format!("{min}"),
        (min, u64::MAX) => format!("at least {min}"),
        (0, max) => format!("at most {max}"),
        (min, max) => format!("{min} to {max}"),
    };
    let mut message = format!("expected {expected} requests, found {count}\n");
    entries.iter().for_each(|entry| message.push_str(&format!("  {}\n", line(entry))));
    let mut counts = BTreeMap::<String, u64>::new();
    let all = target.get("/journal")?;
    for entry in all["entries"].as_array().into_iter().flatten() {
        let key = format!("{} {}", entry["operation"].as_str().unwrap_or_default(), entry["status"]);
        *counts.entry(key).or_default() += 1;
    }
    message.push_str("all recorded requests by operation and status:\n");
    counts.iter().for_each(|(key, count)| message.push_str(&format!("  {count:>5} {key}\n")));
    Err(message.trim_end().to_owned())
}

fn line(entry: &Value) -> String {
    let text = |key: &str| entry[key].as_str().unwrap_or_default();
    let operation = if text("operation").is_empty() { "?" } else { text("operation") };
    let (number, status, micros) = (&entry["number"], &entry["status"], &entry["microseconds"]);
    let ids = |key: &str| entry[key].as_array().filter(|ids| !ids.is_empty()).map(|ids| Value::from(ids.clone()));
    let injected = ids("injected").map(|ids| format!(" (made by fault {ids})")).unwrap_or_default();
    let scheduled = ids("scheduled_faults").map(|ids| format!(" (will be hit by fault {ids})")).unwrap_or_default();
    format!(
        "{number:>6} {} {:<8} {status} {operation:<36} {} {} ({micros} µs){injected}{scheduled}",
        text("at"),
        text("cloud"),
        text("method"),
        text("path")
    )
}
