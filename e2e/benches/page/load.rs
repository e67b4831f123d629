//! How soon the page is there: the first paint, and when one can type, with nothing in any cache and once more.

use duologue_e2e::{Browser, Person, Relay};
use serde_json::json;

use crate::figures::median;

/// How many browsers load the page under each of the conditions.
const TIMES: usize = 5;

/// Notes when there is a field to type into: that of the name, or that of a message.
const WATCH: &str = "new MutationObserver(() => {
        window.usable ??= document.querySelector('#name, .composer textarea') && performance.now();
    }).observe(document, {childList: true, subtree: true})";

const LOADED: &str = "const paint = performance.getEntriesByName('first-contentful-paint')[0];
    const files = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
    return window.usable && paint && document.readyState === 'complete'
        ? [paint.startTime, window.usable, files.reduce((sum, file) => sum + file.transferSize, 0)] : null";

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

/// First paint, usable, and what came over the network.
type Load = (f64, f64, f64);

pub(crate) async fn measure(relay: &Relay) {
    println!(
        "\nThe page, loaded {TIMES} times by a new browser each, then once more by the same; medians"
    );
    println!("{:<28} {:>13} {:>10} {:>9}", "", "first paint", "usable", "bytes");
    for Conditions { words, is_slow, cpu } in ALL {
        let (mut cold, mut again) = (Vec::new(), Vec::new());
        for _ in 0..TIMES {
            let browser = Browser::open().await;
            browser.before_every_page(WATCH).await;
            if is_slow {
                let (latency, down, up) = SLOW;
                browser.cdp("Network.enable", json!({})).await;
                let link = json!({"offline": false, "latency": latency, "downloadThroughput": down,
                    "uploadThroughput": up});
                browser.cdp("Network.emulateNetworkConditions", link).await;
            }
            browser.cdp("Emulation.setCPUThrottlingRate", json!({"rate": cpu})).await;
            let url = format!("{}/#/with/ben", relay.url());
            cold.push(load(&browser, &url).await);
            let person = Person { browser, name: "ann".to_owned() };
            person.say_name().await;
            person.browser.goto("about:blank").await;
            again.push(load(&person.browser, &url).await);
        }
        row(&format!("{words}, cold"), &cold);
        row("    again, with a name", &again);
    }
}

async fn load(browser: &Browser, url: &str) -> Load {
    browser.goto(url).await;
    let loaded = browser.until("the page to be usable", LOADED).await;
    serde_json::from_value(loaded).expect("three figures")
}

fn row(words: &str, loads: &[Load]) {
    let of = |figure: fn(&Load) -> f64| median(loads.iter().map(figure).collect());
    let (paint, usable, bytes) = (of(|load| load.0), of(|load| load.1), of(|load| load.2));
    println!("{words:<28} {paint:>10.0} ms {usable:>7.0} ms {bytes:>9.0}");
}
