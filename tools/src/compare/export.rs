//! The results as files.

use duologue_session::Time;
use serde_json::{Value, json};

use super::figures::Spread;
use super::figures::millis_exact;
use super::plan::Plan;
use super::run::Counts;
use super::{Outcome, Trouble, words};
use crate::language::{OF_FILES, Words};
use duologue::app::choice::transport_key;

/// What a file says first.
const HEAD: &str = "transport,message,sent_ms,latency_ms,polls,empty_polls,requests,bytes_up,bytes_down,\
                    connection_breaks,page_was_hidden,trouble";

/// A table with a line for each message (RFC 4180). What was counted for a whole exchange is the same in
/// each of its lines. An exchange in which nothing was sent has one line.
pub fn csv(outcomes: &[Outcome]) -> String {
    let mut text = String::from(HEAD);
    text.push_str("\r\n");
    for outcome in outcomes {
        let whole = whole_exchange(outcome);
        let name = transport_key(outcome.transport);
        let mut line = |message: &str, sent: &str, latency: &str| {
            for field in [name, message, sent, latency] {
                text.push_str(field);
                text.push(',');
            }
            text.push_str(&whole);
            text.push_str("\r\n");
        };
        if outcome.run.sent.is_empty() {
            line("", "", "");
        }
        for (number, message) in (1..).zip(&outcome.run.sent) {
            let latency = message.latency.map(|latency| millis_exact(u64::from(latency)));
            let number: u32 = number;
            line(&number.to_string(), &millis_exact(message.at), &latency.unwrap_or_default());
        }
    }
    text
}

fn whole_exchange(outcome: &Outcome) -> String {
    let Counts { polls, empty_polls, requests, bytes_up, bytes_down, lacks_bytes } =
        outcome.run.counts;
    let bytes = |bytes: u64| if lacks_bytes { String::new() } else { bytes.to_string() };
    let trouble = outcome.trouble.as_ref().map(in_words).unwrap_or_default();
    [
        polls.to_string(),
        empty_polls.to_string(),
        requests.to_string(),
        bytes(bytes_up),
        bytes(bytes_down),
        outcome.run.breaks.to_string(),
        outcome.run.was_hidden.to_string(),
        quoted(&trouble),
    ]
    .join(",")
}

/// RFC 4180 section 2, rules 5 to 7.
fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

/// Everything that was measured, as JSON.
pub fn json(outcomes: &[Outcome], plan: Plan, relay: &str, at: Time) -> String {
    let exchanges: Vec<Value> = outcomes.iter().map(exchange).collect();
    let file = json!({
        "about": words::FILE_IS,
        "at": at.0,
        "relay": relay,
        "messages": plan.messages,
        "perSecond": plan.per_second(),
        "exchanges": exchanges,
    });
    format!("{file:#}\n")
}

fn exchange(outcome: &Outcome) -> Value {
    let Outcome { transport, run, trouble } = outcome;
    let Counts { polls, empty_polls, requests, bytes_up, bytes_down, lacks_bytes } = run.counts;
    let bytes = |bytes: u64| (!lacks_bytes).then_some(bytes);
    let latency = run.spread().map(|Spread { min, median, ninety, max }| {
        json!({ "min": ms(min), "median": ms(median), "percentile90": ms(ninety), "max": ms(max) })
    });
    let messages: Vec<Value> = run
        .sent
        .iter()
        .map(|one| json!({ "sentMs": one.at / 1_000, "latencyMs": one.latency.map(ms) }))
        .collect();
    json!({
        "transport": transport_key(*transport),
        "trouble": trouble.as_ref().map(in_words),
        "delivered": run.arrived,
        "latencyMs": latency,
        "receiverPolls": polls,
        "receiverEmptyPolls": empty_polls,
        "requests": requests,
        "bytesUp": bytes(bytes_up),
        "bytesDown": bytes(bytes_down),
        "connectionBreaks": run.breaks,
        "pageWasHidden": run.was_hidden,
        "messages": messages,
    })
}

fn in_words(trouble: &Trouble) -> Words {
    words::trouble(trouble, OF_FILES)
}

fn ms(micros: u32) -> f64 {
    f64::from(micros) / 1_000.0
}

/// A name for a file of this kind.
pub fn file_name(now: Time, ending: &str) -> String {
    format!("duologue-transports-{}.{ending}", now.0)
}

#[cfg(test)]
mod tests {
    use duologue_protocol::ErrorCode;
    use duologue_session::{Reason, Transport};

    use super::*;
    use crate::compare::testing::{all_three, failed, outcome};

    #[test]
    fn a_table_has_a_line_for_each_message() {
        let [short, _, websocket] = all_three();
        assert_eq!(
            csv(&[short, websocket]),
            format!(
                "{HEAD}\r\n\
                 short-polling,1,0.000,130.000,8,6,20,8000,6000,0,false,\r\n\
                 short-polling,2,500.000,250.400,8,6,20,8000,6000,0,false,\r\n\
                 websocket,1,0.000,1.200,0,0,0,300,500,0,false,\r\n\
                 websocket,2,500.000,1.000,0,0,0,300,500,0,false,\r\n"
            )
        );
    }

    #[test]
    fn what_has_commas_or_quotes_is_quoted() {
        assert_eq!(quoted("plain"), "plain");
        assert_eq!(quoted("a, \"b\"\nc"), "\"a, \"\"b\"\"\nc\"");
        let stopped = Trouble::Stopped(Reason::of_an_error(ErrorCode::Unknown, "go, \"now\""));
        let text = csv(&[failed(Transport::LongPolling, stopped)]);
        let line = text.lines().nth(1).unwrap();
        assert!(line.starts_with("long-polling,,,,0,0,0,0,0,0,false,\""), "{line}");
        assert!(line.contains("go, \"\"now\"\"") && line.ends_with('"'), "{line}");
    }

    #[test]
    fn every_line_has_as_many_fields_as_the_head() {
        let counts = Counts { lacks_bytes: true, ..Counts::default() };
        let text = csv(&[outcome(Transport::LongPolling, &[1], counts)]);
        assert!(text.lines().all(|line| line.split(',').count() == 12), "{text}");
        assert!(text.contains("0,0,0,,,0,false,\r\n"), "{text}");
    }

    #[test]
    fn a_file_has_everything_that_was_measured() {
        let outcomes =
            [all_three()[0].clone(), failed(Transport::LongPolling, Trouble::NoConnection)];
        let text = json(&outcomes, Plan::default(), "wss://relay.test", Time(7));
        let file: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(file["relay"], "wss://relay.test");
        assert_eq!((&file["messages"], &file["perSecond"]), (&json!(20), &json!(2.0)));
        let [short, long] = [&file["exchanges"][0], &file["exchanges"][1]];
        assert_eq!(short["transport"], "short-polling");
        assert_eq!(
            short["latencyMs"],
            json!({ "min": 130.0, "median": 190.2, "percentile90": 250.4, "max": 250.4 })
        );
        assert_eq!(short["messages"][1], json!({ "sentMs": 500, "latencyMs": 250.4 }));
        assert_eq!((&short["receiverPolls"], &short["receiverEmptyPolls"]), (&json!(8), &json!(6)));
        assert_eq!((&short["bytesUp"], &short["trouble"]), (&json!(8000), &Value::Null));
        assert_eq!((&long["latencyMs"], &long["messages"]), (&Value::Null, &json!([])));
        assert!(long["trouble"].is_string());
    }

    #[test]
    fn files_are_told_apart_by_their_time() {
        assert_eq!(file_name(Time(7), "csv"), "duologue-transports-7.csv");
    }
}
