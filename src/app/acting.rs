//! What the person does to a message: answer it, react to it, change it, take it back.

use duologue_protocol::{Content, MessageId, Relation, RelationKind, UserId};
use duologue_session::Draft;
use leptos::prelude::*;
use rust_i18n::t;

use super::App;
use super::conversations::{Conversations, compose};
use super::list::snippet;
use crate::platform;
use crate::store::record::Entry;

/// What the composer is about, where it is about a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composing {
    /// What is done to it.
    pub purpose: Purpose,
    /// The message.
    pub about: Relation,
    /// What it says, in short.
    pub snippet: String,
}

/// What the composer is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The draft is an answer.
    Reply,
    /// Other words for one's own message, beside the draft.
    Edit {
        /// As they are so far.
        text: String,
    },
}

impl App {
    /// The person answers the message of this index.
    pub fn reply(self, peer: &UserId, index: usize) {
        self.begin(peer, index, RelationKind::Reply, |_| Purpose::Reply);
    }

    /// The person changes the words of the message of this index.
    pub fn edit(self, peer: &UserId, index: usize) {
        let with_words = |entry: &Entry| Purpose::Edit { text: entry.content.as_str().to_owned() };
        self.begin(peer, index, RelationKind::Edit, with_words);
    }

    /// The same for the latest one of theirs. Nothing, if there is none.
    pub fn edit_latest(self, peer: &UserId) {
        let latest = self.conversations.with_untracked(|all| all.with(peer)?.latest_to_edit());
        if let Some(index) = latest {
            self.edit(peer, index);
        }
    }

    fn begin(
        self,
        peer: &UserId,
        index: usize,
        kind: RelationKind,
        purpose: impl FnOnce(&Entry) -> Purpose,
    ) {
        let Some((about, entry)) = self.relate(peer, index, kind) else { return };
        let composing = Composing { purpose: purpose(&entry), about, snippet: snippet(&entry) };
        self.composing.update(|all| drop(all.insert(peer.clone(), composing)));
    }

    /// What the composer for `peer` is about, if it is about a message.
    pub fn composing(self, peer: &UserId) -> Option<Composing> {
        self.composing.with(|all| all.get(peer).cloned())
    }

    /// The composer for `peer` is for new messages again.
    pub fn stop_composing(self, peer: &UserId) {
        self.composing.update(|all| drop(all.remove(peer)));
    }

    /// What stands in the composer for `peer`.
    pub fn typed(self, peer: &UserId) -> String {
        match self.composing(peer) {
            Some(Composing { purpose: Purpose::Edit { text }, .. }) => text,
            _ => self.drafts.with(|drafts| drafts.text(peer).to_owned()),
        }
    }

    /// The person changes what is to stand in the place of a message's words. False if they do no such thing.
    pub(super) fn type_edit(self, peer: &UserId, typed: &str) -> bool {
        let is_edit = self.composing.with_untracked(|all| {
            let purpose = all.get(peer).map(|composing| &composing.purpose);
            matches!(purpose, Some(Purpose::Edit { .. }))
        });
        if is_edit {
            self.composing.update(|all| {
                if let Some(Composing { purpose: Purpose::Edit { text }, .. }) = all.get_mut(peer) {
                    typed.clone_into(text);
                }
            });
        }
        is_edit
    }

    /// What the composer for `peer` holds, as a message. `None` for nothing but white space, and for an edit that
    /// changes nothing.
    ///
    /// # Errors
    /// The rule that the text breaks.
    pub(super) fn composed(
        self,
        peer: &UserId,
    ) -> Result<Option<Content>, duologue_protocol::content::InvalidContent> {
        let composing = self.composing.with_untracked(|all| all.get(peer).cloned());
        let content = compose(&untrack(|| self.typed(peer)))?;
        let Some(Composing { purpose, about, .. }) = composing else { return Ok(content) };
        let is_news = |content: &Content| {
            let said = self.said(peer, &about);
            purpose == Purpose::Reply || said.is_none_or(|said| said != content.as_str())
        };
        Ok(content.filter(is_news).map(|content| content.with(Some(about.clone()))))
    }

    fn said(self, peer: &UserId, about: &Relation) -> Option<String> {
        self.conversations.with_untracked(|all| {
            let (_, entry) = all.with(peer)?.find(about)?;
            Some(entry.content.as_str().to_owned())
        })
    }

    /// This emoji stands at the message of this index as the person's, or if it does already, no more.
    pub fn react(self, peer: &UserId, index: usize, emoji: &str) {
        let Some((about, entry)) = self.relate(peer, index, RelationKind::Reaction) else { return };
        let takes_back = entry.amended.mine.as_deref() == Some(emoji);
        let kind = if takes_back { RelationKind::Unreaction } else { RelationKind::Reaction };
        self.act(peer, emoji, Relation { kind, ..about });
    }

    /// The person takes the message of this index back. What stands in its place is in their language.
    pub fn take_back(self, peer: &UserId, index: usize) {
        if let Some((about, _)) = self.relate(peer, index, RelationKind::Deletion) {
            self.act(peer, &t!("message.deleted"), about);
        }
    }

    fn act(self, peer: &UserId, words: &str, about: Relation) {
        // What is offered are emoji, and the words are the page's own.
        if let Ok(content) = Content::parse(words) {
            let (id, content) = (platform::message_id(), content.with(Some(about)));
            self.send_draft(Draft { id, to: peer.clone(), content });
        }
    }

    /// The message of this index, and what names it.
    fn relate(self, peer: &UserId, index: usize, kind: RelationKind) -> Option<(Relation, Entry)> {
        let me = self.me.get_untracked()?;
        self.conversations.with_untracked(|all: &Conversations| {
            let entry = all.with(peer)?.entries.get(index)?;
            let from_user_id = if entry.is_mine() { me } else { peer.clone() };
            let id: MessageId = entry.id.clone();
            Some((Relation { kind, from_user_id, id }, Entry::clone(entry)))
        })
    }
}
