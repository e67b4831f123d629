//! What waits to be sent to one connection: a queue bounded in bytes.
//!
//! Many put in ([`Outgoing`]), one takes out ([`OutgoingQueue`]); putting in never waits, so that a
//! connection that reads slowly holds up nobody else. Sending is the transport's work.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytestring::ByteString;
use duologue_protocol::{CloseCode, Seq};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// How many bytes may wait for one connection: sixteen of the largest frames, or thousands of
/// ordinary messages, which is more than a link that still works falls behind.
pub const QUEUE_MAX_BYTES: usize = 1024 * 1024;

/// From how many bytes on, over all connections of a relay, one may have no more than
/// [`SCARCE_MAX_BYTES`]: what a small machine can spare, and a quarter of what three hundred take that don't read.
const SCARCE_FROM_BYTES: usize = 256 * 1024 * 1024;

/// How many bytes may wait for one connection while memory is scarce: the largest frame, or some hundred ordinary
/// messages. Who keeps up has less. Ten thousand connections, as many as there may be by default, have 640 MiB of this.
const SCARCE_MAX_BYTES: usize = 64 * 1024 + 1024;

/// Something to be sent.
#[derive(Debug)]
pub enum OutgoingFrame {
    /// A text. Clones share it, so that one message to many connections is held once.
    Text(ByteString),
    /// A message to a page that never says that it has it: once this is written, everything up to this place counts
    /// as [delivered](OutgoingQueue::delivered).
    Mail(ByteString, Seq),
    /// The transport's own question whether the peer is there.
    Ping,
    /// The transport's own answer to that question.
    Pong,
    /// Nothing to be sent: to be called once everything before it was written to the socket.
    Mark(Mark),
}

/// Something to do once what was queued before it is written.
pub struct Mark(Box<dyn FnOnce() + Send>);

/// Where frames for one connection are put in. Clones put into the same queue.
#[derive(Clone, Debug)]
pub struct Outgoing(Arc<Shared>);

/// Where they are taken out. When it is dropped, nothing more is taken in.
#[derive(Debug)]
pub struct OutgoingQueue(Arc<Shared>);

/// How many bytes wait over all connections of a relay.
#[derive(Debug, Default)]
pub struct Waiting(AtomicUsize);

#[derive(Debug)]
struct Shared {
    queued: Mutex<Queued>,
    filled: Notify,
    ended: CancellationToken,
    all: Arc<Waiting>,
    on_delivered: OnceLock<OnDelivered>,
}

/// What follows when mail was written to the socket.
struct OnDelivered(Box<dyn Fn(Seq) + Send + Sync>);

#[derive(Debug, Default)]
struct Queued {
    frames: VecDeque<OutgoingFrame>,
    bytes: usize,
    closed: bool,
    /// Why the relay ends the connection.
    end: Option<CloseCode>,
}

/// A queue and its two ends, which shares its memory with no other.
pub fn queue() -> (Outgoing, OutgoingQueue) {
    queue_of(&Arc::default())
}

/// One of several queues, for whose bytes all together there is a bound.
pub fn queue_of(all: &Arc<Waiting>) -> (Outgoing, OutgoingQueue) {
    let (queued, filled, ended) = (Mutex::default(), Notify::default(), CancellationToken::new());
    let (all, on_delivered) = (Arc::clone(all), OnceLock::new());
    let shared = Arc::new(Shared { queued, filled, ended, all, on_delivered });
    (Outgoing(Arc::clone(&shared)), OutgoingQueue(shared))
}

impl Outgoing {
    /// Whether both put into the same queue.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Puts in a text; returns whether it was taken.
    pub fn text(&self, text: impl Into<ByteString>) -> bool {
        self.push(OutgoingFrame::Text(text.into()))
    }

    /// Puts in a mark; returns whether it was taken.
    pub fn mark(&self, mark: Mark) -> bool {
        self.push(OutgoingFrame::Mark(mark))
    }

    /// Says, before any [mail](OutgoingFrame::Mail), what follows when it was written. For the first time only.
    pub fn on_delivered(&self, then: impl Fn(Seq) + Send + Sync + 'static) {
        let _ = self.0.on_delivered.set(OnDelivered(Box::new(then)));
    }

    /// Puts in a frame; returns whether it was taken. One over the bound is not, and from then on
    /// none is: what came after a hole would be out of order.
    pub fn push(&self, frame: OutgoingFrame) -> bool {
        let mut queued = self.0.lock();
        if queued.closed {
            return false;
        }
        let cost = frame.cost();
        if queued.bytes + cost > self.0.all.max_for_one() {
            self.0.all.less(queued.close());
            queued.end = Some(CloseCode::SlowReader);
            self.0.ended.cancel();
            return false;
        }
        self.0.all.more(cost);
        queued.bytes += cost;
        queued.frames.push_back(frame);
        drop(queued);
        self.0.filled.notify_one();
        true
    }

    /// Ends the connection with `code`, once what waits was sent. Nothing more is taken in.
    pub fn end(&self, code: CloseCode) {
        let mut queued = self.0.lock();
        queued.closed = true;
        queued.end.get_or_insert(code);
        drop(queued);
        self.0.ended.cancel();
    }
}

impl Mark {
    /// A mark that does this. It is dropped undone if the connection ends before.
    pub fn new(then: impl FnOnce() + Send + 'static) -> Self {
        Self(Box::new(then))
    }

    /// Everything before the mark is written.
    pub fn reached(self) {
        (self.0)();
    }
}

impl fmt::Debug for OnDelivered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnDelivered")
    }
}

impl fmt::Debug for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mark")
    }
}

impl OutgoingQueue {
    /// Takes out the oldest frame, where there is one.
    pub fn pop(&mut self) -> Option<OutgoingFrame> {
        let mut queued = self.0.lock();
        let frame = queued.frames.pop_front()?;
        queued.bytes -= frame.cost();
        self.0.all.less(frame.cost());
        Some(frame)
    }

    /// Takes out the oldest frames, and puts them behind those of `into`: as many as were asked for, or all.
    pub fn pop_many(&mut self, into: &mut Vec<OutgoingFrame>, at_most: usize) {
        let mut queued = self.0.lock();
        let count = queued.frames.len().min(at_most);
        let mut bytes = 0;
        into.extend(queued.frames.drain(..count).inspect(|frame| bytes += frame.cost()));
        queued.bytes -= bytes;
        self.0.all.less(bytes);
    }

    /// Mail was written to the socket, up to this place.
    pub fn delivered(&self, up_to: Seq) {
        if let Some(OnDelivered(then)) = self.0.on_delivered.get() {
            then(up_to);
        }
    }

    /// Ends when there may be something to take out.
    pub async fn filled(&self) {
        self.0.filled.notified().await;
    }

    /// Waits until the relay ends the connection: the queue has overflowed, and what waited is gone, or
    /// somebody called [`Outgoing::end`].
    pub fn ended(&self) -> impl Future<Output = CloseCode> + Send + use<> {
        let shared = Arc::clone(&self.0);
        async move {
            shared.ended.cancelled().await;
            shared.lock().end.unwrap_or(CloseCode::SlowReader)
        }
    }
}

impl Drop for OutgoingQueue {
    fn drop(&mut self) {
        self.0.all.less(self.0.lock().close());
    }
}

impl OutgoingFrame {
    /// What the frame counts for: its text and its place, so that many empty frames are bounded too.
    fn cost(&self) -> usize {
        let text = match self {
            Self::Text(text) | Self::Mail(text, _) => text.len(),
            Self::Ping | Self::Pong | Self::Mark(_) => 0,
        };
        text + size_of::<Self>()
    }
}

impl Shared {
    /// A panic can't leave the queue half changed: no code that may panic runs under the lock.
    fn lock(&self) -> MutexGuard<'_, Queued> {
        self.queued.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queued {
    /// Takes nothing more in, and drops what waits. Returns how much that was.
    fn close(&mut self) -> usize {
        let closed = Self { closed: true, ..Self::default() };
        std::mem::replace(self, closed).bytes
    }
}

impl Waiting {
    /// How many bytes that is now.
    pub(crate) fn bytes(&self) -> usize {
        self.0.load(Relaxed)
    }

    fn more(&self, bytes: usize) {
        self.0.fetch_add(bytes, Relaxed);
    }

    fn less(&self, bytes: usize) {
        self.0.fetch_sub(bytes, Relaxed);
    }

    /// How much may wait for one connection now.
    fn max_for_one(&self) -> usize {
        if self.0.load(Relaxed) < SCARCE_FROM_BYTES { QUEUE_MAX_BYTES } else { SCARCE_MAX_BYTES }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn frames_come_out_in_order() {
        let (outgoing, mut queue) = queue();
        assert!(outgoing.text("one"));
        assert!(outgoing.push(OutgoingFrame::Ping));
        queue.filled().await;
        assert!(matches!(queue.pop(), Some(OutgoingFrame::Text(text)) if text == "one"));
        assert!(matches!(queue.pop(), Some(OutgoingFrame::Ping)));
        assert!(queue.pop().is_none());
    }

    #[test]
    fn the_bound_is_in_bytes_and_taking_out_makes_room() {
        let (outgoing, mut queue) = queue();
        let half = "x".repeat(QUEUE_MAX_BYTES / 2);
        for _ in 0..10 {
            assert!(outgoing.text(half.as_str()));
            queue.pop().unwrap();
        }
        assert_eq!(queue.ended().now_or_never(), None);
    }

    #[test]
    fn an_overflow_is_for_good_and_frees_what_waited() {
        let (outgoing, mut queue) = queue();
        let half = "x".repeat(QUEUE_MAX_BYTES / 2);
        assert!(outgoing.text(half.as_str()));
        assert!(!outgoing.text(half.as_str()));
        assert_eq!(queue.ended().now_or_never(), Some(CloseCode::SlowReader));
        assert!(!outgoing.text("small"));
        assert!(queue.pop().is_none());
    }

    #[test]
    fn empty_frames_are_bounded_too() {
        let (outgoing, queue) = queue();
        let taken = (0..QUEUE_MAX_BYTES).take_while(|_| outgoing.push(OutgoingFrame::Pong)).count();
        assert!(taken < QUEUE_MAX_BYTES / 8, "{taken}");
        assert_eq!(queue.ended().now_or_never(), Some(CloseCode::SlowReader));
    }

    #[test]
    fn where_memory_is_scarce_those_who_fell_behind_go_and_those_who_keep_up_stay() {
        let all = Arc::new(Waiting::default());
        let large = ByteString::from("x".repeat(QUEUE_MAX_BYTES / 2));
        let mut idle: Vec<_> = Vec::new();
        while all.max_for_one() == QUEUE_MAX_BYTES {
            let (outgoing, queue) = queue_of(&all);
            assert!(outgoing.text(large.clone()));
            idle.push((outgoing, queue));
        }
        let (outgoing, mut queue) = queue_of(&all);
        let largest = "x".repeat(duologue_protocol::limits::FRAME_MAX_BYTES);
        for _ in 0..3 {
            assert!(outgoing.text(largest.as_str()));
            queue.pop().unwrap();
        }
        assert!(!idle[0].0.text("more"));
        assert_eq!(idle[0].1.ended().now_or_never(), Some(CloseCode::SlowReader));
        // What they held is free again: for whoever falls behind by so much.
        assert!(outgoing.text(large.clone()));
        queue.pop();
        drop((idle, queue));
        assert_eq!(all.0.load(Relaxed), 0);
    }

    #[test]
    fn what_waits_when_the_relay_ends_a_connection_is_still_said_and_nothing_more() {
        let (outgoing, mut queue) = queue();
        assert!(outgoing.text("why"));
        outgoing.end(CloseCode::NotYours);
        outgoing.end(CloseCode::TryLater);
        assert!(!outgoing.text("more"));
        assert_eq!(queue.ended().now_or_never(), Some(CloseCode::NotYours));
        assert!(matches!(queue.pop(), Some(OutgoingFrame::Text(text)) if text == "why"));
        assert!(queue.pop().is_none());
    }

    #[test]
    fn a_connection_that_is_gone_takes_nothing() {
        let (outgoing, queue) = queue();
        drop(queue);
        assert!(!outgoing.text("hello"));
    }
}
