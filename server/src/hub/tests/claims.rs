//! Names that belong to keys, and the disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::FutureExt as _;

use super::*;
use crate::mailbox::{Entry, Kept, Mailbox, Reader, StorageError, Written};

#[test]
fn nobody_is_welcome_to_a_new_name_before_it_is_on_the_disk_and_mail_waits_too() {
    let mut desk = Desk::new();
    let mut ben = desk.live("ben");
    ben.says("ann", "1");
    desk.works();
    let mut ann = desk.opens("ann", Some(1), 0).unwrap();
    assert!(ann.texts().is_empty());
    ben.says("ann", "2");
    let jobs = desk.0.queue.take(Size::Large);
    let committed = desk.0.writer.commit(jobs);
    assert!(ann.texts().is_empty());
    for fetch in desk.0.writer.settle(committed) {
        desk.0.reader.read(&fetch).unwrap();
    }
    assert_eq!(ann.hears(&mut desk), ["welcome", "text of 1", "text of 2", "caught up"]);
    // From then on there is nothing to wait for.
    assert_eq!(desk.opens("ann", Some(1), 0).unwrap().texts(), ["welcome"]);
}

#[test]
fn a_name_that_could_not_be_written_is_written_when_its_owner_comes_back() {
    let failing = FailingDisk::default();
    let is_failing = Arc::clone(&failing.is_failing);
    let mut desk = Desk(Office::open(Box::new(failing), UnixMillis(0)).unwrap());
    is_failing.store(true, Ordering::Relaxed);
    let mut ann = desk.opens("ann", Some(1), 0).unwrap();
    desk.works();
    let said = ann.texts().remove(0);
    let frame = codec::decode(&said).unwrap();
    assert!(
        matches!(frame, RelayFrame::Error { code: ErrorCode::StorageUnavailable, .. }),
        "{said}"
    );
    assert_eq!(ann.queue.ended().now_or_never(), Some(CloseCode::TryLater));
    // Meanwhile it is nobody else's.
    assert_eq!(desk.opens("ann", Some(2), 0).unwrap_err().code, ErrorCode::NameTaken);
    is_failing.store(false, Ordering::Relaxed);
    let mut ann = desk.opens("ann", Some(1), 0).unwrap();
    assert!(ann.texts().is_empty());
    assert_eq!(ann.hears(&mut desk)[0], "welcome");
}

#[test]
fn who_had_a_name_without_a_key_says_nothing_more_in_it_once_it_has_an_owner() {
    let mut desk = Desk::new();
    let (mut ben, mut mallory) = (desk.live("ben"), desk.live("ann"));
    let mut page = desk.classic("ann", "ben");
    mallory.says("ben", "1");
    assert_eq!(ben.hears(&mut desk), ["text of 1"]);
    let mut ann = desk.opens("ann", Some(1), 0).unwrap();
    // Their connections end, but what they sent is still read.
    for squatter in [&mut mallory, &mut page] {
        let post = Post {
            to: user("ben"),
            id: MessageId::parse("2").unwrap(),
            at: UnixMillis(1),
            content: Some(Content::parse("as ann").unwrap()),
            classic: None,
        };
        let refused = squatter.attachment.post(post, Room::unbounded()).unwrap_err();
        assert_eq!(refused.code, ErrorCode::NameTaken);
    }
    ann.says("ben", "3");
    assert_eq!(ben.hears(&mut desk), ["text of 3"]);
}

#[derive(Default)]
struct FailingDisk {
    inner: MemoryMailbox,
    is_failing: Arc<AtomicBool>,
}

impl Mailbox for FailingDisk {
    fn write(&mut self, batch: &[Entry]) -> Result<Vec<Written>, StorageError> {
        if self.is_failing.load(Ordering::Relaxed) {
            return Err(StorageError { reason: "the disk is full".into() });
        }
        self.inner.write(batch)
    }

    fn expire(&mut self, before: UnixMillis, at_most: usize) -> Result<usize, StorageError> {
        self.inner.expire(before, at_most)
    }

    fn reader(&self) -> Result<Box<dyn Reader>, StorageError> {
        self.inner.reader()
    }

    fn first_seq(&mut self, now: UnixMillis) -> Result<Seq, StorageError> {
        self.inner.first_seq(now)
    }

    fn kept(&mut self, to: &UserId) -> Result<Kept, StorageError> {
        self.inner.kept(to)
    }

    fn has_written(&mut self, from: &UserId, to: &UserId) -> Result<bool, StorageError> {
        self.inner.has_written(from, to)
    }

    fn claims(&mut self) -> Result<Vec<(UserId, PublicKey)>, StorageError> {
        self.inner.claims()
    }
}
