//! What a message has to do with another one: it answers it, reacts to it, changes it, takes it back.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{MessageId, UserId};
use crate::limits::RELATION_KIND_MAX_CHARS;

/// What a message has to do with another one of the same conversation. Its words stay what a client shows that
/// doesn't know the kind; the relay passes both on and looks no further.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Relation {
    /// In which way.
    pub kind: RelationKind,
    /// Who wrote the other message: its id is unique among that person's alone.
    pub from_user_id: UserId,
    /// The other message.
    pub id: MessageId,
}

/// In which way a message has to do with another one. What is neither an answer nor known is a client's own
/// business, and is passed on as it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum RelationKind {
    /// It answers it.
    Reply,
    /// Its words are one emoji, which stands at the other message in the place of this person's last one.
    Reaction,
    /// This person's reaction to it is gone.
    Unreaction,
    /// Its words are what the other one says from now on. One's own alone.
    Edit,
    /// The other one is taken back. One's own alone.
    Deletion,
    /// One that this version doesn't know: 1 to [`RELATION_KIND_MAX_CHARS`] of `A-Z a-z`.
    Other(String),
}

/// A text is no [`RelationKind`]; `Display` gives the rule in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidKind;

impl fmt::Display for InvalidKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the kind of a relation is 1 to {RELATION_KIND_MAX_CHARS} of A-Z a-z")
    }
}

impl std::error::Error for InvalidKind {}

impl RelationKind {
    /// Those that have a meaning.
    pub const KNOWN: [Self; 5] =
        [Self::Reply, Self::Reaction, Self::Unreaction, Self::Edit, Self::Deletion];

    /// Takes `text` for a kind.
    ///
    /// # Errors
    /// [`InvalidKind`].
    pub fn parse(text: &str) -> Result<Self, InvalidKind> {
        if let Some(known) = Self::KNOWN.into_iter().find(|known| known.as_str() == text) {
            return Ok(known);
        }
        let length = 1..=RELATION_KIND_MAX_CHARS;
        if length.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphabetic()) {
            Ok(Self::Other(text.to_owned()))
        } else {
            Err(InvalidKind)
        }
    }

    /// The kind as text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Reply => "reply",
            Self::Reaction => "reaction",
            Self::Unreaction => "unreaction",
            Self::Edit => "edit",
            Self::Deletion => "deletion",
            Self::Other(kind) => kind,
        }
    }
}

impl TryFrom<String> for RelationKind {
    type Error = InvalidKind;
    fn try_from(text: String) -> Result<Self, InvalidKind> {
        Self::parse(&text)
    }
}

impl From<RelationKind> for String {
    fn from(kind: RelationKind) -> Self {
        kind.as_str().to_owned()
    }
}

/// As one line: the kind, the id and the name, with a space after each of the first two.
impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.kind.as_str(), self.id, self.from_user_id)
    }
}

impl Relation {
    /// Reads what [`Display`](fmt::Display) writes; `None` for anything else.
    pub fn read(line: &str) -> Option<Self> {
        let mut parts = line.splitn(3, ' ');
        let kind = RelationKind::parse(parts.next()?).ok()?;
        let id = MessageId::parse(parts.next()?).ok()?;
        Some(Self { kind, from_user_id: UserId::parse(parts.next()?).ok()?, id })
    }

    /// How long it is as a line, in bytes.
    pub fn bytes(&self) -> usize {
        let parts = [self.kind.as_str(), self.id.as_str(), self.from_user_id.as_str()];
        parts.map(str::len).iter().sum::<usize>() + 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_a_word_and_an_unknown_one_stays_as_it_is() {
        for kind in RelationKind::KNOWN {
            assert_eq!(RelationKind::parse(kind.as_str()), Ok(kind));
        }
        let poll = RelationKind::parse("pollVote").unwrap();
        assert_eq!((&poll, poll.as_str()), (&RelationKind::Other("pollVote".into()), "pollVote"));
        for bad in ["", "a b", "über", &"x".repeat(RELATION_KIND_MAX_CHARS + 1)] {
            assert_eq!(RelationKind::parse(bad), Err(InvalidKind), "{bad}");
        }
    }

    #[test]
    fn a_relation_is_a_line_that_can_be_read() {
        let (kind, id) = (RelationKind::Edit, MessageId::parse("m-1").unwrap());
        let relation = Relation { kind, from_user_id: UserId::parse("小 秋").unwrap(), id };
        let line = relation.to_string();
        assert_eq!((line.as_str(), line.len()), ("edit m-1 小 秋", relation.bytes()));
        assert_eq!(Relation::read(&line), Some(relation));
        for odd in ["", "edit", "edit m-1", "edit m-1 ", "e-dit m-1 ben"] {
            assert_eq!(Relation::read(odd), None, "{odd}");
        }
    }
}
