//! Tests of the rules by which steps change records: a map stands in for the database.

use std::collections::BTreeMap;

use duologue_protocol::identity::PublicKey;
use duologue_protocol::{Content, ErrorCode, Fingerprint, MessageId, Relation, RelationKind, Seq};
use duologue_session::Reason;

use super::*;
use crate::store::loaded::{Loaded, Texts};
use crate::store::record::{DraftRecord, Marks, Standing, Verdict};
use crate::store::step::Table;

/// What a browser's database does, without the browser.
#[derive(Default)]
struct Disk(BTreeMap<(&'static str, String), String>);

impl Disk {
    fn write(&mut self, steps: &[Step]) -> Vec<PeerRecord> {
        self.write_from(steps, 0)
    }

    fn write_from(&mut self, steps: &[Step], least_order: u64) -> Vec<PeerRecord> {
        let mut batch = Batch::new(steps.to_vec(), least_order);
        for cell in &mut batch.cells {
            cell.text = self.0.get(&(cell.key.table.name(), cell.key.name.clone())).cloned();
        }
        batch.run();
        let decided = batch.decided();
        for Cell { key, text, .. } in batch.cells.into_iter().filter(|cell| cell.is_changed) {
            match text {
                Some(text) => self.0.insert((key.table.name(), key.name), text),
                None => self.0.remove(&(key.table.name(), key.name)),
            };
        }
        decided
    }

    fn load(&self) -> Loaded {
        let all = |table: Table| {
            self.0
                .iter()
                .filter(|((name, _), _)| *name == table.name())
                .map(|(_, text)| text.clone())
                .collect()
        };
        Loaded::parse(&Texts {
            messages: all(Table::Messages),
            peers: all(Table::Peers),
            drafts: all(Table::Drafts),
            book: all(Table::Book),
        })
    }

    fn states(&self) -> Vec<(String, EntryState)> {
        let records = self.load().messages.into_iter();
        records.map(|record| (record.entry.id.to_string(), record.entry.state)).collect()
    }
}

/// One tab: it knows its own progress.
#[derive(Default)]
struct Tab(Progress);

impl Tab {
    fn step(&mut self, change: Change) -> Step {
        self.0 = self.0.after(&change);
        Step::Change { change, progress: self.0 }
    }

    fn does(&mut self, disk: &mut Disk, changes: &[Change]) {
        let steps: Vec<Step> = changes.iter().map(|change| self.step(change.clone())).collect();
        disk.write(&steps);
    }
}

fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

fn seq(n: u64) -> Seq {
    Seq::new(n).unwrap()
}

fn place(era: u32, n: u64) -> Place {
    Place { era, seq: seq(n) }
}

fn draft(id: &str) -> Draft {
    let (id, content) = (MessageId::parse(id).unwrap(), Content::parse("hi").unwrap());
    Draft { id, to: user("ben"), content }
}

fn queued(id: &str) -> Change {
    Change::Queued { draft: draft(id), at: UnixMillis(1) }
}

fn stored(id: &str, n: u64) -> Change {
    Change::Stored { id: draft(id).id, to: user("ben"), seq: seq(n), at: UnixMillis(2) }
}

fn received(id: &str, n: u64) -> Change {
    let Draft { id, content, .. } = draft(id);
    Change::Received(Message { id, from: user("ben"), content, seq: seq(n), at: UnixMillis(3) })
}

#[test]
fn keys_and_decisions_are_written_down_and_another_key_is_not_verified() {
    let (mut disk, mut tab) = (Disk::default(), Tab::default());
    let ben = user("ben");
    let key = |byte| Fingerprint::of(&PublicKey::from_bytes([byte; 32]));
    let mut pin = |byte: u8, instead_of: Option<u8>| {
        let (fingerprint, instead_of) = (key(byte), instead_of.map(key));
        tab.step(Change::Pinned { peer: ben.clone(), fingerprint, instead_of })
    };
    let says = |verdict| Step::Verdict { peer: ben.clone(), verdict };
    disk.write(&[pin(7, None), says(Verdict::Stands(Standing::Accepted))]);
    disk.write(&[says(Verdict::Verified(key(8), true))]);
    assert!(!disk.load().peers[0].is_verified, "another key than the pinned one");
    disk.write(&[says(Verdict::Verified(key(7), true))]);
    let (pinned, accepted) = (Some(key(7)), Some(Standing::Accepted));
    let known = PeerRecord { pin: pinned, standing: accepted, ..PeerRecord::new(ben.clone()) };
    assert_eq!(disk.load().peers, [PeerRecord { is_verified: true, ..known.clone() }]);
    assert_eq!(disk.load().saved().pins, [(ben.clone(), key(7))]);
    disk.write(&[pin(7, None)]);
    assert!(disk.load().peers[0].is_verified, "the same key again");
    disk.write(&[pin(8, Some(7)), says(Verdict::Stands(Standing::Blocked))]);
    let (pin_now, blocked) = (Some(key(8)), Some(Standing::Blocked));
    assert_eq!(disk.load().peers, [PeerRecord { pin: pin_now, standing: blocked, ..known }]);
    assert_eq!(disk.load().blocked(), std::slice::from_ref(&ben));
}

#[test]
fn what_a_tab_decides_without_knowing_the_pin_changes_nothing() {
    let ben = user("ben");
    let key = |byte| Fingerprint::of(&PublicKey::from_bytes([byte; 32]));
    let verified =
        PeerRecord { pin: Some(key(7)), is_verified: true, ..PeerRecord::new(ben.clone()) };
    for instead_of in [None, Some(key(6))] {
        let (mut disk, mut tab) = (Disk::default(), Tab::default());
        let (fingerprint, peer) = (key(7), ben.clone());
        let pinned = tab.step(Change::Pinned { peer, fingerprint, instead_of: None });
        let compared = Verdict::Verified(key(7), true);
        disk.write(&[pinned, Step::Verdict { peer: ben.clone(), verdict: compared }]);
        // Another tab, which has not heard of that.
        let (mut other, peer) = (Tab::default(), ben.clone());
        let step = other.step(Change::Pinned { peer, fingerprint: key(8), instead_of });
        assert_eq!(disk.write(&[step]), std::slice::from_ref(&verified), "and it is told");
        assert_eq!(disk.load().peers, std::slice::from_ref(&verified));
    }
}

#[test]
fn whoever_is_taken_up_by_the_way_stays_as_the_person_decided() {
    for decided in
        [None, Some(Standing::Accepted), Some(Standing::Ignored), Some(Standing::Blocked)]
    {
        let (mut disk, peer) = (Disk::default(), user("ben"));
        let says = |verdict| Step::Verdict { peer: peer.clone(), verdict };
        disk.write(
            &decided
                .map(|standing| says(Verdict::Stands(standing)))
                .into_iter()
                .collect::<Vec<_>>(),
        );
        let told = disk.write(&[says(Verdict::TakenUp)]);
        assert_eq!(told[0].standing, decided.or(Some(Standing::Accepted)));
        assert_eq!(disk.load().peers, told);
    }
}

#[test]
fn what_is_known_of_a_peer_and_cannot_be_read_is_kept_and_missing() {
    let (mut disk, mut tab, ben) = (Disk::default(), Tab::default(), user("ben"));
    let place = (Table::Peers.name(), "ben".to_owned());
    disk.0.insert(place.clone(), "of a later page".to_owned());
    let key = Fingerprint::of(&PublicKey::from_bytes([8; 32]));
    let pinned = tab.step(Change::Pinned { peer: ben.clone(), fingerprint: key, instead_of: None });
    let accepted = Verdict::Stands(Standing::Accepted);
    disk.write(&[
        pinned,
        Step::Verdict { peer: ben, verdict: accepted },
        tab.step(received("x", 3)),
    ]);
    assert_eq!(disk.0[&place], "of a later page");
    let loaded = disk.load();
    assert!(loaded.are_peers_missing && loaded.saved().are_pins_missing);
    assert_eq!((loaded.unreadable, loaded.messages.len()), (1, 1));
}

#[test]
fn a_sitting_is_there_again() {
    let (mut disk, mut tab) = (Disk::default(), Tab::default());
    let first = [tab.step(queued("a")), tab.step(received("a", 7)), tab.step(queued("b"))];
    disk.write(&first);
    let ben = user("ben");
    let then = [
        tab.step(stored("a", 8)),
        tab.step(Change::Delivered { peer: ben.clone(), up_to: seq(8), version: seq(4) }),
        tab.step(Change::ReadHere { peer: ben.clone(), up_to: seq(7) }),
        Step::Draft(DraftRecord { peer: ben.clone(), text: "unfinished".into() }),
    ];
    disk.write(&then);

    let loaded = disk.load();
    assert_eq!(loaded.progress, Progress { era: 0, cursor: seq(7), receipts: seq(4) });
    let mut delivered = Marks::default();
    delivered.raise(place(0, 8));
    let known = PeerRecord { delivered, read_here: place(0, 7), ..PeerRecord::new(ben.clone()) };
    assert_eq!(loaded.peers, [known]);
    assert_eq!(loaded.drafts, [DraftRecord { peer: ben.clone(), text: "unfinished".into() }]);
    let saved = loaded.saved();
    assert_eq!(saved.outbox, [draft("b")]);
    assert_eq!(saved.seen, [(ben.clone(), draft("a").id)]);
    assert_eq!(saved.reads, [(ben, seq(7))]);
    let expected = [
        ("a".to_owned(), EntryState::Sent { place: place(0, 8) }),
        ("a".to_owned(), EntryState::Theirs { place: place(0, 7) }),
        ("b".to_owned(), EntryState::Queued),
    ];
    assert_eq!(disk.states(), expected, "in the order in which they were written");
}

#[test]
fn the_same_steps_twice_change_nothing() {
    let (mut disk, mut tab) = (Disk::default(), Tab::default());
    let fail = |id: &str| {
        let reason = Reason::of_an_error(ErrorCode::IdReused, "no");
        Change::Failed { id: draft(id).id, to: user("ben"), reason }
    };
    let steps = [queued("a"), received("b", 3), queued("c"), fail("c"), stored("a", 5)];
    let steps = steps.map(|change| tab.step(change));
    disk.write(&steps);
    let once = disk.0.clone();
    disk.write(&steps[3..]);
    disk.write(&steps[1..2]);
    assert_eq!(disk.0, once);
}

#[test]
fn two_tabs_share_a_database() {
    let mut disk = Disk::default();
    let (mut one, mut two) = (Tab::default(), Tab::default());
    disk.write(&[one.step(queued("a")), one.step(received("x", 3))]);
    // The other tab saw the message sent before this one's answer was written down.
    let elsewhere = Change::SentElsewhere { draft: draft("a"), seq: seq(4), at: UnixMillis(2) };
    disk.write(&[two.step(received("x", 3)), two.step(elsewhere), two.step(received("y", 5))]);
    disk.write(&[one.step(queued("a")), one.step(stored("a", 4))]);
    let ids: Vec<_> = disk.states().into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, ["a", "x", "y"], "each once");
    assert_eq!(disk.states()[0].1, EntryState::Sent { place: place(0, 4) });
    assert_eq!(disk.load().progress.cursor, seq(5), "the slower tab takes nothing back");
}

#[test]
fn a_relay_that_begins_anew_is_followed_from_its_beginning() {
    let mut disk = Disk::default();
    let (mut one, mut two) = (Tab::default(), Tab::default());
    let ben = user("ben");
    let read = |up_to| Change::Read { peer: ben.clone(), up_to: seq(up_to), version: seq(2) };
    disk.write(&[one.step(queued("a")), one.step(stored("a", 900)), one.step(read(900))]);
    let anew = || Change::Place { cursor: seq(0), receipts: seq(0) };
    disk.write(&[one.step(anew()), one.step(queued("b")), one.step(stored("b", 1))]);
    // A tab that learns of it later, and had written down something of the old one just before.
    disk.write(&[two.step(read(900)), two.step(anew())]);
    let loaded = disk.load();
    assert_eq!(loaded.progress, Progress { era: 1, cursor: seq(0), receipts: seq(0) });
    assert!(loaded.peers[0].read.cover(place(0, 900)));
    assert!(!loaded.peers[0].read.cover(place(1, 1)), "nobody has read the new one");
}

#[test]
fn what_cannot_be_read_is_counted_and_the_rest_is_there() {
    let (mut disk, mut tab) = (Disk::default(), Tab::default());
    disk.write(&["a", "b", "c"].map(|id| tab.step(queued(id))));
    disk.0.insert(("messages", "ben\nmine\nb".into()), "{\"order\":".into());
    disk.0.insert(("book", String::new()), "null and void".into());
    let loaded = disk.load();
    assert_eq!(loaded.unreadable, 2);
    let ids = |disk: &Disk| disk.states().into_iter().map(|(id, _)| id).collect::<Vec<_>>();
    assert_eq!(ids(&disk), ["a", "c"]);
    disk.write_from(&[tab.step(queued("d"))], loaded.next_order());
    assert_eq!(ids(&disk), ["a", "c", "d"], "after what was there, though the book is lost");
}

#[test]
fn an_empty_draft_is_none_and_what_moved_is_gone_unless_it_was_sent() {
    let (mut disk, mut tab) = (Disk::default(), Tab::default());
    let typed = |text: &str| Step::Draft(DraftRecord { peer: user("ben"), text: text.into() });
    let moved = |id: &str| Step::Moved { peer: user("ben"), id: draft(id).id };
    disk.write(&[
        typed("x"),
        tab.step(queued("a")),
        tab.step(queued("b")),
        tab.step(stored("b", 1)),
    ]);
    disk.write(&[typed(""), moved("a"), moved("b"), moved("never-here")]);
    assert_eq!(disk.load().drafts, []);
    assert_eq!(disk.states(), [("b".to_owned(), EntryState::Sent { place: place(0, 1) })]);
}

#[test]
fn news_of_a_message_that_is_not_here_is_dropped() {
    let (mut disk, mut tab) = (Disk::default(), Tab::default());
    disk.write(&[tab.step(stored("never-here", 4))]);
    assert_eq!(disk.load().messages, []);
}

#[test]
fn what_the_person_deletes_is_gone_unless_it_is_still_on_its_way() {
    let mut disk = Disk::default();
    let mut tab = Tab::default();
    let steps =
        [queued("1"), queued("2"), stored("2", 5), received("2", 6)].map(|change| tab.step(change));
    disk.write(&steps);
    let delete = |is_mine, id: &str| {
        let id = MessageId::parse(id).unwrap();
        Step::Deleted { peer: user("ben"), is_mine, id }
    };
    disk.write(&[delete(true, "1"), delete(true, "2"), delete(true, "3")]);
    let left: Vec<String> = disk.states().into_iter().map(|(id, _)| id).collect();
    assert_eq!(left, ["1", "2"], "what waits to be sent, and the other one's of the same id");
    disk.write(&[delete(false, "2")]);
    assert_eq!(disk.states(), [("1".to_owned(), EntryState::Queued)]);
}

/// What `words` do to a message: of mine, where that is `ann`'s.
fn does(kind: RelationKind, words: &str, whose: &str, id: &str) -> Content {
    let id = MessageId::parse(id).unwrap();
    let relation = Relation { kind, from_user_id: user(whose), id };
    Content::parse(words).unwrap().with(Some(relation))
}

fn theirs(id: &str, content: Content, n: u64) -> Change {
    let id = MessageId::parse(id).unwrap();
    Change::Received(Message { id, from: user("ben"), content, seq: seq(n), at: UnixMillis(9) })
}

fn mine(id: &str, content: Content) -> Change {
    let id = MessageId::parse(id).unwrap();
    let draft = Draft { id, to: user("ben"), content };
    Change::Queued { draft, at: UnixMillis(8) }
}

#[test]
fn what_the_peer_does_to_a_message_is_in_that_one_alone() {
    let (mut disk, mut tab) = (Disk::default(), Tab::default());
    tab.does(&mut disk, &[queued("1"), stored("1", 5), received("t1", 6)]);
    let changes = [
        theirs("t2", does(RelationKind::Reaction, "👍", "ann", "1"), 7),
        theirs("t3", does(RelationKind::Edit, "better", "ben", "t1"), 8),
        theirs("t4", does(RelationKind::Edit, "not theirs", "ann", "1"), 9),
    ];
    for _ in 0..2 {
        tab.does(&mut disk, &changes);
        let loaded = disk.load();
        let messages: Vec<_> = loaded.messages.iter().map(|record| &record.entry).collect();
        let [one, other, plain] = &messages[..] else { panic!("{messages:?}") };
        assert_eq!(one.amended.theirs.as_deref(), Some("👍"));
        assert_eq!((other.content.as_str(), other.amended.is_edited), ("better", true));
        assert_eq!(plain.content.as_str(), "not theirs", "what breaks the rule is a message");
        assert_eq!(loaded.progress.cursor, seq(9));
    }
}

#[test]
fn what_one_does_is_kept_until_the_relay_has_it() {
    let (mut disk, mut tab) = (Disk::default(), Tab::default());
    let said = does(RelationKind::Reply, "hi", "ben", "t0");
    tab.does(&mut disk, &[mine("1", said), stored("1", 5)]);
    tab.does(&mut disk, &[mine("2", does(RelationKind::Edit, "hello", "ann", "1"))]);
    let waiting = disk.load().saved().outbox;
    assert_eq!(waiting.len(), 1, "it is sent again after a reload");
    assert_eq!(disk.load().messages[0].entry.content.as_str(), "hello", "and seen at once");
    tab.does(&mut disk, &[stored("2", 6)]);
    let loaded = disk.load();
    assert!(loaded.saved().outbox.is_empty());
    let [record] = &loaded.messages[..] else { panic!("{:?}", loaded.messages) };
    assert_eq!(record.entry.content, does(RelationKind::Reply, "hello", "ben", "t0"));
}

#[test]
fn what_was_taken_back_is_nowhere_in_the_browser() {
    let (mut disk, mut tab) = (Disk::default(), Tab::default());
    tab.does(&mut disk, &[mine("1", Content::parse("a secret").unwrap()), stored("1", 5)]);
    tab.does(
        &mut disk,
        &[mine("2", does(RelationKind::Edit, "a secret!", "ann", "1")), stored("2", 6)],
    );
    assert!(disk.0.values().any(|text| text.contains("secret")));
    tab.does(&mut disk, &[mine("3", does(RelationKind::Deletion, "(deleted)", "ann", "1"))]);
    assert!(!disk.0.values().any(|text| text.contains("secret")));
    // Refused, it is there to be tried again.
    let (id, to) = (MessageId::parse("3").unwrap(), user("ben"));
    let reason = Reason::of_an_error(ErrorCode::MailboxFull, "full");
    tab.does(&mut disk, &[Change::Failed { id, to, reason }]);
    assert_eq!(disk.states().len(), 2);
}
