//! What can be wrong with the proxy, and what that means for one connection at one time.

use std::time::Duration;

use tokio::time::Instant;

/// Something that a network does to those who use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Every Upgrade gets this status and never reaches the relay. Open `WebSocket`s are cut.
    RefuseUpgrade(u16),
    /// The relay gets an ordinary GET instead of an Upgrade, as from a proxy that knows no `WebSocket`.
    /// Open `WebSocket`s are cut.
    DropUpgradeHeader,
    /// The Upgrade succeeds, then no byte passes in either direction. If one side ends, so does the other.
    /// A `WebSocket` that lost bytes stays so when the fault is gone: the rest would be no frames.
    SwallowFrames,
    /// A connection over which no byte went for this long is cut, also if most of that time was before.
    CutIdle(Duration),
    /// A connection whose request had no answer for this long is cut. Granted Upgrades are answered.
    CutHeld(Duration),
    /// Every chunk comes this much later, in each direction and in order. Ends of connections do too.
    Delay(Duration),
    /// For this long nothing passes, not even the end of a connection. Then what waited goes on.
    Blackout(Duration),
}

impl Fault {
    /// Fails where the test's author can see it.
    pub(super) fn check(self) {
        if let Self::RefuseUpgrade(status) = self {
            assert!((400..=599).contains(&status), "{status} is no status that refuses");
        }
    }
}

/// What the proxy was told, with the time from which a blackout counts.
pub(super) struct Orders {
    faults: Vec<Fault>,
    since: Instant,
    /// How many times everything was to be cut. A connection ends when it changes.
    pub(super) cuts: u64,
}

impl Default for Orders {
    fn default() -> Self {
        Self { faults: Vec::new(), since: Instant::now(), cuts: 0 }
    }
}

/// What of a connection decides when it is cut.
#[derive(Clone, Copy)]
pub(super) struct Activity {
    /// When the last bytes went, or when it began.
    pub(super) passed: Instant,
    /// Since when a request has no answer.
    pub(super) asked: Option<Instant>,
    /// Whether an Upgrade was granted on it.
    pub(super) is_websocket: bool,
}

impl Orders {
    pub(super) fn replace(&mut self, faults: Vec<Fault>) {
        self.faults = faults;
        self.since = Instant::now();
    }

    /// The status that every Upgrade gets.
    pub(super) fn refusal(&self) -> Option<u16> {
        self.faults.iter().find_map(|fault| match fault {
            Fault::RefuseUpgrade(status) => Some(*status),
            _ => None,
        })
    }

    pub(super) fn drops_upgrades(&self) -> bool {
        self.faults.contains(&Fault::DropUpgradeHeader)
    }

    pub(super) fn swallows(&self) -> bool {
        self.faults.contains(&Fault::SwallowFrames)
    }

    /// When a chunk goes on that came at `came`.
    pub(super) fn passes_at(&self, came: Instant) -> Instant {
        let held_until = self.faults.iter().map(|fault| match fault {
            Fault::Delay(delay) => came + *delay,
            Fault::Blackout(length) => self.since + *length,
            _ => came,
        });
        held_until.max().unwrap_or(came)
    }

    /// When a connection is cut, if nothing changes.
    pub(super) fn cuts_at(&self, link: &Activity) -> Option<Instant> {
        let cuts = self.faults.iter().filter_map(|fault| match fault {
            Fault::RefuseUpgrade(_) | Fault::DropUpgradeHeader => {
                link.is_websocket.then_some(self.since)
            }
            Fault::CutIdle(limit) => Some(link.passed + *limit),
            Fault::CutHeld(limit) => link.asked.map(|asked| asked + *limit),
            Fault::SwallowFrames | Fault::Delay(_) | Fault::Blackout(_) => None,
        });
        cuts.min()
    }
}
