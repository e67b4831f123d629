//! What can go wrong with the file, in words: for the log at the start, and for log and senders later.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ffi::ErrorCode;

use crate::mailbox::{PLACE_TAKEN, StorageError};

/// Why a relay can't start on a folder. Each is one line that says what to do, where it isn't plain.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder can't be made, or the file in it.
    #[error("{} can't be made: {source}", path.display())]
    Make {
        /// The folder or the file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another relay has it.
    #[error("another relay is using the data folder {}", folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// Its lock doesn't work.
    #[error("the data folder {} can't be locked: {source}", folder.display())]
    Lock {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is something else.
    #[error("{} is not a relay's database: move it away, or name another folder", file.display())]
    NotOurs {
        /// The file.
        file: PathBuf,
    },
    /// The file was one of ours, or never a database.
    #[error(
        "{} is damaged or no database: restore a backup, or move it away to start anew",
        file.display()
    )]
    Damaged {
        /// The file.
        file: PathBuf,
    },
    /// The file is of a newer program.
    #[error(
        "{} is from a newer relay, of version {found}; this one knows versions up to {known}: run the \
         newer relay, or restore an older backup",
        file.display()
    )]
    Newer {
        /// The file.
        file: PathBuf,
        /// Its version.
        found: usize,
        /// The last version that this program knows.
        known: usize,
    },
    /// The disk doesn't do its part.
    #[error("{} can't be used: {reason}", file.display())]
    Storage {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        reason: StorageError,
    },
}

/// What went wrong with the file.
#[derive(Debug)]
pub(super) enum Failure {
    /// What the library said.
    Sqlite(rusqlite::Error),
    /// The file is something else.
    NotOurs,
    /// The file is of a newer program.
    Newer { found: usize, known: usize },
    /// The file has pages that can't be.
    Damaged,
    /// The file may only be read.
    ReadOnly,
    /// The file is not where it was.
    Gone,
    /// The file system has no shared memory, as those of networks.
    NoWal,
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl Failure {
    /// Whether the connection is as good as before.
    pub(super) fn spares_connection(&self) -> bool {
        use ErrorCode::{ConstraintViolation, DatabaseBusy, DatabaseLocked, DiskFull};
        let Self::Sqlite(error) = self else { return false };
        let code = error.sqlite_error_code();
        matches!(code, Some(DatabaseBusy | DatabaseLocked | DiskFull | ConstraintViolation))
    }

    /// The library's number of it, for the log: its message may hold a path.
    pub(super) fn sqlite_code(&self) -> Option<i32> {
        let Self::Sqlite(error) = self else { return None };
        error.sqlite_error().map(|error| error.extended_code)
    }

    /// What the start says.
    pub(super) fn at_start(self, file: &Path) -> OpenError {
        let file = file.to_owned();
        match self {
            Self::NotOurs => OpenError::NotOurs { file },
            Self::Newer { found, known } => OpenError::Newer { file, found, known },
            failure if failure.is_damage() => OpenError::Damaged { file },
            failure => OpenError::Storage { file, reason: failure.into() },
        }
    }

    fn is_damage(&self) -> bool {
        match self {
            Self::Damaged
            // What a row held is not what we write there.
            | Self::Sqlite(
                rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::Utf8Error(..),
            ) => true,
            Self::Sqlite(error) => matches!(
                error.sqlite_error_code(),
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
            ),
            _ => false,
        }
    }
}

impl From<Failure> for StorageError {
    fn from(failure: Failure) -> Self {
        if failure.is_damage() {
            return Self::new("the relay's database is damaged");
        }
        let code = match failure {
            Failure::ReadOnly => Some(ErrorCode::ReadOnly),
            Failure::Gone => return Self::new("the relay's database was moved away"),
            Failure::NotOurs | Failure::Newer { .. } => {
                return Self::new("the relay's database was replaced by another kind of file");
            }
            Failure::NoWal => {
                return Self::new("the relay's file system can't share memory, as SQLite needs it");
            }
            Failure::Sqlite(error) => error.sqlite_error_code(),
            Failure::Damaged => None,
        };
        Self::new(match code {
            Some(ErrorCode::DiskFull) => "the relay's disk is full",
            Some(ErrorCode::ReadOnly) => "the relay's database is read-only",
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                "another program has the relay's database locked"
            }
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                "the relay's database can't be opened"
            }
            Some(ErrorCode::SystemIoFailure) => "the relay's disk fails",
            Some(ErrorCode::OutOfMemory) => "the relay has no memory left",
            Some(ErrorCode::ConstraintViolation) => PLACE_TAKEN,
            _ => "the relay's database doesn't work",
        })
    }
}
