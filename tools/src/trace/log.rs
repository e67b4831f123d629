//! What happened to the connection, the latest last.

use std::collections::VecDeque;
use std::time::Duration;

use duologue_session::{Cause, Down, Learned, Preference, Reason, Time, Transport, Why};

use duologue::transport::RequestKind;

/// An hour without a relay is an attempt each 20 s at the least, three lines each; what was an hour ago
/// explains little.
pub const LOG_MAX: usize = 500;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Counts from 1: a name that stays.
    pub number: u64,
    /// When.
    pub at: Time,
    /// What.
    pub what: Happening,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// The page began to talk to a relay.
    Started,
    /// It tries a transport.
    Connecting(Transport),
    /// The transport can carry frames.
    Up(Transport),
    /// Messages flow over this one.
    Using {
        /// Which one.
        transport: Transport,
        /// Why.
        why: Why,
        /// Over which they flowed before, if that was another.
        before: Option<Transport>,
    },
    /// It ended, or never came up.
    Down {
        /// Which one.
        transport: Transport,
        /// Whether it was up before.
        was_up: bool,
        /// How.
        down: Down,
    },
    /// The page closed it.
    Closed(Transport),
    /// One of its requests had another answer than it should, or none.
    Failed {
        /// What it was for.
        request: RequestKind,
        /// The answer's status.
        status: Option<u16>,
    },
    /// Requests that the relay held were cut.
    HeldCut,
    /// The next attempt comes after a while.
    Waiting {
        /// How long.
        wait: Duration,
        /// How many attempts failed in a row.
        failures: u32,
        /// What ended the last one.
        cause: Cause,
    },
    /// There is no next attempt.
    Stopped(Reason),
    /// Something was learned of the network, or what was is no longer believed.
    Learned(Option<Learned>),
    /// The person wants another transport.
    Preferred(Preference),
}

/// The lines that are kept.
#[derive(Clone, Debug, Default)]
pub struct Log {
    lines: VecDeque<Line>,
    written: u64,
}

impl Log {
    pub(super) fn write(&mut self, at: Time, what: Happening) {
        if self.lines.len() == LOG_MAX {
            self.lines.pop_front();
        }
        self.written += 1;
        self.lines.push_back(Line { number: self.written, at, what });
    }

    /// How many lines there were in all.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Those that are kept, the oldest first.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &Line> {
        self.lines.iter()
    }
}
