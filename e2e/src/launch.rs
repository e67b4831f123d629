//! Browsers and their `WebDriver` programs as processes of ours, so that they end when a test does, whatever became of
//! it: a driver program that is killed leaves the browser behind that it has started itself.

use std::path::Path;
use std::process::Stdio;

use tempfile::TempDir;
use thirtyfour::common::capabilities::chromium::ChromiumLikeCapabilities as _;
use thirtyfour::{Capabilities, DesiredCapabilities, WebDriver};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};

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

/// What Firefox needs to listen on a port of its own, and to leave the network alone: as its profile's `user.js`.
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
user_pref("services.settings.server", "data:,");
user_pref("toolkit.telemetry.enabled", false);
"#;

/// Where a Firefox says which port it listens on.
const MARIONETTE_PORT: &str = "MarionetteActivePort";

/// A browser that runs, and the program that drives it. Dropping it ends both.
pub(crate) struct Running {
    pub(crate) driver: WebDriver,
    pub(crate) profile: TempDir,
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
    Running { driver, profile, _program: program, _browser: browser }
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

/// Starts Firefox with an empty profile.
pub(crate) async fn firefox() -> Running {
    let profile = TempDir::new().expect("a folder for the profile");
    std::fs::write(profile.path().join("user.js"), FIREFOX).expect("a profile");
    let mut command = Command::new(setting("DUOLOGUE_FIREFOX"));
    command.args(["--headless", "--no-remote", "--marionette", "--profile"]).arg(profile.path());
    // Wherever it is started from, that is not where it keeps anything.
    command.env("HOME", profile.path()).stdout(Stdio::null()).stderr(Stdio::null());
    let browser = started(&mut command, profile.path());
    let active = profile.path().join(MARIONETTE_PORT);
    let port = eventually("Firefox's port", async || {
        let port = std::fs::read_to_string(&active).map_err(|error| error.to_string())?;
        port.trim().parse::<u16>().map_err(|error| error.to_string())
    })
    .await;

    let mut program = Command::new(setting("DUOLOGUE_GECKODRIVER"));
    program.args(["--connect-existing", "--port=0", "--marionette-port", &port.to_string()]);
    let mut program = started(program.stdout(Stdio::piped()), profile.path());
    let said = program.stdout.take().expect("piped");
    let address = said_after(said, "Listening on ").await;
    let port = address.rsplit(':').next().expect("a port").to_owned();
    let driver = session(&port, DesiredCapabilities::firefox()).await;
    Running { driver, profile, _program: program, _browser: browser }
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
