//! What is said of the moment, and kept nowhere: who is there, who is writing. The relay says it anew on each link.

use duologue_protocol::limits::{TYPING_EVERY, WATCH_MAX};
use duologue_protocol::{ClientFrame, UserId};

use crate::clock::Time;
use crate::session::Session;

/// What this session said of its person's moment.
#[derive(Debug, Default)]
pub(crate) struct Presence {
    /// Of whom the person wants to be told; none before they said.
    watched: Option<Vec<UserId>>,
    /// To whom it was last said that the person types, and when.
    typing: Option<(UserId, Time)>,
}

impl Presence {
    /// The person types to `to`. Returns whether that is to be said.
    fn types(&mut self, now: Time, to: &UserId) -> bool {
        let is_said =
            self.typing.as_ref().is_some_and(|(known, at)| known == to && now < *at + TYPING_EVERY);
        if !is_said {
            self.typing = Some((to.clone(), now));
        }
        !is_said
    }
}

impl Session {
    /// The person types to `to`. Whom nothing may be sent to is not told of it either.
    pub(crate) fn user_types(&mut self, now: Time, to: &UserId) {
        let may_write = !self.has_key || self.peers.may_write_to(to);
        if self.link.is_open() && may_write && self.presence.types(now, to) {
            self.transmit(ClientFrame::Typing { to_user_id: to.clone() });
        }
    }

    /// A message ends what was said of typing: who goes on says so at once.
    pub(crate) fn typed(&mut self) {
        self.presence.typing = None;
    }

    /// The person wants to be told of these from now on.
    pub(crate) fn watch(&mut self, mut peers: Vec<UserId>) {
        peers.truncate(WATCH_MAX);
        if self.presence.watched.as_ref() != Some(&peers) {
            self.presence.watched = Some(peers);
            self.say_watch();
        }
    }

    /// Says it to a relay that may not know it.
    pub(crate) fn say_watch(&mut self) {
        if let Some(peers) = self.presence.watched.clone().filter(|_| self.link.is_open()) {
            self.transmit(ClientFrame::Watch { peers });
        }
    }

    /// The person keeps to themselves from now on what they read, or not. What they have read meanwhile is said then.
    pub(crate) fn hide_reads(&mut self, are_hidden: bool) {
        if std::mem::replace(&mut self.hides_reads, are_hidden)
            && !are_hidden
            && self.link.is_open()
        {
            self.say_reads();
        }
    }
}
