//! The relay as its users run it: the built binary, in a process of its own.

use std::process::Stdio;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::{eventually, setting};

/// A relay that can be killed and started again on the same port. Dropping it kills it.
pub struct Relay {
    process: Option<Child>,
    arguments: Vec<String>,
    address: String,
    /// Where it keeps its mail, over restarts.
    data: TempDir,
    /// What it has logged.
    log: Arc<Mutex<Vec<Value>>>,
}

impl Relay {
    /// Starts a relay on a free port, with further arguments.
    pub async fn start(arguments: &[&str]) -> Self {
        Self::start_on("127.0.0.1", arguments).await
    }

    /// The same on another address than loopback's usual one.
    pub async fn start_on(host: &str, arguments: &[&str]) -> Self {
        let mut relay = Self {
            process: None,
            arguments: arguments.iter().map(ToString::to_string).collect(),
            address: format!("{host}:0"),
            data: TempDir::new().expect("a folder for mail"),
            log: Arc::default(),
        };
        relay.launch().await;
        relay
    }

    /// Its page's address, without a `/` at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its host and port.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Ends it as a power cut would.
    pub async fn kill(&mut self) {
        let mut process = self.process.take().expect("the relay runs");
        process.kill().await.expect("the relay can be killed");
    }

    /// Stops it in its tracks, as a link does that loses everything: nobody is told.
    pub async fn freeze(&self) {
        self.signal("STOP").await;
    }

    /// Lets it go on.
    pub async fn thaw(&self) {
        self.signal("CONT").await;
    }

    /// What it says of the last connection of `user` that has ended, once it says something, and takes it
    /// out of the log.
    pub async fn ended(&self, user: &str) -> Value {
        eventually("a connection to end", async || {
            let mut log = self.log.lock().expect("nobody panics with it");
            let is_it = |line: &Value| {
                line["fields"]["message"] == "connection ended" && line["span"]["user"] == user
            };
            let found = log.iter().rposition(is_it).ok_or("not yet")?;
            Ok::<_, String>(log.remove(found)["fields"].clone())
        })
        .await
    }

    async fn signal(&self, name: &str) {
        let process = self.process.as_ref().expect("the relay runs");
        let id = process.id().expect("it has not ended").to_string();
        let status = Command::new("kill").args(["-s", name, &id]).status().await;
        assert!(status.expect("`kill` is there").success());
    }

    /// Starts it again where it was.
    pub async fn restart(&mut self) {
        assert!(self.process.is_none(), "the relay runs already");
        self.launch().await;
    }

    /// Starts it again where it was, with nothing of what it had.
    pub async fn restart_without_its_data(&mut self) {
        self.data = TempDir::new().expect("a folder for mail");
        self.restart().await;
    }

    async fn launch(&mut self) {
        let mut process = Command::new(setting("DUOLOGUE_RELAY_BIN"))
            .args(["--listen", &self.address, "--log", "json", "--data"])
            .arg(self.data.path())
            .args(&self.arguments)
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the relay can be started");
        let mut lines = BufReader::new(process.stderr.take().expect("piped")).lines();
        let url = loop {
            let line =
                lines.next_line().await.expect("readable").expect("the relay says its address");
            let line: Value = serde_json::from_str(&line).unwrap_or_default();
            if line["fields"]["message"] == "listening" {
                break line["fields"]["url"].as_str().expect("an address").to_owned();
            }
        };
        url.trim_start_matches("http://").trim_end_matches('/').clone_into(&mut self.address);
        // A full pipe would stop the relay, so somebody reads on.
        let log = Arc::clone(&self.log);
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                let line: Value = serde_json::from_str(&line).unwrap_or_default();
                log.lock().expect("nobody panics with it").push(line);
            }
        });
        self.process = Some(process);
    }
}
