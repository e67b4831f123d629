//! Tests of the page's conversations.

use duologue_protocol::{ErrorCode, RelationKind, Seq};

use super::*;

const NOWHERE: Progress = Progress { era: 0, cursor: Seq::START, receipts: Seq::START };

fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

fn id(text: &str) -> MessageId {
    MessageId::parse(text).unwrap()
}

fn content(text: &str) -> Content {
    Content::parse(text).unwrap()
}

fn seq(n: u64) -> Seq {
    Seq::new(n).unwrap()
}

fn draft(to: &str, name: &str) -> Draft {
    Draft { id: id(name), to: user(to), content: content("hi") }
}

fn queued(to: &str, name: &str) -> Change {
    Change::Queued { draft: draft(to, name), at: UnixMillis(1) }
}

fn stored(to: &str, name: &str, n: u64) -> Change {
    Change::Stored { id: id(name), to: user(to), seq: seq(n), at: UnixMillis(7) }
}

fn received(from: &str, name: &str, n: u64) -> Change {
    let (id, from, content) = (id(name), user(from), content("hi"));
    Change::Received(Message { id, from, content, seq: seq(n), at: UnixMillis(9) })
}

fn too_fast() -> Reason {
    Reason::of_an_error(ErrorCode::RateLimited, "too fast")
}

fn failed(to: &str, name: &str) -> Change {
    Change::Failed { id: id(name), to: user(to), reason: too_fast() }
}

fn after(changes: impl IntoIterator<Item = Change>) -> Conversations {
    let mut all = Conversations::default();
    changes.into_iter().for_each(|change| all.apply(&change, NOWHERE));
    all
}

fn statuses(all: &Conversations, peer: &str) -> Vec<(String, Status)> {
    let conversation = all.with(&user(peer)).unwrap();
    let entries = conversation.entries.iter();
    entries.map(|entry| (entry.id.to_string(), conversation.status(entry))).collect()
}

fn status(name: &str, status: Status) -> (String, Status) {
    (name.to_owned(), status)
}

#[test]
fn the_latest_conversation_comes_first_and_unread_are_counted() {
    let mut all = after([
        received("ben", "1", 1),
        received("cleo", "2", 2),
        received("ben", "3", 3),
        received("ben", "3", 3),
    ]);
    let names: Vec<_> = all.iter().map(|c| (c.peer.to_string(), c.unread)).collect();
    assert_eq!(names, [("ben".to_owned(), 2), ("cleo".to_owned(), 1)]);
    assert_eq!(all.with(&user("ben")).unwrap().first_unread(), Some(0));
    all.apply(&Change::ReadHere { peer: user("ben"), up_to: seq(1) }, NOWHERE);
    let ben = all.with(&user("ben")).unwrap();
    assert_eq!((ben.unread, ben.first_unread()), (1, Some(1)));
    all.apply(&Change::ReadHere { peer: user("ben"), up_to: seq(3) }, NOWHERE);
    let ben = all.with(&user("ben")).unwrap();
    assert_eq!((ben.unread, ben.first_unread()), (0, None));
}

#[test]
fn what_one_sent_elsewhere_is_ones_own_not_unread_and_there_once() {
    let elsewhere =
        |name| Change::SentElsewhere { draft: draft("ben", name), seq: seq(4), at: UnixMillis(2) };
    let all = after([elsewhere("1"), elsewhere("1"), queued("ben", "2"), elsewhere("2")]);
    assert_eq!(all.with(&user("ben")).unwrap().unread, 0);
    assert_eq!(statuses(&all, "ben"), [status("1", Status::Sent), status("2", Status::Sent)]);
}

#[test]
fn a_message_goes_from_queued_to_read() {
    let mut all = after([queued("ben", "1"), queued("ben", "2"), queued("cleo", "3")]);
    assert_eq!(all.queued_count(), 3);
    all.apply(&stored("ben", "1", 5), NOWHERE);
    assert_eq!(statuses(&all, "ben"), [status("1", Status::Sent), status("2", Status::Queued)]);
    assert_eq!(all.with(&user("ben")).unwrap().entries[0].at, UnixMillis(7), "the relay's time");
    all.apply(&stored("ben", "2", 6), NOWHERE);
    let delivered =
        |up_to| Change::Delivered { peer: user("ben"), up_to: seq(up_to), version: seq(1) };
    all.apply(&delivered(6), NOWHERE);
    // May name less than an earlier one did; then the earlier one holds.
    all.apply(&delivered(5), NOWHERE);
    all.apply(&Change::Read { peer: user("ben"), up_to: seq(5), version: seq(2) }, NOWHERE);
    assert_eq!(statuses(&all, "ben"), [status("1", Status::Read), status("2", Status::Delivered)]);
    assert_eq!(statuses(&all, "cleo"), [status("3", Status::Queued)]);
}

#[test]
fn a_refused_message_can_be_tried_again_where_it_stands() {
    let ben = user("ben");
    let mut all = after([queued("ben", "1"), queued("ben", "2"), failed("ben", "1")]);
    assert_eq!(statuses(&all, "ben")[0], status("1", Status::Failed(too_fast())));
    assert_eq!(all.failed(&ben, &id("2")), None, "it is on its way");
    assert_eq!(all.failed(&ben, &id("1")), Some(draft("ben", "1")));
    all.apply(&queued("ben", "1"), NOWHERE);
    assert_eq!(statuses(&all, "ben"), [status("1", Status::Queued), status("2", Status::Queued)]);
    assert_eq!(all.queued(), [draft("ben", "1"), draft("ben", "2")]);
}

#[test]
fn a_peer_cannot_change_my_message_by_using_its_id() {
    let all = after([queued("ben", "1"), received("ben", "1", 3), stored("ben", "1", 4)]);
    assert_eq!(statuses(&all, "ben"), [status("1", Status::Sent), status("1", Status::Theirs)]);
}

#[test]
fn a_relay_that_began_anew_makes_nothing_look_delivered_or_read() {
    let read = Change::Read { peer: user("ben"), up_to: seq(900), version: seq(1) };
    let mut all = after([
        queued("ben", "1"),
        stored("ben", "1", 900),
        read,
        received("ben", "a", 901),
        Change::ReadHere { peer: user("ben"), up_to: seq(901) },
    ]);
    let anew = Progress { era: 1, ..NOWHERE };
    for change in [queued("ben", "2"), stored("ben", "2", 1), received("ben", "b", 2)] {
        all.apply(&change, anew);
    }
    let expected = [
        status("1", Status::Read),
        status("a", Status::Theirs),
        status("2", Status::Sent),
        status("b", Status::Theirs),
    ];
    assert_eq!(statuses(&all, "ben"), expected);
    assert_eq!(all.with(&user("ben")).unwrap().unread, 1);
}

#[test]
fn an_earlier_sitting_is_shown_as_it_was() {
    let record = |order, peer: &str, name: &str, state| {
        let entry = Entry::new(id(name), content("hi"), UnixMillis(1), state);
        MessageRecord { order, peer: user(peer), entry }
    };
    let place = |n| Place { era: 0, seq: seq(n) };
    let loaded = Loaded {
        messages: vec![
            record(0, "ben", "1", EntryState::Theirs { place: place(1) }),
            record(1, "cleo", "2", EntryState::Queued),
            record(2, "ben", "3", EntryState::Theirs { place: place(2) }),
        ],
        peers: vec![
            PeerRecord { read_here: place(1), ..PeerRecord::new(user("ben")) },
            PeerRecord::new(user("nobody")),
        ],
        ..Loaded::default()
    };
    let all = Conversations::new(loaded);
    let names: Vec<_> = all.iter().map(|c| (c.peer.to_string(), c.unread)).collect();
    assert_eq!(names, [("ben".to_owned(), 1), ("cleo".to_owned(), 0)]);
    assert_eq!(all.queued(), [draft("cleo", "2")]);
}

#[test]
fn what_is_typed_becomes_a_message_or_nothing_or_says_why_not() {
    assert_eq!(compose(" \n "), Ok(None));
    assert_eq!(compose("\n  two spaces\n\n"), Ok(Some(content("  two spaces"))));
    assert_eq!(compose("a\u{0}b\u{1b}c\td"), Ok(Some(content("abc\td"))));
    assert_eq!(compose(&"秋".repeat(6_000)), Err(InvalidContent::TooLarge(18_000)));
}

#[test]
fn a_conversation_that_is_deleted_keeps_only_what_is_on_its_way() {
    let mut all = Conversations::default();
    all.apply(&queued("ben", "1"), NOWHERE);
    all.apply(&received("ben", "2", 7), NOWHERE);
    all.apply(&received("cleo", "3", 8), NOWHERE);
    let before = all.extent(&user("ben"));
    assert_eq!(all.delete(&user("ben")), [(false, id("2"))]);
    let ben = all.with(&user("ben")).unwrap();
    assert_eq!((ben.entries.len(), ben.unread), (1, 0));
    assert_ne!(all.extent(&user("ben")).0, before.0, "indices name other messages now");
    assert_eq!(all.queued(), [draft("ben", "1")]);
    assert_eq!(all.delete(&user("cleo")), [(false, id("3"))]);
    assert!(all.with(&user("cleo")).is_none());
    assert_eq!(all.delete(&user("cleo")), []);
}

#[test]
fn what_waits_is_counted_as_it_changes() {
    let mut all = Conversations::default();
    let steps = [
        (queued("ben", "1"), 1),
        (queued("ben", "1"), 1),
        (queued("cleo", "2"), 2),
        (failed("ben", "1"), 1),
        (queued("ben", "1"), 2),
        (stored("ben", "1", 5), 1),
        (stored("ben", "1", 5), 1),
        (received("ben", "1", 6), 1),
        (stored("cleo", "2", 7), 0),
    ];
    for (change, waiting) in steps {
        all.apply(&change, NOWHERE);
        assert_eq!(all.queued_count(), waiting, "{change:?}");
        assert_eq!(all.queued().len(), waiting);
    }
    all.apply(&queued("ben", "3"), NOWHERE);
    all.delete(&user("ben"));
    assert_eq!(all.queued_count(), 1);
}

/// What `words` do to a message.
fn does(kind: RelationKind, words: &str, whose: &str, name: &str) -> Content {
    let relation = Relation { kind, from_user_id: user(whose), id: id(name) };
    content(words).with(Some(relation))
}

fn says(name: &str, content: Content) -> Change {
    Change::Queued { draft: Draft { id: id(name), to: user("ben"), content }, at: UnixMillis(1) }
}

fn hears(name: &str, content: Content, n: u64) -> Change {
    let (id, from) = (id(name), user("ben"));
    Change::Received(Message { id, from, content, seq: seq(n), at: UnixMillis(9) })
}

#[test]
fn what_is_done_to_a_message_is_no_message_and_not_unread() {
    let mut all = after([queued("ben", "1"), stored("ben", "1", 5), queued("cleo", "2")]);
    let reaction = does(RelationKind::Reaction, "👍", "ann", "1");
    all.apply(&hears("t1", reaction, 6), NOWHERE);
    let ben = all.with(&user("ben")).unwrap();
    assert_eq!((ben.entries.len(), ben.unread), (1, 0));
    assert_eq!(ben.entries[0].amended.theirs.as_deref(), Some("👍"));
    assert_eq!(all.iter().next().unwrap().peer, user("cleo"), "nothing was said");
    all.apply(&hears("t2", does(RelationKind::Reply, "yes", "ann", "1"), 7), NOWHERE);
    let ben = all.with(&user("ben")).unwrap();
    assert_eq!((ben.entries.len(), ben.unread), (2, 1));
    let (index, quoted) = ben.find(ben.entries[1].content.relation().unwrap()).unwrap();
    assert_eq!((index, quoted.content.as_str()), (0, "hi"));
}

#[test]
fn what_one_did_is_on_its_way_until_the_relay_has_it_or_refuses_it() {
    let mut all = after([queued("ben", "1"), stored("ben", "1", 5)]);
    let edit = does(RelationKind::Edit, "hello", "ann", "1");
    all.apply(&says("2", edit.clone()), NOWHERE);
    let act = |all: &Conversations| {
        let ben = all.with(&user("ben")).unwrap();
        ben.act_on(&ben.entries[0]).map(|act| act.state.clone())
    };
    assert_eq!(all.with(&user("ben")).unwrap().entries[0].content.as_str(), "hello");
    assert_eq!((act(&all), all.queued_count()), (Some(EntryState::Queued), 1));
    assert_eq!(all.queued()[0].content, edit);
    all.apply(&failed("ben", "2"), NOWHERE);
    assert!(matches!(act(&all), Some(EntryState::Failed { .. })));
    assert_eq!(all.failed(&user("ben"), &id("2")).unwrap().content, edit);
    all.apply(&says("2", edit), NOWHERE);
    assert_eq!((act(&all), all.queued_count()), (Some(EntryState::Queued), 1));
    all.apply(&stored("ben", "2", 6), NOWHERE);
    assert_eq!((act(&all), all.queued_count()), (None, 0));
}

#[test]
fn what_was_on_its_way_is_so_in_the_next_sitting() {
    let messages = [
        Entry::new(
            id("1"),
            content("hi"),
            UnixMillis(1),
            EntryState::Sent { place: Place::default() },
        ),
        Entry::new(
            id("2"),
            does(RelationKind::Reaction, "👍", "ben", "t1"),
            UnixMillis(2),
            EntryState::Queued,
        ),
    ];
    let record = |(order, entry)| MessageRecord { order, peer: user("ben"), entry };
    let messages = (0..).zip(messages).map(record).collect();
    let mut all = Conversations::new(Loaded { messages, ..Loaded::default() });
    assert_eq!((all.extent(&user("ben")).1, all.queued_count()), (1, 1));
    assert_eq!(all.delete(&user("ben")), [(true, id("1"))]);
    assert_eq!(all.queued_count(), 1, "what is on its way stays");
}
