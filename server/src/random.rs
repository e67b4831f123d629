//! Random bytes from the operating system, for nonces and ids.

use duologue_protocol::polling::Token;
use duologue_protocol::{MessageId, Nonce};

/// A nonce for one connection.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn nonce() -> Result<Nonce, getrandom::Error> {
    bytes().map(Nonce::from_random)
}

/// What proves that a request belongs to a connection.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn token() -> Result<Token, getrandom::Error> {
    bytes().map(Token::from_random)
}

/// Ids for the messages of one connection, whose sender gives them none. No two of a relay's are the same: half of
/// each is random for the connection, the other half counts.
#[derive(Debug)]
pub struct MessageIds {
    connection: [u8; 8],
    last: u64,
}

impl MessageIds {
    /// Those of a new connection.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn new() -> Result<Self, getrandom::Error> {
        Ok(Self { connection: bytes()?, last: 0 })
    }

    /// One that nobody had.
    pub fn fresh(&mut self) -> MessageId {
        self.last += 1;
        let halves = [self.connection, self.last.to_be_bytes()];
        let mut id = [0; 16];
        id.copy_from_slice(halves.as_flattened());
        MessageId::from_random(id)
    }
}

fn bytes<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_ids_are_the_same_on_one_connection_or_on_two() {
        let (mut one, mut other) = (MessageIds::new().unwrap(), MessageIds::new().unwrap());
        let ids: HashSet<_> = (0..1_000).flat_map(|_| [one.fresh(), other.fresh()]).collect();
        assert_eq!(ids.len(), 2_000);
    }
}
