//! How soon the page is there: the first paint, when one can type, and when all that a conversation needs has come; with
//! nothing in any cache, and once more. Beside it a page with nothing in it but Leptos and a field.

use std::path::{Path, PathBuf};
use std::{env, fs};

use axum::Router;
use duologue_e2e::{Browser, Person, Relay, StaticServer};
use duologue_packing::{SMALLEST, brotli, files};
use serde_json::json;
use tower_http::services::ServeDir;

use crate::figures::median;

/// How many browsers load the page under each of the conditions.
const TIMES: usize = 5;

/// Where the page with nothing in it is.
const EMPTY: &str = "DUOLOGUE_EMPTY_PAGE";

/// Notes when there is a field to type into: that of the name, or that of a message.
const WATCH: &str = "new MutationObserver(() => {
        window.usable ??= document.querySelector('#name, .composer textarea') && performance.now();
    }).observe(document, {childList: true, subtree: true})";

/// The first paint; when there was a field, and what had come by then; when all code had, and what that was.
const LOADED: &str = "const paint = performance.getEntriesByName('first-contentful-paint')[0];
    const files = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
    const code = files.filter(file => /[.]wasm$/.test(new URL(file.name).pathname) && file.responseEnd);
    if (!window.usable || !paint || document.readyState !== 'complete' || code.length < arguments[0]) return null;
    const whole = Math.max(...code.map(file => file.responseEnd));
    const came = time => files.filter(file => file.responseEnd <= time)
        .reduce((sum, file) => sum + file.transferSize, 0);
    return [paint.startTime, window.usable, came(window.usable), Math.max(whole, window.usable), came(whole)]";

/// Latency in milliseconds, and bytes a second down and up: a slow phone's link, as Lighthouse has it.
const SLOW: (u32, u32, u32) = (150, 1_600 * 1_024 / 8, 750 * 1_024 / 8);

/// Under what a page is loaded.
struct Conditions {
    words: &'static str,
    is_slow: bool,
    /// How many times slower than this machine.
    cpu: u32,
}

const ALL: [Conditions; 4] = [
    Conditions { words: "as this machine is", is_slow: false, cpu: 1 },
    Conditions { words: "a processor 4 times slower", is_slow: false, cpu: 4 },
    Conditions { words: "1.6 Mbit/s, 150 ms", is_slow: true, cpu: 1 },
    Conditions { words: "both", is_slow: true, cpu: 4 },
];

/// The first paint, usable and the bytes until then, all code and the bytes until then.
type Load = (f64, f64, f64, f64, f64);

pub(crate) async fn measure(relay: &Relay) {
    let empty = empty_page().await;
    println!(
        "\nThe page, loaded {TIMES} times by a new browser each, then once more by the same; medians"
    );
    println!(
        "{:<36} {:>11} {:>9} {:>9} {:>9} {:>9}",
        "", "first paint", "usable", "bytes", "all of it", "bytes"
    );
    for conditions in ALL {
        let (mut cold, mut again, mut nothing) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..TIMES {
            let browser = conditions.browser().await;
            let url = format!("{}/#/with/ben", relay.url());
            cold.push(load(&browser, &url, 2).await);
            let person = Person { browser, name: "ann".to_owned() };
            person.say_name().await;
            person.browser.goto("about:blank").await;
            again.push(load(&person.browser, &url, 2).await);
            drop(person);
            nothing.push(load(&conditions.browser().await, empty.url(), 1).await);
        }
        row(conditions.words, &cold);
        row("    again, with a name", &again);
        row("    a page with nothing but Leptos", &nothing);
    }
}

/// The page with nothing in it, packed as the relay packs Duologue's.
async fn empty_page() -> StaticServer {
    let folder = env::var_os(EMPTY).map(PathBuf::from);
    let folder = folder.expect("`cargo xtask bench-page` says where it is");
    for file in files(&folder).expect("files") {
        let packed = brotli(&fs::read(&file).expect("a file"), SMALLEST).expect("memory");
        let name = format!("{}.br", file.display());
        fs::write(Path::new(&name), packed).expect("room");
    }
    let packed = ServeDir::new(&folder).precompressed_br();
    StaticServer::start_with(&folder, "/", |_| Router::new().fallback_service(packed)).await
}

impl Conditions {
    /// A new browser under these.
    async fn browser(&self) -> Browser {
        let browser = Browser::open().await;
        browser.before_every_page(WATCH).await;
        if self.is_slow {
            let (latency, down, up) = SLOW;
            browser.cdp("Network.enable", json!({})).await;
            let link = json!({"offline": false, "latency": latency, "downloadThroughput": down,
                "uploadThroughput": up});
            browser.cdp("Network.emulateNetworkConditions", link).await;
        }
        browser.cdp("Emulation.setCPUThrottlingRate", json!({"rate": self.cpu})).await;
        browser
    }
}

/// Loads a page whose code has so many parts.
async fn load(browser: &Browser, url: &str, parts: u32) -> Load {
    browser.goto(url).await;
    let loaded = LOADED.replace("arguments[0]", &parts.to_string());
    let loaded = browser.until("the page to be usable", &loaded).await;
    serde_json::from_value(loaded).expect("five figures")
}

fn row(words: &str, loads: &[Load]) {
    let of = |figure: fn(&Load) -> f64| median(loads.iter().map(figure).collect());
    let (paint, usable, until_usable) = (of(|load| load.0), of(|load| load.1), of(|load| load.2));
    let (whole, bytes) = (of(|load| load.3), of(|load| load.4));
    println!(
        "{words:<36} {paint:>8.0} ms {usable:>6.0} ms {until_usable:>9.0} {whole:>6.0} ms {bytes:>9.0}"
    );
}
