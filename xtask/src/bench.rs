//! `cargo xtask bench`: how fast things are, beside what they are made of, in one run.

use crate::run::{Result, run, step};
use crate::workspace::Workspace;

/// Runs every benchmark and prints its table.
pub(crate) fn bench(workspace: &Workspace) -> Result {
    step("cargo bench: mailboxes beside bare SQLite, and what storing adds to a message's way");
    run(&mut workspace.cargo(["bench", "--package", "duologue-server", "--benches"]))
}
