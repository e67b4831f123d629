//! A connection to the file that is made anew when the file or the disk had failed, and that is never
//! left inside a transaction.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use tracing::warn;

use super::error::Failure;
use super::schema::{self, State};
use crate::mailbox::StorageError;

/// How long to wait for another program's lock: a backup that is swapped in, or a person's shell, lets
/// go within this. Everybody waits meanwhile.
const BUSY_TIMEOUT: Duration = Duration::from_secs(1);

/// Pages kept in memory by one connection, in KiB: all of a small relay's. What isn't among them, the
/// system mostly has.
const CACHE_KIB: i64 = 8 * 1024;

/// How many pages of 4 KiB the log takes before they are put in their places. With four times the library's own 1,000, some
/// 5 % more messages came through where 32 pairs said all they could: a page that is written again and again, as those of
/// the index are, is put there less often. With this it stays within `LOG_BYTES`.
const LOG_PAGES: i64 = 3_000;

/// How large the log stays on the disk after it was larger, in bytes: somewhat more than `LOG_PAGES` need.
const LOG_BYTES: i64 = 16 * 1024 * 1024;

/// How many prepared statements are kept: more than there are.
const STATEMENTS: usize = 32;

/// Who uses a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The one that writes.
    Writer,
    /// One that is kept from writing. Its file is open for writing all the same: whoever is the
    /// last to close puts the log in its place, so that a copy of the file alone is whole.
    Reader,
}

/// A way to the file.
#[derive(Debug)]
pub(super) struct Handle {
    file: PathBuf,
    role: Role,
    open: Option<Open>,
    /// The last failure, logged once and not at every try.
    failing: Option<StorageError>,
}

#[derive(Debug)]
struct Open {
    connection: Connection,
    identity: Identity,
}

/// Which file it is, whatever its name: device and number. Always the same where there is no such thing.
type Identity = (u64, u64);

impl Handle {
    /// The relay's first connection: makes what is not there yet, brings it to the current version, and
    /// looks for damage if the file is at most `check_max` bytes.
    pub(super) fn start(file: &Path, check_max: u64) -> Result<Self, Failure> {
        let (mut open, state) = connect(file, Role::Writer)?;
        schema::migrate(&mut open.connection, state)?;
        if fs::metadata(file).is_ok_and(|metadata| metadata.len() <= check_max) {
            schema::check(&open.connection)?;
        }
        Ok(Self { file: file.to_owned(), role: Role::Writer, open: Some(open), failing: None })
    }

    /// One more way to the same file.
    pub(super) fn reader(&self) -> Result<Self, StorageError> {
        let file = self.file.clone();
        let mut handle = Self { file, role: Role::Reader, open: None, failing: None };
        handle.run(|_| Ok(()))?;
        Ok(handle)
    }

    /// Does some work on the connection, and makes one first if need be.
    pub(super) fn run<T>(
        &mut self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StorageError> {
        let result = self.connection().and_then(|connection| Ok(work(connection)?));
        let is_clean = self.open.as_ref().is_some_and(|open| open.connection.is_autocommit());
        match result {
            Ok(done) => {
                self.failing = None;
                Ok(done)
            }
            Err(failure) => {
                if !is_clean || !failure.spares_connection() {
                    self.open = None;
                }
                let code = failure.sqlite_code();
                let error = StorageError::from(failure);
                if self.failing.as_ref() != Some(&error) {
                    warn!(role = ?self.role, ?code, %error, "SQLite fails");
                    self.failing = Some(error.clone());
                }
                Err(error)
            }
        }
    }

    fn connection(&mut self) -> Result<&mut Connection, Failure> {
        // Else a relay whose file was deleted or replaced would go on writing into nowhere.
        let identity = identity(&self.file)?;
        let open = self.open.take().filter(|open| open.identity == identity);
        let open = match open {
            Some(open) => open,
            None => match connect(&self.file, self.role)? {
                (open, State::Current) => open,
                _ => return Err(Failure::NotOurs),
            },
        };
        Ok(&mut self.open.insert(open).connection)
    }
}

/// Opens the file, which has to be there.
fn connect(file: &Path, role: Role) -> Result<(Open, State), Failure> {
    let identity = identity(file)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // A file that somebody prepared can't call functions by its schema.
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    let state = schema::state(&connection)?;
    match role {
        Role::Writer => prepare_writer(&connection)?,
        Role::Reader => connection.pragma_update(None, "query_only", true)?,
    }
    Ok((Open { connection, identity }, state))
}

fn prepare_writer(connection: &Connection) -> Result<(), Failure> {
    if connection.is_readonly("main")? {
        return Err(Failure::ReadOnly);
    }
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    if mode != "wal" {
        return Err(Failure::NoWal);
    }
    // A commit returns once it is on the disk.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
    Ok(())
}

#[cfg(unix)]
fn identity(file: &Path) -> Result<Identity, Failure> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = fs::metadata(file).map_err(|_| Failure::Gone)?;
    Ok((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(file: &Path) -> Result<Identity, Failure> {
    fs::metadata(file).map_err(|_| Failure::Gone)?;
    Ok((0, 0))
}
