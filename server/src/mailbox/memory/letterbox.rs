//! The mail of one person.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use duologue_protocol::{Seq, UserId};

use crate::mailbox::Mail;

/// The mail of one person. Places rise, so all of it is found by halving, and what is new is put behind.
#[derive(Debug, Default)]
pub(super) struct Letterbox {
    mail: VecDeque<Arc<Mail>>,
    by_sender: HashMap<UserId, VecDeque<Seq>>,
    /// Up to where everybody's mail was delivered.
    delivered: Seq,
}

impl Letterbox {
    pub(super) fn push(&mut self, mail: &Arc<Mail>) {
        self.mail.push_back(Arc::clone(mail));
        if let Some(places) = self.by_sender.get_mut(&mail.from) {
            places.push_back(mail.seq);
        } else {
            self.by_sender.insert(mail.from.clone(), VecDeque::from([mail.seq]));
        }
    }

    pub(super) fn remove(&mut self, mail: &Mail) {
        if let Ok(index) = self.mail.binary_search_by_key(&mail.seq, |mail| mail.seq) {
            self.mail.remove(index);
        }
        let Some(places) = self.by_sender.get_mut(&mail.from) else { return };
        if let Ok(index) = places.binary_search(&mail.seq) {
            places.remove(index);
        }
        if places.is_empty() {
            self.by_sender.remove(&mail.from);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.mail.is_empty()
    }

    /// The oldest message.
    pub(super) fn first(&self) -> Option<&Arc<Mail>> {
        self.mail.front()
    }

    /// The message at a place.
    pub(super) fn at(&self, place: Seq) -> Option<&Arc<Mail>> {
        let index = self.mail.binary_search_by_key(&place, |mail| mail.seq);
        self.mail.get(index.ok()?)
    }

    /// What came after a place, of one sender or of all.
    pub(super) fn after<'a>(
        &'a self,
        place: Seq,
        from: Option<&'a UserId>,
    ) -> Box<dyn Iterator<Item = &'a Arc<Mail>> + 'a> {
        match from {
            None => Box::new(self.mail.range(self.end_of(place)..)),
            Some(from) => {
                let places = self.by_sender.get(from).into_iter().flat_map(move |places| {
                    places.range(places.partition_point(|other| *other <= place)..)
                });
                Box::new(places.filter_map(|place| self.at(*place)))
            }
        }
    }

    /// Whether there is anything of somebody's.
    pub(super) fn has_of(&self, from: &UserId) -> bool {
        self.by_sender.contains_key(from)
    }

    /// The place of somebody's last message, up to a place.
    pub(super) fn last_of(&self, from: &UserId, up_to: Seq) -> Option<Seq> {
        let places = self.by_sender.get(from)?;
        // Nearly always it is the very last.
        let before = places.partition_point(|place| *place <= up_to).checked_sub(1)?;
        places.get(before).copied()
    }

    pub(super) fn has_delivered(&self, mail: &Mail) -> bool {
        mail.seq <= self.delivered
    }

    /// All up to a place is delivered. Returns the last new one of each sender, in the order of their names.
    pub(super) fn deliver(&mut self, up_to: Seq) -> BTreeMap<UserId, Seq> {
        let mut last_of_each = BTreeMap::new();
        let (start, end) = (self.end_of(self.delivered), self.end_of(up_to));
        for mail in self.mail.range(start..end.max(start)) {
            match last_of_each.get_mut(&mail.from) {
                Some(last) => *last = mail.seq,
                None => drop(last_of_each.insert(mail.from.clone(), mail.seq)),
            }
            self.delivered = mail.seq;
        }
        last_of_each
    }

    /// How many messages are at or before a place.
    fn end_of(&self, place: Seq) -> usize {
        // Nearly always all of them.
        match self.mail.back() {
            Some(last) if last.seq > place => self.mail.partition_point(|mail| mail.seq <= place),
            _ => self.mail.len(),
        }
    }
}
