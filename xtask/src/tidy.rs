//! The boundaries between the parts of the code, checked by reading it.
//!
//! The rules and their reasons are in CONTRIBUTING.md. Reading is by line and by name, not by the compiler: it takes
//! no time, needs no build, and finds what happens by oversight. Whole-line comments may name what they like.

mod files;
mod rules;
mod scan;

use std::fs;

use crate::run::{Failure, Result, Tried as _, say};
use crate::workspace::Workspace;

/// Reads every file of the project; prints each violation as `path:line: rule`.
pub(crate) fn tidy(workspace: &Workspace) -> Result {
    let files = files::list(workspace)?;
    let mut violations = Vec::new();
    for path in &files {
        let bytes = fs::read(workspace.root().join(path)).tried(|| format!("read {path}"))?;
        violations.extend(rules::check(path, &String::from_utf8_lossy(&bytes)));
    }
    for violation in &violations {
        say(&violation.to_string());
    }
    match violations.len() {
        0 => {
            say(&format!("{} files are tidy", files.len()));
            Ok(())
        }
        count => Err(Failure::new(format!(
            "tidy found {count} in {} files (CONTRIBUTING.md has the rules and their reasons)",
            files.len()
        ))),
    }
}
