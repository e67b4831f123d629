//! The system's own programs and packages: what is on PATH, and how Debian installs more.

use std::env;
use std::env::consts::EXE_SUFFIX;
use std::path::PathBuf;
use std::process::Command;

use crate::run::{Failure, Result, ask, run, step};

/// Where PATH has a program.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let file = format!("{program}{EXE_SUFFIX}");
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(&file))
        .find(|path| path.is_file())
}

/// Installs Debian packages, as root or by sudo. `why` completes the line "installing …: ".
pub(crate) fn install(packages: &[&str], why: &str) -> Result {
    let names = packages.join(" ");
    if find("apt-get").is_none() {
        return Err(Failure::new(format!(
            "{why}. This machine has no apt-get, so please install by its own means what Debian calls: {names}"
        )));
    }
    let root = ask(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0");
    if !root && find("sudo").is_none() {
        return Err(Failure::new(format!("{why}. As root, run: apt-get install {names}")));
    }
    step(&format!("{why}: installing {names} by apt-get"));
    let apt = |arguments: &[&str]| {
        let mut command = Command::new(if root { "env" } else { "sudo" });
        if !root {
            command.arg("env");
        }
        // A package that asks a question would wait for an answer for ever.
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]).args(arguments);
        run(&mut command)
    };
    apt(&["update", "-q"])?;
    let mut arguments = vec!["install", "-y", "-q", "--no-install-recommends"];
    arguments.extend(packages);
    apt(&arguments)
}
