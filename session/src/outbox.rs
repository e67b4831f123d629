//! What a person wrote and the relay has not answered for yet.

use std::collections::VecDeque;

use duologue_protocol::{ClientFrame, Content, MessageId, UserId};

/// How many messages may be on their way at once: enough to fill a slow link, few enough that a broken
/// one repeats little.
pub const IN_FLIGHT_MAX: usize = 32;

/// How many messages may wait; one more is refused. A person offline for a day writes fewer.
pub const OUTBOX_MAX: usize = 1_000;

#[derive(Debug)]
struct Item {
    id: MessageId,
    to: UserId,
    content: Content,
    in_flight: bool,
}

/// Messages in the order in which they were written, until each has its answer. The order is kept over
/// reconnects: what was in flight goes back to its place and is sent again, before what came after it.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    items: VecDeque<Item>,
}

impl Outbox {
    /// Takes a message; false when there is no room for it.
    pub(crate) fn push(&mut self, id: MessageId, to: UserId, content: Content) -> bool {
        let has_room = self.items.len() < OUTBOX_MAX;
        if has_room {
            self.items.push_back(Item { id, to, content, in_flight: false });
        }
        has_room
    }

    /// The next message that may be sent now; it counts as in flight from here on.
    pub(crate) fn next_to_send(&mut self) -> Option<ClientFrame> {
        // In-flight messages are always the first ones, so the window is a prefix.
        let next = self.items.iter_mut().take(IN_FLIGHT_MAX).find(|item| !item.in_flight)?;
        next.in_flight = true;
        Some(ClientFrame::Message {
            id: next.id.clone(),
            to_user_id: next.to.clone(),
            content: next.content.clone(),
        })
    }

    /// The relay answered for this message: it is gone. Says to whom it was, if it was here.
    pub(crate) fn settle(&mut self, id: &MessageId) -> Option<UserId> {
        let index = self.items.iter().position(|item| item.in_flight && item.id == *id)?;
        self.items.remove(index).map(|item| item.to)
    }

    /// The link broke: nothing is in flight any more.
    pub(crate) fn recall(&mut self) {
        for item in &mut self.items {
            item.in_flight = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: usize) -> MessageId {
        MessageId::parse(n.to_string()).unwrap()
    }

    fn filled(n: usize) -> Outbox {
        let mut outbox = Outbox::default();
        for n in 0..n {
            let to = UserId::parse("ben").unwrap();
            assert!(outbox.push(id(n), to, Content::parse("hi").unwrap()));
        }
        outbox
    }

    fn send_all(outbox: &mut Outbox) -> Vec<MessageId> {
        std::iter::from_fn(|| outbox.next_to_send())
            .map(|frame| match frame {
                ClientFrame::Message { id, .. } => id,
                other => panic!("an outbox sends messages, not {other:?}"),
            })
            .collect()
    }

    #[test]
    fn the_window_is_filled_in_order_and_refilled_by_answers() {
        let mut outbox = filled(40);
        assert_eq!(send_all(&mut outbox), (0..IN_FLIGHT_MAX).map(id).collect::<Vec<_>>());
        assert!(outbox.settle(&id(3)).is_some());
        assert_eq!(send_all(&mut outbox), [id(32)]);
        assert!(outbox.settle(&id(3)).is_none(), "answered once");
        assert!(outbox.settle(&id(39)).is_none(), "not sent yet");
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
    fn the_outbox_is_bounded() {
        let mut outbox = filled(OUTBOX_MAX);
        let to = UserId::parse("ben").unwrap();
        assert!(!outbox.push(id(OUTBOX_MAX), to, Content::parse("hi").unwrap()));
    }
}
