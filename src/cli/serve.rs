//! `nephos serve`: runs the clouds.

use super::output::print;
use crate::app::App;
use crate::config::Config;
use crate::engine::{Entry, Profile};
use clap::{Args, ValueEnum};
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Args)]
pub struct Serve {
    /// More clouds, other ports, other seed data: a TOML file (see README).
    #[arg(long)]
    config: Option<PathBuf>,
    /// Begin in this scenario, by its name or from a file; may be said again.
    #[arg(long = "scenario", value_name = "NAME|FILE")]
    scenarios: Vec<String>,
    /// How long transitions take: instant, tens to hundreds of milliseconds, or seconds to minutes.
    #[arg(long)]
    timing: Option<TimingName>,
    /// The virtual clock: real, frozen, or a speed such as 10x.
    #[arg(long)]
    clock: Option<String>,
    /// What ids and chance grow from: the same seed, clock and requests give the same answers.
    #[arg(long)]
    seed: Option<u64>,
    /// The address to listen on.
    #[arg(long)]
    bind: Option<IpAddr>,
    /// Added to every port.
    #[arg(long)]
    port_offset: Option<u16>,
    /// No cloud refuses requests because there are many.
    #[arg(long)]
    no_rate_limits: bool,
    /// Fail at the end if something was asked for that no operation answers, or a fault never struck.
    #[arg(long)]
    strict: bool,
    #[arg(long, default_value = "text")]
    log_format: LogFormat,
}

#[derive(Clone, Copy, ValueEnum)]
enum TimingName {
    Instant,
    Fast,
    Realistic,
}

#[derive(Clone, Copy, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

impl Serve {
    pub fn run(self) -> ExitCode {
        self.start_log();
        let strict = self.strict;
        let app = self.config().and_then(App::new);
        let app = match app {
            Ok(app) => Arc::new(app),
            Err(error) => {
                eprintln!("nephos: {error}");
                return ExitCode::from(2);
            }
        };
        greet(&app);
        if let Err(error) = crate::http::run(app.clone().serve()) {
            eprintln!("nephos: {error}");
            return ExitCode::FAILURE;
        }
        if strict { unrecognised(&app) } else { ExitCode::SUCCESS }
    }

    /// The file's settings, with the flags over them.
    fn config(self) -> Result<Config, String> {
        let mut config = Config::load(self.config.as_deref())?;
        if let Some(timing) = self.timing {
            config.timing = match timing {
                TimingName::Instant => Profile::Instant,
                TimingName::Fast => Profile::Fast,
                TimingName::Realistic => Profile::Realistic,
            };
        }
        config.clock = self.clock.unwrap_or(config.clock);
        config.seed = self.seed.unwrap_or(config.seed);
        config.bind = self.bind.map_or(config.bind, |bind| bind.to_string());
        config.port_offset = self.port_offset.unwrap_or(config.port_offset);
        config.rate_limits = if self.no_rate_limits { Some(false) } else { config.rate_limits };
        config.scenarios.extend(self.scenarios);
        config.clock()?;
        Ok(config)
    }

    fn start_log(&self) {
        let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into());
        let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
        match self.log_format {
            LogFormat::Text => log.init(),
            LogFormat::Json => log.json().init(),
        }
    }
}

fn greet(app: &App) {
    let at = |port: u16, path: &str| match app.config.port(port) {
        Ok(port) => format!("http://{}:{port}{path}", app.config.bind),
        Err(error) => error,
    };
    print(format_args!("nephos {}", env!("CARGO_PKG_VERSION")));
    print(format_args!("  control   {}", at(app.config.control_port, "")));
    for cloud in &app.clouds {
        for service in &cloud.services {
            if let Ok(Some((port, path))) = cloud.place(&app.config, service.name()) {
                print(format_args!(
                    "  {:<9} {:<9} http://{}:{port}{path}",
                    cloud.config.name,
                    service.name(),
                    app.config.bind
                ));
            }
        }
    }
    print(format_args!("  users admin and demo, password nephos, domain Default; eval \"$(nephos env gozunga)\""));
}

/// What was asked for without an operation that answers it, and faults that never struck: both are failures.
fn unrecognised(app: &App) -> ExitCode {
    let entries = app.live.journal.entries(|entry: &Entry| entry.operation.is_empty());
    for entry in &entries {
        eprintln!("nephos: nothing answers {} {} {} of {}", entry.service, entry.method, entry.path, entry.cloud);
    }
    let worlds = app.worlds.all();
    let mut idle = false;
    for (name, live) in &worlds {
        for armed in live.snapshot().faults().all().iter().filter(|armed| armed.fired == 0) {
            eprintln!("nephos: this fault of the world {name} never struck: {}", armed.fault.given);
            idle = true;
        }
    }
    if entries.is_empty() && !idle { ExitCode::SUCCESS } else { ExitCode::from(3) }
}
