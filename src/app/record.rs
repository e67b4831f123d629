//! What happened on the wire, kept for whoever wants to see it: the panel, which is loaded when it is opened, and reads
//! this by and by. Keeping it costs little, since it is kept whether or not somebody looks.

use std::collections::VecDeque;

use duologue_session::{Down, Event, Generation, Preference, Time, Transport};

use super::choice::Choice;
use crate::transport::Exchange;

/// How many things are kept: an hour's lively conversation.
const RECORD_MAX: usize = 4_000;

/// All frames together, in bytes: what is said in them is in the page's store as well.
const RECORD_MAX_BYTES: usize = 1024 * 1024;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Noted {
    /// The page begins to talk to a relay, perhaps to another one.
    Started(Choice),
    /// The person wants a transport.
    Preferred(Preference),
    /// The driver saw something of a transport.
    Observed(Observed),
    /// The session said something.
    Event(Event),
}

/// Something that the driver saw of a transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observed {
    /// The session wants a transport.
    Connecting {
        /// Its number.
        generation: Generation,
        /// Of which kind.
        transport: Transport,
    },
    /// It can carry frames.
    Up {
        /// Which one.
        generation: Generation,
    },
    /// A frame was handed to it.
    Sent {
        /// Which one.
        generation: Generation,
        /// The frame as it goes over the wire.
        text: String,
    },
    /// It brought a frame.
    Heard {
        /// Which one.
        generation: Generation,
        /// The frame as it came.
        text: String,
    },
    /// One of its HTTP requests ended.
    Exchange {
        /// Which one.
        generation: Generation,
        /// What it was.
        exchange: Exchange,
    },
    /// Requests that the relay held were cut.
    HeldCut {
        /// Which one.
        generation: Generation,
    },
    /// It ended, or never came up.
    Down {
        /// Which one.
        generation: Generation,
        /// How.
        down: Down,
    },
    /// The page closed it.
    Closed {
        /// Which one.
        generation: Generation,
    },
}

/// What is kept, the oldest first.
#[derive(Debug, Default)]
pub struct Record {
    noted: VecDeque<(Time, Noted)>,
    bytes: usize,
    /// How many were dropped at the front.
    dropped: u64,
}

/// What was read of it.
#[derive(Clone, Debug, Default)]
pub struct Excerpt {
    /// What to read from the next time.
    pub next: u64,
    /// Whether something before this was not kept.
    pub is_cut: bool,
    /// Whose page it is.
    pub me: String,
    /// The relay's address.
    pub relay: String,
    /// What happened, and when.
    pub noted: Vec<(Time, Noted)>,
}

impl Record {
    /// Notes something. What is too much is dropped from the beginning.
    pub fn note(&mut self, at: Time, what: Noted) {
        self.bytes += what.bytes();
        self.noted.push_back((at, what));
        while self.noted.len() > RECORD_MAX || self.bytes > RECORD_MAX_BYTES {
            let Some((_, oldest)) = self.noted.pop_front() else { return };
            self.bytes -= oldest.bytes();
            self.dropped += 1;
        }
    }

    /// Everything from the one of this number on; the first one ever is number 0.
    pub fn read(&self, from: u64) -> Excerpt {
        let skip = usize::try_from(from.saturating_sub(self.dropped)).unwrap_or(usize::MAX);
        Excerpt {
            next: self.dropped + self.noted.len() as u64,
            is_cut: from < self.dropped,
            me: String::new(),
            relay: String::new(),
            noted: self.noted.iter().skip(skip).cloned().collect(),
        }
    }
}

impl Noted {
    fn bytes(&self) -> usize {
        match self {
            Self::Observed(Observed::Sent { text, .. } | Observed::Heard { text, .. }) => {
                text.len()
            }
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(text: &str) -> Noted {
        Noted::Observed(Observed::Heard { generation: Generation(1), text: text.into() })
    }

    #[test]
    fn what_is_read_goes_on_where_it_ended() {
        let mut record = Record::default();
        record.note(Time(1), heard("a"));
        let first = record.read(0);
        assert_eq!((first.next, first.is_cut), (1, false));
        assert_eq!(first.noted, [(Time(1), heard("a"))]);
        record.note(Time(2), heard("b"));
        assert_eq!(record.read(first.next).noted, [(Time(2), heard("b"))]);
        assert!(record.read(2).noted.is_empty());
    }

    #[test]
    fn it_is_bounded_in_number_and_bytes_and_says_what_it_dropped() {
        let mut record = Record::default();
        for n in 0..RECORD_MAX as u64 + 10 {
            record.note(Time(n), heard("x"));
        }
        let all = record.read(0);
        assert_eq!((all.noted.len(), all.is_cut), (RECORD_MAX, true));
        assert_eq!(all.noted[0].0, Time(10));
        assert!(!record.read(10).is_cut);
        for n in 0..100 {
            record.note(Time(n), heard(&"x".repeat(60_000)));
        }
        assert!(record.bytes <= RECORD_MAX_BYTES && record.noted.len() >= 16);
    }
}
