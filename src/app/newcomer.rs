//! Somebody who has no name in this tab yet: what they came for, and the name that they choose. Apart from the rest of
//! the state, which is in a part of the page that comes later.

use duologue_protocol::UserId;

use super::route::Route;
use crate::platform::{self, Place};

/// The name that this tab goes by.
const TAB_NAME: &str = "duologue.name";
/// The name that was used last in this browser.
const LAST_NAME: &str = "duologue.last-name";

/// What the address bar asks for.
pub fn route_of(hash: &str) -> Route {
    Route::parse(hash).in_form(platform::one_form)
}

/// Who this tab is, if it has a name already.
pub fn name_of_the_tab() -> Option<UserId> {
    let name = platform::load(Place::Tab, TAB_NAME)?;
    UserId::parse(platform::one_form(&name)).ok()
}

/// From now on this tab is `name`.
pub fn name_the_tab(name: &UserId) {
    platform::save(Place::Tab, TAB_NAME, Some(name.as_str()));
    platform::save(Place::Browser, LAST_NAME, Some(name.as_str()));
}

/// This tab is nobody again.
pub fn forget_the_tabs_name() {
    platform::save(Place::Tab, TAB_NAME, None);
}

/// The name is suggested to nobody any more.
pub fn suggest_no_more(name: &UserId) {
    if platform::load(Place::Browser, LAST_NAME).as_deref() == Some(name.as_str()) {
        platform::save(Place::Browser, LAST_NAME, None);
    }
}

/// Who invites whoever comes by this route.
pub fn inviter(route: Route) -> Option<UserId> {
    match route {
        Route::With { peer, .. } => Some(peer),
        Route::Home => None,
    }
}

/// A name to suggest to whoever comes by this route.
pub fn suggested_name(route: Route) -> String {
    let (peer, suggested) = match route {
        Route::With { peer, suggested_name, .. } => (Some(peer), suggested_name),
        Route::Home => (None, None),
    };
    let last = platform::load(Place::Browser, LAST_NAME);
    // Whoever opens their own invitation in a second tab wants to be somebody else there.
    let last = last.filter(|last| peer.is_none_or(|peer| peer.as_str() != last));
    suggested.map(|name| name.to_string()).or(last).unwrap_or_default()
}
