//! What can be set, as the page has it and as the person wants it: shown in the page's dialog. What is set, and what of
//! it is kept, is the page's business (`duologue::app::settings`).

mod controls;
mod data;
mod relay;

use std::time::Duration;

use duologue::app::choice::{self, PREFERENCES};
use duologue::app::language::Language;
use duologue::app::settings::{Notifications, Request, Settings, Theme};
use duologue::platform::Ticker;
use duologue::ui::parts::SettingsBridge;
use leptos::html::H2;
use leptos::prelude::*;
use rust_i18n::t;

use crate::language::Words;
use crate::trace::words;
use controls::{Group, Switch, group, switch};

/// How often it is looked whether something was set meanwhile: by another tab, or by the browser's own question.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// The name by which a choice of nothing is known.
const SYSTEM: &str = "system";

/// The dialog's state, for its parts.
#[derive(Clone, Copy)]
struct Desk {
    page: StoredValue<SettingsBridge, LocalStorage>,
    /// How everything is set.
    settings: RwSignal<Settings>,
    /// The page's language: with it all of this is drawn anew.
    language: RwSignal<String>,
}

impl Desk {
    /// Has the page do something, and looks what came of it.
    fn ask(self, request: Request) {
        self.page.try_with_value(|page| page.ask(request));
        self.look();
    }

    /// Looks how everything is set.
    fn look(self) {
        let settings = self.page.try_with_value(SettingsBridge::see);
        if let Some(settings) = settings
            && self.settings.with_untracked(|before| *before != settings)
        {
            self.settings.set(settings);
        }
        let language = rust_i18n::locale().to_string();
        if self.language.with_untracked(|before| *before != language) {
            self.language.set(language);
        }
    }
}

/// The dialog's content, while it is open.
pub fn settings(page: SettingsBridge) -> AnyView {
    let desk = Desk {
        page: StoredValue::new_local(page),
        settings: RwSignal::new(Settings::default()),
        language: RwSignal::new(rust_i18n::locale().to_string()),
    };
    desk.look();
    let _ticker = StoredValue::new_local(Ticker::every(LOOK_EVERY, move || desk.look()));
    let heading = NodeRef::<H2>::new();
    Effect::new(move |was_there: Option<bool>| {
        let heading = heading.get();
        if let Some(heading) = heading.as_ref().filter(|_| was_there != Some(true)) {
            // It has just been drawn; nothing can be wrong with it.
            let _ = heading.focus();
        }
        heading.is_some()
    });
    let said = move |words: fn() -> Words| {
        move || {
            desk.language.track();
            words()
        }
    };
    view! {
        <header class="head dialog-head">
            <h2 id="settings-title" class="grow" tabindex="-1" node_ref=heading>
                {said(|| t!("settings.title"))}
            </h2>
            <button
                id="close-settings"
                class="button small"
                type="button"
                on:click=move |_| desk.ask(Request::Close)
            >
                {said(|| t!("settings.close"))}
            </button>
        </header>
        <div class="settings">
            {move || {
                desk.language.track();
                untrack(|| sections(desk))
            }}
        </div>
    }
    .into_any()
}

fn sections(desk: Desk) -> AnyView {
    vec![
        who(desk),
        group(desk, language()),
        group(desk, theme()),
        notifications(desk),
        switch(desk, sound()),
        switch(desk, reads()),
        group(desk, transport()),
        relay::relay(desk),
        data::data(desk),
    ]
    .into_any()
}

/// Who the person is. Nothing for nobody.
fn who(desk: Desk) -> AnyView {
    let content = move || {
        let (name, digits) =
            desk.settings.with(|settings| (settings.name.clone(), settings.fingerprint.clone()));
        let digits = (!digits.is_empty()).then(|| {
            view! {
                <p class="digits">
                    <span class="fine muted">{t!("settings.who.digits")}</span>
                    <code dir="ltr">{digits}</code>
                </p>
            }
        });
        (!name.is_empty()).then(|| {
            view! {
                <section class="setting" aria-labelledby="settings-who">
                    <h3 id="settings-who">{t!("settings.who.title")}</h3>
                    <p><strong><bdi>{name}</bdi></strong></p>
                    {digits}
                    <button
                        id="open-key"
                        class="button"
                        type="button"
                        on:click=move |_| desk.ask(Request::OpenKey)
                    >
                        {t!("settings.who.open")}
                    </button>
                </section>
            }
        })
    };
    content.into_any()
}

fn language() -> Group {
    // Each language is called as those say who speak it.
    let own = |language| match language {
        Language::English => "English",
        Language::Chinese => "中文",
    };
    let mut options = vec![(SYSTEM, t!("settings.language.system"))];
    options.extend(Language::ALL.map(|one| (one.tag(), own(one).into())));
    Group {
        id: "language",
        title: t!("settings.language.title"),
        options,
        chosen: |settings| settings.language.map_or(SYSTEM, Language::tag).into(),
        request: |key| Request::Language(Language::of(key).filter(|_| key != SYSTEM)),
        about: |_| Words::default(),
    }
}

fn theme() -> Group {
    let name = |theme| match theme {
        Theme::System => t!("settings.theme.system"),
        Theme::Light => t!("settings.theme.light"),
        Theme::Dark => t!("settings.theme.dark"),
    };
    Group {
        id: "theme",
        title: t!("settings.theme.title"),
        options: Theme::ALL.map(|one| (one.key(), name(one))).into(),
        chosen: |settings| settings.theme.key().into(),
        request: |key| Request::Theme(Theme::of(key).unwrap_or_default()),
        about: |_| Words::default(),
    }
}

fn transport() -> Group {
    Group {
        id: "preferred",
        title: t!("settings.transport.title"),
        options: PREFERENCES.map(|one| (choice::key(one), words::preference(one))).into(),
        chosen: |settings| choice::key(settings.transport).into(),
        request: |key| Request::Transport(choice::preference(key)),
        about: |settings| words::about_preference(settings.transport),
    }
}

fn notifications(desk: Desk) -> AnyView {
    let is_possible = |settings: &Settings| {
        matches!(settings.notifications, Notifications::Off | Notifications::On)
    };
    switch(
        desk,
        Switch {
            id: "notifications",
            title: t!("settings.notifications.title"),
            about: |settings| match settings.notifications {
                Notifications::Missing => t!("settings.notifications.missing"),
                Notifications::Denied => t!("settings.notifications.denied"),
                Notifications::Off | Notifications::On => t!("settings.notifications.about"),
            },
            is_on: |settings| settings.notifications == Notifications::On,
            is_possible,
            request: Request::Notifications,
        },
    )
}

fn sound() -> Switch {
    Switch {
        id: "sound",
        title: t!("settings.sound.title"),
        about: |_| t!("settings.sound.about"),
        is_on: |settings| settings.sound,
        is_possible: |_| true,
        request: Request::Sound,
    }
}

fn reads() -> Switch {
    Switch {
        id: "reads",
        title: t!("settings.reads.title"),
        about: |_| t!("settings.reads.about"),
        is_on: |settings| settings.tells_reads,
        is_possible: |_| true,
        request: Request::TellsReads,
    }
}
