//! The relay as a process: what a person at a terminal sees.

use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Output, Stdio};

use duologue_protocol::CloseCode;

use crate::common::Client;

const RELAY: &str = env!("CARGO_BIN_EXE_duologue-server");

fn relay(arguments: &[&str]) -> Command {
    started_by(Command::new(RELAY), arguments)
}

/// The same for one that has so many files, by `ulimit` with this flag: `-S` for one that may ask for more.
#[cfg(unix)]
fn relay_within(flag: &str, files: usize, arguments: &[&str]) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("ulimit {flag} -n {files} && exec \"$0\" \"$@\""), RELAY]);
    started_by(shell, arguments)
}

fn started_by(mut command: Command, arguments: &[&str]) -> Command {
    command.args(arguments).stdin(Stdio::null());
    for (key, _) in std::env::vars_os() {
        if key.to_string_lossy().starts_with("DUOLOGUE_") {
            command.env_remove(key);
        }
    }
    command
}

/// A relay that was started and is ended with its test.
struct Process {
    child: Child,
    /// What it said before it listened.
    said: Vec<serde_json::Value>,
    log: Option<BufReader<std::process::ChildStderr>>,
    address: SocketAddr,
}

impl Process {
    fn start(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let (mut line, mut said) = (String::new(), Vec::new());
        let event = loop {
            line.clear();
            log.read_line(&mut line).unwrap();
            let event: serde_json::Value = serde_json::from_str(&line).unwrap();
            if event["fields"]["message"] == "listening" {
                break event;
            }
            said.push(event);
        };
        let url = event["fields"]["url"].as_str().unwrap();
        let address = url.strip_prefix("http://").unwrap().parse().unwrap();
        Self { child, said, log: Some(log), address }
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asserts one line on standard error and nothing elsewhere; returns it.
fn one_line(output: &Output) -> String {
    assert!(!output.status.success());
    assert!(output.stdout.is_empty());
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.starts_with("error: "), "{text}");
    text
}

#[test]
fn help_says_what_it_is_and_how_to_use_it() {
    let output = relay(&["--help"]).output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    for word in [
        "relay",
        "Examples:",
        "--listen",
        "127.0.0.1:9000",
        "--web",
        "--allow-origin",
        "--data",
        "--ephemeral",
        "--retention",
        "--log",
        "--connections",
        "--metrics",
        "DUOLOGUE_CONNECTIONS",
        "DUOLOGUE_METRICS",
        "DUOLOGUE_DATA",
        "DUOLOGUE_RETENTION",
        "DUOLOGUE_LISTEN",
        "DUOLOGUE_WEB",
        "DUOLOGUE_ALLOW_ORIGIN",
        "DUOLOGUE_LOG",
    ] {
        assert!(text.contains(word), "{word} is not in:\n{text}");
    }
    let version = relay(&["--version"]).output().unwrap();
    assert!(version.status.success());
    assert!(String::from_utf8(version.stdout).unwrap().contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_bad_flag_is_one_line() {
    for (arguments, named) in [
        (&["--bogus"][..], "--bogus"),
        (&["--log", "xml"], "json"),
        (&["--allow-origin", "chat.example"], "chat.example"),
        (&["--listen"], "--listen"),
        (&["extra"], "extra"),
        (&["--connections", "0"], "a number from 1 to 1000000"),
    ] {
        let line = one_line(&relay(arguments).output().unwrap());
        assert!(line.contains(named), "{line}");
    }
    let line = one_line(&relay(&[]).env("DUOLOGUE_LOG", "xml").output().unwrap());
    assert!(line.contains("xml"), "{line}");
}

#[test]
fn a_busy_port_is_one_line() {
    let busy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = busy.local_addr().unwrap().to_string();
    let line = one_line(&relay(&["--listen", &address, "--ephemeral"]).output().unwrap());
    assert!(line.contains(&address) && line.contains("--listen"), "{line}");
}

#[test]
fn a_busy_port_for_the_metrics_is_one_line_that_names_their_flag() {
    let busy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = busy.local_addr().unwrap().to_string();
    for address in [&address, "nowhere"] {
        let arguments = ["--listen", "127.0.0.1:0", "--ephemeral", "--metrics", address];
        let line = one_line(&relay(&arguments).output().unwrap());
        assert!(line.contains(address) && line.contains("--metrics"), "{line}");
    }
}

#[test]
fn an_address_that_is_none_is_one_line() {
    let line = one_line(&relay(&["--listen", "nowhere"]).output().unwrap());
    assert!(line.contains("nowhere"), "{line}");
}

#[test]
fn a_missing_folder_is_one_line() {
    let arguments = ["--listen", "127.0.0.1:0", "--web", "/no/such/folder"];
    let line = one_line(&relay(&arguments).output().unwrap());
    assert!(line.contains("/no/such/folder"), "{line}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_signal_closes_every_connection_and_ends_it_well() {
    for name in ["TERM", "INT"] {
        let mut process =
            Process::start(relay(&["--listen", "127.0.0.1:0", "--log", "json", "--ephemeral"]));
        let mut client = Client::connect(process.address, "/").await;
        client.settle().await;
        process.signal(name);
        assert_eq!(client.close_code().await, CloseCode::ShuttingDown.code(), "{name}");
        assert!(client.next().await.is_none());
        assert!(process.child.wait().unwrap().success(), "{name}");
    }
}

/// As where it goes into a program that ended.
#[cfg(unix)]
#[tokio::test]
async fn it_goes_on_where_nobody_takes_its_log() {
    let mut process =
        Process::start(relay(&["--listen", "127.0.0.1:0", "--log", "json", "--ephemeral"]));
    process.log = None;
    let mut one = Client::connect(process.address, "/").await;
    one.text(r#"{"type":"open","fromUserId":"ann","toUserId":"ben"}"#).await;
    let mut two = Client::connect(process.address, "/").await;
    two.text(r#"{"type":"open","fromUserId":"ben","toUserId":"ann"}"#).await;
    one.says("ann", "ben", "does it go on?").await;
    assert!(two.next_text().await.contains("does it go on?"));
    process.signal("TERM");
    assert_eq!(one.close_code().await, CloseCode::ShuttingDown.code());
    assert!(process.child.wait().unwrap().success());
}

/// 128 more than connections: for the disk, the log, and whatever else is no connection.
#[cfg(target_os = "linux")]
#[test]
fn it_asks_for_as_many_files_as_its_connections_take() {
    let arguments = ["--listen", "127.0.0.1:0", "--ephemeral", "--log", "json"];
    let process = Process::start(relay_within(
        "-S",
        200,
        &[&arguments[..], &["--connections", "300"]].concat(),
    ));
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", process.child.id())).unwrap();
    let files = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let files = files.and_then(|limits| limits.split_whitespace().next());
    assert_eq!(files, Some("428"), "{limits}");
    assert!(process.said.is_empty(), "{:?}", process.said);
}

#[cfg(unix)]
#[test]
fn it_says_so_where_it_has_files_for_fewer_connections() {
    let arguments =
        ["--listen", "127.0.0.1:0", "--ephemeral", "--log", "json", "--connections", "300"];
    let process = Process::start(relay_within("", 400, &arguments));
    let said = process.said.iter().find(|event| event["level"] == "WARN").unwrap();
    assert_eq!(said["fields"]["connections"], 400 - 128, "{said}");
    assert!(said["fields"]["message"].as_str().unwrap().contains("ulimit"), "{said}");
}

/// Else a message may wait for milliseconds until two megabytes are cleared.
#[cfg(target_os = "linux")]
#[test]
fn its_memory_comes_in_small_pieces() {
    let process =
        Process::start(relay(&["--listen", "127.0.0.1:0", "--ephemeral", "--log", "json"]));
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.child.id())).unwrap();
    let huge = status.lines().find_map(|line| line.strip_prefix("THP_enabled:"));
    assert_eq!(huge.map(str::trim), Some("0"), "{status}");
}

/// Else messages wait for the disk where there is one processor for both.
#[cfg(target_os = "linux")]
#[test]
fn one_thread_gives_way_to_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    let arguments = ["--listen", "127.0.0.1:0", "--data", folder, "--log", "json"];
    let process = Process::start(relay(&arguments));
    let nice = || {
        let threads = std::fs::read_dir(format!("/proc/{}/task", process.child.id())).unwrap();
        let stats = threads.flatten().map(|one| std::fs::read_to_string(one.path().join("stat")));
        // The 19th of all fields is the 17th behind the name, which ends with the last bracket (proc_pid_stat(5)).
        let of_one = |stat: String| Some(stat.rsplit_once(") ")?.1.split(' ').nth(16)? == "10");
        stats.flatten().filter_map(of_one).filter(|is_nice| *is_nice).count()
    };
    let by = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while nice() != 1 {
        assert!(std::time::Instant::now() < by, "{} give way", nice());
        std::thread::yield_now();
    }
}

#[cfg(unix)]
#[tokio::test]
async fn the_log_tells_of_connections_and_never_what_was_said() {
    let mut command = relay(&["--ephemeral"]);
    command.env("DUOLOGUE_LISTEN", "127.0.0.1:0").env("DUOLOGUE_LOG", "json");
    // What a person might set to see more.
    command.env("RUST_LOG", "trace");
    let mut process = Process::start(command);

    let secret = "nobody-elses-business";
    let mut one = Client::connect(process.address, "/").await;
    one.text(r#"{"type":"open","fromUserId":"ann","toUserId":"ben"}"#).await;
    let mut two = Client::connect(process.address, "/v1/ws").await;
    two.frame().await;
    two.text(r#"{"type":"open","fromUserId":"ben"}"#).await;
    two.frame().await;
    two.frame().await;
    one.says("ann", "ben", secret).await;
    assert!(two.next_text().await.contains(secret));
    two.writes("nobody", "m-1", secret).await;
    two.frame().await;
    two.writes("nobody", "m-1", &format!("{secret}, again")).await;
    two.error().await;
    two.text(format!(r#"{{"type":"open","fromUserId":"{secret}","content":"{secret}"}}"#)).await;
    two.error().await;
    one.text(format!(r#"{{"fromUserId":"{secret}","content":"{secret}"}}"#)).await;
    one.text(format!(r#"["{secret}"]"#)).await;
    one.text(secret).await;
    assert!(one.next().await.is_some_and(|message| message.is_pong()));
    one.0.close(None).await.unwrap();
    while one.next().await.is_some() {}
    process.signal("TERM");
    two.close_code().await;
    assert!(two.next().await.is_none());

    let mut log = String::new();
    std::io::Read::read_to_string(process.log.as_mut().unwrap(), &mut log).unwrap();
    assert!(!log.contains(secret), "{log}");
    let events: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |message: &str, user: &str| {
        let mut found = events
            .iter()
            .filter(|event| event["fields"]["message"] == message && event["span"]["user"] == user);
        let event = found.next().unwrap_or_else(|| panic!("no `{message}` of {user} in {log}"));
        assert!(found.next().is_none(), "two of `{message}` of {user}");
        event
    };
    for (user, dialect) in [("ann", "classic"), ("ben", "v1")] {
        let open = of("connection open", user);
        assert_eq!(open["span"]["dialect"], dialect);
        assert!(open["span"]["peer"].as_str().unwrap().starts_with("127.0.0.1:"));
        let end = of("connection ended", user);
        assert!(end["fields"]["seconds"].is_number() && end["fields"]["end"].is_string(), "{end}");
    }
    let ann = &of("connection ended", "ann")["fields"];
    assert_eq!((&ann["frames_in"], &ann["frames_out"]), (&5.into(), &0.into()));
    assert!(of("connection ended", "ben")["fields"]["end"].as_str().unwrap().contains("4000"));
}
