//! One conversation in the list.

use leptos::prelude::*;
use rust_i18n::t;

use super::avatar::Avatar;
use crate::app::App;
use crate::app::list::{self, Row};
use crate::app::numbers;
use crate::app::presence::Whereabouts;
use crate::app::route::{Route, hash_of};
use crate::app::trust_words;
use crate::platform::{self, DateStyle};

/// The row of a conversation: a link that opens it.
#[component]
pub fn ConversationRow(
    /// What it shows.
    row: Row,
) -> impl IntoView {
    let app = expect_context::<App>();
    let Row { peer, last, is_mine, at, fate, unread, is_request, filing } = row;
    let route = Route::with(peer.clone());
    // The panel stays open from one conversation to the next.
    let href = move || format!("#{}", hash_of(&route, app.has_panel.get()));
    let name = peer.to_string();
    let seen = peer.clone();
    let place = Memo::new(move |_| app.presence.with(|presence| presence.of(&seen)));
    let of = peer.clone();
    let doubt = Memo::new(move |_| trust_words::doubt(app.trust_in(&of)));
    // Whoever may be somebody else is not said to be there.
    let sign = move || match (doubt.get(), place.get()) {
        (Some(words), _) => Some(mark("doubted", words.into_owned())),
        (None, Some(Whereabouts::Online | Whereabouts::Typing)) => {
            Some(mark("online", t!("presence.online").into_owned()))
        }
        _ => None,
    };
    let writes_to = peer.clone();
    let is_open = Memo::new(move |_| app.open_peer().as_ref() == Some(&peer));
    let draft = Memo::new(move |_| {
        app.is_loaded.track();
        // What is typed now is seen in the composer: no row is drawn anew for each letter.
        let typed = || app.drafts.with_untracked(|drafts| list::beginning(drafts.text(&writes_to)));
        (!is_open.get()).then(typed).filter(|text| !text.is_empty())
    });
    let fate = move || {
        let fate = fate.clone().filter(|_| draft.with(Option::is_none));
        fate.map(|(class, words)| mark(class, words.into_owned()))
    };
    let last = if is_mine { t!("list.you_said", text = last).into_owned() } else { last };
    view! {
        <li>
            <a class="row" href=href aria-current=move || is_open.get().then_some("page")>
                <span class="avatar-place"><Avatar name=name.clone() />{sign}</span>
                <span class="row-text">
                    <span class="row-top">
                        <bdi class="row-name">{name}</bdi>
                        <span class="fine muted">{at.map(when)}</span>
                    </span>
                    <span class="row-top">
                        {is_request.then(|| view! { <span class="tag">{t!("list.request")}</span> })}
                        {move || match (place.get(), draft.get()) {
                            (Some(Whereabouts::Typing), _) => view! {
                                <span class="row-last typing">{t!("presence.typing")}</span>
                            }.into_any(),
                            (_, Some(text)) => view! {
                                <span class="row-last draft" dir="auto">
                                    {t!("list.draft", text = text).into_owned()}
                                </span>
                            }.into_any(),
                            _ => view! {
                                <span class="row-last muted" dir="auto">{last.clone()}</span>
                            }.into_any(),
                        }}
                        {fate}
                        {filing.is_pinned.then(|| mark("pinned", t!("list.pinned").into_owned()))}
                        {filing.is_muted.then(|| mark("muted-sign", t!("list.muted").into_owned()))}
                        {(unread > 0).then(|| view! {
                            <span class="badge" class:quiet=filing.is_muted>
                                <span aria-hidden="true">{numbers::grouped(unread.into())}</span>
                                <span class="sr-only">
                                    {t!("list.unread", count = numbers::grouped(unread.into())).into_owned()}
                                </span>
                            </span>
                        })}
                    </span>
                </span>
            </a>
        </li>
    }
}

fn mark(class: &'static str, words: String) -> impl IntoView {
    let title = words.clone();
    view! {
        <span class=format!("mark {class}") title=title>
            <span class="sr-only">{words}</span>
        </span>
    }
}

/// The time of today, the date of any other day.
pub(crate) fn when(at: duologue_protocol::UnixMillis) -> String {
    let today = platform::local_day(duologue_protocol::UnixMillis(platform::now().0));
    let style = if platform::local_day(at) == today { DateStyle::Time } else { DateStyle::Short };
    platform::date(at, style)
}
