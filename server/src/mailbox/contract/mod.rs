//! What every implementation promises, tested on each: a test here runs once in memory, once on a file, and once on a file
//! whose index has everything at once. What only a file can do is in `sqlite/tests.rs` and `sqlite/faults.rs`.

mod claims;
mod expiry;
mod numbering;
mod paging;
mod receipts;
mod room;
mod writing;

use std::sync::Arc;

use bytestring::ByteString;
use duologue_protocol::{Content, MessageId, Relation, RelationKind, Seq, UnixMillis, UserId};
use tempfile::TempDir;

use super::{
    Entry, Mail, Mailbox, MemoryMailbox, Page, Query, Reader, Receipt, SqliteMailbox, Written,
};

/// Mailboxes that outlive the relay that has them open.
pub(crate) trait Subject {
    /// Opens them, as a relay that starts. Only once at a time.
    fn open(&self) -> Box<dyn Mailbox>;
}

#[derive(Default)]
struct InMemory(MemoryMailbox);

struct InFile(TempDir);

/// As short as these tests' mailboxes are, they would be in a tail alone.
#[derive(Default)]
struct InRuns(InFile);

impl Subject for InRuns {
    fn open(&self) -> Box<dyn Mailbox> {
        Box::new(SqliteMailbox::filing(self.0.0.path(), 1))
    }
}

impl Subject for InMemory {
    fn open(&self) -> Box<dyn Mailbox> {
        Box::new(self.0.clone())
    }
}

impl Default for InFile {
    fn default() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
}

impl Subject for InFile {
    fn open(&self) -> Box<dyn Mailbox> {
        Box::new(SqliteMailbox::open(self.0.path()).unwrap())
    }
}

/// Makes of each function a test for each implementation.
macro_rules! promises {
    ($($promise:ident),* $(,)?) => {
        mod in_memory {
            $(#[test]
            fn $promise() {
                super::$promise(&crate::mailbox::contract::InMemory::default());
            })*
        }
        mod in_file {
            $(#[test]
            fn $promise() {
                super::$promise(&crate::mailbox::contract::InFile::default());
            })*
        }
        mod in_runs {
            $(#[test]
            fn $promise() {
                super::$promise(&crate::mailbox::contract::InRuns::default());
            })*
        }
    };
}
use promises;

pub(crate) fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

pub(crate) fn seq(number: u64) -> Seq {
    Seq::new(number).unwrap()
}

/// A message with a place; its id and its words are made of that.
pub(crate) fn mail(number: u64, from: &str, to: &str) -> Mail {
    Mail {
        seq: seq(number),
        from: user(from),
        to: user(to),
        id: MessageId::parse(format!("id-{number}")).unwrap(),
        at: UnixMillis(1_000 * number),
        content: Some(Content::parse(format!("words {number}")).unwrap()),
        classic: None,
    }
}

pub(crate) fn append(mail: Mail) -> Entry {
    Entry::Append(Arc::new(mail))
}

pub(crate) fn delivered(to: &str, from: Option<&str>, up_to: u64, version: u64) -> Entry {
    let (to, from) = (user(to), from.map(user));
    Entry::Delivered { to, from, up_to: seq(up_to), version: seq(version) }
}

pub(crate) fn read(to: &str, from: &str, up_to: u64, version: u64) -> Entry {
    Entry::Read { to: user(to), from: user(from), up_to: seq(up_to), version: seq(version) }
}

pub(crate) fn receipt(from: &str, to: &str, [delivered, read]: [u64; 2], version: u64) -> Receipt {
    Receipt {
        from: user(from),
        to: user(to),
        delivered: seq(delivered),
        read: seq(read),
        version: seq(version),
    }
}

/// Stores messages and sees that each is new.
pub(crate) fn store(mailbox: &mut dyn Mailbox, mail: impl IntoIterator<Item = Mail>) {
    let batch: Vec<_> = mail.into_iter().map(append).collect();
    let written = mailbox.write(&batch).unwrap();
    assert_eq!(written, vec![Written::New; batch.len()]);
}

/// Writes one thing.
pub(crate) fn write(mailbox: &mut dyn Mailbox, entry: Entry) -> Written {
    let mut written = mailbox.write(&[entry]).unwrap();
    assert_eq!(written.len(), 1);
    written.remove(0)
}

pub(crate) fn query(to: &str, from: Option<&str>, after: u64) -> Query {
    Query { to: user(to), from: from.map(user), after: seq(after) }
}

pub(crate) fn page(reader: &mut dyn Reader, query: &Query) -> Page {
    reader.page(query).unwrap()
}

/// Reads a mailbox page by page, each after the last place of the one before.
pub(crate) fn read_all(reader: &mut dyn Reader, mut query: Query) -> Vec<Mail> {
    let mut all = Vec::new();
    loop {
        let page = page(reader, &query);
        all.extend(page.mail);
        if !page.more {
            return all;
        }
        let last = all.last().unwrap().seq;
        assert!(last > query.after, "a page that makes no progress");
        query.after = last;
    }
}

pub(crate) fn places(mail: &[Mail]) -> Vec<u64> {
    mail.iter().map(|mail| mail.seq.get()).collect()
}

fn classic(text: &str) -> ByteString {
    ByteString::from(text)
}
