//! Where somebody was reading above the latest message, over a reload of their tab.

use duologue_protocol::UserId;

use crate::platform::{self, Place};

const KEY: &str = "duologue.spot";

/// A message, and how far it was from the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The message's index: none is moved, so it names the same one after a reload.
    pub index: usize,
    /// By so many CSS pixels it was below the middle, or with a minus above.
    pub below_middle: i32,
}

impl Spot {
    /// Keeps where somebody reads in the conversation with `peer`; nowhere is at the latest message.
    pub fn keep(peer: &UserId, spot: Option<Self>) {
        let line = spot.map(|spot| spot.line(peer));
        platform::save(Place::Tab, KEY, line.as_deref());
    }

    /// Where this tab was in the conversation with `peer` when it was reloaded. It is there once.
    pub fn take(peer: &UserId) -> Option<Self> {
        let line = platform::load(Place::Tab, KEY)?;
        platform::save(Place::Tab, KEY, None);
        Self::read(&line, peer)
    }

    fn line(self, peer: &UserId) -> String {
        format!("{} {} {peer}", self.index, self.below_middle)
    }

    fn read(line: &str, of: &UserId) -> Option<Self> {
        let mut parts = line.splitn(3, ' ');
        let (index, below_middle) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        (parts.next()? == of.as_str()).then_some(Self { index, below_middle })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spot_is_one_of_its_conversation() {
        let user = |name: &str| UserId::parse(name).unwrap();
        let spot = Spot { index: 7, below_middle: -31 };
        let line = spot.line(&user("ben and cleo"));
        assert_eq!(Spot::read(&line, &user("ben and cleo")), Some(spot));
        assert_eq!(Spot::read(&line, &user("ben")), None);
        for other in ["", "7", "7 -31", "x 1 ben", "7 x ben"] {
            assert_eq!(Spot::read(other, &user("ben")), None, "{other:?}");
        }
    }
}
