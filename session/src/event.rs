//! What a session tells the person.

use duologue_protocol::{Fingerprint, UnixMillis, UserId};

use crate::choice::{Learned, Transport, Why};
use crate::clock::Time;
use crate::io::Generation;
use crate::reason::Reason;

/// Something that the person should see, and that needn't be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The state of the link changed.
    Link(LinkState),
    /// Messages flow over this transport from now on; comes with each `welcome`.
    Using {
        /// Which one.
        generation: Generation,
        /// Of which kind.
        transport: Transport,
        /// Why this one.
        why: Why,
    },
    /// What is known of the network changed: to be kept, and handed to the next session as
    /// [`Saved::learned`](crate::Saved::learned).
    Learned(Option<Learned>),
    /// Everything that was missed is here; what comes now is new.
    CaughtUp,
    /// The relay can't store anything now; messages are kept and sent again later. `None`: it can
    /// again, or none are left. Said once each.
    Held(Option<Reason>),
    /// The relay said whose a name is.
    Identity {
        /// The name.
        peer: UserId,
        /// The key's fingerprint; none if the name is nobody's.
        fingerprint: Option<Fingerprint>,
        /// Whether that is as it was before. Otherwise nothing is sent until the person decides (see
        /// [`Input::Pin`](crate::Input::Pin)), or until it
        /// is again.
        is_expected: bool,
    },
    /// Somebody is writing to the person.
    Typing {
        /// Who.
        peer: UserId,
    },
    /// Whether somebody is there. Holds while the link does.
    Presence {
        /// Who.
        peer: UserId,
        /// Whether they are.
        is_online: bool,
        /// When they were last, by the relay's clock, where they aren't and it knows.
        last_seen: Option<UnixMillis>,
    },
    /// The relay refused something that was no message, and that will not mend itself.
    Refused {
        /// Why.
        reason: Reason,
    },
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
        /// Why.
        reason: Reason,
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
    Closed(Reason),
}
