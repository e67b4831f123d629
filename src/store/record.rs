//! What is written down: messages, marks, places, drafts. Plain structs, each stored as JSON, and the
//! rules by which news changes them.
//!
//! Every rule gives the same outcome when news comes twice, and two tabs of one person may bring theirs
//! in any order: nothing goes backwards.
//!
//! serde writes the JSON; `reading` reads it, since what serde's derive makes for that is ten times the
//! code, and every visitor downloads it.

use duologue_protocol::{Content, Fingerprint, MessageId, Seq, UnixMillis, UserId};
use duologue_session::{Change, Message, Reason, Rule};
use serde::Serialize;

/// A place in a relay's order. A relay that lost its data counts from the beginning again: that begins
/// a new era, and places of different eras say nothing about each other but which is later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// How many times the relay's order began anew.
    pub era: u32,
    /// The place in that order.
    pub seq: Seq,
}

/// Up to where something is true of one's own messages to a peer: the latest place of each era.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Marks(pub(super) Vec<Place>);

impl Marks {
    /// It is true up to `place`.
    pub fn raise(&mut self, place: Place) {
        match self.0.iter_mut().find(|mark| mark.era == place.era) {
            Some(mark) => *mark = place.max(*mark),
            None => self.0.push(place),
        }
    }

    /// Whether it is true of the message at `place`.
    pub fn cover(&self, place: Place) -> bool {
        self.0.iter().any(|mark| mark.era == place.era && place.seq <= mark.seq)
    }
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its sender's name for it.
    pub id: MessageId,
    /// What it says now.
    #[serde(flatten)]
    pub content: Content,
    /// When it was written or, once the relay has it, when the relay took it.
    pub at: UnixMillis,
    /// Whose it is, and what became of it.
    pub state: EntryState,
    /// What was done to it since.
    #[serde(skip_serializing_if = "Amended::is_nothing")]
    pub amended: Amended,
}

/// What was done to a message since it was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Amended {
    /// It says something else than at first.
    pub is_edited: bool,
    /// It was taken back: what it says stands for nothing.
    pub is_deleted: bool,
    /// One's own emoji at it.
    pub mine: Option<String>,
    /// The peer's.
    pub theirs: Option<String>,
}

impl Amended {
    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// Whose a message is, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "camelCase")]
pub enum EntryState {
    /// The peer's.
    Theirs {
        /// Its place in the relay's order.
        place: Place,
    },
    /// One's own, on its way to the relay.
    Queued,
    /// One's own, and on the relay's disk.
    Sent {
        /// Its place in the relay's order.
        place: Place,
    },
    /// One's own, refused.
    Failed {
        /// Why, in the words of who refused it.
        reason: String,
        /// By which rule.
        rule: Rule,
    },
}

impl Entry {
    /// A message to which nothing was done yet.
    pub fn new(id: MessageId, content: Content, at: UnixMillis, state: EntryState) -> Self {
        Self { id, content, at, state, amended: Amended::default() }
    }

    /// Whether the message is one's own.
    pub fn is_mine(&self) -> bool {
        !matches!(self.state, EntryState::Theirs { .. })
    }

    /// It was written again: a failed one is on its way once more, one that the relay has stays there.
    pub fn queue(&mut self) {
        if matches!(self.state, EntryState::Failed { .. }) {
            self.state = EntryState::Queued;
        }
    }

    /// The relay has it.
    pub fn store(&mut self, place: Place, at: UnixMillis) {
        match &mut self.state {
            EntryState::Theirs { place: known } | EntryState::Sent { place: known } => {
                *known = place.max(*known);
            }
            EntryState::Queued | EntryState::Failed { .. } => {
                self.state = EntryState::Sent { place };
                self.at = at;
            }
        }
    }

    /// The relay doesn't want it.
    pub fn fail(&mut self, Reason { rule, words }: &Reason) {
        if self.state == EntryState::Queued {
            self.state = EntryState::Failed { reason: words.clone(), rule: *rule };
        }
    }
}

/// A message, with whom it was exchanged, and when it came among all that this browser has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MessageRecord {
    /// Rises with each message that is written down.
    pub order: u64,
    /// The other one.
    pub peer: UserId,
    /// The message.
    pub entry: Entry,
}

/// What is known of one conversation beside its messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PeerRecord {
    /// The other one.
    pub peer: UserId,
    /// What is safe with a client of theirs.
    pub delivered: Marks,
    /// What they have read.
    pub read: Marks,
    /// Up to where the person has read theirs.
    pub read_here: Place,
    /// The key that they are to have.
    pub pin: Option<Fingerprint>,
    /// Whether the person has compared that key.
    pub is_verified: bool,
    /// What the person has decided about them, if anything.
    pub standing: Option<Standing>,
    /// Where the person keeps the conversation.
    pub filing: Filing,
}

/// Where a person keeps a conversation, and whether it may call for attention.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Filing {
    /// It stands above the others.
    pub is_pinned: bool,
    /// What comes makes no sound and no notification, and isn't counted in the title.
    pub is_muted: bool,
    /// It is put away, until something comes that isn't muted.
    pub is_archived: bool,
}

/// What a person has decided about a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Standing {
    /// They talk.
    Accepted,
    /// What comes is kept, out of sight.
    Ignored,
    /// What comes is dropped.
    Blocked,
}

/// What a person says of a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// How they stand to each other.
    Stands(Standing),
    /// The person talks to them, as far as nothing was decided.
    TakenUp,
    /// Whether this key of theirs was compared.
    Verified(Fingerprint, bool),
    /// Where the conversation is kept.
    Filed(Filing),
}

impl PeerRecord {
    /// Nothing is known yet.
    pub fn new(peer: UserId) -> Self {
        let (delivered, read) = (Marks::default(), Marks::default());
        let (pin, is_verified, standing) = (None, false, None);
        let (read_here, filing) = (Place::default(), Filing::default());
        Self { peer, delivered, read, read_here, pin, is_verified, standing, filing }
    }

    /// They are to have this key. Where the pin is another one than what was known as the pin when that was
    /// decided, it stays: another tab has decided otherwise, or the decision was made before the pin could
    /// be read.
    pub fn pin(&mut self, fingerprint: Fingerprint, instead_of: Option<Fingerprint>) {
        let is_known = self.pin.is_none() || self.pin == instead_of;
        if is_known && self.pin != Some(fingerprint) {
            (self.pin, self.is_verified) = (Some(fingerprint), false);
        }
    }

    /// The person says something of them. A key that was compared counts only while it is the pinned one.
    pub fn judge(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Stands(standing) => self.standing = Some(standing),
            Verdict::TakenUp => {
                self.standing.get_or_insert(Standing::Accepted);
            }
            Verdict::Verified(key, is_verified) if self.pin == Some(key) => {
                self.is_verified = is_verified;
            }
            Verdict::Verified(..) => {}
            Verdict::Filed(filing) => self.filing = filing,
        }
    }
}

/// A text that was not sent yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DraftRecord {
    /// To whom it is.
    pub peer: UserId,
    /// What was typed.
    pub text: String,
}

/// What there is one of in a database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Book {
    /// How far the relay was followed.
    pub(super) progress: Progress,
    /// The next message's [`MessageRecord::order`].
    pub(super) next_order: u64,
}

/// How far this browser has followed the relay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// The era that the cursors belong to.
    pub era: u32,
    /// The place in the mailbox.
    pub cursor: Seq,
    /// The receipts' version.
    pub receipts: Seq,
}

impl Progress {
    /// Where a change leads. A cursor that goes backwards is none of this relay's: its order began anew.
    #[must_use]
    pub fn after(self, change: &Change) -> Self {
        let Self { era, cursor, receipts } = self;
        match change {
            Change::Received(Message { seq, .. }) | Change::Moved { seq, .. } => {
                Self { cursor: cursor.max(*seq), ..self }
            }
            Change::Delivered { version, .. } | Change::Read { version, .. } => {
                Self { receipts: receipts.max(*version), ..self }
            }
            Change::Place { cursor: to, receipts: version } => {
                let begins_anew = *to < cursor || *version < receipts;
                Self { era: era + u32::from(begins_anew), cursor: *to, receipts: *version }
            }
            Change::Queued { .. }
            | Change::Stored { .. }
            | Change::Failed { .. }
            | Change::SentElsewhere { .. }
            | Change::Pinned { .. }
            | Change::ReadHere { .. } => self,
        }
    }

    /// The later of what two tabs know.
    #[must_use]
    pub fn merged(self, other: Self) -> Self {
        match self.era.cmp(&other.era) {
            std::cmp::Ordering::Less => other,
            std::cmp::Ordering::Greater => self,
            std::cmp::Ordering::Equal => Self {
                era: self.era,
                cursor: self.cursor.max(other.cursor),
                receipts: self.receipts.max(other.receipts),
            },
        }
    }

    /// A place of this era.
    pub fn place(self, seq: Seq) -> Place {
        Place { era: self.era, seq }
    }
}

#[cfg(test)]
mod tests {
    use duologue_protocol::ErrorCode;

    use super::*;

    fn seq(n: u64) -> Seq {
        Seq::new(n).unwrap()
    }

    fn place(era: u32, n: u64) -> Place {
        Place { era, seq: seq(n) }
    }

    fn entry(state: EntryState) -> Entry {
        let (id, content) = (MessageId::parse("1").unwrap(), Content::parse("hi").unwrap());
        Entry::new(id, content, UnixMillis(1), state)
    }

    #[test]
    fn a_mark_covers_its_own_era_only_and_never_goes_back() {
        let mut marks = Marks::default();
        marks.raise(place(0, 900));
        marks.raise(place(1, 2));
        marks.raise(place(0, 7));
        assert!(marks.cover(place(0, 900)) && !marks.cover(place(0, 901)));
        assert!(marks.cover(place(1, 2)) && !marks.cover(place(1, 3)));
        assert!(!marks.cover(place(2, 1)));
        assert_eq!(
            serde_json::to_string(&marks).unwrap(),
            r#"[{"era":0,"seq":900},{"era":1,"seq":2}]"#
        );
    }

    #[test]
    fn a_message_that_the_relay_has_is_never_queued_again() {
        let mut sent = entry(EntryState::Queued);
        sent.store(place(0, 5), UnixMillis(9));
        let stored = sent.clone();
        assert_eq!(
            (&stored.state, stored.at),
            (&EntryState::Sent { place: place(0, 5) }, UnixMillis(9))
        );
        sent.queue();
        sent.fail(&Reason::of_an_error(ErrorCode::IdReused, "no"));
        sent.store(place(0, 5), UnixMillis(9));
        assert_eq!(sent, stored);
    }

    #[test]
    fn a_failed_message_can_be_tried_again_and_then_be_sent() {
        let mut tried = entry(EntryState::Queued);
        let reason = Reason::of_an_error(ErrorCode::RateLimited, "too fast");
        tried.fail(&reason);
        let (reason_in_words, rule) = (reason.words.clone(), reason.rule);
        assert_eq!(tried.state, EntryState::Failed { reason: reason_in_words, rule });
        tried.queue();
        assert_eq!(tried.state, EntryState::Queued);
        tried.fail(&reason);
        tried.store(place(0, 5), UnixMillis(9));
        assert_eq!(tried.state, EntryState::Sent { place: place(0, 5) });
    }

    #[test]
    fn cursors_go_forward_until_the_relay_begins_anew() {
        let start = Progress { era: 0, cursor: seq(10), receipts: seq(3) };
        let to = |cursor, receipts| Change::Place { cursor: seq(cursor), receipts: seq(receipts) };
        let further = start.after(&to(12, 3));
        assert_eq!(further, Progress { era: 0, cursor: seq(12), receipts: seq(3) });
        let anew = further.after(&to(0, 0));
        assert_eq!(anew, Progress { era: 1, cursor: seq(0), receipts: seq(0) });
        // Another tab that is still where it was changes nothing, in whatever order they write.
        assert_eq!((further.merged(anew), anew.merged(further)), (anew, anew));
        assert_eq!(start.merged(further), further);
    }
}
