//! What a person can set, as the page shows it to the settings dialog, and what that may ask for then.

use duologue_session::Preference;

use super::language::Language;

/// How everything is set at the moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Who the person is; empty for nobody.
    pub name: String,
    /// The digits of their key's fingerprint; empty until it is there.
    pub fingerprint: String,
    /// Which language was chosen; `None`: the system's.
    pub language: Option<Language>,
    /// Which colours were.
    pub theme: Theme,
    /// Whether the browser tells of messages.
    pub notifications: Notifications,
    /// Whether a message makes a sound.
    pub sound: bool,
    /// Whether others are told what was read, and whether one sees theirs.
    pub tells_reads: bool,
    /// Which transport is preferred.
    pub transport: Preference,
    /// The relay's address; empty if there is none.
    pub relay: String,
}

/// The page's colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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

/// What the dialog may ask of the page.
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

impl Theme {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// Its name for programs.
    pub fn key(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The one of this name.
    pub fn of(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.key() == key)
    }
}
