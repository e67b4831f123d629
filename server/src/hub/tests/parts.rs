//! How what became of a batch is told.

use super::*;

#[test]
fn what_became_of_a_batch_is_told_in_short_parts_where_few_have_something_in_it() {
    let mut desk = Desk::new();
    let (mut ann, mut ben) = (desk.live("ann"), desk.live("ben"));
    let stored = |client: &mut Client| {
        client.texts().iter().filter(|text| text.contains("\"stored\"")).count()
    };
    for n in 0..10 {
        ann.says("ben", &n.to_string());
    }
    ben.texts();
    let parts = desk.0.writer.commit(desk.0.queue.take(Size::Large)).parts();
    let told: Vec<usize> = parts
        .into_iter()
        .map(|part| {
            desk.0.writer.settle(part);
            stored(&mut ann)
        })
        .collect();
    assert_eq!(told, [4, 4, 2, 0]);

    // Two who say as much have four times as much in a part.
    for n in 10..20 {
        ann.says("ben", &n.to_string());
        ben.says("ann", &n.to_string());
    }
    ann.texts();
    ben.texts();
    let mut parts = desk.0.writer.commit(desk.0.queue.take(Size::Large)).parts().into_iter();
    desk.0.writer.settle(parts.next().unwrap());
    assert_eq!((stored(&mut ann), stored(&mut ben)), (8, 8));
    parts.for_each(|part| drop(desk.0.writer.settle(part)));
    assert_eq!((stored(&mut ann), stored(&mut ben)), (2, 2));
}

#[test]
fn what_is_of_no_connection_counts_as_one() {
    let desk = Desk::new();
    let names = ["ann", "ben", "cem", "dan", "eve", "fay"];
    let opened: Vec<_> = names.map(|name| desk.opens(name, Some(1), 0).unwrap()).into();
    let mut writer = desk.0.writer;
    let parts = writer.commit(desk.0.queue.take(Size::Large)).parts();
    assert_eq!(parts.len(), 2, "all {} names, and what comes after them", opened.len());
}
