//! Starting other programs, saying what happens, and one kind of error: a line for a person.

use std::ffi::OsStr;
use std::fmt;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Why a chore ended early, in words.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What every chore returns.
pub(crate) type Result<T = ()> = std::result::Result<T, Failure>;

/// Turns an error of the standard library into a line that says what was tried.
pub(crate) trait Tried<T> {
    /// `tried` completes the sentence "can't …".
    fn tried(self, tried: impl FnOnce() -> String) -> Result<T>;
}

impl<T> Tried<T> for std::io::Result<T> {
    fn tried(self, tried: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|error| Failure::new(format!("can't {}: {error}", tried())))
    }
}

/// Prints a line as it is.
pub(crate) fn say(line: &str) {
    // A reader that left (`cargo xtask help | head -1`) is no reason to panic, as `println!` would.
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Announces a step, so that whoever waits knows for what.
pub(crate) fn step(line: &str) {
    say(&format!("==> {line}"));
}

/// Runs a program to its end on this terminal; anything but success is a failure.
pub(crate) fn run(command: &mut Command) -> Result {
    let status = command.status().tried(|| format!("start `{}`", shown(command)))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::new(format!("`{}` failed ({status})", shown(command))))
    }
}

/// What a program prints to stdout, or nothing if it is missing or fails: a question, not a step.
pub(crate) fn ask(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A command as a person would type it: the program by its name, not by its path.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    std::iter::once(name)
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_without_the_program_s_folder() {
        let mut command = Command::new("some/folder/trunk");
        command.args(["build", "--release"]);
        assert_eq!(shown(&command), "trunk build --release");
    }

    #[test]
    fn a_missing_program_is_named() {
        let failure = run(Command::new("no-such-program-anywhere").arg("now")).unwrap_err();
        assert!(failure.to_string().starts_with("can't start `no-such-program-anywhere now`: "));
        assert_eq!(ask(&mut Command::new("no-such-program-anywhere")), None);
    }
}
