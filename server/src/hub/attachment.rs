//! One connection's place in the hub: what its client says, given to whom it is for.
//!
//! A message gets its place in the relay's order here. Who is attached, and under which name, is the
//! hub's business.

use std::sync::Arc;

use bytestring::ByteString;
use duologue_protocol::classic::Pair;
use duologue_protocol::{Content, ErrorCode, MessageId, Rejection, Seq, UnixMillis, UserId};

use super::letter::Letter;
use super::member::Brought;
use super::paced::Paced;
use super::{Hub, MemberKey};
use crate::mailbox::Mail;
use crate::post::{Job, Note, Room, Sender};

/// How many messages of a new connection may be repeats: what a client has unanswered when its link
/// breaks. A classic page can't tell a repeat, so it gets these once the mailbox has told.
const PERHAPS_REPEATS: u32 = 32;

/// One connection's place in the hub. Dropping it detaches the connection.
#[derive(Debug)]
pub struct Attachment {
    pub(super) hub: Arc<Hub>,
    pub(super) sender: Arc<Sender>,
    /// Whether it is there by the name's key.
    pub(super) has_key: bool,
    sent: u32,
    paced: Paced,
}

/// What somebody says to somebody.
#[derive(Clone, Debug)]
pub struct Post {
    /// For whom it is.
    pub to: UserId,
    /// The sender's name for it.
    pub id: MessageId,
    /// When the relay took it.
    pub at: UnixMillis,
    /// What a v1 client says; `None` for a classic text.
    pub content: Option<Content>,
    /// The text of a classic sender, as it came.
    pub classic: Option<ByteString>,
}

impl Attachment {
    pub(super) fn new(hub: Arc<Hub>, sender: Sender, has_key: bool) -> Self {
        Self { hub, sender: Arc::new(sender), has_key, sent: 0, paced: Paced::default() }
    }

    /// Hands a message to its addressee's connections, and puts it into the writer's queue.
    ///
    /// # Errors
    /// [`ErrorCode::MessageToSelf`], [`ErrorCode::InvalidName`], [`ErrorCode::RateLimited`],
    /// [`ErrorCode::NameTaken`].
    pub fn post(&mut self, post: Post, room: Room) -> Result<(), Rejection> {
        let Post { to, id, at, content, classic } = post;
        let from = self.person().clone();
        if from == to {
            return Err(Rejection::new(ErrorCode::MessageToSelf, "a message is to somebody else"));
        }
        if from.is_throwaway() != to.is_throwaway() {
            let rule = "those with throwaway names (~…) talk to nobody but each other";
            return Err(Rejection::new(ErrorCode::InvalidName, rule));
        }
        self.paced.admit(&self.hub.pace, &self.sender, &to, &id)?;
        let is_classic = matches!(self.sender.key, MemberKey::Pair(..));
        let surely_new = is_classic || self.sent >= PERHAPS_REPEATS;
        self.sent = self.sent.saturating_add(1);

        let mut state = self.hub.lock();
        let state = &mut *state;
        // Somebody with a key has taken the name since; this connection is ending, and frames of it are still read.
        if !self.has_key && state.claims.has(&from) {
            let rule = format!("the name {from} belongs to a key now");
            return Err(Rejection::new(ErrorCode::NameTaken, rule));
        }
        state.last = state.last.next();
        let mail = Arc::new(Mail { seq: state.last, from, to, id, at, content, classic });
        // The id of a classic text was made up just now.
        let is_new = is_classic || state.recent.is_new(&mail.from, &mail.id);
        let is_new = is_new && !self.sender.is_blocked(&mail.to, &mail.id);
        let mut letter = Letter::new(&mail);
        let last = state.last;
        let to_pair = Pair { from: mail.to.clone(), to: mail.from.clone() };
        let pairs = state.pairs.members(&to_pair).map(|member| (member, is_new && surely_new));
        let people = state.people.members(&mail.to).map(|member| (member, is_new));
        let (mut is_awaited, mut fetches) = (false, Vec::new());
        for (member, at_once) in people.chain(pairs) {
            if at_once {
                is_awaited |= member.bring(&mail, &mut letter) == Brought::Held;
            } else {
                fetches.extend(member.miss(last));
            }
        }
        drop(letter);
        // Pages are read once it is written.
        let sender = Arc::clone(&self.sender);
        self.hub.queue.push(Job::Store { mail, sender, is_awaited, room });
        for fetch in fetches {
            self.hub.queue.push(Job::Fetch(fetch));
        }
        Ok(())
    }

    /// The client has everything up to a place in safety.
    ///
    /// # Errors
    /// [`ErrorCode::BeyondSent`].
    pub fn received(&self, up_to: Seq, room: Room) -> Result<(), Rejection> {
        self.within_given_out(up_to)?;
        let readers = self.sender.outgoing.iter().cloned().collect();
        let note = Note { to: self.person().clone(), from: None, up_to, readers };
        self.hub.queue.push(Job::Delivered { note, room });
        Ok(())
    }

    /// The person has read what `peer` wrote, up to a place. Somebody who never wrote is refused
    /// later, by an `error`.
    ///
    /// # Errors
    /// [`ErrorCode::BeyondSent`].
    pub fn read(&self, peer: UserId, up_to: Seq, room: Room) -> Result<(), Rejection> {
        self.within_given_out(up_to)?;
        if let Some(reader) = self.sender.outgoing.clone() {
            let to = self.person().clone();
            self.hub.queue.push(Job::Read { to, from: peer, up_to, reader, room });
        }
        Ok(())
    }

    /// The client misses something after a place.
    ///
    /// # Errors
    /// [`ErrorCode::BeyondSent`].
    pub fn fetch(&self, after: Seq) -> Result<(), Rejection> {
        self.within_given_out(after)?;
        let mut state = self.hub.lock();
        let last = state.last;
        let fetch = state.member(&self.sender.key).and_then(|member| member.go_back(after, last));
        if let Some(fetch) = fetch {
            self.hub.queue.push(Job::Fetch(fetch));
        }
        Ok(())
    }

    /// Where the client will be once it has read what it was sent.
    pub fn position(&self) -> Seq {
        let mut state = self.hub.lock();
        state.member(&self.sender.key).map_or(Seq::START, |member| member.position())
    }

    /// Not only what this connection was sent: the client may have had it over another one, of another
    /// transport, that this one took over from.
    fn within_given_out(&self, place: Seq) -> Result<(), Rejection> {
        let last = self.hub.lock().last;
        if place <= last {
            return Ok(());
        }
        let rule = format!("the relay gave out nothing beyond {last}");
        Err(Rejection::new(ErrorCode::BeyondSent, rule))
    }

    /// Far enough into a connection that nothing is a repeat any more.
    #[cfg(test)]
    pub(super) fn is_seasoned(&mut self) {
        self.sent = PERHAPS_REPEATS;
    }

    pub(crate) fn person(&self) -> &UserId {
        self.sender.key.person()
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        let mut state = self.hub.lock();
        match &self.sender.key {
            MemberKey::Person(person, id) => {
                state.people.remove(person, *id);
                state.presence.left(person);
            }
            MemberKey::Pair(pair, id) => state.pairs.remove(pair, *id),
        }
    }
}
