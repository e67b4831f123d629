//! Who is here, and who gets a message.
//!
//! Connections attach under the name that their dialect routes by: a v1 connection under its person,
//! a classic one under its pair. Both are looked up by hash, so that a message costs what it has
//! recipients, however many connections there are.
//!
//! A message gets its place in the relay's order (`attachment`), is handed to whoever is live, and goes
//! into the writer's queue: all under one lock, so that everybody sees one order, and the disk the same.
//! Nobody waits for the disk but the sender's `stored`. How far one connection is with its mail is
//! `member`'s business, what happens after a commit `settle`'s.

mod attachment;
mod claims;
mod directory;
mod late;
mod letter;
mod member;
mod paced;
mod presence;
mod recent;
pub(crate) mod settle;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytestring::ByteString;
use duologue_protocol::classic::Pair;
use duologue_protocol::identity::PublicKey;
use duologue_protocol::{CloseCode, Rejection, Seq, UnixMillis, UserId};

use self::claims::{Claims, Opened};
use self::directory::Directory;
use self::member::Member;
use self::presence::Presence;
use self::recent::Recent;
use crate::metrics::Metrics;
use crate::outgoing::Outgoing;
use crate::pace::Pace;
use crate::post::{Fetch, FetchWhat, Job, Queue, Room, Sender, Share};

pub use self::attachment::{Attachment, Post};
pub(crate) use self::member::RECEIPTS_PAGE;
pub(crate) use self::presence::SWEEP_EVERY;

/// All open connections of a relay.
#[derive(Debug)]
pub struct Hub {
    state: Mutex<State>,
    queue: Arc<Queue>,
    attached: AtomicU64,
    pace: Pace,
    pub(crate) metrics: Arc<Metrics>,
}

#[derive(Debug)]
struct State {
    people: Directory<UserId>,
    pairs: Directory<Pair>,
    claims: Claims,
    presence: Presence,
    recent: Recent,
    /// The last place that was given out.
    last: Seq,
    /// The version of the last receipt that was written.
    newest_receipt: Seq,
    /// The version of the last receipt that a client was told of. It may be newer than the newest: the
    /// reader sees what is written before its writer has said so.
    told_receipt: Seq,
}

/// One connection, by the name that it is found under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemberKey {
    /// A v1 connection.
    Person(UserId, ConnectionId),
    /// A classic connection.
    Pair(Pair, ConnectionId),
}

/// Tells a relay's connections apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionId(u64);

/// Who opens a v1 connection.
#[derive(Clone, Debug)]
pub struct Opening {
    /// In whose name.
    pub person: UserId,
    /// The key that was proved.
    pub key: Option<PublicKey>,
    /// What it hears once it is in.
    pub welcome: ByteString,
}

impl Hub {
    /// A hub that gives out places from `first` on and hands what is to be stored to `queue`. `claims`:
    /// which names belong to which keys.
    pub fn new(
        first: Seq,
        claims: impl IntoIterator<Item = (UserId, PublicKey)>,
        queue: Arc<Queue>,
        pace: Pace,
        metrics: Arc<Metrics>,
    ) -> Self {
        let state = State {
            people: Directory::default(),
            pairs: Directory::default(),
            claims: Claims::restore(claims),
            presence: Presence::default(),
            recent: Recent::default(),
            last: first.before(),
            newest_receipt: first.before(),
            told_receipt: first.before(),
        };
        Self { state: Mutex::new(state), queue, attached: AtomicU64::new(0), pace, metrics }
    }

    /// Room for one more frame's work of a connection, where there is any now.
    pub fn try_room(&self, share: &Share) -> Option<Room> {
        self.queue.try_room(share)
    }

    /// Waits until there is room for one more frame's work of a connection.
    pub async fn room(&self, share: &Share) -> Room {
        self.queue.room(share).await
    }

    /// From where the relay goes on for a client that says it has its mail up to `cursor`, and its
    /// receipts up to a version: from the beginning, if this relay never was there.
    pub fn resume(&self, cursor: Seq, receipts: Seq) -> (Seq, Seq) {
        let state = self.lock();
        // If one of them is of another order, so may the other be.
        let is_ours =
            cursor <= state.last && receipts <= state.newest_receipt.max(state.told_receipt);
        if is_ours { (cursor, receipts) } else { (Seq::START, Seq::START) }
    }

    /// Attaches a v1 connection: it is welcomed, gets the mail of `person` after `cursor` and the receipts
    /// after a version, and then what is new. `key`: what it has proved to have.
    ///
    /// # Errors
    /// [`NameTaken`](duologue_protocol::ErrorCode::NameTaken),
    /// [`NamesFull`](duologue_protocol::ErrorCode::NamesFull).
    pub fn attach_person(
        self: &Arc<Self>,
        Opening { person, key, welcome }: Opening,
        outgoing: Outgoing,
        cursor: Seq,
        receipts: Seq,
    ) -> Result<Attachment, Rejection> {
        let member_key = MemberKey::Person(person.clone(), self.next_id());
        let member = Member::v1(member_key.clone(), outgoing.clone(), cursor, receipts);
        let mut state = self.lock();
        // Before the connection is in the hub, so that `welcome` comes before any message. Where the name
        // is to be written first, mail waits too: it is read for this connection after that.
        match (state.claims.open(&person, key)?, key) {
            (Opened::ToBeWritten { is_new }, Some(key)) => {
                if is_new {
                    state.end_keyless(&person);
                }
                let (name, outgoing) = (person.clone(), outgoing.clone());
                self.queue.push(Job::Claim { name, key, outgoing, welcome });
            }
            _ => drop(outgoing.text(welcome)),
        }
        state.people.make_room(&person);
        let last = state.last;
        self.start(state.people.insert(person, member), last);
        drop(state);
        Ok(self.attachment(member_key, Some(outgoing), key.is_some()))
    }

    /// Attaches a classic connection: it gets what `pair.to` wrote to `pair.from` and no client of
    /// theirs has yet, and then what is new.
    ///
    /// # Errors
    /// [`NameTaken`](duologue_protocol::ErrorCode::NameTaken).
    pub fn attach_pair(
        self: &Arc<Self>,
        pair: Pair,
        outgoing: Outgoing,
    ) -> Result<Attachment, Rejection> {
        let key = MemberKey::Pair(pair.clone(), self.next_id());
        outgoing.on_delivered(self.delivered_to(pair.clone()));
        let member = Member::classic(key.clone(), outgoing);
        let mut state = self.lock();
        state.claims.open(&pair.from, None)?;
        state.pairs.make_room(&pair);
        let last = state.last;
        self.start(state.pairs.insert(pair, member), last);
        drop(state);
        Ok(self.attachment(key, None, false))
    }

    /// Has everything removed, step by step, that the relay took before a time.
    pub fn expire(&self, before: UnixMillis) {
        self.queue.push(Job::Expire { before });
    }

    fn start(&self, member: &mut Member, last: Seq) {
        let receipts = member.receipts_behind().map(|after| FetchWhat::Receipts { after });
        let receipts = receipts.map(|what| Fetch { who: member.key.clone(), what });
        for fetch in member.ask(last).into_iter().chain(receipts) {
            self.queue.push(Job::Fetch(fetch));
        }
    }

    fn attachment(
        self: &Arc<Self>,
        key: MemberKey,
        outgoing: Option<Outgoing>,
        has_key: bool,
    ) -> Attachment {
        Attachment::new(Arc::clone(self), Sender::new(outgoing, key), has_key)
    }

    fn next_id(&self) -> ConnectionId {
        ConnectionId(self.attached.fetch_add(1, Ordering::Relaxed))
    }

    /// A panic can't leave the directories half changed: no code that may panic runs under the lock.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A name has an owner from now on: whoever had it without a key goes.
    fn end_keyless(&mut self, name: &UserId) {
        let of_pairs = self.pairs.all().filter(|member| member.key.person() == name);
        for member in self.people.members(name).chain(of_pairs) {
            member.outgoing.end(CloseCode::NotYours);
        }
    }

    fn member(&mut self, key: &MemberKey) -> Option<&mut Member> {
        match key {
            MemberKey::Person(person, id) => self.people.find(person, *id),
            MemberKey::Pair(pair, id) => self.pairs.find(pair, *id),
        }
    }
}

impl MemberKey {
    /// Whose connection it is.
    pub fn person(&self) -> &UserId {
        match self {
            Self::Person(person, _) => person,
            Self::Pair(pair, _) => &pair.from,
        }
    }

    fn id(&self) -> ConnectionId {
        match self {
            Self::Person(_, id) | Self::Pair(_, id) => *id,
        }
    }
}

#[cfg(test)]
pub(crate) fn key_for_tests() -> MemberKey {
    MemberKey::Person(UserId::parse("ann").unwrap(), ConnectionId(0))
}

#[cfg(test)]
mod tests;
