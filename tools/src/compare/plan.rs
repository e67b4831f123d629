//! How many messages are exchanged, and how fast: what a person typed, and its bounds.

/// Enough for a distribution, and not so many that the relay's mailboxes notice.
pub const MESSAGES_MAX: u32 = 200;

/// The lowest rate, in messages in ten seconds: pauses stay well below the time for which the relay holds a
/// poll, and below a heartbeat, so that neither is counted as the price of a message.
const RATE_MIN: u32 = 1;

/// The highest one, likewise: a page's timers are not much finer than the pause at this rate.
const RATE_MAX: u32 = 200;

/// The longest exchange over one transport: nobody watches a progress bar for longer.
pub const LONGEST_SECONDS: u32 = 300;

/// An exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// How many messages.
    pub messages: u32,
    /// How many of them in ten seconds.
    rate: u32,
}

/// Which of the two things that a person types is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// How many messages.
    Messages,
    /// How many in a second.
    Rate,
}

/// What is wrong with what a person typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invalid {
    /// Not a number of messages, or too many.
    Messages,
    /// Not a rate, or one beyond the bounds.
    Rate,
    /// Both are fine, but it would take so many minutes.
    TooLong(u32),
}

impl Invalid {
    /// Where to mend it.
    pub fn field(self) -> Field {
        match self {
            Self::Messages | Self::TooLong(_) => Field::Messages,
            Self::Rate => Field::Rate,
        }
    }
}

impl Default for Plan {
    fn default() -> Self {
        Self { messages: 20, rate: 20 }
    }
}

impl Plan {
    /// Takes what a person typed: a count, and a rate in messages a second with one digit behind the point or
    /// the comma at most.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(messages: &str, rate: &str) -> Result<Self, Invalid> {
        let messages = whole(messages.trim()).ok_or(Invalid::Messages)?;
        if !(1..=MESSAGES_MAX).contains(&messages) {
            return Err(Invalid::Messages);
        }
        let rate = tenths(rate.trim()).ok_or(Invalid::Rate)?;
        if !(RATE_MIN..=RATE_MAX).contains(&rate) {
            return Err(Invalid::Rate);
        }
        let plan = Self { messages, rate };
        let seconds = plan.seconds();
        if seconds > LONGEST_SECONDS {
            return Err(Invalid::TooLong(seconds.div_ceil(60)));
        }
        Ok(plan)
    }

    /// When a message is due, in microseconds after the first one; that is number 0.
    pub fn due(self, number: u32) -> u64 {
        u64::from(number) * 10_000_000 / u64::from(self.rate)
    }

    /// How long it takes at the least, from the first message to the last.
    pub fn seconds(self) -> u32 {
        ((self.messages - 1) * 10).div_ceil(self.rate)
    }

    /// How many messages a second, as a person would type it.
    pub fn rate(self) -> String {
        match (self.rate / 10, self.rate % 10) {
            (whole, 0) => whole.to_string(),
            (whole, tenth) => format!("{whole}.{tenth}"),
        }
    }

    /// The same as a number.
    pub fn per_second(self) -> f64 {
        f64::from(self.rate) / 10.0
    }
}

fn whole(text: &str) -> Option<u32> {
    // `parse` would take a sign, too.
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn tenths(text: &str) -> Option<u32> {
    let (units, tenth) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    let units = if units.is_empty() { 0 } else { whole(units)? };
    let tenth = whole(tenth).filter(|_| tenth.len() == 1)?;
    units.checked_mul(10)?.checked_add(tenth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_may_type_it_in_many_ways() {
        assert_eq!(Plan::parse("20", "2"), Ok(Plan::default()));
        assert_eq!(Plan::parse(" 20 ", "2.0"), Ok(Plan::default()));
        assert_eq!(Plan::parse("5", "0,5"), Ok(Plan { messages: 5, rate: 5 }));
        assert_eq!(Plan::parse("5", ".5"), Ok(Plan { messages: 5, rate: 5 }));
        assert_eq!(Plan::parse("200", "20"), Ok(Plan { messages: 200, rate: 200 }));
        assert_eq!(Plan::parse("1", "0.1"), Ok(Plan { messages: 1, rate: 1 }));
    }

    #[test]
    fn what_is_out_of_bounds_is_refused_at_its_field() {
        for messages in ["", "0", "201", "-1", "+5", "2.5", "many", "99999999999"] {
            assert_eq!(Plan::parse(messages, "2"), Err(Invalid::Messages), "{messages}");
        }
        for rate in ["", "0", "0.0", "20.1", "2.", "2.55", "-1", "1e3", "fast", "9999999999", "."] {
            assert_eq!(Plan::parse("20", rate), Err(Invalid::Rate), "{rate}");
        }
        assert_eq!(Plan::parse("200", "0.1"), Err(Invalid::TooLong(34)));
        assert_eq!(Invalid::TooLong(34).field(), Field::Messages);
        assert!(Plan::parse("31", "0.1").is_ok(), "five minutes are fine");
    }

    #[test]
    fn messages_are_due_evenly() {
        let plan = Plan::default();
        assert_eq!([plan.due(0), plan.due(1), plan.due(19)], [0, 500_000, 9_500_000]);
        assert_eq!(plan.seconds(), 10);
        let fast = Plan { messages: 4, rate: 200 };
        assert_eq!(fast.due(3), 150_000);
    }

    #[test]
    fn a_rate_is_said_as_it_was_typed() {
        for rate in ["2", "0.5", "12.5", "20"] {
            assert_eq!(Plan::parse("1", rate).unwrap().rate(), rate);
        }
        assert!((Plan::default().per_second() - 2.0).abs() < f64::EPSILON);
    }
}
