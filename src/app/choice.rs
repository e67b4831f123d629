//! Which transport the person wants and what was learned of the network, as this browser keeps them.

use duologue_session::{LEARNED_FOR, Learned, Preference, Time, Transport};

/// What a session is told of transports when it starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Which one the person wants.
    pub preference: Preference,
    /// What an earlier session learned.
    pub learned: Option<Learned>,
}

/// Everything that a person can choose, in the order in which it is offered.
pub const PREFERENCES: [Preference; 4] = [
    Preference::Automatic,
    Preference::Only(Transport::WebSocket),
    Preference::Only(Transport::LongPolling),
    Preference::Only(Transport::ShortPolling),
];

/// A preference as it is kept.
pub fn key(preference: Preference) -> &'static str {
    match preference {
        Preference::Automatic => "automatic",
        Preference::Only(transport) => transport_key(transport),
    }
}

/// A transport as it is kept.
pub fn transport_key(transport: Transport) -> &'static str {
    match transport {
        Transport::WebSocket => "websocket",
        Transport::LongPolling => "long-polling",
        Transport::ShortPolling => "short-polling",
    }
}

/// Reads what [`key`] wrote. Anything else leaves it to the session.
pub fn preference(text: &str) -> Preference {
    PREFERENCES.into_iter().find(|one| key(*one) == text).unwrap_or_default()
}

/// What was learned, as it is kept.
pub fn keep_learned(learned: Learned) -> String {
    let Learned { transport, until } = learned;
    format!("{} {}", transport_key(transport), until.0)
}

/// Reads what [`keep_learned`] wrote, if it still counts.
pub fn learned(text: &str, now: Time) -> Option<Learned> {
    let (transport, until) = text.split_once(' ')?;
    let Preference::Only(transport) = preference(transport) else { return None };
    let until = Time(until.parse().ok()?);
    // What is believed for longer than anything is comes from a clock that was set back since.
    (now < until && until <= now + LEARNED_FOR).then_some(Learned { transport, until })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again() {
        for one in PREFERENCES {
            assert_eq!(preference(key(one)), one);
        }
        assert_eq!(preference("carrier pigeon"), Preference::Automatic);
        let known = Learned { transport: Transport::LongPolling, until: Time(2_000) };
        assert_eq!(learned(&keep_learned(known), Time(1_000)), Some(known));
    }

    #[test]
    fn what_is_over_or_makes_no_sense_is_not_believed() {
        let far = u64::try_from(LEARNED_FOR.as_millis()).unwrap() + 1_001;
        let texts = ["long-polling 1000", "automatic 2000", "long-polling x", "long-polling", ""];
        for text in texts.map(String::from).into_iter().chain([format!("long-polling {far}")]) {
            assert_eq!(learned(&text, Time(1_000)), None, "{text}");
        }
    }
}
