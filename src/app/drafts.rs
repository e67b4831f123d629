//! What was typed and not sent, for each conversation.

use std::collections::{BTreeMap, BTreeSet};

use duologue_protocol::UserId;

use crate::store::record::DraftRecord;

/// A longer text is kept for the sitting only: it is no message any more, and each pause would write
/// all of it.
const STORED_MAX_BYTES: usize = 64 * 1024;

/// The texts in the composers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drafts {
    texts: BTreeMap<UserId, String>,
    unsaved: BTreeSet<UserId>,
}

impl Drafts {
    /// What is typed to `peer`.
    pub fn text(&self, peer: &UserId) -> &str {
        self.texts.get(peer).map(String::as_str).unwrap_or_default()
    }

    /// The person typed.
    pub fn type_text(&mut self, peer: &UserId, text: String) {
        if text.is_empty() {
            self.texts.remove(peer);
        } else {
            self.texts.insert(peer.clone(), text);
        }
        self.unsaved.insert(peer.clone());
    }

    /// Takes in what an earlier sitting left. What is typed already stays, and is to be stored there.
    pub fn load(&mut self, records: Vec<DraftRecord>) {
        self.unsaved = self.texts.keys().cloned().collect();
        for DraftRecord { peer, text } in records {
            self.texts.entry(peer).or_insert(text);
        }
    }

    /// What is to be stored; afterwards it counts as stored.
    pub fn take_unsaved(&mut self) -> Vec<DraftRecord> {
        let unsaved = std::mem::take(&mut self.unsaved).into_iter();
        let records = unsaved.map(|peer| DraftRecord { text: self.text(&peer).to_owned(), peer });
        records.filter(|record| record.text.len() <= STORED_MAX_BYTES).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str) -> UserId {
        UserId::parse(name).unwrap()
    }

    fn record(peer: &str, text: &str) -> DraftRecord {
        DraftRecord { peer: user(peer), text: text.into() }
    }

    #[test]
    fn what_changed_is_stored_once() {
        let mut drafts = Drafts::default();
        drafts.type_text(&user("ben"), "h".into());
        drafts.type_text(&user("ben"), "hi".into());
        drafts.type_text(&user("cleo"), "x".into());
        drafts.type_text(&user("cleo"), String::new());
        drafts.type_text(&user("dan"), "x".repeat(STORED_MAX_BYTES + 1));
        assert_eq!(drafts.take_unsaved(), [record("ben", "hi"), record("cleo", "")]);
        assert_eq!(drafts.take_unsaved(), []);
    }

    #[test]
    fn an_earlier_draft_comes_back_unless_something_else_is_typed_already() {
        let mut drafts = Drafts::default();
        drafts.type_text(&user("ben"), "new".into());
        drafts.load(vec![record("ben", "old"), record("cleo", "kept")]);
        assert_eq!((drafts.text(&user("ben")), drafts.text(&user("cleo"))), ("new", "kept"));
        assert_eq!(drafts.take_unsaved(), [record("ben", "new")]);
    }
}
