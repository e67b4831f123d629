//! What waits comes out in its order, in batches, and what was delivered as one note for many.

use std::iter;

use super::notes::NOTES_EVERY;
use super::room::{LITTLE, RESERVED, WAITING_MAX};
use super::size::FAIR;
use super::*;

fn expire(before: u64) -> Job {
    Job::Expire { before: UnixMillis(before) }
}

fn times(jobs: &[Job]) -> Vec<u64> {
    jobs.iter()
        .map(|job| match job {
            Job::Expire { before } => before.0,
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn jobs_come_out_in_order_and_in_batches() {
    let queue = Queue::default();
    for n in 0..BATCH_MAX as u64 + 2 {
        queue.push(expire(n));
    }
    assert_eq!(times(&queue.take(Size::Large)), (0..BATCH_MAX as u64).collect::<Vec<_>>());
    queue.close();
    queue.push(expire(0));
    assert_eq!(queue.take(Size::Large).len(), 2);
    assert!(queue.take(Size::Large).is_empty());
}

#[test]
fn what_was_refused_blocks_the_others_to_the_same_until_it_or_one_of_them_comes_again() {
    let id = |n: usize| MessageId::parse(n.to_string()).unwrap();
    let (ann, ben) = (UserId::parse("ann").unwrap(), UserId::parse("ben").unwrap());
    let key = crate::hub::key_for_tests();
    let sender = Sender::new(Some(crate::outgoing::queue().0), key.clone());
    assert_eq!(sender.blocked_by(&ann, &id(1)), None);
    sender.refuse(&ann, &id(1));
    assert!(sender.is_blocked(&ann, &id(2)) && !sender.is_blocked(&ann, &id(1)));
    assert_eq!(sender.blocked_by(&ann, &id(2)), Some(id(1)));
    assert_eq!(sender.blocked_by(&ann, &id(3)), Some(id(1)));
    // Somebody else's begin anew by themselves, and end nothing here.
    assert_eq!(sender.blocked_by(&ben, &id(4)), None);
    sender.refuse(&ben, &id(4));
    assert_eq!(sender.blocked_by(&ben, &id(4)), None);
    assert!(sender.is_blocked(&ann, &id(5)));
    // The first may have been stored by way of another tab: then its client goes on with the next.
    assert_eq!(sender.blocked_by(&ann, &id(2)), None);
    assert_eq!(sender.blocked_by(&ann, &id(3)), None);

    sender.refuse(&ann, &id(0));
    for n in 1..10 * REFUSED_MAX {
        assert_eq!(sender.blocked_by(&ann, &id(n)), Some(id(0)));
    }
    assert_eq!(sender.refused().0.len(), REFUSED_MAX);
    assert_eq!(sender.blocked_by(&ben, &id(4)), Some(id(0)), "nothing would block what comes next");
    assert_eq!(sender.blocked_by(&ann, &id(0)), None);
    assert_eq!(sender.blocked_by(&ben, &id(4)), None);

    let classic = Sender::new(None, key);
    classic.refuse(&ann, &id(1));
    assert_eq!(classic.blocked_by(&ann, &id(2)), None);
}

#[tokio::test]
async fn the_writer_comes_once_everybody_had_their_turn() {
    let queue = Arc::new(Queue::default());
    let of_writer = Arc::clone(&queue);
    let batch = tokio::spawn(async move { of_writer.batch(Size::Large).await });
    // It waits.
    tokio::task::yield_now().await;
    queue.push(expire(0));
    // Who is ready as well adds something before it comes.
    let another = Arc::clone(&queue);
    let adds = tokio::spawn(async move { another.push(expire(1)) });
    assert_eq!(times(&batch.await.unwrap().unwrap()), [0, 1]);
    adds.await.unwrap();
    queue.push(expire(2));
    queue.close();
    assert_eq!(times(&queue.batch(Size::Large).await.unwrap()), [2]);
    assert!(queue.batch(Size::Large).await.is_none());
}

/// So many jobs of each of so many connections, mixed: what is expected of batches is said of their order too.
fn busy(queue: &Queue, connections: usize, jobs: usize) {
    let shares: Vec<Share> = (0..connections).map(|_| Share::default()).collect();
    for n in 0..jobs {
        for (who, share) in shares.iter().enumerate() {
            let from = UserId::parse(format!("u{who}")).unwrap();
            let to = UserId::parse(format!("m{n}")).unwrap();
            let reader = crate::outgoing::queue().0;
            let room = queue.try_room(share).unwrap();
            queue.push(Job::Read { to, from, up_to: Seq::START, reader, room });
        }
    }
}

fn names(jobs: &[Job]) -> Vec<String> {
    jobs.iter()
        .map(|job| match job {
            Job::Read { from, to, .. } => format!("{from} {to}"),
            other => panic!("{other:?}"),
        })
        .collect()
}

#[tokio::test]
async fn a_fair_batch_is_short_where_few_have_something_to_do_and_long_where_many_have() {
    for (connections, jobs, expected) in
        [(1, 200, FAIR), (2, 200, 4 * FAIR), (3, 1, 3), (64, 32, BATCH_MAX), (64, 40, BATCH_MAX)]
    {
        let queue = Queue::default();
        busy(&queue, connections, jobs);
        let batch = queue.batch(Size::Fair).await.unwrap();
        assert_eq!(batch.len(), expected, "{connections} connections with {jobs} jobs each");
    }
}

#[tokio::test]
async fn fair_batches_have_everything_in_its_order_and_nobody_is_woken_for_the_rest() {
    let (fair, large) = (Queue::default(), Queue::default());
    for queue in [&fair, &large] {
        busy(queue, 2, 50);
        queue.push(expire(0));
    }
    let mut in_parts = Vec::new();
    while in_parts.len() < 101 {
        let batch = fair.batch(Size::Fair).await.unwrap();
        // What is of no connection counts as one.
        assert!(batch.len() <= 9 * FAIR, "{}", batch.len());
        in_parts.extend(batch);
    }
    assert!(fair.is_empty());
    assert_eq!(fair.lock().connections, 0);
    let mut at_once = large.batch(Size::Large).await.unwrap();
    assert_eq!(times(&in_parts.split_off(100)), times(&at_once.split_off(100)));
    assert_eq!(names(&in_parts), names(&at_once));
}

#[tokio::test]
async fn a_note_goes_once_the_mail_that_it_means_is_written_though_others_have_more_to_do() {
    let queue = Queue::default();
    queue.push(delivered("cem", 1, None, queue.try_room(&Share::default()).unwrap()));
    busy(&queue, 1, 2 * FAIR);
    queue.push(delivered("ben", 2, None, queue.try_room(&Share::default()).unwrap()));
    let notes = |batch: Vec<Job>| {
        let notes = batch.into_iter().filter(|job| matches!(job, Job::Delivered { .. })).collect();
        short(notes)
    };
    assert_eq!(notes(queue.batch(Size::Fair).await.unwrap()), ["ben 2 by 0", "cem 1 by 0"]);
    assert_eq!(queue.rooms.free(), WAITING_MAX + RESERVED - FAIR - 1, "what is written has room");
    assert_eq!(notes(queue.batch(Size::Fair).await.unwrap()), ["ben 2 by 0"]);
    assert!(queue.is_empty());
}

#[tokio::test]
async fn at_the_end_batches_are_large() {
    let queue = Queue::default();
    busy(&queue, 1, 200);
    queue.close();
    assert_eq!(queue.batch(Size::Fair).await.unwrap().len(), 200);
    assert!(queue.batch(Size::Fair).await.is_none());
}

#[test]
fn a_reader_that_pauses_goes_on_at_the_end() {
    let queue = Arc::new(Queue::default());
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let queue = Arc::clone(&queue);
            std::thread::spawn(move || queue.pause(Duration::from_mins(1)))
        })
        .collect();
    queue.close();
    assert!(readers.into_iter().all(|reader| reader.join().unwrap()));
    assert!(!Queue::default().pause(Duration::ZERO));
}

#[tokio::test]
async fn the_room_is_bounded_and_comes_back() {
    let queue = Queue::default();
    let (loud, quiet) = (Share::default(), Share::default());
    let mut taken = Vec::new();
    while let Some(room) = queue.try_room(&loud) {
        taken.push(room);
    }
    assert_eq!(taken.len(), WAITING_MAX);
    let waits = queue.room(&loud);
    tokio::pin!(waits);
    assert!(futures_util::poll!(&mut waits).is_pending());
    // Who says little has room all the same, as long as it is little.
    let mut little = vec![queue.room(&quiet).await];
    while let Some(room) = queue.try_room(&quiet) {
        little.push(room);
    }
    assert_eq!(little.len(), LITTLE);
    drop(little);
    little = vec![queue.try_room(&quiet).unwrap()];
    // What becomes free is theirs who waited.
    taken.pop();
    assert!(queue.try_room(&loud).is_none());
    taken.push(waits.await);

    let mut others: Vec<_> = (0..RESERVED / LITTLE).map(|_| Share::default()).collect();
    others.push(Share::default());
    let rest: Vec<_> =
        others.iter().flat_map(|share| iter::from_fn(|| queue.try_room(share))).collect();
    assert_eq!(rest.len(), RESERVED - 1);
    assert_eq!(queue.rooms.free(), 0);
    drop((taken, little, rest));
    assert_eq!(queue.rooms.free(), WAITING_MAX + RESERVED);
    queue.room(&loud).await;
}

fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

fn place(n: u64) -> Seq {
    Seq::new(n).unwrap()
}

fn message(n: u64) -> Job {
    let mail = Arc::new(Mail {
        seq: place(n),
        from: user("ann"),
        to: user("ben"),
        id: MessageId::parse(n.to_string()).unwrap(),
        at: UnixMillis(0),
        content: None,
        classic: None,
    });
    let sender = Arc::new(Sender::new(None, crate::hub::key_for_tests()));
    Job::Store { mail, sender, is_awaited: false, room: Room::unbounded() }
}

fn delivered(to: &str, up_to: u64, reader: Option<&Outgoing>, room: Room) -> Job {
    let readers = reader.into_iter().cloned().collect();
    Job::Delivered { note: Note { to: user(to), from: None, up_to: place(up_to), readers }, room }
}

/// Messages by their places, and notes by whose mailbox it is, how far it was delivered, and how many said so.
fn short(jobs: Vec<Job>) -> Vec<String> {
    jobs.into_iter()
        .map(|job| match job {
            Job::Store { mail, .. } => mail.seq.to_string(),
            Job::Delivered { note, .. } => {
                format!("{} {} by {}", note.to, note.up_to, note.readers.len())
            }
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn what_is_said_of_a_mailbox_is_one_note_behind_its_messages() {
    let queue = Queue::default();
    let (first, second) = (crate::outgoing::queue().0, crate::outgoing::queue().0);
    for (n, reader) in iter::zip(1.., [&first, &second, &first, &second]) {
        queue.push(message(n));
        queue.push(delivered("ben", n, Some(reader), queue.try_room(&Share::default()).unwrap()));
    }
    queue.push(delivered("ben", 2, None, Room::unbounded()));
    // The order of notes is that of their names.
    queue.push(delivered("dan", 1, None, Room::unbounded()));
    queue.push(delivered("cem", 1, None, Room::unbounded()));
    assert_eq!(queue.rooms.free(), WAITING_MAX + RESERVED - 1, "four notes took room for more");
    assert_eq!(queue.depth(), Depth { jobs: 7, messages: 4 });
    assert_eq!(
        short(queue.take(Size::Large)),
        ["1", "2", "3", "4", "ben 4 by 2", "cem 1 by 0", "dan 1 by 0"]
    );
    assert!(queue.is_empty());
    assert_eq!(queue.rooms.free(), WAITING_MAX + RESERVED);
}

#[test]
fn a_note_stays_while_mail_that_it_means_is_behind_the_batch() {
    let queue = Queue::default();
    let last = BATCH_MAX as u64 + 1;
    (1..=last).for_each(|n| queue.push(message(n)));
    queue.push(delivered("ben", last, None, Room::unbounded()));
    let note = format!("ben {last} by 0");
    let batch = short(queue.take(Size::Large));
    assert_eq!((batch.len(), batch.last()), (BATCH_MAX + 1, Some(&note)));
    assert_eq!(short(queue.take(Size::Large)), [last.to_string(), note]);
    assert!(queue.is_empty());
}

#[tokio::test(start_paused = true)]
async fn notes_are_written_at_once_after_a_quiet_time_and_else_now_and_then() {
    let queue = Queue::default();
    let next = async || short(queue.batch(Size::Large).await.unwrap());
    let note = |n| queue.push(delivered("ben", n, None, Room::unbounded()));
    let begin = Instant::now();
    note(1);
    assert_eq!(next().await, ["ben 1 by 0"]);
    note(2);
    for n in [3, 4] {
        queue.push(message(n));
        assert_eq!(next().await, [n.to_string()]);
        note(n);
    }
    assert_eq!(begin.elapsed(), Duration::ZERO, "messages waited");
    assert_eq!(next().await, ["ben 4 by 0"]);
    assert!((NOTES_EVERY..2 * NOTES_EVERY).contains(&begin.elapsed()), "{:?}", begin.elapsed());

    note(5);
    tokio::time::advance(NOTES_EVERY).await;
    queue.push(message(6));
    assert_eq!(next().await, ["6", "ben 5 by 0"]);
    // Whoever reads mail is not read what they have.
    note(6);
    queue.push(expire(0));
    let batch = queue.batch(Size::Large).await.unwrap();
    assert!(matches!(batch[..], [Job::Expire { .. }, Job::Delivered { .. }]), "{batch:?}");
    // And at the end nothing stays.
    note(7);
    queue.close();
    assert_eq!(next().await, ["ben 7 by 0"]);
    assert!(queue.batch(Size::Large).await.is_none());
}
