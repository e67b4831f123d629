//! What goes into a session and what comes out of it.

use duologue_protocol::{ClientFrame, Content, MessageId, RelayFrame, UnixMillis, UserId};

use crate::clock::Time;

/// Numbers the transports of one session, from 1. Whatever a transport reports carries its generation,
/// so that a late event of an old one is told apart and dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub u64);

/// Something that happened outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The person wrote a message. `id` is new and random; the same id again means *try again*.
    UserSent {
        /// The message's name from here on.
        id: MessageId,
        /// Who is to get it.
        to: UserId,
        /// What it says.
        content: Content,
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
    /// The browser has a network again.
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
    /// Open a transport and report it under this generation.
    Connect {
        /// Its number.
        generation: Generation,
    },
    /// Send a frame.
    Transmit {
        /// On which transport.
        generation: Generation,
        /// What to send.
        frame: ClientFrame,
    },
    /// Abandon a transport; nothing that it still reports counts.
    Close {
        /// Which one.
        generation: Generation,
    },
    /// Tell the person.
    Event(Event),
}

/// Something that the person should see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The state of the link changed.
    Link(LinkState),
    /// A message arrived that was not here before.
    Received(Message),
    /// The relay took one's own message.
    Accepted {
        /// Which one.
        id: MessageId,
        /// To whom it is.
        to: UserId,
        /// When, by the relay's clock.
        at: UnixMillis,
    },
    /// One's own message was refused; it is out of the outbox and may be tried again.
    Failed {
        /// Which one.
        id: MessageId,
        /// To whom it is.
        to: UserId,
        /// The rule, in words.
        reason: String,
    },
    /// The relay refused something that was no message.
    Refused {
        /// The rule, in words.
        reason: String,
    },
}

/// A message as it arrived. `from` may be oneself: then it was sent on another connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its sender's name for it.
    pub id: MessageId,
    /// Who wrote it.
    pub from: UserId,
    /// Who it is for.
    pub to: UserId,
    /// What it says.
    pub content: Content,
    /// When the relay took it.
    pub at: UnixMillis,
}

/// The link, as a person is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// An attempt is under way.
    Connecting {
        /// How many attempts failed since the last that worked.
        failures: u32,
    },
    /// `welcome` came: messages flow.
    Connected,
    /// Between two attempts.
    Waiting {
        /// When the next one is due, by the driver's clock.
        until: Time,
        /// How many attempts failed since the last that worked.
        failures: u32,
        /// What ended the last one.
        cause: Cause,
    },
    /// The relay said not to come back. Only the person starts another attempt.
    Stopped {
        /// Why, in words.
        reason: String,
    },
}

/// What ended a link that is worth another try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// No transport came up: nothing listens there, or something is in the way.
    Unreachable,
    /// A transport came up, but no `welcome` through it.
    NoWelcome,
    /// An open link broke.
    Broken,
    /// An open link answered no more.
    Silent,
    /// The relay closed the connection and said why.
    Closed(String),
}
