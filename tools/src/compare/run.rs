//! One exchange over one transport, as it is measured. Times are in microseconds by a clock that never goes
//! back.
//!
//! Counted is what happens from the first message's sending to the last one's arrival: neither the opening of
//! the connections nor what comes after.

use duologue_protocol::MessageId;
use duologue_protocol::websocket::frame_bytes;

use super::figures::Spread;
use duologue::transport::{Exchange, RequestKind};

/// An exchange that goes on no further for this long has failed.
pub const PATIENCE: u64 = 30_000_000;

/// One of the two who exchange messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Writes them all.
    Sender,
    /// Gets them all.
    Receiver,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Its name.
    pub id: MessageId,
    /// When it was handed to the sender's session, after the first one.
    pub at: u64,
    /// How long it took until the receiver's session had it.
    pub latency: Option<u32>,
}

/// What it took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// The receiver's polls that were answered.
    pub polls: u64,
    /// Those of them that brought nothing.
    pub empty_polls: u64,
    /// All HTTP requests of both.
    pub requests: u64,
    /// What both sent, in bytes.
    pub bytes_up: u64,
    /// What both got, in bytes.
    pub bytes_down: u64,
    /// Whether a request's bytes are not known: then those sums say nothing.
    pub lacks_bytes: bool,
}

/// An exchange over one transport, up to now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// How many messages there are to be.
    pub planned: u32,
    /// What was sent, in order.
    pub sent: Vec<Sent>,
    /// How many of them arrived.
    pub arrived: u32,
    /// What it took.
    pub counts: Counts,
    /// How often a connection broke meanwhile.
    pub breaks: u32,
    /// Whether the page was hidden meanwhile: then its timers are slow.
    pub was_hidden: bool,
    begun: Option<u64>,
    waits_since: Option<u64>,
}

impl Run {
    /// The two begin to connect.
    pub fn new(planned: u32, now: u64) -> Self {
        Self {
            planned,
            sent: Vec::new(),
            arrived: 0,
            counts: Counts::default(),
            breaks: 0,
            was_hidden: false,
            begun: None,
            waits_since: Some(now),
        }
    }

    /// One of the two is connected and has all of its mail.
    pub fn one_is_ready(&mut self, now: u64) {
        if self.begun.is_none() {
            self.waits_since = Some(now);
        }
    }

    /// The exchange begins; so do the counts.
    pub fn begin(&mut self, now: u64) {
        self.begun = Some(now);
        self.waits_since = None;
    }

    /// When it began.
    pub fn begun(&self) -> Option<u64> {
        self.begun
    }

    /// A message is handed to the sender.
    pub fn send(&mut self, id: MessageId, now: u64) {
        let at = now.saturating_sub(self.begun.unwrap_or(now));
        self.sent.push(Sent { id, at, latency: None });
        self.waits_since.get_or_insert(now);
    }

    /// The receiver has a message. False if it is none of these, or came before.
    pub fn arrive(&mut self, id: &MessageId, now: u64) -> bool {
        let begun = self.begun.unwrap_or(now);
        let waiting = self.sent.iter_mut().find(|one| one.id == *id && one.latency.is_none());
        let Some(message) = waiting else { return false };
        let latency = now.saturating_sub(begun + message.at);
        message.latency = Some(u32::try_from(latency).unwrap_or(u32::MAX));
        self.arrived += 1;
        self.waits_since = (self.outstanding() > 0).then_some(now);
        true
    }

    /// Whether every message has arrived.
    pub fn is_complete(&self) -> bool {
        self.arrived >= self.planned
    }

    /// Whether nothing came of the latest step for too long. Between two messages there is nothing to wait
    /// for, however long the pause is.
    pub fn is_stalled(&self, now: u64) -> bool {
        self.waits_since.is_some_and(|since| now.saturating_sub(since) >= PATIENCE)
    }

    /// A connection broke.
    pub fn break_off(&mut self) {
        if self.counts_now() {
            self.breaks += 1;
        }
    }

    /// An HTTP request ended.
    pub fn count_exchange(&mut self, side: Side, exchange: &Exchange) {
        if !self.counts_now() {
            return;
        }
        let counts = &mut self.counts;
        counts.requests += 1;
        // Without an answer it is no poll that was empty, nor one that brought something.
        if side == Side::Receiver
            && exchange.request == RequestKind::Poll
            && exchange.status.is_some()
        {
            counts.polls += 1;
            counts.empty_polls += u64::from(exchange.frames == 0);
        }
        counts.bytes_up += exchange.bytes_up;
        counts.bytes_down += exchange.bytes_down;
        counts.lacks_bytes |= exchange.bytes_up == 0 || exchange.bytes_down == 0;
    }

    /// A WebSocket carried a text of so many bytes.
    pub fn count_frame(&mut self, is_up: bool, payload: usize) {
        if !self.counts_now() {
            return;
        }
        let bytes = frame_bytes(payload, is_up) as u64;
        if is_up {
            self.counts.bytes_up += bytes;
        } else {
            self.counts.bytes_down += bytes;
        }
    }

    /// How the latencies are spread; `None` before the first arrival.
    pub fn spread(&self) -> Option<Spread> {
        Spread::of(self.sent.iter().filter_map(|one| one.latency).collect())
    }

    fn outstanding(&self) -> usize {
        self.sent.len().saturating_sub(self.arrived as usize)
    }

    fn counts_now(&self) -> bool {
        self.begun.is_some() && !self.is_complete()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::compare::testing::id;

    fn exchange(request: RequestKind, frames: usize) -> Exchange {
        let (status, took) = (Some(200), Duration::from_millis(3));
        Exchange { request, status, took, frames, bytes_up: 100, bytes_down: 200 }
    }

    #[test]
    fn latencies_are_from_the_hand_over_to_the_arrival() {
        let mut run = Run::new(2, 0);
        run.begin(1_000_000);
        run.send(id(0), 1_000_010);
        run.send(id(1), 1_500_000);
        assert!(run.arrive(&id(1), 1_500_700));
        assert!(run.arrive(&id(0), 1_600_010));
        assert!(!run.arrive(&id(0), 1_700_000), "it came before");
        assert!(!run.arrive(&id(7), 1_700_000), "it is somebody else's");
        let latencies: Vec<_> = run.sent.iter().map(|one| (one.at, one.latency)).collect();
        assert_eq!(latencies, [(10, Some(600_000)), (500_000, Some(700))]);
        assert!(run.is_complete());
    }

    #[test]
    fn counted_is_what_happens_between_the_first_message_and_the_last_ones_arrival() {
        let mut run = Run::new(1, 0);
        run.count_exchange(Side::Receiver, &exchange(RequestKind::Poll, 1));
        run.count_frame(true, 10);
        run.break_off();
        run.begin(0);
        run.send(id(0), 0);
        run.count_exchange(Side::Receiver, &exchange(RequestKind::Poll, 0));
        run.count_exchange(Side::Receiver, &exchange(RequestKind::Poll, 1));
        run.count_exchange(Side::Receiver, &exchange(RequestKind::Post, 1));
        run.count_exchange(Side::Sender, &exchange(RequestKind::Poll, 0));
        run.break_off();
        run.arrive(&id(0), 5);
        run.count_exchange(Side::Sender, &exchange(RequestKind::Poll, 1));
        run.count_frame(false, 10);
        let expected = Counts {
            polls: 2,
            empty_polls: 1,
            requests: 4,
            bytes_up: 400,
            bytes_down: 800,
            lacks_bytes: false,
        };
        assert_eq!((run.counts, run.breaks), (expected, 1));
    }

    #[test]
    fn a_websockets_bytes_are_its_frames_with_their_heads() {
        let mut run = Run::new(1, 0);
        run.begin(0);
        run.count_frame(true, 125);
        run.count_frame(false, 126);
        assert_eq!((run.counts.bytes_up, run.counts.bytes_down), (131, 130));
        assert_eq!(run.counts.requests, 0);
    }

    #[test]
    fn a_request_whose_bytes_are_not_known_makes_the_sums_worthless() {
        let mut run = Run::new(1, 0);
        run.begin(0);
        let cut =
            Exchange { status: None, bytes_up: 0, bytes_down: 0, ..exchange(RequestKind::Poll, 0) };
        run.count_exchange(Side::Receiver, &cut);
        let Counts { polls, requests, lacks_bytes, .. } = run.counts;
        assert_eq!((polls, requests, lacks_bytes), (0, 1, true));
    }

    #[test]
    fn it_stalls_when_what_is_waited_for_does_not_come_and_not_in_a_pause() {
        let mut run = Run::new(3, 0);
        assert!(run.is_stalled(PATIENCE));
        run.one_is_ready(10);
        assert!(!run.is_stalled(PATIENCE));
        run.begin(20);
        assert!(!run.is_stalled(10 * PATIENCE), "nothing was sent yet");
        run.send(id(0), 100);
        run.send(id(1), PATIENCE);
        assert!(run.is_stalled(PATIENCE + 100), "sending is no progress");
        run.arrive(&id(0), PATIENCE + 100);
        assert!(!run.is_stalled(2 * PATIENCE));
        run.arrive(&id(1), 2 * PATIENCE);
        assert!(!run.is_stalled(10 * PATIENCE), "a pause, however long it is");
    }
}
