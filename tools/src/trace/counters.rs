//! What was sent and received, counted.

/// Counts of one connection, or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// HTTP requests; for a WebSocket the one that opens it.
    pub requests: u64,
    /// Polls that were answered without a frame.
    pub empty_polls: u64,
    /// Frames that the page sent.
    pub frames_up: u64,
    /// Frames that it received.
    pub frames_down: u64,
    /// Bytes that it sent, what is around the frames included.
    pub bytes_up: u64,
    /// Bytes that it received.
    pub bytes_down: u64,
}

/// A count's name: the label is in `words`.
#[derive(Clone, Copy, Debug)]
pub struct Count {
    /// A name for programs.
    pub key: &'static str,
    /// Reads it.
    pub of: fn(&Counters) -> u64,
}

/// All of them, in the order in which they are shown.
pub const COUNTS: [Count; 6] = [
    Count { key: "requests", of: |all| all.requests },
    Count { key: "empty-polls", of: |all| all.empty_polls },
    Count { key: "frames-up", of: |all| all.frames_up },
    Count { key: "frames-down", of: |all| all.frames_down },
    Count { key: "bytes-up", of: |all| all.bytes_up },
    Count { key: "bytes-down", of: |all| all.bytes_down },
];
