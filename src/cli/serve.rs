//! `nephos serve`: runs the clouds until the process is told to stop.

use super::TOKEN_VARIABLE;
use super::output::print;
use crate::app::App;
use crate::config::{Config, FetchArea};
use crate::engine::Profile;
use clap::{Args, ValueEnum};
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// The exit status of a run that `--strict` rejects.
const STRICT_FAILURE: u8 = 3;

#[derive(Args)]
pub struct Serve {
    /// A TOML file with clouds, ports, seed data and other settings (see README).
    #[arg(long)]
    config: Option<PathBuf>,
    /// Apply a scenario at the start: a built-in one or a file. Can be given several times.
    #[arg(long = "scenario", value_name = "NAME|FILE")]
    scenarios: Vec<String>,
    /// How long transitions take: no time, 50 to 300 ms, or 2 to 20 s of virtual time [default: fast].
    #[arg(long)]
    timing: Option<TimingName>,
    /// The virtual clock: real, frozen, or a speed such as 10x [default: real].
    #[arg(long)]
    clock: Option<String>,
    /// The seed of ids and random choices. The same seed, clock and requests give the same answers [default: 1].
    #[arg(long)]
    seed: Option<u64>,
    /// The address to listen on [default: 127.0.0.1].
    #[arg(long)]
    bind: Option<IpAddr>,
    /// The address of the control API [default: that of --bind].
    #[arg(long, value_name = "ADDRESS")]
    control_bind: Option<IpAddr>,
    /// A name by which clients may address the control API, besides localhost and the addresses of this machine. Can be
    /// given several times.
    #[arg(long = "control-host", value_name = "NAME")]
    control_hosts: Vec<String>,
    /// The token that clients of the control API need. NEPHOS_CONTROL_TOKEN sets it, too [default: none on loopback
    /// addresses; else one is made and printed].
    #[arg(long, value_name = "TOKEN")]
    control_token: Option<String>,
    /// Ask for no token, even if other machines can reach the control API: they can then read and change everything.
    #[arg(long, conflicts_with = "control_token")]
    control_open: bool,
    /// Where clouds may fetch what clients ask them to download, such as images: loopback is http:// on this machine
    /// [default: nowhere].
    #[arg(long, value_name = "AREA")]
    allow_fetch: Vec<FetchArea>,
    /// A number that is added to all ports.
    #[arg(long)]
    port_offset: Option<u16>,
    /// The host by which clients reach this one, for the addresses that are printed [default: that of --bind].
    #[arg(long, value_name = "HOST")]
    public_host: Option<String>,
    /// The port by which clients reach a port that nephos listens on, for the catalog and the addresses that are printed:
    /// 5000=15000 behind `docker run -p 15000:5000`. Can be given several times.
    #[arg(long = "public-port", value_name = "OWN=PUBLIC", value_parser = public_port)]
    public_ports: Vec<(u16, u16)>,
    /// The number of threads that answer requests [default: the number of cores].
    #[arg(long, value_name = "N")]
    workers: Option<NonZeroUsize>,
    /// The largest single upload: a number of bytes, or such as 500MiB, 6GiB [default: 6GiB].
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    max_body: Option<u64>,
    /// The most that all images, drives and other contents take up on disk and in memory [default: 8GiB].
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    max_blob_bytes: Option<u64>,
    /// The maximum number of worlds, including the default one [default: 1000].
    #[arg(long, value_name = "N")]
    max_worlds: Option<NonZeroUsize>,
    /// Switch the rate limits of all clouds off.
    #[arg(long)]
    no_rate_limits: bool,
    /// Exit with status 3 if, in any world, a request matched no operation or a fault never fired. Deleted worlds and
    /// removed faults count, too.
    #[arg(long)]
    strict: bool,
    /// The format of log lines on standard error. RUST_LOG sets the level.
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

/// Without the errors of the HTTP library about requests that are not HTTP: who scans ports would fill the log.
const DEFAULT_LOG: &str = "warn,actix_http::h1=off";

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
        if app.config.control_open && app.config.is_control_exposed() {
            eprintln!("nephos: the control API asks for no token: whoever reaches it can read and change everything");
        }
        if let Err(error) = crate::http::run(app.clone().serve_and(print_addresses)) {
            eprintln!("nephos: {error}");
            return ExitCode::FAILURE;
        }
        let failures = if strict { app.strict_failures() } else { vec![] };
        failures.iter().for_each(|failure| eprintln!("nephos: {failure}"));
        if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(STRICT_FAILURE) }
    }

    /// The configuration: the file, overridden by the options.
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
        config.control_bind = self.control_bind.map(|bind| bind.to_string()).or(config.control_bind);
        config.control_hosts.extend(self.control_hosts);
        config.control_open |= self.control_open;
        config.control_token = self.control_token.or_else(token_of_environment).or(config.control_token);
        if self.control_open {
            config.control_token = None;
        }
        config.allow_fetch.extend(self.allow_fetch);
        config.port_offset = self.port_offset.unwrap_or(config.port_offset);
        config.public_host = self.public_host.or(config.public_host);
        config.public_ports.extend(self.public_ports.iter().map(|(own, public)| (own.to_string(), *public)));
        config.workers = self.workers.or(config.workers);
        config.rate_limits = if self.no_rate_limits { Some(false) } else { config.rate_limits };
        config.max_body = self.max_body.unwrap_or(config.max_body);
        config.max_blob_bytes = self.max_blob_bytes.unwrap_or(config.max_blob_bytes);
        config.max_worlds = self.max_worlds.map_or(config.max_worlds, NonZeroUsize::get);
        config.scenarios.extend(self.scenarios);
        config.check()?;
        Ok(config)
    }

    fn start_log(&self) {
        let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| DEFAULT_LOG.into());
        let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
        match self.log_format {
            LogFormat::Text => log.init(),
            LogFormat::Json => log.json().init(),
        }
    }
}

/// The token of the environment; an empty one is none.
fn token_of_environment() -> Option<String> {
    std::env::var(TOKEN_VARIABLE).ok().filter(|token| !token.is_empty())
}

/// `5000=15000`
fn public_port(text: &str) -> Result<(u16, u16), String> {
    let pair = text.split_once('=').and_then(|(own, public)| Some((own.parse().ok()?, public.parse().ok()?)));
    pair.ok_or_else(|| "expected two ports, such as 5000=15000".to_owned())
}

/// `1048576`, `500MiB`, `6GiB`
fn bytes(text: &str) -> Result<u64, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let unit = match &text[digits..] {
        "" | "B" => Some(1),
        "KiB" => Some(1 << 10),
        "MiB" => Some(1 << 20),
        "GiB" => Some(1 << 30),
        _ => None,
    };
    let size = unit.and_then(|unit: u64| text[..digits].parse::<u64>().ok()?.checked_mul(unit));
    size.ok_or_else(|| "expected a number of bytes, or such as 500MiB, 6GiB".to_owned())
}

fn print_addresses(app: &App) {
    let host = app.config.public_host();
    print(format_args!("nephos {}", env!("CARGO_PKG_VERSION")));
    if let Ok(port) = app.config.public_port(app.config.control_port) {
        print(format_args!("  control   http://{}:{port}", app.config.control_host()));
    }
    if let Some(token) = &app.made_token {
        print(format_args!("  {TOKEN_VARIABLE}={token}"));
    }
    for cloud in &app.clouds {
        for service in &cloud.services {
            if let Ok(Some((port, path))) = cloud.public_place(&app.config, service.name()) {
                let (cloud, service) = (&cloud.config.name, service.name());
                print(format_args!("  {cloud:<9} {service:<9} http://{host}:{port}{path}"));
            }
        }
    }
    print(format_args!("  users admin and demo, password nephos, domain Default; eval \"$(nephos env gozunga)\""));
}
