//! `cargo xtask bench` and `bench-page`: how fast things are, beside what they are made of or what people would take
//! instead, in one run.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::run::{Result, Tried as _, run, say, step};
use crate::workspace::Workspace;
use crate::{browser, product, system, tools};

/// Runs every benchmark of the relay, prints its tables, and writes the part about it in docs/benchmarks.md anew.
/// `arguments` are handed on to the load generator.
pub(crate) fn bench(workspace: &Workspace, arguments: &[String]) -> Result {
    step("cargo build --release: the relay and what puts load on it");
    let packages = ["--package", "duologue-server", "--package", "duologue-bench"];
    run(workspace.cargo(["build", "--release"]).args(packages))?;
    let release = workspace.target().join("release");
    let mut load = Command::new(release.join("duologue-bench"));
    load.arg("run").current_dir(workspace.root());
    load.arg("--relay").arg(release.join("duologue-server"));
    load.arg("--scratch").arg(workspace.target());
    load.arg("--document").arg(workspace.root().join("docs/benchmarks.md"));
    if let Some(rivals) = rivals(workspace)? {
        load.arg("--rivals").arg(rivals);
    }
    step("duologue-bench: the relay beside others, each as a process of its own");
    run(load.args(arguments))?;
    // Whoever asks for a part of that has no need of the rest.
    if !arguments.is_empty() {
        return Ok(());
    }
    step("cargo bench: mailboxes beside bare SQLite, and what storing adds to a message's way");
    run(&mut workspace.cargo(["bench", "--package", "duologue-server", "--benches"]))?;

    step("cargo bench: frames beside serde_json's own values, and what a session makes of them");
    let packages = ["--package", "duologue-protocol", "--package", "duologue-session"];
    run(workspace.cargo(["bench"]).args(packages).arg("--benches"))
}

/// The folder with what the relay is compared to, and its packages from npm; nothing where there is no Node.
fn rivals(workspace: &Workspace) -> Result<Option<PathBuf>> {
    let (Some(_), Some(npm)) = (system::find("node"), system::find("npm")) else {
        say(
            "Node and npm are not here: the relay is measured without ws, Socket.IO and Bun beside it",
        );
        return Ok(None);
    };
    let folder = workspace.target().join("bench");
    let made = fs::create_dir_all(&folder).and_then(|()| {
        for file in fs::read_dir(workspace.root().join("bench/rivals"))? {
            let file = file?;
            fs::copy(file.path(), folder.join(file.file_name()))?;
        }
        Ok(())
    });
    made.tried(|| format!("copy the rivals into {}", folder.display()))?;
    step(
        "npm install: ws, Express, Socket.IO and Bun, which the relay is compared to, below target/",
    );
    let flags = ["install", "--no-audit", "--no-fund", "--no-package-lock"];
    run(Command::new(npm).args(flags).current_dir(&folder))?;
    Ok(Some(folder))
}

/// What the page costs in a real browser, with the relay as it is built for release.
pub(crate) fn bench_page(workspace: &Workspace) -> Result {
    tools::for_the_page(workspace)?;
    let browser = browser::ensure()?;
    product::build(workspace)?;
    let empty = product::empty_page(workspace)?;
    step("cargo bench of e2e/: how soon the page is there, and what messages cost it");
    let mut bench = workspace.cargo(["bench", "--package", "duologue-e2e", "--bench", "page"]);
    run(browser.told(&mut bench, workspace).env("DUOLOGUE_EMPTY_PAGE", empty))
}
