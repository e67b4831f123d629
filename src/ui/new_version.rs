//! The strip that offers a newer version of the page.

use leptos::prelude::*;
use rust_i18n::t;

use crate::app::App;
use crate::ui::shown::Show;

/// Nothing, until there is one.
#[component]
pub fn NewVersion() -> impl IntoView {
    let app = expect_context::<App>();
    view! {
        <Show when=move || app.has_new_version.get()>
            <section class="connection new-version" role="status">
                <p class="grow connection-words">{t!("notice.version.ready")}</p>
                <button
                    class="button primary"
                    type="button"
                    on:click=move |_| app.use_new_version()
                >
                    {t!("notice.version.use")}
                </button>
                <button class="button" type="button" on:click=move |_| app.put_off_new_version()>
                    {t!("notice.version.later")}
                </button>
            </section>
        </Show>
    }
}
