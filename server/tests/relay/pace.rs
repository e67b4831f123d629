//! One who sends faster than a name may: is told when to go on, loses nothing, and is nobody else's trouble.

use std::time::{Duration, Instant};

use duologue_protocol::{Content, ErrorCode, MessageId, RelayFrame};

use crate::common::{Client, TestRelay};

/// A second brings so many. So a test waits some milliseconds for one more, and a thousand come before the first is
/// refused in any case.
const RATE: u32 = 100;

/// In which there is room for some messages again.
const REFILL: Duration = Duration::from_millis(50);

/// How many may come at once, as docs/protocol.md says.
const BURST: usize = 2_000;

async fn paced() -> TestRelay {
    TestRelay::with(|config| config.message_rate = RATE).await
}

/// What became of one message.
#[derive(Debug, PartialEq)]
enum Answer {
    Stored,
    Limited { rule: String, after: u32 },
}

/// The next answer, which has to be about this message.
async fn answer(client: &mut Client, expected: &str) -> Answer {
    loop {
        let (id, answer) = match client.frame().await {
            RelayFrame::Stored { id, .. } => (id, Answer::Stored),
            RelayFrame::Error {
                code: ErrorCode::RateLimited,
                message: rule,
                id: Some(id),
                retry_after_ms: Some(after),
            } => (id, Answer::Limited { rule, after }),
            RelayFrame::Sent { .. } => continue,
            other => panic!("{other:?}"),
        };
        assert_eq!(id.as_str(), expected);
        return answer;
    }
}

async fn writes(client: &mut Client, n: usize) -> Answer {
    let id = format!("m-{n}");
    client.writes("ben", &id, &n.to_string()).await;
    answer(client, &id).await
}

/// Sends until one is refused, and returns its number.
async fn floods(client: &mut Client) -> usize {
    for n in 0..3 * BURST {
        match writes(client, n).await {
            Answer::Stored => {}
            Answer::Limited { rule, after } => {
                assert!(n >= BURST, "{n}");
                assert!(rule.contains("--message-rate") && after > 0, "{rule}");
                return n;
            }
        }
    }
    panic!("nothing was refused")
}

/// Sends a message again until it is stored.
async fn insists(client: &mut Client, n: usize) {
    while writes(client, n).await != Answer::Stored {}
}

#[tokio::test]
async fn a_flood_is_refused_loses_nothing_and_keeps_its_order() {
    let relay = paced().await;
    let mut ann = relay.v1("ann").await;
    let (mut cas, mut dan) = (relay.v1("cas").await, relay.v1("dan").await);
    let refused = floods(&mut ann).await;

    // What comes behind is refused until the first comes again, however long that takes.
    let first = format!("m-{refused}");
    let id = MessageId::parse(&*first).unwrap();
    cas.writes("dan", "c", "for us nothing has changed").await;
    assert!(matches!(cas.frame().await, RelayFrame::Stored { .. }));
    assert!(matches!(dan.frame().await, RelayFrame::Message { .. }));
    let (refilled, mut next) = (Instant::now() + REFILL, refused + 1);
    while Instant::now() < refilled {
        let Answer::Limited { rule, .. } = writes(&mut ann, next).await else {
            panic!("{next} overtook")
        };
        assert!(rule.contains(id.as_str()), "{rule}");
        next += 1;
    }
    for n in refused..next {
        insists(&mut ann, n).await;
    }

    let mut ben = relay.connect("/v1/ws").await;
    let contents: Vec<Content> = ben
        .opens_as("ben")
        .await
        .into_iter()
        .map(|frame| match frame {
            RelayFrame::Message { content, .. } => content,
            other => panic!("{other:?}"),
        })
        .collect();
    let expected: Vec<Content> =
        (0..next).map(|n| Content::parse(n.to_string()).unwrap()).collect();
    assert_eq!(contents, expected);
}

#[tokio::test]
async fn whoever_is_there_is_shown_nothing_out_of_order() {
    let relay = paced().await;
    let (mut ann, mut ben) = (relay.v1("ann").await, relay.v1("ben").await);
    let refused = floods(&mut ann).await;
    for n in [refused + 1, refused, refused + 1] {
        // The second of these comes when its turn is; nothing before it.
        if n == refused {
            insists(&mut ann, n).await;
        } else {
            writes(&mut ann, n).await;
        }
    }
    insists(&mut ann, refused + 1).await;
    for n in 0..refused + 2 {
        let RelayFrame::Message { content, .. } = ben.frame().await else { panic!() };
        assert_eq!(content.as_str(), n.to_string());
    }
}

#[tokio::test]
async fn the_pace_is_the_names_and_not_the_connections() {
    let relay = paced().await;
    let mut ann = relay.v1("ann").await;
    let refused = floods(&mut ann).await;
    // The bucket is empty: a second connection has as little to take from it, and its next message after one that
    // just got through is too soon.
    let mut phone = relay.v1("ann").await;
    let mut was_limited = false;
    for n in 0..100 {
        was_limited |= writes(&mut phone, refused + 1_000 + n).await != Answer::Stored;
    }
    assert!(was_limited);
}

#[tokio::test]
async fn a_classic_page_is_read_from_more_slowly_and_loses_nothing() {
    let relay = TestRelay::with(|config| config.message_rate = 1_000).await;
    let (mut one, mut two) = (relay.classic("1", "2").await, relay.classic("2", "1").await);
    for n in 0..BURST + 300 {
        let text = one.says("1", "2", &n.to_string()).await;
        assert_eq!(two.next_text().await, text);
    }
}

#[tokio::test]
async fn a_relay_without_a_rate_takes_what_comes() {
    let relay = TestRelay::with(|config| config.message_rate = 0).await;
    let mut ann = relay.v1("ann").await;
    for n in 0..BURST + 500 {
        assert_eq!(writes(&mut ann, n).await, Answer::Stored);
    }
}
