//! What was typed and not sent, for each conversation.

use duologue_protocol::UserId;
use duologue_protocol::limits::CONTENT_MAX_BYTES;

use crate::store::record::DraftRecord;

/// A longer text is kept for the sitting only: it is no message any more, and each pause would write
/// all of it.
const STORED_MAX_BYTES: usize = 64 * 1024;

/// From this many bytes below the limit on the person is told how many are left: a few sentences.
const TOLD_FROM_BYTES: i64 = 500;

/// How many bytes of UTF-8 a text may still grow by, or with a minus has too many; `None` while there is room enough.
pub fn room_left(text: &str) -> Option<i64> {
    let count = |bytes: usize| i64::try_from(bytes).unwrap_or(i64::MAX);
    let left = count(CONTENT_MAX_BYTES) - count(text.trim_end().len());
    (left <= TOLD_FROM_BYTES).then_some(left)
}

/// The texts in the composers: few, and each belongs to somebody else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drafts {
    all: Vec<Typed>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Typed {
    draft: DraftRecord,
    is_stored: bool,
}

impl Drafts {
    /// What is typed to `peer`.
    pub fn text(&self, peer: &UserId) -> &str {
        let typed = self.all.iter().find(|typed| typed.draft.peer == *peer);
        typed.map_or("", |typed| &typed.draft.text)
    }

    /// The person typed.
    pub fn type_text(&mut self, peer: &UserId, text: String) {
        if let Some(typed) = self.all.iter_mut().find(|typed| typed.draft.peer == *peer) {
            typed.draft.text = text;
            typed.is_stored = false;
        } else {
            let draft = DraftRecord { peer: peer.clone(), text };
            self.all.push(Typed { draft, is_stored: false });
        }
    }

    /// Takes in what an earlier sitting left. What is typed already stays, and is to be stored there.
    pub fn load(&mut self, records: Vec<DraftRecord>) {
        self.all.retain(|typed| !typed.draft.text.is_empty());
        for typed in &mut self.all {
            typed.is_stored = false;
        }
        for draft in records {
            if self.text(&draft.peer).is_empty() {
                self.all.push(Typed { draft, is_stored: true });
            }
        }
    }

    /// What is to be stored; afterwards it counts as stored.
    pub fn take_unsaved(&mut self) -> Vec<DraftRecord> {
        let mut unsaved = Vec::new();
        for Typed { draft, is_stored } in &mut self.all {
            if !std::mem::replace(is_stored, true) && draft.text.len() <= STORED_MAX_BYTES {
                unsaved.push(draft.clone());
            }
        }
        unsaved
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
    fn whoever_writes_much_is_told_how_much_is_left() {
        let left = |bytes: usize| room_left(&"好".repeat(bytes / 3));
        assert_eq!(left(CONTENT_MAX_BYTES - 502), None);
        assert_eq!(left(CONTENT_MAX_BYTES), Some(1));
        assert_eq!(left(CONTENT_MAX_BYTES + 5), Some(-5));
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
