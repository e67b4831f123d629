//! What an hour of lively talk leaves in the page's memory: a message each second, half of them one's own, in as much
//! time as the page takes.

use duologue_e2e::{Other, Person, Relay};
use serde_json::json;

use crate::figures::{drawn, person, used, wasm_memory};

/// Minutes of talk.
const MINUTES: usize = 60;

/// How many messages of each side a minute has.
const EACH: usize = 30;

/// Of these minutes the memory is told.
const TOLD: [usize; 4] = [0, 20, 40, 60];

const MIB: f64 = 1_048_576.0;

pub(crate) async fn measure(relay: &Relay) {
    let mut other = Other::connect(relay, "cleo").await;
    let person = person(&relay.url(), "dora", "cleo").await;
    person.say("Hello").await;
    other.has_got(1).await;
    println!(
        "\nAn hour of talk, {} messages, after collecting what is garbage",
        2 * MINUTES * EACH
    );
    println!("{:<12} {:>10} {:>12} {:>8}", "", "JS heap", "WebAssembly", "nodes");
    for minute in 0..=MINUTES {
        if TOLD.contains(&minute) {
            tell(&person, minute).await;
        }
        if minute < MINUTES {
            let mine: Vec<String> = (0..EACH)
                .map(|n| format!("Minute {minute}, and this is thought {n} of mine"))
                .collect();
            let before = other.came;
            person.say_all(&mine).await;
            other.say_many(&person.name, EACH).await;
            other.last_has_arrived().await;
            other.has_got(before + EACH).await;
        }
    }
}

async fn tell(person: &Person, minute: usize) {
    drawn(&person.browser).await;
    person.browser.cdp("HeapProfiler.collectGarbage", json!({})).await;
    let used = used(&person.browser).await;
    let wasm = wasm_memory(&person.browser).await;
    println!(
        "{:<12} {:>6.1} MiB {:>8.1} MiB {:>8.0}",
        format!("minute {minute}"),
        used.heap / MIB,
        wasm / MIB,
        used.nodes
    );
}
