//! What is in the file: its marks, its tables, and how an older file becomes a current one.
//!
//! A new version is one more entry at the end of [`MIGRATIONS`]. The entries before it stay as they are:
//! somebody's file is at each of them.

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior};

use super::error::Failure;

/// The mark of our files (`PRAGMA application_id`): "Duol".
const APPLICATION_ID: i64 = 0x4475_6f6c;

/// From the empty file to version 1, from there to version 2, and so on.
const MIGRATIONS: &[&str] = &[VERSION_1, VERSION_2, VERSION_3, VERSION_4, VERSION_5];

/// - `mail` is in the order of `seq`, which is the row's own number, so appending is appending. `sender, id` finds the
///   repeats. (Its two indexes by recipient went in version 5.)
/// - `receipt` is small and found by the pair, so it needs no row number.
/// - `mailbox.delivered` is up to where everybody's mail was delivered, so that the next `Delivered`
///   looks only at what came since.
/// - `relay` holds single values by name.
const VERSION_1: &str = "
    PRAGMA application_id = 0x44756f6c;

    CREATE TABLE mail (
        seq INTEGER PRIMARY KEY,
        recipient TEXT NOT NULL,
        sender TEXT NOT NULL,
        id TEXT NOT NULL,
        at INTEGER NOT NULL,
        content TEXT,
        classic TEXT
    ) STRICT;
    CREATE INDEX mail_of_recipient ON mail (recipient);
    CREATE INDEX mail_of_pair ON mail (recipient, sender);
    CREATE UNIQUE INDEX mail_by_id ON mail (sender, id);

    CREATE TABLE receipt (
        sender TEXT NOT NULL,
        recipient TEXT NOT NULL,
        delivered INTEGER NOT NULL,
        read INTEGER NOT NULL,
        version INTEGER NOT NULL,
        PRIMARY KEY (sender, recipient)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX receipt_by_version ON receipt (sender, version);

    CREATE TABLE mailbox (
        recipient TEXT PRIMARY KEY,
        delivered INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE relay (
        key TEXT PRIMARY KEY,
        value INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
";

/// - `claim` holds which name belongs to which key (Ed25519, 32 bytes).
const VERSION_2: &str = "
    CREATE TABLE claim (
        name TEXT PRIMARY KEY,
        key BLOB NOT NULL CHECK (length(key) = 32)
    ) STRICT, WITHOUT ROWID;
";

/// - `relation` is what a message has to do with another one, as a line; with `content` alone.
const VERSION_3: &str = "ALTER TABLE mail ADD COLUMN relation TEXT";

/// - A classic text has no `content`, and an id that the relay made up itself: it is nobody's repeat, and takes no place in
///   the index that finds those. (Some from before have a `content`, and stay as they are.)
const VERSION_4: &str = "
    DROP INDEX mail_by_id;
    CREATE UNIQUE INDEX mail_by_id ON mail (sender, id) WHERE content IS NOT NULL;
";

/// - `run` takes the place of the two indexes by recipient: each row has the places of all messages that one
///   person wrote to another and that were filed at one time, as eight bytes each, the lowest first; `last` is
///   the highest. `until` is the last place that was filed then, whoever's; `relay.filed` is the last of all, and
///   what comes after it is not in `run` yet. The places stand outside of the indexes, where each search would
///   read them. Without the second index a question about a stranger would read all runs of a mailbox.
const VERSION_5: &str = "
    DROP INDEX mail_of_recipient;
    DROP INDEX mail_of_pair;
    CREATE TABLE run (
        recipient TEXT NOT NULL,
        until INTEGER NOT NULL,
        sender TEXT NOT NULL,
        last INTEGER NOT NULL,
        places BLOB NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX run_in_order ON run (recipient, until, sender, last);
    CREATE INDEX run_of_pair ON run (recipient, sender, until, last);
";

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing yet.
    Empty,
    /// Ours, from before some migrations.
    Older(usize),
    /// Ours, as this program knows it.
    Current,
}

/// Looks what a file is, and changes nothing.
pub(super) fn state(connection: &Connection) -> Result<State, Failure> {
    let application: i64 = pragma(connection, "application_id")?;
    let version: i64 = pragma(connection, "user_version")?;
    if (application, version) == (0, 0) && is_empty(connection)? {
        return Ok(State::Empty);
    }
    if application != APPLICATION_ID {
        return Err(Failure::NotOurs);
    }
    match usize::try_from(version) {
        Ok(version) if version == MIGRATIONS.len() => Ok(State::Current),
        Ok(version) if (1..MIGRATIONS.len()).contains(&version) => Ok(State::Older(version)),
        Ok(found) if found > MIGRATIONS.len() => {
            Err(Failure::Newer { found, known: MIGRATIONS.len() })
        }
        _ => Err(Failure::NotOurs),
    }
}

/// Brings a file to the current version. Each step is one transaction with its version, so that a crash
/// leaves the file at one version or the next.
pub(super) fn migrate(connection: &mut Connection, state: State) -> Result<(), Failure> {
    let done = match state {
        State::Empty => 0,
        State::Older(version) => version,
        State::Current => return Ok(()),
    };
    apply(connection, MIGRATIONS, done)?;
    Ok(())
}

/// A file as an older program left it.
#[cfg(test)]
pub(super) fn migrate_to(connection: &mut Connection, version: usize) -> rusqlite::Result<()> {
    apply(connection, &MIGRATIONS[..version], 0)
}

fn apply(connection: &mut Connection, migrations: &[&str], done: usize) -> rusqlite::Result<()> {
    for (version, migration) in (1_u32..).zip(migrations).skip(done) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
    }
    Ok(())
}

/// Reads every page, and finds pages that can't be.
pub(super) fn check(connection: &Connection) -> Result<(), Failure> {
    let found: Option<String> =
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).optional()?;
    if found.as_deref() == Some("ok") { Ok(()) } else { Err(Failure::Damaged) }
}

fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))
}

fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state_of(connection: &Connection) -> Result<State, String> {
        state(connection).map_err(|failure| format!("{failure:?}"))
    }

    #[test]
    fn an_empty_file_becomes_a_current_one() {
        let mut connection = Connection::open_in_memory().unwrap();
        assert_eq!(state_of(&connection), Ok(State::Empty));
        migrate(&mut connection, State::Empty).unwrap();
        assert_eq!(state_of(&connection), Ok(State::Current));
        migrate(&mut connection, State::Current).unwrap();
        check(&connection).unwrap();
    }

    #[test]
    fn a_migration_is_done_with_its_version_or_not_at_all() {
        let mut connection = Connection::open_in_memory().unwrap();
        let second = "CREATE TABLE second (a); ";
        let fails = "CREATE TABLE third (a); INSERT INTO nowhere VALUES (1);";
        apply(&mut connection, &[VERSION_1, second, fails], 0).unwrap_err();
        assert_eq!(pragma(&connection, "user_version"), Ok(2));
        assert!(connection.prepare("SELECT * FROM second").is_ok());
        assert!(connection.prepare("SELECT * FROM third").is_err());
        // The next start goes on from there.
        apply(&mut connection, &[VERSION_1, second, "CREATE TABLE third (a);", "", "", ""], 2)
            .unwrap();
        assert_eq!(pragma(&connection, "user_version"), Ok(6));
        let failure = state_of(&connection).unwrap_err();
        assert_eq!(failure, "Newer { found: 6, known: 5 }");
    }

    /// A file of version 3 has classic texts beside what v1 can say of them.
    #[test]
    fn what_was_stored_before_classic_texts_had_no_content_is_found_again() {
        let mut connection = Connection::open_in_memory().unwrap();
        apply(&mut connection, &MIGRATIONS[..3], 0).unwrap();
        let rows = "INSERT INTO mail (seq, recipient, sender, id, at, content, classic) VALUES
            (1, 'bob', 'ann', 'a', 1, 'words', NULL), (2, 'bob', 'ann', 'b', 1, 'words', '{}'),
            (3, 'bob', 'ann', 'c', 1, NULL, '{}')";
        connection.execute_batch(rows).unwrap();
        migrate(&mut connection, State::Older(3)).unwrap();
        let again = |id: &str, content: Option<&str>| {
            let append = super::super::write::APPEND;
            let row =
                rusqlite::params![4, "bob", "ann", id, 1, content, None::<&str>, None::<&str>];
            let count = connection.execute(append, row).unwrap();
            connection.execute("DELETE FROM mail WHERE seq = 4", []).unwrap();
            count
        };
        assert_eq!([again("a", Some("words")), again("b", Some("words"))], [0, 0]);
        assert_eq!([again("d", Some("words")), again("a", None)], [1, 1]);
    }

    #[test]
    fn other_files_are_not_ours() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE mail (seq)").unwrap();
        assert_eq!(state_of(&connection).unwrap_err(), "NotOurs");
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("PRAGMA user_version = 1").unwrap();
        assert_eq!(state_of(&connection).unwrap_err(), "NotOurs");
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("PRAGMA application_id = 0x44756f6c").unwrap();
        assert_eq!(state_of(&connection).unwrap_err(), "NotOurs");
    }
}
