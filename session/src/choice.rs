//! Which transport to use: WebSocket where it works, polling where it doesn't, and back again.
//!
//! WebSocket is tried first. A transport is good only once `welcome` came through it. After
//! [`USELESS_MAX`] attempts that came to nothing or broke soon, or one that had no answer in time, long
//! polling is tried; where held requests are cut, short polling. While one of them is in use WebSocket is tried again beside
//! it ([`PROBE_EVERY`], and at once when the network may have changed). What was learned this way expires
//! ([`LEARNED_FOR`]), so that nobody stays with polling because of a café that they left.

use std::time::Duration;

use crate::clock::Time;

/// How many `WebSocket`s in a row may come to nothing, or break soon, before polling is tried.
pub const USELESS_MAX: u32 = 3;

/// How often WebSocket is tried again while polling is in use: a handshake costs about as much as a
/// heartbeat.
pub const PROBE_EVERY: Duration = Duration::from_secs(30);

/// How long it is remembered that WebSocket does not work here.
pub const LEARNED_FOR: Duration = Duration::from_mins(10);

/// A way to carry frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// A WebSocket: one connection, frames both ways at any time.
    WebSocket,
    /// Requests that the relay holds until it has something to say.
    LongPolling,
    /// Requests that are answered at once, again and again.
    ShortPolling,
}

/// Which transport the person wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preference {
    /// The best that works.
    #[default]
    Automatic,
    /// This one and no other.
    Only(Transport),
}

/// What was learned of the network on the way to here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Learned {
    /// What works, where WebSocket does not.
    pub transport: Transport,
    /// Until when that is believed, by the driver's clock.
    pub until: Time,
}

/// Why a transport is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It is the one that is tried first.
    First,
    /// The person wants it.
    Pinned,
    /// `WebSocket`s came to nothing.
    NoWebSocket,
    /// Requests that the relay held were cut.
    HeldCut,
    /// It worked not long ago, and a better one did not.
    Learned,
    /// It works again.
    Recovered,
}

/// The rules of the choice. Times are the session's.
#[derive(Debug)]
pub(crate) struct Choice {
    preference: Preference,
    /// What to use instead of WebSocket, and why. Believed until a time.
    fallback: Option<(Learned, Why)>,
    /// How many `WebSocket`s in a row came to nothing or broke soon.
    useless: u32,
    /// Whether the last of these had been welcomed, and broke soon.
    breaks_soon: bool,
    /// When held requests were cut last.
    held_cut: Option<Time>,
}

impl Choice {
    pub(crate) fn new(preference: Preference, learned: Option<Learned>) -> Self {
        let fallback = learned.filter(|learned| learned.transport != Transport::WebSocket);
        let fallback = fallback.map(|learned| (learned, Why::Learned));
        Self { preference, fallback, useless: 0, breaks_soon: false, held_cut: None }
    }

    /// What to try next when there is no link.
    pub(crate) fn next(&self, now: Time) -> (Transport, Why) {
        if let Preference::Only(transport) = self.preference {
            return (transport, Why::Pinned);
        }
        match self.fallback {
            Some((Learned { transport, until }, why)) if now < until => (transport, why),
            _ if self.useless >= USELESS_MAX && self.is_held_cut(now) => {
                (Transport::ShortPolling, Why::HeldCut)
            }
            _ if self.useless >= USELESS_MAX => (Transport::LongPolling, Why::NoWebSocket),
            _ => (Transport::WebSocket, Why::First),
        }
    }

    /// The person wants something else.
    pub(crate) fn prefer(&mut self, preference: Preference) {
        self.preference = preference;
        self.network_changed();
    }

    /// Nothing that was learned need be true any more.
    pub(crate) fn network_changed(&mut self) {
        (self.fallback, self.held_cut) = (None, None);
        (self.useless, self.breaks_soon) = (0, false);
    }

    /// An attempt ended before `welcome`. `has_timed_out`: nothing came at all.
    pub(crate) fn came_to_nothing(&mut self, transport: Transport, has_timed_out: bool) {
        self.breaks_soon = false;
        if transport != Transport::WebSocket {
            // What worked once doesn't now: then it is WebSocket's turn, and the other's after that.
            (self.fallback, self.useless) = (None, USELESS_MAX - 1);
        } else if has_timed_out {
            self.useless = USELESS_MAX;
        } else {
            self.useless = self.useless.saturating_add(1);
        }
    }

    /// `welcome` came.
    pub(crate) fn welcomed(&mut self, now: Time, transport: Transport) {
        match (self.preference, transport) {
            (Preference::Only(_), _) => {}
            // One that breaks soon is none: what counts against it does until it `lasted`.
            (Preference::Automatic, Transport::WebSocket) => self.fallback = None,
            (Preference::Automatic, _) => self.believe(now, transport),
        }
    }

    /// An open link ended that had lasted.
    pub(crate) fn lasted(&mut self, transport: Transport) {
        if transport == Transport::WebSocket {
            (self.useless, self.breaks_soon) = (0, false);
        }
    }

    /// An open link broke soon after `welcome`, and the relay did not say that it ends it.
    pub(crate) fn broke_soon(&mut self, transport: Transport) {
        if transport == Transport::WebSocket {
            self.useless = self.useless.saturating_add(1);
            self.breaks_soon = true;
        }
    }

    /// When to try first whether something better than polling works: at once, since what was in the way
    /// may have been that there was no relay; but not where it works, and breaks again.
    pub(crate) fn first_probe(&self, now: Time) -> Time {
        if self.breaks_soon { now + PROBE_EVERY } else { now }
    }

    /// Held requests are cut.
    pub(crate) fn held_cut(&mut self, now: Time) {
        if self.preference != Preference::Automatic {
            return;
        }
        self.held_cut = Some(now);
        let learned = Learned { transport: Transport::ShortPolling, until: now + LEARNED_FOR };
        self.fallback = Some((learned, Why::HeldCut));
    }

    /// Something better than `in_use` was tried beside it and came to nothing.
    pub(crate) fn probe_failed(&mut self, now: Time, in_use: Transport) {
        self.believe(now, in_use);
    }

    /// What may be better than `in_use`, in the order in which it is tried.
    pub(crate) fn better_than(&self, now: Time, in_use: Transport) -> &'static [Transport] {
        let forgotten = !self.is_held_cut(now);
        match (self.preference, in_use) {
            (Preference::Only(_), _) | (_, Transport::WebSocket) => &[],
            (_, Transport::ShortPolling) if forgotten => {
                &[Transport::WebSocket, Transport::LongPolling]
            }
            _ => &[Transport::WebSocket],
        }
    }

    /// What is known, to be kept.
    pub(crate) fn learned(&self) -> Option<Learned> {
        self.fallback.map(|(learned, _)| learned)
    }

    /// Whether held requests were cut, as far as is known.
    fn is_held_cut(&self, now: Time) -> bool {
        self.held_cut.is_some_and(|cut| now.since(cut) < LEARNED_FOR)
    }

    /// `transport` works here, and what is better does not.
    fn believe(&mut self, now: Time, transport: Transport) {
        let why = match self.fallback {
            Some((before, why)) if before.transport == transport => why,
            _ => Why::NoWebSocket,
        };
        self.fallback = Some((Learned { transport, until: now + LEARNED_FOR }, why));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time(1_000_000);

    fn automatic() -> Choice {
        Choice::new(Preference::Automatic, None)
    }

    #[test]
    fn three_websockets_that_came_to_nothing_make_it_long_polling() {
        let mut choice = automatic();
        for _ in 0..USELESS_MAX {
            assert_eq!(choice.next(NOW), (Transport::WebSocket, Why::First));
            choice.came_to_nothing(Transport::WebSocket, false);
        }
        assert_eq!(choice.next(NOW), (Transport::LongPolling, Why::NoWebSocket));
    }

    #[test]
    fn one_that_had_no_answer_is_enough() {
        let mut choice = automatic();
        choice.came_to_nothing(Transport::WebSocket, true);
        assert_eq!(choice.next(NOW).0, Transport::LongPolling);
    }

    #[test]
    fn while_nothing_works_both_have_their_turns() {
        let mut choice = automatic();
        let tried = (0..7).map(|_| {
            let (next, _) = choice.next(NOW);
            choice.came_to_nothing(next, false);
            next
        });
        let tried: Vec<Transport> = tried.collect();
        let (ws, poll) = (Transport::WebSocket, Transport::LongPolling);
        assert_eq!(tried, [ws, ws, ws, poll, ws, poll, ws]);
    }

    #[test]
    fn what_was_learned_expires() {
        let mut choice = automatic();
        choice.came_to_nothing(Transport::WebSocket, true);
        choice.welcomed(NOW, Transport::LongPolling);
        let learned = choice.learned().unwrap();
        assert_eq!(
            learned,
            Learned { transport: Transport::LongPolling, until: NOW + LEARNED_FOR }
        );
        let later = Choice::new(Preference::Automatic, Some(learned));
        assert_eq!(later.next(NOW), (Transport::LongPolling, Why::Learned));
        assert_eq!(later.next(learned.until), (Transport::WebSocket, Why::First));
    }

    #[test]
    fn held_requests_that_are_cut_make_it_short_polling_for_a_time() {
        let mut choice = automatic();
        choice.held_cut(NOW);
        assert_eq!(choice.next(NOW), (Transport::ShortPolling, Why::HeldCut));
        choice.welcomed(NOW, Transport::ShortPolling);
        assert_eq!(choice.next(NOW), (Transport::ShortPolling, Why::HeldCut));
        assert_eq!(choice.better_than(NOW, Transport::ShortPolling), [Transport::WebSocket]);
        let later = NOW + LEARNED_FOR;
        assert_eq!(
            choice.better_than(later, Transport::ShortPolling),
            [Transport::WebSocket, Transport::LongPolling]
        );
    }

    #[test]
    fn a_websocket_that_works_or_another_network_ends_what_was_learned() {
        let mut choice = automatic();
        choice.held_cut(NOW);
        choice.network_changed();
        assert_eq!((choice.next(NOW).0, choice.learned()), (Transport::WebSocket, None));
        choice.held_cut(NOW);
        choice.welcomed(NOW, Transport::WebSocket);
        assert_eq!((choice.next(NOW).0, choice.learned()), (Transport::WebSocket, None));
    }

    #[test]
    fn websockets_that_open_and_break_soon_are_useless_too() {
        let mut choice = automatic();
        for _ in 0..USELESS_MAX {
            choice.welcomed(NOW, Transport::WebSocket);
            choice.broke_soon(Transport::WebSocket);
        }
        assert_eq!(choice.next(NOW).0, Transport::LongPolling);
        choice.welcomed(NOW, Transport::WebSocket);
        choice.broke_soon(Transport::WebSocket);
        assert_eq!(choice.next(NOW).0, Transport::LongPolling, "once more is enough");
        choice.welcomed(NOW, Transport::WebSocket);
        choice.lasted(Transport::WebSocket);
        choice.broke_soon(Transport::WebSocket);
        assert_eq!(choice.next(NOW).0, Transport::WebSocket, "one that lasted starts anew");
    }

    #[test]
    fn what_is_pinned_is_used_whatever_happens_and_teaches_nothing() {
        let mut choice = Choice::new(Preference::Only(Transport::ShortPolling), None);
        choice.welcomed(NOW, Transport::ShortPolling);
        assert_eq!(choice.learned(), None);
        assert_eq!(choice.better_than(NOW, Transport::ShortPolling), []);
        choice.prefer(Preference::Only(Transport::WebSocket));
        for _ in 0..10 {
            choice.came_to_nothing(Transport::WebSocket, true);
        }
        assert_eq!(choice.next(NOW), (Transport::WebSocket, Why::Pinned));
    }
}
