//! What the person writes: drafts, and what is sent.

use std::time::Duration;

use duologue_protocol::content::InvalidContent;
use duologue_protocol::{MessageId, UnixMillis, UserId};
use duologue_session::{Change, Draft, Input};
use leptos::prelude::*;

use super::App;
use super::drafts::Drafts;
use super::reading::Reading;
use crate::platform::{self, Place, Timer};
use crate::store::record::Progress;

/// Whether this browser was asked to keep what is stored.
const ASKED_TO_KEEP: &str = "duologue.asked-to-keep";

/// How long a pause in typing is before the draft is stored: not each letter wakes the disk, and a
/// crash costs a word.
const DRAFT_PAUSE: Duration = Duration::from_millis(400);

impl App {
    /// The person types in the composer for `peer`.
    pub fn type_text(self, peer: &UserId, text: String) {
        if !text.trim().is_empty() {
            self.input(Input::Typing { to: peer.clone() });
        }
        if !self.type_edit(peer, &text) {
            self.type_draft(peer, text);
        }
    }

    fn type_draft(self, peer: &UserId, text: String) {
        self.drafts.update(|drafts| drafts.type_text(peer, text));
        let timer = Timer::after(DRAFT_PAUSE, move || self.keep_drafts());
        self.held.update_value(|held| held.draft_timer = Some(timer));
    }

    /// Sends what is typed to `peer`. Nothing happens to a text that is only white space.
    ///
    /// # Errors
    /// The rule that the text breaks; the text is still the person's.
    pub fn send(self, peer: &UserId) -> Result<(), InvalidContent> {
        let content = self.composed(peer)?;
        let is_edit = self.type_edit(peer, "");
        if let Some(content) = content {
            let id = platform::message_id();
            self.send_draft(Draft { id, to: peer.clone(), content });
            self.reading.update(Reading::wrote);
            if !is_edit {
                self.sent.update(|count| *count += 1);
            }
            if platform::load(Place::Browser, ASKED_TO_KEEP).is_none() {
                platform::save(Place::Browser, ASKED_TO_KEEP, Some("yes"));
                platform::ask_to_keep();
            }
        }
        self.stop_composing(peer);
        if is_edit {
            return Ok(());
        }
        // In the same turn as the message, so that both are stored in one transaction or neither is.
        self.drafts.update(|drafts| drafts.type_text(peer, String::new()));
        self.keep_drafts();
        Ok(())
    }

    /// Tries a refused message again.
    pub fn retry(self, peer: &UserId, id: &MessageId) {
        if let Some(draft) = self.conversations.with_untracked(|all| all.failed(peer, id)) {
            self.send_draft(draft);
        }
    }

    pub(super) fn send_draft(self, draft: Draft) {
        if let Some(driver) = self.driver() {
            driver.input(Input::UserSent(draft));
        } else {
            // There is no relay yet; the first one gets it.
            let change = Change::Queued { draft, at: UnixMillis(platform::now().0) };
            self.conversations.update(|all| all.apply(&change, Progress::default()));
        }
    }

    pub(super) fn keep_drafts(self) {
        let unsaved = self.drafts.try_update_untracked(Drafts::take_unsaved).unwrap_or_default();
        if let Some(driver) = self.driver() {
            for draft in unsaved {
                driver.keep_draft(draft);
            }
        }
    }
}
