//! What a session makes of what happens: a message that its person writes, up to `delivered`; a message that arrives;
//! a thousand that were missed; a connection that is opened. Beside them, as a measure, the reading of one frame.
//!
//! The session is driven as by a page, by its inputs and outputs alone, under a clock that stands still. Each course
//! is looked at once before it is measured, and counted afterwards: one that does nothing would be fast.
//!
//! `cargo bench --bench session`, some fifteen seconds. Run as a test it only shows that it works.

#![expect(clippy::unwrap_used, reason = "so does a benchmark fail")]

use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, Throughput};
use duologue_protocol::frame::{Heartbeat, Limits};
use duologue_protocol::{
    ClientFrame, Content, MessageId, Nonce, RelayFrame, Seq, UnixMillis, UserId, codec,
};
use duologue_session::{
    Change, Draft, Event, Generation, Input, LinkState, Message, Output, Saved, Session, Ticket,
    Time, Transport,
};

const NOW: Time = Time(1_800_000_000_000);

/// The jitter of waits, of which there are none here.
const SEED: u64 = 7;

const LINK: Generation = Generation(1);

/// What a message says: 64 bytes.
const TEXT: &str = "Shall we meet at the river at five, where the old boats are? ☺";

/// How many messages were missed, and how many of them the relay reads at a time.
const MISSED: u64 = 1_000;
const PAGE: u64 = 100;

/// More than a session remembers: what is measured is one that forgets an old message for each new one.
const BEFORE: u64 = 2_000;

fn main() {
    let mut criterion = Criterion::default()
        .without_plots()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    let mut group = criterion.benchmark_group("session");
    group.throughput(Throughput::Elements(1));
    frame_alone(&mut group);
    opening(&mut group);
    own_message(&mut group);
    received_message(&mut group);
    // Each takes as long to prepare as to measure.
    group.throughput(Throughput::Elements(MISSED)).sample_size(50);
    missed_messages(&mut group);
    group.finish();
    criterion.final_summary();
}

fn frame_alone(group: &mut BenchmarkGroup<'_, WallTime>) {
    let text = codec::encode(&message(1));
    group.bench_function("one message's frame, decoded", |bencher| {
        bencher.iter(|| codec::decode::<RelayFrame>(black_box(&text)).unwrap());
    });
}

fn opening(group: &mut BenchmarkGroup<'_, WallTime>) {
    let mut outputs = Vec::new();
    open(&mut |output| outputs.push(output));
    let frame = ClientFrame::Open {
        from_user_id: user("ann"),
        cursor: Seq::START,
        receipts: Seq::START,
        proof: None,
    };
    let in_order = [
        Output::Connect { generation: LINK, transport: Transport::WebSocket },
        Output::Transmit { generation: LINK, frame },
        Output::Event(Event::Link(LinkState::Connected)),
        Output::Event(Event::CaughtUp),
    ];
    outputs.retain(|output| in_order.contains(output));
    assert_eq!(outputs, in_order);

    group.bench_function("a connection is opened", |bencher| {
        bencher.iter_with_large_drop(|| open(&mut pass));
    });
}

fn own_message(group: &mut BenchmarkGroup<'_, WallTime>) {
    let mut ann = open(&mut pass);
    let mut outputs = Vec::new();
    OwnMessage::new(1).go(&mut ann, &mut |output| outputs.push(output));
    let Draft { id, to, content } = draft(1);
    let (seq, at, peer) = (seq(1), UnixMillis(NOW.0), user("ben"));
    let frame = ClientFrame::Message { id: id.clone(), to_user_id: to.clone(), content };
    let expected = [
        change(1, Change::Queued { draft: draft(1), at }),
        Output::Transmit { generation: LINK, frame },
        change(2, Change::Stored { id, to, seq, at }),
        change(3, Change::Delivered { peer, up_to: seq, version: seq.before() }),
    ];
    assert_eq!(outputs, expected);

    let (mut last, mut count) = (1, expected.len() as u64);
    group.bench_function("a message is written, stored and delivered", |bencher| {
        let next = || {
            last += 1;
            OwnMessage::new(last)
        };
        let go = |message: OwnMessage| message.go(&mut ann, &mut counting(&mut count));
        bencher.iter_batched(next, go, BatchSize::SmallInput);
    });
    assert_eq!(count, last * expected.len() as u64, "every message went the whole way");
}

fn received_message(group: &mut BenchmarkGroup<'_, WallTime>) {
    let mut ann = open(&mut pass);
    let mut outputs = Vec::new();
    receive(&mut ann, message(1), &mut |output| outputs.push(output));
    let expected = [change(1, Change::Received(arrived(1))), received(1)];
    assert_eq!(outputs, expected);

    let (mut last, mut count) = (BEFORE, expected.len() as u64);
    for number in 2..=BEFORE {
        receive(&mut ann, message(number), &mut counting(&mut count));
    }
    group.bench_function("a message arrives and is acknowledged", |bencher| {
        let next = || {
            last += 1;
            message(last)
        };
        let go = |frame| receive(&mut ann, frame, &mut counting(&mut count));
        bencher.iter_batched(next, go, BatchSize::SmallInput);
    });
    assert_eq!(count, last * expected.len() as u64, "every message arrived");
}

fn missed_messages(group: &mut BenchmarkGroup<'_, WallTime>) {
    let mut outputs = Vec::new();
    Missed::new().go(&mut |output| outputs.push(output));
    let mut expected = Vec::new();
    for number in 1..=MISSED {
        let ticket = number;
        expected.push(change(ticket, Change::Received(arrived(number))));
        if number % PAGE == 0 {
            expected.push(received(number));
        }
    }
    expected.push(Output::Event(Event::CaughtUp));
    assert_eq!(outputs, expected);

    let (mut begun, mut count) = (0, 0);
    group.bench_function("a thousand missed messages arrive", |bencher| {
        let next = || {
            begun += 1;
            Missed::new()
        };
        let go = |missed: Missed| missed.go(&mut counting(&mut count));
        bencher.iter_batched(next, go, BatchSize::LargeInput);
    });
    assert_eq!(count, begun * expected.len() as u64, "every message arrived");
}

/// A session, and the last ticket that it gave out.
struct Driver {
    session: Session,
    ticket: Ticket,
}

impl Driver {
    /// Hands an input in, takes what comes out, and asks for the next deadline.
    fn input(&mut self, input: Input, take: &mut impl FnMut(Output)) {
        self.session.handle(NOW, input);
        self.drain(take);
    }

    fn drain(&mut self, take: &mut impl FnMut(Output)) {
        while let Some(output) = self.session.poll_output() {
            if let Output::Change { ticket, .. } = &output {
                self.ticket = *ticket;
            }
            take(output);
        }
        black_box(self.session.poll_timeout());
    }

    fn frame(&mut self, frame: RelayFrame, take: &mut impl FnMut(Output)) {
        self.input(Input::Frame { generation: LINK, frame }, take);
    }

    /// Everything so far is in the store.
    fn persist(&mut self, take: &mut impl FnMut(Output)) {
        self.input(Input::Persisted { ticket: self.ticket }, take);
    }
}

/// A new session whose mailbox is empty.
fn open(take: &mut impl FnMut(Output)) -> Driver {
    let session = Session::new(NOW, user("ann"), SEED, Saved::default());
    let mut ann = Driver { session, ticket: Ticket::default() };
    ann.drain(take);
    ann.input(Input::TransportUp { generation: LINK }, take);
    ann.frame(RelayFrame::Challenge { nonce: Nonce::from_random([1; 16]) }, take);
    let welcome = RelayFrame::Welcome {
        user_id: user("ann"),
        cursor: Seq::START,
        receipts: Seq::START,
        heartbeat: Heartbeat::default(),
        limits: Limits::default(),
        handshake: None,
    };
    ann.frame(welcome, take);
    ann.frame(RelayFrame::CaughtUp { prev: Seq::START, cursor: Seq::START }, take);
    ann
}

/// A message to ben, and what the relay will say to it.
struct OwnMessage {
    draft: Draft,
    stored: RelayFrame,
    delivered: RelayFrame,
}

impl OwnMessage {
    fn new(number: u64) -> Self {
        let (seq, at) = (seq(number), UnixMillis(NOW.0));
        let stored = RelayFrame::Stored { id: id(number), seq, at };
        let delivered = RelayFrame::Delivered { peer: user("ben"), up_to: seq, version: seq };
        Self { draft: draft(number), stored, delivered }
    }

    fn go(self, ann: &mut Driver, take: &mut impl FnMut(Output)) {
        ann.input(Input::UserSent(self.draft), take);
        ann.persist(take);
        ann.frame(self.stored, take);
        ann.frame(self.delivered, take);
        ann.persist(take);
    }
}

fn receive(ann: &mut Driver, message: RelayFrame, take: &mut impl FnMut(Output)) {
    ann.frame(message, take);
    ann.persist(take);
}

/// A session that has just been opened, and what was written to it meanwhile.
struct Missed {
    ann: Driver,
    pages: Vec<Vec<RelayFrame>>,
}

impl Missed {
    fn new() -> Self {
        let page = |first| (first..first + PAGE).map(message).collect();
        let pages = (1..=MISSED).step_by(usize::try_from(PAGE).unwrap()).map(page).collect();
        Self { ann: open(&mut pass), pages }
    }

    /// Each page is stored as a whole. Gives the session back, so that its end is not measured.
    fn go(mut self, take: &mut impl FnMut(Output)) -> Driver {
        for page in self.pages {
            for frame in page {
                self.ann.frame(frame, take);
            }
            self.ann.persist(take);
        }
        self.ann.frame(RelayFrame::CaughtUp { prev: seq(MISSED), cursor: seq(MISSED) }, take);
        self.ann
    }
}

/// Does nothing with an output, and the compiler is not to know.
fn pass(output: Output) {
    black_box(output);
}

fn counting(count: &mut u64) -> impl FnMut(Output) {
    |output| {
        *count += 1;
        pass(output);
    }
}

fn change(ticket: u64, change: Change) -> Output {
    Output::Change { ticket: Ticket(ticket), change }
}

fn received(up_to: u64) -> Output {
    let frame = ClientFrame::Received { up_to: seq(up_to) };
    Output::Transmit { generation: LINK, frame }
}

/// A message from ben, by its place.
fn message(number: u64) -> RelayFrame {
    let Message { id, from: from_user_id, content, seq, at } = arrived(number);
    RelayFrame::Message { seq, prev: seq.before(), id, from_user_id, content, at }
}

fn arrived(number: u64) -> Message {
    let (from, content) = (user("ben"), Content::parse(TEXT).unwrap());
    Message { id: id(number), from, content, seq: seq(number), at: UnixMillis(NOW.0) }
}

fn draft(number: u64) -> Draft {
    Draft { id: id(number), to: user("ben"), content: Content::parse(TEXT).unwrap() }
}

/// As long as a random one, and as unlike the one before.
fn id(number: u64) -> MessageId {
    let random = u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    MessageId::from_random(random.to_le_bytes())
}

fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

fn seq(number: u64) -> Seq {
    Seq::new(number).unwrap()
}
