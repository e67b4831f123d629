//! Writes what waits, a batch at a time, and sees to it that whoever is concerned hears of it: after
//! the commit, never before.

use std::collections::HashSet;
use std::sync::Arc;

use bytestring::ByteString;
use duologue_protocol::{MessageId, Seq, UnixMillis, UserId};
use tracing::{error, info};

use super::fill::{Fills, Full};
use super::queue::{Fetch, Job, Note, Room, Sender, Size};
use crate::hub::Hub;
use crate::hub::settle::{self, Unstored};
use crate::mailbox::{Entry, Mail, Mailbox, StorageError, Written};
use crate::outgoing::Outgoing;

/// How many messages are removed at a time: some milliseconds of a disk's work, which is what a new
/// message may have to wait for it.
const EXPIRE_STEP: usize = 500;

/// The writer of a relay.
pub struct Writer {
    mailbox: Box<dyn Mailbox>,
    hub: Arc<Hub>,
    /// The version of the last receipt.
    version: Seq,
    is_failing: bool,
    fills: Fills,
}

/// A batch that was tried, with what became of it. Nobody was told yet.
#[derive(Debug)]
pub struct Committed {
    outcome: Result<Vec<Written>, StorageError>,
    tried: Vec<Tried>,
    blocked: Vec<(Arc<Mail>, Arc<Sender>, MessageId)>,
    fetches: Vec<Fetch>,
    /// Given back once the batch is settled.
    rooms: Vec<Room>,
}

/// Who asked for an entry.
#[derive(Debug)]
enum Tried {
    Store {
        mail: Arc<Mail>,
        sender: Arc<Sender>,
        is_awaited: bool,
    },
    /// There is no room for it; but it may be a repeat.
    Look(Arc<Mail>, Arc<Sender>, Full),
    Delivered(Vec<Outgoing>),
    Read(Outgoing),
    Claim {
        name: UserId,
        outgoing: Outgoing,
        welcome: ByteString,
    },
}

impl Committed {
    /// The same in parts, to be settled one after the other: short ones where few connections are concerned, so that
    /// nobody waits until all that somebody else has said is [told](Writer::settle).
    pub fn parts(self) -> Vec<Self> {
        let Self { outcome, tried, blocked, fetches, rooms } = self;
        let written = match outcome {
            Ok(written) => written,
            Err(error) => {
                let outcome = Err(error);
                return vec![Self { outcome, tried, blocked, fetches, rooms }];
            }
        };
        let senders = tried.iter().filter_map(Tried::sender).collect::<HashSet<_>>();
        // As in the queue, what is of no connection counts as one.
        let others = tried.iter().filter(|tried| tried.sender().is_none()).count();
        let size = Size::Fair.among(tried.len(), senders.len() + others);
        let (mut tried, mut written) = (tried.into_iter(), written.into_iter());
        let mut parts = Vec::new();
        loop {
            let tried: Vec<_> = tried.by_ref().take(size).collect();
            let written = written.by_ref().take(tried.len()).collect();
            if tried.is_empty() {
                // What is read, and what has room again, comes after all of them.
                parts.push(Self { outcome: Ok(written), tried, blocked, fetches, rooms });
                return parts;
            }
            let (blocked, fetches, rooms) = (Vec::new(), Vec::new(), Vec::new());
            parts.push(Self { outcome: Ok(written), tried, blocked, fetches, rooms });
        }
    }
}

impl Tried {
    /// The connection that asked, where it matters.
    fn sender(&self) -> Option<*const Sender> {
        match self {
            Self::Store { sender, .. } | Self::Look(_, sender, _) => Some(Arc::as_ptr(sender)),
            Self::Delivered(_) | Self::Read(_) | Self::Claim { .. } => None,
        }
    }
}

impl Writer {
    /// A writer whose receipts count from `first` on.
    pub fn new(mailbox: Box<dyn Mailbox>, hub: Arc<Hub>, first: Seq) -> Self {
        Self { mailbox, hub, version: first.before(), is_failing: false, fills: Fills::default() }
    }

    /// Writes a batch. Nobody hears of it before [`settle`](Self::settle).
    pub fn commit(&mut self, jobs: Vec<Job>) -> Committed {
        let mut batch = Vec::with_capacity(jobs.len());
        let mut committed = Committed {
            outcome: Ok(Vec::new()),
            tried: Vec::with_capacity(jobs.len()),
            blocked: Vec::new(),
            fetches: Vec::new(),
            rooms: Vec::new(),
        };
        let mut expire = None;
        for job in jobs {
            match job {
                Job::Store { mail, sender, is_awaited, room } => {
                    committed.rooms.push(room);
                    if let Some(by) = sender.blocked_by(&mail.to, &mail.id) {
                        committed.blocked.push((mail, sender, by));
                    } else if let Err(full) = self.fills.take(&mut *self.mailbox, &mail) {
                        batch.push(Entry::Look(Arc::clone(&mail)));
                        committed.tried.push(Tried::Look(mail, sender, full));
                    } else {
                        batch.push(Entry::Append(Arc::clone(&mail)));
                        committed.tried.push(Tried::Store { mail, sender, is_awaited });
                    }
                }
                Job::Delivered { note, room } => {
                    committed.rooms.push(room);
                    let Note { to, from, up_to, readers } = note;
                    let version = self.next_version();
                    batch.push(Entry::Delivered { to, from, up_to, version });
                    committed.tried.push(Tried::Delivered(readers));
                }
                Job::Read { to, from, up_to, reader, room } => {
                    committed.rooms.push(room);
                    let version = self.next_version();
                    batch.push(Entry::Read { to, from, up_to, version });
                    committed.tried.push(Tried::Read(reader));
                }
                Job::Claim { name, key, outgoing, welcome } => {
                    batch.push(Entry::Claim { name: name.clone(), key });
                    committed.tried.push(Tried::Claim { name, outgoing, welcome });
                }
                Job::Fetch(fetch) => committed.fetches.push(fetch),
                Job::Expire { before } => expire = Some(before),
            }
        }
        if !batch.is_empty() {
            committed.outcome = self.mailbox.write(&batch);
            self.log_change(committed.outcome.as_ref().err());
        }
        if let Some(before) = expire {
            self.expire(before);
        }
        committed
    }

    /// Tells everybody what became of a batch, and returns what is to be read now.
    pub fn settle(&mut self, committed: Committed) -> Vec<Fetch> {
        let Committed { outcome, tried, blocked, fetches, rooms } = committed;
        match outcome {
            Ok(written) => {
                for (tried, written) in tried.into_iter().zip(written) {
                    self.settle_one(&tried, &written);
                }
            }
            Err(error) => {
                for tried in tried {
                    match tried {
                        Tried::Store { mail, sender, .. } => {
                            self.fills.give_back(&mail);
                            sender.refuse(&mail.to, &mail.id);
                            self.hub.not_stored(&mail, &sender, &Unstored::Storage(&error));
                        }
                        Tried::Look(mail, sender, _) => {
                            sender.refuse(&mail.to, &mail.id);
                            self.hub.not_stored(&mail, &sender, &Unstored::Storage(&error));
                        }
                        Tried::Read(reader) => settle::not_noted(&self.hub, &reader, &error),
                        Tried::Delivered(readers) => {
                            for reader in readers {
                                settle::not_noted(&self.hub, &reader, &error);
                            }
                        }
                        Tried::Claim { outgoing, .. } => {
                            settle::not_claimed(&self.hub, &outgoing, &error);
                        }
                    }
                }
            }
        }
        for (mail, sender, by) in blocked {
            self.hub.not_stored(&mail, &sender, &Unstored::Behind(&by));
        }
        drop(rooms);
        fetches
    }

    fn settle_one(&mut self, tried: &Tried, written: &Written) {
        match (tried, written) {
            (Tried::Store { mail, sender, is_awaited }, Written::New) => {
                self.hub.stored(mail, sender, *is_awaited);
            }
            (Tried::Look(mail, sender, full), Written::Absent) => {
                self.hub.not_stored(mail, sender, &Unstored::Full(*full));
            }
            (Tried::Look(mail, sender, _), Written::Repeat { seq, at }) => {
                self.hub.repeated(mail, sender, *seq, *at);
            }
            (Tried::Look(mail, sender, _), Written::IdReused) => {
                self.hub.not_stored(mail, sender, &Unstored::IdReused);
            }
            (Tried::Store { mail, sender, .. }, Written::Repeat { seq, at }) => {
                self.fills.give_back(mail);
                self.hub.repeated(mail, sender, *seq, *at);
            }
            (Tried::Store { mail, sender, .. }, Written::IdReused) => {
                self.fills.give_back(mail);
                self.hub.not_stored(mail, sender, &Unstored::IdReused);
            }
            (_, Written::Receipts(receipts)) => self.hub.receipts(receipts),
            (Tried::Claim { name, outgoing, welcome }, Written::Claimed) => {
                self.hub.claimed(name, outgoing, welcome);
            }
            (Tried::Read(reader), Written::UnknownPeer) => settle::unknown_peer(&self.hub, reader),
            // Without the job, which may hold a message.
            (_, written) => error!(?written, "a mailbox answered something else than asked"),
        }
    }

    /// One step of many: what is left is a job for later, behind everything that waits now.
    fn expire(&mut self, before: UnixMillis) {
        self.fills.doubt();
        match self.mailbox.expire(before, EXPIRE_STEP) {
            Ok(EXPIRE_STEP) => self.hub.expire(before),
            Ok(removed) => info!(removed, "the last expired messages are removed"),
            Err(error) => info!(%error, "expired messages stay for now"),
        }
    }

    fn next_version(&mut self) -> Seq {
        self.version = self.version.next();
        self.version
    }

    /// An error is logged when it begins and when it ends, not with every batch.
    fn log_change(&mut self, error: Option<&StorageError>) {
        match error {
            Some(error) if !self.is_failing => error!(%error, "nothing can be stored"),
            None if self.is_failing => info!("messages are stored again"),
            _ => {}
        }
        self.is_failing = error.is_some();
    }
}
