//! What an earlier sitting left behind.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use duologue_protocol::{MessageId, Seq, UserId};
use duologue_session::{Draft, Saved};

use super::reading::Record;
use super::record::{Book, DraftRecord, EntryState, MessageRecord, PeerRecord, Progress, Standing};

/// How many received messages a session is told of: more than it remembers.
const SEEN_MAX: usize = 4_096;

/// Every record of a database as it was stored.
#[derive(Debug, Default)]
pub(super) struct Texts {
    pub(super) messages: Vec<String>,
    pub(super) peers: Vec<String>,
    pub(super) drafts: Vec<String>,
    pub(super) book: Vec<String>,
}

/// Everything that a sitting starts from. The default is a new person's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// How far the relay was followed.
    pub progress: Progress,
    /// Every message, in the order in which they were written down.
    pub messages: Vec<MessageRecord>,
    /// What is known of each conversation.
    pub peers: Vec<PeerRecord>,
    /// What was typed and not sent.
    pub drafts: Vec<DraftRecord>,
    /// How many records could not be read.
    pub unreadable: usize,
    /// Whether more may be known of peers than what could be read.
    pub are_peers_missing: bool,
}

impl Loaded {
    /// Reads what can be read.
    pub(super) fn parse(texts: &Texts) -> Self {
        let mut unreadable = 0;
        let messages = in_order(read(&texts.messages, &mut unreadable));
        let books: Vec<Book> = read(&texts.book, &mut unreadable);
        let peers = peers(&texts.peers);
        let are_peers_missing = peers.len() < texts.peers.len();
        unreadable += texts.peers.len() - peers.len();
        Self {
            progress: books.first().map(|book| book.progress).unwrap_or_default(),
            messages,
            peers,
            drafts: read(&texts.drafts, &mut unreadable),
            unreadable,
            are_peers_missing,
        }
    }

    /// What a session starts from.
    pub fn saved(&self) -> Saved {
        let Progress { era, cursor, receipts } = self.progress;
        let outbox = self.messages.iter().filter_map(draft_if_queued).collect();
        let mut seen: Vec<(UserId, MessageId)> =
            self.messages.iter().rev().filter_map(theirs).take(SEEN_MAX).collect();
        seen.reverse();
        let mut reads: Vec<(UserId, Seq)> = Vec::new();
        for PeerRecord { peer, read_here, .. } in &self.peers {
            if read_here.era == era && read_here.seq > Seq::START {
                // The relay's order is one for all peers: the highest place was read last, or nearly.
                let at = reads.iter().position(|(_, seq)| *seq > read_here.seq);
                reads.insert(at.unwrap_or(reads.len()), (peer.clone(), read_here.seq));
            }
        }
        let pinned = |record: &PeerRecord| Some((record.peer.clone(), record.pin?));
        let pins = self.peers.iter().filter_map(pinned).collect();
        let are_pins_missing = self.are_peers_missing;
        Saved { cursor, receipts, outbox, seen, reads, pins, are_pins_missing, ..Saved::default() }
    }

    /// From whom the person wants nothing.
    pub fn blocked(&self) -> Vec<UserId> {
        let blocked = self.peers.iter().filter(|peer| peer.standing == Some(Standing::Blocked));
        blocked.map(|record| record.peer.clone()).collect()
    }

    /// What comes after every message that is here.
    pub(super) fn next_order(&self) -> u64 {
        self.messages.last().map_or(0, |record| record.order + 1)
    }
}

/// The messages as they were written down. By a heap: what `sort` makes is several times the code.
fn in_order(messages: Vec<MessageRecord>) -> Vec<MessageRecord> {
    let keys = messages.iter().enumerate().map(|(index, record)| Reverse((record.order, index)));
    let mut heap: BinaryHeap<Reverse<(u64, usize)>> = keys.collect();
    let mut messages: Vec<Option<MessageRecord>> = messages.into_iter().map(Some).collect();
    let next = || messages.get_mut(heap.pop()?.0.1).map(Option::take);
    std::iter::from_fn(next).flatten().collect()
}

/// What is known of peers, as far as it can be read.
pub(super) fn peers(texts: &[String]) -> Vec<PeerRecord> {
    read(texts, &mut 0)
}

fn read<T: Record>(texts: &[String], unreadable: &mut usize) -> Vec<T> {
    let records: Vec<T> = texts.iter().filter_map(|text| T::read(text)).collect();
    *unreadable += texts.len() - records.len();
    records
}

fn draft_if_queued(record: &MessageRecord) -> Option<Draft> {
    let MessageRecord { peer, entry, .. } = record;
    (entry.state == EntryState::Queued).then(|| Draft {
        id: entry.id.clone(),
        to: peer.clone(),
        content: entry.content.clone(),
    })
}

fn theirs(record: &MessageRecord) -> Option<(UserId, MessageId)> {
    let MessageRecord { peer, entry, .. } = record;
    (!entry.is_mine()).then(|| (peer.clone(), entry.id.clone()))
}
