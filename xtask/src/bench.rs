//! `cargo xtask bench` and `bench-page`: how fast things are, beside what they are made of, in one run.

use crate::run::{Result, run, step};
use crate::workspace::Workspace;
use crate::{browser, product, tools};

/// Runs every benchmark and prints its table.
pub(crate) fn bench(workspace: &Workspace) -> Result {
    step("cargo bench: mailboxes beside bare SQLite, and what storing adds to a message's way");
    run(&mut workspace.cargo(["bench", "--package", "duologue-server", "--benches"]))
}

/// What the page costs in a real browser, with the relay as it is built for release.
pub(crate) fn bench_page(workspace: &Workspace) -> Result {
    tools::for_the_page(workspace)?;
    let browser = browser::ensure()?;
    product::build(workspace)?;
    step("cargo bench of e2e/: how soon the page is there, and what messages cost it");
    let mut bench = workspace.cargo(["bench", "--package", "duologue-e2e", "--bench", "page"]);
    run(browser.told(&mut bench, workspace))
}
