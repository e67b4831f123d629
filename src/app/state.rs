//! The page's state as signals, and everything that a person can do to it.

use duologue_protocol::UserId;
use duologue_protocol::content::InvalidContent;
use duologue_protocol::{MessageId, UnixMillis};
use duologue_session::{Event, Input, LinkState};
use leptos::prelude::*;

use super::conversations::{Conversations, compose};
use super::driver::Driver;
use super::relay_address::{InvalidAddress, RelayAddress};
use super::route::Route;
use crate::platform::{self, Listener, News, Place};

/// The name that this tab goes by.
const TAB_NAME: &str = "duologue.name";
/// The name that was used last in this browser.
const LAST_NAME: &str = "duologue.last-name";
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
    /// The state of the link.
    pub link: RwSignal<LinkState>,
    /// What was said.
    pub conversations: RwSignal<Conversations>,
    /// What the relay refused last, in words, until the person has seen it.
    pub notice: RwSignal<Option<String>>,
    driver: StoredValue<Option<Driver>, LocalStorage>,
    _listeners: StoredValue<[Listener; 2], LocalStorage>,
}

impl App {
    /// The page as it starts: in this tab's name, if it has one already.
    pub fn new() -> Self {
        let route = RwSignal::new(Route::parse(&platform::hash()));
        let driver = StoredValue::new_local(None::<Driver>);
        let on_hash = platform::on_hash_change(move |hash| route.set(Route::parse(&hash)));
        let on_news = platform::on_news(move |news| {
            let input = match news {
                News::Online => Input::Online,
                News::Visible => Input::Visible,
            };
            if let Some(driver) = driver.get_value() {
                driver.input(input);
            }
        });
        let app = Self {
            me: RwSignal::new(None),
            route,
            relay: RwSignal::new(RelayAddress::resolve(
                platform::load(Place::Browser, TYPED_RELAY).as_deref(),
                platform::configured_relay().as_deref(),
                &platform::base_url(),
            )),
            link: RwSignal::new(LinkState::Connecting { failures: 0 }),
            conversations: RwSignal::new(Conversations::default()),
            notice: RwSignal::new(None),
            driver,
            _listeners: StoredValue::new_local([on_hash, on_news]),
        };
        if let Some(name) = platform::load(Place::Tab, TAB_NAME).and_then(|n| UserId::parse(n).ok())
        {
            app.become_user(name);
        }
        // The conversation that the person looks at has no unread messages.
        Effect::new(move || {
            if let Some(peer) = app.open_peer() {
                app.conversations.update(|all| all.open(&peer));
            }
        });
        app
    }

    /// A name to suggest to somebody who has none in this tab yet.
    pub fn suggested_name(self) -> String {
        let (peer, suggested) = match self.route.get() {
            Route::With { peer, suggested_name } => (Some(peer), suggested_name),
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
        self.relay.set(address);
        self.start();
        Ok(())
    }

    /// The person doesn't want to wait for the next attempt.
    pub fn reconnect_now(self) {
        self.input(Input::ReconnectNow);
    }

    /// Goes to the conversation with `peer`.
    pub fn go(self, route: &Route) {
        platform::set_hash(&route.to_hash());
    }

    /// The other side of the open conversation; not oneself.
    pub fn open_peer(self) -> Option<UserId> {
        match self.route.get() {
            Route::With { peer, .. } if self.me.get().is_none_or(|me| me != peer) => Some(peer),
            _ => None,
        }
    }

    /// Sends what a person typed. Nothing happens to a text that is only white space: `Ok(false)`.
    ///
    /// # Errors
    /// The rule that the text breaks; the text is still the person's.
    pub fn send(self, peer: &UserId, typed: &str) -> Result<bool, InvalidContent> {
        let Some(content) = compose(typed)? else { return Ok(false) };
        let id = platform::message_id();
        let at = UnixMillis(platform::now().0);
        self.conversations.update(|all| all.wrote(peer, id.clone(), content.clone(), at));
        self.input(Input::UserSent { id, to: peer.clone(), content });
        Ok(true)
    }

    /// Tries a refused message again.
    pub fn retry(self, peer: &UserId, id: MessageId) {
        let content = self.conversations.try_update(|all| all.retry(peer, &id)).flatten();
        if let Some(content) = content {
            self.input(Input::UserSent { id, to: peer.clone(), content });
        }
    }

    fn start(self) {
        let (Some(me), Some(relay)) = (self.me.get_untracked(), self.relay.get_untracked()) else {
            self.driver.set_value(None);
            return;
        };
        let driver = Driver::start(me, relay, move |event| self.event(event));
        for (to, id, content) in self.conversations.with_untracked(Conversations::queued) {
            driver.input(Input::UserSent { id, to, content });
        }
        self.driver.set_value(Some(driver));
    }

    fn input(self, input: Input) {
        if let Some(driver) = self.driver.get_value() {
            driver.input(input);
        }
    }

    fn event(self, event: Event) {
        match event {
            Event::Link(state) => self.link.set(state),
            Event::Received(message) => {
                let Some(me) = self.me.get_untracked() else { return };
                let open = match self.route.get_untracked() {
                    Route::With { peer, .. } => Some(peer),
                    Route::Home => None,
                };
                let is_open = open.is_some_and(|peer| peer == message.from);
                self.conversations.update(|all| all.received(&me, message, is_open));
            }
            Event::Accepted { id, to, at } => {
                self.conversations.update(|all| all.accepted(&to, &id, at));
            }
            Event::Failed { id, to, reason } => {
                self.conversations.update(|all| all.failed(&to, &id, reason));
            }
            Event::Refused { reason } => self.notice.set(Some(reason)),
        }
    }
}

impl Default for App {
    fn default() -> Self {
        Self::new()
    }
}
