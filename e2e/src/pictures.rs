//! Pictures of a state of the page at the widths of a phone, a tablet and a desktop, light and dark, in each language,
//! below `target/gallery`. What is asserted is what a picture can't show: nothing is wider than the window, what is to be
//! pressed is large enough for a finger, and axe-core finds nothing that would keep somebody out.

use std::fmt::Write as _;
use std::future::{Ready, ready};
use std::path::PathBuf;

use serde_json::json;

use crate::{Browser, Look, StaticServer, axe};

/// A width at which the panes are as on a desktop.
const TABLET: u32 = 768;

const LOOKS: [(&str, Look); 6] = [
    ("360-light", Look { width: 360, height: 740, dark: false }),
    ("360-dark", Look { width: 360, height: 740, dark: true }),
    ("768-light", Look { width: TABLET, height: 1024, dark: false }),
    ("768-dark", Look { width: TABLET, height: 1024, dark: true }),
    ("1280-light", Look { width: 1280, height: 800, dark: false }),
    ("1280-dark", Look { width: 1280, height: 800, dark: true }),
];

/// How a page is looked at that nobody takes a picture of.
pub const DESKTOP: Look = LOOKS[4].1;

/// The languages that the page speaks.
const LANGUAGES: [&str; 2] = ["en", "zh"];

/// Takes the pictures of one state in each language. A page that begins to speak another one is drawn anew: `again`
/// has it show what only this drawing of it knew, as a menu that is open.
pub async fn pictures_in_both(browser: &Browser, state: &str, again: impl AsyncFn()) {
    for language in LANGUAGES {
        if language != LANGUAGES[0] {
            speaks(browser, language).await;
            again().await;
        }
        pictures(browser, &format!("{state}-{language}")).await;
    }
    speaks(browser, LANGUAGES[0]).await;
    again().await;
}

/// For a state that is the same when it is drawn anew.
pub fn unchanged() -> Ready<()> {
    ready(())
}

/// The page speaks another language from now on: chosen in another tab, as far as it can tell.
pub async fn speaks(browser: &Browser, language: &str) {
    let choose = "localStorage.setItem('duologue.language', arguments[0]);
        dispatchEvent(new StorageEvent('storage', {key: 'duologue.language', newValue: arguments[0]}))";
    browser.run(choose, vec![json!(language)]).await;
    let spoken = format!("return document.documentElement.lang === '{language}'");
    browser.until("the other language", &spoken).await;
}

/// Takes the pictures of one state and measures each.
pub async fn pictures(browser: &Browser, state: &str) {
    let folder = gallery();
    let mut violations = Vec::new();
    for (name, look) in LOOKS {
        browser.look(look).await;
        browser.screenshot(&folder.join(format!("{state}-{name}.png"))).await;
        let too_wide = "return document.documentElement.scrollWidth > window.innerWidth";
        assert_eq!(browser.run(too_wide, vec![]).await, false, "{state} {name} scrolls sideways");
        let overlap = "const [a, b] = ['.sidebar-head .link', '.sidebar-head .button']
            .map(selector => document.querySelector(selector)?.getBoundingClientRect());
            return !!a && a.width > 0 && a.right > b.left";
        assert_eq!(
            browser.run(overlap, vec![]).await,
            false,
            "{state} {name}: the link's state is covered"
        );
        // WCAG 2.2, 2.5.8: 24 by 24 CSS pixels at the least, but for links within a text.
        let small = "return [...document.querySelectorAll('button, input, a, textarea')]
            .filter(e => e.checkVisibility() && !e.closest('.text'))
            .map(e => [e.outerHTML.slice(0, 80), (e.closest('label') ?? e).getBoundingClientRect()])
            .filter(([, r]) => r.width < 24 || r.height < 24).map(([html]) => html)";
        assert_eq!(browser.run(small, vec![]).await, json!([]), "{state} {name}: small targets");
        // A tablet has what a desktop has.
        if look.width != TABLET {
            violations.extend(axe::violations(browser, &format!("{state} {name}")).await);
        }
    }
    assert!(violations.is_empty(), "axe-core:\n{}", violations.join("\n"));
    browser.look(DESKTOP).await;
}

/// One picture of several that are there already, side by side, on a ground of one colour: `name` in the gallery.
pub async fn beside(files: &[PathBuf], name: &str) {
    const GAP: u32 = 24;
    let folder = tempfile::tempdir().expect("a folder");
    let mut page = format!(
        "<!DOCTYPE html><style>body {{ display: flex; width: max-content; gap: {GAP}px; margin: 0; padding: {GAP}px;
        background: #8d93a5 }} img {{ border-radius: 10px; box-shadow: 0 6px 24px #0006 }}</style>"
    );
    for (n, file) in files.iter().enumerate() {
        std::fs::copy(file, folder.path().join(format!("{n}.png"))).expect("a picture");
        // Writing to a string can't fail.
        let _ = write!(page, "<img src={n}.png>");
    }
    std::fs::write(folder.path().join("index.html"), page).expect("a page");
    let host = StaticServer::start(folder.path(), "/").await;
    let window = Browser::open().await;
    window.goto(host.url()).await;
    let loaded = "return [...document.images].every(image => image.complete && image.naturalWidth)
        && [document.body.offsetWidth, document.body.offsetHeight]";
    let size = window.until("the pictures", loaded).await;
    let pixels = |n: usize| size[n].as_u64().and_then(|n| n.try_into().ok()).expect("a size");
    window.look(Look { width: pixels(0), height: pixels(1), dark: false }).await;
    window.screenshot(&gallery().join(name)).await;
}

/// Where the pictures are: those of another browser than Chromium beside them.
pub fn gallery() -> PathBuf {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/gallery"));
    match std::env::var("DUOLOGUE_BROWSER") {
        Ok(other) => folder.join(other),
        Err(_) => folder,
    }
}
