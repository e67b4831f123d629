//! What a comparison says of its numbers. What stands in the panel from the beginning is with its parts.

use duologue::app::numbers::grouped;
use duologue::app::rules;
use duologue_session::{Reason, Transport};
use rust_i18n::t;

use super::figures::{Spread, bytes_each, decimal, hundredths, millis};
use super::plan::{Invalid, LONGEST_SECONDS, MESSAGES_MAX, Plan};
use super::run::PATIENCE;
use super::{Outcome, Trouble};
use crate::language::{OF_FILES, Words, list, sentences};
use crate::trace::words::transport as name;

/// What is known of nothing.
pub const UNKNOWN: &str = "–";
/// What a file is, in it.
pub const FILE_IS: &str = "A comparison of transports by a Duologue page. Counts are of both \
                           participants, from the first message's sending to the last one's arrival; \
                           sentMs is from the first message on.";

/// What is wrong with what was typed, and what to do about it.
pub fn invalid(what: Invalid) -> Words {
    match what {
        Invalid::Messages => t!("problem.messages", most = MESSAGES_MAX),
        Invalid::Rate => t!("problem.rate"),
        Invalid::TooLong(minutes) => {
            t!("problem.too_long", minutes = minutes, most = LONGEST_SECONDS / 60)
        }
    }
}

/// Why an exchange ended too early.
pub fn trouble(trouble: &Trouble, locale: &str) -> Words {
    let seconds = PATIENCE / 1_000_000;
    // In English, as a file is, in the relay's own words, which are more exact.
    let said = |reason: &Reason| match locale {
        OF_FILES => reason.words.clone(),
        _ => rules::of_a_refusal(reason).into_owned(),
    };
    match trouble {
        Trouble::NoConnection => t!("trouble.no_connection", locale = locale, seconds = seconds),
        Trouble::Silence => t!("trouble.silence", locale = locale, seconds = seconds),
        Trouble::Stopped(reason) => t!("trouble.stopped", locale = locale, reason = said(reason)),
        Trouble::Refused(reason) => t!("trouble.refused", locale = locale, reason = said(reason)),
    }
}

/// How the exchange over one transport stands: seldom said, for it may be read aloud.
pub fn measuring(transport: Transport, number: usize, of: usize) -> Words {
    t!("compare.measuring", transport = within(transport), number = number, all = of)
}

/// How far it is.
pub fn progress(transport: Transport, arrived: Option<u32>, planned: u32) -> Words {
    let name = name(transport);
    match arrived {
        None => t!("compare.connecting", transport = name),
        Some(arrived) => {
            t!("compare.arrived", transport = name, arrived = arrived, planned = planned)
        }
    }
}

/// What became of an exchange, in a line.
pub fn ended(outcome: &Outcome) -> Words {
    let name = name(outcome.transport);
    match &outcome.trouble {
        None => t!("compare.ended", transport = name),
        Some(why) => {
            t!("compare.failed", transport = name, why = trouble(why, &rust_i18n::locale()))
        }
    }
}

/// The table's title.
pub fn caption(plan: Plan) -> Words {
    match plan.messages {
        1 => t!("compare.caption.one", count = 1, rate = plan.rate()),
        count => t!("compare.caption.other", count = count, rate = plan.rate()),
    }
}

/// What the plot shows, for those who don't see it.
pub fn plot(outcomes: &[Outcome]) -> String {
    let each = outcomes.iter().filter_map(|outcome| {
        let Spread { min, median, max, .. } = outcome.run.spread()?;
        let name = name(outcome.transport);
        let [min, median, max] = [min, median, max].map(millis);
        Some(t!("compare.plot_of", transport = name, min = min, max = max, median = median))
    });
    sentences([t!("compare.plot")].into_iter().chain(each).map(Words::into_owned))
}

/// A strip's label in the plot.
pub fn strip(outcome: &Outcome) -> Words {
    let median = outcome.run.spread().map_or(UNKNOWN.into(), |spread| latency(spread.median));
    t!("compare.strip", transport = name(outcome.transport), median = median)
}

/// A figure's name, and what it is.
pub fn figure(key: &str) -> (Words, Words) {
    match key {
        "delivered" => (t!("figure.delivered.label"), t!("figure.delivered.about")),
        "latency-min" => (t!("figure.latency_min.label"), t!("figure.latency_min.about")),
        "latency-median" => (t!("figure.latency_median.label"), t!("figure.latency_median.about")),
        "latency-90" => (t!("figure.latency_90.label"), t!("figure.latency_90.about")),
        "latency-max" => (t!("figure.latency_max.label"), t!("figure.latency_max.about")),
        "polls-per-message" => (t!("figure.polls.label"), t!("figure.polls.about")),
        "empty-polls-per-message" => {
            (t!("figure.empty_polls.label"), t!("figure.empty_polls.about"))
        }
        "requests-per-message" => (t!("figure.requests.label"), t!("figure.requests.about")),
        "bytes-up-per-message" => (t!("figure.bytes_up.label"), t!("figure.bytes_up.about")),
        "bytes-down-per-message" => (t!("figure.bytes_down.label"), t!("figure.bytes_down.about")),
        "bytes-per-message" => (t!("figure.bytes.label"), t!("figure.bytes.about")),
        _ => Default::default(),
    }
}

/// What it all means.
pub fn summary(outcomes: &[Outcome]) -> String {
    let mut whole: Vec<(&Outcome, Spread)> = outcomes
        .iter()
        .filter(|outcome| outcome.trouble.is_none())
        .filter_map(|outcome| Some((outcome, outcome.run.spread()?)))
        .collect();
    let mut all = Vec::new();
    if whole.is_empty() {
        all.push(t!("summary.none"));
    } else {
        whole.sort_by_key(|(_, spread)| spread.median);
        all.push(how_fast(&whole));
        all.push(how_often(&whole));
        all.extend(how_much(&whole));
    }
    for outcome in outcomes.iter().filter(|outcome| outcome.trouble.is_some()) {
        all.push(t!("summary.failed", transport = within(outcome.transport)));
    }
    if outcomes.iter().any(|outcome| outcome.run.breaks > 0) {
        all.push(t!("summary.broke"));
    }
    if outcomes.iter().any(|outcome| outcome.run.was_hidden) {
        all.push(t!("summary.hidden"));
    }
    sentences(all.into_iter().map(Words::into_owned))
}

fn how_fast(whole: &[(&Outcome, Spread)]) -> Words {
    let times = whole.iter().map(|(outcome, spread)| {
        let transport = within(outcome.transport);
        t!("summary.time", time = latency(spread.median), transport = transport).into_owned()
    });
    t!("summary.fast", times = list(&times.collect::<Vec<_>>()))
}

fn how_often(whole: &[(&Outcome, Spread)]) -> Words {
    let made = whole.iter().rev().map(|(outcome, _)| {
        let each = |count| hundredths(count, outcome.run.arrived).unwrap_or_default();
        let counts = &outcome.run.counts;
        polls(each(counts.polls), each(counts.empty_polls), outcome.transport).into_owned()
    });
    t!("summary.often", polls = list(&made.collect::<Vec<_>>()))
}

fn how_much(whole: &[(&Outcome, Spread)]) -> Option<Words> {
    let mut sizes: Vec<(u64, Transport)> = whole
        .iter()
        .filter_map(|(outcome, _)| Some((bytes_each(outcome)?, outcome.transport)))
        .collect();
    sizes.sort_by_key(|(bytes, _)| *bytes);
    let ((least, _), (most, _)) = (*sizes.first()?, *sizes.last()?);
    let each = sizes.iter().map(|(bytes, transport)| {
        t!("summary.size", bytes = grouped(*bytes), transport = within(*transport)).into_owned()
    });
    let sizes = list(&each.collect::<Vec<_>>());
    let ratio = (most + least / 2).checked_div(least).unwrap_or_default();
    Some(if ratio > 1 {
        t!("summary.much.ratio", sizes = sizes, ratio = ratio)
    } else {
        t!("summary.much.plain", sizes = sizes)
    })
}

/// A transport's name in the middle of a sentence.
fn within(transport: Transport) -> Words {
    match transport {
        Transport::WebSocket => t!("transport.within.websocket"),
        Transport::LongPolling => t!("transport.within.long_polling"),
        Transport::ShortPolling => t!("transport.within.short_polling"),
    }
}

/// How many polls, and how many of them for nothing, in hundredths.
fn polls(all: u64, empty: u64, transport: Transport) -> Words {
    let (transport, polls) = (within(transport), short(all));
    match (all, empty) {
        (0, _) => t!("summary.polls.none", transport = transport),
        (100, 0) => t!("summary.polls.one", transport = transport),
        (100, _) => {
            t!("summary.polls.one_with_empty", empty = short(empty), transport = transport)
        }
        (_, 0) => t!("summary.polls.other", polls = polls, transport = transport),
        (_, _) => t!(
            "summary.polls.other_with_empty",
            polls = polls,
            empty = short(empty),
            transport = transport
        ),
    }
}

/// A decimal without zeros that say nothing.
fn short(hundredths: u64) -> String {
    let text = decimal(hundredths);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A time as one would say it.
fn latency(micros: u32) -> Words {
    match micros {
        0..10_000 => t!("unit.ms", number = millis(micros)),
        10_000..999_500 => t!("unit.ms", number = (micros + 500) / 1_000),
        _ => t!("unit.seconds", number = millis(micros / 1_000)),
    }
}

#[cfg(test)]
mod tests {
    use duologue_protocol::ErrorCode;

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
             18 times as many."
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
        let long = |all| polls(all, 0, Transport::LongPolling);
        let expected = ["no polls", "1 poll", "2.5 polls", "0.05 polls"];
        assert_eq!(
            [0, 100, 250, 5].map(long),
            expected.map(|text| format!("{text} over long polling"))
        );
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
        assert!(trouble(&Trouble::NoConnection, "en").contains("30 seconds"));
        assert!(
            trouble(&Trouble::Refused(Reason::of_an_error(ErrorCode::Unknown, "no")), "en")
                .ends_with(": no")
        );
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
