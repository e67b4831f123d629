//! Failing disks and damaged files, and that the mailboxes work again without being opened again.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use duologue_protocol::Content;
use duologue_protocol::limits::CONTENT_MAX_BYTES;
use rusqlite::Connection;
use tempfile::{TempDir, tempdir};

use super::*;
use crate::mailbox::Mail;
use crate::mailbox::contract::{append, mail, places, query, read_all, store};

struct Relay {
    folder: TempDir,
    mailbox: SqliteMailbox,
    reader: Box<dyn Reader>,
}

impl Relay {
    /// With this many messages, from 1 on.
    fn with_mail(count: u64) -> Self {
        let folder = tempdir().unwrap();
        let mut mailbox = SqliteMailbox::open(folder.path()).unwrap();
        store(&mut mailbox, (1..=count).map(|n| mail(n, "ann", "bob")));
        let reader = mailbox.reader().unwrap();
        Self { folder, mailbox, reader }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join(FILE)
    }

    fn bobs(&mut self) -> Vec<u64> {
        bobs(&mut *self.reader)
    }

    fn write_error(&mut self, number: u64) -> String {
        self.mailbox.write(&[append(mail(number, "ann", "bob"))]).unwrap_err().reason
    }

    fn read_error(&mut self) -> String {
        self.reader.page(&query("bob", None, 0)).unwrap_err().reason
    }

    fn sqlite<T>(&mut self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> T {
        self.mailbox.writer.run(|connection| work(connection)).unwrap()
    }

    /// Puts the log in its place and forgets it, so that the file is everything.
    fn settle(&mut self) {
        self.sqlite(|connection| {
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        });
    }
}

fn bobs(reader: &mut dyn Reader) -> Vec<u64> {
    places(&read_all(reader, query("bob", None, 0)))
}

fn all(mailbox: &SqliteMailbox) -> Vec<u64> {
    bobs(&mut *mailbox.reader().unwrap())
}

/// A batch that takes at least its number of pages.
fn large(first: u64, count: u64) -> Vec<Entry> {
    let content = Content::parse("x".repeat(CONTENT_MAX_BYTES)).unwrap();
    let large = |n| Mail { content: Some(content.clone()), ..mail(n, "ann", "bob") };
    (first..first + count).map(|n| append(large(n))).collect()
}

#[test]
fn a_full_disk_by_the_librarys_own_limit() {
    let mut relay = Relay::with_mail(10);
    let pages: i64 = relay.sqlite(|c| c.pragma_query_value(None, "page_count", |row| row.get(0)));
    relay.sqlite(|c| c.pragma_update_and_check(None, "max_page_count", pages + 5, |_| Ok(())));
    for _ in 0..3 {
        let error = relay.mailbox.write(&large(11, 20)).unwrap_err();
        assert_eq!(error.reason, "the relay's disk is full");
        assert_eq!(relay.bobs(), (1..=10).collect::<Vec<_>>());
    }
    // What fits is stored: the connection is the same, with its limit.
    store(&mut relay.mailbox, [mail(11, "ann", "bob")]);
    relay.mailbox.write(&large(12, 20)).unwrap_err();
    relay.sqlite(|c| c.pragma_update_and_check(None, "max_page_count", 100_000, |_| Ok(())));
    relay.mailbox.write(&large(12, 20)).unwrap();
    assert_eq!(relay.bobs(), (1..=31).collect::<Vec<_>>());
}

/// A small file system in memory, which goes away with this.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// `None` where that is not allowed.
    fn mount() -> Option<Self> {
        let folder = tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(folder.path());
        mount.status().is_ok_and(|status| status.success()).then(|| Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_in_truth() {
    let Some(disk) = SmallDisk::mount() else {
        eprintln!("not tested: mounting a small disk needs root");
        return;
    };
    let folder = disk.0.path().join("data");
    let mut mailbox = SqliteMailbox::open(&folder).unwrap();
    let mut reader = mailbox.reader().unwrap();
    let mut stored = 0;
    let error = loop {
        match mailbox.write(&large(stored + 1, 2)) {
            Ok(_) => stored += 2,
            Err(error) => break error,
        }
    };
    assert_eq!(error.reason, "the relay's disk is full");
    assert!(stored > 0);
    for _ in 0..3 {
        let error = mailbox.write(&large(stored + 1, 10)).unwrap_err();
        assert_eq!(error.reason, "the relay's disk is full");
        assert_eq!(bobs(&mut *reader), (1..=stored).collect::<Vec<_>>());
    }
    let mut remount = Command::new("mount");
    remount.args(["-o", "remount,size=8m"]).arg(disk.0.path());
    assert!(remount.status().unwrap().success());
    mailbox.write(&large(stored + 1, 20)).unwrap();
    assert_eq!(bobs(&mut *reader), (1..=stored + 20).collect::<Vec<_>>());
    // A relay that starts on a full disk says so.
    drop((mailbox, reader));
    let mut filler = File::create(disk.0.path().join("filler")).unwrap();
    io::copy(&mut io::repeat(1), &mut filler).unwrap_err();
    let line = SqliteMailbox::open(&disk.0.path().join("other")).unwrap_err().to_string();
    assert!(!line.contains('\n'), "{line}");
}

#[test]
fn another_program_has_it_locked() {
    let mut relay = Relay::with_mail(3);
    relay.sqlite(|connection| connection.busy_timeout(Duration::from_millis(20)));
    for lock in ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"] {
        let other = Connection::open(relay.file()).unwrap();
        other.execute_batch(lock).unwrap();
        let locked = "another program has the relay's database locked";
        assert_eq!(relay.write_error(4), locked);
        assert_eq!(relay.mailbox.expire(UnixMillis(9_999), 9).unwrap_err().reason, locked);
        assert_eq!(relay.mailbox.first_seq(UnixMillis(0)).unwrap_err().reason, locked);
        assert_eq!(relay.bobs(), [1, 2, 3]);
        other.execute_batch("ROLLBACK").unwrap();
        relay.mailbox.first_seq(UnixMillis(0)).unwrap();
    }
    store(&mut relay.mailbox, [mail(4, "ann", "bob")]);
    assert_eq!(relay.bobs(), [1, 2, 3, 4]);
}

#[test]
fn a_connection_that_may_not_write_is_made_anew() {
    let mut relay = Relay::with_mail(3);
    relay.sqlite(|connection| connection.pragma_update(None, "query_only", true));
    assert_eq!(relay.write_error(4), "the relay's database is read-only");
    assert_eq!(relay.bobs(), [1, 2, 3]);
    store(&mut relay.mailbox, [mail(4, "ann", "bob")]);
    assert_eq!(relay.bobs(), [1, 2, 3, 4]);
}

#[test]
fn a_file_that_may_only_be_read() {
    let mut relay = Relay::with_mail(3);
    let file = relay.file();
    let Some(read_only) = ReadOnly::make(&file) else {
        eprintln!("not tested: rights don't stop root, and here are no immutable files");
        return;
    };
    // Whoever has it open may go on: first the connections have to go.
    relay.sqlite(|connection| connection.pragma_update(None, "query_only", true));
    let Relay { folder, mut mailbox, reader } = relay;
    drop(reader);
    let write = |mailbox: &mut SqliteMailbox| mailbox.write(&[append(mail(4, "ann", "bob"))]);
    for _ in 0..3 {
        let error = write(&mut mailbox).unwrap_err();
        assert_eq!(error.reason, "the relay's database is read-only");
        assert_eq!(all(&mailbox), [1, 2, 3]);
    }
    drop(mailbox);
    let error = SqliteMailbox::open(folder.path()).unwrap_err().to_string();
    assert!(error.ends_with(" can't be used: the relay's database is read-only"), "{error}");
    drop(read_only);
    let mut mailbox = SqliteMailbox::open(folder.path()).unwrap();
    mailbox.writer.run(|connection| connection.pragma_update(None, "query_only", true)).unwrap();
    let read_only = ReadOnly::make(&file).unwrap();
    write(&mut mailbox).unwrap_err();
    write(&mut mailbox).unwrap_err();
    drop(read_only);
    write(&mut mailbox).unwrap();
    assert_eq!(all(&mailbox), [1, 2, 3, 4]);
}

/// A file that nobody can open for writing, not even root, until this goes.
struct ReadOnly {
    file: PathBuf,
    before: fs::Permissions,
}

impl ReadOnly {
    /// `None` where nothing stops root.
    fn make(file: &Path) -> Option<Self> {
        let before = fs::metadata(file).unwrap().permissions();
        let mut permissions = before.clone();
        permissions.set_readonly(true);
        fs::set_permissions(file, permissions).unwrap();
        let made = Self { file: file.to_owned(), before };
        made.immutable("+i");
        File::options().append(true).open(file).is_err().then_some(made)
    }

    fn immutable(&self, flag: &str) {
        // Where there is no such thing, or no right to it, rights have to do.
        let _ = Command::new("chattr").arg(flag).arg(&self.file).output();
    }
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        self.immutable("-i");
        let _ = fs::set_permissions(&self.file, self.before.clone());
    }
}

#[test]
fn a_file_that_was_moved_away_and_back() {
    let mut relay = Relay::with_mail(3);
    let away = relay.folder.path().join("away");
    fs::rename(relay.file(), &away).unwrap();
    for _ in 0..2 {
        assert_eq!(relay.write_error(4), "the relay's database was moved away");
        assert_eq!(relay.read_error(), "the relay's database was moved away");
    }
    // It is not begun anew, or the mail would seem lost.
    assert!(!relay.file().exists());
    // Something else in its place.
    fs::create_dir(relay.file()).unwrap();
    assert_eq!(relay.write_error(4), "the relay's database can't be opened");
    assert_eq!(relay.read_error(), "the relay's database can't be opened");
    fs::remove_dir(relay.file()).unwrap();
    fs::rename(&away, relay.file()).unwrap();
    store(&mut relay.mailbox, [mail(4, "ann", "bob")]);
    assert_eq!(relay.bobs(), [1, 2, 3, 4]);
}

#[test]
fn another_kind_of_file_in_its_place() {
    let mut relay = Relay::with_mail(3);
    relay.settle();
    let away = relay.folder.path().join("away");
    fs::rename(relay.file(), &away).unwrap();
    let replaced = "the relay's database was replaced by another kind of file";
    File::create(relay.file()).unwrap();
    assert_eq!(relay.write_error(4), replaced);
    assert_eq!(relay.read_error(), replaced);
    Connection::open(relay.file()).unwrap().execute_batch("CREATE TABLE notes (text)").unwrap();
    assert_eq!(relay.write_error(4), replaced);
    fs::write(relay.file(), "no database at all ".repeat(100)).unwrap();
    assert_eq!(relay.write_error(4), "the relay's database is damaged");
    assert_eq!(relay.read_error(), "the relay's database is damaged");
    fs::rename(&away, relay.file()).unwrap();
    store(&mut relay.mailbox, [mail(4, "ann", "bob")]);
    assert_eq!(relay.bobs(), [1, 2, 3, 4]);
}

#[test]
fn a_file_that_is_overwritten_while_it_is_open() {
    let mut relay = Relay::with_mail(3_000);
    relay.settle();
    let good = fs::read(relay.file()).unwrap();
    store(&mut relay.mailbox, [mail(3_001, "ann", "bob")]);
    let log = relay.folder.path().join("mail.sqlite3-wal");
    for file in [relay.file(), log.clone()] {
        let length = fs::metadata(&file).unwrap().len();
        fs::write(&file, vec![0xa5; usize::try_from(length).unwrap()]).unwrap();
    }
    assert_eq!(relay.read_error(), "the relay's database is damaged");
    // The writer has its pages in memory; without them it sees what is on the disk.
    relay.sqlite(Connection::release_memory);
    assert_eq!(relay.write_error(3_002), "the relay's database is damaged");
    assert_eq!(relay.write_error(3_002), "the relay's database is damaged");
    assert_eq!(relay.read_error(), "the relay's database is damaged");
    // A backup is moved in its place, and the old log away.
    let backup = relay.folder.path().join("backup");
    fs::write(&backup, good).unwrap();
    let _ = fs::remove_file(&log);
    let _ = fs::remove_file(relay.folder.path().join("mail.sqlite3-shm"));
    fs::rename(&backup, relay.file()).unwrap();
    store(&mut relay.mailbox, [mail(3_002, "ann", "bob")]);
    let expected: Vec<_> = (1..=3_000).chain([3_002]).collect();
    assert_eq!(relay.bobs(), expected);
}

#[test]
fn a_message_with_a_bad_spot_is_left_out() {
    let mut relay = Relay::with_mail(150);
    let other = Connection::open(relay.file()).unwrap();
    let spoil = "UPDATE mail SET content = CAST(x'ff' AS TEXT) WHERE seq IN (3, 120)";
    assert_eq!(other.execute(spoil, []).unwrap(), 2);
    assert_eq!(other.execute("UPDATE mail SET sender = ' ' WHERE seq = 4", []).unwrap(), 1);
    let expected: Vec<_> = (1..=150).filter(|n| ![3, 4, 120].contains(n)).collect();
    assert_eq!(relay.bobs(), expected);
}
