//! Classic pages, which acknowledge nothing.

use super::Desk;

#[test]
fn a_classic_page_gets_what_waits_once_and_that_counts_as_delivered() {
    let mut desk = Desk::new();
    let mut ann = desk.live("ann");
    ann.says("ben", "1");
    ann.says("ben", "2");
    ann.settle(&mut desk);
    let mut ben = desk.classic("ben", "ann");
    let texts = ben.settle(&mut desk);
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(texts[0].contains("text of 1") && texts[1].contains("text of 2"));
    assert_eq!(ann.hears(&mut desk), ["delivered ben"]);
    drop(ben);
    let mut ben = desk.classic("ben", "ann");
    assert!(ben.settle(&mut desk).is_empty());
    ann.is_seasoned();
    ann.says("ben", "3");
    let live = ben.texts();
    assert!(live.len() == 1 && live[0].contains("text of 3"), "{live:?}");
    assert_eq!(ann.hears(&mut desk), ["stored 3", "delivered ben"]);
}

#[test]
fn a_classic_page_gets_its_own_conversation_only_and_repeats_never() {
    let mut desk = Desk::new();
    let mut ben = desk.classic("ben", "ann");
    ben.settle(&mut desk);
    let (mut ann, mut cem) = (desk.live("ann"), desk.live("cem"));
    cem.says("ben", "1");
    ann.says("ben", "1");
    ann.says("ben", "1");
    let mut ann = desk.live("ann");
    ann.says("ben", "1");
    let texts = ben.settle(&mut desk);
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(texts[0].contains(r#""fromUserId":"ann""#));
}

#[test]
fn joined_names_do_not_meet() {
    let mut desk = Desk::new();
    let mut other = desk.classic("c", "a-b");
    let mut sender = desk.live("a");
    sender.says("b-c", "1");
    assert!(other.settle(&mut desk).is_empty());
}
