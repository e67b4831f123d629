//! What goes on around the conversations that a person should know of.

use duologue_session::Reason;

use crate::store::StoreState;
use crate::store::vault::Keeping;

/// What a person should know of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Affairs {
    /// Why the relay refused something last, until the person has seen it.
    pub refused: Option<Reason>,
    /// Why the relay can't store anything now.
    pub held: Option<Reason>,
    /// How this browser's store is doing.
    pub store: StoreState,
    /// How long the person's keys last.
    pub keys: Keeping,
    /// The same, when the person last read about it.
    pub seen_keys: Keeping,
    /// How the store was doing when the person last read about it.
    pub seen: StoreState,
}

impl Affairs {
    /// The person has read what there was to read.
    pub fn have_been_seen(&mut self) {
        self.refused = None;
        self.seen = self.store;
        self.seen_keys = self.keys;
    }
}
