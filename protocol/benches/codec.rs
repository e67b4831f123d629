//! What it costs to read and to write frames and classic messages, beside `serde_json` reading the same text into a
//! `Value`. The ratio is what counts: both run on the same machine, one right after the other.
//!
//! `cargo bench --bench codec`, about a minute. Run as a test it only shows that it works.

#![expect(clippy::unwrap_used, reason = "so does a benchmark fail")]

use std::fmt::Debug;
use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput};
use duologue_protocol::classic::{self, ClassicFrame, Pair};
use duologue_protocol::codec::{self, Frame};
use duologue_protocol::{ClientFrame, Content, MessageId, RelayFrame, Seq, UnixMillis, UserId};
use serde_json::Value;

/// How long a content is, in bytes: a line, a letter, the longest that there can be.
const SIZES: [(&str, usize); 3] = [("64 B", 64), ("1 KB", 1024), ("16 KB", 16 * 1024)];

/// What the content is made of: 63 bytes, and one more for what stands between two.
const LINE: &str = "Shall we meet at the river at 5, where the old boats still are?";

/// What everything is measured beside.
const BASE: &str = "serde_json Value";

fn main() {
    let mut criterion = Criterion::default()
        .without_plots()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_millis(1500))
        .configure_from_args();

    let mut group = criterion.benchmark_group("message of a client");
    for (size, bytes) in SIZES {
        let (id, to_user_id, content) = (id(), user("小秋"), content(bytes));
        frame(&mut group, size, &ClientFrame::Message { id, to_user_id, content });
    }
    group.finish();

    let mut group = criterion.benchmark_group("message of the relay");
    for (size, bytes) in SIZES {
        let (id, from_user_id, content) = (id(), user("ann"), content(bytes));
        let (prev, seq, at) = (seq(1_234_566), seq(1_234_567), AT);
        frame(&mut group, size, &RelayFrame::Message { seq, prev, id, from_user_id, content, at });
    }
    group.finish();

    let mut group = criterion.benchmark_group("answers");
    let stored = RelayFrame::Stored { id: id(), seq: seq(1_234_567), at: AT };
    frame(&mut group, "stored", &stored);
    frame(&mut group, "received", &ClientFrame::Received { up_to: seq(1_234_567) });
    group.finish();

    let mut group = criterion.benchmark_group("classic message");
    for (size, bytes) in SIZES {
        classic_message(&mut group, size, &content(bytes));
    }
    group.finish();
    criterion.final_summary();
}

/// Both ways of one frame. What is decoded is also given back in that time, as it has to be some day.
fn frame<F: Frame + PartialEq + Debug>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    what: &str,
    frame: &F,
) {
    let text = codec::encode(frame);
    // A text that is refused would be read in no time.
    assert_eq!(codec::decode::<F>(&text).as_ref(), Ok(frame));
    base(group, what, &text);
    group.bench_with_input(BenchmarkId::new("decode", what), text.as_str(), |bencher, text| {
        bencher.iter(|| codec::decode::<F>(black_box(text)).unwrap());
    });
    group.bench_with_input(BenchmarkId::new("encode", what), frame, |bencher, frame| {
        bencher.iter(|| codec::encode(black_box(frame)));
    });
}

/// What the relay does with a message of a classic page: whose it is, and what a v1 client is shown of it.
fn classic_message(group: &mut BenchmarkGroup<'_, WallTime>, size: &str, content: &Content) {
    let pair = Pair { from: user("ann"), to: user("小秋") };
    let text = classic::encode_message(&pair.from, &pair.to, content);
    assert_eq!(classic::decode(&text), Ok(ClassicFrame::Message(pair)));
    assert_eq!(classic::content_of(&text).as_ref(), Ok(content));
    base(group, size, &text);
    group.bench_with_input(BenchmarkId::new("decode", size), text.as_str(), |bencher, text| {
        bencher.iter(|| classic::decode(black_box(text)).unwrap());
    });
    group.bench_with_input(BenchmarkId::new("content_of", size), text.as_str(), |bencher, text| {
        bencher.iter(|| classic::content_of(black_box(text)).unwrap());
    });
}

/// The same text without any of our rules; what follows it in the group is of as many bytes.
fn base(group: &mut BenchmarkGroup<'_, WallTime>, what: &str, text: &str) {
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_with_input(BenchmarkId::new(BASE, what), text, |bencher, text| {
        bencher.iter(|| serde_json::from_str::<Value>(black_box(text)).unwrap());
    });
}

const AT: UnixMillis = UnixMillis(1_800_000_000_000);

/// Lines, as a long message has them: each break is an escape in JSON. The shortest content is one line alone.
fn content(bytes: usize) -> Content {
    let text = vec![LINE; bytes / (LINE.len() + 1)].join("\n") + "!";
    assert_eq!(text.len(), bytes);
    Content::parse(text).unwrap()
}

fn id() -> MessageId {
    MessageId::from_random([0x9e; 16])
}

fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

fn seq(number: u64) -> Seq {
    Seq::new(number).unwrap()
}
