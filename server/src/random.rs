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

/// An id for a message whose sender gave it none.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn message_id() -> Result<MessageId, getrandom::Error> {
    bytes().map(MessageId::from_random)
}

fn bytes<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
