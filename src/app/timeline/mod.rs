//! How a conversation is laid out: where a day begins, which messages stand together, and which part of a long one
//! is drawn (`window`).

pub mod spot;
pub mod window;

use std::borrow::Cow;

use duologue_protocol::UnixMillis;
use rust_i18n::t;

use crate::store::record::Entry;

/// Messages of one sender within so many milliseconds stand together: five minutes, as people pause in a talk.
const GROUP_PAUSE_MS: u64 = 5 * 60 * 1_000;

/// A day of the reader's calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// Days since 1970.
    pub number: i32,
    /// The year that it is in.
    pub year: i32,
}

/// How a message stands in the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    /// The day that begins with it.
    pub day: Option<Day>,
    /// Whether it begins a group: another one's, another day's, or after a pause.
    pub begins_group: bool,
}

/// How `entry` stands after the one `before` it. `day_of`: which day a time is of.
pub fn placement(
    before: Option<&Entry>,
    entry: &Entry,
    day_of: impl Fn(UnixMillis) -> Day,
) -> Placement {
    let day = day_of(entry.at);
    let Some(before) = before else { return Placement { day: Some(day), begins_group: true } };
    let is_other_day = day_of(before.at).number != day.number;
    let is_close = entry.at.0.abs_diff(before.at.0) <= GROUP_PAUSE_MS;
    let begins_group = is_other_day || !is_close || before.is_mine() != entry.is_mine();
    Placement { day: is_other_day.then_some(day), begins_group }
}

/// A day in words. `date`: the day with or without its year, as the reader's language has it.
pub fn day_words(day: Day, today: Day, date: impl Fn(bool) -> String) -> Cow<'static, str> {
    match today.number - day.number {
        0 => t!("timeline.today"),
        1 => t!("timeline.yesterday"),
        _ => Cow::Owned(date(day.year != today.year)),
    }
}

#[cfg(test)]
mod tests {
    use duologue_protocol::{Content, MessageId};

    use super::*;
    use crate::store::record::{EntryState, Place};

    const HOUR: u64 = 60 * 60 * 1_000;

    fn entry(at: u64, is_mine: bool) -> Entry {
        let theirs = EntryState::Theirs { place: Place::default() };
        let state = if is_mine { EntryState::Queued } else { theirs };
        let (id, content) = (MessageId::parse("1").unwrap(), Content::parse("hi").unwrap());
        Entry::new(id, content, UnixMillis(at), state)
    }

    /// Where it is always an hour later than in Greenwich.
    fn day_of(at: UnixMillis) -> Day {
        Day { number: i32::try_from((at.0 + HOUR) / (24 * HOUR)).unwrap(), year: 1970 }
    }

    #[test]
    fn a_day_begins_at_the_readers_midnight_and_is_said_once() {
        let days: Vec<Option<i32>> = [(None, 22), (Some(22), 22), (Some(22), 23), (Some(23), 24)]
            .into_iter()
            .map(|(before, at)| {
                let before = before.map(|hour| entry(hour * HOUR, true));
                let placed = placement(before.as_ref(), &entry(at * HOUR, true), day_of);
                placed.day.map(|day| day.number)
            })
            .collect();
        assert_eq!(days, [Some(0), None, Some(1), None]);
    }

    #[test]
    fn what_one_says_without_a_pause_stands_together() {
        let begins =
            |before: &Entry, after: &Entry| placement(Some(before), after, day_of).begins_group;
        let first = entry(HOUR, true);
        assert!(!begins(&first, &entry(HOUR + GROUP_PAUSE_MS, true)));
        assert!(begins(&first, &entry(HOUR + GROUP_PAUSE_MS + 1, true)));
        assert!(begins(&first, &entry(HOUR, false)), "somebody else speaks");
        assert!(begins(&entry(23 * HOUR - 1, true), &entry(23 * HOUR, true)), "another day");
        assert!(
            !begins(&entry(HOUR + 9, true), &first),
            "the relay's clock may be behind one's own"
        );
        assert!(placement(None, &first, day_of).begins_group);
    }

    #[test]
    fn days_are_told_as_people_say_them() {
        let day = |number, year| Day { number, year };
        let words = |day, today| day_words(day, today, |year| format!("{year}")).into_owned();
        assert_eq!(words(day(365, 1971), day(365, 1971)), "Today");
        assert_eq!(words(day(364, 1970), day(365, 1971)), "Yesterday");
        assert_eq!(words(day(363, 1970), day(365, 1971)), "true", "with its year");
        assert_eq!(words(day(366, 1971), day(365, 1971)), "false", "of a clock that is ahead");
    }
}
