//! Mailboxes in memory: for `--ephemeral`, and for the simulator, which keeps a handle over a crash of
//! its relay. Bounded in bytes: where there is no more room, the oldest go that were delivered. Does the same on every
//! run.

mod ages;
mod by_id;
mod letterbox;
mod receipts;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use duologue_protocol::identity::PublicKey;
use duologue_protocol::{Seq, UnixMillis, UserId};

use self::ages::Ages;
use self::by_id::ById;
use self::letterbox::Letterbox;
use self::receipts::Receipts;
use super::{
    Entry, Kept, Mail, Mailbox, PLACE_TAKEN, Page, Query, Reader, Receipt, StorageError, Written,
    fill, numbering,
};

/// How much mail there may be in memory, with what it takes to find it: a million short messages, on a
/// machine that has room for them beside its connections.
pub const MEMORY_MAX_BYTES: usize = 256 * 1024 * 1024;

/// What one message takes beside its words, about: its names, its entries in four maps, and its part of
/// a receipt.
const MAIL_OVERHEAD: usize = 512;

/// How many messages are looked at for one batch to find what can go: twice a batch. Where nobody fetches their mail,
/// most can't, and the next batch looks on from there.
const LOOKED_AT_MAX: usize = 1_024;

/// Mailboxes in memory. A clone is another handle to the same ones.
#[derive(Clone, Debug, Default)]
pub struct MemoryMailbox {
    store: Arc<Mutex<Store>>,
}

impl MemoryMailbox {
    /// Mailboxes with another bound than [`MEMORY_MAX_BYTES`].
    #[must_use]
    pub fn bounded(max_bytes: usize) -> Self {
        let store = Store { max_bytes, ..Store::default() };
        Self { store: Arc::new(Mutex::new(store)) }
    }

    /// What is written stays whole if a thread panics: every change is made after all checks.
    fn lock(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mailbox for MemoryMailbox {
    fn write(&mut self, batch: &[Entry]) -> Result<Vec<Written>, StorageError> {
        let mut store = self.lock();
        store.check(batch)?;
        Ok(batch.iter().map(|entry| store.write(entry)).collect())
    }

    fn expire(&mut self, before: UnixMillis, at_most: usize) -> Result<usize, StorageError> {
        Ok(self.lock().expire(before, at_most))
    }

    fn reader(&self) -> Result<Box<dyn Reader>, StorageError> {
        Ok(Box::new(self.clone()))
    }

    fn first_seq(&mut self, now: UnixMillis) -> Result<Seq, StorageError> {
        let mut store = self.lock();
        store.base = numbering::first_seq(store.last, store.base, now);
        Ok(store.base)
    }

    fn kept(&mut self, to: &UserId) -> Result<Kept, StorageError> {
        let store = self.lock();
        let letterbox = store.boxes.get(to).into_iter();
        let mail = letterbox.flat_map(|letterbox| letterbox.after(Seq::START, None));
        let kept = mail.fold(Kept::default(), |kept, mail| kept.and(mail));
        Ok(kept)
    }

    fn has_written(&mut self, from: &UserId, to: &UserId) -> Result<bool, StorageError> {
        let store = self.lock();
        Ok(store.boxes.get(to).is_some_and(|letterbox| letterbox.has_of(from)))
    }

    fn claims(&mut self) -> Result<Vec<(UserId, PublicKey)>, StorageError> {
        let claims = &self.lock().claims;
        Ok(claims.iter().map(|(name, key)| (name.clone(), *key)).collect())
    }
}

impl Reader for MemoryMailbox {
    fn page(&mut self, query: &Query) -> Result<Page, StorageError> {
        self.lock().page(query)
    }

    fn receipts(
        &mut self,
        from: &UserId,
        after: Seq,
        at_most: usize,
    ) -> Result<Vec<Receipt>, StorageError> {
        let store = self.lock();
        let receipts = store.receipts.get(from);
        Ok(receipts.map_or_else(Vec::new, |receipts| receipts.after(after, at_most)))
    }

    fn delivered(&mut self, to: &UserId, from: &UserId) -> Result<Seq, StorageError> {
        let store = self.lock();
        let receipt = store.receipts.get(from).and_then(|receipts| receipts.to(to));
        Ok(receipt.map_or(Seq::START, |receipt| receipt.delivered))
    }
}

/// What is kept. The hash maps are never walked through, so that nothing depends on their order.
#[derive(Debug)]
struct Store {
    boxes: HashMap<UserId, Letterbox>,
    /// Without classic texts: the relay made up their ids itself, so none comes twice.
    by_id: ById,
    ages: Ages,
    /// By the sender.
    receipts: HashMap<UserId, Receipts>,
    claims: BTreeMap<UserId, PublicKey>,
    /// Where the last relay began to count.
    base: Seq,
    /// The last place that was taken.
    last: Seq,
    count: usize,
    bytes: usize,
    max_bytes: usize,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            boxes: HashMap::new(),
            by_id: ById::default(),
            ages: Ages::default(),
            receipts: HashMap::new(),
            claims: BTreeMap::new(),
            base: Seq::START,
            last: Seq::START,
            count: 0,
            bytes: 0,
            max_bytes: MEMORY_MAX_BYTES,
        }
    }
}

impl Store {
    /// Whatever can go wrong with a batch, before any of it is written.
    fn check(&mut self, batch: &[Entry]) -> Result<(), StorageError> {
        let mail = || {
            batch.iter().filter_map(|entry| match entry {
                Entry::Append(mail) => Some(mail),
                _ => None,
            })
        };
        // Places rise, as the hub gives them out.
        let (mut last, mut bytes) = (self.last, 0);
        for mail in mail() {
            if mail.seq <= last && self.stored(mail).is_none() {
                return Err(StorageError::new(PLACE_TAKEN));
            }
            last = last.max(mail.seq);
            bytes += cost(mail);
        }
        if self.bytes + bytes <= self.max_bytes {
            return Ok(());
        }
        // What was stored before takes no room, and receipts alone none either: it was counted with the mail.
        let new = || mail().filter(|mail| self.stored(mail).is_none());
        let bytes: usize = new().map(|mail| cost(mail)).sum();
        let to: Vec<_> = new().map(|mail| mail.to.clone()).collect();
        self.make_room(&to, bytes);
        if bytes > 0 && self.bytes + bytes > self.max_bytes {
            return Err(StorageError::new("the relay's memory for messages is full"));
        }
        Ok(())
    }

    /// Removes messages that a client of their addressee has, the oldest first, until there is room for so many bytes: of
    /// the mailboxes that want it, and if that is not enough, of whichever.
    fn make_room(&mut self, wanted_by: &[UserId], bytes: usize) {
        for to in wanted_by {
            while self.bytes + bytes > self.max_bytes {
                let oldest = self.boxes.get(to).and_then(Letterbox::first);
                let Some(mail) = oldest.filter(|mail| self.can_go(mail)).cloned() else { break };
                self.remove(&mail);
            }
        }
        for _ in 0..LOOKED_AT_MAX {
            if self.bytes + bytes <= self.max_bytes {
                return;
            }
            let Some((place, to)) = self.ages.look_on() else { return };
            let mail = self.boxes.get(&to).and_then(|letterbox| letterbox.at(place)).cloned();
            if let Some(mail) = mail.filter(|mail| self.can_go(mail)) {
                self.remove(&mail);
            }
        }
    }

    fn can_go(&self, mail: &Mail) -> bool {
        let to_all =
            || self.boxes.get(&mail.to).is_some_and(|letterbox| letterbox.has_delivered(mail));
        let receipt = || self.receipts.get(&mail.from)?.to(&mail.to);
        mail.seq != self.last
            && (to_all() || receipt().is_some_and(|receipt| mail.seq <= receipt.delivered))
    }

    fn write(&mut self, entry: &Entry) -> Written {
        match entry {
            Entry::Append(mail) => self.append(mail),
            Entry::Look(mail) => self.look(mail).unwrap_or(Written::Absent),
            Entry::Delivered { to, from: None, up_to, version } => {
                Written::Receipts(self.all_delivered(to, *up_to, *version))
            }
            Entry::Delivered { to, from: Some(from), up_to, version } => {
                let seq = self.last_of(to, from, *up_to);
                let changed = seq.and_then(|seq| self.raise(from, to, seq, Seq::START, *version));
                Written::Receipts(changed.into_iter().collect())
            }
            Entry::Read { to, from, up_to, version } => {
                if let Some(seq) = self.last_of(to, from, *up_to) {
                    let changed = self.raise(from, to, seq, seq, *version);
                    return Written::Receipts(changed.into_iter().collect());
                }
                let is_known =
                    self.receipts.get(from).is_some_and(|receipts| receipts.to(to).is_some());
                if is_known { Written::Receipts(Vec::new()) } else { Written::UnknownPeer }
            }
            Entry::Claim { name, key } => {
                self.claims.entry(name.clone()).or_insert(*key);
                Written::Claimed
            }
        }
    }

    fn append(&mut self, mail: &Arc<Mail>) -> Written {
        if let Some(written) = self.look(mail) {
            return written;
        }
        if has_own_id(mail) {
            self.by_id.insert(mail);
        }
        if let Some(letterbox) = self.boxes.get_mut(&mail.to) {
            letterbox.push(mail);
        } else {
            self.boxes.entry(mail.to.clone()).or_default().push(mail);
        }
        self.ages.push(mail);
        self.last = mail.seq;
        self.count += 1;
        self.bytes += cost(mail);
        Written::New
    }

    /// What becomes of a message whose id is known.
    fn look(&self, mail: &Mail) -> Option<Written> {
        let stored = self.stored(mail)?;
        let is_same = stored.to == mail.to
            && stored.content == mail.content
            && stored.classic == mail.classic;
        Some(if is_same {
            Written::Repeat { seq: stored.seq, at: stored.at }
        } else {
            Written::IdReused
        })
    }

    fn stored(&self, mail: &Mail) -> Option<&Arc<Mail>> {
        if !has_own_id(mail) {
            return None;
        }
        self.by_id.get(mail)
    }

    fn all_delivered(&mut self, to: &UserId, up_to: Seq, version: Seq) -> Vec<Receipt> {
        let Some(letterbox) = self.boxes.get_mut(to) else { return Vec::new() };
        let last_of_each = letterbox.deliver(up_to);
        last_of_each
            .into_iter()
            .filter_map(|(from, seq)| self.raise(&from, to, seq, Seq::START, version))
            .collect()
    }

    /// The place of the last message of a pair, up to a place.
    fn last_of(&self, to: &UserId, from: &UserId, up_to: Seq) -> Option<Seq> {
        self.boxes.get(to)?.last_of(from, up_to)
    }

    /// Takes a receipt up to these places; never back.
    fn raise(
        &mut self,
        from: &UserId,
        to: &UserId,
        delivered: Seq,
        read: Seq,
        version: Seq,
    ) -> Option<Receipt> {
        if !self.receipts.contains_key(from) {
            self.receipts.insert(from.clone(), Receipts::default());
        }
        self.receipts.get_mut(from)?.raise(from, to, [delivered, read], version)
    }

    fn page(&self, query: &Query) -> Result<Page, StorageError> {
        let Some(letterbox) = self.boxes.get(&query.to) else { return Ok(Page::default()) };
        fill(letterbox.after(query.after, query.from.as_ref()).map(|mail| Ok(Mail::clone(mail))))
    }

    fn expire(&mut self, before: UnixMillis, at_most: usize) -> usize {
        let mut removed = 0;
        while removed < at_most {
            let Some((place, to)) = self.ages.first() else { break };
            let Some(mail) = self.boxes.get(to).and_then(|letterbox| letterbox.at(*place)).cloned()
            else {
                self.ages.forget_first();
                continue;
            };
            if mail.at >= before || mail.seq == self.last {
                break;
            }
            self.ages.forget_first();
            self.remove(&mail);
            removed += 1;
        }
        removed
    }

    /// Removes a message, what leads to it, and the receipt that stands at it.
    fn remove(&mut self, mail: &Mail) {
        self.count -= 1;
        self.bytes -= cost(mail);
        if has_own_id(mail) {
            self.by_id.remove(mail);
        }
        if let Some(letterbox) = self.boxes.get_mut(&mail.to) {
            letterbox.remove(mail);
            if letterbox.is_empty() {
                self.boxes.remove(&mail.to);
            }
        }
        if let Some(receipts) = self.receipts.get_mut(&mail.from) {
            receipts.remove_at(&mail.to, mail.seq);
            if receipts.is_empty() {
                self.receipts.remove(&mail.from);
            }
        }
        let boxes = &self.boxes;
        self.ages.tidy(self.count, |place, to| {
            boxes.get(to).is_some_and(|letterbox| letterbox.at(place).is_some())
        });
    }
}

/// Whether its sender has named a message, and may send it again.
fn has_own_id(mail: &Mail) -> bool {
    mail.content.is_some()
}

fn cost(mail: &Mail) -> usize {
    mail.bytes() + MAIL_OVERHEAD
}

#[cfg(test)]
mod tests;
