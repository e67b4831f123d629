//! The Autobahn suite's cases: kosoku runs them under a Python of today, from an environment of its own
//! below `target/tools`.

use std::path::PathBuf;
use std::process::Command;

use crate::run::{Failure, Result, ask, run, step};
use crate::system;
use crate::workspace::Workspace;

/// With another version there may be other cases: `verdict.rs` counts them.
const KOSOKU: &str = "0.1.0";

/// The Python that has the suite, after installing what is missing.
pub(crate) fn ensure(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.tools().join("autobahn");
    let python = if cfg!(windows) {
        folder.join("Scripts").join("python.exe")
    } else {
        folder.join("bin").join("python")
    };
    let question = "from importlib.metadata import version; print(version('kosoku'))";
    let there = || {
        ask(Command::new(&python).args(["-c", question])).is_some_and(|line| line.trim() == KOSOKU)
    };
    if there() {
        return Ok(python);
    }
    // Debian has the module that makes environments, and what that needs, in a package of its own.
    let can_make_one = || ask(Command::new("python3").args(["-c", "import ensurepip, venv"]));
    if can_make_one().is_none() {
        system::install(
            &["python3-venv"],
            "The WebSocket conformance tests are in Python, and there is no `python3` with `venv` on PATH",
        )?;
    }
    step(&format!(
        "Installing kosoku {KOSOKU} into target/tools: it runs the Autobahn suite's cases"
    ));
    run(workspace.command("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut pip = workspace.command(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]);
    run(pip.arg(format!("kosoku=={KOSOKU}")))?;
    if there() {
        Ok(python)
    } else {
        Err(Failure::new(format!(
            "kosoku {KOSOKU} was installed into {} and still can't be used",
            folder.display()
        )))
    }
}
