//! Reading: order, bounds, filters, and what a reader sees.

use duologue_protocol::Content;
use duologue_protocol::limits::{CONTENT_MAX_BYTES, USER_ID_MAX_CHARS};

use super::*;
use crate::mailbox::{PAGE_MAX, PAGE_MAX_BYTES};

promises!(
    an_empty_mailbox_is_an_empty_page,
    mail_comes_in_its_order_and_whole,
    a_page_starts_after_a_place,
    a_page_ends_at_its_count_and_knows_whether_there_is_more,
    a_page_ends_at_its_bytes_and_makes_progress,
    classic_words_count_as_bytes,
    mail_of_one_sender,
    names_are_compared_as_they_are_written,
    a_reader_sees_what_was_committed,
    a_hundred_thousand_messages_are_read_in_bounded_pages,
);

fn an_empty_mailbox_is_an_empty_page(subject: &dyn Subject) {
    let mut mailbox = subject.open();
    let mut reader = mailbox.reader().unwrap();
    assert_eq!(page(&mut *reader, &query("ann", None, 0)), Page::default());
    store(&mut *mailbox, [mail(5, "ann", "bob")]);
    assert_eq!(page(&mut *reader, &query("ann", None, 0)), Page::default());
    assert_eq!(page(&mut *reader, &query("bob", Some("cas"), 0)), Page::default());
}

fn mail_comes_in_its_order_and_whole(subject: &dyn Subject) {
    let mut mailbox = subject.open();
    let mut all = vec![mail(1, "ann", "bob"), mail(3, "cas", "bob"), mail(7, "ann", "bob")];
    all[1].content = None;
    all[1].classic = Some(classic(r#"{"fromUserId":"cas","toUserId":"bob","n":1}"#));
    all[2].classic = Some(classic("both"));
    store(&mut *mailbox, [all[0].clone(), mail(2, "bob", "ann"), all[1].clone()]);
    store(&mut *mailbox, [all[2].clone()]);
    let mut reader = mailbox.reader().unwrap();
    let got = page(&mut *reader, &query("bob", None, 0));
    assert_eq!(got, Page { mail: all, more: false });
}

fn a_page_starts_after_a_place(subject: &dyn Subject) {
    let mut mailbox = subject.open();
    store(&mut *mailbox, [2, 4, 6].map(|n| mail(n, "ann", "bob")));
    let mut reader = mailbox.reader().unwrap();
    let mut after = |n| places(&page(&mut *reader, &query("bob", None, n)).mail);
    assert_eq!(after(1), [2, 4, 6]);
    assert_eq!(after(2), [4, 6]);
    assert_eq!(after(3), [4, 6]);
    assert_eq!(after(6), [0; 0]);
    assert_eq!(after(Seq::MAX.get()), [0; 0]);
}

fn a_page_ends_at_its_count_and_knows_whether_there_is_more(subject: &dyn Subject) {
    let mut mailbox = subject.open();
    let max = PAGE_MAX as u64;
    store(&mut *mailbox, (1..=max).map(|n| mail(n, "ann", "bob")));
    let mut reader = mailbox.reader().unwrap();
    for from in [None, Some("ann")] {
        let full = page(&mut *reader, &query("bob", from, 0));
        assert_eq!((full.mail.len(), full.more), (PAGE_MAX, false));
    }
    // What is not for this mailbox, or not of this sender, is no more.
    store(&mut *mailbox, [mail(max + 1, "ann", "cas"), mail(max + 2, "cas", "bob")]);
    let full = page(&mut *reader, &query("bob", Some("ann"), 0));
    assert_eq!((full.mail.len(), full.more), (PAGE_MAX, false));
    let full = page(&mut *reader, &query("bob", None, 0));
    assert_eq!((full.mail.len(), full.more), (PAGE_MAX, true));
    let rest = page(&mut *reader, &query("bob", None, max));
    assert_eq!((places(&rest.mail), rest.more), (vec![max + 2], false));
}

fn a_page_ends_at_its_bytes_and_makes_progress(subject: &dyn Subject) {
    let mut mailbox = subject.open();
    let large = Content::parse("x".repeat(CONTENT_MAX_BYTES)).unwrap();
    store(
        &mut *mailbox,
        (1..=50).map(|n| Mail { content: Some(large.clone()), ..mail(n, "ann", "bob") }),
    );
    let mut reader = mailbox.reader().unwrap();
    let first = page(&mut *reader, &query("bob", None, 0));
    assert_eq!((first.mail.len(), first.more), (PAGE_MAX_BYTES / CONTENT_MAX_BYTES, true));
    let all = read_all(&mut *reader, query("bob", None, 0));
    assert_eq!(places(&all), (1..=50).collect::<Vec<_>>());
}

fn classic_words_count_as_bytes(subject: &dyn Subject) {
    let mut mailbox = subject.open();
    // More than a page's bytes in one message: it is a page of its own.
    let words = Some(classic(&"x".repeat(PAGE_MAX_BYTES + 1)));
    store(
        &mut *mailbox,
        (1..=3).map(|n| Mail { content: None, classic: words.clone(), ..mail(n, "ann", "bob") }),
    );
    let mut reader = mailbox.reader().unwrap();
    let first = page(&mut *reader, &query("bob", None, 0));
    assert_eq!((places(&first.mail), first.more), (vec![1], true));
    let last = page(&mut *reader, &query("bob", None, 2));
    assert_eq!((places(&last.mail), last.more), (vec![3], false));
}

fn mail_of_one_sender(subject: &dyn Subject) {
    let mut mailbox = subject.open();
    store(&mut *mailbox, (1..=300).map(|n| mail(n, if n % 3 == 0 { "ann" } else { "cas" }, "bob")));
    let mut reader = mailbox.reader().unwrap();
    let anns = places(&read_all(&mut *reader, query("bob", Some("ann"), 30)));
    assert_eq!(anns, (11..=100).map(|n| 3 * n).collect::<Vec<_>>());
    assert_eq!(read_all(&mut *reader, query("bob", Some("cas"), 0)).len(), 200);
    assert_eq!(read_all(&mut *reader, query("bob", Some("bob"), 0)).len(), 0);
}

fn names_are_compared_as_they_are_written(subject: &dyn Subject) {
    let mut mailbox = subject.open();
    let long = "秋".repeat(USER_ID_MAX_CHARS);
    let names = [
        "小秋",
        "bob",
        "Bob",
        "BOB",
        "O'Neil \"x\"",
        "'; DROP TABLE mail;--",
        "%",
        "b_b",
        "1",
        "01",
        "1.0",
        "é",
        "e\u{301}",
        &long,
    ];
    for (n, to) in (1..).zip(names) {
        for (m, from) in (1..).zip(names) {
            store(&mut *mailbox, [mail(100 * n + m, from, to)]);
        }
    }
    let mut reader = mailbox.reader().unwrap();
    for (n, to) in (1..).zip(names) {
        let got = page(&mut *reader, &query(to, None, 0)).mail;
        let from: Vec<_> = got.iter().map(|mail| mail.from.as_str()).collect();
        assert_eq!(from, names, "{to}");
        for (m, from) in (1..).zip(names) {
            let got = page(&mut *reader, &query(to, Some(from), 0)).mail;
            assert_eq!(got, [mail(100 * n + m, from, to)]);
        }
    }
}

fn a_reader_sees_what_was_committed(subject: &dyn Subject) {
    let mut mailbox = subject.open();
    let mut readers = [mailbox.reader().unwrap(), mailbox.reader().unwrap()];
    for n in 1..=20 {
        store(&mut *mailbox, [mail(n, "ann", "bob")]);
        write(&mut *mailbox, delivered("bob", None, n, 1_000 + n));
        for reader in &mut readers {
            let got = page(&mut **reader, &query("bob", None, 0)).mail;
            assert_eq!(places(&got), (1..=n).collect::<Vec<_>>());
            assert_eq!(reader.delivered(&user("bob"), &user("ann")), Ok(seq(n)));
        }
    }
}

fn a_hundred_thousand_messages_are_read_in_bounded_pages(subject: &dyn Subject) {
    const MANY: u64 = 100_000;
    let mut mailbox = subject.open();
    for first in (1..=MANY).step_by(5_000) {
        store(&mut *mailbox, (first..first + 5_000).map(|n| mail(n, "ann", "bob")));
    }
    let mut reader = mailbox.reader().unwrap();
    let mut query = query("bob", None, 0);
    for count in 1..=MANY / PAGE_MAX as u64 {
        let page = page(&mut *reader, &query);
        let first = query.after.get() + 1;
        assert_eq!(places(&page.mail), (first..first + PAGE_MAX as u64).collect::<Vec<_>>());
        assert_eq!(page.more, count < MANY / PAGE_MAX as u64);
        query.after = page.mail.last().unwrap().seq;
    }
    // And they are delivered with one entry.
    let outcome = write(&mut *mailbox, delivered("bob", None, MANY, MANY + 1));
    assert_eq!(outcome, Written::Receipts(vec![receipt("ann", "bob", [MANY, 0], MANY + 1)]));
}
