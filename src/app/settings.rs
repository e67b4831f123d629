//! What a person can set, as the page tells its second module, and what the module may ask for then. Both are texts:
//! the two share no memory, and may be of different versions.

use duologue_session::Preference;
use serde::{Deserialize, Serialize};

use super::choice;
use super::language::Language;

/// How everything is set at the moment. What an older page doesn't say is as it is by default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Settings {
    /// Who the person is; empty for nobody.
    pub name: String,
    /// The digits of their key's fingerprint; empty until it is there.
    pub fingerprint: String,
    /// Which language was chosen, by its tag; `None`: the system's.
    pub language: Option<String>,
    /// Which colours were.
    pub theme: Theme,
    /// Whether the browser tells of messages.
    pub notifications: Notifications,
    /// Whether a message makes a sound.
    pub sound: bool,
    /// Whether others are told what was read, and whether one sees theirs; `None` where the page can't choose.
    pub tells_reads: Option<bool>,
    /// The preferred transport, as `choice::key` has it.
    pub transport: String,
    /// The relay's address; empty if there is none.
    pub relay: String,
}

/// The page's colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Theme {
    /// Those of the system.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// Whether the browser tells of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Notifications {
    /// This browser has none.
    #[default]
    Missing,
    /// The browser has forbidden them to the page: only the person can change that, in its settings.
    Denied,
    /// They are not wanted, or the browser was not asked yet.
    Off,
    /// They are wanted and allowed.
    On,
}

/// What the module may ask of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// To close the dialog.
    Close,
    /// To open the dialog about the key in its place.
    OpenKey,
    /// To speak this language; `None`: the system's.
    Language(Option<Language>),
    /// To show these colours.
    Theme(Theme),
    /// To tell of messages, or not. Asked by a click, so that the page may ask the browser at once.
    Notifications(bool),
    /// To make sounds, or not.
    Sound(bool),
    /// To tell what was read, or not.
    TellsReads(bool),
    /// To prefer a transport.
    Transport(Preference),
    /// To use the relay at this address; empty: the page's own.
    Relay(String),
    /// To save everything that the browser has of this person to a file.
    Export,
    /// To delete everything that the browser has of this page, which the person has been asked about.
    Delete,
}

/// What stands for no choice of one's own.
const SYSTEM: &str = "system";

impl Theme {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// Its name for programs.
    pub fn key(self) -> &'static str {
        match self {
            Self::System => SYSTEM,
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The one of this name.
    pub fn of(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.key() == key)
    }
}

impl Settings {
    /// As a text.
    pub fn to_text(&self) -> String {
        // A struct of strings and flags: serde_json can't fail on it.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads a text; `None` if it is none of these.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

impl Request {
    /// As a text: a word, and what it is about.
    pub fn to_text(&self) -> String {
        let said = |word: &str, what: &str| format!("{word} {what}");
        let switched = |word: &str, is_on: bool| said(word, if is_on { "on" } else { "off" });
        match self {
            Self::Close => "close".into(),
            Self::OpenKey => "key".into(),
            Self::Language(language) => said("language", language.map_or(SYSTEM, Language::tag)),
            Self::Theme(theme) => said("theme", theme.key()),
            Self::Notifications(is_on) => switched("notifications", *is_on),
            Self::Sound(is_on) => switched("sound", *is_on),
            Self::TellsReads(is_on) => switched("reads", *is_on),
            Self::Transport(preference) => said("transport", choice::key(*preference)),
            Self::Relay(address) => said("relay", address),
            Self::Export => "export".into(),
            Self::Delete => "delete".into(),
        }
    }

    /// Reads a text; `None` if it is of a newer module than this page.
    pub fn parse(text: &str) -> Option<Self> {
        let switch = |what: &str| match what {
            "on" => Some(true),
            "off" => Some(false),
            _ => None,
        };
        match text.split_once(' ').unwrap_or((text, "")) {
            ("close", "") => Some(Self::Close),
            ("key", "") => Some(Self::OpenKey),
            ("language", SYSTEM) => Some(Self::Language(None)),
            ("language", tag) => Language::of(tag).map(|language| Self::Language(Some(language))),
            ("theme", key) => Theme::of(key).map(Self::Theme),
            ("notifications", what) => switch(what).map(Self::Notifications),
            ("sound", what) => switch(what).map(Self::Sound),
            ("reads", what) => switch(what).map(Self::TellsReads),
            ("transport", key) => {
                let preference = choice::preference(key);
                (choice::key(preference) == key).then_some(Self::Transport(preference))
            }
            ("relay", address) => Some(Self::Relay(address.to_owned())),
            ("export", "") => Some(Self::Export),
            ("delete", "") => Some(Self::Delete),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::choice::PREFERENCES;

    #[test]
    fn settings_arrive_as_they_were_sent() {
        let settings = Settings {
            name: "mary ann".into(),
            fingerprint: "12345 67890".into(),
            language: Some("zh".into()),
            theme: Theme::Dark,
            notifications: Notifications::On,
            sound: true,
            tells_reads: Some(true),
            transport: "long-polling".into(),
            relay: "wss://chat.example.org".into(),
        };
        assert_eq!(Settings::parse(&settings.to_text()), Some(settings));
        assert_eq!(Settings::parse("{}"), Some(Settings::default()), "an older page");
        assert_eq!(Settings::parse(r#"{"later":1}"#), Some(Settings::default()), "a newer one");
        assert_eq!(Settings::parse(""), None);
    }

    #[test]
    fn requests_arrive_as_they_were_sent() {
        let mut all = vec![Request::Close, Request::OpenKey, Request::Export, Request::Delete];
        all.extend([None, Some(Language::English), Some(Language::Chinese)].map(Request::Language));
        all.extend(Theme::ALL.map(Request::Theme));
        for is_on in [true, false] {
            all.push(Request::Notifications(is_on));
            all.push(Request::Sound(is_on));
            all.push(Request::TellsReads(is_on));
        }
        all.extend(PREFERENCES.map(Request::Transport));
        all.extend(["", "wss://chat.example.org"].map(|address| Request::Relay(address.into())));
        for request in all {
            assert_eq!(Request::parse(&request.to_text()), Some(request.clone()), "{request:?}");
        }
    }

    #[test]
    fn what_is_not_understood_is_not_done() {
        for text in
            ["", "delete all", "theme pink", "sound", "language xx", "transport pigeon", "close x"]
        {
            assert_eq!(Request::parse(text), None, "{text}");
        }
    }
}
