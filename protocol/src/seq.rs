//! Places in a relay's order.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A place in the order in which a relay took messages; also the number of the message at that place.
/// Rising and never given twice, not even by a relay that crashed before a message reached its disk;
/// not without gaps. At most 2⁵³ − 1, the largest integer that JavaScript reads exactly (RFC 8259
/// section 6). [`Seq::START`] is before every message.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "u64", into = "u64")]
pub struct Seq(u64);

/// A number that is no [`Seq`]; `Display` gives the rule in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidSeq;

impl fmt::Display for InvalidSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a seq is at most {}", Seq::MAX.0)
    }
}

impl std::error::Error for InvalidSeq {}

impl Seq {
    /// Before every message.
    pub const START: Self = Self(0);
    /// The last place that there can be.
    pub const MAX: Self = Self((1 << 53) - 1);

    /// Takes a number for a place.
    ///
    /// # Errors
    /// [`InvalidSeq`] over [`Seq::MAX`].
    pub const fn new(number: u64) -> Result<Self, InvalidSeq> {
        if number <= Self::MAX.0 { Ok(Self(number)) } else { Err(InvalidSeq) }
    }

    /// The place as a number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The place right after this one; [`Seq::MAX`] stays where it is.
    #[must_use]
    pub const fn next(self) -> Self {
        self.plus(1)
    }

    /// The place before this one; [`Seq::START`] stays where it is.
    #[must_use]
    pub const fn before(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// The place `count` later, at most [`Seq::MAX`].
    #[must_use]
    pub const fn plus(self, count: u64) -> Self {
        match Self::new(self.0.saturating_add(count)) {
            Ok(seq) => seq,
            Err(InvalidSeq) => Self::MAX,
        }
    }
}

impl TryFrom<u64> for Seq {
    type Error = InvalidSeq;
    fn try_from(number: u64) -> Result<Self, InvalidSeq> {
        Self::new(number)
    }
}

impl From<Seq> for u64 {
    fn from(seq: Seq) -> u64 {
        seq.0
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seq_is_what_javascript_can_hold() {
        assert_eq!(Seq::new(9_007_199_254_740_991), Ok(Seq::MAX));
        assert_eq!(Seq::new(9_007_199_254_740_992), Err(InvalidSeq));
        assert_eq!(Seq::MAX.next(), Seq::MAX);
        assert_eq!(Seq::START.before(), Seq::START);
        assert!(serde_json::from_str::<Seq>("9007199254740992").is_err());
    }
}
