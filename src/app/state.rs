//! The page's state as signals, and everything that a person can do to it.

use std::collections::HashMap;
use std::mem;

use duologue_protocol::{Fingerprint, UserId};
use duologue_session::{Draft, Input, LinkState};
use leptos::prelude::*;

use super::acting::Composing;
use super::affairs::Affairs;
use super::conversations::Conversations;
use super::drafts::Drafts;
use super::driver::Driver;
use super::language::Language;
use super::ledger::Luggage;
use super::panel::OwnEntry;
use super::peers::Peers;
use super::presence::Presence;
use super::reading::Reading;
use super::record::Record;
use super::relay_address::{InvalidAddress, RelayAddress};
use super::route::{Route, has_panel, hash_of};
use super::{newcomer, setting};
use crate::platform::{self, Listener, News, Place, Timer};

/// The relay's address, if the person typed one.
const TYPED_RELAY: &str = "duologue.relay";

/// The page's state. A handle: copies are the same page.
#[derive(Clone, Copy)]
pub struct App {
    /// Who this tab is; `None` until a name is chosen.
    pub me: RwSignal<Option<UserId>>,
    /// What the address bar asks for.
    pub route: RwSignal<Route>,
    /// Where the relay is, if the page knows.
    pub relay: RwSignal<Option<RelayAddress>>,
    /// In which language the page speaks.
    pub language: RwSignal<Language>,
    /// The state of the link.
    pub link: RwSignal<LinkState>,
    /// What was said.
    pub conversations: RwSignal<Conversations>,
    /// What the composers are about, where it is a message.
    pub(super) composing: RwSignal<HashMap<UserId, Composing>>,
    /// Who is there, and who is writing.
    pub presence: RwSignal<Presence>,
    /// Whether others are not told what the person has read.
    pub(super) hides_reads: RwSignal<bool>,
    /// Rises with each session that is started.
    pub(super) sitting: RwSignal<u32>,
    /// What was typed and not sent.
    pub drafts: RwSignal<Drafts>,
    /// What the person should know beside that.
    pub affairs: RwSignal<Affairs>,
    /// Who the others are to the person.
    pub peers: RwSignal<Peers>,
    /// Whether what earlier sittings left is here.
    pub is_loaded: RwSignal<bool>,
    /// The fingerprint of the person's own key, once it is there.
    pub my_key: RwSignal<Option<Fingerprint>>,
    /// What the person is looking at.
    pub reading: RwSignal<Reading>,
    /// Whose latest messages are in view: nobody's, where somebody reads what is above.
    pub sees_end_of: RwSignal<Option<UserId>>,
    /// Rises whenever the person says something: not when they change what they have said.
    pub sent: RwSignal<u32>,
    /// Rises whenever the person wants to find something.
    pub wants_finder: RwSignal<u32>,
    /// Rises whenever the person drops a file on the page, or pastes one.
    pub files_offered: RwSignal<u32>,
    /// A message of the open conversation that is to be brought into view, by its index.
    pub shown_message: RwSignal<Option<usize>>,
    /// Whether the connection panel is open.
    pub has_panel: RwSignal<bool>,
    /// Whether a newer version of the page is there to be used.
    pub has_new_version: RwSignal<bool>,
    pub(super) is_visible: RwSignal<bool>,
    /// Whether what was missed is still on its way.
    pub(super) is_catching_up: RwSignal<bool>,
    pub(super) held: StoredValue<Held, LocalStorage>,
}

/// What lives as long as the page does.
#[derive(Default)]
pub(super) struct Held {
    driver: Option<Driver>,
    pub(super) draft_timer: Option<Timer>,
    pub(super) typing_timer: Option<Timer>,
    pub(super) show_timer: Option<Timer>,
    /// What waited to be sent when its writer had to choose another name.
    waiting: Vec<Draft>,
    pub(super) own_entry: OwnEntry,
    pub(super) record: Record,
    _listeners: Vec<Listener>,
}

impl App {
    /// The page as it starts: in this tab's name, if it has one already.
    pub fn new() -> Self {
        let app = Self {
            me: RwSignal::new(None),
            route: RwSignal::new(newcomer::route_of(&platform::hash())),
            relay: RwSignal::new(RelayAddress::resolve(
                platform::load(Place::Browser, TYPED_RELAY).as_deref(),
                platform::configured_relay().as_deref(),
                &platform::base_url(),
            )),
            language: RwSignal::new(Language::default()),
            link: RwSignal::new(LinkState::Connecting { failures: 0 }),
            conversations: RwSignal::new(Conversations::default()),
            composing: RwSignal::new(HashMap::new()),
            presence: RwSignal::new(Presence::default()),
            hides_reads: RwSignal::new(Self::are_reads_hidden()),
            sitting: RwSignal::new(0),
            drafts: RwSignal::new(Drafts::default()),
            affairs: RwSignal::new(Affairs::default()),
            peers: RwSignal::new(Peers::default()),
            is_loaded: RwSignal::new(false),
            my_key: RwSignal::new(None),
            reading: RwSignal::new(Reading::default()),
            sees_end_of: RwSignal::new(None),
            sent: RwSignal::new(0),
            wants_finder: RwSignal::new(0),
            files_offered: RwSignal::new(0),
            shown_message: RwSignal::new(None),
            has_panel: RwSignal::new(has_panel(&platform::hash())),
            has_new_version: RwSignal::new(false),
            is_visible: RwSignal::new(platform::is_visible()),
            is_catching_up: RwSignal::new(false),
            held: StoredValue::new_local(Held::default()),
        };
        app.choose_language();
        setting::show_theme();
        let on_hash = platform::on_hash_change(move |hash| app.arrive(&hash));
        let on_news = platform::on_news(move |news| app.hear(news));
        let listeners = vec![
            on_hash,
            on_news,
            app.hear_of_forgetting(),
            app.hear_of_deletion(),
            app.hear_of_language(),
            setting::hear_of_theme(),
            platform::on_files_offered(move || app.files_offered.update(|count| *count += 1)),
        ];
        app.held.set_value(Held { _listeners: listeners, ..Held::default() });
        if let Some(name) = newcomer::name_of_the_tab() {
            app.become_user(name);
        }
        Effect::new(move || {
            if let Some(peer) = app.open_peer() {
                app.conversations.update(|all| all.open(&peer));
            }
            untrack(|| app.meet());
        });
        Effect::new(move || app.look());
        app.show_unread();
        app.keep_watch();
        app.watch_versions();
        app
    }

    /// From now on this tab is `name`.
    pub fn become_user(self, name: UserId) {
        let waiting = self.held.try_update_value(|held| mem::take(&mut held.waiting));
        let mut waiting = waiting.unwrap_or_default();
        waiting.retain(|draft| draft.to != name);
        newcomer::name_the_tab(&name);
        self.me.set(Some(name));
        self.start();
        for draft in waiting {
            self.send_draft(draft);
        }
    }

    /// The name is somebody else's: this tab is nobody again, until another one is chosen. In that one goes out what waits
    /// to be sent, but for what is done to messages: those are not of the other name.
    pub fn leave(self) {
        self.keep_drafts();
        let mut waiting = self.conversations.with_untracked(Conversations::queued);
        waiting.retain(|draft| draft.content.relation().is_none());
        if let Some(refused) = self.me.get_untracked() {
            newcomer::suggest_no_more(&refused);
        }
        self.be_nobody();
        self.held.update_value(|held| held.waiting = waiting);
    }

    /// The same, and what was typed since a moment ago is not kept.
    pub(super) fn be_nobody(self) {
        newcomer::forget_the_tabs_name();
        drop(self.held.try_update_value(|held| held.driver.take()));
        // What went over the wire is not for whoever has the tab next.
        self.held.update_value(|held| held.record = Record::default());
        self.me.set(None);
        self.conversations.set(Conversations::default());
        self.peers.set(Peers::default());
        self.my_key.set(None);
        self.drafts.set(Drafts::default());
        self.composing.set(HashMap::new());
        self.presence.set(Presence::default());
        self.affairs.set(Affairs::default());
        self.link.set(LinkState::Connecting { failures: 0 });
    }

    /// Talks to another relay, or with an empty text to the page's own one. What is still on its way
    /// goes to the new one.
    ///
    /// # Errors
    /// [`InvalidAddress`], which says what an address looks like.
    pub fn use_relay(self, typed: &str) -> Result<(), InvalidAddress> {
        let typed = typed.trim();
        let typed =
            if typed.is_empty() { None } else { Some(RelayAddress::parse(typed)?.to_string()) };
        platform::save(Place::Browser, TYPED_RELAY, typed.as_deref());
        let configured = platform::configured_relay();
        let address =
            RelayAddress::resolve(typed.as_deref(), configured.as_deref(), &platform::base_url());
        // The one that it talks to already has everything: there is nothing to move.
        if address != self.relay.get_untracked() {
            self.relay.set(address);
            self.start();
        }
        Ok(())
    }

    /// What leads whoever opens it to the person; empty for nobody.
    pub fn invite_link(self) -> String {
        let invitation = self.me.get().map(|me| Route::invitation(me, self.my_key.get()));
        invitation.map(|route| platform::link_to(&route.to_hash())).unwrap_or_default()
    }

    /// The person doesn't want to wait for the next attempt.
    pub fn reconnect_now(self) {
        self.input(Input::ReconnectNow);
    }

    /// Goes to a place in the page.
    pub fn go(self, route: &Route) {
        platform::set_hash(&hash_of(route, self.has_panel.get_untracked()));
    }

    /// The address bar has changed.
    fn arrive(self, hash: &str) {
        self.held.update_value(|held| held.own_entry.arrive());
        let route = newcomer::route_of(hash);
        let panel = has_panel(hash);
        // Each set draws something anew: the panel's coming and going is nothing to the route.
        if self.route.with_untracked(|before| *before != route) {
            self.route.set(route);
        }
        if self.has_panel.get_untracked() != panel {
            self.has_panel.set(panel);
        }
    }

    /// The other side of the open conversation; not oneself.
    pub fn open_peer(self) -> Option<UserId> {
        match self.route.get() {
            Route::With { peer, .. } if self.me.get().is_none_or(|me| me != peer) => Some(peer),
            _ => None,
        }
    }

    fn start(self) {
        let queued = self.conversations.with_untracked(Conversations::queued);
        let before = self.held.try_update_value(|held| held.driver.take()).flatten();
        let pins = self.pins_of(&queued);
        let mut luggage = match &before {
            Some(driver) => driver.pack(queued),
            None => Luggage::new(queued),
        };
        luggage.bring_pins(pins);
        // Closed before another is opened, so that nothing of the old one is heard after this.
        drop(before);
        let (Some(me), Some(relay)) = (self.me.get_untracked(), self.relay.get_untracked()) else {
            return;
        };
        self.affairs.set(Affairs::default());
        self.is_catching_up.set(false);
        self.is_loaded.set(false);
        let choice = self.start_record();
        let driver = Driver::start(me, relay, luggage, choice, move |report| self.report(report));
        driver.input(Input::HideReads(self.hides_reads.get_untracked()));
        self.held.update_value(|held| held.driver = Some(driver));
        self.presence.set(Presence::default());
        self.sitting.update(|count| *count += 1);
    }

    pub(super) fn driver(self) -> Option<Driver> {
        self.held.try_with_value(|held| held.driver.clone()).flatten()
    }

    pub(super) fn input(self, input: Input) {
        if let Some(driver) = self.driver() {
            driver.input(input);
        }
    }

    fn hear(self, news: News) {
        match news {
            News::Online => self.input(Input::Online),
            News::Visible => {
                self.is_visible.set(platform::is_visible());
                self.input(Input::Visible);
            }
            News::Hidden => {
                self.is_visible.set(false);
                self.keep_drafts();
            }
        }
    }
}

impl Default for App {
    fn default() -> Self {
        Self::new()
    }
}
