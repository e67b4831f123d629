//! Which name belongs to which key. The first key that opens a free name has it for good.
//!
//! All of them are in memory, so that an `open` is decided at once and under the hub's lock: of many at the
//! same moment one wins. The mailboxes keep them over a restart, and nobody is welcomed to a new name
//! before it is there.

use std::collections::HashMap;

use duologue_protocol::identity::PublicKey;
use duologue_protocol::{ErrorCode, Rejection, UserId};

use super::Hub;

/// How many names there may be: some 40 MB of memory, and far more people than one relay serves.
pub(super) const NAMES_MAX: usize = 200_000;

/// The names that are taken.
#[derive(Debug, Default)]
pub(super) struct Claims(HashMap<UserId, Claim>);

#[derive(Debug)]
struct Claim {
    key: PublicKey,
    /// Whether it outlives a crash.
    is_written: bool,
}

/// A name that may be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opened {
    /// It is the key's, or nobody's and stays so.
    Settled,
    /// It is the key's from now on, and that is to be written first.
    ToBeWritten {
        /// Whether it was free until now.
        is_new: bool,
    },
}

impl Claims {
    /// What was written before.
    pub(super) fn restore(claims: impl IntoIterator<Item = (UserId, PublicKey)>) -> Self {
        let written = |(name, key)| (name, Claim { key, is_written: true });
        Self(claims.into_iter().map(written).collect())
    }

    /// Opens a name with the key that was proved, if any.
    ///
    /// # Errors
    /// [`ErrorCode::NameTaken`], [`ErrorCode::NamesFull`].
    pub(super) fn open(
        &mut self,
        name: &UserId,
        key: Option<PublicKey>,
    ) -> Result<Opened, Rejection> {
        match (self.0.get(name), key) {
            (Some(claim), Some(key)) if claim.key == key && claim.is_written => Ok(Opened::Settled),
            (Some(claim), Some(key)) if claim.key == key => {
                Ok(Opened::ToBeWritten { is_new: false })
            }
            (Some(_), _) => {
                let rule = format!("the name {name} belongs to another key");
                Err(Rejection::new(ErrorCode::NameTaken, rule))
            }
            (None, None) => Ok(Opened::Settled),
            (None, Some(_)) if self.0.len() >= NAMES_MAX => {
                let rule = format!("this relay gives out {NAMES_MAX} names, and no more");
                Err(Rejection::new(ErrorCode::NamesFull, rule))
            }
            (None, Some(key)) => {
                self.0.insert(name.clone(), Claim { key, is_written: false });
                Ok(Opened::ToBeWritten { is_new: true })
            }
        }
    }

    /// Whether a name belongs to a key.
    pub(super) fn has(&self, name: &UserId) -> bool {
        self.0.contains_key(name)
    }

    /// A claim is on the disk.
    pub(super) fn written(&mut self, name: &UserId) {
        if let Some(claim) = self.0.get_mut(name) {
            claim.is_written = true;
        }
    }
}

impl Hub {
    /// The key that a name belongs to.
    pub fn key_of(&self, name: &UserId) -> Option<PublicKey> {
        self.lock().claims.0.get(name).map(|claim| claim.key)
    }

    /// How many names belong to a key.
    pub(crate) fn names(&self) -> usize {
        self.lock().claims.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> PublicKey {
        PublicKey::from_bytes([byte; 32])
    }

    #[test]
    fn the_first_key_has_a_name_for_good() {
        let ann = UserId::parse("ann").unwrap();
        let mut claims = Claims::default();
        assert_eq!(claims.open(&ann, None), Ok(Opened::Settled));
        assert_eq!(claims.open(&ann, Some(key(1))), Ok(Opened::ToBeWritten { is_new: true }));
        assert_eq!(claims.open(&ann, Some(key(1))), Ok(Opened::ToBeWritten { is_new: false }));
        claims.written(&ann);
        assert_eq!(claims.open(&ann, Some(key(1))), Ok(Opened::Settled));
        for other in [Some(key(2)), None] {
            assert_eq!(claims.open(&ann, other).unwrap_err().code, ErrorCode::NameTaken);
        }
        let mut again = Claims::restore([(ann.clone(), key(1))]);
        assert_eq!(again.open(&ann, Some(key(1))), Ok(Opened::Settled));
        assert!(again.open(&ann, Some(key(2))).is_err());
    }

    #[test]
    fn names_are_bounded_and_their_owners_still_get_in() {
        let name = |n: usize| UserId::parse(n.to_string()).unwrap();
        let mut claims = Claims::restore((0..NAMES_MAX).map(|n| (name(n), key(1))));
        let refused = claims.open(&name(NAMES_MAX), Some(key(1))).unwrap_err();
        assert_eq!(refused.code, ErrorCode::NamesFull);
        assert_eq!(claims.open(&name(7), Some(key(1))), Ok(Opened::Settled));
    }
}
