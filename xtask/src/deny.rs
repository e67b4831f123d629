//! `cargo xtask deny`: what the project depends on. Licences, doubled crates and where each comes from, always; known
//! holes, wherever their database can be had.
//!
//! The rules are in `deny.toml`. cargo-deny reads them.

use crate::run::{Result, run, say, step};
use crate::tools;
use crate::workspace::Workspace;

/// What can be said without asking anybody. A rule that matches nothing any more is a failure too.
const ALWAYS: [&str; 8] =
    ["--locked", "--workspace", "check", "--deny", "warnings", "licenses", "bans", "sources"];

/// The same for the database as it was just fetched.
const ADVISORIES: [&str; 7] =
    ["--locked", "--workspace", "--offline", "check", "--deny", "warnings", "advisories"];

/// Installs what is missing, then checks every dependency.
pub(crate) fn deny(workspace: &Workspace) -> Result {
    tools::for_the_dependencies(workspace)?;
    let cargo_deny = || workspace.command(workspace.tool("cargo-deny"));

    step(
        "cargo-deny: the licences of what is depended on, crates that are there twice, and where each comes from",
    );
    run(cargo_deny().args(ALWAYS))?;

    step("cargo-deny: known holes in what is depended on, by the RustSec database");
    let mut fetch = cargo_deny();
    fetch.args(["fetch", "db"]);
    // Nobody is asked for a password, and a line that has gone dead is given up.
    fetch.env("GIT_TERMINAL_PROMPT", "0");
    fetch.env("GIT_HTTP_LOW_SPEED_LIMIT", "1000").env("GIT_HTTP_LOW_SPEED_TIME", "30");
    if let Err(failure) = run(&mut fetch) {
        // The database is a git repository, and no registry carries it. Somebody without a way there could not work
        // at all if this were a failure; nobody shall take it for a pass either.
        say(&format!(
            "!!! NOT CHECKED: whether what is depended on has known holes. The RustSec database can't be fetched\n\
             !!! ({failure}).\n\
             !!! Run `cargo xtask deny` where it can be before a release."
        ));
        return Ok(());
    }
    run(cargo_deny().args(ADVISORIES))
}
