//! What follows when something was written or read: answers, receipts, pages.
//!
//! The writer and the reader call this from their threads, in the order in which they did it.

use std::sync::{Arc, Weak};

use bytestring::ByteString;
use duologue_protocol::classic::Pair;
use duologue_protocol::{
    CloseCode, ErrorCode, MessageId, Rejection, RelayFrame, Seq, UnixMillis, UserId, codec,
};

use super::member::AfterPage;
use super::{Hub, MemberKey, State};
use crate::mailbox::{Mail, Page, Receipt, StorageError};
use crate::outgoing::{Mark, Outgoing};
use crate::post::{Fetch, FetchWhat, Full, Job, Note, Room, Sender};

impl Hub {
    /// A name is on the disk with its key: whoever opened it is welcome.
    pub(crate) fn claimed(&self, name: &UserId, outgoing: &Outgoing, welcome: &ByteString) {
        self.lock().claims.written(name);
        outgoing.text(welcome.clone());
    }

    /// A message is on the disk: its sender is told, the sender's other connections see it, and
    /// whoever waits for it gets it.
    pub(crate) fn stored(self: &Arc<Self>, mail: &Mail, sender: &Sender, is_awaited: bool) {
        answer_stored(sender, &mail.id, mail.seq, mail.at);
        let mut state = self.lock();
        if is_awaited {
            self.decided(&mut state, mail, true);
        }
        let mut others =
            state.people.members(&mail.from).filter(|member| member.key != sender.key).peekable();
        if others.peek().is_none() {
            return;
        }
        let Some(content) = mail.said() else { return };
        let Mail { seq, to, id, at, .. } = mail;
        let (id, to_user_id, seq, at) = (id.clone(), to.clone(), *seq, *at);
        let text = codec::encode(&RelayFrame::Sent { id, to_user_id, content, seq, at });
        let text = ByteString::from(text);
        for member in others {
            member.outgoing.text(text.clone());
        }
    }

    /// A message was on the disk before: its sender is told the same again.
    pub(crate) fn repeated(
        self: &Arc<Self>,
        mail: &Mail,
        sender: &Sender,
        seq: Seq,
        at: UnixMillis,
    ) {
        answer_stored(sender, &mail.id, seq, at);
        self.decided(&mut self.lock(), mail, false);
    }

    /// A message is not on the disk: its sender is told why.
    pub(crate) fn not_stored(self: &Arc<Self>, mail: &Mail, sender: &Sender, why: &Unstored<'_>) {
        let (code, rule) = why.in_words();
        self.metrics.storage.refused.inc();
        refuse(self, sender.outgoing.as_ref(), code, rule, Some(mail.id.clone()));
        self.decided(&mut self.lock(), mail, false);
    }

    /// Tells those who hold a message what became of it.
    fn decided(self: &Arc<Self>, state: &mut State, mail: &Mail, is_stored: bool) {
        let last = state.last;
        let pair = Pair { from: mail.to.clone(), to: mail.from.clone() };
        for member in state.people.members(&mail.to).chain(state.pairs.members(&pair)) {
            if let Some(fetch) = member.decided(mail.seq, is_stored, last) {
                self.queue.push(Job::Fetch(fetch));
            }
        }
    }

    /// Receipts were written: whoever they are for is told.
    pub(crate) fn receipts(&self, receipts: &[Receipt]) {
        let mut state = self.lock();
        for receipt in receipts {
            state.newest_receipt = state.newest_receipt.max(receipt.version);
            for member in state.people.members(&receipt.from) {
                member.bring_receipt(receipt);
            }
        }
    }

    /// The version of the last receipt that anybody was told of.
    pub(crate) fn newest_receipt(&self) -> Seq {
        self.lock().newest_receipt
    }

    /// A page was read for a connection, which may be gone.
    pub(crate) fn page(self: &Arc<Self>, who: &MemberKey, page: &Page, snapshot: Seq) {
        let mut state = self.lock();
        let last = state.last;
        let Some(member) = state.member(who) else { return };
        match member.page(page, snapshot, last) {
            AfterPage::Nothing => {}
            AfterPage::Fetch(fetch) => self.queue.push(Job::Fetch(fetch)),
            AfterPage::AskOnceWritten => {
                let (hub, who) = (Arc::downgrade(self), who.clone());
                member.outgoing.mark(Mark::new(move || ask_again(&hub, &who)));
            }
        }
    }

    /// Receipts were read for a connection, which may be gone: all that were written before `all_until`
    /// was the newest, up to a page.
    pub(crate) fn receipts_page(&self, who: &MemberKey, page: &[Receipt], all_until: Seq) {
        let mut state = self.lock();
        let newest = state.newest_receipt;
        if let Some(last) = page.last() {
            state.told_receipt = state.told_receipt.max(last.version);
        }
        let Some(member) = state.member(who) else { return };
        if member.receipts(page, all_until, newest)
            && let Some(after) = member.receipts_behind()
        {
            let what = FetchWhat::Receipts { after };
            self.queue.push(Job::Fetch(Fetch { who: who.clone(), what }));
        }
    }

    /// Whether a connection is still there to be read to.
    pub(crate) fn is_here(&self, who: &MemberKey) -> bool {
        self.lock().member(who).is_some()
    }

    /// What a classic page does about what was written to its socket: it never says that it received something, so
    /// that counts.
    pub(super) fn delivered_to(self: &Arc<Self>, pair: Pair) -> impl Fn(Seq) + Send + Sync + use<> {
        let hub = Arc::downgrade(self);
        move |up_to| {
            if let Some(hub) = hub.upgrade() {
                let Pair { from: to, to: from } = pair.clone();
                let note = Note { to, from: Some(from), up_to, readers: Vec::new() };
                hub.queue.push(Job::Delivered { note, room: Room::unbounded() });
            }
        }
    }
}

fn ask_again(hub: &Weak<Hub>, who: &MemberKey) {
    let Some(hub) = hub.upgrade() else { return };
    let mut state = hub.lock();
    let last = state.last;
    if let Some(fetch) = state.member(who).and_then(|member| member.ask(last)) {
        hub.queue.push(Job::Fetch(fetch));
    }
}

/// Why a message is not stored.
#[derive(Debug)]
pub(crate) enum Unstored<'a> {
    /// The disk doesn't do its part.
    Storage(&'a StorageError),
    /// It came behind a message that could not be stored.
    Behind(&'a MessageId),
    /// It has the id of another one.
    IdReused,
    /// There is no room for it where it is to go.
    Full(Full),
}

impl Unstored<'_> {
    fn in_words(&self) -> (ErrorCode, String) {
        match self {
            Self::Storage(error) => (
                ErrorCode::StorageUnavailable,
                format!(
                    "the relay can’t keep messages now: {error}; keep this one and send it again"
                ),
            ),
            Self::Behind(first) => (
                ErrorCode::StorageUnavailable,
                format!("message {first} could not be stored and comes before this one"),
            ),
            Self::Full(full) => (ErrorCode::MailboxFull, full.to_string()),
            Self::IdReused => (
                ErrorCode::IdReused,
                "you used this id before, for another message; that one stays".into(),
            ),
        }
    }
}

/// A name could not be written for its key: whoever opened it comes back later.
pub(crate) fn not_claimed(hub: &Hub, outgoing: &Outgoing, error: &StorageError) {
    let rule = format!("the relay can’t keep your name now: {error}");
    refuse(hub, Some(outgoing), ErrorCode::StorageUnavailable, rule, None);
    outgoing.end(CloseCode::TryLater);
}

/// A `received` or `read` could not be written: whoever said it is told to say it again.
pub(crate) fn not_noted(hub: &Hub, reader: &Outgoing, error: &StorageError) {
    let rule = format!("the relay can’t note now what was received or read: {error}; say it again");
    refuse(hub, Some(reader), ErrorCode::StorageUnavailable, rule, None);
}

/// Somebody can't have read what was never written to them.
pub(crate) fn unknown_peer(hub: &Hub, reader: &Outgoing) {
    let rule =
        "`read` names somebody who wrote to you, and a place at or after a message of theirs";
    refuse(hub, Some(reader), ErrorCode::UnknownPeer, rule.into(), None);
}

fn answer_stored(sender: &Sender, id: &MessageId, seq: Seq, at: UnixMillis) {
    if let Some(outgoing) = &sender.outgoing {
        outgoing.text(codec::encode(&RelayFrame::Stored { id: id.clone(), seq, at }));
    }
}

/// `to` is nobody where it was a classic page, which knows no answers.
fn refuse(hub: &Hub, to: Option<&Outgoing>, code: ErrorCode, rule: String, id: Option<MessageId>) {
    hub.metrics.refusals.input(to.is_some(), code);
    if let Some(outgoing) = to {
        outgoing.text(codec::encode(&RelayFrame::from(Rejection::new(code, rule).about(id))));
    }
}
