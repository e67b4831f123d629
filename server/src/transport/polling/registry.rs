//! Which connections over HTTP there are, by what proves that a request belongs to one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use duologue_protocol::polling::Token;
use tokio::sync::mpsc;

use super::connection::{Command, Counts};

/// All connections over HTTP of a relay.
#[derive(Debug)]
pub struct Registry {
    entries: Mutex<HashMap<Token, Entry>>,
    /// How many there may be at once: in a relay, as many as there may be sockets.
    max: usize,
}

/// How to ask one of them.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) commands: mpsc::Sender<Command>,
    pub(super) counts: Arc<Counts>,
}

/// One connection's place. Dropping it makes its token unknown.
#[derive(Debug)]
pub(super) struct Registered {
    registry: Arc<Registry>,
    token: Token,
}

impl Registry {
    /// One for so many connections at once.
    pub fn new(max: usize) -> Self {
        Self { entries: Mutex::default(), max }
    }

    /// Takes a connection in; `None` if there are as many as there may be.
    pub(super) fn add(self: &Arc<Self>, token: Token, entry: Entry) -> Option<Registered> {
        let mut entries = self.lock();
        if entries.len() >= self.max {
            return None;
        }
        entries.insert(token.clone(), entry);
        Some(Registered { registry: Arc::clone(self), token })
    }

    pub(super) fn find(&self, token: &Token) -> Option<Entry> {
        self.lock().get(token).cloned()
    }

    /// A panic can't leave the map half changed: no code that may panic runs under the lock.
    fn lock(&self) -> MutexGuard<'_, HashMap<Token, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.registry.lock().remove(&self.token);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::polling::connection::commands;

    const MAX: usize = 3;

    #[test]
    fn a_token_is_known_as_long_as_its_connection_and_their_number_is_bounded() {
        let registry = Arc::new(Registry::new(MAX));
        let entry = Entry { commands: commands().0, counts: Arc::default() };
        let token = |n: usize| {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&n.to_le_bytes());
            Token::from_random(bytes)
        };
        let mut all: Vec<Registered> =
            (0..MAX).map(|n| registry.add(token(n), entry.clone()).unwrap()).collect();
        assert!(registry.add(token(MAX), entry.clone()).is_none());
        all.pop();
        assert!(registry.find(&token(0)).is_some());
        assert!(registry.find(&token(MAX - 1)).is_none());
        assert!(registry.add(token(MAX), entry).is_some());
    }
}
