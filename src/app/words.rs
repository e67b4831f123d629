//! The states of the link, of a message and of the store, in words.

use std::borrow::Cow;
use std::time::Duration;

use duologue_session::{Cause, LinkState, Time};
use rust_i18n::t;

use super::affairs::Affairs;
use super::conversations::Status;
use super::numbers;
use super::rules;
use crate::store::StoreState;
use crate::store::vault::Keeping;

/// After so many failures in a row it is worth saying how a relay is started.
const HELP_AFTER_FAILURES: u32 = 2;

/// What a person is told about the link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkWords {
    /// How it is, as a class name for colours: never the only sign.
    pub tone: Tone,
    /// In a word or two.
    pub short: Cow<'static, str>,
    /// What is wrong and what happens next; `None` while all is well.
    pub long: Option<String>,
    /// Whether there is a wait that the person may cut short.
    pub can_reconnect: bool,
    /// Whether another name may be what helps.
    pub can_leave: bool,
    /// Whether to say how a relay is started.
    pub needs_help: bool,
}

/// How the link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Messages flow.
    Good,
    /// They will, soon.
    Busy,
    /// They don't.
    Bad,
}

impl Tone {
    /// A class name.
    pub fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Busy => "busy",
            Self::Bad => "bad",
        }
    }
}

/// Says how the link is at the time `now`.
pub fn describe(link: &LinkState, now: Time) -> LinkWords {
    match link {
        LinkState::Connected => LinkWords {
            tone: Tone::Good,
            short: t!("link.connected"),
            long: None,
            can_reconnect: false,
            can_leave: false,
            needs_help: false,
        },
        LinkState::Connecting { failures } => LinkWords {
            tone: Tone::Busy,
            short: t!("link.connecting"),
            // After a failure there were words already: they change, and the strip stays.
            long: (*failures > 0).then(|| t!("link.again").into_owned()),
            can_reconnect: false,
            can_leave: false,
            needs_help: *failures >= HELP_AFTER_FAILURES,
        },
        LinkState::Waiting { until, failures, cause } => LinkWords {
            tone: Tone::Bad,
            short: t!("link.reconnecting"),
            long: Some(
                t!(
                    "link.sentences",
                    first = cause_words(cause),
                    then = wait_words(until.since(now))
                )
                .into_owned(),
            ),
            can_reconnect: true,
            can_leave: false,
            needs_help: *failures >= HELP_AFTER_FAILURES,
        },
        LinkState::Stopped { reason } => LinkWords {
            tone: Tone::Bad,
            short: t!("link.disconnected"),
            long: Some(t!("link.ended", reason = rules::of_a_refusal(reason)).into_owned()),
            can_reconnect: true,
            can_leave: true,
            needs_help: false,
        },
    }
}

/// What a person reads about their own message beside its time; a refused one says more below.
pub fn delivery(status: &Status) -> Cow<'static, str> {
    match status {
        Status::Queued => t!("message.queued"),
        Status::Sent => t!("message.sent"),
        Status::Delivered => t!("message.delivered"),
        Status::Read => t!("message.read"),
        Status::Theirs | Status::Failed(_) => Cow::Borrowed(""),
    }
}

/// A class name for each status.
pub fn class(status: &Status) -> &'static str {
    match status {
        Status::Theirs => "theirs",
        Status::Queued => "queued",
        Status::Sent => "sent",
        Status::Delivered => "delivered",
        Status::Read => "read",
        Status::Failed(_) => "failed",
    }
}

/// How many messages wait to be sent; nothing if none does.
pub fn waiting(count: usize) -> Option<String> {
    match count {
        0 => None,
        1 => Some(t!("link.waiting.one").into_owned()),
        n => Some(t!("link.waiting.other", count = numbers::count(n)).into_owned()),
    }
}

/// Something that a person should know beside the state of the link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// A class name that says what it is about.
    pub class: &'static str,
    /// In words.
    pub words: String,
    /// Whether it goes away once it was seen; else it does when what it says is over.
    pub can_be_seen: bool,
}

/// What there is to know. `waiting`: what [`waiting`] says.
pub fn notices(affairs: &Affairs, waiting: &str) -> Vec<Notice> {
    let held = affairs.held.as_ref().map(|reason| Notice {
        class: "held",
        words: t!("notice.held", reason = rules::of_a_refusal(reason), waiting = waiting)
            .into_owned(),
        can_be_seen: false,
    });
    let to_see = |class, words: Option<Cow<'static, str>>| {
        words.map(|words| Notice { class, words: words.into_owned(), can_be_seen: true })
    };
    let is_store_new = affairs.seen != affairs.store;
    let are_keys_new = affairs.seen_keys != affairs.keys;
    let (store, keys) = match (affairs.store, affairs.keys) {
        // One window, one notice.
        (StoreState::Refused, Keeping::NoStorage) => {
            let is_new = is_store_new || are_keys_new;
            (is_new.then(|| t!("notice.nothing_kept")), None)
        }
        (state, keeping) => {
            (store(state).filter(|_| is_store_new), keys(keeping).filter(|_| are_keys_new))
        }
    };
    let (store, keys) = (to_see("store", store), to_see("keys", keys));
    let refused = affairs.refused.as_ref().map(|reason| Notice {
        class: "refused",
        words: t!("notice.refused", reason = rules::of_a_refusal(reason)).into_owned(),
        can_be_seen: true,
    });
    [held, store, keys, refused].into_iter().flatten().collect()
}

/// What a person should know about their keys: nothing while the browser keeps them.
fn keys(keeping: Keeping) -> Option<Cow<'static, str>> {
    Some(match keeping {
        Keeping::Browser => return None,
        Keeping::InsecureContext => t!("notice.keys.insecure"),
        Keeping::NoStorage => t!("notice.keys.no_storage"),
        Keeping::Unreadable => t!("notice.keys.unreadable"),
    })
}

/// What a person should know about the store: nothing while all is well.
fn store(state: StoreState) -> Option<Cow<'static, str>> {
    Some(match state {
        StoreState::Well => return None,
        StoreState::Unreadable(_) => t!("notice.store.unreadable"),
        StoreState::Late => t!("notice.store.late"),
        StoreState::Refused => t!("notice.store.refused"),
        StoreState::Full => t!("notice.store.full"),
        StoreState::Newer => t!("notice.store.newer"),
        StoreState::Broken => t!("notice.store.broken"),
    })
}

fn cause_words(cause: &Cause) -> Cow<'static, str> {
    match cause {
        Cause::Unreachable => t!("link.cause.unreachable"),
        Cause::NoWelcome => t!("link.cause.no_welcome"),
        Cause::Broken => t!("link.cause.broken"),
        Cause::Silent => t!("link.cause.silent"),
        Cause::Closed(reason) => t!("link.cause.closed", reason = rules::of_a_refusal(reason)),
    }
}

fn wait_words(wait: Duration) -> Cow<'static, str> {
    match wait.as_millis().div_ceil(1000) {
        0 => t!("link.wait.now"),
        seconds => t!("link.wait.seconds", seconds = seconds),
    }
}

#[cfg(test)]
mod tests {
    use duologue_protocol::ErrorCode;
    use duologue_session::Reason;

    use super::*;

    fn waiting(until: u64, failures: u32) -> LinkState {
        LinkState::Waiting { until: Time(until), failures, cause: Cause::Unreachable }
    }

    #[test]
    fn a_wait_counts_down_in_whole_seconds() {
        let long = |now| describe(&waiting(10_000, 1), Time(now)).long.unwrap();
        assert_eq!(long(7_500), "The relay can’t be reached. Reconnecting in 3 s.");
        assert_eq!(long(9_999), "The relay can’t be reached. Reconnecting in 1 s.");
        assert_eq!(long(12_000), "The relay can’t be reached. Reconnecting now.");
    }

    #[test]
    fn help_comes_once_it_is_likely_to_be_needed_and_stays_over_attempts() {
        assert!(!describe(&waiting(0, 1), Time(0)).needs_help);
        assert!(describe(&waiting(0, 2), Time(0)).needs_help);
        assert!(describe(&LinkState::Connecting { failures: 2 }, Time(0)).needs_help);
        assert!(!describe(&LinkState::Connected, Time(0)).needs_help);
    }

    #[test]
    fn the_strip_stays_while_the_next_attempt_is_under_way() {
        assert!(describe(&LinkState::Connecting { failures: 1 }, Time(0)).long.is_some());
        assert!(describe(&LinkState::Connecting { failures: 0 }, Time(0)).long.is_none());
    }

    #[test]
    fn what_is_well_needs_no_words_and_what_was_seen_is_not_said_again() {
        let mut affairs = Affairs::default();
        assert_eq!(notices(&affairs, ""), []);
        affairs.store = StoreState::Full;
        affairs.held = Some(Reason::of_an_error(ErrorCode::StorageUnavailable, "the disk is full"));
        affairs.refused = Some(Reason::of_an_error(ErrorCode::Unknown, "no"));
        let words = |affairs: &Affairs| {
            notices(affairs, "1 message is waiting.")
                .into_iter()
                .map(|n| n.words)
                .collect::<Vec<_>>()
        };
        let all = words(&affairs);
        assert!(all[0].contains("its storage doesn’t work. Yours are kept"), "{all:?}");
        assert!(all[0].ends_with("1 message is waiting.") && all[1].contains("storage is full"));
        affairs.have_been_seen();
        assert_eq!(words(&affairs), [all[0].clone()], "only what lasts is still said");
        affairs.store = StoreState::Refused;
        assert_eq!(words(&affairs).len(), 2, "another trouble is news");
    }

    #[test]
    fn a_browser_that_keeps_nothing_is_told_of_once_with_all_that_is_lost() {
        let mut affairs =
            Affairs { store: StoreState::Refused, keys: Keeping::NoStorage, ..Affairs::default() };
        let said = notices(&affairs, "");
        assert_eq!(said.len(), 1);
        assert!(said[0].words.contains("can’t be used again"), "{said:?}");
        affairs.have_been_seen();
        assert_eq!(notices(&affairs, ""), []);
        // The key that is kept is none that is lost.
        let kept = Affairs { store: StoreState::Refused, ..Affairs::default() };
        assert!(!notices(&kept, "")[0].words.contains("name"));
    }

    #[test]
    fn what_waits_is_counted() {
        assert_eq!(super::waiting(0), None);
        assert_eq!(super::waiting(1).unwrap(), "1 message is waiting.");
        assert_eq!(super::waiting(3).unwrap(), "3 messages are waiting.");
    }

    #[test]
    fn every_state_that_is_not_well_can_be_acted_on() {
        assert!(describe(&waiting(0, 1), Time(0)).can_reconnect);
        let reason = Reason::of_an_error(ErrorCode::Unknown, "no");
        let stopped = LinkState::Stopped { reason };
        assert!(describe(&stopped, Time(0)).can_reconnect);
    }
}
