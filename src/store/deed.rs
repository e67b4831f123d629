//! What a message does to another one: it reacts to it, changes its words, takes it back.

use duologue_protocol::{Content, MessageId, Relation, RelationKind, UserId};

use super::record::{Entry, EntryState};
use crate::emoji;

/// Something that one of the two does to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// Whether the message is one's own.
    pub on_mine: bool,
    /// The message.
    pub id: MessageId,
    /// Whether it is oneself who does it.
    pub by_me: bool,
    /// What is done.
    pub what: Act,
}

/// What is done to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// This emoji stands at it from now on, or none.
    React(Option<String>),
    /// It says something else.
    Edit,
    /// It is taken back.
    Delete,
}

impl Deed {
    /// What `content` does in the conversation with `peer`; `None` where it is a message by itself, or breaks a rule and
    /// is taken for one.
    pub fn of(content: &Content, peer: &UserId, by_me: bool) -> Option<Self> {
        let Relation { kind, from_user_id, id } = content.relation()?;
        let on_mine = from_user_id != peer;
        let is_own = on_mine == by_me;
        let what = match kind {
            RelationKind::Reaction if emoji::is_one(content.as_str()) => {
                Act::React(Some(content.as_str().to_owned()))
            }
            RelationKind::Unreaction => Act::React(None),
            RelationKind::Edit if is_own => Act::Edit,
            RelationKind::Deletion if is_own => Act::Delete,
            _ => return None,
        };
        Some(Self { on_mine, id: id.clone(), by_me, what })
    }

    /// Whether it is done to this message.
    pub fn is_on(&self, entry: &Entry) -> bool {
        self.on_mine == entry.is_mine() && self.id == entry.id
    }
}

impl Entry {
    /// Does to the message what `content` says. What the relay has not taken yet stays as it is, since it is sent again
    /// as it is here; and nothing is done any more to what was deleted.
    pub fn amend(&mut self, deed: &Deed, content: &Content) {
        if self.amended.is_deleted {
            return;
        }
        match &deed.what {
            Act::React(emoji) if deed.by_me => self.amended.mine.clone_from(emoji),
            Act::React(emoji) => self.amended.theirs.clone_from(emoji),
            Act::Edit | Act::Delete if !self.can_change() => {}
            Act::Edit => {
                self.content = self.content.reworded(content);
                self.amended.is_edited = true;
            }
            Act::Delete => {
                // The words are gone for good, and the quote with them.
                self.content = content.clone().with(None);
                self.amended = super::record::Amended { is_deleted: true, ..Default::default() };
            }
        }
    }

    /// Whether its words may be changed now, by whoever wrote it.
    pub fn can_change(&self) -> bool {
        let is_taken = matches!(self.state, EntryState::Theirs { .. } | EntryState::Sent { .. });
        is_taken && !self.amended.is_deleted
    }
}

#[cfg(test)]
mod tests {
    use duologue_protocol::UnixMillis;

    use super::*;
    use crate::store::record::Place;

    fn user(name: &str) -> UserId {
        UserId::parse(name).unwrap()
    }

    fn content(kind: &str, words: &str, whose: &str) -> Content {
        let kind = RelationKind::parse(kind).unwrap();
        let id = MessageId::parse("1").unwrap();
        let relation = Relation { kind, from_user_id: user(whose), id };
        Content::parse(words).unwrap().with(Some(relation))
    }

    fn deed(kind: &str, words: &str, whose: &str, by_me: bool) -> Option<Deed> {
        Deed::of(&content(kind, words, whose), &user("ben"), by_me)
    }

    fn sent(words: &str) -> Entry {
        let (id, content) = (MessageId::parse("1").unwrap(), Content::parse(words).unwrap());
        Entry::new(id, content, UnixMillis(1), EntryState::Sent { place: Place::default() })
    }

    #[test]
    fn anybody_reacts_and_each_changes_their_own_alone() {
        for by_me in [true, false] {
            assert!(deed("reaction", "👍🏽", "ann", by_me).is_some());
            assert!(deed("unreaction", "x", "ben", by_me).is_some());
        }
        for kind in ["edit", "deletion"] {
            assert!(deed(kind, "x", "ann", true).is_some_and(|deed| deed.on_mine));
            assert!(deed(kind, "x", "ben", false).is_some_and(|deed| !deed.on_mine));
            assert_eq!(deed(kind, "x", "ann", false), None, "ben changes what ann said");
            assert_eq!(deed(kind, "x", "ben", true), None);
        }
        assert_eq!(deed("reaction", "a whole text", "ann", false), None);
        assert_eq!(deed("reaction", "👍👍", "ann", false), None);
        assert_eq!(deed("reply", "yes", "ann", false), None);
        assert_eq!(deed("pollVote", "yes", "ann", false), None);
    }

    fn done(entry: &mut Entry, kind: &str, words: &str, by_me: bool) {
        let deed = deed(kind, words, "ann", by_me).unwrap();
        assert!(deed.is_on(entry));
        entry.amend(&deed, &content(kind, words, "ann"));
    }

    #[test]
    fn each_has_one_reaction_at_a_time() {
        let mut entry = sent("hi");
        for emoji in ["👍", "🎉", "❤️"].into_iter().cycle().take(500) {
            done(&mut entry, "reaction", emoji, false);
        }
        done(&mut entry, "reaction", "👋", true);
        let amended = |entry: &Entry| (entry.amended.mine.clone(), entry.amended.theirs.clone());
        assert_eq!(amended(&entry), (Some("👋".into()), Some("🎉".into())));
        done(&mut entry, "unreaction", "👋", true);
        assert_eq!(amended(&entry), (None, Some("🎉".into())));
    }

    #[test]
    fn an_edit_changes_the_words_and_keeps_what_they_answer() {
        let mut entry = sent("helo");
        entry.content = content("reply", "helo", "ben");
        done(&mut entry, "edit", "hello", true);
        assert_eq!(entry.content, content("reply", "hello", "ben"));
        assert!(entry.amended.is_edited);
    }

    #[test]
    fn what_is_deleted_is_gone_and_stays_so() {
        let mut entry = sent("a secret");
        done(&mut entry, "reaction", "👋", false);
        done(&mut entry, "deletion", "(deleted)", true);
        done(&mut entry, "edit", "again", true);
        done(&mut entry, "reaction", "👋", false);
        assert_eq!(entry.content.as_str(), "(deleted)");
        assert!(entry.amended.is_deleted && entry.amended.theirs.is_none());
    }

    #[test]
    fn what_the_relay_has_not_taken_stays_as_it_will_be_sent() {
        let mut entry = sent("hi");
        entry.state = EntryState::Queued;
        let before = entry.clone();
        done(&mut entry, "edit", "hello", true);
        done(&mut entry, "deletion", "x", true);
        assert_eq!(entry, before);
    }
}
