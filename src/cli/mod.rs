//! The command line. `nephos serve` runs the clouds; the other commands talk to the control API of a running nephos.

mod clock;
mod connect;
mod faults;
mod journal;
mod limits;
mod output;
mod overview;
mod remote;
mod scenarios;
mod serve;
mod snapshots;
mod worlds;

use clap::{Args, Parser, Subcommand};
use std::process::ExitCode;

/// Emulates several clouds in one process.
#[derive(Parser)]
#[command(name = "nephos", version, about, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// Without a command, `nephos` is `nephos serve`.
    #[command(flatten)]
    serve: serve::Serve,
}

#[derive(Subcommand)]
enum Command {
    /// Run the clouds.
    Serve(serve::Serve),
    /// Wait until all ports listen.
    Wait(overview::Wait),
    /// Print shell exports that point clients at a cloud: eval "$(nephos env gozunga)"
    Env(connect::Env),
    /// Print a clouds.yaml with all OpenStack clouds.
    CloudsYaml(connect::CloudsYaml),
    /// Show or move the virtual clock.
    Clock(clock::ClockCommand),
    /// Show the recorded requests.
    Journal(Box<journal::JournalCommand>),
    /// List the operations of the clouds.
    Operations(overview::Operations),
    /// Show or change the stored rows of the clouds.
    State(overview::State),
    /// Reset the world to how it began.
    Reset(overview::Reset),
    /// Take and restore snapshots of the world, in memory or in files.
    Snapshot(snapshots::SnapshotCommand),
    /// Undo the last writes of clients.
    Rewind(snapshots::Rewind),
    /// Inject faults into connections, answers and transitions.
    Fault(faults::FaultCommand),
    /// List, apply and clear scenarios: named sets of faults, delays, limits and changes of clouds.
    Scenario(scenarios::ScenarioCommand),
    /// Show or change the rate limits of the clouds.
    Limits(limits::LimitsCommand),
    /// List, fork and delete worlds, each with its own state, clock, faults, limits and journal.
    World(worlds::WorldCommand),
    /// Write OpenAPI documents of all services into a folder.
    Openapi(overview::OpenApi),
}

/// The environment variable with the token of the control API.
const TOKEN_VARIABLE: &str = "NEPHOS_CONTROL_TOKEN";

/// The nephos and the world that a command is for.
#[derive(Args, Clone)]
pub struct Target {
    /// The control API of the running nephos.
    #[arg(long, env = "NEPHOS_URL", default_value = "http://127.0.0.1:4990", global = true)]
    url: String,
    /// The token of the control API, if it asks for one.
    #[arg(long, env = TOKEN_VARIABLE, hide_env_values = true, value_name = "TOKEN", global = true)]
    control_token: Option<String>,
    /// The world [default: the one that the ports serve].
    #[arg(long, env = "NEPHOS_WORLD", global = true)]
    world: Option<String>,
}

/// Runs the command of this process's arguments.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command.unwrap_or(Command::Serve(cli.serve)) {
        Command::Serve(serve) => return serve.run(),
        Command::Wait(wait) => wait.run(),
        Command::Env(env) => env.run(),
        Command::CloudsYaml(yaml) => yaml.run(),
        Command::Clock(clock) => clock.run(),
        Command::Journal(journal) => journal.run(),
        Command::Operations(operations) => operations.run(),
        Command::State(state) => state.run(),
        Command::Reset(reset) => reset.run(),
        Command::Snapshot(snapshot) => snapshot.run(),
        Command::Rewind(rewind) => rewind.run(),
        Command::Fault(fault) => fault.run(),
        Command::Scenario(scenario) => scenario.run(),
        Command::Limits(limits) => limits.run(),
        Command::World(world) => world.run(),
        Command::Openapi(openapi) => openapi.run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("nephos: {message}");
            ExitCode::FAILURE
        }
    }
}
