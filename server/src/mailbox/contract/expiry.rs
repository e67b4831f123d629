//! Expiry: the oldest first, in small steps, and the last message stays.

use super::*;

promises!(
    the_oldest_go_first_and_no_more_than_asked,
    what_is_not_older_stays,
    the_last_message_of_all_stays,
    an_expired_id_is_free_again,
    a_receipt_goes_with_its_message,
    a_receipt_outlives_messages_before_it,
    a_mailbox_that_ran_empty_is_delivered_anew,
    nothing_expires_in_an_empty_mailbox,
);

/// Later than all mail of these tests.
const END: UnixMillis = UnixMillis(u64::MAX);

fn left(mailbox: &dyn Mailbox, to: &str) -> Vec<u64> {
    places(&read_all(&mut *mailbox.reader().unwrap(), query(to, None, 0)))
}

fn the_oldest_go_first_and_no_more_than_asked(subject: &dyn Subject) {
    let mut mailbox = subject.open();
    store(&mut *mailbox, (1..=10).map(|n| mail(n, "ann", if n % 2 == 0 { "bob" } else { "cas" })));
    assert_eq!(mailbox.expire(END, 3), Ok(3));
    assert_eq!(left(&*mailbox, "bob"), [4, 6, 8, 10]);
    assert_eq!(left(&*mailbox, "cas"), [5, 7, 9]);
    assert_eq!(mailbox.expire(END, 0), Ok(0));
    assert_eq!(mailbox.expire(END, usize::MAX), Ok(6));
    assert_eq!(left(&*mailbox, "bob"), [10]);
    assert_eq!(left(&*mailbox, "cas"), [0; 0]);
}

fn what_is_not_older_stays(subject: &dyn Subject) {
    let mut mailbox = subject.open();
    store(&mut *mailbox, (1..=5).map(|n| mail(n, "ann", "bob")));
    // The third was taken at 3,000.
    assert_eq!(mailbox.expire(UnixMillis(1_000), 100), Ok(0));
    assert_eq!(mailbox.expire(UnixMillis(3_000), 100), Ok(2));
    assert_eq!(left(&*mailbox, "bob"), [3, 4, 5]);
    // By place, though a clock that was set back made a later one older.
    let earlier = Mail { at: UnixMillis(0), ..mail(6, "ann", "bob") };
    store(&mut *mailbox, [earlier, mail(7, "ann", "bob")]);
    assert_eq!(mailbox.expire(UnixMillis(3_000), 100), Ok(0));
    assert_eq!(mailbox.expire(UnixMillis(5_001), 100), Ok(4));
    assert_eq!(left(&*mailbox, "bob"), [7]);
}

fn the_last_message_of_all_stays(subject: &dyn Subject) {
    let mut mailbox = subject.open();
    store(&mut *mailbox, [mail(1, "ann", "bob")]);
    assert_eq!(mailbox.expire(END, 100), Ok(0));
    store(&mut *mailbox, [mail(2, "ann", "cas")]);
    assert_eq!(mailbox.expire(END, 100), Ok(1));
    assert_eq!(mailbox.expire(END, 100), Ok(0));
    assert_eq!(left(&*mailbox, "cas"), [2]);
}

fn an_expired_id_is_free_again(subject: &dyn Subject) {
    let mut mailbox = subject.open();
    store(&mut *mailbox, [mail(1, "ann", "bob"), mail(2, "ann", "bob")]);
    mailbox.expire(END, 1).unwrap();
    store(&mut *mailbox, [Mail { seq: seq(3), ..mail(1, "ann", "cas") }]);
    assert_eq!(left(&*mailbox, "cas"), [3]);
}

fn a_receipt_goes_with_its_message(subject: &dyn Subject) {
    let mut mailbox = subject.open();
    store(&mut *mailbox, [mail(1, "ann", "bob"), mail(2, "ann", "cas"), mail(3, "ann", "bob")]);
    write(&mut *mailbox, read("bob", "ann", 2, 10));
    write(&mut *mailbox, delivered("cas", None, 2, 11));
    mailbox.expire(END, 1).unwrap();
    let mut reader = mailbox.reader().unwrap();
    let receipts = reader.receipts(&user("ann"), Seq::START, 100).unwrap();
    assert_eq!(receipts, [receipt("ann", "cas", [2, 0], 11)]);
    assert_eq!(reader.delivered(&user("bob"), &user("ann")), Ok(Seq::START));
    // With it goes that ann ever wrote before this place.
    assert_eq!(write(&mut *mailbox, read("bob", "ann", 2, 12)), Written::UnknownPeer);
    let outcome = write(&mut *mailbox, delivered("bob", None, 3, 13));
    assert_eq!(outcome, Written::Receipts(vec![receipt("ann", "bob", [3, 0], 13)]));
}

fn a_receipt_outlives_messages_before_it(subject: &dyn Subject) {
    let mut mailbox = subject.open();
    store(&mut *mailbox, (1..=3).map(|n| mail(n, "ann", "bob")));
    write(&mut *mailbox, delivered("bob", None, 2, 10));
    mailbox.expire(END, 1).unwrap();
    let mut reader = mailbox.reader().unwrap();
    assert_eq!(reader.delivered(&user("bob"), &user("ann")), Ok(seq(2)));
    // Nothing is kept up to the first place, but ann is no stranger.
    assert_eq!(write(&mut *mailbox, read("bob", "ann", 1, 11)), Written::Receipts(Vec::new()));
    let outcome = write(&mut *mailbox, read("bob", "ann", 2, 12));
    assert_eq!(outcome, Written::Receipts(vec![receipt("ann", "bob", [2, 2], 12)]));
}

fn a_mailbox_that_ran_empty_is_delivered_anew(subject: &dyn Subject) {
    let mut mailbox = subject.open();
    store(&mut *mailbox, [mail(1, "ann", "bob"), mail(2, "ann", "cas")]);
    write(&mut *mailbox, delivered("bob", None, 1, 10));
    mailbox.expire(END, 1).unwrap();
    assert_eq!(write(&mut *mailbox, delivered("bob", None, 1, 11)), Written::Receipts(Vec::new()));
    store(&mut *mailbox, [mail(3, "ann", "bob")]);
    let outcome = write(&mut *mailbox, delivered("bob", None, 3, 12));
    assert_eq!(outcome, Written::Receipts(vec![receipt("ann", "bob", [3, 0], 12)]));
}

fn nothing_expires_in_an_empty_mailbox(subject: &dyn Subject) {
    assert_eq!(subject.open().expire(END, 100), Ok(0));
}
