//! What waits comes out in its order, in batches, and once it is rung for.

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
    assert_eq!(times(&queue.take()), (0..BATCH_MAX as u64).collect::<Vec<_>>());
    queue.close();
    queue.push(expire(0));
    assert_eq!(queue.take().len(), 2);
    assert!(queue.take().is_empty());
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
    let batch = tokio::spawn(async move { of_writer.batch().await });
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
    assert_eq!(times(&queue.batch().await.unwrap()), [2]);
    assert!(queue.batch().await.is_none());
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
    let mut taken = Vec::new();
    for _ in 0..WAITING_MAX {
        taken.push(queue.room().await);
    }
    assert_eq!(queue.room.available_permits(), 0);
    assert!(queue.try_room().is_none());
    taken.pop();
    taken.push(queue.try_room().unwrap());
    taken.pop();
    queue.room().await;
}
