//! What is written down while a session runs: each change with its place, what the person says of others, and
//! what was taken over from another relay. How it is written is the store's business.

use duologue_protocol::{Fingerprint, UserId};
use duologue_session::{Change, Draft, Ticket};

use crate::store::record::{PeerRecord, Place, Progress, Standing, Verdict};
use crate::store::{Loaded, Step, Store};

/// What was on its way to another relay, and is to go to this one.
#[derive(Default)]
pub struct Luggage {
    drafts: Vec<Draft>,
    /// The keys that those are to have to whom it is: what was pinned there counts here too.
    pins: Vec<(UserId, Fingerprint)>,
    /// Where it is until it is stored here.
    from: Option<Store>,
}

impl Luggage {
    /// Drafts that are stored nowhere yet.
    pub fn new(drafts: Vec<Draft>) -> Self {
        Self { drafts, ..Self::default() }
    }

    pub(super) fn drafts(&self) -> &[Draft] {
        &self.drafts
    }

    pub(super) fn pins(&self) -> &[(UserId, Fingerprint)] {
        &self.pins
    }

    /// Brings these keys too.
    pub(super) fn bring_pins(&mut self, pins: Vec<(UserId, Fingerprint)>) {
        // Before the first store is open nothing is known of anybody, and what was brought there goes on.
        if !pins.is_empty() {
            self.pins = pins;
        }
    }

    pub(super) fn extend(&mut self, drafts: impl Iterator<Item = Draft>) {
        self.drafts.extend(drafts);
    }
}

/// The store, and how far it is.
pub(super) struct Ledger {
    store: Store,
    progress: Progress,
    /// From whom nothing is wanted.
    blocked: Vec<UserId>,
    /// The ticket of the last change.
    latest: Ticket,
    /// What is being taken over: gone from where it was once this ticket is stored.
    moving: Option<(Ticket, Luggage)>,
}

impl Ledger {
    /// Goes on from what was loaded.
    pub(super) fn new(store: Store, loaded: &Loaded) -> Self {
        let (progress, blocked) = (loaded.progress, loaded.blocked());
        Self { store, progress, blocked, latest: Ticket::default(), moving: None }
    }

    /// Whether the relay would know this place.
    pub(super) fn is_of_this_era(&self, place: Place) -> bool {
        self.progress.era == place.era
    }

    /// Writes down what comes from the person and not from the session.
    pub(super) fn keep(&mut self, step: Step) {
        if let Step::Verdict { peer, verdict: Verdict::Stands(standing) } = &step {
            self.stands(peer, *standing);
        }
        self.store.write(None, step);
    }

    /// Takes in what the store knows of somebody.
    pub(super) fn learn(&mut self, record: &PeerRecord) {
        if let Some(standing) = record.standing {
            self.stands(&record.peer, standing);
        }
    }

    fn stands(&mut self, peer: &UserId, standing: Standing) {
        self.blocked.retain(|blocked| blocked != peer);
        if standing == Standing::Blocked {
            self.blocked.push(peer.clone());
        }
    }

    /// Writes a change down, and says where it leads. Of a message of somebody blocked, only that it came.
    pub(super) fn take(&mut self, ticket: Ticket, change: Change) -> (Change, Progress) {
        (self.latest, self.progress) = (ticket, self.progress.after(&change));
        let progress = self.progress;
        let Progress { cursor, receipts, .. } = progress;
        let change = match change {
            Change::Received(message) if self.blocked.contains(&message.from) => {
                Change::Place { cursor, receipts }
            }
            change => change,
        };
        let step = Step::Change { change: change.clone(), progress };
        self.store.write(Some(ticket), step);
        (change, progress)
    }

    /// Packs up what is on its way, for another relay.
    pub(super) fn pack(&self, drafts: Vec<Draft>) -> Luggage {
        Luggage { drafts, from: Some(self.store.clone()), ..Luggage::default() }
    }

    /// What was on its way to another relay is queued here; it goes from there once that is stored.
    pub(super) fn move_in(&mut self, luggage: Luggage) {
        self.moving = Some((self.latest, luggage));
    }

    /// Everything up to `ticket` is stored: what was taken over is, too, once its ticket is.
    pub(super) fn arrived(&mut self, ticket: Ticket) {
        if let Some((_, Luggage { drafts, from: Some(store), .. })) =
            self.moving.take_if(|(until, _)| *until <= ticket)
        {
            for Draft { id, to: peer, .. } in drafts {
                store.write(None, Step::Moved { peer, id });
            }
        }
    }
}
