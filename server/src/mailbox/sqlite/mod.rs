//! Mailboxes in a file: the database `mail.sqlite3` in the relay's data folder, with its log beside it
//! while a relay runs.
//!
//! `schema` says what is in the file, `write` and `read` what is done with it, `runs` how the mail of a mailbox is found in
//! it, `connection` how a failing disk is survived, and `error` what all the failures are called.

mod connection;
mod error;
mod read;
mod runs;
mod schema;
mod write;

#[cfg(test)]
mod faults;
#[cfg(test)]
mod tests;

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;
use std::sync::Arc;

use duologue_protocol::identity::PublicKey;
use duologue_protocol::{Seq, UnixMillis, UserId};
use rusqlite::Connection;

use super::{Entry, Kept, Mailbox, Page, Query, Reader, Receipt, StorageError, Written};
use connection::Handle;
pub use error::OpenError;
use runs::Tail;

/// The database's name in the data folder.
const FILE: &str = "mail.sqlite3";

/// The name of the file in the data folder that only one relay can have locked.
const LOCK: &str = "lock";

/// Files up to this many bytes are looked through for damage at the start, which takes up to some tenths
/// of a second. Damage in a larger one is found when its page is read.
const CHECK_MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Mailboxes in a folder.
#[derive(Debug)]
pub struct SqliteMailbox {
    writer: Handle,
    tail: Tail,
    lock: Arc<File>,
}

impl SqliteMailbox {
    /// Opens the mailboxes in a folder, and makes what is not there yet.
    ///
    /// # Errors
    /// [`OpenError`]: the folder or the file can't be used, or another relay uses it.
    pub fn open(folder: &Path) -> Result<Self, OpenError> {
        make_folder(folder)
            .map_err(|source| OpenError::Make { path: folder.to_owned(), source })?;
        let lock = Arc::new(lock(folder)?);
        let file = folder.join(FILE);
        make_file(&file).map_err(|source| OpenError::Make { path: file.clone(), source })?;
        let writer = Handle::start(&file, CHECK_MAX_BYTES);
        let mut writer = writer.map_err(|failure| failure.at_start(&file))?;
        let mut tail = Tail::default();
        let filed = writer.run(|connection| write::file(connection, &mut tail));
        filed.map_err(|reason| OpenError::Storage { file, reason })?;
        Ok(Self { writer, tail, lock })
    }

    /// The same, where so many messages are filed together.
    #[cfg(test)]
    pub(super) fn filing(folder: &Path, tail_max: usize) -> Self {
        Self { tail: Tail::of(tail_max), ..Self::open(folder).unwrap() }
    }

    /// Asks something, with little in the tail: many such questions may come one after the other.
    fn searched<T>(
        &mut self,
        ask: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StorageError> {
        let tail = &mut self.tail;
        self.writer.run(|connection| {
            write::file(connection, tail)?;
            ask(connection)
        })
    }
}

impl Mailbox for SqliteMailbox {
    fn write(&mut self, batch: &[Entry]) -> Result<Vec<Written>, StorageError> {
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        let tail = &mut self.tail;
        self.writer.run(|connection| write::batch(connection, batch, tail))
    }

    fn expire(&mut self, before: UnixMillis, at_most: usize) -> Result<usize, StorageError> {
        let tail = &mut self.tail;
        self.writer.run(|connection| write::expire(connection, before, at_most, tail))
    }

    fn reader(&self) -> Result<Box<dyn Reader>, StorageError> {
        let handle = self.writer.reader()?;
        Ok(Box::new(SqliteReader { handle, _lock: Arc::clone(&self.lock) }))
    }

    fn first_seq(&mut self, now: UnixMillis) -> Result<Seq, StorageError> {
        self.writer.run(|connection| write::first_seq(connection, now))
    }

    fn kept(&mut self, to: &UserId) -> Result<Kept, StorageError> {
        self.searched(|connection| read::kept(connection, to))
    }

    fn has_written(&mut self, from: &UserId, to: &UserId) -> Result<bool, StorageError> {
        self.searched(|connection| read::has_written(connection, from, to))
    }

    fn claims(&mut self) -> Result<Vec<(UserId, PublicKey)>, StorageError> {
        self.writer.run(|connection| read::claims(connection))
    }
}

/// A connection that only reads.
#[derive(Debug)]
struct SqliteReader {
    handle: Handle,
    /// The folder is in use until the last of its readers is gone.
    _lock: Arc<File>,
}

impl Reader for SqliteReader {
    fn page(&mut self, query: &Query) -> Result<Page, StorageError> {
        self.handle.run(|connection| read::page(connection, query))
    }

    fn receipts(
        &mut self,
        from: &UserId,
        after: Seq,
        at_most: usize,
    ) -> Result<Vec<Receipt>, StorageError> {
        self.handle.run(|connection| read::receipts(connection, from, after, at_most))
    }

    fn delivered(&mut self, to: &UserId, from: &UserId) -> Result<Seq, StorageError> {
        self.handle.run(|connection| read::delivered(connection, to, from))
    }
}

/// Locks the folder for as long as the file is open; a crash lets go of it as well.
fn lock(folder: &Path) -> Result<File, OpenError> {
    let failed = |source| OpenError::Lock { folder: folder.to_owned(), source };
    let file = File::options().create(true).truncate(false).write(true).open(folder.join(LOCK));
    let file = file.map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { folder: folder.to_owned() }),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// What people write to each other is nobody else's on this machine.
fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

/// An empty file is an empty database. The files beside it get the same rights.
fn make_file(file: &Path) -> io::Result<()> {
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.write(true).create_new(true).open(file) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}
