//! Outcomes for the tests of what is said about them.

use duologue_protocol::MessageId;
use duologue_session::Transport;

use super::run::{Counts, Run};
use super::{Outcome, Trouble};

pub(super) fn id(number: u8) -> MessageId {
    MessageId::from_random([number; 16])
}

/// An exchange in which the messages took so long, in microseconds.
pub(super) fn outcome(transport: Transport, latencies: &[u32], counts: Counts) -> Outcome {
    let mut run = Run::new(u32::try_from(latencies.len()).unwrap(), 0);
    run.begin(0);
    for (number, latency) in (0..).zip(latencies) {
        let at = u64::from(number) * 500_000;
        run.send(id(number), at);
        run.arrive(&id(number), at + u64::from(*latency));
    }
    run.counts = counts;
    Outcome { transport, run, trouble: None }
}

/// One that came to nothing.
pub(super) fn failed(transport: Transport, trouble: Trouble) -> Outcome {
    Outcome { transport, run: Run::new(2, 0), trouble: Some(trouble) }
}

/// Two messages over each transport.
pub(super) fn all_three() -> [Outcome; 3] {
    let short = Counts {
        polls: 8,
        empty_polls: 6,
        requests: 20,
        bytes_up: 8_000,
        bytes_down: 6_000,
        lacks_bytes: false,
    };
    let long = Counts { polls: 2, empty_polls: 0, requests: 9, bytes_up: 4_000, ..short };
    let frames = Counts { bytes_up: 300, bytes_down: 500, ..Counts::default() };
    [
        outcome(Transport::ShortPolling, &[130_000, 250_400], short),
        outcome(Transport::LongPolling, &[4_000, 6_000], long),
        outcome(Transport::WebSocket, &[1_200, 1_000], frames),
    ]
}
