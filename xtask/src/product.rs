//! Building what a person gets: the page by Trunk, and the relay that carries it.

use std::process::Command;

use crate::run::{Result, run, step};
use crate::workspace::{WASM, Workspace};

/// Builds the page into dist/, then the relay: the order matters, since the relay's binary contains the page.
pub(crate) fn build(workspace: &Workspace) -> Result {
    page(workspace)?;
    step("cargo build --release: the relay, with the page in it");
    run(&mut workspace.cargo(["build", "--release", "--package", "duologue-server"]))
}

/// Builds the page alone into dist/.
pub(crate) fn page(workspace: &Workspace) -> Result {
    fetch_the_pages_crates(workspace)?;
    step("trunk build --release: the page, into dist/");
    let mut trunk = workspace.command("trunk");
    // Trunk would look for updates, and would download tools that it doesn't find: ours are all there.
    trunk.args(["build", "--release", "--offline", "--skip-version-check"]);
    run(colours_as_trunk_reads_them(&mut trunk))
}

/// Downloads what the page depends on: Trunk hands its own `--offline` on to cargo.
pub(crate) fn fetch_the_pages_crates(workspace: &Workspace) -> Result {
    step("cargo fetch: the crates that the page is made of");
    run(&mut workspace.cargo(["fetch", "--quiet", "--target", WASM]))
}

/// `NO_COLOR` means "no colour" whenever it has a value, says its convention. Trunk refuses every value but `true`
/// and `false`, and an empty one too.
pub(crate) fn colours_as_trunk_reads_them(trunk: &mut Command) -> &mut Command {
    match std::env::var_os("NO_COLOR") {
        Some(value) if !value.is_empty() => trunk.env("NO_COLOR", "true"),
        _ => trunk.env_remove("NO_COLOR"),
    }
}
