//! What comes only when somebody opens it, each in a part of the page's code that is loaded then: what there is, and what it
//! and the page say to each other. Which parts there are is in `entry/`, which hands in the way to open them.

use std::pin::Pin;

use leptos::prelude::*;

use crate::app::moving::{self, Resident};
use crate::app::panel;
use crate::app::record::Excerpt;
use crate::app::settings::{self, Settings};
use crate::platform;

/// What opens in a dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// What is done with the person's key.
    Key,
    /// What can be set.
    Settings,
    /// The invitation as a code to scan.
    Invite,
}

/// What is loaded when it is opened, with its bridge to the page.
pub enum Part {
    /// The connection panel.
    Panel(PanelBridge),
    /// See [`Tool::Key`].
    Key(KeyBridge),
    /// See [`Tool::Settings`].
    Settings(SettingsBridge),
    /// See [`Tool::Invite`].
    Invite(InviteBridge),
}

/// The panel sees what was noted since it looked last.
pub type PanelBridge = Bridge<Excerpt, panel::Request>;

/// What is about the key sees who the person is.
pub type KeyBridge = Bridge<Option<Resident>, moving::Request>;

/// The settings see how everything is set.
pub type SettingsBridge = Bridge<Settings, settings::Request>;

/// The invitation sees the link, and asks for nothing but to be closed.
pub type InviteBridge = Bridge<String, ()>;

/// Opens a part: its code is loaded, or there from before.
pub type Open = fn(Part) -> Opening;

/// A part that is being loaded; `None` where it can't be had.
pub type Opening = Pin<Box<dyn Future<Output = Option<Content>>>>;

/// Draws what a part shows, inside of what owns it.
pub type Content = Box<dyn FnOnce() -> AnyView>;

/// What the page shows a part, and does for it.
pub struct Bridge<Seen, Asked> {
    see: Box<dyn Fn() -> Seen>,
    ask: Box<dyn Fn(Asked)>,
}

impl<Seen, Asked> Bridge<Seen, Asked> {
    /// `see` says how things are; `ask` does what the person wants.
    pub fn new(see: impl Fn() -> Seen + 'static, ask: impl Fn(Asked) + 'static) -> Self {
        Self { see: Box::new(see), ask: Box::new(ask) }
    }

    /// How things are.
    pub fn see(&self) -> Seen {
        (self.see)()
    }

    /// Has the page do something.
    pub fn ask(&self, what: Asked) {
        (self.ask)(what);
    }
}

/// The place of a part: what it shows once its code is there, and whether that can't be had.
#[derive(Clone, Copy)]
pub struct PartPlace {
    open: Open,
    content: StoredValue<Option<Content>, LocalStorage>,
    is_there: RwSignal<bool>,
    is_missing: RwSignal<bool>,
}

impl PartPlace {
    /// An empty one, inside of the page, which knows how to open parts.
    pub fn in_context() -> Self {
        Self {
            open: expect_context(),
            content: StoredValue::new_local(None),
            is_there: RwSignal::new(false),
            is_missing: RwSignal::new(false),
        }
    }

    /// Has a part loaded, and shows it.
    pub fn open(self, part: Part) {
        let opening = (self.open)(part);
        platform::spawn(async move {
            let content = opening.await;
            // Nothing of this is there any more where the place was closed meanwhile.
            let is_there = content.is_some();
            let _ = self.content.try_set_value(content);
            let _ = self.is_there.try_set(is_there);
            let _ = self.is_missing.try_set(!is_there);
        });
    }

    /// What it shows.
    pub fn show(self) -> Option<AnyView> {
        let content = self.is_there.get().then(|| self.content.try_update_value(Option::take));
        content.flatten().flatten().map(untrack)
    }

    /// Whether the part can't be had.
    pub fn is_missing(self) -> bool {
        self.is_missing.get()
    }
}
