//! What is there before the page is: the first question, which whoever is new can read and answer while the rest comes.
//! The rest is a part of the module for itself, which is most of it (`entry/` has the cut).

use std::pin::Pin;

use duologue_protocol::UserId;
use leptos::mount::mount_to_body;
use leptos::prelude::*;
use rust_i18n::t;

use super::parts::Tool;
use super::shown::Show;
use super::welcome::Welcome;
use crate::app::{language, newcomer, setting};
use crate::platform;

/// What index.html shows until there is anything else.
const STARTING: &str = "starting";

/// What somebody brings who was at the door.
#[derive(Clone, Debug, Default)]
pub struct Arrival {
    /// The name that they chose. Handed on and not only kept, since not every browser lets the page keep anything.
    pub name: Option<UserId>,
    /// What they had typed, where they chose none.
    pub typed: String,
    /// Which tool they want to see.
    pub opens: Option<Tool>,
}

/// How to have the rest of the page. Each says whether it succeeded; where not, it can be tried again.
#[derive(Clone, Copy)]
pub struct Rest {
    /// Loads it.
    pub load: fn() -> Trying,
    /// Puts the page into the document; loads it if it wasn't.
    pub show: fn(Arrival) -> Trying,
}

/// Something that is being tried.
pub type Trying = Pin<Box<dyn Future<Output = bool>>>;

/// Begins: with the page for a tab that has a name, else with the first question.
pub fn begin(rest: Rest) {
    language::speak_the_chosen();
    setting::show_theme();
    if newcomer::name_of_the_tab().is_none() {
        mount_to_body(move || view! { <Door rest /> });
        platform::remove_from_document(STARTING);
        return;
    }
    platform::spawn(async move {
        if (rest.show)(Arrival::default()).await {
            platform::remove_from_document(STARTING);
        } else {
            platform::alert_in(STARTING, &t!("welcome.not_loaded"));
        }
    });
}

/// The first question, until it is answered and the page is there.
#[component]
fn Door(rest: Rest) -> impl IntoView {
    let route = RwSignal::new(newcomer::route_of(&platform::hash()));
    let language = RwSignal::new(language::speak_the_chosen());
    let name = RwSignal::new(newcomer::suggested_name(route.get_untracked()));
    let (is_waiting, is_missing, is_over) =
        (RwSignal::new(false), RwSignal::new(false), RwSignal::new(false));
    let hear_language = move || {
        let spoken = language::speak_the_chosen();
        if spoken != language.get_untracked() {
            language.set(spoken);
        }
    };
    let listeners = StoredValue::new_local(vec![
        platform::on_hash_change(move |hash| {
            let before = newcomer::suggested_name(route.get_untracked());
            route.set(newcomer::route_of(&hash));
            // Another address suggests another name, to whoever has typed none.
            if name.with_untracked(|name| *name == before) {
                name.set(newcomer::suggested_name(route.get_untracked()));
            }
        }),
        language::on_choice(hear_language),
        setting::hear_of_theme(),
    ]);
    let open = move |arrival: Arrival| {
        // Twice would be two pages.
        if is_waiting.get_untracked() {
            return;
        }
        is_waiting.set(true);
        is_missing.set(false);
        platform::spawn(async move {
            let is_there = (rest.load)().await;
            // Gone before the page comes, in the same moment: what the page gives the focus to is its own.
            is_over.set(is_there);
            let is_there = is_there && (rest.show)(arrival).await;
            is_over.set(is_there);
            is_missing.set(!is_there);
            is_waiting.set(false);
            if is_there {
                listeners.set_value(Vec::new());
            }
        });
    };
    let enter = move |me| open(Arrival { name: Some(me), ..Arrival::default() });
    let bring_key =
        move |typed| open(Arrival { typed, opens: Some(Tool::Key), ..Arrival::default() });
    // Once this is drawn, so that it doesn't have to wait for the rest.
    Effect::new(move || {
        platform::spawn(async move {
            // Where it fails it is tried again once it is wanted.
            let _ = (rest.load)().await;
        });
    });
    view! {
        <Show when=move || !is_over.get()>
            {move || {
                // In another language everything is said anew.
                language.track();
                view! {
                    <Welcome
                        inviter=Signal::derive(move || newcomer::inviter(route.get()))
                        name
                        enter
                        bring_key
                        is_waiting
                        is_missing
                    />
                }
            }}
        </Show>
    }
}
