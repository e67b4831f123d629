//! How the timeline scrolls: a long fling through ten thousand messages, and the same through as many plain paragraphs,
//! which is what this machine can do with no script at all.

use duologue_e2e::{Look, Person};
use serde_json::{Value, json};

use crate::figures::drawn;

/// How far one fling goes, in CSS pixels, and how fast.
const FAR: u32 = 40_000;
const SPEED: u32 = 10_000;

/// How many of them, one after the other.
const FLINGS: usize = 10;

const VIEW: Look = Look { width: 1280, height: 800, dark: false };

/// Notes when each frame begins, and whether the middle of the box showed a message then or nothing.
const WATCH: &str = "const box = document.querySelector('.timeline');
    const {left, top, width, height} = box.getBoundingClientRect();
    window.frames_seen = []; window.empty = 0; window.watches = true;
    requestAnimationFrame(function look(at) {
        if (!window.watches) return;
        window.frames_seen.push(at);
        const seen = document.elementFromPoint(left + width / 2, top + height / 2);
        window.empty += !seen || seen === box || seen.matches('.room, html, body');
        requestAnimationFrame(look);
    });";

const SEEN: &str = "window.watches = false;
    const at = window.frames_seen;
    const gaps = at.slice(1).map((one, n) => one - at[n]);
    return [at.length, gaps.reduce((sum, gap) => sum + Math.max(0, Math.round(gap / (1000 / 60)) - 1), 0),
        Math.max(...gaps), window.empty, Math.abs(document.querySelector('.timeline').scrollTop)]";

const PLAIN: &str = "<!DOCTYPE html><style>body { margin: 0 } .timeline { height: 800px; overflow-y: auto; display: flex;
    flex-direction: column-reverse } p { margin: 0; padding: 0.45rem 0.875rem 0.6rem }</style><div class=timeline><div>";

pub(crate) async fn measure(person: &Person) {
    println!("\n{FLINGS} flings of {FAR} pixels, at {SPEED} pixels a second");
    let titles = ["", "frames", "dropped", "longest", "nothing drawn", "pixels"];
    println!(
        "{:<28} {:>8} {:>8} {:>10} {:>14} {:>9}",
        titles[0], titles[1], titles[2], titles[3], titles[4], titles[5]
    );
    person.browser.run("location.hash = '#/with/ben0'", vec![]).await;
    person.browser.look(VIEW).await;
    row("10,000 messages", &flung(person).await);
    let paragraphs: Vec<String> =
        (0..10_000).map(|n| format!("<p>Line {n} of a page without any script")).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("plain.html");
    std::fs::write(&file, format!("{PLAIN}{}", paragraphs.concat())).expect("a file");
    person.browser.goto(&format!("file://{}", file.display())).await;
    row("10,000 plain paragraphs", &flung(person).await);
}

async fn flung(person: &Person) -> [f64; 5] {
    let browser = &person.browser;
    drawn(browser).await;
    let middle = "const {left, top, width, height} = document.querySelector('.timeline').getBoundingClientRect();
        return [left + width / 2, top + height / 2]";
    let middle: Value = browser.run(middle, vec![]).await;
    browser.run(WATCH, vec![]).await;
    for _ in 0..FLINGS {
        let gesture = json!({"x": middle[0], "y": middle[1], "yDistance": FAR, "speed": SPEED,
            "gestureSourceType": "mouse"});
        browser.cdp("Input.synthesizeScrollGesture", gesture).await;
    }
    let seen = browser.run(SEEN, vec![]).await;
    serde_json::from_value(seen).expect("five figures")
}

fn row(words: &str, [frames, dropped, longest, empty, far]: &[f64; 5]) {
    println!("{words:<28} {frames:>8.0} {dropped:>8.0} {longest:>7.0} ms {empty:>14.0} {far:>9.0}");
}
