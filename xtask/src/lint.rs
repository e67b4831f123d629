//! `cargo xtask lint`: what can be said about the code without running it. A warning is a failure here.

use crate::run::{Result, run, step};
use crate::workspace::{IN_THE_BROWSER, WASM, Workspace};
use crate::{deny, tidy, tools};

/// Installs what is missing, then runs every linter, up to the first that complains.
pub(crate) fn lint(workspace: &Workspace) -> Result {
    tools::for_the_linters(workspace)?;
    tools::wasm_target(workspace)?;

    step("cargo fmt: the formatting (`cargo fmt --all` repairs it)");
    run(&mut workspace.cargo(["fmt", "--all", "--check"]))?;

    step("tidy: the boundaries between the parts of the code");
    tidy::tidy(workspace)?;

    step("clippy: everything, as this machine compiles it");
    run(&mut workspace.cargo(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;

    step("clippy: the page and what it loads when it is opened, as the browser gets them");
    let mut page = workspace.cargo(["clippy", "--target", WASM, "--all-targets"]);
    page.args(IN_THE_BROWSER).args(["--", "-D", "warnings"]);
    // Compiled into the tests. Nothing connects to it here.
    run(page.env("DUOLOGUE_TEST_RELAY", "ws://127.0.0.1:9000"))?;

    step("cargo doc: the documentation");
    let mut doc = workspace.cargo(["doc", "--workspace", "--no-deps", "--document-private-items"]);
    run(doc.env("RUSTDOCFLAGS", "-D warnings"))?;

    // Last, so that what could not be checked is the last thing said.
    deny::deny(workspace)
}
