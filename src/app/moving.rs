//! Moving house, the page's side: who the person is, and that they are somebody or nobody from now on. The keys
//! themselves are moved by the page's second module (`duologue_tools::moving`), which says here what to do.

use duologue_protocol::UserId;
use leptos::prelude::*;

use super::App;
use super::newcomer;
use super::route::Route;
use crate::platform::{self, Listener};
use crate::store::moving::forget_in_the_tab;

/// Under which the tabs of a browser tell each other that a name was forgotten.
const FORGOTTEN: &str = "duologue.forgotten";

/// What the second module may ask of the page: to close the dialog, to be nobody any more, or `be NAME`.
pub const CLOSE: &str = "close";
/// See [`CLOSE`].
pub const BE_NOBODY: &str = "nobody";
/// See [`CLOSE`].
pub const BE: &str = "be ";

/// Who somebody is, as far as their key is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resident {
    /// Their name.
    pub name: UserId,
    /// The digits of their key's fingerprint; empty until it is there.
    pub digits: String,
    /// The relay's address; empty if there is none.
    pub relay: String,
}

impl Resident {
    /// As a text: a line for each. No name has a line break.
    pub fn to_text(&self) -> String {
        format!("{}\n{}\n{}", self.name, self.digits, self.relay)
    }

    /// Reads a text; `None` for nobody.
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.split('\n');
        Some(Self {
            name: UserId::parse(lines.next()?).ok()?,
            digits: lines.next()?.to_owned(),
            relay: lines.next()?.to_owned(),
        })
    }
}

impl App {
    /// Who this tab is, as [`Resident`] has it; nothing if it is nobody.
    pub fn resident(self) -> String {
        let Some(name) = self.me.get_untracked() else { return String::new() };
        let digits = self.my_key.get_untracked().map(|key| key.digits()).unwrap_or_default();
        let relay = self.relay.get_untracked().map(|relay| relay.to_string()).unwrap_or_default();
        Resident { name, digits, relay }.to_text()
    }

    /// Does what the second module asks for.
    pub fn move_house(self, what: &str) {
        let me = self.me.get_untracked();
        match (what.strip_prefix(BE), me) {
            // Somebody who is there already would have to leave first.
            (Some(name), None) => {
                if let Ok(name) = UserId::parse(name) {
                    self.become_user(name);
                }
            }
            (None, Some(me)) if what == BE_NOBODY => {
                // The other tabs too: one that goes on would store again what comes.
                platform::tell_other_tabs(FORGOTTEN, me.as_str());
                self.become_nobody(&me);
            }
            // From a newer module than this page.
            _ => {}
        }
    }

    fn become_nobody(self, me: &UserId) {
        self.be_nobody();
        newcomer::suggest_no_more(me);
        // The address names whom they talked to.
        platform::replace_hash(&Route::Home.to_hash());
    }

    /// Another tab forgets a name: a tab in this name is nobody's then.
    pub(super) fn hear_of_forgetting(self) -> Listener {
        platform::on_told(FORGOTTEN, move |name| {
            let me = self.me.get_untracked().filter(|me| me.as_str() == name);
            if let Some(me) = me {
                forget_in_the_tab(&me);
                self.become_nobody(&me);
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resident_arrives_as_they_were_sent() {
        let resident = Resident {
            name: UserId::parse("mary ann").unwrap(),
            digits: "12345 67890".into(),
            relay: "wss://chat.example.org".into(),
        };
        assert_eq!(Resident::parse(&resident.to_text()), Some(resident.clone()));
        let early = Resident { digits: String::new(), relay: String::new(), ..resident };
        assert_eq!(Resident::parse(&early.to_text()), Some(early));
        assert_eq!(Resident::parse(""), None);
    }
}
