//! Which connections over HTTP there are, by what proves that a request belongs to one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use duologue_protocol::polling::Token;
use tokio::sync::mpsc;

use super::connection::{Command, Counts};

/// How many there may be at once: as many as there may be sockets.
const POLLING_MAX: usize = crate::accept::CONNECTIONS_MAX;

/// All connections over HTTP of a relay.
#[derive(Debug, Default)]
pub struct Registry(Mutex<HashMap<Token, Entry>>);

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
    /// Takes a connection in; `None` if there are as many as there may be.
    pub(super) fn add(self: &Arc<Self>, token: Token, entry: Entry) -> Option<Registered> {
        let mut entries = self.lock();
        if entries.len() >= POLLING_MAX {
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
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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

    #[test]
    fn a_token_is_known_as_long_as_its_connection_and_their_number_is_bounded() {
        let registry = Arc::new(Registry::default());
        let entry = Entry { commands: commands().0, counts: Arc::default() };
        let token = |n: usize| {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&n.to_le_bytes());
            Token::from_random(bytes)
        };
        let mut all: Vec<Registered> =
            (0..POLLING_MAX).map(|n| registry.add(token(n), entry.clone()).unwrap()).collect();
        assert!(registry.add(token(POLLING_MAX), entry.clone()).is_none());
        all.pop();
        assert!(registry.find(&token(0)).is_some());
        assert!(registry.find(&token(POLLING_MAX - 1)).is_none());
        assert!(registry.add(token(POLLING_MAX), entry).is_some());
    }
}
