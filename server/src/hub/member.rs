//! One connection in the hub, and how far it is with its mail.
//!
//! A connection is *live*, and gets each message at once; or *behind*, and is read pages of the mailbox;
//! or, between the two, *settling*: it has had its pages, and gets what came meanwhile as it is stored.
//! It goes live when nothing to it is undecided, so that nobody is handed a message while one before it,
//! from the same sender, may still turn out to be lost.
//!
//! While it is behind there is always one thing on its way: a page from the reader, or a mark that the
//! last page was written to the socket. So a connection that reads slowly is read slowly, and holds no
//! more than a page.

use std::sync::Arc;

use duologue_protocol::{RelayFrame, Seq, codec};

use super::MemberKey;
use super::late::Late;
use super::letter::Letter;
use crate::mailbox::{Mail, Page, Receipt};
use crate::outgoing::{Outgoing, OutgoingFrame};
use crate::post::{Fetch, FetchWhat};

/// How many receipts are read at a time.
pub(crate) const RECEIPTS_PAGE: usize = 200;

/// A connection.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) key: MemberKey,
    pub(super) outgoing: Outgoing,
    /// Where the client is: the `prev` of what it gets next.
    position: Seq,
    mail: Progress,
    /// The version after which receipts are still to be read; `None` once they come by themselves.
    receipts: Option<Seq>,
}

#[derive(Debug)]
enum Progress {
    Live,
    /// Everything is handed over but what is not stored yet.
    Settling(Late),
    Behind(Behind),
}

#[derive(Debug, Default)]
struct Behind {
    /// Up to where pages were read; `None` for a classic page that nothing was read to yet.
    reach: Option<Seq>,
    /// What came since the hub asked for the page that is on its way.
    late: Late,
    /// The client asked to start over from here.
    restart: Option<Seq>,
}

impl Member {
    /// A v1 connection whose client has everything up to `cursor`, and receipts up to a version.
    pub(super) fn v1(key: MemberKey, outgoing: Outgoing, cursor: Seq, receipts: Seq) -> Self {
        let behind = Behind { reach: Some(cursor), ..Behind::default() };
        Self {
            key,
            outgoing,
            position: cursor,
            mail: Progress::Behind(behind),
            receipts: Some(receipts),
        }
    }

    /// A classic connection.
    pub(super) fn classic(key: MemberKey, outgoing: Outgoing) -> Self {
        Self {
            key,
            outgoing,
            position: Seq::START,
            mail: Progress::Behind(Behind::default()),
            receipts: None,
        }
    }

    /// Where the client will be once it has read what it was sent.
    pub(super) fn position(&self) -> Seq {
        self.position
    }

    /// Takes a new message: hands it on, or holds it until it is stored.
    pub(super) fn bring(&mut self, mail: &Arc<Mail>, letter: &mut Letter<'_>) -> Brought {
        match &mut self.mail {
            Progress::Live => {
                self.hand(mail.seq, letter);
                return Brought::Handed;
            }
            Progress::Settling(late) => late.hold(mail),
            Progress::Behind(behind) => behind.late.hold(mail),
        }
        Brought::Held
    }

    /// What was to be written up to a place is written now, or not. Returns what to fetch, if that is
    /// called for.
    pub(super) fn decided(&mut self, seq: Seq, is_stored: bool, last: Seq) -> Option<Fetch> {
        match &mut self.mail {
            Progress::Live => None,
            Progress::Behind(behind) => {
                behind.late.decided(seq, is_stored);
                None
            }
            Progress::Settling(late) => {
                late.decided(seq, is_stored);
                self.settle(last)
            }
        }
    }

    /// There is mail that can't be handed on now: it is to be read from the mailbox. Returns what to
    /// fetch, unless something is on its way already. `last` is the last place that was given out.
    pub(super) fn miss(&mut self, last: Seq) -> Option<Fetch> {
        if let Progress::Behind(behind) = &mut self.mail {
            behind.late.lose();
            return None;
        }
        let reach = Some(self.position);
        self.mail = Progress::Behind(Behind { reach, ..Behind::default() });
        self.ask(last)
    }

    /// The client misses something after a place. As with [`miss`](Self::miss).
    pub(super) fn go_back(&mut self, after: Seq, last: Seq) -> Option<Fetch> {
        if let Progress::Behind(behind) = &mut self.mail {
            behind.restart = Some(after);
            return None;
        }
        self.position = after;
        self.miss(last)
    }

    /// What to fetch next, for a connection that is behind; nothing may be on its way.
    pub(super) fn ask(&mut self, last: Seq) -> Option<Fetch> {
        let Progress::Behind(behind) = &mut self.mail else { return None };
        if let Some(after) = behind.restart.take() {
            self.position = after;
            behind.reach = Some(after);
        }
        behind.late = Late::default();
        let what = FetchWhat::Mail { after: behind.reach, snapshot: last };
        Some(Fetch { who: self.key.clone(), what })
    }

    /// A page arrived that has everything up to `snapshot`, unless there is more.
    pub(super) fn page(&mut self, page: &Page, snapshot: Seq, last: Seq) -> AfterPage {
        let Progress::Behind(behind) = &self.mail else { return AfterPage::Nothing };
        if behind.restart.is_some() {
            return self.ask(last).map_or(AfterPage::Nothing, AfterPage::Fetch);
        }
        for mail in &page.mail {
            self.hand(mail.seq, &mut Letter::new(mail));
        }
        let Progress::Behind(behind) = &mut self.mail else { return AfterPage::Nothing };
        behind.reach = page.mail.last().map(|mail| mail.seq).max(behind.reach);
        if page.more {
            return AfterPage::AskOnceWritten;
        }
        let reach = behind.reach.map_or(snapshot, |reach| reach.max(snapshot));
        behind.reach = Some(reach);
        if behind.late.is_lost() {
            return self.ask(last).map_or(AfterPage::Nothing, AfterPage::Fetch);
        }
        // The page may have some of it already: it was read after they came.
        let mut late = std::mem::take(&mut behind.late);
        late.skip(reach);
        self.mail = Progress::Settling(late);
        self.caught_up(reach);
        self.settle(last).map_or(AfterPage::Nothing, AfterPage::Fetch)
    }

    /// Hands over what is stored by now, and goes live if nothing is undecided. Returns what to fetch,
    /// if more came than could be held.
    fn settle(&mut self, last: Seq) -> Option<Fetch> {
        loop {
            let Progress::Settling(late) = &mut self.mail else { return None };
            if late.is_lost() {
                return self.miss(last);
            }
            match late.next_stored() {
                Some(mail) => self.hand(mail.seq, &mut Letter::new(&mail)),
                None if late.is_empty() => self.mail = Progress::Live,
                None => return None,
            }
        }
    }

    /// The version after which this connection's receipts are to be read.
    pub(super) fn receipts_behind(&self) -> Option<Seq> {
        self.receipts
    }

    /// Receipts were read: all there are after the version before, up to `at_most` of them. Returns
    /// whether there may be more.
    pub(super) fn receipts(&mut self, page: &[Receipt], all_until: Seq, newest: Seq) -> bool {
        for receipt in page {
            self.tell(receipt);
        }
        let last = page.last().map(|receipt| receipt.version);
        let is_last_page = page.len() < RECEIPTS_PAGE;
        if is_last_page && newest <= all_until {
            self.receipts = None;
        } else {
            self.receipts = last.max(self.receipts);
        }
        self.receipts.is_some()
    }

    /// Tells the client of a receipt that was just written, unless they are still being read to it.
    pub(super) fn bring_receipt(&self, receipt: &Receipt) {
        if self.receipts.is_none() {
            self.tell(receipt);
        }
    }

    fn tell(&self, receipt: &Receipt) {
        let Receipt { to, delivered, read, version, .. } = receipt;
        let (peer, version) = (to.clone(), *version);
        // What is read is delivered as well, but the two may be at different messages.
        if delivered > read {
            let up_to = *delivered;
            let frame = RelayFrame::Delivered { peer: peer.clone(), up_to, version };
            self.outgoing.text(codec::encode(&frame));
        }
        if *read > Seq::START {
            let frame = RelayFrame::Read { peer, up_to: *read, version };
            self.outgoing.text(codec::encode(&frame));
        }
    }

    fn hand(&mut self, seq: Seq, letter: &mut Letter<'_>) {
        // A queue that takes no more closes its connection; the mailbox has what it did not take.
        let frame = match &self.key {
            MemberKey::Person(..) => letter.v1(self.position).map(OutgoingFrame::Text),
            MemberKey::Pair(..) => letter.classic().map(|text| OutgoingFrame::Mail(text, seq)),
        };
        if let Some(frame) = frame {
            self.outgoing.push(frame);
            self.position = seq;
        }
    }

    fn caught_up(&mut self, reach: Seq) {
        let prev = self.position;
        self.position = prev.max(reach);
        if let MemberKey::Person(..) = self.key {
            let frame = RelayFrame::CaughtUp { prev, cursor: self.position };
            self.outgoing.text(codec::encode(&frame));
        }
    }
}

/// What became of a new message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Brought {
    /// It is on its way.
    Handed,
    /// It waits for what becomes of it.
    Held,
}

/// What to do after a page.
#[derive(Debug)]
pub(super) enum AfterPage {
    /// Nothing.
    Nothing,
    /// Fetch this.
    Fetch(Fetch),
    /// [`Member::ask`] for another, once this one was written to the socket.
    AskOnceWritten,
}
