//! What one browser holds of a person's conversations: what a page shows, and what its store keeps.

use std::collections::BTreeMap;

use duologue_protocol::{MessageId, Seq, UserId};
use duologue_session::{Change, Draft, Message, Saved};

/// One's own message, and what is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Own {
    pub(crate) draft: Draft,
    /// Its place once the relay has stored it.
    pub(crate) seq: Option<Seq>,
    pub(crate) failed: Option<String>,
}

/// A peer's message.
#[derive(Clone, Debug)]
pub(crate) struct Theirs {
    pub(crate) from: UserId,
    pub(crate) id: MessageId,
    pub(crate) seq: Seq,
}

/// The conversations of one person, as one page or one store has them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Book {
    pub(crate) cursor: Seq,
    pub(crate) receipts: Seq,
    pub(crate) own: Vec<Own>,
    pub(crate) theirs: Vec<Theirs>,
    /// Up to where each peer got and read one's messages.
    pub(crate) delivered: BTreeMap<UserId, Seq>,
    pub(crate) read: BTreeMap<UserId, Seq>,
    /// Up to where the person read each peer's.
    pub(crate) reads: BTreeMap<UserId, Seq>,
    /// What should not be: a second showing of the same message, an answer for an unknown one.
    pub(crate) wrong: Vec<String>,
}

impl Book {
    /// Takes in a change, as a page and its store do. A store that two tabs write to gets each change
    /// twice, so it takes repeats (`is_shared`).
    pub(crate) fn apply(&mut self, change: &Change, is_shared: bool) {
        match change {
            Change::Queued { draft, .. } => {
                if let Some(own) = self.own.iter_mut().find(|own| own.draft.id == draft.id) {
                    own.failed = None;
                } else {
                    self.own.push(Own { draft: draft.clone(), seq: None, failed: None });
                }
            }
            Change::Stored { id, seq, .. } => match self.own_mut(id) {
                Some(own) => own.seq = Some(*seq),
                None => self.wrong.push(format!("an answer for {id}, which is not here")),
            },
            Change::Failed { id, reason, .. } => {
                if let Some(own) = self.own_mut(id) {
                    own.failed = Some(reason.to_string());
                }
            }
            Change::Received(message) => {
                let is_it = |one: &&mut Theirs| one.from == message.from && one.id == message.id;
                match self.theirs.iter_mut().find(is_it) {
                    None => {
                        let (from, id) = (message.from.clone(), message.id.clone());
                        self.theirs.push(Theirs { from, id, seq: message.seq });
                    }
                    // Another tab had it at a place that the relay lost since.
                    Some(theirs) if is_shared => theirs.seq = theirs.seq.max(message.seq),
                    Some(_) => {
                        let Message { id, from, .. } = message;
                        self.wrong.push(format!("{id} of {from} was shown twice"));
                    }
                }
                self.cursor = self.cursor.max(message.seq);
            }
            Change::Moved { from, id, seq } => {
                for theirs in &mut self.theirs {
                    if theirs.from == *from && theirs.id == *id {
                        theirs.seq = *seq;
                    }
                }
                self.cursor = self.cursor.max(*seq);
            }
            Change::SentElsewhere { draft, seq, .. } => match self.own_mut(&draft.id) {
                Some(own) => own.seq = Some(*seq),
                None => {
                    self.own.push(Own { draft: draft.clone(), seq: Some(*seq), failed: None });
                }
            },
            Change::Delivered { peer, up_to, version } => {
                raise(&mut self.delivered, peer, *up_to);
                self.receipts = self.receipts.max(*version);
            }
            Change::Read { peer, up_to, version } => {
                raise(&mut self.read, peer, *up_to);
                // What is read is delivered.
                raise(&mut self.delivered, peer, *up_to);
                self.receipts = self.receipts.max(*version);
            }
            Change::ReadHere { peer, up_to } => raise(&mut self.reads, peer, *up_to),
            Change::Pinned { peer, .. } => {
                self.wrong.push(format!("a key of {peer}, who has none"));
            }
            Change::Place { cursor, receipts } => {
                // Only a relay that doesn't know ours sends us back, and this one forgets nothing.
                if *cursor == Seq::START && self.cursor > Seq::START {
                    self.wrong.push(format!("sent back to the beginning from {}", self.cursor));
                }
                self.cursor = self.cursor.max(*cursor);
                self.receipts = self.receipts.max(*receipts);
            }
        }
    }

    /// What a session starts from when the page is opened.
    pub(crate) fn saved(&self) -> Saved {
        let is_waiting = |own: &&Own| own.seq.is_none() && own.failed.is_none();
        Saved {
            cursor: self.cursor,
            receipts: self.receipts,
            outbox: self.own.iter().filter(is_waiting).map(|own| own.draft.clone()).collect(),
            seen: self.theirs.iter().map(|one| (one.from.clone(), one.id.clone())).collect(),
            reads: self.reads.iter().map(|(peer, seq)| (peer.clone(), *seq)).collect(),
            // What is simulated is delivery: nobody has a key, but everybody asks for those of others.
            has_key: true,
            ..Saved::default()
        }
    }

    /// The last message of `peer` that is here.
    pub(crate) fn last_of(&self, peer: &UserId) -> Option<Seq> {
        self.theirs.iter().filter(|one| one.from == *peer).map(|one| one.seq).max()
    }

    fn own_mut(&mut self, id: &MessageId) -> Option<&mut Own> {
        self.own.iter_mut().find(|own| own.draft.id == *id)
    }
}

fn raise(marks: &mut BTreeMap<UserId, Seq>, peer: &UserId, up_to: Seq) {
    let mark = marks.entry(peer.clone()).or_default();
    *mark = up_to.max(*mark);
}
