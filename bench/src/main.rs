//! How fast the relay is, beside what people would take instead: `cargo xtask bench` builds all of it and runs this.
//!
//! One thread is all the clients (`pairs`, `client`, `polling`), what is measured is a process of its own (`server`), each on
//! its own processor. The figures are the system's and the clock's: nothing of the relay is linked in here but its wire's
//! types.

mod client;
mod floor;
mod frame;
mod measure;
mod overload;
mod pairs;
mod polling;
mod report;
mod server;
mod speech;
mod table;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::measure::Plan;
use crate::server::{Kind, Programs};

/// What everything here returns: a benchmark that fails says why and ends.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// How fast the relay is, beside what people would take instead.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Copy bytes from connection to connection: what the others are measured against.
    Floor,
    /// Measure.
    Run(Run),
}

#[derive(Debug, clap::Args)]
struct Run {
    /// The relay's program.
    #[arg(long)]
    relay: PathBuf,
    /// The folder with the rivals and their packages; without it they are left out.
    #[arg(long)]
    rivals: Option<PathBuf>,
    /// Where the relay's mail goes while it is measured.
    #[arg(long)]
    scratch: PathBuf,
    /// The document whose part about the relay is written anew.
    #[arg(long)]
    document: Option<PathBuf>,
    /// How often each is measured.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// For how long each time, in seconds.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Only what has this in its name, such as `classic` or `ws`.
    #[arg(long, default_value = "")]
    only: String,
    /// Only this table.
    #[arg(long, value_enum)]
    table: Option<report::Part>,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Floor => floor::run(([127, 0, 0, 1], 0).into()),
        Command::Run(run) => measure(run),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn measure(run: Run) -> Result<()> {
    let files = server::raise_open_files()?;
    let programs = Programs {
        relay: std::path::absolute(run.relay)?,
        rivals: run.rivals.map(std::path::absolute).transpose()?,
        scratch: run.scratch,
    };
    let kinds: Vec<_> = Kind::ALL
        .into_iter()
        .filter(|kind| programs.have(*kind) && kind.name().contains(&run.only))
        .collect();
    let time = Duration::from_secs(run.seconds);
    let plan = Plan { programs, kinds, rounds: run.rounds, time, files };
    let text = report::all(&plan, run.table)?;
    match run.document {
        Some(document) if run.table.is_none() && run.only.is_empty() => {
            report::write(&document, &text)
        }
        _ => Ok(()),
    }
}

/// Prints a line; a reader that left is no reason to panic.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
