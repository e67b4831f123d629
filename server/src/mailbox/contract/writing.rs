//! Writing messages: once each, whatever is sent again, and all of a batch or nothing.

use super::*;

promises!(
    outcomes_are_in_the_order_of_the_entries,
    a_repeat_gets_the_first_place_and_time,
    a_repeat_in_the_same_batch,
    an_id_with_something_else_is_refused_and_the_first_stays,
    a_relation_is_a_part_of_what_is_said,
    an_id_belongs_to_its_sender,
    an_entry_sees_those_before_it,
    a_batch_that_fails_leaves_nothing,
    an_empty_batch_is_nothing,
    what_was_written_outlives_the_relay,
);

fn outcomes_are_in_the_order_of_the_entries(subject: &dyn Subject) {
    let mut mailbox = subject.open();
    store(&mut *mailbox, [mail(1, "ann", "bob")]);
    let reused = Mail { content: Some(Content::parse("other").unwrap()), ..mail(1, "ann", "bob") };
    let outcomes = mailbox.write(&[
        append(mail(2, "ann", "bob")),
        append(Mail { seq: seq(3), ..mail(1, "ann", "bob") }),
        append(Mail { seq: seq(4), ..reused }),
        delivered("bob", None, 2, 10),
        read("bob", "cas", 2, 11),
        delivered("bob", None, 2, 12),
        append(mail(5, "ann", "bob")),
    ]);
    let expected = [
        Written::New,
        Written::Repeat { seq: seq(1), at: UnixMillis(1_000) },
        Written::IdReused,
        Written::Receipts(vec![receipt("ann", "bob", [2, 0], 10)]),
        Written::UnknownPeer,
        Written::Receipts(Vec::new()),
        Written::New,
    ];
    assert_eq!(outcomes.unwrap(), expected);
    let mut reader = mailbox.reader().unwrap();
    assert_eq!(places(&page(&mut *reader, &query("bob", None, 0)).mail), [1, 2, 5]);
}

fn a_relation_is_a_part_of_what_is_said(subject: &dyn Subject) {
    let mut mailbox = subject.open();
    let to = |id: &str| {
        let (kind, id) = (RelationKind::Reply, MessageId::parse(id).unwrap());
        Relation { kind, from_user_id: user("bob"), id }
    };
    let said = |relation| Some(Content::parse("yes").unwrap().with(relation));
    let answer = Mail { content: said(Some(to("b1"))), ..mail(1, "ann", "bob") };
    store(&mut *mailbox, [answer.clone()]);
    let again = Mail { seq: seq(2), ..answer.clone() };
    let repeat = Written::Repeat { seq: seq(1), at: answer.at };
    assert_eq!(write(&mut *mailbox, append(again.clone())), repeat);
    for other in [None, Some(to("b2"))] {
        let other = Mail { content: said(other), ..again.clone() };
        assert_eq!(write(&mut *mailbox, append(other)), Written::IdReused);
    }
    assert_eq!(mailbox.kept(&user("bob")).unwrap().bytes, "yesreply b1 bob".len() as u64);
    drop(mailbox);
    let mailbox = subject.open();
    let mut reader = mailbox.reader().unwrap();
    assert_eq!(page(&mut *reader, &query("bob", None, 0)).mail, [answer]);
}

fn a_repeat_gets_the_first_place_and_time(subject: &dyn Subject) {
    let mut mailbox = subject.open();
    let first = Mail { classic: Some(classic("words")), ..mail(1, "ann", "bob") };
    store(&mut *mailbox, [first.clone()]);
    for n in 3..6 {
        let again = Mail { seq: seq(n), at: UnixMillis(99), ..first.clone() };
        let outcome = write(&mut *mailbox, append(again));
        assert_eq!(outcome, Written::Repeat { seq: seq(1), at: first.at });
    }
    let mut reader = mailbox.reader().unwrap();
    assert_eq!(page(&mut *reader, &query("bob", None, 0)).mail, [first]);
}

fn a_repeat_in_the_same_batch(subject: &dyn Subject) {
    let mut mailbox = subject.open();
    let first = mail(1, "ann", "bob");
    let outcomes = mailbox.write(&[
        append(first.clone()),
        append(Mail { seq: seq(2), ..first.clone() }),
        append(Mail { seq: seq(3), to: user("cas"), ..first.clone() }),
    ]);
    let repeat = Written::Repeat { seq: seq(1), at: first.at };
    assert_eq!(outcomes.unwrap(), [Written::New, repeat, Written::IdReused]);
    let mut reader = mailbox.reader().unwrap();
    assert_eq!(page(&mut *reader, &query("bob", None, 0)).mail, [first]);
}

fn an_id_with_something_else_is_refused_and_the_first_stays(subject: &dyn Subject) {
    let mut mailbox = subject.open();
    let first = mail(1, "ann", "bob");
    store(&mut *mailbox, [first.clone()]);
    let again = Mail { seq: seq(2), ..first.clone() };
    for other in [
        Mail { to: user("cas"), ..again.clone() },
        Mail { content: Some(Content::parse("words 2").unwrap()), ..again.clone() },
        Mail { content: Some(Content::parse("WORDS 1").unwrap()), ..again.clone() },
        Mail { classic: Some(classic("")), ..again.clone() },
    ] {
        assert_eq!(write(&mut *mailbox, append(other)), Written::IdReused);
    }
    let mut reader = mailbox.reader().unwrap();
    assert_eq!(page(&mut *reader, &query("bob", None, 0)).mail, [first]);
    assert_eq!(page(&mut *reader, &query("cas", None, 0)).mail, []);
}

fn an_id_belongs_to_its_sender(subject: &dyn Subject) {
    let mut mailbox = subject.open();
    let id = mail(1, "ann", "bob").id;
    store(&mut *mailbox, [mail(1, "ann", "bob"), Mail { id: id.clone(), ..mail(2, "cas", "bob") }]);
    // Ids are compared as they are written.
    let upper = MessageId::parse(id.as_str().to_uppercase()).unwrap();
    store(&mut *mailbox, [Mail { id: upper, ..mail(3, "ann", "bob") }]);
}

fn an_entry_sees_those_before_it(subject: &dyn Subject) {
    let mut mailbox = subject.open();
    let outcomes = mailbox.write(&[
        read("bob", "ann", 9, 10),
        append(mail(1, "ann", "bob")),
        delivered("bob", Some("ann"), 1, 11),
        read("bob", "ann", 1, 12),
        append(mail(2, "ann", "bob")),
        delivered("bob", None, 2, 13),
    ]);
    let expected = [
        Written::UnknownPeer,
        Written::New,
        Written::Receipts(vec![receipt("ann", "bob", [1, 0], 11)]),
        Written::Receipts(vec![receipt("ann", "bob", [1, 1], 12)]),
        Written::New,
        Written::Receipts(vec![receipt("ann", "bob", [2, 1], 13)]),
    ];
    assert_eq!(outcomes.unwrap(), expected);
}

fn a_batch_that_fails_leaves_nothing(subject: &dyn Subject) {
    let mut mailbox = subject.open();
    store(&mut *mailbox, [mail(1, "ann", "bob")]);
    // Two messages at one place: no relay does it, so there is no other outcome for it.
    let taken = Mail { id: mail(9, "ann", "bob").id, ..mail(1, "ann", "bob") };
    let batch = [append(mail(2, "ann", "bob")), delivered("bob", None, 2, 10), append(taken)];
    let error = mailbox.write(&batch).unwrap_err();
    assert_eq!(error.reason, "the relay gave a message a place that is taken");
    let mut reader = mailbox.reader().unwrap();
    assert_eq!(places(&page(&mut *reader, &query("bob", None, 0)).mail), [1]);
    assert_eq!(reader.delivered(&user("bob"), &user("ann")), Ok(Seq::START));
    // And the same mailbox goes on.
    let outcomes = mailbox.write(&batch[..2]).unwrap();
    assert_eq!(outcomes[1], Written::Receipts(vec![receipt("ann", "bob", [2, 0], 10)]));
}

fn an_empty_batch_is_nothing(subject: &dyn Subject) {
    assert_eq!(subject.open().write(&[]), Ok(Vec::new()));
}

fn what_was_written_outlives_the_relay(subject: &dyn Subject) {
    let mut mailbox = subject.open();
    let first = Mail { classic: Some(classic("小秋")), ..mail(1, "小秋", "bob") };
    store(&mut *mailbox, [first.clone()]);
    write(&mut *mailbox, read("bob", "小秋", 1, 10));
    drop(mailbox);
    let mut mailbox = subject.open();
    let outcome = write(&mut *mailbox, append(Mail { seq: seq(5), ..first.clone() }));
    assert_eq!(outcome, Written::Repeat { seq: seq(1), at: first.at });
    assert_eq!(write(&mut *mailbox, delivered("bob", None, 1, 11)), Written::Receipts(Vec::new()));
    let mut reader = mailbox.reader().unwrap();
    assert_eq!(page(&mut *reader, &query("bob", None, 0)).mail, [first]);
    let receipts = reader.receipts(&user("小秋"), Seq::START, 9).unwrap();
    assert_eq!(receipts, [receipt("小秋", "bob", [1, 1], 10)]);
}
