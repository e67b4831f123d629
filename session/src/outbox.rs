//! What a person wrote and the relay has not answered for yet.

use std::collections::{HashSet, VecDeque};

use duologue_protocol::{ClientFrame, MessageId, UserId};

use crate::io::{Draft, Ticket};

/// How many messages may be on their way at once: enough to fill a slow link, few enough that a broken
/// one repeats little.
pub const IN_FLIGHT_MAX: usize = 32;

/// How many messages may wait; one more is refused. A person offline for a day writes fewer.
pub const OUTBOX_MAX: usize = 1_000;

#[derive(Debug)]
struct Item {
    draft: Draft,
    /// It is in the store once this is.
    ticket: Ticket,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// This link's relay has not heard of it.
    Unsent,
    /// It was sent on this link, and its answer is awaited.
    InFlight,
    /// It was sent on this link, and the relay could not store it.
    Refused,
}

/// Messages in the order in which they were written, until each has its answer. The order is kept over
/// reconnects: what was in flight goes back to its place and is sent again, before what came after it.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    items: VecDeque<Item>,
    /// Up to where the store has everything.
    persisted: Ticket,
}

impl Outbox {
    /// What an earlier session left: all of it, since it was promised to the person, even if there is
    /// more than a new message would find room beside.
    pub(crate) fn restore(drafts: Vec<Draft>) -> Self {
        let mut known = HashSet::new();
        let item = |draft| Item { draft, ticket: Ticket::default(), state: State::Unsent };
        let items = drafts.into_iter().filter(|draft| known.insert(draft.id.clone())).map(item);
        Self { items: items.collect(), persisted: Ticket::default() }
    }

    /// Whether a message of this id waits for its answer.
    pub(crate) fn has(&self, id: &MessageId) -> bool {
        self.index(id).is_some()
    }

    pub(crate) fn has_room(&self) -> bool {
        self.items.len() < OUTBOX_MAX
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Takes a message, to be sent once the store has everything up to `ticket`.
    pub(crate) fn push(&mut self, draft: Draft, ticket: Ticket) {
        self.items.push_back(Item { draft, ticket, state: State::Unsent });
    }

    /// The store has everything up to `ticket`.
    pub(crate) fn persisted(&mut self, ticket: Ticket) {
        self.persisted = self.persisted.max(ticket);
    }

    /// To whom they are, each once.
    pub(crate) fn recipients(&self) -> Vec<UserId> {
        let mut recipients: Vec<UserId> = Vec::new();
        for Item { draft: Draft { to, .. }, .. } in &self.items {
            // A person writes to few at a time, and what is to one stands together.
            if !recipients.iter().rev().any(|known| known == to) {
                recipients.push(to.clone());
            }
        }
        recipients
    }

    /// The next message that may be sent now, to somebody who may be written to; it counts as in flight
    /// from here on.
    pub(crate) fn next_to_send(
        &mut self,
        may_write_to: impl Fn(&UserId) -> bool,
    ) -> Option<ClientFrame> {
        if self.items.iter().filter(|item| item.state == State::InFlight).count() >= IN_FLIGHT_MAX {
            return None;
        }
        // Those that are not in the store yet are the last ones: each holds up what comes after it.
        let may_go =
            |item: &&mut Item| item.state != State::InFlight && may_write_to(&item.draft.to);
        let next = self.items.iter_mut().find(may_go)?;
        if next.ticket > self.persisted {
            return None;
        }
        next.state = State::InFlight;
        let Draft { id, to, content } = next.draft.clone();
        Some(ClientFrame::Message { id, to_user_id: to, content })
    }

    /// The relay answered for this message, in whatever state it is: it is gone. Says to whom it was, if
    /// it was here.
    pub(crate) fn settle(&mut self, id: &MessageId) -> Option<UserId> {
        let index = self.index(id)?;
        self.items.remove(index).map(|item| item.draft.to)
    }

    /// The relay has this very message from another connection.
    pub(crate) fn settle_elsewhere(&mut self, draft: &Draft) -> Elsewhere {
        let Some(index) = self.items.iter().position(|item| item.draft == *draft) else {
            return Elsewhere::Unknown;
        };
        if self.items.get(index).is_some_and(|item| item.state != State::Unsent) {
            return Elsewhere::Awaited;
        }
        self.items.remove(index);
        Elsewhere::Settled
    }

    /// The relay could not store this message. Returns whether its answer was awaited.
    pub(crate) fn refuse(&mut self, id: &MessageId) -> bool {
        let is_it = |item: &&mut Item| item.state == State::InFlight && item.draft.id == *id;
        let item = self.items.iter_mut().find(is_it);
        item.map(|item| item.state = State::Refused).is_some()
    }

    /// Whether any answer is awaited.
    pub(crate) fn has_in_flight(&self) -> bool {
        self.items.iter().any(|item| item.state == State::InFlight)
    }

    /// The link broke: nothing is in flight any more.
    pub(crate) fn recall(&mut self) {
        for item in &mut self.items {
            item.state = State::Unsent;
        }
    }

    fn index(&self, id: &MessageId) -> Option<usize> {
        self.items.iter().position(|item| item.draft.id == *id)
    }
}

/// What a message that another connection got through is to this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Elsewhere {
    /// It was not here.
    Unknown,
    /// It was still to be sent, and is gone now.
    Settled,
    /// It was sent on this link too, and stays until that has its answer: if the relay could not store
    /// this copy, it takes nothing else to that person on this link before it comes again.
    Awaited,
}

#[cfg(test)]
mod tests {
    use duologue_protocol::Content;

    use super::*;

    fn id(n: usize) -> MessageId {
        MessageId::parse(n.to_string()).unwrap()
    }

    fn draft(n: usize) -> Draft {
        let (to, content) = (UserId::parse("ben").unwrap(), Content::parse("hi").unwrap());
        Draft { id: id(n), to, content }
    }

    fn filled(n: usize) -> Outbox {
        Outbox::restore((0..n).map(draft).collect())
    }

    fn send_all(outbox: &mut Outbox) -> Vec<MessageId> {
        let id = |frame| match frame {
            ClientFrame::Message { id, .. } => id,
            other => panic!("{other:?}"),
        };
        std::iter::from_fn(|| outbox.next_to_send(|_| true)).map(id).collect()
    }

    #[test]
    fn the_window_is_filled_in_order_and_refilled_by_answers() {
        let mut outbox = filled(40);
        assert_eq!(send_all(&mut outbox), (0..IN_FLIGHT_MAX).map(id).collect::<Vec<_>>());
        assert!(outbox.settle(&id(3)).is_some());
        assert_eq!(send_all(&mut outbox), [id(32)]);
        assert!(outbox.settle(&id(3)).is_none(), "answered once");
    }

    #[test]
    fn what_was_in_flight_is_sent_again_first() {
        let mut outbox = filled(3);
        send_all(&mut outbox);
        outbox.settle(&id(1));
        outbox.recall();
        assert_eq!(send_all(&mut outbox), [id(0), id(2)]);
    }

    #[test]
    fn what_is_not_stored_yet_holds_up_what_comes_after_it() {
        let mut outbox = filled(1);
        outbox.push(draft(1), Ticket(4));
        outbox.push(draft(2), Ticket(5));
        assert_eq!(send_all(&mut outbox), [id(0)]);
        outbox.persisted(Ticket(3));
        assert!(send_all(&mut outbox).is_empty());
        outbox.persisted(Ticket(5));
        outbox.persisted(Ticket(2));
        assert_eq!(send_all(&mut outbox), [id(1), id(2)]);
    }

    #[test]
    fn the_outbox_is_bounded_and_a_restored_one_is_kept_whole() {
        assert!(filled(OUTBOX_MAX - 1).has_room());
        assert!(!filled(OUTBOX_MAX).has_room());
        let mut outbox = filled(OUTBOX_MAX + 5);
        for n in 0..OUTBOX_MAX + 5 {
            send_all(&mut outbox);
            assert!(outbox.settle(&id(n)).is_some());
        }
        assert!(outbox.is_empty());
    }

    #[test]
    fn a_restored_message_that_is_there_twice_is_sent_once() {
        let mut outbox = Outbox::restore(vec![draft(1), draft(2), draft(1)]);
        assert_eq!(send_all(&mut outbox), [id(1), id(2)]);
    }
}
