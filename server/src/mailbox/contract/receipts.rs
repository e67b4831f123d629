//! Receipts: how far they go, that they never go back, and how they are read.

use super::*;

promises!(
    delivered_for_everybody_tells_each_sender,
    delivered_for_one_sender_leaves_the_others,
    a_receipt_stands_at_a_message,
    receipts_never_go_back,
    a_receipt_that_says_nothing_new_keeps_its_version,
    the_future_is_not_delivered,
    what_is_read_is_delivered,
    a_stranger_can_not_be_read,
    receipts_are_read_in_order_after_a_version_and_bounded,
    delivered_is_known_by_pair,
);

/// ann: 1 4, cas: 2, bob to himself: 3, ann to cas: 5.
fn some_mail(subject: &dyn Subject) -> Box<dyn Mailbox> {
    let mut mailbox = subject.open();
    store(
        &mut *mailbox,
        [("ann", "bob"), ("cas", "bob"), ("bob", "bob"), ("ann", "bob"), ("ann", "cas")]
            .into_iter()
            .zip(1..)
            .map(|((from, to), n)| mail(n, from, to)),
    );
    mailbox
}

fn receipts_of(mailbox: &dyn Mailbox, from: &str) -> Vec<Receipt> {
    mailbox.reader().unwrap().receipts(&user(from), Seq::START, 100).unwrap()
}

fn delivered_for_everybody_tells_each_sender(subject: &dyn Subject) {
    let mut mailbox = some_mail(subject);
    let outcome = write(&mut *mailbox, delivered("bob", None, 3, 10));
    let expected = [
        receipt("ann", "bob", [1, 0], 10),
        receipt("bob", "bob", [3, 0], 10),
        receipt("cas", "bob", [2, 0], 10),
    ];
    assert_eq!(outcome, Written::Receipts(expected.to_vec()));
    // From here on only what came since.
    let outcome = write(&mut *mailbox, delivered("bob", None, 5, 11));
    assert_eq!(outcome, Written::Receipts(vec![receipt("ann", "bob", [4, 0], 11)]));
    assert_eq!(receipts_of(&*mailbox, "cas"), [receipt("cas", "bob", [2, 0], 10)]);
    assert_eq!(receipts_of(&*mailbox, "ann"), [receipt("ann", "bob", [4, 0], 11)]);
}

fn delivered_for_one_sender_leaves_the_others(subject: &dyn Subject) {
    let mut mailbox = some_mail(subject);
    let outcome = write(&mut *mailbox, delivered("bob", Some("ann"), 5, 10));
    assert_eq!(outcome, Written::Receipts(vec![receipt("ann", "bob", [4, 0], 10)]));
    assert_eq!(receipts_of(&*mailbox, "cas"), []);
    // Everybody's mail isn't delivered yet, and the one sender hears nothing new.
    let outcome = write(&mut *mailbox, delivered("bob", None, 5, 11));
    let expected = [receipt("bob", "bob", [3, 0], 11), receipt("cas", "bob", [2, 0], 11)];
    assert_eq!(outcome, Written::Receipts(expected.to_vec()));
    // Nobody's mail is nothing to tell.
    let outcome = write(&mut *mailbox, delivered("bob", Some("dan"), 5, 12));
    assert_eq!(outcome, Written::Receipts(Vec::new()));
    let outcome = write(&mut *mailbox, delivered("dan", None, 5, 13));
    assert_eq!(outcome, Written::Receipts(Vec::new()));
}

fn a_receipt_stands_at_a_message(subject: &dyn Subject) {
    let mut mailbox = some_mail(subject);
    let outcome = write(&mut *mailbox, delivered("bob", Some("ann"), 3, 10));
    assert_eq!(outcome, Written::Receipts(vec![receipt("ann", "bob", [1, 0], 10)]));
    let outcome = write(&mut *mailbox, read("bob", "ann", 3, 11));
    assert_eq!(outcome, Written::Receipts(vec![receipt("ann", "bob", [1, 1], 11)]));
}

fn receipts_never_go_back(subject: &dyn Subject) {
    let mut mailbox = some_mail(subject);
    write(&mut *mailbox, read("bob", "ann", 4, 10));
    for entry in [
        delivered("bob", Some("ann"), 1, 11),
        read("bob", "ann", 1, 12),
        delivered("bob", Some("ann"), 4, 13),
    ] {
        assert_eq!(write(&mut *mailbox, entry), Written::Receipts(Vec::new()));
    }
    write(&mut *mailbox, delivered("bob", None, 4, 14));
    let outcome = write(&mut *mailbox, delivered("bob", None, 2, 15));
    assert_eq!(outcome, Written::Receipts(Vec::new()));
    assert_eq!(receipts_of(&*mailbox, "ann"), [receipt("ann", "bob", [4, 4], 10)]);
    assert_eq!(receipts_of(&*mailbox, "cas"), [receipt("cas", "bob", [2, 0], 14)]);
}

fn a_receipt_that_says_nothing_new_keeps_its_version(subject: &dyn Subject) {
    let mut mailbox = some_mail(subject);
    write(&mut *mailbox, delivered("bob", None, 4, 10));
    write(&mut *mailbox, delivered("bob", None, 4, 11));
    write(&mut *mailbox, delivered("bob", Some("ann"), 4, 12));
    assert_eq!(receipts_of(&*mailbox, "ann"), [receipt("ann", "bob", [4, 0], 10)]);
    // Read further is news, though delivered as before.
    let outcome = write(&mut *mailbox, read("bob", "ann", 1, 13));
    assert_eq!(outcome, Written::Receipts(vec![receipt("ann", "bob", [4, 1], 13)]));
    assert_eq!(receipts_of(&*mailbox, "ann"), [receipt("ann", "bob", [4, 1], 13)]);
}

fn the_future_is_not_delivered(subject: &dyn Subject) {
    let mut mailbox = some_mail(subject);
    let end = Seq::MAX.get();
    write(&mut *mailbox, delivered("bob", None, end, 10));
    write(&mut *mailbox, read("bob", "ann", end, 11));
    assert_eq!(receipts_of(&*mailbox, "ann"), [receipt("ann", "bob", [4, 4], 11)]);
    // What comes later is delivered later.
    store(&mut *mailbox, [mail(6, "cas", "bob")]);
    assert_eq!(receipts_of(&*mailbox, "cas"), [receipt("cas", "bob", [2, 0], 10)]);
    let outcome = write(&mut *mailbox, delivered("bob", None, 6, 12));
    assert_eq!(outcome, Written::Receipts(vec![receipt("cas", "bob", [6, 0], 12)]));
}

fn what_is_read_is_delivered(subject: &dyn Subject) {
    let mut mailbox = some_mail(subject);
    let outcome = write(&mut *mailbox, read("bob", "ann", 4, 10));
    assert_eq!(outcome, Written::Receipts(vec![receipt("ann", "bob", [4, 4], 10)]));
    let mut reader = mailbox.reader().unwrap();
    assert_eq!(reader.delivered(&user("bob"), &user("ann")), Ok(seq(4)));
    assert_eq!(reader.delivered(&user("bob"), &user("cas")), Ok(Seq::START));
}

fn a_stranger_can_not_be_read(subject: &dyn Subject) {
    let mut mailbox = some_mail(subject);
    for entry in [
        read("bob", "dan", 5, 10),
        read("dan", "bob", 5, 11),
        // bob has mail of cas, and cas none of bob.
        read("cas", "bob", 5, 12),
        // The first of cas is at 2.
        read("bob", "cas", 1, 13),
    ] {
        assert_eq!(write(&mut *mailbox, entry), Written::UnknownPeer);
    }
    for name in ["ann", "bob", "cas", "dan"] {
        assert_eq!(receipts_of(&*mailbox, name), []);
    }
}

fn receipts_are_read_in_order_after_a_version_and_bounded(subject: &dyn Subject) {
    let mut mailbox = subject.open();
    let name = |n: u64| format!("peer {}", (n * 7) % 10);
    store(&mut *mailbox, (1..=10).map(|n| mail(n, "ann", &name(n))));
    store(&mut *mailbox, [mail(11, "cas", "peer 1")]);
    for n in 1..=10 {
        write(&mut *mailbox, delivered(&name(n), None, 11, 100 + n));
    }
    let mut reader = mailbox.reader().unwrap();
    let mut after = |version, at_most| {
        let receipts = reader.receipts(&user("ann"), seq(version), at_most).unwrap();
        receipts.into_iter().map(|receipt| receipt.version.get()).collect::<Vec<_>>()
    };
    assert_eq!(after(0, 100), (101..=110).collect::<Vec<_>>());
    assert_eq!(after(101, 4), [102, 103, 104, 105]);
    assert_eq!(after(108, 4), [109, 110]);
    assert_eq!(after(110, 4), [0; 0]);
    assert_eq!(after(0, 0), [0; 0]);
    // One that changes moves to the end.
    write(&mut *mailbox, read(&name(2), "ann", 11, 111));
    let receipts = reader.receipts(&user("ann"), seq(101), 100).unwrap();
    let versions: Vec<_> = receipts.iter().map(|receipt| receipt.version.get()).collect();
    assert_eq!(versions, (103..=111).collect::<Vec<_>>());
    assert_eq!(receipts.last(), Some(&receipt("ann", &name(2), [2, 2], 111)));
}

fn delivered_is_known_by_pair(subject: &dyn Subject) {
    let mut mailbox = some_mail(subject);
    write(&mut *mailbox, delivered("bob", None, 4, 10));
    let mut reader = mailbox.reader().unwrap();
    let mut known = |to, from| reader.delivered(&user(to), &user(from)).unwrap();
    assert_eq!(known("bob", "ann"), seq(4));
    assert_eq!(known("bob", "cas"), seq(2));
    assert_eq!(known("cas", "ann"), Seq::START);
    assert_eq!(known("ann", "bob"), Seq::START);
    assert_eq!(known("dan", "bob"), Seq::START);
}
