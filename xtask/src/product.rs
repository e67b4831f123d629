//! Building what a person gets: the page by Trunk, and the relay that carries it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::run::{Result, Tried as _, run, step};
use crate::workspace::{WASM, Workspace};

/// Builds the page into dist/, then the relay: the order matters, since the relay's binary contains the page.
pub(crate) fn build(workspace: &Workspace) -> Result {
    page(workspace)?;
    step("cargo build --release: the relay, with the page in it");
    run(&mut workspace.cargo(["build", "--release", "--package", "duologue-server"]))
}

/// Builds the page alone into dist/.
pub(crate) fn page(workspace: &Workspace) -> Result {
    before_trunk(workspace)?;
    step("trunk build --release: the page, into dist/");
    let mut trunk = workspace.command("trunk");
    // Trunk would look for updates, and would download tools that it doesn't find: ours are all there.
    trunk.args(["build", "--release", "--offline", "--skip-version-check"]);
    run(colours_as_trunk_reads_them(&mut trunk))
}

/// Has what Trunk asks cargo for. Downloads what the page depends on: Trunk hands its own `--offline` on to cargo. And
/// compiles what finishes the page, as a step of its own: Trunk calls it when the page is built.
pub(crate) fn before_trunk(workspace: &Workspace) -> Result {
    step("cargo fetch: the crates that the page is made of");
    run(&mut workspace.cargo(["fetch", "--quiet", "--target", WASM]))?;
    step("cargo build: what finishes the page that Trunk builds");
    let profile = ["--profile", "finishing"];
    run(workspace.cargo(["build", "--package", "duologue-finishing"]).args(profile))
}

/// Builds the page with nothing in it, as Duologue's is built, and returns where it is.
pub(crate) fn empty_page(workspace: &Workspace) -> Result<PathBuf> {
    step("trunk build --release: a page with nothing in it but Leptos, to compare with");
    let folder = workspace.target().join("empty-page");
    let made = fs::create_dir_all(&folder);
    made.tried(|| format!("create {}", folder.display()))?;
    let mut trunk = workspace.command("trunk");
    trunk.args(["build", "--release", "--offline", "--skip-version-check"]);
    // There, Trunk doesn't read what Trunk.toml says of the other page.
    trunk.arg("--dist").arg(&folder).current_dir(workspace.root().join("e2e/empty"));
    run(colours_as_trunk_reads_them(&mut trunk))?;
    Ok(folder)
}

/// `NO_COLOR` means "no colour" whenever it has a value, says its convention. Trunk refuses every value but `true`
/// and `false`, and an empty one too.
pub(crate) fn colours_as_trunk_reads_them(trunk: &mut Command) -> &mut Command {
    match std::env::var_os("NO_COLOR") {
        Some(value) if !value.is_empty() => trunk.env("NO_COLOR", "true"),
        _ => trunk.env_remove("NO_COLOR"),
    }
}
