//! Moving house: a person's name and keys saved to a file under a passphrase, brought from one, or forgotten.
//! What is shown in the page's dialog about the key (`ui::tool_dialog`). The page says who is there, and becomes
//! somebody or nobody (`app::moving`); what is stored is `store::moving`'s business.

mod bring;
mod forget;
mod key_file;
mod lock;
mod passphrase;
mod save;
mod words;

use std::time::Duration;

use leptos::html::H2;
use leptos::prelude::*;
use rust_i18n::t;

use bring::bring_key;
use duologue::app::moving::{Request, Resident};
use duologue::ui::parts::KeyBridge;
use forget::forget_key;
use save::save_key;
use words::{Forgot, sentence};

/// How long the browser has to draw what is going to happen, before the work that stops it begins.
const TO_DRAW: Duration = Duration::from_millis(60);

/// The dialog's state, for its parts.
#[derive(Clone, Copy)]
struct House {
    page: StoredValue<KeyBridge, LocalStorage>,
    /// The name that was forgotten, and how well.
    forgotten: RwSignal<Option<(String, Forgot)>>,
}

impl House {
    /// Has the page do something.
    fn ask(self, what: Request) {
        self.page.try_with_value(|page| page.ask(what));
    }
}

/// The dialog's content, while it is open.
pub fn your_key(page: KeyBridge) -> AnyView {
    let resident = page.see();
    let house = House { page: StoredValue::new_local(page), forgotten: RwSignal::new(None) };
    let title = if resident.is_some() { t!("key.title") } else { t!("key.bring_title") };
    let heading = NodeRef::<H2>::new();
    Effect::new(move || {
        if let Some(heading) = heading.get() {
            // It has just been drawn; nothing can be wrong with it.
            let _ = heading.focus();
        }
    });
    let content = move || match (house.forgotten.get(), resident.clone()) {
        (Some((name, how)), _) => {
            let words = sentence(&words::forgotten(how), &name);
            view! { <p role="status">{words}</p> }.into_any()
        }
        (None, Some(resident)) => at_home(house, resident),
        (None, None) => bring_key(house),
    };
    view! {
        <header class="head dialog-head">
            <h2 id="key-title" class="grow" tabindex="-1" node_ref=heading>{title}</h2>
            <button
                id="close-key"
                class="button small"
                type="button"
                on:click=move |_| house.ask(Request::Close)
            >
                {t!("key.close")}
            </button>
        </header>
        <div class="key">{content}</div>
    }
    .into_any()
}

fn at_home(house: House, resident: Resident) -> AnyView {
    let Resident { name, digits, .. } = resident.clone();
    let digits = (!digits.is_empty()).then(|| {
        view! {
            <p class="digits">
                <span class="fine muted">{t!("key.digits")}</span>
                <code dir="ltr">{digits}</code>
            </p>
        }
    });
    view! {
        <p>{sentence(&t!("key.who"), name.as_str())}</p>
        {digits}
        {save_key(name)}
        {forget_key(house, resident)}
    }
    .into_any()
}
