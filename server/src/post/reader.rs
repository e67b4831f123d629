//! Reads pages of mailboxes for connections that are behind.

use std::sync::Arc;

use duologue_protocol::Seq;

use super::queue::{Fetch, FetchWhat};
use crate::hub::{Hub, MemberKey, RECEIPTS_PAGE};
use crate::mailbox::{Query, Reader, StorageError};

/// The reader of a relay.
pub struct PageReader {
    mailbox: Box<dyn Reader>,
    hub: Arc<Hub>,
}

impl PageReader {
    /// A reader of this mailbox.
    pub fn new(mailbox: Box<dyn Reader>, hub: Arc<Hub>) -> Self {
        Self { mailbox, hub }
    }

    /// Reads what a connection asked for and hands it over.
    ///
    /// # Errors
    /// [`StorageError`]: nothing was handed over; the same fetch may be tried again.
    pub fn read(&mut self, fetch: &Fetch) -> Result<(), StorageError> {
        if !self.hub.is_here(&fetch.who) {
            return Ok(());
        }
        match fetch.what {
            FetchWhat::Mail { after, snapshot } => self.mail(&fetch.who, after, snapshot),
            FetchWhat::Receipts { after } => self.receipts(&fetch.who, after),
        }
    }

    fn mail(
        &mut self,
        who: &MemberKey,
        after: Option<Seq>,
        snapshot: Seq,
    ) -> Result<(), StorageError> {
        let (to, from) = match who {
            MemberKey::Person(person, _) => (person.clone(), None),
            MemberKey::Pair(pair, _) => (pair.from.clone(), Some(pair.to.clone())),
        };
        let after = match (after, &from) {
            (Some(after), _) => after,
            (None, Some(from)) => self.mailbox.delivered(&to, from)?,
            (None, None) => Seq::START,
        };
        let page = self.mailbox.page(&Query { to, from, after })?;
        self.hub.page(who, &page, snapshot);
        Ok(())
    }

    fn receipts(&mut self, who: &MemberKey, after: Seq) -> Result<(), StorageError> {
        // Before the reading: what is newer than this may be missing in it.
        let all_until = self.hub.newest_receipt();
        let receipts = self.mailbox.receipts(who.person(), after, RECEIPTS_PAGE)?;
        self.hub.receipts_page(who, &receipts, all_until);
        Ok(())
    }
}
