//! Receipts, and that what is said many times in one batch is written once.

use super::*;

fn received(client: &Client, up_to: Seq) {
    client.attachment.received(up_to, Room::unbounded()).unwrap();
}

/// The furthest of several `received` holds, whichever of the person's connections said it last, and its sender hears of
/// that one alone.
#[test]
fn the_furthest_received_of_a_batch_holds_and_is_told_once() {
    let mut desk = Desk::new();
    let (mut ann, mut ben, mut also_ben) = (desk.live("ann"), desk.live("ben"), desk.live("ben"));
    for id in ["m1", "m2", "m3"] {
        ann.says("ben", id);
    }
    assert_eq!(ann.hears(&mut desk), ["stored m1", "stored m2", "stored m3"]);
    let places: Vec<_> =
        steps(&ben.settle(&mut desk)).into_iter().map(|(_, place)| place).collect();
    assert_eq!(places.len(), 3);
    received(&ben, places[0]);
    received(&ben, places[2]);
    received(&also_ben, places[1]);
    let told: Vec<_> = ann
        .settle(&mut desk)
        .iter()
        .map(|text| match codec::decode(text) {
            Ok(RelayFrame::Delivered { up_to, .. }) => up_to,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(told, [places[2]]);
    drop(also_ben.texts());
}

/// Where a batch can't be written, whoever said something in it says it again, also where another said it as well.
#[test]
fn everybody_whose_received_is_not_written_is_told() {
    // Room for one message, and not for the second.
    let mailbox = Box::new(MemoryMailbox::bounded(1_000));
    let mut desk = Desk(Office::open(mailbox, UnixMillis(0)).unwrap());
    let (mut ann, mut ben, mut also_ben) = (desk.live("ann"), desk.live("ben"), desk.live("ben"));
    ann.says("ben", "m1");
    assert_eq!(ann.hears(&mut desk), ["stored m1"]);
    let place = steps(&ben.settle(&mut desk))[0].1;
    drop(also_ben.settle(&mut desk));
    received(&ben, place);
    received(&also_ben, place);
    ann.says("ben", "m2");
    assert_eq!(ann.hears(&mut desk), ["StorageUnavailable"]);
    for mut client in [ben, also_ben] {
        assert!(client.hears(&mut desk).contains(&"StorageUnavailable".to_owned()));
    }
}

/// A message and the word that it was received may be written together: the word counts all the same.
#[test]
fn what_was_received_in_the_batch_that_stores_it_is_delivered() {
    let mut desk = Desk::new();
    let (mut ann, mut ben) = (desk.live("ann"), desk.live("ben"));
    ann.says("ben", "m1");
    let first = steps(&ben.texts())[0].1;
    received(&ben, first);
    ann.says("ben", "m2");
    let second = steps(&ben.texts())[0].1;
    received(&ben, second);
    assert_eq!(ann.hears(&mut desk), ["stored m1", "stored m2", "delivered ben"]);
}

#[test]
fn receipts_go_to_the_writer_now_or_when_they_come_back() {
    let mut desk = Desk::new();
    let (mut ann, mut ben) = (desk.live("ann"), desk.live("ben"));
    ann.says("ben", "1");
    let at = steps(&ben.settle(&mut desk))[0].1;
    ann.settle(&mut desk);
    ben.attachment.received(at, Room::unbounded()).unwrap();
    assert_eq!(ann.hears(&mut desk), ["delivered ben"]);
    drop(ann);
    ben.attachment.read(user("ann"), at, Room::unbounded()).unwrap();
    desk.works();
    let mut ann = desk.v1("ann", at.get());
    assert!(ann.hears(&mut desk).contains(&"read ben".to_owned()));
    // Saying it again changes nothing.
    ben.attachment.read(user("ann"), at, Room::unbounded()).unwrap();
    assert!(ann.hears(&mut desk).is_empty());
}
