//! The command line. `nephos serve` runs the clouds; every other command talks to the control API of
//! one that runs.

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

/// One process that is several clouds.
#[derive(Parser)]
#[command(name = "nephos", version, about, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// A bare `nephos` is `nephos serve`.
    #[command(flatten)]
    serve: serve::Serve,
}

#[derive(Subcommand)]
enum Command {
    /// Run the clouds.
    Serve(serve::Serve),
    /// Wait until every port listens.
    Wait(overview::Wait),
    /// Print the shell exports that point the `openstack` command at a cloud: eval "$(nephos env gozunga)"
    Env(connect::Env),
    /// Print a clouds.yaml with every cloud.
    CloudsYaml(connect::CloudsYaml),
    /// Show or move the virtual clock.
    Clock(clock::ClockCommand),
    /// Show what was asked and answered.
    Journal(Box<journal::JournalCommand>),
    /// List the operations that the clouds know.
    Operations(overview::Operations),
    /// Show how many rows there are, or the rows of one table.
    State(overview::State),
    /// Go back to the seeded world.
    Reset(overview::Reset),
    /// Put the world aside, in memory or in a file, and take it up again.
    Snapshot(snapshots::SnapshotCommand),
    /// Take back the last writes: the world is what it was before them.
    Rewind(snapshots::Rewind),
    /// Failures: of connections, of answers, of what happens later.
    Fault(faults::FaultCommand),
    /// Named situations: what fails, how long things take, and when.
    Scenario(scenarios::ScenarioCommand),
    /// How many requests the clouds take.
    Limits(limits::LimitsCommand),
    /// Worlds of their own: state, clock, faults, limits and journal.
    World(worlds::WorldCommand),
    /// Write the OpenAPI documents, made from the table of operations, into a folder.
    Openapi(overview::OpenApi),
}

/// Which nephos to talk to.
#[derive(Args, Clone)]
pub struct Target {
    /// The control API of the nephos to talk to.
    #[arg(long, env = "NEPHOS_URL", default_value = "http://127.0.0.1:4990", global = true)]
    url: String,
    /// The world that is meant.
    #[arg(long, env = "NEPHOS_WORLD", global = true)]
    world: Option<String>,
}

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
