//! The browsers that the tests drive: Debian's Chromium with its driver, Debian's Firefox, and fonts for what they type.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use crate::run::{Failure, Result, ask, say};
use crate::system;
use crate::workspace::Workspace;

/// A browser and the driver program of the same version.
pub(crate) struct Browser {
    pub(crate) chromium: PathBuf,
    pub(crate) driver: PathBuf,
}

impl Browser {
    /// Tells a command where everything is that people use in it: the relay, the page, and this browser.
    pub(crate) fn told<'a>(
        &self,
        command: &'a mut Command,
        workspace: &Workspace,
    ) -> &'a mut Command {
        command
            .env("DUOLOGUE_RELAY_BIN", workspace.relay())
            .env("DUOLOGUE_DIST", workspace.dist())
            .env("DUOLOGUE_CHROMIUM", &self.chromium)
            .env("DUOLOGUE_CHROMEDRIVER", &self.driver)
    }
}

/// Chromium as it is there, after installing it if it isn't.
pub(crate) fn ensure() -> Result<Browser> {
    if found().is_none() {
        system::install(
            &["chromium", "chromium-driver"],
            "The tests drive a browser, and there are no `chromium` and `chromedriver` on PATH \
             (DUOLOGUE_CHROMIUM and DUOLOGUE_CHROMEDRIVER can name others)",
        )?;
    }
    let fonts = missing_fonts();
    if !fonts.is_empty() {
        if system::find("apt-get").is_some() {
            system::install(&fonts, "The tests show 中文 and emoji, which no font here has")?;
        } else {
            // Screenshots would show boxes; what is tested is the text.
            say("==> No font here has 中文 or emoji: screenshots will show boxes in their place");
        }
    }
    found().ok_or_else(|| {
        Failure::new(
            "chromium and its driver were installed and still aren't on PATH: \
             name them in DUOLOGUE_CHROMIUM and DUOLOGUE_CHROMEDRIVER",
        )
    })
}

/// The same for Firefox. What drives it is one of our tools.
pub(crate) fn firefox() -> Result<PathBuf> {
    let found = || {
        let debian = || system::find("firefox-esr");
        named("DUOLOGUE_FIREFOX").or_else(debian).or_else(|| system::find("firefox"))
    };
    if found().is_none() {
        system::install(
            &["firefox-esr"],
            "The tests drive a second browser, and there is no `firefox` on PATH (DUOLOGUE_FIREFOX can name one)",
        )?;
    }
    found().ok_or_else(|| {
        Failure::new("Firefox was installed and still isn't on PATH: name it in DUOLOGUE_FIREFOX")
    })
}

fn found() -> Option<Browser> {
    Some(Browser {
        chromium: named("DUOLOGUE_CHROMIUM").or_else(|| system::find("chromium"))?,
        driver: named("DUOLOGUE_CHROMEDRIVER").or_else(|| system::find("chromedriver"))?,
    })
}

fn named(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// The Debian packages of fonts that fontconfig doesn't know an equivalent of.
fn missing_fonts() -> Vec<&'static str> {
    [(":lang=zh", "fonts-noto-cjk"), (":lang=und-zsye", "fonts-noto-color-emoji")]
        .into_iter()
        .filter(|(pattern, _)| {
            ask(Command::new("fc-list").arg(pattern)).is_none_or(|list| list.trim().is_empty())
        })
        .map(|(_, package)| package)
        .collect()
}
