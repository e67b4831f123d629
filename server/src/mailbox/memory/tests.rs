//! What mailboxes in memory alone promise: their bound, and that nothing stays behind.

use super::*;
use crate::mailbox::contract::{
    append, delivered, mail, places, query, read_all, receipt, store, user,
};

#[test]
fn memory_is_bounded_and_comes_back() {
    let mut mailbox = MemoryMailbox::bounded(10 * MAIL_OVERHEAD + 10 * "words 00".len());
    store(&mut mailbox, (1..=10).map(|n| mail(n, "ann", "bob")));
    let full = "the relay's memory for messages is full";
    let two = [append(mail(11, "ann", "bob")), append(mail(12, "ann", "bob"))];
    assert_eq!(mailbox.write(&two[..1]).unwrap_err().reason, full);
    // What takes no memory is done: a repeat, and receipts.
    let outcomes = mailbox.write(&[
        append(Mail { seq: Seq::START.plus(12), ..mail(10, "ann", "bob") }),
        delivered("bob", Some("cas"), 10, 20),
    ]);
    assert!(matches!(outcomes.as_deref(), Ok([Written::Repeat { .. }, Written::Receipts(_)])));
    assert_eq!(mailbox.expire(UnixMillis(1_001), 9), Ok(1));
    // All or nothing.
    assert_eq!(mailbox.write(&two).unwrap_err().reason, full);
    assert_eq!(mailbox.lock().last.get(), 10);
    assert_eq!(mailbox.write(&two[..1]), Ok(vec![Written::New]));
}

#[test]
fn where_memory_is_full_the_oldest_go_that_were_delivered_and_no_others() {
    let mut mailbox = MemoryMailbox::bounded(10 * MAIL_OVERHEAD + 10 * "words 00".len());
    store(&mut mailbox, [mail(10, "ann", "absent")]);
    store(&mut mailbox, (11..=19).map(|n| mail(n, "ann", "bob")));
    mailbox
        .write(&[delivered("bob", None, 13, 20), delivered("bob", Some("ann"), 15, 21)])
        .unwrap();
    // Five of bob's make room for five, one after the other.
    for n in 20..=24 {
        store(&mut mailbox, [mail(n, "cas", "absent")]);
        assert_eq!(mailbox.lock().count, 10);
    }
    let full = "the relay's memory for messages is full";
    assert_eq!(mailbox.write(&[append(mail(25, "cas", "absent"))]).unwrap_err().reason, full);
    let kept = |to: &str| places(&read_all(&mut mailbox.clone(), query(to, None, 0)));
    assert_eq!(kept("bob"), [16, 17, 18, 19]);
    assert_eq!(kept("absent"), [10, 20, 21, 22, 23, 24]);
    // What was passed by goes once it is delivered.
    mailbox.write(&[delivered("absent", None, 24, 22)]).unwrap();
    store(&mut mailbox, [mail(25, "cas", "absent")]);
    assert_eq!(places(&read_all(&mut mailbox, query("absent", None, 0))), [20, 21, 22, 23, 24, 25]);
}

#[test]
fn only_what_came_since_is_looked_at_for_delivered() {
    let mut mailbox = MemoryMailbox::default();
    store(&mut mailbox, [mail(1, "ann", "bob"), mail(2, "cas", "bob")]);
    mailbox.write(&[delivered("bob", None, 2, 10)]).unwrap();
    mailbox.lock().receipts.clear();
    store(&mut mailbox, [mail(3, "ann", "bob")]);
    let written = mailbox.write(&[delivered("bob", None, 3, 11)]).unwrap();
    assert_eq!(written, [Written::Receipts(vec![receipt("ann", "bob", [3, 0], 11)])]);
}

#[test]
fn what_expired_leaves_nothing_behind() {
    let mut mailbox = MemoryMailbox::default();
    store(&mut mailbox, (1..=20).map(|n| mail(n, &format!("a{n}"), &format!("b{n}"))));
    for n in 1..=20 {
        mailbox.write(&[delivered(&format!("b{n}"), None, n, 100 + n)]).unwrap();
    }
    assert_eq!(mailbox.expire(UnixMillis(u64::MAX), 100), Ok(19));
    let store = mailbox.lock();
    assert_eq!((store.count, store.by_id.len(), store.boxes.len()), (1, 1, 1));
    assert_eq!(store.receipts.len(), 1);
    assert_eq!(store.receipts[&user("a20")].by_version.len(), 1);
    assert_eq!(store.bytes, cost(&mail(20, "a20", "b20")));
}
