//! Keeps `docs/protocol.md` and the types in step, in both directions.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;

use duologue_protocol::close::CloseCode;
use duologue_protocol::codec::{Frame, decode, encode};
use duologue_protocol::{
    ClientFrame, ErrorCode, Fingerprint, RelationKind, RelayFrame, classic, limits, polling,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

const DOCUMENT: &str = include_str!("../../docs/protocol.md");

/// The examples in fences marked `json LABEL`.
fn examples(label: &str) -> Vec<&'static str> {
    let fence = format!("```json {label}\n");
    DOCUMENT.split(&fence).skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect()
}

/// The texts in the first column of the table under `heading`, without backticks.
fn first_column(heading: &str) -> BTreeSet<String> {
    let section = DOCUMENT.split(&format!("\n### {heading}\n")).nth(1).unwrap();
    let section = section.split("\n#").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| ")).skip(2);
    rows.map(|row| row.split('|').nth(1).unwrap().trim().trim_matches('`').to_owned()).collect()
}

/// Every example is exactly what the types write, and every frame has one.
fn check_examples<F: Frame + PartialEq + std::fmt::Debug>(label: &str) {
    let mut types = BTreeSet::new();
    for example in examples(label) {
        let frame: F = decode(example).unwrap_or_else(|rule| panic!("{example}: {rule}"));
        let written: Value = serde_json::from_str(&encode(&frame)).unwrap();
        let shown: Value = serde_json::from_str(example).unwrap();
        assert_eq!(written, shown);
        types.insert(shown["type"].as_str().unwrap().to_owned());
    }
    assert_eq!(types, F::TYPES.iter().map(|&t| t.to_owned()).collect());
}

#[test]
fn every_frame_has_an_example_that_is_what_the_types_write() {
    check_examples::<ClientFrame>("client");
    check_examples::<RelayFrame>("relay");
}

/// Every example of a body is exactly what the type writes.
fn check_bodies<T: Serialize + DeserializeOwned>(label: &str) {
    let examples = examples(label);
    assert!(!examples.is_empty(), "{label}");
    for example in examples {
        let body: T = serde_json::from_str(example).unwrap();
        assert_eq!(serde_json::to_string(&body).unwrap(), example);
    }
}

#[test]
fn the_bodies_over_http_are_what_the_types_write() {
    check_bodies::<polling::Opened>("opened");
    check_bodies::<polling::Polled>("polled");
    check_bodies::<polling::Posted>("posted");
    check_bodies::<polling::Taken>("taken");
    assert!(DOCUMENT.contains(&format!("`{}`", polling::BYTES_HEADER)));
}

#[test]
fn the_classic_examples_are_classic() {
    let examples = examples("classic");
    assert_eq!(examples.len(), 3);
    for example in examples {
        assert!(!matches!(classic::decode(example).unwrap(), classic::ClassicFrame::Heartbeat));
    }
}

#[test]
fn the_example_of_a_fingerprint_is_that_of_the_example_of_a_key() {
    let keys = examples("relay").into_iter().filter_map(|example| match decode(example).unwrap() {
        RelayFrame::Identity { key, .. } => key,
        _ => None,
    });
    let prints: Vec<String> = keys.map(|key| Fingerprint::of(&key).to_string()).collect();
    let [print] = &prints[..] else { panic!("{prints:?}") };
    assert!(DOCUMENT.contains(&format!("#/with/ann/key/{print}`")), "{print}");
}

#[test]
fn every_kind_of_relation_is_listed() {
    let kinds = RelationKind::KNOWN.iter().map(|kind| kind.as_str().to_owned()).collect();
    assert_eq!(first_column("Relations"), kinds);
}

#[test]
fn every_close_code_is_listed() {
    let codes = CloseCode::ALL.iter().map(|code| code.code().to_string()).collect();
    assert_eq!(first_column("Close codes"), codes);
}

#[test]
fn every_listed_error_code_exists_and_every_one_is_listed() {
    let listed = first_column("Error codes");
    for name in &listed {
        let code: ErrorCode = serde_json::from_value(Value::from(name.as_str())).unwrap();
        assert_ne!(code, ErrorCode::Unknown, "{name}");
    }
    // A new variant breaks this match, and whoever adds it lists it.
    let known = |code: ErrorCode| match code {
        ErrorCode::NotJson
        | ErrorCode::NotAnObject
        | ErrorCode::MissingType
        | ErrorCode::UnknownType
        | ErrorCode::InvalidField
        | ErrorCode::BinaryFrame
        | ErrorCode::FrameTooLarge
        | ErrorCode::NotOpen
        | ErrorCode::AlreadyOpen
        | ErrorCode::InvalidName
        | ErrorCode::NameTaken
        | ErrorCode::BadProof
        | ErrorCode::KeyRequired
        | ErrorCode::NamesFull
        | ErrorCode::MessageToSelf
        | ErrorCode::IdReused
        | ErrorCode::BeyondSent
        | ErrorCode::UnknownPeer
        | ErrorCode::StorageUnavailable
        | ErrorCode::MailboxFull
        | ErrorCode::RateLimited
        | ErrorCode::BadToken
        | ErrorCode::OutOfRange
        | ErrorCode::OutOfOrder
        | ErrorCode::Replaced
        | ErrorCode::PostTooLarge
        | ErrorCode::Busy => 27,
        ErrorCode::Unknown => 0,
    };
    assert_eq!(listed.len(), known(ErrorCode::NotJson));
    let name = |code| serde_json::to_value(code).unwrap().as_str().unwrap().to_owned();
    assert_eq!(listed, ErrorCode::ALL.into_iter().map(name).collect());
    // Whoever counts them finds each at its place.
    assert!((0..).zip(ErrorCode::ALL).all(|(place, code)| code as usize == place));
}

#[test]
fn the_numbers_are_the_codes() {
    for number in [
        format!("{} bytes of UTF-8", limits::CONTENT_MAX_BYTES),
        format!("at most {} bytes", limits::FRAME_MAX_BYTES),
        format!("1 to {} characters", limits::USER_ID_MAX_CHARS),
        format!("1 to {} of `A-Z", limits::MESSAGE_ID_MAX_CHARS),
        format!("`open` within {} s", limits::OPEN_TIMEOUT.as_secs()),
        format!("heard from the client for {} s", limits::HEARTBEAT_TIMEOUT.as_secs()),
        format!("after {} s\nwithout", limits::HEARTBEAT_INTERVAL.as_secs()),
        format!("a new connection {} s", limits::CONNECT_TIMEOUT.as_secs()),
        format!("nothing and {} s", limits::BACKOFF_FLOOR.as_secs_f32()),
        format!("at most {} s. A link", limits::BACKOFF_CEILING.as_secs()),
        format!("`wait` is 0 to {}", limits::POLL_WAIT_MAX.as_secs()),
        format!("after {} s without a request", limits::POLL_EXPIRY.as_secs()),
        format!("`kind`: 1 to {} of", limits::RELATION_KIND_MAX_CHARS),
        format!("at most {} names", limits::WATCH_MAX),
        format!("every {} s at the most", limits::TYPING_EVERY.as_secs()),
        format!("over after {} s", limits::TYPING_SHOWN.as_secs()),
        format!("until {} s after their last", limits::PRESENCE_OFF.as_secs()),
        format!("{} frames or {} bytes", limits::POST_MAX_FRAMES, limits::POST_MAX_BYTES),
    ] {
        assert!(DOCUMENT.contains(&number), "the document does not say {number:?}");
    }
}
