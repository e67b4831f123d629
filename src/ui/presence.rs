//! Whether the other one is there, in a few words.

use duologue_protocol::UserId;
use leptos::prelude::*;
use rust_i18n::t;

use super::sidebar::when;
use crate::app::App;
use crate::app::presence::Whereabouts;

/// Online, typing, or when they were last seen; nothing where nothing is known.
#[component]
pub fn PresenceLine(
    /// The other one.
    peer: UserId,
) -> impl IntoView {
    let app = expect_context::<App>();
    let place = Memo::new(move |_| app.presence.with(|presence| presence.of(&peer)));
    move || {
        let words = match place.get()? {
            Whereabouts::Typing => t!("presence.typing").into_owned(),
            Whereabouts::Online => t!("presence.online").into_owned(),
            Whereabouts::LastSeen(at) => t!("presence.last_seen", at = when(at)).into_owned(),
        };
        let class = if place.get() == Some(Whereabouts::Typing) { "typing" } else { "" };
        Some(view! { <span class=format!("presence fine muted {class}")>{words}</span> })
    }
}
