//! In which language the page speaks. The words are in `locales/`, dates and numbers are the browser's.

use leptos::prelude::*;

use super::App;
use crate::platform::{self, Listener, Place};

/// Which language the person chose, if they did.
const CHOSEN: &str = "duologue.language";

/// A language that the page speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// 中文, in simplified characters.
    Chinese,
}

impl Language {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// Its tag (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }

    /// The one of this tag, or of a tag of one of its regions.
    pub fn of(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|one| one.tag().eq_ignore_ascii_case(primary))
    }

    /// The one to speak: what was chosen, or else the first that the browser's reader wants.
    pub fn choose(chosen: Option<&str>, wanted: &[String]) -> Self {
        let wanted = || wanted.iter().find_map(|tag| Self::of(tag));
        chosen.and_then(Self::of).or_else(wanted).unwrap_or_default()
    }

    /// The tag by which dates and numbers are written: the reader's own region, where it is one of this language.
    pub fn locale(self, wanted: &[String]) -> String {
        let own = wanted.iter().find(|tag| Self::of(tag) == Some(self));
        own.cloned().unwrap_or_else(|| self.tag().to_owned())
    }
}

/// Which language was chosen in this browser; `None`: the reader's own.
pub fn chosen() -> Option<Language> {
    platform::load(Place::Browser, CHOSEN).and_then(|tag| Language::of(&tag))
}

/// From now on the page speaks the language that was chosen in this browser, or the reader's own.
pub fn speak_the_chosen() -> Language {
    let wanted = platform::languages();
    let language = Language::choose(chosen().map(Language::tag), &wanted);
    rust_i18n::set_locale(language.tag());
    platform::speak(language.tag(), &language.locale(&wanted));
    language
}

/// Calls back when another tab of this browser speaks another language.
pub fn on_choice(callback: impl Fn() + 'static) -> Listener {
    platform::on_kept(CHOSEN, move |_| callback())
}

impl App {
    /// Speaks the language that was chosen in this browser, or the reader's own.
    pub(super) fn choose_language(self) {
        let language = speak_the_chosen();
        // With another one everything is drawn anew.
        if self.language.get_untracked() != language {
            self.language.set(language);
        }
    }

    /// From now on the page speaks this language, `None`: the reader's own.
    pub fn speak(self, language: Option<Language>) {
        platform::save(Place::Browser, CHOSEN, language.map(Language::tag));
        self.choose_language();
    }

    /// Another tab of this browser speaks another language now.
    pub(super) fn hear_of_language(self) -> Listener {
        on_choice(move || self.choose_language())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(tags: &[&str]) -> Vec<String> {
        tags.iter().map(|tag| (*tag).to_owned()).collect()
    }

    #[test]
    fn the_readers_first_language_that_the_page_speaks_is_spoken() {
        assert_eq!(Language::choose(None, &tags(&["fr", "zh-Hans-CN", "en"])), Language::Chinese);
        assert_eq!(Language::choose(None, &tags(&["fr"])), Language::English);
        assert_eq!(Language::choose(None, &[]), Language::English);
        assert_eq!(Language::choose(Some("en"), &tags(&["zh"])), Language::English);
        assert_eq!(Language::choose(Some("fr"), &tags(&["ZH_tw"])), Language::Chinese);
    }

    #[test]
    fn dates_are_of_the_readers_region_where_it_speaks_the_language() {
        let wanted = tags(&["en-GB", "zh-TW"]);
        assert_eq!(Language::English.locale(&wanted), "en-GB");
        assert_eq!(Language::Chinese.locale(&wanted), "zh-TW");
        assert_eq!(Language::Chinese.locale(&tags(&["en-GB"])), "zh");
    }
}
