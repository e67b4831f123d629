//! Where the relay is.

use duologue::app::relay_address::RelayAddress;
use duologue::app::settings::Request;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use rust_i18n::t;

use super::Desk;

/// A field with the address, and a button.
pub(super) fn relay(desk: Desk) -> AnyView {
    let typed = RwSignal::new(desk.settings.with_untracked(|settings| settings.relay.clone()));
    let (is_wrong, set_wrong) = signal(false);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let address = typed.with_untracked(|typed| typed.trim().to_owned());
        let parsed = RelayAddress::parse(&address);
        set_wrong.set(!address.is_empty() && parsed.is_err());
        if address.is_empty() {
            desk.ask(Request::Relay(address));
            typed.set(desk.settings.with_untracked(|settings| settings.relay.clone()));
        } else if let Ok(parsed) = parsed {
            desk.ask(Request::Relay(parsed.to_string()));
        }
    };
    view! {
        <form class="setting" on:submit=submit novalidate>
            <label for="settings-relay">{t!("settings.relay.title")}</label>
            <div class="setting-line">
                <input
                    id="settings-relay"
                    class="field grow"
                    type="url"
                    inputmode="url"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    aria-describedby="about-relay relay-problem"
                    aria-invalid=move || is_wrong.get().then_some("true")
                    prop:value=typed
                    on:input=move |event| {
                        typed.set(event_target_value(&event));
                        set_wrong.set(false);
                    }
                />
                <button id="use-relay" class="button" type="submit">{t!("settings.relay.use")}</button>
            </div>
            <p id="about-relay" class="fine muted">{t!("settings.relay.about")}</p>
            <p id="relay-problem" class="problem" role="alert">
                {move || is_wrong.get().then(|| t!("settings.relay.invalid"))}
            </p>
        </form>
    }
    .into_any()
}
