//! What the person writes: stored first, and sent while the link is open, the relay takes it, and nothing is
//! wrong with whom it is to. In which order, and what becomes of it, is the outbox's business.

use duologue_protocol::{ClientFrame, UnixMillis, UserId};

use crate::clock::Time;
use crate::io::{Change, Draft};
use crate::reason::Reason;
use crate::session::Session;

impl Session {
    /// The person wrote a message.
    pub(crate) fn user_sent(&mut self, at: UnixMillis, draft: Draft) {
        if self.outbox.has(&draft.id) {
            return;
        }
        self.typed();
        let (id, to) = (draft.id.clone(), draft.to.clone());
        let has_room = self.outbox.has_room();
        let ticket = self.change(Change::Queued { draft: draft.clone(), at });
        if has_room {
            self.outbox.push(draft, ticket);
        } else {
            // Shown and stored first, so that what the person wrote is there to be tried again.
            self.change(Change::Failed { id, to, reason: Reason::outbox_full() });
        }
    }

    /// Sends what may be sent now.
    pub(crate) fn transmit_outbox(&mut self, now: Time) {
        if !self.link.is_open() || !self.hold.may_send(|| self.outbox.has_in_flight()) {
            return;
        }
        self.ask_for_recipients(now);
        let (has_key, peers) = (self.has_key, &self.peers);
        let may_write_to = |peer: &UserId| !has_key || peers.may_write_to(peer);
        let frames: Vec<ClientFrame> =
            std::iter::from_fn(|| self.outbox.next_to_send(may_write_to)).collect();
        for frame in frames {
            self.transmit(frame);
            self.expect_answer(now);
        }
    }
}
