//! A browser with a profile of its own, driven by `WebDriver`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::{By, Key, WebDriver};

use crate::eventually;
use crate::launch::{self, Running};

/// How wide a page is and which colours its reader prefers.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// The viewport's width in CSS pixels.
    pub width: u32,
    /// Its height.
    pub height: u32,
    /// Whether the reader prefers dark colours.
    pub dark: bool,
}

/// What a reader may prefer, as Firefox keeps it: a media feature, its value, the browser's preference for it, and what
/// that is if the reader does and if not.
const FIREFOX_PREFERENCES: [(&str, &str, &str, [i32; 2]); 2] = [
    ("prefers-color-scheme", "dark", "layout.css.prefers-color-scheme.content-override", [0, 1]),
    ("forced-colors", "active", "browser.display.document_color_use", [2, 0]),
];

/// One window of one profile. Dropping it ends the browser.
#[derive(Clone)]
pub struct Browser {
    driver: WebDriver,
    running: Arc<Running>,
}

impl Browser {
    /// Opens a browser with an empty profile: a Chromium, or what `DUOLOGUE_BROWSER` says (`firefox`).
    pub async fn open() -> Self {
        match std::env::var("DUOLOGUE_BROWSER").as_deref() {
            Ok("firefox") => Self::firefox().await,
            _ => Self::of(launch::chromium(new_profile()).await).await,
        }
    }

    /// Opens a Firefox with an empty profile.
    pub async fn firefox() -> Self {
        Self::of(launch::firefox(new_profile()).await).await
    }

    /// Opens another browser that begins with what this one has stored, keys included: nothing else moves
    /// a key that no page can read.
    pub async fn copy(&self) -> Self {
        let profile = new_profile();
        copy_profile(self.running.profile.path(), profile.path());
        Self::of(match self.running.bidi {
            Some(_) => launch::firefox(profile).await,
            None => launch::chromium(profile).await,
        })
        .await
    }

    async fn of(running: Running) -> Self {
        let browser = Self { driver: running.driver.clone(), running: Arc::new(running) };
        browser.look(Look { width: 1280, height: 800, dark: false }).await;
        browser
    }

    /// Goes to an address.
    pub async fn goto(&self, url: &str) {
        self.driver.goto(url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    /// Loads the page again, as a person does: `WebDriver`'s own way goes past the service worker in Firefox.
    pub async fn reload(&self) {
        self.run("window.isOld = true; location.reload()", vec![]).await;
        eventually("another page", async || {
            // While the old one goes there may be none to ask.
            let script = "return !window.isOld && document.readyState === 'complete'";
            match self.driver.execute(script, vec![]).await {
                Ok(answer) if *answer.json() == Value::Bool(true) => Ok(()),
                other => Err(format!("{other:?}")),
            }
        })
        .await;
    }

    /// Runs JavaScript as the body of a function and gives what it returns.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        let result = self.driver.execute(script, arguments).await;
        result.unwrap_or_else(|error| panic!("{script}: {error}")).json().clone()
    }

    /// Runs JavaScript until it returns something true, and gives that. A page that is reloaded meanwhile, with which a
    /// script that waits for something fails, is asked once more.
    pub async fn until(&self, what: &str, script: &str) -> Value {
        eventually(what, async || {
            let answer = self.driver.execute(script, vec![]).await;
            let answer = answer.map_err(|error| format!("{script}: {error}"))?.json().clone();
            let is_true = !matches!(answer, Value::Null | Value::Bool(false));
            if is_true { Ok(answer) } else { Err(self.page_text().await) }
        })
        .await
    }

    /// Waits until a condition in JavaScript holds.
    pub async fn is(&self, what: &str, condition: &str) {
        self.until(what, &format!("return {condition}")).await;
    }

    /// Waits until the page's visible text holds `text`.
    pub async fn sees(&self, text: &str) {
        eventually(&format!("to see {text:?}"), async || {
            let page = self.page_text().await;
            if page.contains(text) { Ok(()) } else { Err(page) }
        })
        .await;
    }

    /// The page's visible text.
    pub async fn page_text(&self) -> String {
        let text = self.run("return document.body.innerText", vec![]).await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Opens another tab of the same profile and goes on in it.
    pub async fn new_tab(&self) {
        let tab = self.driver.new_tab().await.expect("a tab");
        self.driver.switch_to_window(tab).await.expect("the new tab");
    }

    /// Goes on in the tab that was opened as number `index`.
    pub async fn switch_to_tab(&self, index: usize) {
        let tabs = self.driver.windows().await.expect("tabs");
        self.driver.switch_to_window(tabs[index].clone()).await.expect("a tab");
    }

    /// Changes the viewport and the preferred colours.
    pub async fn look(&self, look: Look) {
        let Look { width, height, dark } = look;
        if let Some(bidi) = &self.running.bidi {
            let window = self.driver.window().await.expect("a window");
            let viewport = json!({"width": width, "height": height});
            let viewport = json!({"context": window.to_string(), "viewport": viewport});
            bidi.send("browsingContext.setViewport", viewport).await;
        } else {
            let metrics =
                json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
            self.cdp("Emulation.setDeviceMetricsOverride", metrics).await;
        }
        self.prefers("prefers-color-scheme", if dark { "dark" } else { "light" }).await;
    }

    /// The reader prefers this value of a media feature, and nothing else.
    pub async fn prefers(&self, feature: &str, value: &str) {
        if let Some(bidi) = &self.running.bidi {
            let is_known = FIREFOX_PREFERENCES.iter().any(|(name, ..)| *name == feature);
            assert!(is_known, "nothing says how Firefox keeps {feature}");
            for (name, wanted, preference, [if_so, if_not]) in FIREFOX_PREFERENCES {
                let is_so = (feature, value) == (name, wanted);
                bidi.prefer(preference, if is_so { if_so } else { if_not }).await;
            }
        } else {
            let features = json!({"features": [{"name": feature, "value": value}]});
            self.cdp("Emulation.setEmulatedMedia", features).await;
        }
    }

    /// The page believes from now on that its window is in front, as pages of Firefox without a screen always do.
    pub async fn comes_to_the_front(&self) {
        if self.running.bidi.is_none() {
            self.cdp("Emulation.setFocusEmulationEnabled", json!({"enabled": true})).await;
        }
    }

    /// Runs JavaScript in every page that is loaded from now on, before the page's own.
    pub async fn before_every_page(&self, script: &str) {
        if let Some(bidi) = &self.running.bidi {
            let script = json!({"functionDeclaration": format!("() => {{ {script}\n }}")});
            bidi.send("script.addPreloadScript", script).await;
        } else {
            let script = json!({"source": script});
            self.cdp("Page.addScriptToEvaluateOnNewDocument", script).await;
        }
    }

    /// Where files go that pages let this browser save, from now on.
    pub async fn downloads(&self) -> PathBuf {
        let folder = self.running.profile.path().join("downloads");
        if let Some(bidi) = &self.running.bidi {
            let behaviour = json!({"type": "allowed", "destinationFolder": folder});
            let behaviour = json!({"downloadBehavior": behaviour});
            bidi.send("browser.setDownloadBehavior", behaviour).await;
        } else {
            let behaviour = json!({"behavior": "allow", "downloadPath": folder});
            self.cdp("Browser.setDownloadBehavior", behaviour).await;
        }
        folder
    }

    /// Chooses a file in the field that a CSS selector finds.
    pub async fn chooses(&self, selector: &str, file: &Path) {
        let field = self.driver.find(By::Css(selector)).await.expect("a field for a file");
        field.send_keys(file.display().to_string()).await.expect("a file that can be chosen");
    }

    /// Presses a key as a person would, wherever the focus is.
    pub async fn presses(&self, key: Key) {
        let keys = self.driver.action_chain().send_keys(key);
        keys.perform().await.expect("a key that can be pressed");
    }

    /// Presses a letter's key while Ctrl is held.
    pub async fn presses_with_control(&self, letter: char) {
        let keys = self.driver.action_chain().key_down(Key::Control).key_down(letter);
        let keys = keys.key_up(letter).key_up(Key::Control);
        keys.perform().await.expect("keys that can be pressed");
    }

    /// Types letters as a person would, wherever the focus is.
    pub async fn types(&self, text: &str) {
        let keys = self.driver.action_chain().send_keys(text);
        keys.perform().await.expect("a text that can be typed");
    }

    /// Saves what is seen as a PNG.
    pub async fn screenshot(&self, path: &Path) {
        std::fs::create_dir_all(path.parent().expect("a folder"))
            .expect("a folder for screenshots");
        self.driver.screenshot(path).await.expect("a screenshot");
    }

    /// Has a Chromium do something, by its debugging protocol, and gives its answer.
    pub async fn cdp(&self, command: &'static str, parameters: Value) -> Value {
        let result = self.driver.cdp().send_raw(command, parameters).await;
        result.unwrap_or_else(|error| panic!("{command}: {error}"))
    }
}

fn new_profile() -> TempDir {
    TempDir::new().expect("a folder for the profile")
}

/// Files that come and go while a browser runs may be missing by the time of their turn. What tells that
/// the profile is in use stays behind.
fn copy_profile(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let is_of_the_process = [
            "Singleton",
            "DevToolsActivePort",
            "LOCK",
            "MarionetteActivePort",
            "WebDriverBiDiServer",
            "lock",
            ".parentlock",
        ]
        .iter()
        .any(|prefix| name.to_string_lossy().starts_with(prefix));
        if is_of_the_process {
            continue;
        }
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            std::fs::create_dir_all(to.join(&name)).expect("a folder");
            copy_profile(&path, &to.join(&name));
        } else {
            let _ = std::fs::copy(path, to.join(&name));
        }
    }
}
