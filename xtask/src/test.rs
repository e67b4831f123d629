//! `cargo xtask test`: all tests there are, each kind where it has to run.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::browser::{self, Browser};
use crate::relay::Relay;
use crate::run::{Failure, Result, run, say, step};
use crate::workspace::{IN_THE_BROWSER, WASM, Workspace};
use crate::{conformance, product, simulate, size, tools};

/// Every end-to-end test starts browsers of its own: side by side they would starve each other on a small machine.
const E2E_THREADS: &str = "--test-threads=1";

/// The end-to-end tests that take pictures.
const GALLERY: [&str; 7] =
    ["door", "gallery", "gallery_of_the_day", "odd", "offline", "readers", "static_files"];

/// Those of what people see and do: what only the relay, the session or a transport is tried by would take ten minutes more.
const IN_FIREFOX: [&str; 11] = [
    "acts",
    "attention",
    "chat",
    "daily",
    "door",
    "moving",
    "odd",
    "offline",
    "readers",
    "reading",
    "scrolling",
];

/// How long seeds are tried: some thousands of them.
const SIMULATED_SECONDS: &str = "120";

/// Where the tests in the browser are: the clocks change, and it is another day than in Greenwich most of the time.
const PLACE: &str = "Pacific/Auckland";

/// A browser on a busy machine takes its time to start.
const BROWSER_TIMEOUT: &str = "120";

/// Installs what is missing, then runs every part, up to the first that fails.
pub(crate) fn test(workspace: &Workspace) -> Result {
    let mut parts = Parts::default();
    let outcome = every_part(workspace, &mut parts);
    say(&parts.summary());
    outcome
}

fn every_part(workspace: &Workspace, parts: &mut Parts) -> Result {
    let (browser, firefox) = parts.run("set-up", || {
        tools::for_the_page(workspace)?;
        tools::for_firefox(workspace)?;
        conformance::ensure(workspace)?;
        Ok((browser::ensure()?, browser::firefox()?))
    })?;
    parts.run("native tests", || native(workspace))?;
    parts.run("conformance", || conformance::conformance(workspace))?;
    parts.run("page and relay", || product::build(workspace))?;
    parts.run("size of the page", || size::check(workspace))?;
    // As many seeds as fit: what is found is printed with its seed.
    parts.run("simulator", || {
        let flags = ["--seeds", "1000000", "--seconds", SIMULATED_SECONDS].map(String::from);
        simulate::simulate(workspace, &flags)
    })?;
    parts.run("tests in the browser", || in_the_browser(workspace, &browser))?;
    parts.run("end-to-end tests", || end_to_end(workspace, &browser, &firefox, &[]))?;
    parts.run("the same in Firefox", || in_firefox(workspace, &browser, &firefox))
}

/// Takes the pictures of every screen and state alone.
pub(crate) fn gallery(workspace: &Workspace) -> Result {
    tools::for_the_page(workspace)?;
    let browser = browser::ensure()?;
    product::build(workspace)?;
    let tests = GALLERY.iter().flat_map(|test| ["--test", *test]).collect::<Vec<_>>();
    end_to_end(workspace, &browser, Path::new(""), &tests)?;
    say(&format!("==> The pictures are in {}", workspace.target().join("gallery").display()));
    Ok(())
}

fn native(workspace: &Workspace) -> Result {
    step("cargo test: everything that needs no browser");
    run(&mut workspace.cargo(["test", "--workspace", "--exclude", "duologue-e2e"]))
}

fn in_the_browser(workspace: &Workspace, browser: &Browser) -> Result {
    let relay = Relay::start(workspace)?;
    step(&format!("cargo test for {WASM}: the page's parts in Chromium, with a relay to talk to"));
    // Without documentation tests: they have run natively, and the runner for browsers can't take them.
    let mut tests = workspace.cargo(["test", "--target", WASM, "--tests"]);
    tests
        .args(IN_THE_BROWSER)
        .env("DUOLOGUE_TEST_RELAY", format!("ws://{}", relay.address()))
        .env(
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER",
            workspace.tool("wasm-bindgen-test-runner"),
        )
        .env("CHROMEDRIVER", &browser.driver)
        .env("TZ", PLACE)
        .env("WASM_BINDGEN_TEST_TIMEOUT", BROWSER_TIMEOUT);
    run(&mut tests)
}

/// `which`: cargo's flags for some of the tests.
fn end_to_end(workspace: &Workspace, browser: &Browser, firefox: &Path, which: &[&str]) -> Result {
    step("cargo test of e2e/: people in browsers, through the relay as it was built for release");
    run(&mut e2e(workspace, browser, firefox, which))
}

fn in_firefox(workspace: &Workspace, browser: &Browser, firefox: &Path) -> Result {
    step("cargo test of e2e/ once more: what people see and do, in Firefox");
    let which = IN_FIREFOX.iter().flat_map(|test| ["--test", *test]).collect::<Vec<_>>();
    run(e2e(workspace, browser, firefox, &which).env("DUOLOGUE_BROWSER", "firefox"))
}

fn e2e(workspace: &Workspace, browser: &Browser, firefox: &Path, which: &[&str]) -> Command {
    let mut tests = workspace.cargo(["test", "--package", "duologue-e2e"]);
    tests.args(which).args(["--", E2E_THREADS]);
    tests
        .env("DUOLOGUE_FIREFOX", firefox)
        .env("DUOLOGUE_GECKODRIVER", workspace.tool("geckodriver"));
    browser.told(&mut tests, workspace);
    tests
}

/// What ran, with what outcome, and how long it took.
#[derive(Default)]
struct Parts(Vec<(&'static str, &'static str, Duration)>);

impl Parts {
    /// Runs one part and notes how it went.
    fn run<T>(&mut self, name: &'static str, part: impl FnOnce() -> Result<T>) -> Result<T> {
        let since = Instant::now();
        let result = part();
        let outcome = if result.is_ok() { "passed" } else { "FAILED" };
        self.0.push((name, outcome, since.elapsed()));
        result.map_err(|failure| Failure::new(format!("{name}: {failure}")))
    }

    fn summary(&self) -> String {
        let mut summary = "==> Summary".to_owned();
        for (name, outcome, took) in &self.0 {
            let (minutes, seconds) = (took.as_secs() / 60, took.as_secs() % 60);
            // Writing to a string can't fail.
            let _ = write!(summary, "\n    {name:<22}{outcome} {minutes:>4} min {seconds:02} s");
        }
        summary
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_fails_is_named_and_the_passed_ones_are_listed() {
        let mut parts = Parts::default();
        assert_eq!(parts.run("first", || Ok(7)), Ok(7));
        let failed: Result = parts.run("second", || Err(Failure::new("`x` failed")));
        assert_eq!(failed, Err(Failure::new("second: `x` failed")));
        let summary = parts.summary();
        let lines: Vec<&str> = summary.lines().map(str::trim).collect();
        assert!(lines[1].starts_with("first ") && lines[1].contains("passed"), "{summary}");
        assert!(lines[2].starts_with("second ") && lines[2].contains("FAILED"), "{summary}");
    }

    #[test]
    fn times_are_in_minutes_and_seconds() {
        let parts = Parts(vec![("a", "passed", Duration::from_secs(125))]);
        assert!(parts.summary().ends_with("passed    2 min 05 s"), "{}", parts.summary());
    }
}
