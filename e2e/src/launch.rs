//! Browsers and their `WebDriver` programs as processes of ours, so that they end when a test does, whatever became of
//! it: a driver program that is killed leaves the browser behind that it has started itself.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tempfile::TempDir;
use thirtyfour::common::capabilities::chromium::ChromiumLikeCapabilities as _;
use thirtyfour::{Capabilities, CapabilitiesHelper as _, DesiredCapabilities, WebDriver};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};

use crate::bidi::BiDi;
use crate::{eventually, setting};

/// What a headless Chromium needs to run as root, and to leave the network alone.
const CHROMIUM: [&str; 10] = [
    "--remote-debugging-port=0",
    "--no-default-browser-check",
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
];

/// What Firefox needs to listen on a port of its own, to leave the network alone, and to open pages of `0.0.0.0`, which is
/// this machine and, to a browser, no safe place: as its profile's `user.js`.
const FIREFOX: &str = r#"user_pref("marionette.port", 0);
user_pref("app.normandy.enabled", false);
user_pref("app.update.disabledForTesting", true);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("browser.newtabpage.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.startup.page", 0);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("network.socket.ip_addr_any.disabled", false);
user_pref("network.websocket.delay-failed-reconnects", false);
user_pref("services.settings.server", "data:,");
user_pref("toolkit.telemetry.enabled", false);
"#;

/// Where a Firefox says which port it listens on for its driver.
const MARIONETTE_PORT: &str = "MarionetteActivePort";

/// Where it says which one it has for `BiDi`.
const BIDI_SERVER: &str = "WebDriverBiDiServer.json";

/// A browser that runs, and the program that drives it. Dropping it ends both.
pub(crate) struct Running {
    pub(crate) driver: WebDriver,
    pub(crate) profile: TempDir,
    /// Of a Firefox: what its driver has no word for.
    pub(crate) bidi: Option<BiDi>,
    _program: Child,
    _browser: Child,
}

/// Starts Chromium with this profile.
pub(crate) async fn chromium(profile: TempDir) -> Running {
    let mut command = Command::new(setting("DUOLOGUE_CHROMIUM"));
    command.args(CHROMIUM).arg(format!("--user-data-dir={}", profile.path().display()));
    command.arg("about:blank").stdout(Stdio::null()).stderr(Stdio::piped());
    let mut browser = started(&mut command, profile.path());
    let said = browser.stderr.take().expect("piped");
    let debugger = said_after(said, "DevTools listening on ws://").await;
    let debugger = debugger.split('/').next().expect("an address").to_owned();

    let (program, port) = chromedriver(profile.path()).await;
    let mut capabilities = DesiredCapabilities::chrome();
    capabilities.set_debugger_address(&debugger).expect("a capability");
    let driver = session(&port, capabilities).await;
    Running { driver, profile, bidi: None, _program: program, _browser: browser }
}

/// The driver of Chromium, and its port. It takes one that is free for IPv4, and ends where the same is not free for IPv6.
async fn chromedriver(profile: &Path) -> (Child, String) {
    const TRIES: usize = 5;
    for _ in 0..TRIES {
        let mut program = Command::new(setting("DUOLOGUE_CHROMEDRIVER"));
        let mut program = started(program.arg("--port=0").stdout(Stdio::piped()), profile);
        let said = program.stdout.take().expect("piped");
        if let Some(port) = rest_after(said, "started successfully on port ").await {
            return (program, port.trim_end_matches('.').to_owned());
        }
    }
    panic!("ChromeDriver ended {TRIES} times without saying its port");
}

/// Starts Firefox with this profile.
pub(crate) async fn firefox(profile: TempDir) -> Running {
    std::fs::write(profile.path().join("user.js"), FIREFOX).expect("a profile");
    let mut command = Command::new(setting("DUOLOGUE_FIREFOX"));
    command.args(["--headless", "--no-remote", "--marionette", "--remote-debugging-port=0"]);
    // Its own preferences say what a reader prefers: nothing else tells it.
    command.arg("--remote-allow-system-access").arg("--profile").arg(profile.path());
    // Wherever it is started from, that is not where it keeps anything.
    command.env("HOME", profile.path()).stdout(Stdio::null()).stderr(Stdio::null());
    let browser = started(&mut command, profile.path());
    let marionette = profile.path().join(MARIONETTE_PORT);
    let marionette = said_in(&marionette, |text| text.trim().parse().ok()).await.to_string();
    let bidi = profile.path().join(BIDI_SERVER);
    let bidi = said_in(&bidi, |text| {
        let server: Value = serde_json::from_str(text).ok()?;
        server["ws_port"].as_u64().and_then(|port| port.try_into().ok())
    });
    let bidi = bidi.await.to_string();

    let mut program = Command::new(setting("DUOLOGUE_GECKODRIVER"));
    program.args(["--connect-existing", "--port=0", "--marionette-port", &marionette]);
    let mut program = started(program.stdout(Stdio::piped()), profile.path());
    let said = program.stdout.take().expect("piped");
    let address = said_after(said, "Listening on ").await;
    let port = address.rsplit(':').next().expect("a port").to_owned();
    let mut capabilities = DesiredCapabilities::firefox();
    capabilities.set("webSocketUrl", true).expect("a capability");
    let driver = session(&port, capabilities).await;
    // The driver can't be told that port, where it has not started the browser.
    let url = format!("ws://127.0.0.1:{bidi}/session/{}", driver.handle().session_id());
    let bidi = Some(BiDi::connect(&url).await);
    Running { driver, profile, bidi, _program: program, _browser: browser }
}

/// The port that a browser writes into a file once it listens there.
async fn said_in(file: &Path, read: impl Fn(&str) -> Option<u16>) -> u16 {
    eventually(&format!("a port in {}", file.display()), async || {
        let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
        read(&text).ok_or(text)
    })
    .await
}

/// A process that ends when it is dropped. What it leaves behind then goes with the profile.
fn started(command: &mut Command, profile: &Path) -> Child {
    let process = command.env("TMPDIR", profile).kill_on_drop(true).spawn();
    process.expect("the browser and its driver can be started")
}

async fn session(port: &str, capabilities: impl Into<Capabilities>) -> WebDriver {
    let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities).await;
    let driver = driver.expect("a browser session");
    // The session isn't ended in words: that can take minutes. Its processes are killed.
    driver.clone().leak().expect("a new session");
    driver
}

/// The rest of the first line that holds `marker`.
async fn said_after(said: impl AsyncRead + Unpin + Send + 'static, marker: &str) -> String {
    let rest = rest_after(said, marker).await;
    rest.unwrap_or_else(|| panic!("the process ended without saying {marker:?}"))
}

/// The same; `None` if the process ended without it. Somebody reads on: a full pipe would stop the process.
async fn rest_after(said: impl AsyncRead + Unpin + Send + 'static, marker: &str) -> Option<String> {
    let mut lines = BufReader::new(said).lines();
    let rest = loop {
        let line = lines.next_line().await.expect("readable")?;
        if let Some((_, rest)) = line.split_once(marker) {
            break rest.to_owned();
        }
    };
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Some(rest)
}
