//! Who is there, and who is to know. Two people see each other where each watches the other; nobody else is told
//! anything, and whoever never says `watch` is never seen.
//!
//! All of it is in memory: a client says whom it watches on each new connection.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use duologue_protocol::limits::{PRESENCE_OFF, WATCH_MAX};
use duologue_protocol::{ErrorCode, Rejection, RelayFrame, UnixMillis, UserId, codec};

use super::{Attachment, Hub, MemberKey, State};

/// How often those who left are looked at: `lastSeen` is right to this.
pub(crate) const SWEEP_EVERY: Duration = Duration::from_secs(5);

/// Of how many people who are away it is kept when they were last there, and whom they watch: some 20 MB if each
/// watches as many as one may, by the longest names.
const AWAY_MAX: usize = 1_000;

/// All who ever said whom they watch, as far as they are kept.
#[derive(Debug, Default)]
pub(super) struct Presence {
    people: HashMap<UserId, Person>,
    /// Who may have left since the last sweep, or has.
    leaving: HashSet<UserId>,
}

#[derive(Debug)]
struct Person {
    watches: HashSet<UserId>,
    state: Whereabouts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whereabouts {
    /// With a connection, as far as is known.
    Here,
    /// The last connection ended at this time, and there may be another in a moment.
    Leaving { since: UnixMillis },
    /// Gone since.
    Away { since: UnixMillis },
}

impl Presence {
    /// Takes in whom `person` watches, who is there. Returns whom they are to be told of, and who is to be told of them.
    fn watch(&mut self, person: &UserId, watches: HashSet<UserId>) -> (Vec<UserId>, Vec<UserId>) {
        let before = self
            .people
            .insert(person.clone(), Person { watches: watches.clone(), state: Whereabouts::Here });
        let was_there = before.as_ref().is_some_and(|before| before.state.is_there());
        let knew = |peer: &UserId| {
            was_there && before.as_ref().is_some_and(|before| before.watches.contains(peer))
        };
        let mutual: Vec<UserId> =
            watches.into_iter().filter(|peer| self.watches(peer, person)).collect();
        let to_tell = mutual.iter().filter(|peer| !knew(peer)).cloned().collect();
        (mutual, to_tell)
    }

    fn watches(&self, one: &UserId, other: &UserId) -> bool {
        self.people.get(one).is_some_and(|person| person.watches.contains(other))
    }

    /// Whether the two see each other.
    fn see_each_other(&self, one: &UserId, other: &UserId) -> bool {
        self.watches(one, other) && self.watches(other, one)
    }

    /// A connection of `person` ended, perhaps the last one.
    pub(super) fn left(&mut self, person: &UserId) {
        if self.people.contains_key(person) {
            self.leaving.insert(person.clone());
        }
    }

    /// Looks at those who may have left. Returns who is gone from now on.
    fn sweep(&mut self, now: UnixMillis, has_connection: impl Fn(&UserId) -> bool) -> Vec<UserId> {
        let (people, mut gone) = (&mut self.people, Vec::new());
        self.leaving.retain(|name| {
            let Some(person) = people.get_mut(name) else { return false };
            person.state = match person.state {
                _ if has_connection(name) => Whereabouts::Here,
                Whereabouts::Here => Whereabouts::Leaving { since: now },
                Whereabouts::Leaving { since } if is_over(since, now) => {
                    gone.push(name.clone());
                    Whereabouts::Away { since }
                }
                state => state,
            };
            matches!(person.state, Whereabouts::Leaving { .. })
        });
        if !gone.is_empty() {
            self.forget_the_oldest();
        }
        gone
    }

    fn forget_the_oldest(&mut self) {
        let away = self.people.iter().filter_map(|(name, person)| match person.state {
            Whereabouts::Away { since } => Some((since, name.clone())),
            _ => None,
        });
        let mut away: Vec<(UnixMillis, UserId)> = away.collect();
        away.sort();
        let too_many = away.len().saturating_sub(AWAY_MAX);
        for (_, name) in away.into_iter().take(too_many) {
            self.people.remove(&name);
        }
    }

    /// What is said of `person`; nothing of whom nothing is known.
    fn frame(&self, person: &UserId) -> Option<RelayFrame> {
        let last_seen = match self.people.get(person)?.state {
            Whereabouts::Here | Whereabouts::Leaving { .. } => None,
            Whereabouts::Away { since } => Some(since),
        };
        let (user_id, online) = (person.clone(), last_seen.is_none());
        Some(RelayFrame::Presence { user_id, online, last_seen })
    }

    /// Who is to be told of `person`.
    fn watchers(&self, person: &UserId) -> Vec<UserId> {
        let watched = self.people.get(person).map(|person| &person.watches);
        let watched = watched.into_iter().flatten();
        watched.filter(|peer| self.watches(peer, person)).cloned().collect()
    }
}

impl Whereabouts {
    fn is_there(self) -> bool {
        !matches!(self, Self::Away { .. })
    }
}

fn is_over(since: UnixMillis, now: UnixMillis) -> bool {
    Duration::from_millis(now.0.saturating_sub(since.0)) >= PRESENCE_OFF
}

impl Hub {
    /// Tells of those who left for good; `now` by the relay's clock.
    pub fn sweep(&self, now: UnixMillis) {
        let mut state = self.lock();
        let State { people, presence, .. } = &mut *state;
        for person in presence.sweep(now, |name| people.has(name)) {
            state.tell_of(&person, None);
        }
    }
}

impl State {
    /// Tells the connections of `to`, or of all who are to know, whether `person` is there.
    fn tell_of(&mut self, person: &UserId, to: Option<Vec<UserId>>) {
        let Some(frame) = self.presence.frame(person) else { return };
        let text = bytestring::ByteString::from(codec::encode(&frame));
        for peer in to.unwrap_or_else(|| self.presence.watchers(person)) {
            for member in self.people.members(&peer) {
                member.outgoing.text(text.clone());
            }
        }
    }
}

impl Attachment {
    /// Takes in of whom the person wants to be told, and who is to be told of them.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidField`] for more than [`WATCH_MAX`].
    pub fn watch(&self, peers: Vec<UserId>) -> Result<(), Rejection> {
        if peers.len() > WATCH_MAX {
            let rule = format!("`watch` names at most {WATCH_MAX} people");
            return Err(Rejection::new(ErrorCode::InvalidField, rule));
        }
        let mut state = self.hub.lock();
        let person = self.person();
        // A connection that is ending, whose name is another one's by now.
        if !self.has_key && state.claims.has(person) {
            return Ok(());
        }
        let (news, to_tell) = state.presence.watch(person, peers.into_iter().collect());
        // Whoever comes and goes without end is not announced each time.
        if !to_tell.is_empty() && self.hub.pace.admits(person) {
            state.tell_of(person, Some(to_tell));
        }
        let frames: Vec<RelayFrame> =
            news.iter().filter_map(|peer| state.presence.frame(peer)).collect();
        if let Some(member) = state.member(&self.sender.key) {
            for frame in frames {
                member.outgoing.text(codec::encode(&frame));
            }
        }
        Ok(())
    }

    /// The person types to `to`: their connections hear of it, if the two see each other. Counts as a message does;
    /// what comes too fast goes nowhere.
    pub fn typing(&self, to: &UserId) {
        let mut state = self.hub.lock();
        if matches!(self.sender.key, MemberKey::Person(..))
            && state.presence.see_each_other(self.person(), to)
            && self.hub.pace.admits(self.person())
        {
            let frame = RelayFrame::Typing { from_user_id: self.person().clone() };
            let text = bytestring::ByteString::from(codec::encode(&frame));
            for member in state.people.members(to) {
                member.outgoing.text(text.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str) -> UserId {
        UserId::parse(name).unwrap()
    }

    fn names(list: &[&str]) -> HashSet<UserId> {
        list.iter().copied().map(user).collect()
    }

    const LATER: UnixMillis = UnixMillis(1_000 + 75_000);

    #[test]
    fn two_see_each_other_once_both_want_to() {
        let mut presence = Presence::default();
        let nobody = (Vec::new(), Vec::new());
        assert_eq!(presence.watch(&user("ann"), names(&["ben"])), nobody);
        assert_eq!(
            presence.watch(&user("cleo"), names(&["ann"])),
            nobody,
            "a stranger sees nothing"
        );
        let both = (vec![user("ann")], vec![user("ann")]);
        assert_eq!(presence.watch(&user("ben"), names(&["ann"])), both);
        let told = (vec![user("ben")], Vec::new());
        assert_eq!(presence.watch(&user("ann"), names(&["ben"])), told, "ben knows already");
        assert!(!presence.see_each_other(&user("ann"), &user("cleo")));
        presence.watch(&user("ben"), names(&[]));
        assert!(!presence.see_each_other(&user("ann"), &user("ben")));
    }

    #[test]
    fn a_reload_is_no_farewell_and_the_last_connection_is_when_somebody_was_seen() {
        let mut presence = Presence::default();
        presence.watch(&user("ann"), names(&["ben"]));
        presence.watch(&user("ben"), names(&["ann"]));
        presence.left(&user("ann"));
        assert!(presence.sweep(UnixMillis(1_000), |_| false).is_empty());
        assert!(presence.sweep(UnixMillis(LATER.0 - 1), |_| false).is_empty());
        presence.sweep(LATER, |_| true);
        presence.left(&user("ann"));
        assert!(presence.sweep(LATER, |_| false).is_empty(), "it begins anew");
        let gone = UnixMillis(LATER.0 + 75_000);
        assert_eq!(presence.sweep(gone, |_| false), [user("ann")]);
        let frame = presence.frame(&user("ann"));
        let (user_id, last_seen) = (user("ann"), Some(LATER));
        assert_eq!(frame, Some(RelayFrame::Presence { user_id, online: false, last_seen }));
        assert!(presence.sweep(UnixMillis(u64::MAX), |_| false).is_empty(), "said once");
        // Whoever comes back is news to whoever watches.
        let (_, to_tell) = presence.watch(&user("ann"), names(&["ben"]));
        assert_eq!(to_tell, [user("ben")]);
    }

    #[test]
    fn those_who_are_away_are_kept_up_to_a_number() {
        let mut presence = Presence::default();
        for n in 0..AWAY_MAX + 10 {
            let name = user(&n.to_string());
            presence.watch(&name, HashSet::new());
            presence.left(&name);
            let now = UnixMillis(n as u64);
            presence.sweep(now, |_| false);
        }
        presence.sweep(UnixMillis(u64::MAX), |_| false);
        assert_eq!(presence.people.len(), AWAY_MAX);
        assert!(!presence.people.contains_key(&user("9")), "the oldest went");
        assert!(presence.people.contains_key(&user("10")));
        assert!(presence.leaving.is_empty());
    }
}
