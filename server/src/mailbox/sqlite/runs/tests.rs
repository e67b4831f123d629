//! Whatever is done, and whatever of it is filed, is found as in memory.

use std::path::Path;

use duologue_protocol::UnixMillis;
use rusqlite::Connection;
use tempfile::tempdir;

use super::*;
use crate::mailbox::contract::{append, delivered, mail, places, query, read, read_all, store};
use crate::mailbox::sqlite::{FILE, SqliteMailbox, schema};
use crate::mailbox::{Entry, Mailbox, MemoryMailbox};

const NAMES: [&str; 4] = ["ann", "bob", "cas", "dan"];

/// As random as these tests need it (a linear congruence, its upper half).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn name(&mut self) -> &'static str {
        NAMES[usize::try_from(self.below(4)).unwrap()]
    }

    fn pair(&mut self) -> [&'static str; 2] {
        let first = self.name();
        loop {
            let second = self.name();
            if second != first {
                return [first, second];
            }
        }
    }

    /// Some entries, of which the messages begin at a place.
    fn batch(&mut self, next: &mut u64) -> Vec<Entry> {
        let count = 1 + self.below(8);
        let entries = (0..count).map(|_| {
            let [from, to] = self.pair();
            let up_to = next.saturating_sub(1 + self.below(20)).max(1);
            let up_to = if self.below(2) == 0 { *next - 1 } else { up_to };
            // Versions rise with places here, which is no matter.
            *next += 1 + self.below(3);
            match self.below(8) {
                0 => delivered(to, None, up_to, *next),
                1 => delivered(to, Some(from), up_to, *next),
                2 => read(to, from, up_to, *next),
                _ => append(mail(*next, from, to)),
            }
        });
        entries.collect()
    }
}

fn same(file: &mut dyn Mailbox, memory: &mut dyn Mailbox, random: &mut Random, next: u64) {
    let (mut of_file, mut of_memory) = (file.reader().unwrap(), memory.reader().unwrap());
    let after = random.below(next);
    for to in NAMES {
        for from in [None].into_iter().chain(NAMES.map(Some)) {
            for after in [0, after] {
                let asked = query(to, from, after);
                let found = places(&read_all(&mut *of_file, asked.clone()));
                assert_eq!(
                    found,
                    places(&read_all(&mut *of_memory, asked)),
                    "{to} {from:?} {after}"
                );
            }
            let Some(from) = from else { continue };
            let [from, to] = [from, to].map(|name| UserId::parse(name).unwrap());
            assert_eq!(file.has_written(&from, &to), memory.has_written(&from, &to));
            assert_eq!(of_file.delivered(&to, &from), of_memory.delivered(&to, &from));
        }
        let to = UserId::parse(to).unwrap();
        assert_eq!(file.kept(&to), memory.kept(&to));
    }
}

#[test]
fn what_is_filed_now_and_then_is_found_as_in_memory() {
    for seed in 1..=6 {
        let folder = tempdir().unwrap();
        let mut random = Random(seed);
        let tail_max = usize::try_from(2 + random.below(30)).unwrap();
        let mut file = SqliteMailbox::filing(folder.path(), tail_max);
        let mut memory = MemoryMailbox::default();
        let mut next = 1;
        for step in 0..150 {
            let batch = random.batch(&mut next);
            let outcome = file.write(&batch);
            assert_eq!(outcome, memory.write(&batch), "seed {seed}, step {step}: {batch:?}");
            match random.below(12) {
                0 => {
                    let before = UnixMillis(1_000 * next.saturating_sub(random.below(150)));
                    let at_most = usize::try_from(random.below(40)).unwrap();
                    let removed = file.expire(before, at_most);
                    assert_eq!(removed, memory.expire(before, at_most), "seed {seed}, step {step}");
                }
                1 => {
                    drop(file);
                    file = SqliteMailbox::filing(folder.path(), tail_max);
                }
                2 | 3 => same(&mut file, &mut memory, &mut random, next),
                _ => {}
            }
        }
        same(&mut file, &mut memory, &mut random, next);
    }
}

fn counted(folder: &Path, what: &str) -> i64 {
    let connection = Connection::open(folder.join(FILE)).unwrap();
    connection.query_row(&format!("SELECT {what}"), [], |row| row.get(0)).unwrap()
}

#[test]
fn a_run_has_what_one_person_wrote_to_another_and_there_are_few() {
    let folder = tempdir().unwrap();
    let mut mailbox = SqliteMailbox::open(folder.path()).unwrap();
    let max = u64::try_from(TAIL_MAX).unwrap();
    store(&mut mailbox, (1..max).map(|n| mail(n, NAMES[usize::try_from(n % 2).unwrap()], "cas")));
    assert_eq!(counted(folder.path(), "count(*) FROM run"), 0);
    store(&mut mailbox, [mail(max, "ann", "cas")]);
    store(&mut mailbox, [mail(max + 1, "ann", "cas")]);
    assert_eq!(counted(folder.path(), "count(*) FROM run"), 2);
    assert_eq!(counted(folder.path(), "sum(length(places)) FROM run"), 8 * max.cast_signed());
    // A start files the rest.
    drop(mailbox);
    drop(SqliteMailbox::open(folder.path()).unwrap());
    assert_eq!(counted(folder.path(), "count(*) FROM run"), 3);
}

#[test]
fn what_expired_leaves_no_run_behind() {
    let folder = tempdir().unwrap();
    let mut mailbox = SqliteMailbox::filing(folder.path(), 4);
    for first in [1, 5, 9] {
        store(&mut mailbox, (first..first + 4).map(|n| mail(n, "ann", "bob")));
    }
    for (removed, left) in [(3, 3), (1, 2), (5, 1), (2, 1), (0, 1)] {
        assert_eq!(mailbox.expire(UnixMillis(u64::MAX), removed.max(1)), Ok(removed));
        assert_eq!(counted(folder.path(), "count(*) FROM run"), left, "{removed}");
    }
}

#[test]
fn what_expired_leaves_no_run_behind_that_was_filed_with_others() {
    let folder = tempdir().unwrap();
    let mut mailbox = SqliteMailbox::filing(folder.path(), 4);
    store(&mut mailbox, [mail(1, "ann", "bob"), mail(2, "ann", "cas"), mail(3, "ann", "cas")]);
    store(&mut mailbox, [mail(4, "ann", "cas")]);
    // Nobody writes to bob any more, whose run was filed with what stays.
    for left in [1, 1, 1] {
        assert_eq!(mailbox.expire(UnixMillis(u64::MAX), 1), Ok(1));
        assert_eq!(counted(folder.path(), "count(*) FROM run"), left);
    }
}

#[test]
fn a_file_from_before_there_were_runs_is_read_as_it_was() {
    let folder = tempdir().unwrap();
    let many = 2 * RUN_MAX + 5;
    {
        let mut connection = Connection::open(folder.path().join(FILE)).unwrap();
        schema::migrate_to(&mut connection, 4).unwrap();
        let row = "INSERT INTO mail (seq, recipient, sender, id, at, content)
                   VALUES (?1, 'bob', ?2, ?1, ?1, 'words')";
        let transaction = connection.transaction().unwrap();
        for n in 1..=many {
            let from = NAMES[usize::try_from(2 * (n % 2)).unwrap()];
            transaction.execute(row, params![n, from]).unwrap();
        }
        transaction.commit().unwrap();
    }
    let mut mailbox = SqliteMailbox::open(folder.path()).unwrap();
    let mut reader = mailbox.reader().unwrap();
    let all = places(&read_all(&mut *reader, query("bob", None, 0)));
    assert_eq!(all, (1..=many.cast_unsigned()).collect::<Vec<_>>());
    let of_ann = places(&read_all(&mut *reader, query("bob", Some("ann"), 0)));
    assert_eq!(of_ann.len(), usize::try_from(RUN_MAX + 2).unwrap());
    assert_eq!(mailbox.kept(&UserId::parse("bob").unwrap()).unwrap().count, many.cast_unsigned());
    assert_eq!(counted(folder.path(), "count(*) FROM run"), 6);
}

#[test]
fn a_run_with_half_a_place_is_damage() {
    let folder = tempdir().unwrap();
    let mut mailbox = SqliteMailbox::filing(folder.path(), 1);
    store(&mut mailbox, [mail(1, "ann", "bob")]);
    let other = Connection::open(folder.path().join(FILE)).unwrap();
    other.execute("UPDATE run SET places = x'0102'", []).unwrap();
    let error = mailbox.reader().unwrap().page(&query("bob", None, 0)).unwrap_err();
    assert_eq!(error.reason, "the relay's database is damaged");
}

#[test]
fn a_message_whose_names_have_a_bad_spot_holds_up_no_other() {
    let folder = tempdir().unwrap();
    let mut mailbox = SqliteMailbox::open(folder.path()).unwrap();
    store(&mut mailbox, (1..=4).map(|n| mail(n, "ann", "bob")));
    let other = Connection::open(folder.path().join(FILE)).unwrap();
    for (column, place) in [("sender", 2), ("recipient", 4)] {
        let spoil = format!("UPDATE mail SET {column} = CAST(x'ff' AS TEXT) WHERE seq = {place}");
        other.execute(&spoil, []).unwrap();
    }
    drop((mailbox, other));
    let mut mailbox = SqliteMailbox::filing(folder.path(), 1);
    store(&mut mailbox, [mail(5, "ann", "bob")]);
    let mut reader = mailbox.reader().unwrap();
    assert_eq!(places(&read_all(&mut *reader, query("bob", None, 0))), [1, 3, 5]);
    assert_eq!(mailbox.expire(UnixMillis(u64::MAX), 9), Ok(4));
}
