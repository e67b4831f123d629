//! `cargo xtask simulate`: the promises of delivery, under faults that a seed decides.

use crate::run::{Result, run, step};
use crate::workspace::Workspace;

/// Builds the simulator for speed and runs it with these flags.
pub(crate) fn simulate(workspace: &Workspace, flags: &[String]) -> Result {
    step("cargo run of simulator/: sessions, hub and mailboxes under virtual time");
    let simulator = ["run", "--release", "--quiet", "--package", "duologue-simulator", "--"];
    run(workspace.cargo(simulator).args(flags))
}
