//! Who is seen to be there, with the hub's own connections.

use super::*;

fn watches(client: &Client, names: &[&str]) {
    client.attachment.watch(names.iter().copied().map(user).collect()).unwrap();
}

#[test]
fn whose_last_connection_ended_is_gone_after_a_while_unless_they_come_back() {
    let mut desk = Desk::new();
    let (ann, mut ben) = (desk.live("ann"), desk.live("ben"));
    watches(&ann, &["ben"]);
    watches(&ben, &["ann"]);
    ben.settle(&mut desk);
    let second = desk.live("ann");
    drop(ann);
    for now in [1_000, 100_000, 200_000] {
        desk.0.hub.sweep(UnixMillis(now));
    }
    assert!(ben.texts().is_empty(), "the other connection is there");
    drop(second);
    desk.0.hub.sweep(UnixMillis(200_000));
    let back = desk.live("ann");
    desk.0.hub.sweep(UnixMillis(300_000));
    assert!(ben.texts().is_empty(), "back in time");
    drop(back);
    desk.0.hub.sweep(UnixMillis(300_000));
    desk.0.hub.sweep(UnixMillis(375_000));
    let (online, last_seen) = (false, Some(UnixMillis(300_000)));
    let gone = RelayFrame::Presence { user_id: user("ann"), online, last_seen };
    assert_eq!(ben.texts(), [codec::encode(&gone)]);
}

#[test]
fn typing_that_comes_too_fast_goes_nowhere() {
    let mut desk = Desk(
        Office::paced(
            Box::new(MemoryMailbox::default()),
            UnixMillis(0),
            Pace::new(1),
            Arc::default(),
        )
        .unwrap(),
    );
    let (ann, mut ben) = (desk.live("ann"), desk.live("ben"));
    watches(&ann, &["ben"]);
    watches(&ben, &["ann"]);
    ben.settle(&mut desk);
    let mut heard = 0;
    for _ in 0..10_000 {
        ann.attachment.typing(&user("ben"));
        heard += ben.texts().len();
    }
    assert!((1_000..5_000).contains(&heard), "{heard}");
}
