//! What the browser says about itself, and what becomes of many figures: their median.

use std::time::Duration;

use duologue_e2e::{Browser, Person, eventually_within};
use serde_json::{Value, json};

/// How long ten thousand messages may take to come, on a slow and busy machine.
const PATIENCE: Duration = Duration::from_mins(3);

/// Keeps hold of the memory of each WebAssembly module, which nothing in the page gives away otherwise.
const KEEP_MEMORIES: &str = "window.memories = [];
    for (const name of ['instantiate', 'instantiateStreaming']) {
        const before = WebAssembly[name];
        WebAssembly[name] = async (...all) => {
            const made = await before.apply(WebAssembly, all);
            const memory = (made.instance ?? made).exports.memory;
            if (memory) window.memories.push(memory);
            return made;
        };
    }";

/// What a page has used so far. Times are of its main thread's own work, in milliseconds: what others do on the machine
/// meanwhile is not in them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Used {
    pub(crate) task: f64,
    pub(crate) script: f64,
    pub(crate) layout: f64,
    /// In bytes.
    pub(crate) heap: f64,
    pub(crate) nodes: f64,
}

/// Has a browser count, from before its first page on.
pub(crate) async fn count(browser: &Browser) {
    browser.before_every_page(KEEP_MEMORIES).await;
    browser.cdp("Performance.enable", json!({"timeDomain": "threadTicks"})).await;
}

/// What the page has used.
pub(crate) async fn used(browser: &Browser) -> Used {
    let answer = browser.cdp("Performance.getMetrics", json!({})).await;
    let metrics = answer["metrics"].as_array().expect("figures");
    let named = |name: &str| {
        let metric = metrics.iter().find(|metric| metric["name"] == name);
        metric.and_then(|metric| metric["value"].as_f64()).unwrap_or_else(|| panic!("no {name}"))
    };
    Used {
        task: named("TaskDuration") * 1_000.0,
        script: named("ScriptDuration") * 1_000.0,
        layout: (named("LayoutDuration") + named("RecalcStyleDuration")) * 1_000.0,
        heap: named("JSHeapUsedSize"),
        nodes: named("Nodes"),
    }
}

/// How large the page's WebAssembly memories are, in bytes.
pub(crate) async fn wasm_memory(browser: &Browser) -> f64 {
    let script =
        "return window.memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0)";
    browser.run(script, vec![]).await.as_f64().expect("a number")
}

/// Comes back once what was to be drawn is drawn.
pub(crate) async fn drawn(browser: &Browser) {
    let script = "return new Promise(then =>
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => then(true)))))";
    browser.run(script, vec![]).await;
}

/// Comes back once a script returns true, however long ten thousand messages take.
pub(crate) async fn until(browser: &Browser, what: &str, script: &str) {
    eventually_within(PATIENCE, what, async || match browser.run(script, vec![]).await {
        Value::Bool(true) => Ok(()),
        other => Err(other.to_string()),
    })
    .await;
}

/// Somebody with a counting browser, in the conversation with `peer`.
pub(crate) async fn person(url: &str, name: &str, peer: &str) -> Person {
    let person = Person { browser: Browser::open().await, name: name.to_owned() };
    count(&person.browser).await;
    person.browser.goto(&format!("{url}/#/with/{peer}")).await;
    person.say_name().await;
    person.is_connected().await;
    person
}

/// The middle one.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
