//! `cargo xtask dev`: the page rebuilt at every change, and a relay beside it, as one thing that starts and ends.
//!
//! Ctrl+C reaches both by the terminal. Whatever else ends this process, kill -9 included, closes the pipes that it
//! holds, and each program has a watcher at the other end of its pipe that then ends it. What is left to itself is a
//! compiler that happens to be running: it ends when it is done. Windows has no such watchers: there, closing the
//! window ends all three.

use std::ffi::OsString;
use std::fs;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::run::{Failure, Result, Tried as _, step};
use crate::workspace::Workspace;
use crate::{product, serve, tools};

/// Where Trunk.toml's proxy looks for the relay.
const RELAY: &str = "127.0.0.1:9000";

/// The relay promises its clients an orderly end within five seconds.
const PATIENCE: Duration = Duration::from_secs(7);

/// How soon the end of one is noticed.
const GLANCE: Duration = Duration::from_millis(100);

/// Waits for the other end of its input to close, and then ends the program; meanwhile becomes that program.
#[cfg(unix)]
const WATCHED: &str = r#"
exec 3<&0 </dev/null
{ cat <&3 >/dev/null; kill -TERM "$$" 2>/dev/null; } &
exec 3<&-
exec "$@"
"#;

/// Runs both until one ends.
pub(crate) fn dev(workspace: &Workspace, flags: &[String]) -> Result {
    serve::can_listen(RELAY, "`trunk serve` looks for the relay there: stop what is there.")?;
    tools::for_the_page(workspace)?;
    product::before_trunk(workspace)?;
    // Not dist/, which would make a debug page part of the next relay.
    let pages = workspace.target().join("dev-dist");
    fs::create_dir_all(&pages).tried(|| format!("create {}", pages.display()))?;

    step("trunk serve, and a relay beside it on 127.0.0.1:9000; Ctrl+C stops both");
    let mut cargo = workspace.cargo(["run", "--package", "duologue-server", "--"]);
    cargo.args(["--listen", RELAY]);
    let mut trunk = workspace.command("trunk");
    trunk.args(["serve", "--skip-version-check", "--dist"]).arg(&pages).args(flags);

    let mut relay = Running::start("The relay", workspace, &cargo)?;
    let mut page = Running::start("Trunk", workspace, &trunk)?;
    loop {
        if let Some(ended) = relay.ended()? {
            return both_ended(&relay, ended, &mut page);
        }
        if let Some(ended) = page.ended()? {
            return both_ended(&page, ended, &mut relay);
        }
        thread::sleep(GLANCE);
    }
}

fn both_ended(first: &Running, status: ExitStatus, other: &mut Running) -> Result {
    step(&format!("{} has ended ({status}): {} stops too", first.name, other.name));
    other.stop();
    if status.success() {
        Ok(())
    } else {
        Err(Failure::new(format!("{} failed ({status})", first.name)))
    }
}

/// One of the two.
struct Running {
    name: &'static str,
    child: Child,
}

impl Running {
    fn start(name: &'static str, workspace: &Workspace, command: &Command) -> Result<Self> {
        let child = tied(workspace, command)
            .stdin(Stdio::piped())
            .spawn()
            .tried(|| format!("start {name}"))?;
        Ok(Self { name, child })
    }

    fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.child.try_wait().tried(|| format!("wait for {}", self.name))
    }

    fn stop(&mut self) {
        drop(self.child.stdin.take());
        let since = Instant::now();
        while cfg!(unix) && since.elapsed() < PATIENCE {
            // An error is as good as an end: nobody is left to wait for.
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(GLANCE);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The other one didn't start, or waiting failed.
        if matches!(self.child.try_wait(), Ok(None)) {
            self.stop();
        }
    }
}

/// The same command, with a watcher that ends it when this process is gone.
fn tied(workspace: &Workspace, command: &Command) -> Command {
    let words: Vec<OsString> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(OsString::from)
        .collect();
    #[cfg(unix)]
    let mut tied = {
        let mut shell = workspace.command("sh");
        shell.args(["-c", WATCHED, "sh"]).args(&words);
        shell
    };
    #[cfg(not(unix))]
    let mut tied = {
        let mut plain = workspace.command(&words[0]);
        plain.args(&words[1..]);
        plain
    };
    product::colours_as_trunk_reads_them(&mut tied);
    tied
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn closing_the_pipe_ends_the_program() {
        let workspace = Workspace::find().unwrap();
        let mut command = Command::new("tail");
        command.args(["-f", "/dev/null"]);
        let mut running = Running::start("tail", &workspace, &command).unwrap();
        assert_eq!(running.ended(), Ok(None));
        let since = Instant::now();
        running.stop();
        assert!(since.elapsed() < PATIENCE, "it was killed, not told");
        assert!(running.ended().unwrap().is_some());
    }
}
