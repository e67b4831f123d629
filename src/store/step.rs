//! What is to be written down, and where each record of it is kept.

use duologue_protocol::{Content, MessageId, UserId};
use duologue_session::{Change, Draft, Message};

use super::deed::Deed;
use super::record::{DraftRecord, Progress, Verdict};

/// Where records are kept, by what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    /// [`MessageRecord`](super::record::MessageRecord)s.
    Messages,
    /// [`PeerRecord`](super::record::PeerRecord)s.
    Peers,
    /// [`DraftRecord`]s.
    Drafts,
    /// One [`Book`](super::record::Book).
    Book,
}

impl Table {
    /// All of them.
    pub(super) const ALL: [Self; 4] = [Self::Messages, Self::Peers, Self::Drafts, Self::Book];

    /// Its name in the database.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::Peers => "peers",
            Self::Drafts => "drafts",
            Self::Book => "book",
        }
    }
}

/// One record's place in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) table: Table,
    pub(super) name: String,
}

impl Key {
    pub(super) const BOOK: Self = Self { table: Table::Book, name: String::new() };

    /// A peer may give a message the id that one of mine has; a name has no line break in it.
    pub(super) fn message(peer: &UserId, is_mine: bool, id: &MessageId) -> Self {
        let whose = if is_mine { "mine" } else { "theirs" };
        Self { table: Table::Messages, name: format!("{peer}\n{whose}\n{id}") }
    }

    pub(super) fn peer(peer: &UserId) -> Self {
        Self { table: Table::Peers, name: peer.to_string() }
    }

    pub(super) fn draft(peer: &UserId) -> Self {
        Self { table: Table::Drafts, name: peer.to_string() }
    }

    pub(super) fn text(&self) -> String {
        format!("{}\n{}", self.table.name(), self.name)
    }
}

/// Something to write down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A change in the person's conversations.
    Change {
        /// What changed.
        change: Change,
        /// Where it leads; its places are of that era.
        progress: Progress,
    },
    /// A text that was not sent yet; an empty one is none.
    Draft(DraftRecord),
    /// The person says something of a peer.
    Verdict {
        /// Of whom.
        peer: UserId,
        /// What.
        verdict: Verdict,
    },
    /// The person wants a message gone from this browser. One that is still on its way stays.
    Deleted {
        /// With whom it was exchanged.
        peer: UserId,
        /// Whether it is one's own.
        is_mine: bool,
        /// Its name.
        id: MessageId,
    },
    /// A message that was on its way belongs elsewhere now.
    Moved {
        /// To whom it is.
        peer: UserId,
        /// Its name.
        id: MessageId,
    },
}

impl Step {
    /// Of whom it says whether they are who they seem, or are wanted.
    pub(super) fn decides_on(&self) -> Option<&UserId> {
        match self {
            Self::Verdict { peer, .. }
            | Self::Change { change: Change::Pinned { peer, .. }, .. } => Some(peer),
            _ => None,
        }
    }

    /// The records that it changes, beside the book.
    pub(super) fn keys(&self) -> Vec<Key> {
        let own = match self {
            Self::Draft(draft) => Key::draft(&draft.peer),
            Self::Verdict { peer, .. } => Key::peer(peer),
            Self::Moved { peer, id } => Key::message(peer, true, id),
            Self::Deleted { peer, is_mine, id } => Key::message(peer, *is_mine, id),
            Self::Change { change, .. } => match change {
                Change::Queued { draft: Draft { id, to, content }, .. }
                | Change::SentElsewhere { draft: Draft { id, to, content }, .. } => {
                    return with_target(to, true, id, content);
                }
                Change::Received(Message { id, from, content, .. }) => {
                    return with_target(from, false, id, content);
                }
                Change::Stored { id, to, .. } | Change::Failed { id, to, .. } => {
                    Key::message(to, true, id)
                }
                Change::Moved { from, id, .. } => Key::message(from, false, id),
                Change::Delivered { peer, .. }
                | Change::Read { peer, .. }
                | Change::Pinned { peer, .. }
                | Change::ReadHere { peer, .. } => Key::peer(peer),
                Change::Place { .. } => return Vec::new(),
            },
        };
        vec![own]
    }
}

/// A message's record, and that of the message that it does something to.
fn with_target(peer: &UserId, is_mine: bool, id: &MessageId, content: &Content) -> Vec<Key> {
    let deed = Deed::of(content, peer, is_mine);
    let target = deed.map(|deed| Key::message(peer, deed.on_mine, &deed.id));
    std::iter::once(Key::message(peer, is_mine, id)).chain(target).collect()
}
