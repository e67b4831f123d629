//! What has to be true once everything has calmed down.

use std::collections::{BTreeMap, BTreeSet};

use duologue_protocol::{MessageId, Seq, UserId};

use crate::book::{Book, Own};
use crate::world::World;

impl World {
    /// Every promise that was broken, in words.
    pub(crate) fn broken_promises(&self) -> Vec<String> {
        let mut broken = self.wrong.clone();
        for (device, this) in self.devices.iter().enumerate() {
            let name = &self.people[this.person];
            let Some(page) = &this.page else {
                broken.push(format!("device {device} is closed"));
                continue;
            };
            let mut say = |what: String| broken.push(format!("device {device} of {name}: {what}"));
            page.shown.wrong.iter().cloned().for_each(&mut say);
            for book in [&page.shown, &self.stores[this.store]] {
                self.check_received(name, book, &mut say);
            }
            // Another tab's messages are shown after a reload: the store is what counts for one's own.
            self.check_own(name, &self.stores[this.store], &mut say);
        }
        broken
    }

    /// Every message that somebody sent to `name`, once, in the order of the device that it was
    /// written on.
    fn check_received(&self, name: &UserId, book: &Book, say: &mut impl FnMut(String)) {
        for sender in self.people.iter().filter(|sender| *sender != name) {
            let got: Vec<&MessageId> =
                book.theirs.iter().filter(|one| one.from == *sender).map(|one| &one.id).collect();
            let sent: BTreeMap<&MessageId, usize> = self
                .own_of(sender)
                .filter(|own| own.draft.to == *name && own.failed.is_none())
                .filter_map(|own| Some((&own.draft.id, *self.origin.get(&own.draft.id)?)))
                .collect();
            let once: BTreeSet<&MessageId> = got.iter().copied().collect();
            if once.len() != got.len() {
                say(format!("{} messages of {sender} doubled", got.len() - once.len()));
            }
            for lost in sent.keys().filter(|id| !once.contains(*id)) {
                say(format!("{lost} of {sender} is lost"));
            }
            for strange in once.iter().filter(|id| !sent.contains_key(*id)) {
                say(format!("{strange} of {sender} was sent before it was stored"));
            }
            let mut last: BTreeMap<usize, u64> = BTreeMap::new();
            for id in got {
                let Some(device) = sent.get(id) else { continue };
                let number = id.as_str()[1..].parse().unwrap_or(0);
                let before = last.insert(*device, number).unwrap_or(0);
                if before > number {
                    say(format!("{id} of {sender} came after m{before}"));
                }
            }
        }
    }

    /// Every state of one's own messages is true, and as far as it can be.
    fn check_own(&self, name: &UserId, book: &Book, say: &mut impl FnMut(String)) {
        for Own { draft, seq, failed } in &book.own {
            if let Some(reason) = failed {
                say(format!("{} failed: {reason}", draft.id));
                continue;
            }
            let Some(seq) = seq else {
                say(format!("{} is still waiting", draft.id));
                continue;
            };
            let is_delivered = mark(&book.delivered, &draft.to) >= *seq;
            if !is_delivered {
                say(format!("{} is not shown as delivered", draft.id));
            }
            let shown_as_read = mark(&book.read, &draft.to) >= *seq;
            if shown_as_read && !self.has_read.contains(&draft.id) {
                say(format!("{} is shown as read, and nobody has read it", draft.id));
            }
            let kept_as_read = self.stores_of(&draft.to).any(|store| {
                let mut theirs = store.theirs.iter();
                let place = theirs.find(|one| one.from == *name && one.id == draft.id);
                place.is_some_and(|one| mark(&store.reads, name) >= one.seq)
            });
            if kept_as_read && !shown_as_read {
                say(format!("{} was read, and is not shown as read", draft.id));
            }
        }
    }

    /// A receipt came: what it names has to be safe with a browser of the peer's by now.
    pub(crate) fn check_delivered(&mut self, device: usize, peer: &UserId, up_to: Seq) {
        let this = &self.devices[device];
        let name = &self.people[this.person];
        let is_safe = |own: &&Own| {
            self.stores_of(peer).any(|store| {
                store.theirs.iter().any(|one| one.from == *name && one.id == own.draft.id)
            })
        };
        let own = this.page.iter().flat_map(|page| &page.shown.own);
        let is_named =
            |own: &&Own| own.draft.to == *peer && own.seq.is_some_and(|seq| seq <= up_to);
        let wrong: Vec<String> = own
            .filter(|own| is_named(own) && !is_safe(own))
            .map(|own| format!("{} was shown as delivered before it was safe", own.draft.id))
            .collect();
        self.wrong.extend(wrong);
    }

    fn own_of<'w>(&'w self, person: &'w UserId) -> impl Iterator<Item = &'w Own> {
        self.stores_of(person).flat_map(|store| &store.own)
    }

    fn stores_of<'w>(&'w self, person: &'w UserId) -> impl Iterator<Item = &'w Book> {
        let stores: BTreeSet<usize> = self
            .devices
            .iter()
            .filter(|device| self.people[device.person] == *person)
            .map(|device| device.store)
            .collect();
        stores.into_iter().map(|store| &self.stores[store])
    }
}

fn mark(marks: &BTreeMap<UserId, Seq>, peer: &UserId) -> Seq {
    marks.get(peer).copied().unwrap_or_default()
}
