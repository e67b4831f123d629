//! Everything that the comparison says, in one place, so that a second language has one place too.

use std::fmt::Write as _;

use duologue_session::Transport;

use super::figures::{Spread, bytes_each, decimal, hundredths, millis};
use super::plan::{Invalid, LONGEST_SECONDS, MESSAGES_MAX, Plan};
use super::run::PATIENCE;
use super::{Outcome, Trouble};
use crate::trace::words::{Part, number, transport as name};

/// The comparison's place in the panel.
pub const COMPARE: Part = Part {
    id: "compare",
    title: "Compare transports",
    about: "Sends the same messages over each transport, one after the other, between two made-up people \
            in this page, through the relay, and measures what it takes. The relay keeps these messages as \
            long as any others.",
};

/// A field.
pub const MESSAGES: &str = "Messages";
/// A field.
pub const RATE: &str = "Messages a second";
/// Starts it.
pub const START: &str = "Compare";
/// Ends it.
pub const CANCEL: &str = "Cancel";
/// Saves the results.
pub const SAVE_CSV: &str = "Save as CSV";
/// Saves the results.
pub const SAVE_JSON: &str = "Save as JSON";
/// Where there is no relay.
pub const NO_RELAY: &str = "This page doesn’t know where its relay is.";
/// The progress bar's name.
pub const PROGRESS: &str = "Messages that arrived";
/// All exchanges ended.
pub const DONE: &str = "Done.";
/// The person ended it.
pub const CANCELLED: &str = "Cancelled.";
/// What is known of nothing.
pub const UNKNOWN: &str = "–";
/// The explanations.
pub const WHAT_IT_MEANS: &str = "What the numbers mean";
/// What the plot's mark is.
pub const PLOT_KEY: &str = "One dot for each message, the line at the median. Each step of the scale is ten times the one before.";
/// What a file is.
pub const FILE_IS: &str = "A comparison of transports by a Duologue page. Counts are of both \
                           participants, from the first message's sending to the last one's arrival; \
                           sentMs is from the first message on.";

/// What is wrong with what was typed, and what to do about it.
pub fn invalid(what: Invalid) -> String {
    match what {
        Invalid::Messages => format!("Type a whole number of messages, from 1 to {MESSAGES_MAX}."),
        Invalid::Rate => {
            "Type a rate from 0.1 to 20, with one digit behind the point at most.".into()
        }
        Invalid::TooLong(minutes) => format!(
            "That would take {minutes} minutes over each transport, and {} are the most: take fewer \
             messages, or more a second.",
            LONGEST_SECONDS / 60
        ),
    }
}

/// Why an exchange ended too early.
pub fn trouble(trouble: &Trouble) -> String {
    let seconds = PATIENCE / 1_000_000;
    match trouble {
        Trouble::NoConnection => format!(
            "no connection came about in {seconds} seconds: the relay is not there, or something on the \
             way lets this transport not through"
        ),
        Trouble::Silence => format!("no message arrived for {seconds} seconds"),
        Trouble::Stopped(reason) => format!("the relay ended the connection: {reason}"),
        Trouble::Refused(reason) => format!("the relay refused a message: {reason}"),
    }
}

/// How the exchange over one transport stands: seldom said, for it may be read aloud.
pub fn measuring(transport: Transport, number: usize, of: usize) -> String {
    format!("Measuring {}, {number} of {of}.", over(transport))
}

/// How far it is.
pub fn progress(transport: Transport, arrived: Option<u32>, planned: u32) -> String {
    let name = name(transport);
    match arrived {
        None => format!("{name}: connecting"),
        Some(arrived) => format!("{name}: {arrived} of {planned} messages"),
    }
}

/// What became of an exchange, in a line.
pub fn ended(outcome: &Outcome) -> String {
    let name = name(outcome.transport);
    match &outcome.trouble {
        None => format!("{name}: done"),
        Some(why) => format!("{name} failed: {}.", trouble(why)),
    }
}

/// The table's title.
pub fn caption(plan: Plan) -> String {
    let messages = if plan.messages == 1 { "message" } else { "messages" };
    format!("{} {messages}, {} a second", plan.messages, plan.rate())
}

/// What the plot shows, for those who don't see it.
pub fn plot(outcomes: &[Outcome]) -> String {
    let mut text = String::from("How long each message took, on a logarithmic scale.");
    for outcome in outcomes {
        if let Some(Spread { min, median, max, .. }) = outcome.run.spread() {
            // Writing to a string can't fail.
            let _ = write!(
                text,
                " {}: from {} to {} ms, half of them within {} ms.",
                name(outcome.transport),
                millis(min),
                millis(max),
                millis(median)
            );
        }
    }
    text
}

/// A strip's label in the plot.
pub fn strip(outcome: &Outcome) -> String {
    let median = outcome.run.spread().map_or(UNKNOWN.into(), |spread| latency(spread.median));
    format!("{}, median {median}", name(outcome.transport))
}

/// A figure's name, and what it is.
pub fn figure(key: &str) -> (&'static str, &'static str) {
    match key {
        "delivered" => ("Delivered", "How many of the messages arrived."),
        "latency-min" => (
            "Fastest (ms)",
            "The shortest time from when the sender’s page has a message to when the receiver’s page has \
             it. One clock measures both.",
        ),
        "latency-median" => ("Median (ms)", "Half of the messages took no longer."),
        "latency-90" => (
            "90 % (ms)",
            "Nine in ten messages took no longer. The slow ones are what people notice.",
        ),
        "latency-max" => ("Slowest (ms)", "The longest time that a message took."),
        "polls-per-message" => (
            "Polls a message",
            "How often the receiver asked the relay for news (GET), for each message that arrived. Less \
             than 1: an answer brought several at once. A WebSocket asks for nothing.",
        ),
        "empty-polls-per-message" => (
            "Empty polls a message",
            "Those of them whose answer was that there is nothing. Long polling has none while messages \
             come, since the relay keeps the question until it has an answer.",
        ),
        "requests-per-message" => (
            "Requests a message",
            "All HTTP requests of both, for each message that arrived: polls, the sender’s messages and \
             the receiver’s receipts.",
        ),
        "bytes-up-per-message" => (
            "Bytes up a message",
            "What both sent, on the wire but without TLS and TCP. For polling these are whole requests, \
             as the relay counted them; for a WebSocket, frames with their headers of 6 to 14 bytes.",
        ),
        "bytes-down-per-message" => (
            "Bytes down a message",
            "What both received: whole answers, or frames with their headers of 2 to 10 bytes.",
        ),
        "bytes-per-message" => (
            "Bytes a message",
            "Up and down together. The message itself is some twenty bytes long; the rest is the price of \
             the transport and of the receipts.",
        ),
        _ => ("", ""),
    }
}

/// What it all means.
pub fn summary(outcomes: &[Outcome]) -> String {
    let mut whole: Vec<(&Outcome, Spread)> = outcomes
        .iter()
        .filter(|outcome| outcome.trouble.is_none())
        .filter_map(|outcome| Some((outcome, outcome.run.spread()?)))
        .collect();
    let mut sentences = Vec::new();
    if whole.is_empty() {
        sentences.push("Over none of the transports did all messages arrive.".to_owned());
    } else {
        whole.sort_by_key(|(_, spread)| spread.median);
        sentences.push(how_fast(&whole));
        sentences.push(how_often(&whole));
        sentences.extend(how_much(&whole));
    }
    for outcome in outcomes.iter().filter(|outcome| outcome.trouble.is_some()) {
        sentences.push(format!("It did not work over {}.", over(outcome.transport)));
    }
    if outcomes.iter().any(|outcome| outcome.run.breaks > 0) {
        sentences.push("A connection broke meanwhile, which took time and requests.".into());
    }
    if outcomes.iter().any(|outcome| outcome.run.was_hidden) {
        sentences.push(
            "The page was hidden meanwhile, and browsers slow hidden pages down: better do it again."
                .into(),
        );
    }
    sentences.join(" ")
}

fn how_fast(whole: &[(&Outcome, Spread)]) -> String {
    let times = whole.iter().map(|(outcome, spread)| {
        format!("{} over {}", latency(spread.median), over(outcome.transport))
    });
    format!("Half of the messages took no more than {}.", list(times.collect()))
}

fn how_often(whole: &[(&Outcome, Spread)]) -> String {
    let made = whole.iter().rev().map(|(outcome, _)| {
        let each = |count| hundredths(count, outcome.run.arrived).unwrap_or_default();
        let (all, empty) = (each(outcome.run.counts.polls), each(outcome.run.counts.empty_polls));
        let empty_ones =
            if empty > 0 { format!(" ({} empty)", short(empty)) } else { String::new() };
        format!("{}{empty_ones} over {}", polls(all), over(outcome.transport))
    });
    format!("For each of them the receiver made {}.", list(made.collect()))
}

fn how_much(whole: &[(&Outcome, Spread)]) -> Option<String> {
    let mut sizes: Vec<(u64, Transport)> = whole
        .iter()
        .filter_map(|(outcome, _)| Some((bytes_each(outcome)?, outcome.transport)))
        .collect();
    sizes.sort_by_key(|(bytes, _)| *bytes);
    let ((least, _), (most, _)) = (*sizes.first()?, *sizes.last()?);
    let each = sizes
        .iter()
        .map(|(bytes, transport)| format!("{} bytes over {}", number(*bytes), over(*transport)));
    let ratio = most.checked_div(least).filter(|ratio| *ratio > 1);
    let ratio = ratio.map(|ratio| format!(", {ratio} times as many")).unwrap_or_default();
    Some(format!("It took {}{ratio}.", list(each.collect())))
}

fn over(transport: Transport) -> &'static str {
    match transport {
        Transport::WebSocket => "WebSocket",
        Transport::LongPolling => "long polling",
        Transport::ShortPolling => "short polling",
    }
}

fn polls(hundredths: u64) -> String {
    match hundredths {
        0 => "no polls".into(),
        100 => "1 poll".into(),
        _ => format!("{} polls", short(hundredths)),
    }
}

/// A decimal without zeros that say nothing.
fn short(hundredths: u64) -> String {
    let text = decimal(hundredths);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A time as one would say it; no line ends before its unit.
fn latency(micros: u32) -> String {
    match micros {
        0..10_000 => format!("{}\u{a0}ms", millis(micros)),
        10_000..999_500 => format!("{}\u{a0}ms", (micros + 500) / 1_000),
        _ => format!("{}\u{a0}s", millis(micros / 1_000)),
    }
}

fn list(mut items: Vec<String>) -> String {
    let last = items.pop().unwrap_or_default();
    if items.is_empty() { last } else { format!("{} and {last}", items.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::figures::FIGURES;
    use crate::compare::testing::{all_three, failed};

    #[test]
    fn the_summary_says_how_fast_how_often_and_how_much() {
        assert_eq!(
            summary(&all_three()),
            "Half of the messages took no more than 1.1\u{a0}ms over WebSocket, 5.0\u{a0}ms over long polling \
             and 190\u{a0}ms over short polling. For each of them the receiver made 4 polls (3 empty) over \
             short polling, 1 poll over long polling and no polls over WebSocket. It took 400 bytes over \
             WebSocket, 5\u{202f}000 bytes over long polling and 7\u{202f}000 bytes over short polling, \
             17 times as many."
        );
    }

    #[test]
    fn what_failed_is_said_and_does_not_count() {
        let [_, _, websocket] = all_three();
        let mut outcomes = [failed(Transport::LongPolling, Trouble::Silence), websocket];
        assert_eq!(
            summary(&outcomes),
            "Half of the messages took no more than 1.1\u{a0}ms over WebSocket. For each of them the receiver \
             made no polls over WebSocket. It took 400 bytes over WebSocket. It did not work over long \
             polling."
        );
        outcomes[1].trouble = Some(Trouble::NoConnection);
        outcomes[1].run.was_hidden = true;
        outcomes[1].run.breaks = 1;
        let text = summary(&outcomes);
        assert!(text.starts_with("Over none of the transports"), "{text}");
        assert!(text.contains("broke") && text.contains("hidden"), "{text}");
    }

    #[test]
    fn bytes_that_are_not_known_are_left_out() {
        let [_, mut long, _] = all_three();
        long.run.counts.lacks_bytes = true;
        let text = summary(&[long]);
        assert!(text.ends_with("1 poll over long polling."), "{text}");
    }

    #[test]
    fn times_are_said_in_their_own_size() {
        let all = [0, 1_234, 9_999, 12_345, 999_400, 1_000_000, 2_345_678].map(latency);
        assert_eq!(
            all,
            ["0.0 ms", "1.2 ms", "10.0 ms", "12 ms", "999 ms", "1.0 s", "2.3 s"]
                .map(|text| text.replace(' ', "\u{a0}"))
        );
        assert_eq!([0, 100, 250, 5].map(polls), ["no polls", "1 poll", "2.5 polls", "0.05 polls"]);
    }

    #[test]
    fn every_figure_has_a_name_and_is_explained() {
        for one in FIGURES {
            let (label, about) = figure(one.key);
            assert!(!label.is_empty() && about.ends_with('.'), "{}", one.key);
        }
    }

    #[test]
    fn errors_say_what_to_do() {
        assert!(invalid(Invalid::Messages).contains("1 to 200"));
        assert!(invalid(Invalid::Rate).contains("0.1 to 20"));
        assert!(invalid(Invalid::TooLong(34)).contains("34 minutes"));
        assert!(trouble(&Trouble::NoConnection).contains("30 seconds"));
        assert!(trouble(&Trouble::Refused("no".into())).ends_with(": no"));
        let line = ended(&failed(Transport::ShortPolling, Trouble::Silence));
        assert_eq!(line, "Short polling failed: no message arrived for 30 seconds.");
    }

    #[test]
    fn the_plot_is_told_in_words() {
        let text = plot(&all_three());
        assert!(
            text.contains("Long polling: from 4.0 to 6.0 ms, half of them within 5.0 ms."),
            "{text}"
        );
        assert_eq!(strip(&all_three()[0]), "Short polling, median 190\u{a0}ms");
        assert_eq!(caption(Plan::default()), "20 messages, 2 a second");
    }
}
