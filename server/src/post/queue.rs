//! What waits to be written, in order.
//!
//! Putting in never waits, since it happens under the hub's lock. What bounds the queue is [`Room`].

mod notes;
mod room;
mod size;

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytestring::ByteString;
use duologue_protocol::identity::PublicKey;
use duologue_protocol::{MessageId, Seq, UnixMillis, UserId};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::hub::MemberKey;
use crate::mailbox::Mail;
use crate::outgoing::Outgoing;
pub use notes::Note;
use notes::Notes;
use room::Rooms;
pub use room::{Room, Share};
pub use size::{BATCH_MAX, Size};

/// Something for the writer to do.
#[derive(Debug)]
pub enum Job {
    /// Store a message and tell its sender.
    Store {
        /// The message.
        mail: Arc<Mail>,
        /// Who is to be told.
        sender: Arc<Sender>,
        /// Whether somebody waits for what becomes of it.
        is_awaited: bool,
        /// What it takes of the bound.
        room: Room,
    },
    /// Mail is safe with its addressee. It comes out with others of its kind, after what it is about.
    Delivered {
        /// Which mail.
        note: Note,
        /// What it takes of the bound.
        room: Room,
    },
    /// Mail was read.
    Read {
        /// Who has read it.
        to: UserId,
        /// Who wrote it.
        from: UserId,
        /// Up to where.
        up_to: Seq,
        /// Who is told if that can't be, or can't be written.
        reader: Outgoing,
        /// What it takes of the bound.
        room: Room,
    },
    /// Keep that a name belongs to a key, and then welcome whoever opened it.
    Claim {
        /// The name.
        name: UserId,
        /// The key.
        key: PublicKey,
        /// Who is to be welcomed, or told that it can't be.
        outgoing: Outgoing,
        /// What they hear then.
        welcome: ByteString,
    },
    /// Read a page for a connection, once everything before this is written.
    Fetch(Fetch),
    /// Remove what is older than this.
    Expire {
        /// Messages from before go.
        before: UnixMillis,
    },
}

/// What a connection is to be read.
#[derive(Clone, Debug)]
pub struct Fetch {
    /// Which connection.
    pub who: MemberKey,
    /// What of.
    pub what: FetchWhat,
}

/// Mail or receipts.
#[derive(Clone, Copy, Debug)]
pub enum FetchWhat {
    /// Mail.
    Mail {
        /// After this place; `None`: after what was delivered.
        after: Option<Seq>,
        /// The last place that the hub had given out when it asked.
        snapshot: Seq,
    },
    /// Receipts after this version.
    Receipts {
        /// The version.
        after: Seq,
    },
}

/// The connection that a message came by.
#[derive(Debug)]
pub struct Sender {
    /// Where the answer goes; `None` for a classic page, which knows no answers.
    pub outgoing: Option<Outgoing>,
    /// Whose connection it is, and which.
    pub key: MemberKey,
    refused: Mutex<Refused>,
}

/// What was not taken of a connection. While there is anything to somebody, nothing else to them is taken, or it would
/// overtake. The first message that comes again is where the client starts anew.
#[derive(Debug, Default)]
pub(crate) struct Refused(Vec<(UserId, MessageId)>);

/// How many refused messages of a connection are remembered: twice what a client has unanswered. From one
/// that sends more without an answer nothing new is taken.
const REFUSED_MAX: usize = 64;

/// How much waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Depth {
    /// Jobs of every kind.
    pub(crate) jobs: usize,
    /// Messages among them.
    pub(crate) messages: usize,
}

/// The queue. Shared by the hub, which puts in, and the writer, which takes out.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: Mutex<Waiting>,
    /// Wakes the writer's task.
    filled: Notify,
    /// Wakes whoever [pauses](Self::pause).
    ended: Condvar,
    rooms: Rooms,
}

#[derive(Debug, Default)]
struct Waiting {
    jobs: VecDeque<Job>,
    /// What was delivered: apart from the jobs, since many of them become one.
    notes: Notes,
    /// How many jobs were ever put in, and how many of them taken out.
    put: u64,
    taken: u64,
    /// How many connections jobs wait of. One that is of none counts as one.
    connections: usize,
    closed: bool,
}

impl Job {
    /// What it takes of the bound, if it is of a connection's that are bounded.
    fn room(&self) -> Option<&Room> {
        match self {
            Self::Store { room, .. } | Self::Delivered { room, .. } | Self::Read { room, .. } => {
                Some(room)
            }
            Self::Claim { .. } | Self::Fetch(_) | Self::Expire { .. } => None,
        }
    }
}

impl Queue {
    /// Waits until there is room for one more frame's work of a connection.
    pub async fn room(&self, share: &Share) -> Room {
        self.rooms.one(share).await
    }

    /// The same, where there is room now. Those who wait come first.
    pub fn try_room(&self, share: &Share) -> Option<Room> {
        self.rooms.try_one(share)
    }

    /// Puts in a job. After [`close`](Self::close) it is dropped.
    pub fn push(&self, job: Job) {
        let mut waiting = self.lock();
        if waiting.closed {
            return;
        }
        let was_empty = waiting.is_empty();
        let put = waiting.put;
        match job {
            Job::Delivered { note, room } => waiting.notes.add(note, room, put),
            job => waiting.put(job),
        }
        // Where only notes wait, whoever takes them out sleeps until they are due.
        let is_first = was_empty || waiting.jobs.len() == 1;
        drop(waiting);
        if is_first {
            self.filled.notify_one();
        }
    }

    /// The next batch: at once what came while the last one was written, and otherwise when there is something to do and
    /// everybody who has something to add had their turn: a batch is written for all whose frames are there already, and
    /// nobody waits for those whose are not. `None` once the queue is closed and empty.
    pub async fn batch(&self, size: Size) -> Option<Vec<Job>> {
        loop {
            let due = {
                let mut waiting = self.lock();
                let jobs = waiting.next(size);
                if !jobs.is_empty() {
                    return Some(jobs);
                }
                if waiting.closed {
                    return None;
                }
                waiting.notes.due()
            };
            match due {
                Some(due) => drop(timeout_at(due, self.filled.notified()).await),
                None => self.filled.notified().await,
            }
            tokio::task::yield_now().await;
        }
    }

    /// Takes out the oldest jobs, and everything that was delivered; none if none wait.
    pub fn take(&self, size: Size) -> Vec<Job> {
        let mut waiting = self.lock();
        let mut jobs = waiting.jobs(size);
        waiting.add_notes(&mut jobs);
        jobs
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// How much waits. Looks at every job: for who asks now and then.
    pub(crate) fn depth(&self) -> Depth {
        let waiting = self.lock();
        let messages = waiting.jobs.iter().filter(|job| matches!(job, Job::Store { .. }));
        let jobs = waiting.jobs.len() + waiting.notes.len();
        Depth { jobs, messages: messages.count() }
    }

    /// Waits for a time, or until the queue is closed; returns whether it is.
    pub fn pause(&self, time: Duration) -> bool {
        let (waiting, _) = self
            .ended
            .wait_timeout_while(self.lock(), time, |waiting| !waiting.closed)
            .unwrap_or_else(PoisonError::into_inner);
        waiting.closed
    }

    /// Takes nothing in any more; what is in still comes out.
    pub fn close(&self) {
        self.lock().closed = true;
        self.ended.notify_all();
        self.filled.notify_one();
    }

    /// A panic can't leave the queue half changed: no code that may panic runs under the lock.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.jobs.is_empty() && self.notes.is_empty()
    }

    /// The oldest jobs, with the notes where they are due: after their time, at the end, and before anybody reads.
    fn next(&mut self, size: Size) -> Vec<Job> {
        let mut jobs = self.jobs(size);
        let is_message = |job: &Job| matches!(job, Job::Store { .. });
        let is_due = |due| due <= Instant::now();
        if self.closed || !jobs.iter().all(is_message) || self.notes.due().is_some_and(is_due) {
            self.add_notes(&mut jobs);
        }
        jobs
    }

    fn put(&mut self, job: Job) {
        let is_another = job.room().is_none_or(Room::wait);
        self.connections += usize::from(is_another);
        self.put += 1;
        self.jobs.push_back(job);
    }

    fn jobs(&mut self, size: Size) -> Vec<Job> {
        // At the end nobody comes in between any more.
        let size = if self.closed { Size::Large } else { size };
        let count = size.among(self.jobs.len(), self.connections);
        let jobs: Vec<Job> = self.jobs.drain(..count).collect();
        let is_last = |job: &&Job| job.room().is_none_or(Room::wait_no_more);
        self.connections -= jobs.iter().filter(is_last).count();
        self.taken += jobs.len() as u64;
        jobs
    }

    fn add_notes(&mut self, jobs: &mut Vec<Job>) {
        let notes = self.notes.take(self.taken).into_iter();
        jobs.extend(notes.map(|(note, room)| Job::Delivered { note, room }));
    }
}

impl Sender {
    /// The sender at a connection.
    pub fn new(outgoing: Option<Outgoing>, key: MemberKey) -> Self {
        Self { outgoing, key, refused: Mutex::default() }
    }

    /// Whether this message can't be stored yet, since one before it could not be.
    pub(crate) fn is_blocked(&self, to: &UserId, id: &MessageId) -> bool {
        self.outgoing.is_some() && self.refused().before(to, id).is_some()
    }

    /// The same, in the writer's turn: a message that was refused and comes again starts anew, and one
    /// that is blocked counts as refused. Returns what has to come first.
    pub(super) fn blocked_by(&self, to: &UserId, id: &MessageId) -> Option<MessageId> {
        // Nothing of a classic page's is ever refused.
        self.outgoing.as_ref()?;
        let mut refused = self.refused();
        let first = refused.before(to, id).cloned();
        match first {
            Some(_) => refused.push(to, id),
            None => refused.clear(to),
        }
        first
    }

    /// Whether this message is among those that could not be stored.
    pub(crate) fn was_refused(&self, to: &UserId, id: &MessageId) -> bool {
        self.refused().has(to, id)
    }

    /// This message could not be stored. Nobody sends a classic page's again, so it blocks nothing.
    pub(super) fn refuse(&self, to: &UserId, id: &MessageId) {
        if self.outgoing.is_some() {
            self.refused().push(to, id);
        }
    }

    fn refused(&self) -> MutexGuard<'_, Refused> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Refused {
    /// What has to come again before this message is taken.
    pub(crate) fn before(&self, to: &UserId, id: &MessageId) -> Option<&MessageId> {
        if self.has(to, id) {
            return None;
        }
        let to_them = self.0.iter().find(|(other, _)| other == to);
        let is_full = self.0.len() >= REFUSED_MAX;
        to_them.or_else(|| self.0.first().filter(|_| is_full)).map(|(_, first)| first)
    }

    pub(crate) fn has(&self, to: &UserId, id: &MessageId) -> bool {
        self.0.iter().any(|(other, refused)| refused == id && other == to)
    }

    pub(crate) fn push(&mut self, to: &UserId, id: &MessageId) {
        if self.0.len() < REFUSED_MAX && !self.has(to, id) {
            self.0.push((to.clone(), id.clone()));
        }
    }

    /// The client starts anew with what it has for `to`.
    pub(crate) fn clear(&mut self, to: &UserId) {
        self.0.retain(|(other, _)| other != to);
    }
}

#[cfg(test)]
mod tests;
