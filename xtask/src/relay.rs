//! A relay for the tests that run in the browser, on a port of its own, for as long as they run.

use std::env;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::run::{Failure, Result, Tried as _};
use crate::workspace::Workspace;

/// Generous: the machine may be busy.
const START: Duration = Duration::from_secs(30);

/// A running relay; dropping it ends it.
pub(crate) struct Relay {
    child: Child,
    log: PathBuf,
    address: String,
}

impl Relay {
    /// Starts the release build of the relay and waits until it listens.
    pub(crate) fn start(workspace: &Workspace) -> Result<Self> {
        // To a file, which never fills up as a pipe would that nobody reads, and which is there to read afterwards.
        let log = workspace.target().join("xtask").join("test-relay.log");
        let file = log
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| File::create(&log))
            .tried(|| format!("write {}", log.display()))?;
        let mut command = workspace.command(workspace.relay());
        command.args(["--listen", "127.0.0.1:0", "--log", "json", "--ephemeral"]);
        command.stdin(Stdio::null()).stderr(file);
        // Somebody's own settings are not the tests'.
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("DUOLOGUE_") {
                command.env_remove(&name);
            }
        }
        let child = command.spawn().tried(|| "start the relay for the tests".to_owned())?;
        let mut relay = Self { child, log, address: String::new() };
        relay.address = relay.wait_until_it_listens()?;
        Ok(relay)
    }

    /// Host and port.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    fn wait_until_it_listens(&mut self) -> Result<String> {
        let since = Instant::now();
        loop {
            let text = fs::read_to_string(&self.log).unwrap_or_default();
            if let Some(address) = text.lines().find_map(address_in) {
                return Ok(address.to_owned());
            }
            let ended = !matches!(self.child.try_wait(), Ok(None));
            if ended || since.elapsed() > START {
                let what = if ended { "ended before it listened" } else { "doesn't listen" };
                return Err(Failure::new(format!(
                    "the relay for the tests {what}; its log ({}):\n{text}",
                    self.log.display()
                )));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Host and port from the log line in which the relay says that it listens.
fn address_in(line: &str) -> Option<&str> {
    if !line.contains(r#""message":"listening""#) {
        return None;
    }
    let (_, rest) = line.split_once(r#""url":"http://"#)?;
    let (address, _) = rest.split_once('"')?;
    Some(address.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_in_the_line_that_says_listening() {
        let line = r#"{"timestamp":"t","level":"INFO","fields":{"message":"listening","url":"http://127.0.0.1:40123"},"target":"relay"}"#;
        assert_eq!(address_in(line), Some("127.0.0.1:40123"));
        assert_eq!(address_in(r#"{"fields":{"message":"opened","url":"http://x"}}"#), None);
        assert_eq!(address_in(r#"{"fields":{"message":"listening"}}"#), None);
    }
}
