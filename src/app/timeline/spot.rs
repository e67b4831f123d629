//! Where somebody was reading above the latest message, over a reload of their tab.

use duologue_protocol::UserId;

use crate::platform::{self, Place, Rows};

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
    /// The row that is nearest to the middle. One that is higher than the view is in the middle with its beginning at the
    /// view's.
    pub fn nearest(rows: &Rows) -> Option<Self> {
        let mut top = rows.top;
        let below = rows.heights.iter().map(|height| {
            let below = top - ((rows.view - height) / 2.0).max(0.0);
            top += height;
            below
        });
        let nearest = below.enumerate().min_by(|one, other| one.1.abs().total_cmp(&other.1.abs()));
        #[expect(
            clippy::cast_possible_truncation,
            reason = "what is drawn is at most some screens away"
        )]
        nearest.map(|(n, below)| Self { index: rows.first + n, below_middle: below as i32 })
    }

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
    fn what_is_nearest_to_the_middle_is_where_one_reads() {
        let rows =
            |top, heights: &[f64]| Rows { first: 5, top, heights: heights.into(), view: 600.0 };
        let spot = |index, below_middle| Some(Spot { index, below_middle });
        let same = [100.0; 8];
        assert_eq!(Spot::nearest(&rows(-50.0, &same)), spot(8, 0));
        assert_eq!(Spot::nearest(&rows(-80.0, &same)), spot(8, -30));
        assert_eq!(Spot::nearest(&rows(-120.0, &same)), spot(9, 30));
        assert_eq!(Spot::nearest(&rows(-900.0, &[880.0, 700.0, 50.0])), spot(6, -20));
        assert_eq!(Spot::nearest(&rows(0.0, &[])), None);
    }

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
