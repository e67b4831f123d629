//! How far people got with the mail of one sender.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound::{Excluded, Unbounded};

use duologue_protocol::{Seq, UserId};

use crate::mailbox::Receipt;

/// The receipts of one sender's mail.
#[derive(Debug, Default)]
pub(super) struct Receipts {
    of: HashMap<UserId, Receipt>,
    pub(super) by_version: BTreeMap<Seq, UserId>,
}

impl Receipts {
    pub(super) fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// How far one person got.
    pub(super) fn to(&self, to: &UserId) -> Option<&Receipt> {
        self.of.get(to)
    }

    /// The next ones after a version.
    pub(super) fn after(&self, version: Seq, at_most: usize) -> Vec<Receipt> {
        let newer = self.by_version.range((Excluded(version), Unbounded));
        newer.take(at_most).filter_map(|(_, to)| self.of.get(to).cloned()).collect()
    }

    /// Takes a receipt up to these places; never back. Returns it if it changed.
    pub(super) fn raise(
        &mut self,
        from: &UserId,
        to: &UserId,
        [delivered, read]: [Seq; 2],
        version: Seq,
    ) -> Option<Receipt> {
        let Some(receipt) = self.of.get_mut(to) else {
            let (from, to) = (from.clone(), to.clone());
            self.by_version.insert(version, to.clone());
            let receipt = Receipt { from, to: to.clone(), delivered, read, version };
            self.of.insert(to, receipt.clone());
            return Some(receipt);
        };
        if delivered <= receipt.delivered && read <= receipt.read {
            return None;
        }
        self.by_version.remove(&receipt.version);
        self.by_version.insert(version, to.clone());
        receipt.delivered = receipt.delivered.max(delivered);
        receipt.read = receipt.read.max(read);
        receipt.version = version;
        Some(receipt.clone())
    }

    /// Removes a receipt, if it stands at this place.
    pub(super) fn remove_at(&mut self, to: &UserId, place: Seq) {
        if let Some(receipt) = self.of.get(to)
            && receipt.delivered == place
        {
            self.by_version.remove(&receipt.version);
            self.of.remove(to);
        }
    }
}
