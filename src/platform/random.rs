//! Randomness from the browser's generator.

use duologue_protocol::MessageId;

/// Random bytes.
///
/// # Panics
/// Where the browser has no generator: none that runs this page is without.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(
        clippy::expect_used,
        reason = "every browser that runs WebAssembly has crypto.getRandomValues, which fails for \
                  requests over 64 KiB only; ids that repeat would lose messages"
    )]
    getrandom::fill(&mut bytes).expect("the browser has a random number generator");
    bytes
}

/// A name for a new message.
pub fn message_id() -> MessageId {
    MessageId::from_random(random_bytes())
}

/// A seed for a session's jitter.
pub fn seed() -> u64 {
    u64::from_le_bytes(random_bytes())
}
