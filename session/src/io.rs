//! What goes into a session and what comes out of it.

use duologue_protocol::{
    ClientFrame, Content, Fingerprint, MessageId, Nonce, Proof, RelayFrame, Seq, UnixMillis, UserId,
};

use crate::choice::{Learned, Preference, Transport};
use crate::event::Event;
use crate::reason::Reason;

/// Numbers the transports of one session, from 1. Whatever a transport reports carries its generation,
/// so that a late event of an old one is told apart and dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub u64);

/// Numbers what is to be stored, from 1, in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// What a session starts from: what an earlier one had stored. The default is a new person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// The last stored [`Change::Received`]'s or [`Change::Place`]'s place in the mailbox.
    pub cursor: Seq,
    /// The last stored receipt's version.
    pub receipts: Seq,
    /// What was queued and has no answer yet, in the order in which it was written. All of it is kept.
    pub outbox: Vec<Draft>,
    /// The latest received messages by sender and id, oldest first; more than the session remembers
    /// is cut at the front.
    pub seen: Vec<(UserId, MessageId)>,
    /// Up to where the person has read each peer's messages, the latest read last; more than
    /// [`READS_MAX`](crate::READS_MAX) is cut at the front. Only places in the relay's present order.
    pub reads: Vec<(UserId, Seq)>,
    /// Which transport the person wants.
    pub preference: Preference,
    /// What was last said by [`Event::Learned`].
    pub learned: Option<Learned>,
    /// Whether the person has a key, so that [`Output::Sign`] is to be expected, and others' keys are
    /// checked.
    pub has_key: bool,
    /// The others' keys, as [`Change::Pinned`] said them.
    pub pins: Vec<(UserId, Fingerprint)>,
    /// Whether there may be more that could not be read. Then no key counts as the first that was seen: the
    /// person decides about each, until [`Input::PinsAreComplete`].
    pub are_pins_missing: bool,
}

/// A message on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its name, new and random.
    pub id: MessageId,
    /// Who is to get it.
    pub to: UserId,
    /// What it says.
    pub content: Content,
}

/// Something that happened outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The person wrote a message. The same id again, after it failed, means *try again*; while it
    /// waits for its answer, it is ignored.
    UserSent(Draft),
    /// The person has read what `peer` wrote, up to here. A place that the mailbox did not reach is
    /// ignored: it belongs to an order that is over (see [`Change::Place`]).
    UserRead {
        /// Who wrote it.
        peer: UserId,
        /// The last message that was read.
        up_to: Seq,
    },
    /// The person keeps to themselves from now on what they read, or not; then what they have read meanwhile is said
    /// as well.
    HideReads(bool),
    /// The person types to somebody: said to the relay now and then, while the link is open.
    Typing {
        /// To whom.
        to: UserId,
    },
    /// Of whom the person wants to know whether they are there, and who is to know it of them; of more than
    /// [`WATCH_MAX`](duologue_protocol::limits::WATCH_MAX) the first ones.
    Watch {
        /// These, and nobody else.
        peers: Vec<UserId>,
    },
    /// The person looks at the conversation with `peer`: whose name that is, is asked before anything
    /// is written.
    Meet {
        /// Who it is.
        peer: UserId,
    },
    /// From now on `peer` has to have this key: the person trusts it, or an invitation named it.
    Pin {
        /// Whose key it is.
        peer: UserId,
        /// Its fingerprint.
        fingerprint: Fingerprint,
    },
    /// The person writes to `peer` although the relay knows of no key and one was expected. That holds while
    /// the session runs, until the name has a key: if it is another one than before, it counts as changed.
    WriteKeyless {
        /// To whom.
        peer: UserId,
    },
    /// Nothing goes to `peer` until [`Input::Pin`]: there is doubt that the pinned key is theirs.
    Hold {
        /// To whom.
        peer: UserId,
    },
    /// The store has this key for `peer`: from another tab, from before [`Change::Pinned`], which it then did
    /// not follow, or from an earlier sitting and late.
    StoredPin {
        /// Whose key it is.
        peer: UserId,
        /// Its fingerprint.
        fingerprint: Fingerprint,
    },
    /// The store has handed in all pins that it has; see [`Saved::are_pins_missing`].
    PinsAreComplete,
    /// Everything up to this ticket is in the store. Said as seldom as the store likes; until then the
    /// messages are not sent, and those that arrived are shown but not acknowledged.
    Persisted {
        /// The last one.
        ticket: Ticket,
    },
    /// The transport can carry frames.
    TransportUp {
        /// Which one.
        generation: Generation,
    },
    /// The transport brought a frame.
    Frame {
        /// Which one.
        generation: Generation,
        /// What it brought.
        frame: RelayFrame,
    },
    /// The transport ended, or never came up.
    TransportDown {
        /// Which one.
        generation: Generation,
        /// How it ended.
        down: Down,
    },
    /// The answer to [`Output::Sign`].
    Signed {
        /// Which transport it is for.
        generation: Generation,
        /// The proof; without one the connection is opened as by a client that has no key.
        proof: Option<Box<Proof>>,
    },
    /// The transport's held request was cut without an answer, and more than once.
    HeldCut {
        /// Which one.
        generation: Generation,
    },
    /// The person wants a transport, or leaves it to the session again.
    Prefer(Preference),
    /// The browser has a network again, perhaps another one.
    Online,
    /// The tab can be seen again.
    Visible,
    /// The person doesn't want to wait.
    ReconnectNow,
    /// The time of [`Session::poll_timeout`](crate::Session::poll_timeout) has come, or not: a spurious
    /// one does nothing.
    Timer,
}

/// How a transport ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Down {
    /// The WebSocket close code; 1006 for a link that broke without one.
    pub code: u16,
    /// The reason that came with it; may be empty.
    pub reason: String,
}

/// Something that the driver is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Open a transport and report it under this generation. It lives until `Close`, or until it reports
    /// that it is down. There may be two at a time: the one in use, and one that is tried beside it.
    Connect {
        /// Its number.
        generation: Generation,
        /// Of which kind.
        transport: Transport,
    },
    /// Send a frame.
    Transmit {
        /// On which transport.
        generation: Generation,
        /// What to send.
        frame: ClientFrame,
    },
    /// Prove to the relay at the other end of a transport whose connection it is; then say
    /// [`Input::Signed`].
    Sign {
        /// On which transport.
        generation: Generation,
        /// The relay's challenge.
        nonce: Nonce,
    },
    /// Abandon a transport; nothing that it still reports counts.
    Close {
        /// Which one.
        generation: Generation,
    },
    /// Show it and store it, in the order of the tickets; then say [`Input::Persisted`].
    Change {
        /// Its number.
        ticket: Ticket,
        /// What changed.
        change: Change,
    },
    /// Tell the person.
    Event(Event),
}

/// Something that changed in the person's conversations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The person wrote a message, or tries a failed one again; it is sent once it is stored here.
    /// Where too many wait already, `Failed` follows at once.
    Queued {
        /// The message.
        draft: Draft,
        /// When, by the driver's clock.
        at: UnixMillis,
    },
    /// One's own message is on the relay's disk.
    Stored {
        /// Which one.
        id: MessageId,
        /// To whom it is.
        to: UserId,
        /// Its place in the relay's order, by which receipts name it.
        seq: Seq,
        /// When, by the relay's clock.
        at: UnixMillis,
    },
    /// One's own message was refused for good; the person may try it again.
    Failed {
        /// Which one.
        id: MessageId,
        /// To whom it is.
        to: UserId,
        /// Why.
        reason: Reason,
    },
    /// A message arrived that was not here before, as far as the session remembers: after a relay
    /// lost its order (see [`Place`](Self::Place)), old ones may come again. The cursor is at its `seq`
    /// now.
    Received(Message),
    /// A message that is here has a new place: the relay lost it before it was on the disk, and its
    /// sender sent it again. Not to be shown again. The cursor is at `seq` now.
    Moved {
        /// Who wrote it.
        from: UserId,
        /// Which one.
        id: MessageId,
        /// Its new place, by which it is read.
        seq: Seq,
    },
    /// One's own message, sent on another connection. It may be here already.
    SentElsewhere {
        /// The message.
        draft: Draft,
        /// Its place in the relay's order.
        seq: Seq,
        /// When, by the relay's clock.
        at: UnixMillis,
    },
    /// One's own messages to `peer` are safe with a client of theirs, up to here. May name less than
    /// an earlier one did; then the earlier one holds.
    Delivered {
        /// Who got them.
        peer: UserId,
        /// The last one.
        up_to: Seq,
        /// The receipts' cursor is here now: before the frame's own version, as a `read` of the same
        /// one may follow.
        version: Seq,
    },
    /// One's own messages to `peer` were read, up to here; as with `Delivered`.
    Read {
        /// Who read them.
        peer: UserId,
        /// The last one.
        up_to: Seq,
        /// The receipts' cursor is here now.
        version: Seq,
    },
    /// The person has read the messages of `peer`, up to here; with more peers than
    /// [`READS_MAX`](crate::READS_MAX), perhaps for a second time.
    ReadHere {
        /// Who wrote them.
        peer: UserId,
        /// The last one.
        up_to: Seq,
    },
    /// `peer` has to have this key from now on: the first that was seen, or what [`Input::Pin`] said. A store
    /// that has a third one for them keeps that, and says so by [`Input::StoredPin`].
    Pinned {
        /// Whose key it is.
        peer: UserId,
        /// Its fingerprint.
        fingerprint: Fingerprint,
        /// The pin that this decision knew of.
        instead_of: Option<Fingerprint>,
    },
    /// The cursors moved without a message. Backwards if the relay doesn't know them: it lost its data
    /// or is another one, and places from before mean nothing to it.
    Place {
        /// The place in the mailbox.
        cursor: Seq,
        /// The receipts' version.
        receipts: Seq,
    },
}

/// A message as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its sender's name for it.
    pub id: MessageId,
    /// Who wrote it.
    pub from: UserId,
    /// What it says.
    pub content: Content,
    /// Its place in the relay's order.
    pub seq: Seq,
    /// When the relay took it.
    pub at: UnixMillis,
}
