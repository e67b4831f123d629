//! Mailboxes in memory: for `--ephemeral`, and for the simulator, which keeps a handle over a crash of
//! its relay. Bounded in bytes; does the same on every run.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Bound::{Excluded, Included, Unbounded};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use duologue_protocol::identity::PublicKey;
use duologue_protocol::{MessageId, Seq, UnixMillis, UserId};

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
        store.base = numbering::first_seq(store.last(), store.base, now);
        Ok(store.base)
    }

    fn kept(&mut self, to: &UserId) -> Result<Kept, StorageError> {
        let store = self.lock();
        let mail = store.boxes.get(to).into_iter().flat_map(|letterbox| letterbox.mail.values());
        let kept = mail.fold(Kept::default(), |kept, mail| kept.and(mail));
        Ok(kept)
    }

    fn has_written(&mut self, from: &UserId, to: &UserId) -> Result<bool, StorageError> {
        let store = self.lock();
        Ok(store.boxes.get(to).is_some_and(|letterbox| letterbox.by_sender.contains_key(from)))
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
        let Some(receipts) = store.receipts.get(from) else { return Ok(Vec::new()) };
        let newer = receipts.by_version.range((Excluded(after), Unbounded));
        Ok(newer.take(at_most).filter_map(|(_, to)| receipts.of.get(to).cloned()).collect())
    }

    fn delivered(&mut self, to: &UserId, from: &UserId) -> Result<Seq, StorageError> {
        let store = self.lock();
        let receipt = store.receipts.get(from).and_then(|receipts| receipts.of.get(to));
        Ok(receipt.map_or(Seq::START, |receipt| receipt.delivered))
    }
}

/// What is kept. The hash maps are never walked through, so that nothing depends on their order.
#[derive(Debug)]
struct Store {
    mail: BTreeMap<Seq, Arc<Mail>>,
    by_id: HashMap<UserId, HashMap<MessageId, Seq>>,
    boxes: HashMap<UserId, Letterbox>,
    /// By the sender.
    receipts: HashMap<UserId, Receipts>,
    claims: BTreeMap<UserId, PublicKey>,
    /// Where the last relay began to count.
    base: Seq,
    bytes: usize,
    max_bytes: usize,
}

/// The mail of one person.
#[derive(Debug, Default)]
struct Letterbox {
    mail: BTreeMap<Seq, Arc<Mail>>,
    by_sender: HashMap<UserId, BTreeSet<Seq>>,
    /// Up to where everybody's mail was delivered.
    delivered: Seq,
}

/// The receipts of one sender's mail.
#[derive(Debug, Default)]
struct Receipts {
    of: HashMap<UserId, Receipt>,
    by_version: BTreeMap<Seq, UserId>,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            mail: BTreeMap::new(),
            by_id: HashMap::new(),
            boxes: HashMap::new(),
            receipts: HashMap::new(),
            claims: BTreeMap::new(),
            base: Seq::START,
            bytes: 0,
            max_bytes: MEMORY_MAX_BYTES,
        }
    }
}

impl Store {
    /// Whatever can go wrong with a batch, before any of it is written.
    fn check(&self, batch: &[Entry]) -> Result<(), StorageError> {
        let mut bytes = self.bytes;
        let mut places = HashSet::new();
        for entry in batch {
            let Entry::Append(mail) = entry else { continue };
            if self.stored(mail).is_some() {
                continue;
            }
            if self.mail.contains_key(&mail.seq) || !places.insert(mail.seq) {
                return Err(StorageError::new(PLACE_TAKEN));
            }
            bytes += cost(mail);
        }
        // Receipts alone are always taken: their room was counted with the mail.
        if bytes > self.max_bytes && bytes > self.bytes {
            return Err(StorageError::new("the relay's memory for messages is full"));
        }
        Ok(())
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
                    self.receipts.get(from).is_some_and(|receipts| receipts.of.contains_key(to));
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
        self.bytes += cost(mail);
        self.by_id.entry(mail.from.clone()).or_default().insert(mail.id.clone(), mail.seq);
        let letterbox = self.boxes.entry(mail.to.clone()).or_default();
        letterbox.by_sender.entry(mail.from.clone()).or_default().insert(mail.seq);
        letterbox.mail.insert(mail.seq, Arc::clone(mail));
        self.mail.insert(mail.seq, Arc::clone(mail));
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
        let seq = self.by_id.get(&mail.from)?.get(&mail.id)?;
        self.mail.get(seq)
    }

    fn all_delivered(&mut self, to: &UserId, up_to: Seq, version: Seq) -> Vec<Receipt> {
        let Some(letterbox) = self.boxes.get_mut(to) else { return Vec::new() };
        let Some((&last, _)) = letterbox.mail.range(..=up_to).next_back() else {
            return Vec::new();
        };
        if last <= letterbox.delivered {
            return Vec::new();
        }
        let new = letterbox.mail.range((Excluded(letterbox.delivered), Included(last)));
        let last_of_each: BTreeMap<_, _> =
            new.map(|(&seq, mail)| (mail.from.clone(), seq)).collect();
        letterbox.delivered = last;
        last_of_each
            .into_iter()
            .filter_map(|(from, seq)| self.raise(&from, to, seq, Seq::START, version))
            .collect()
    }

    /// The place of the last message of a pair, up to a place.
    fn last_of(&self, to: &UserId, from: &UserId, up_to: Seq) -> Option<Seq> {
        let seqs = self.boxes.get(to)?.by_sender.get(from)?;
        seqs.range(..=up_to).next_back().copied()
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
        let receipts = self.receipts.entry(from.clone()).or_default();
        let before = receipts.of.get(to);
        let new = Receipt {
            from: from.clone(),
            to: to.clone(),
            delivered: before.map_or(delivered, |before| before.delivered.max(delivered)),
            read: before.map_or(read, |before| before.read.max(read)),
            version,
        };
        if let Some(before) = before {
            if (before.delivered, before.read) == (new.delivered, new.read) {
                return None;
            }
            receipts.by_version.remove(&before.version);
        }
        receipts.by_version.insert(version, to.clone());
        receipts.of.insert(to.clone(), new.clone());
        Some(new)
    }

    fn page(&self, query: &Query) -> Result<Page, StorageError> {
        let Some(letterbox) = self.boxes.get(&query.to) else { return Ok(Page::default()) };
        let after = (Excluded(query.after), Unbounded);
        let Some(from) = &query.from else {
            return fill(letterbox.mail.range(after).map(|(_, mail)| Ok(Mail::clone(mail))));
        };
        let Some(seqs) = letterbox.by_sender.get(from) else { return Ok(Page::default()) };
        let mail = seqs.range(after).filter_map(|seq| letterbox.mail.get(seq));
        fill(mail.map(|mail| Ok(Mail::clone(mail))))
    }

    fn expire(&mut self, before: UnixMillis, at_most: usize) -> usize {
        let mut removed = 0;
        while removed < at_most && self.mail.len() > 1 {
            let Some(first) = self.mail.first_entry() else { break };
            if first.get().at >= before {
                break;
            }
            let mail = first.remove();
            self.remove(&mail);
            removed += 1;
        }
        removed
    }

    /// Removes what leads to a message, and the receipt that stands at it.
    fn remove(&mut self, mail: &Mail) {
        self.bytes -= cost(mail);
        if let Some(ids) = self.by_id.get_mut(&mail.from) {
            ids.remove(&mail.id);
            if ids.is_empty() {
                self.by_id.remove(&mail.from);
            }
        }
        if let Some(letterbox) = self.boxes.get_mut(&mail.to) {
            letterbox.mail.remove(&mail.seq);
            if let Some(seqs) = letterbox.by_sender.get_mut(&mail.from) {
                seqs.remove(&mail.seq);
                if seqs.is_empty() {
                    letterbox.by_sender.remove(&mail.from);
                }
            }
            if letterbox.mail.is_empty() {
                self.boxes.remove(&mail.to);
            }
        }
        if let Some(receipts) = self.receipts.get_mut(&mail.from) {
            if let Some(receipt) = receipts.of.get(&mail.to)
                && receipt.delivered == mail.seq
            {
                receipts.by_version.remove(&receipt.version);
                receipts.of.remove(&mail.to);
            }
            if receipts.of.is_empty() {
                self.receipts.remove(&mail.from);
            }
        }
    }

    fn last(&self) -> Seq {
        self.mail.last_key_value().map_or(Seq::START, |(&seq, _)| seq)
    }
}

fn cost(mail: &Mail) -> usize {
    mail.bytes() + MAIL_OVERHEAD
}

#[cfg(test)]
mod tests;
