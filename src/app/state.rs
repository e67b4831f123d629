//! The page's state as signals, and everything that a person can do to it.

use std::time::Duration;

use duologue_protocol::content::InvalidContent;
use duologue_protocol::{Fingerprint, MessageId, UnixMillis, UserId};
use duologue_session::{Change, Draft, Event, Input, LinkState};
use leptos::prelude::*;

use super::affairs::Affairs;
use super::conversations::{Conversations, compose};
use super::drafts::Drafts;
use super::driver::{Driver, Report};
use super::language::Language;
use super::ledger::Luggage;
use super::panel::{self, OwnEntry};
use super::peers::Peers;
use super::reading::Reading;
use super::record::{Noted, Record};
use super::relay_address::{InvalidAddress, RelayAddress};
use super::route::{Route, has_panel, hash_of};
use crate::platform::{self, Listener, News, Place, Timer};
use crate::store::record::Progress;

/// The name that this tab goes by.
const TAB_NAME: &str = "duologue.name";
/// The name that was used last in this browser.
pub(super) const LAST_NAME: &str = "duologue.last-name";
/// The relay's address, if the person typed one.
const TYPED_RELAY: &str = "duologue.relay";
/// Whether this browser was asked to keep what is stored.
const ASKED_TO_KEEP: &str = "duologue.asked-to-keep";

/// How long a pause in typing is before the draft is stored: not each letter wakes the disk, and a
/// crash costs a word.
const DRAFT_PAUSE: Duration = Duration::from_millis(400);

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
    /// What was typed and not sent.
    pub drafts: RwSignal<Drafts>,
    /// What the person should know beside that.
    pub affairs: RwSignal<Affairs>,
    /// Who the others are to the person.
    pub peers: RwSignal<Peers>,
    /// Whether what earlier sittings left is here.
    pub(super) is_loaded: RwSignal<bool>,
    /// The fingerprint of the person's own key, once it is there.
    pub my_key: RwSignal<Option<Fingerprint>>,
    /// What the person is looking at.
    pub reading: RwSignal<Reading>,
    /// Whether the connection panel is open.
    pub has_panel: RwSignal<bool>,
    pub(super) is_visible: RwSignal<bool>,
    /// Whether what was missed is still on its way.
    pub(super) is_catching_up: RwSignal<bool>,
    pub(super) held: StoredValue<Held, LocalStorage>,
}

/// What lives as long as the page does.
#[derive(Default)]
pub(super) struct Held {
    driver: Option<Driver>,
    draft_timer: Option<Timer>,
    pub(super) own_entry: OwnEntry,
    pub(super) record: Record,
    _listeners: Vec<Listener>,
}

impl App {
    /// The page as it starts: in this tab's name, if it has one already.
    pub fn new() -> Self {
        let app = Self {
            me: RwSignal::new(None),
            route: RwSignal::new(Route::parse(&platform::hash()).in_form(platform::one_form)),
            relay: RwSignal::new(RelayAddress::resolve(
                platform::load(Place::Browser, TYPED_RELAY).as_deref(),
                platform::configured_relay().as_deref(),
                &platform::base_url(),
            )),
            language: RwSignal::new(Language::default()),
            link: RwSignal::new(LinkState::Connecting { failures: 0 }),
            conversations: RwSignal::new(Conversations::default()),
            drafts: RwSignal::new(Drafts::default()),
            affairs: RwSignal::new(Affairs::default()),
            peers: RwSignal::new(Peers::default()),
            is_loaded: RwSignal::new(false),
            my_key: RwSignal::new(None),
            reading: RwSignal::new(Reading::default()),
            has_panel: RwSignal::new(has_panel(&platform::hash())),
            is_visible: RwSignal::new(platform::is_visible()),
            is_catching_up: RwSignal::new(false),
            held: StoredValue::new_local(Held::default()),
        };
        app.choose_language();
        let on_hash = platform::on_hash_change(move |hash| app.arrive(&hash));
        let on_news = platform::on_news(move |news| app.hear(news));
        let listeners = vec![on_hash, on_news, app.hear_of_forgetting()];
        app.held.set_value(Held { _listeners: listeners, ..Held::default() });
        let name = platform::load(Place::Tab, TAB_NAME).map(|name| platform::one_form(&name));
        if let Some(name) = name.and_then(|name| UserId::parse(name).ok()) {
            app.become_user(name);
        }
        Effect::new(move || {
            if let Some(peer) = app.open_peer() {
                app.conversations.update(|all| all.open(&peer));
            }
            untrack(|| app.meet());
        });
        Effect::new(move || app.look());
        app
    }

    /// A name to suggest to somebody who has none in this tab yet.
    pub fn suggested_name(self) -> String {
        let (peer, suggested) = match self.route.get() {
            Route::With { peer, suggested_name, .. } => (Some(peer), suggested_name),
            Route::Home => (None, None),
        };
        let last = platform::load(Place::Browser, LAST_NAME);
        // Whoever opens their own invitation in a second tab wants to be somebody else there.
        let last = last.filter(|last| peer.is_none_or(|peer| peer.as_str() != last));
        suggested.map(|name| name.to_string()).or(last).unwrap_or_default()
    }

    /// From now on this tab is `name`.
    pub fn become_user(self, name: UserId) {
        platform::save(Place::Tab, TAB_NAME, Some(name.as_str()));
        platform::save(Place::Browser, LAST_NAME, Some(name.as_str()));
        self.me.set(Some(name));
        self.start();
    }

    /// This tab is nobody again: somebody can choose another name in it.
    pub fn leave(self) {
        self.keep_drafts();
        self.be_nobody();
    }

    /// The same, and what was typed since a moment ago is not kept.
    pub(super) fn be_nobody(self) {
        platform::save(Place::Tab, TAB_NAME, None);
        drop(self.held.try_update_value(|held| held.driver.take()));
        // What went over the wire is not for whoever has the tab next.
        self.held.update_value(|held| held.record = Record::default());
        self.me.set(None);
        self.conversations.set(Conversations::default());
        self.peers.set(Peers::default());
        self.my_key.set(None);
        self.drafts.set(Drafts::default());
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
        let route = Route::parse(hash).in_form(platform::one_form);
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

    /// The person types a message to `peer`.
    pub fn type_draft(self, peer: &UserId, text: String) {
        self.drafts.update(|drafts| drafts.type_text(peer, text));
        let timer = Timer::after(DRAFT_PAUSE, move || self.keep_drafts());
        self.held.update_value(|held| held.draft_timer = Some(timer));
    }

    /// Sends what is typed to `peer`. Nothing happens to a text that is only white space.
    ///
    /// # Errors
    /// The rule that the text breaks; the text is still the person's.
    pub fn send(self, peer: &UserId) -> Result<(), InvalidContent> {
        let content = self.drafts.with_untracked(|drafts| compose(drafts.text(peer)))?;
        if let Some(content) = content {
            let id = platform::message_id();
            self.send_draft(Draft { id, to: peer.clone(), content });
            self.reading.update(Reading::wrote);
            if platform::load(Place::Browser, ASKED_TO_KEEP).is_none() {
                platform::save(Place::Browser, ASKED_TO_KEEP, Some("yes"));
                platform::ask_to_keep();
            }
        }
        // In the same turn as the message, so that both are stored in one transaction or neither is.
        self.drafts.update(|drafts| drafts.type_text(peer, String::new()));
        self.keep_drafts();
        Ok(())
    }

    /// Tries a refused message again.
    pub fn retry(self, peer: &UserId, id: &MessageId) {
        if let Some(draft) = self.conversations.with_untracked(|all| all.failed(peer, id)) {
            self.send_draft(draft);
        }
    }

    fn send_draft(self, draft: Draft) {
        if let Some(driver) = self.driver() {
            driver.input(Input::UserSent(draft));
        } else {
            // There is no relay yet; the first one gets it.
            let change = Change::Queued { draft, at: UnixMillis(platform::now().0) };
            self.conversations.update(|all| all.apply(&change, Progress::default()));
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
        self.held.update_value(|held| held.driver = Some(driver));
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

    fn keep_drafts(self) {
        let unsaved = self.drafts.try_update_untracked(Drafts::take_unsaved).unwrap_or_default();
        if let Some(driver) = self.driver() {
            for draft in unsaved {
                driver.keep_draft(draft);
            }
        }
    }

    fn report(self, report: Report) {
        match report {
            Report::Loaded(mut loaded) => {
                let drafts = std::mem::take(&mut loaded.drafts);
                self.drafts.update(|all| all.load(drafts));
                self.meet_again(&loaded);
                let open = untrack(|| self.open_peer());
                self.conversations.update(|all| {
                    all.load(loaded);
                    if let Some(peer) = open {
                        all.open(&peer);
                    }
                });
                untrack(|| self.meet());
                self.keep_drafts();
            }
            Report::Change { change, progress } => self.change(&change, progress),
            Report::Event(event) => self.event(event),
            Report::Store(state) => self.affairs.update(|affairs| affairs.store = state),
            Report::Peers(records) => self.learn_of_peers(&records),
            Report::Keys { keeping, key } => {
                self.my_key.set(Some(key));
                self.affairs.update(|affairs| affairs.keys = keeping);
            }
            Report::Observed(observed) => self.note(Noted::Observed(observed)),
        }
    }

    fn change(self, change: &Change, progress: Progress) {
        let read_before = match change {
            Change::Moved { from, .. } => self.conversations.with_untracked(|all| {
                all.with(from).filter(|conversation| conversation.unread == 0)?;
                Some(from.clone())
            }),
            _ => None,
        };
        self.conversations.update(|all| all.apply(change, progress));
        self.apply_to_peers(change);
        // What was read at its old place is read at its new one; the peer doesn't know yet.
        let talks = |peer: &UserId| self.peers.with_untracked(|peers| peers.is_accepted(peer));
        if let Some(peer) = read_before.filter(talks) {
            self.has_read(peer);
        }
    }

    fn event(self, event: Event) {
        self.note(Noted::Event(event.clone()));
        match event {
            Event::Link(state) => {
                self.is_catching_up.set(state == LinkState::Connected);
                self.link.set(state);
            }
            Event::CaughtUp => {
                self.is_catching_up.set(false);
                // Now and not with the effects: what comes next was not missed.
                untrack(|| self.look());
            }
            Event::Learned(learned) => panel::keep_learned(learned),
            Event::Using { .. } => {}
            Event::Held(reason) => self.affairs.update(|affairs| affairs.held = reason),
            Event::Identity { peer, fingerprint, is_expected } => {
                self.peers.update(|peers| peers.saw(&peer, fingerprint, is_expected));
            }
            Event::Refused { reason } => {
                self.affairs.update(|affairs| affairs.refused = Some(reason));
            }
        }
    }
}

impl Default for App {
    fn default() -> Self {
        Self::new()
    }
}
