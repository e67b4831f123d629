//! `cargo xtask conformance`: whether the relay's WebSocket layer keeps to RFC 6455, by the Autobahn suite's
//! own cases.

mod suite;
mod verdict;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::run::{Failure, Result, Tried as _, run, say, shown, step};
use crate::workspace::Workspace;

pub(crate) use suite::ensure;

/// What runs the cases, as an argument for Python.
const CASES: &str = include_str!("conformance/cases.py");

/// Installs what is missing, starts the echo over the relay's WebSocket layer, and runs every case against it.
pub(crate) fn conformance(workspace: &Workspace) -> Result {
    let python = suite::ensure(workspace)?;
    step("cargo build of the echo over the relay's WebSockets");
    // The same packages as for the native tests: with others, some crates would be compiled anew.
    let packages = ["build", "--workspace", "--exclude", "duologue-e2e", "--example", "echo"];
    run(&mut workspace.cargo(packages))?;
    step("The Autobahn suite's cases: RFC 6455, against the echo");
    let echo = Echo::start(workspace)?;
    let lines = results(workspace.command(python), &echo.address)?;
    let summary = verdict::judge(&lines)?;
    say(&format!("    {summary}"));
    Ok(())
}

/// One line for each case.
fn results(mut python: Command, address: &str) -> Result<String> {
    // Not to be shown with a failure: it is a whole program.
    python.args(["-c", CASES]).arg(format!("ws://{address}"));
    python.args(verdict::SETS.map(|(set, _)| format!("{set}.*")));
    let output = python
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .tried(|| "start Python for the suite".to_owned())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(Failure::new(format!("the suite itself failed ({})", output.status)))
    }
}

/// A running echo; dropping it ends it.
struct Echo {
    child: Child,
    address: String,
}

impl Echo {
    fn start(workspace: &Workspace) -> Result<Self> {
        let program = workspace.example("echo");
        let mut command = workspace.command(&program);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let child = command.spawn().tried(|| format!("start `{}`", shown(&command)))?;
        let mut echo = Self { child, address: String::new() };
        echo.address = echo.first_line(&program)?;
        Ok(echo)
    }

    /// Where it listens; nothing if it ended before it did.
    fn first_line(&mut self, program: &Path) -> Result<String> {
        let mut line = String::new();
        if let Some(stdout) = self.child.stdout.take() {
            let tried = || format!("read from {}", program.display());
            BufReader::new(stdout).read_line(&mut line).tried(tried)?;
        }
        match line.trim() {
            "" => Err(Failure::new("the echo ended before it listened")),
            address => Ok(address.to_owned()),
        }
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
