//! What a message costs that comes in while the person looks, with few and with many messages in the conversation.
//!
//! Three browsers, in turns. Each has the same ten conversations in its list. In the long ones all turns are in the
//! same conversation; in the short one each turn has one of its own, or it would soon be a longer one.

use std::time::{Duration, Instant};

use duologue_e2e::{Other, Person, Relay};
use tokio::time::{MissedTickBehavior, interval};

use crate::figures::{Used, drawn, median, person, until, used};

/// How many messages there are before.
const SIZES: [usize; 3] = [10, 1_000, 10_000];

/// How many conversations each has, and how many turns: each of the short ones is for one.
const TURNS: usize = 10;

/// How many messages come in a turn.
const MESSAGES: u32 = 20;

/// From one message to the next: each is drawn by itself.
const PACE: Duration = Duration::from_millis(50);

/// Measures, and gives the browser with the longest conversation.
pub(crate) async fn measure(relay: &Relay) -> Person {
    let mut others = Vec::new();
    for n in 0..TURNS {
        others.push(Other::connect(relay, &format!("ben{n}")).await);
    }
    println!(
        "\nAfter an absence, with a conversation of so many messages (each is decoded, stored, drawn)"
    );
    let mut people = Vec::new();
    for size in SIZES {
        people.push((size, history(relay, &mut others, size).await));
    }
    let mut costs: Vec<Vec<Used>> = vec![Vec::new(); SIZES.len()];
    for turn in 0..TURNS {
        for ((size, person), costs) in people.iter().zip(&mut costs) {
            let which = if *size == SIZES[0] { turn } else { 0 };
            costs.push(cost(person, &mut others[which]).await);
        }
    }
    println!(
        "\nA message that comes in: the main thread's work, medians of {TURNS} turns of {MESSAGES} messages"
    );
    let titles = ["messages before", "all", "script", "layout", "ratio"];
    println!(
        "{:>16} {:>10} {:>10} {:>10} {:>7}",
        titles[0], titles[1], titles[2], titles[3], titles[4]
    );
    let of = |costs: &[Used], figure: fn(&Used) -> f64| median(costs.iter().map(figure).collect());
    let base = of(&costs[0], |used| used.task);
    for (size, costs) in SIZES.iter().zip(&costs) {
        let (all, script, layout) = (
            of(costs, |used| used.task),
            of(costs, |used| used.script),
            of(costs, |used| used.layout),
        );
        println!("{size:>16} {all:>7.2} ms {script:>7.2} ms {layout:>7.2} ms {:>7.2}", all / base);
    }
    people.pop().expect("there are three").1
}

/// Somebody who was away while all of it was written, and has read it now.
async fn history(relay: &Relay, others: &mut [Other], size: usize) -> Person {
    let name = format!("ann{size}");
    for (n, other) in others.iter_mut().enumerate() {
        other.say_many(&name, if n == 0 { size } else { SIZES[0] }).await;
    }
    let since = Instant::now();
    // Whoever opens a conversation before anything comes in it has taken it up.
    let person = person(&relay.url(), &name, &others[0].name).await;
    let is_last = format!("return !!document.querySelector('[data-index=\"{}\"]')", size - 1);
    until(&person.browser, "the last message", &is_last).await;
    let rows = format!("return document.querySelectorAll('.row').length >= {TURNS}");
    until(&person.browser, "all conversations", &rows).await;
    let caught_up = since.elapsed();
    person.browser.reload().await;
    until(&person.browser, "the last message again", &is_last).await;
    let again = person.browser.run("return performance.now()", vec![]).await;
    println!(
        "{size:>16} {:>7.1} s from nothing, {:>7.0} ms from what is stored",
        caught_up.as_secs_f64(),
        again.as_f64().unwrap_or_default()
    );
    for other in others.iter().skip(1).filter(|_| size == SIZES[0]) {
        go_to(&person, &other.name).await;
        person.accepts().await;
        person.browser.until("a composer", "return !!document.querySelector('.composer')").await;
    }
    person
}

/// What one of the messages of a turn costs.
async fn cost(person: &Person, other: &mut Other) -> Used {
    go_to(person, &other.name).await;
    drawn(&person.browser).await;
    let before = used(&person.browser).await;
    let mut pace = interval(PACE);
    // Late is late: none comes sooner for it.
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for _ in 0..MESSAGES {
        pace.tick().await;
        other.say(&person.name).await;
    }
    other.last_has_arrived().await;
    drawn(&person.browser).await;
    let after = used(&person.browser).await;
    let each = |figure: fn(&Used) -> f64| (figure(&after) - figure(&before)) / f64::from(MESSAGES);
    Used {
        task: each(|used| used.task),
        script: each(|used| used.script),
        layout: each(|used| used.layout),
        ..after
    }
}

async fn go_to(person: &Person, peer: &str) {
    let go = format!("location.hash = '#/with/{peer}'");
    person.browser.run(&go, vec![]).await;
    let is_there =
        format!("return document.querySelector('.main .head bdi')?.textContent === '{peer}'");
    person.browser.until("the conversation", &is_there).await;
}
