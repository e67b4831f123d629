//! A relay as a process of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// Starts a relay that keeps its mail in `folder`; comes back once it listens.
/// `message_rate`: how many messages a name may send in a second; 0 for as many as it likes.
pub(crate) async fn start(listen: &str, folder: &Path, message_rate: u32) -> (Child, SocketAddr) {
    let mut command = Command::new(RELAY);
    command.args(arguments(listen, message_rate)).arg(folder);
    started(command).await
}

/// The same for one that may have so many files open and no more.
#[cfg(unix)]
pub(crate) async fn start_within(files: usize, folder: &Path) -> (Child, SocketAddr) {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -n {files} && exec \"$0\" \"$@\""), RELAY]);
    command.args(arguments("127.0.0.1:0", 0)).arg(folder);
    started(command).await
}

const RELAY: &str = env!("CARGO_BIN_EXE_duologue-server");

/// All but the folder, which comes last.
fn arguments(listen: &str, message_rate: u32) -> Vec<String> {
    let rate = message_rate.to_string();
    ["--listen", listen, "--log", "json", "--message-rate", &rate, "--data"]
        .map(str::to_owned)
        .to_vec()
}

async fn started(mut command: Command) -> (Child, SocketAddr) {
    let mut child =
        command.stdin(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let address = loop {
        let line = lines.next_line().await.unwrap().expect("the relay says where it listens");
        let event: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
        if let Some(url) = event["fields"]["url"].as_str() {
            break url.trim_start_matches("http://").parse().unwrap();
        }
    };
    // A full pipe would stop the relay, so somebody reads on.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (child, address)
}
