//! Moving house, the page's side: who the person is, and that they are somebody or nobody from now on. The keys
//! themselves are moved by what is loaded for it (`duologue_tools::moving`), which says here what to do.

use duologue_protocol::UserId;
use leptos::prelude::*;

use super::App;
use super::newcomer;
use super::route::Route;
use crate::platform::{self, Listener};
use crate::store::moving::forget_in_the_tab;

/// Under which the tabs of a browser tell each other that a name was forgotten.
const FORGOTTEN: &str = "duologue.forgotten";

/// What the dialog about the key may ask of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// To close the dialog.
    Close,
    /// To be nobody any more.
    BeNobody,
    /// To be somebody, where the page is nobody's.
    Be(UserId),
}

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

impl App {
    /// Who this tab is; `None` if it is nobody.
    pub fn resident(self) -> Option<Resident> {
        let name = self.me.get_untracked()?;
        let digits = self.my_key.get_untracked().map(|key| key.digits()).unwrap_or_default();
        let relay = self.relay.get_untracked().map(|relay| relay.to_string()).unwrap_or_default();
        Some(Resident { name, digits, relay })
    }

    /// Does what the dialog asks for; to close it is its place's business.
    pub fn move_house(self, request: Request) {
        match (request, self.me.get_untracked()) {
            (Request::Be(name), None) => self.become_user(name),
            (Request::BeNobody, Some(me)) => {
                // The other tabs too: one that goes on would store again what comes.
                platform::tell_other_tabs(FORGOTTEN, me.as_str());
                self.become_nobody(&me);
            }
            // Somebody who is there already would have to leave first.
            (Request::Be(_), Some(_)) | (Request::BeNobody, None) | (Request::Close, _) => {}
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
