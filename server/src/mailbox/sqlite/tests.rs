//! What only a file can do: be refused, be locked, be backed up, and be found again.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use rusqlite::Connection;
use rusqlite::backup::Backup;
use tempfile::{TempDir, tempdir};

use super::*;
use crate::mailbox::contract::{delivered, mail, places, query, read_all, receipt, store};

/// Everything that bob has.
fn bobs(mailbox: &SqliteMailbox) -> Vec<u64> {
    places(&read_all(&mut *mailbox.reader().unwrap(), query("bob", None, 0)))
}

fn with_mail(count: u64) -> (TempDir, PathBuf) {
    let folder = tempdir().unwrap();
    let mut mailbox = SqliteMailbox::open(folder.path()).unwrap();
    store(&mut mailbox, (1..=count).map(|n| mail(n, "ann", "bob")));
    let file = folder.path().join(FILE);
    (folder, file)
}

fn refusal(folder: &Path) -> String {
    let line = SqliteMailbox::open(folder).unwrap_err().to_string();
    assert!(!line.contains('\n'), "{line}");
    assert!(line.contains(folder.to_str().unwrap()), "{line}");
    line.replace(folder.to_str().unwrap(), "DIR")
}

#[test]
fn a_commit_waits_for_the_disk() {
    let (folder, _) = with_mail(1);
    let mut mailbox = SqliteMailbox::open(folder.path()).unwrap();
    let mut ask = |name: &str| {
        let value = |row: &rusqlite::Row<'_>| row.get::<_, rusqlite::types::Value>(0);
        let value =
            mailbox.writer.run(|connection| connection.pragma_query_value(None, name, value));
        format!("{:?}", value.unwrap())
    };
    assert_eq!(ask("journal_mode"), r#"Text("wal")"#);
    assert_eq!(ask("synchronous"), "Integer(2)");
    assert_eq!(ask("trusted_schema"), "Integer(0)");
    assert_eq!(ask("busy_timeout"), "Integer(1000)");
}

#[test]
fn a_reader_can_not_write() {
    let (folder, _) = with_mail(1);
    let mailbox = SqliteMailbox::open(folder.path()).unwrap();
    let mut reader = mailbox.writer.reader().unwrap();
    let error = reader.run(|connection| connection.execute("DELETE FROM mail", [])).unwrap_err();
    assert_eq!(error.reason, "the relay's database is read-only");
    assert_eq!(bobs(&mailbox), [1]);
}

#[cfg(unix)]
#[test]
fn the_files_are_nobody_elses() {
    use std::os::unix::fs::PermissionsExt as _;
    let parent = tempdir().unwrap();
    let folder = parent.path().join("a/b");
    let mut mailbox = SqliteMailbox::open(&folder).unwrap();
    store(&mut mailbox, [mail(1, "ann", "bob")]);
    let rights = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(rights(&folder), 0o700);
    for name in [FILE, "mail.sqlite3-wal", "mail.sqlite3-shm"] {
        assert_eq!(rights(&folder.join(name)), 0o600, "{name}");
    }
}

#[test]
fn a_folder_is_one_relays() {
    let (folder, _) = with_mail(1);
    let mailbox = SqliteMailbox::open(folder.path()).unwrap();
    let in_use = "another relay is using the data folder DIR";
    assert_eq!(refusal(folder.path()), in_use);
    let reader = mailbox.reader().unwrap();
    drop(mailbox);
    assert_eq!(refusal(folder.path()), in_use);
    drop(reader);
    SqliteMailbox::open(folder.path()).unwrap();
}

#[test]
fn a_newer_file_is_refused_and_left_alone() {
    let (folder, file) = with_mail(1);
    Connection::open(&file).unwrap().pragma_update(None, "user_version", 7).unwrap();
    let before = fs::read(&file).unwrap();
    assert_eq!(
        refusal(folder.path()),
        "DIR/mail.sqlite3 is from a newer relay, of version 7; this one knows versions up to 5: run \
         the newer relay, or restore an older backup"
    );
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn another_programs_file_is_refused_and_left_alone() {
    let folder = tempdir().unwrap();
    let file = folder.path().join(FILE);
    Connection::open(&file).unwrap().execute_batch("CREATE TABLE notes (text)").unwrap();
    let before = fs::read(&file).unwrap();
    let not_ours =
        "DIR/mail.sqlite3 is not a relay's database: move it away, or name another folder";
    assert_eq!(refusal(folder.path()), not_ours);
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn what_is_no_database_is_refused_and_left_alone() {
    let folder = tempdir().unwrap();
    let file = folder.path().join(FILE);
    let words = "Dear diary, this is no database. ".repeat(300);
    fs::write(&file, &words).unwrap();
    let damaged = "DIR/mail.sqlite3 is damaged or no database: restore a backup, or move it away to \
                   start anew";
    assert_eq!(refusal(folder.path()), damaged);
    assert_eq!(fs::read_to_string(&file).unwrap(), words);
}

#[test]
fn damage_is_found_at_the_start() {
    const PAGE: usize = 4096;
    let (folder, file) = with_mail(3_000);
    let good = fs::read(&file).unwrap();
    assert!(good.len() > 20 * PAGE);
    for page in [0, 1, 2, 5, 10, 20] {
        let mut bad = good.clone();
        bad[page * PAGE..(page + 1) * PAGE].fill(0xa5);
        fs::write(&file, bad).unwrap();
        let line = refusal(folder.path());
        assert!(line.starts_with("DIR/mail.sqlite3 is damaged"), "page {page}: {line}");
    }
    fs::write(&file, &good[..good.len() / 2]).unwrap();
    assert!(refusal(folder.path()).starts_with("DIR/mail.sqlite3 is damaged"));
    fs::write(&file, good).unwrap();
    assert_eq!(bobs(&SqliteMailbox::open(folder.path()).unwrap()).len(), 3_000);
}

#[test]
fn what_is_no_folder_is_refused() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("a file");
    fs::write(&file, "").unwrap();
    assert!(refusal(&file).starts_with("DIR can't be made: "));
    fs::create_dir(folder.path().join(FILE)).unwrap();
    let line = refusal(folder.path());
    assert_eq!(line, "DIR/mail.sqlite3 can't be used: the relay's database can't be opened");
}

#[test]
fn a_copy_of_the_file_after_the_shutdown_is_a_backup() {
    // Whoever is the last to close.
    for reader_is_last in [false, true] {
        let (folder, file) = with_mail(50);
        let mut mailbox = SqliteMailbox::open(folder.path()).unwrap();
        let reader = mailbox.reader().unwrap();
        store(&mut mailbox, [mail(51, "ann", "bob")]);
        if reader_is_last {
            drop(mailbox);
            drop(reader);
        } else {
            drop(reader);
            drop(mailbox);
        }
        let restored = tempdir().unwrap();
        fs::copy(&file, restored.path().join(FILE)).unwrap();
        let restored = SqliteMailbox::open(restored.path()).unwrap();
        assert_eq!(bobs(&restored), (1..=51).collect::<Vec<_>>(), "{reader_is_last}");
    }
}

#[test]
fn a_backup_while_the_relay_writes_has_all_that_was_committed() {
    fn through_the_api(from: &Path, to: &Path) {
        let from = Connection::open(from).unwrap();
        let mut to = Connection::open(to).unwrap();
        Backup::new(&from, &mut to).unwrap().step(-1).unwrap();
    }
    fn by_vacuum(from: &Path, to: &Path) {
        let from = Connection::open(from).unwrap();
        from.execute("VACUUM INTO ?1", [to.to_str().unwrap()]).unwrap();
    }
    for back_up in [through_the_api, by_vacuum] {
        let (folder, file) = with_mail(2_000);
        let mut mailbox = SqliteMailbox::open(folder.path()).unwrap();
        let restored = tempdir().unwrap();
        let (committed, is_done) = (AtomicU64::new(2_000), AtomicBool::new(false));
        let least = thread::scope(|scope| {
            scope.spawn(|| {
                for n in 2_001.. {
                    store(&mut mailbox, [mail(n, "ann", "bob")]);
                    committed.store(n, Ordering::SeqCst);
                    if is_done.load(Ordering::SeqCst) {
                        break;
                    }
                }
            });
            while committed.load(Ordering::SeqCst) < 2_010 {
                thread::yield_now();
            }
            let least = committed.load(Ordering::SeqCst);
            back_up(&file, &restored.path().join(FILE));
            is_done.store(true, Ordering::SeqCst);
            least
        });
        let restored = bobs(&SqliteMailbox::open(restored.path()).unwrap());
        let count = restored.len() as u64;
        assert!((least..=committed.into_inner()).contains(&count), "{least} {count}");
        assert_eq!(restored, (1..=count).collect::<Vec<_>>());
    }
}

#[test]
fn what_a_killed_relay_committed_is_there() {
    let (folder, file) = with_mail(10);
    let mut mailbox = SqliteMailbox::open(folder.path()).unwrap();
    for n in 11..=20 {
        store(&mut mailbox, [mail(n, "ann", "bob")]);
    }
    // What the disk has now is what a kill leaves: the log isn't in its place yet.
    let log = fs::read(folder.path().join("mail.sqlite3-wal")).unwrap();
    let database = fs::read(&file).unwrap();
    drop(mailbox);
    let found = |log: &[u8]| {
        let folder = tempdir().unwrap();
        fs::write(folder.path().join(FILE), &database).unwrap();
        fs::write(folder.path().join("mail.sqlite3-wal"), log).unwrap();
        bobs(&SqliteMailbox::open(folder.path()).unwrap())
    };
    assert_eq!(found(&log), (1..=20).collect::<Vec<_>>());
    // A torn end of the log loses the commit that it tore, and no other.
    assert_eq!(found(&log[..log.len() - 1]), (1..=19).collect::<Vec<_>>());
}

#[test]
fn only_what_came_since_is_looked_at_for_delivered() {
    let (folder, file) = with_mail(2);
    let mut mailbox = SqliteMailbox::open(folder.path()).unwrap();
    store(&mut mailbox, [mail(3, "cas", "bob")]);
    mailbox.write(&[delivered("bob", None, 3, 10)]).unwrap();
    // What was delivered is not looked at again, so its receipts don't come back.
    let other = Connection::open(&file).unwrap();
    assert_eq!(other.execute("DELETE FROM receipt", []).unwrap(), 2);
    store(&mut mailbox, [mail(4, "ann", "bob")]);
    let written = mailbox.write(&[delivered("bob", None, 4, 11)]).unwrap();
    assert_eq!(written, [Written::Receipts(vec![receipt("ann", "bob", [4, 0], 11)])]);
}

#[test]
fn what_expired_leaves_no_row_behind() {
    let (folder, file) = with_mail(20);
    let mut mailbox = SqliteMailbox::open(folder.path()).unwrap();
    store(&mut mailbox, [mail(21, "cas", "dan")]);
    mailbox.write(&[delivered("bob", None, 20, 100), delivered("dan", None, 21, 101)]).unwrap();
    assert_eq!(mailbox.expire(UnixMillis(u64::MAX), 100), Ok(20));
    let other = Connection::open(&file).unwrap();
    for table in ["mail", "receipt", "mailbox"] {
        let count = format!("SELECT count(*) FROM {table}");
        assert_eq!(other.query_row(&count, [], |row| row.get(0)), Ok(1), "{table}");
    }
}

#[test]
fn no_statement_reads_more_than_it_needs() {
    let mut connection = Connection::open_in_memory().unwrap();
    schema::migrate(&mut connection, schema::State::Empty).unwrap();
    let in_pairs_runs = "run USING COVERING INDEX run_of_pair (recipient=? AND sender=?";
    let in_runs = "run USING COVERING INDEX run_in_order (recipient=?";
    let by_id = "mail USING INDEX mail_by_id (sender=? AND id=?)";
    let by_place = "mail USING INTEGER PRIMARY KEY (rowid";
    let by_pair = "receipt USING PRIMARY KEY (sender=? AND recipient=?)";
    let by_version = "receipt USING INDEX receipt_by_version (sender=? AND version>?)";
    let by_name = "mailbox USING PRIMARY KEY (recipient=?)";
    for (sql, by) in [
        (read::AT, by_place),
        (read::TAIL, by_place),
        (read::TAIL_OF_PAIR, by_place),
        (read::RECEIPTS, by_version),
        (read::DELIVERED, by_pair),
        (read::BYTES_AT, by_place),
        (read::KEPT_IN_TAIL, by_place),
        (runs::FILED, "relay USING PRIMARY KEY (key=?)"),
        (runs::FIRST, "SEARCH mail"),
        (runs::UNFILED, by_place),
        (runs::REMOVE_RUNS, "run USING COVERING INDEX run_in_order (recipient=? AND until<?)"),
        (runs::RUNS, in_runs),
        (runs::PLACES, "run USING INTEGER PRIMARY KEY (rowid=?)"),
        (runs::RUNS_OF_PAIR, in_pairs_runs),
        (runs::LAST_RUNS, in_runs),
        (runs::LAST_RUNS_OF_PAIR, in_pairs_runs),
        (runs::LAST_IN_TAIL, by_place),
        (runs::LAST_OF_PAIR_IN_TAIL, by_place),
        (runs::OF_EACH_IN_TAIL, by_place),
        (write::STORED, by_id),
        (write::MARK, by_name),
        (write::IS_KNOWN, by_pair),
        (write::LAST, "SEARCH mail"),
        (write::OLDEST, by_place),
        (write::REMOVE_MAIL, by_place),
        (write::REMOVE_RECEIPT, by_pair),
        (write::REMOVE_MARK, by_name),
        (write::BASE, "relay USING PRIMARY KEY (key=?)"),
        // These search nothing but what conflicts, by a unique index.
        (write::APPEND, ""),
        (write::RAISE, ""),
        (write::SET_MARK, ""),
        (write::SET_BASE, ""),
        (runs::ADD_RUN, ""),
        (runs::SET_FILED, ""),
    ] {
        let plan = plan(&connection, sql);
        assert!(plan.contains(by), "{sql}\n{plan}");
        let is_short = plan.lines().all(|step| {
            step.starts_with("SEARCH") || step.contains("SUBQUERY") || step == "SCAN CONSTANT ROW"
        });
        assert!(is_short, "{sql}\n{plan}");
    }
}

/// How the library goes about a statement, a step a line.
fn plan(connection: &Connection, sql: &str) -> String {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    for parameter in 1..=statement.parameter_count() {
        statement.raw_bind_parameter(parameter, 1).unwrap();
    }
    let mut rows = statement.raw_query();
    let mut steps = Vec::<String>::new();
    while let Some(row) = rows.next().unwrap() {
        steps.push(row.get(3).unwrap());
    }
    steps.join("\n")
}
