//! Whose name the other one's is: a word in the head of the conversation, a card that says more, and a
//! warning where something is wrong.

use std::borrow::Cow;

use duologue_protocol::{Fingerprint, UserId};
use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::prelude::*;
use rust_i18n::t;

use super::filing::FilingButtons;
use crate::app::App;
use crate::app::peers::Trust;
use crate::app::trust_words::{self, isolated};
use crate::platform;
use crate::ui::shown::Show;

/// The card's name in the document.
const CARD: &str = "peer-card";

/// The name of what opens it.
const OPENER: &str = "peer-name";

/// The other one's name in the head of the conversation; pressing it opens the card, or closes it.
#[component]
pub fn CardOpener(
    /// The other one's name.
    name: String,
    /// Whether the card is open.
    shows_card: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <button
            id=OPENER
            class="peer-name"
            type="button"
            aria-expanded=move || shows_card.get().to_string()
            aria-controls=CARD
            on:click=move |_| shows_card.update(|shows| *shows = !*shows)
        >
            <bdi>{name}</bdi>
        </button>
    }
}

/// How sure it is, in a word; pressing it opens the card, or closes it.
#[component]
pub fn TrustBadge(
    /// The other one.
    peer: UserId,
    /// Whether the card is open.
    shows_card: RwSignal<bool>,
) -> impl IntoView {
    let app = expect_context::<App>();
    let trust = Memo::new(move |_| app.trust_in(&peer));
    move || {
        let (word, class) = trust_words::badge(trust.get())?;
        let about = t!("trust.about", word = &word).into_owned();
        Some(view! {
            <button
                class=format!("trust {class}")
                type="button"
                aria-label=about
                aria-expanded=move || shows_card.get().to_string()
                aria-controls=CARD
                on:click=move |_| shows_card.update(|shows| *shows = !*shows)
            >
                <span class="trust-sign" aria-hidden="true"></span>
                {word}
            </button>
        })
    }
}

/// What is known of the other one's key, both to be compared, and a way to be rid of them.
#[component]
pub fn PeerCard(
    /// The other one.
    peer: UserId,
    /// Whether the card is open.
    shows_card: RwSignal<bool>,
) -> impl IntoView {
    let app = expect_context::<App>();
    let name = peer.to_string();
    let (of, verified) = (peer.clone(), peer.clone());
    let trust = Memo::new(move |_| app.trust_in(&of));
    let verify = move || {
        let (key, is_verified, words, class) = match trust.get() {
            Trust::Pinned(key) => (key, true, t!("trust.match"), "primary"),
            Trust::Verified(key) => (key, false, t!("trust.no_match"), ""),
            Trust::Unknown | Trust::NoKey | Trust::Changed(_) | Trust::Gone | Trust::Unsure(_) => {
                return None;
            }
        };
        let peer = verified.clone();
        let press = move |_| app.verify(&peer, key, is_verified);
        Some(view! {
            <p class="peer-actions">
                <button class=format!("button small {class}") type="button" on:click=press>
                    {words}
                </button>
            </p>
        })
    };
    let meaning = {
        let name = name.clone();
        move || trust_words::meaning(trust.get(), &name)
    };
    let theirs = {
        let label = t!("trust.their_key", peer = isolated(&name)).into_owned();
        move || match trust.get() {
            Trust::Pinned(key)
            | Trust::Verified(key)
            | Trust::Changed(key)
            | Trust::Unsure(Some(key)) => Some(digits(label.clone(), key)),
            Trust::Unknown | Trust::NoKey | Trust::Gone | Trust::Unsure(None) => None,
        }
    };
    // Once it is drawn: what opened it may be gone, and Esc is heard in here.
    Effect::new(|| platform::focus_on(&format!("#{CARD}")));
    let close = move || {
        platform::focus_on(&format!("#{OPENER}"));
        shows_card.set(false);
    };
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            // Not for the page, which would leave the conversation.
            event.prevent_default();
            event.stop_propagation();
            close();
        }
    };
    view! {
        <section
            id=CARD
            class="peer-card"
            aria-label=t!("trust.card", peer = isolated(&name)).into_owned()
            tabindex="-1"
            on:keydown=on_key
        >
            <div class="peer-card-head">
                <button class="button small" type="button" on:click=move |_| close()>
                    {t!("close")}
                </button>
                <p>{meaning}</p>
            </div>
            {theirs}
            {move || app.my_key.get().map(|key| digits(t!("trust.your_key").into_owned(), key))}
            {verify}
            <FilingButtons peer />
        </section>
    }
}

fn digits(label: String, key: Fingerprint) -> impl IntoView {
    view! {
        <p class="digits">
            <span class="fine muted">{label}</span>
            <code dir="ltr">{key.digits()}</code>
        </p>
    }
}

/// What the person has to decide before anything is sent.
#[component]
pub fn Doubts(
    /// The other one.
    peer: UserId,
    /// Whether the card is open.
    shows_card: RwSignal<bool>,
) -> impl IntoView {
    let app = expect_context::<App>();
    let name = peer.to_string();
    let of = peer.clone();
    let known = Memo::new(move |_| app.peers.with(|peers| peers.get(&of)));
    let trust_key = move |peer: &UserId, key| {
        let peer = peer.clone();
        move |_| app.trust_key(&peer, key)
    };
    move || {
        let known = known.get();
        let trust = known.trust();
        let words = trust_words::warning(trust, &name).filter(|_| !known.writes_keyless);
        let warning = words.map(|words| {
            let (label, key) = match trust {
                Trust::Changed(key) => (t!("trust.trust_new"), Some(key)),
                Trust::Unsure(Some(key)) => (t!("trust.trust_this"), Some(key)),
                _ => (t!("trust.send_anyway"), None),
            };
            let of = peer.clone();
            let press = move |_| match key {
                Some(key) => app.trust_key(&of, key),
                None => app.write_keyless(&of),
            };
            let compare = view! {
                <Show when=move || !shows_card.get()>
                    <button
                        class="button small primary"
                        type="button"
                        on:click=move |_| shows_card.set(true)
                    >
                        {t!("trust.compare")}
                    </button>
                </Show>
            };
            doubt(words, compare.into_any(), label, press)
        });
        let questioned = known.invited.zip(known.pin());
        let invitation = questioned.map(|(key, pin)| {
            let keep = view! {
                <button class="button small primary" type="button" on:click=trust_key(&peer, pin)>
                    {t!("trust.keep_known")}
                </button>
            };
            let words = t!("trust.questioned", peer = isolated(&name)).into_owned();
            doubt(words, keep.into_any(), t!("trust.trust_link"), trust_key(&peer, key))
        });
        (warning, invitation)
    }
}

/// A doubt, with what is safe and what isn't beside one another.
fn doubt(
    words: String,
    safe: AnyView,
    label: Cow<'static, str>,
    press: impl Fn(MouseEvent) + 'static,
) -> AnyView {
    view! {
        <section class="doubt" role="alert">
            <p class="grow">{words}</p>
            <div class="doubt-actions">
                {safe}
                <button class="button small" type="button" on:click=press>
                    {label}
                </button>
            </div>
        </section>
    }
    .into_any()
}
