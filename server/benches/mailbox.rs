//! How many messages a second the mailboxes store durably, by the size of a commit, beside bare inserts
//! of the same rows into the same tables. The ratio is what counts: both run in turns, on the
//! same disk, and the disk's own speed is in both.
//!
//! `cargo bench --bench mailbox`, some twenty seconds. Run as a test it only shows that it works.

#![allow(clippy::unwrap_used, clippy::cast_precision_loss)]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use duologue_protocol::{Content, MessageId, Seq, UnixMillis, UserId};
use duologue_server::mailbox::{Entry, Mail, Mailbox as _, SqliteMailbox};
use rusqlite::{Connection, TransactionBehavior, params};
use tempfile::TempDir;

/// How many messages are in one commit, and how many commits are one measurement.
const SIZES: [(u64, u64); 5] = [(1, 50), (10, 30), (50, 20), (500, 6), (2_000, 2)];

/// How long each size is measured.
const TIME: Duration = Duration::from_secs(4);

/// How many measurements a size gets at the least.
const ROUNDS_MIN: usize = 5;

/// How many people write to each other.
const PEOPLE: u64 = 50;

fn main() {
    // `cargo test --benches` runs this without the flag.
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let time = if is_bench { TIME } else { Duration::ZERO };
    // Not the system's folder for such things, which may be in memory.
    let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    println!("messages a second, medians; on {}", folder.path().display());
    println!("| a commit | mailbox | bare SQLite | ratio | rounds |");
    println!("| -------: | ------: | ----------: | ----: | -----: |");
    for (size, commits) in SIZES {
        let mut pair = Pair::new(&folder.path().join(size.to_string()));
        let (mut ours, mut bare, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        let begin = Instant::now();
        while ratios.len() < ROUNDS_MIN || begin.elapsed() < time {
            let batches: Vec<_> = (0..commits).map(|_| pair.batch(size)).collect();
            let [a, b] = if ratios.len() % 2 == 0 {
                let ours = pair.ours(&batches);
                [ours, pair.bare(&batches)]
            } else {
                let bare = pair.bare(&batches);
                [pair.ours(&batches), bare]
            };
            let messages = (size * commits) as f64;
            ours.push(messages / a.as_secs_f64());
            bare.push(messages / b.as_secs_f64());
            ratios.push(b.as_secs_f64() / a.as_secs_f64());
        }
        println!(
            "| {size:>8} | {:>7.0} | {:>11.0} | {:>5.2} | {:>6} |",
            median(&mut ours),
            median(&mut bare),
            median(&mut ratios),
            ratios.len()
        );
    }
}

/// Two files that get the same rows.
struct Pair {
    mailbox: SqliteMailbox,
    connection: Connection,
    next: u64,
}

impl Pair {
    fn new(folder: &Path) -> Self {
        let bare = folder.join("bare");
        // Once opened and closed, for its tables.
        drop(SqliteMailbox::open(&bare).unwrap());
        let connection = Connection::open(bare.join("mail.sqlite3")).unwrap();
        // As in src/mailbox/sqlite/connection.rs.
        for (name, value) in [
            ("trusted_schema", "off"),
            ("cache_size", "-8192"),
            ("synchronous", "full"),
            ("wal_autocheckpoint", "1000"),
            ("journal_size_limit", "16777216"),
        ] {
            connection.pragma_update(None, name, value).unwrap();
        }
        let mailbox = SqliteMailbox::open(&folder.join("ours")).unwrap();
        Self { mailbox, connection, next: 1 }
    }

    fn batch(&mut self, size: u64) -> Vec<Entry> {
        let first = self.next;
        self.next += size;
        (first..self.next).map(|number| Entry::Append(Arc::new(mail(number)))).collect()
    }

    fn ours(&mut self, batches: &[Vec<Entry>]) -> Duration {
        let begin = Instant::now();
        for batch in batches {
            self.mailbox.write(batch).unwrap();
        }
        begin.elapsed()
    }

    fn bare(&mut self, batches: &[Vec<Entry>]) -> Duration {
        const INSERT: &str = "
            INSERT INTO mail (seq, recipient, sender, id, at, content, classic)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let begin = Instant::now();
        for batch in batches {
            let behavior = TransactionBehavior::Immediate;
            let transaction = self.connection.transaction_with_behavior(behavior).unwrap();
            let mut statement = transaction.prepare_cached(INSERT).unwrap();
            for entry in batch {
                let Entry::Append(mail) = entry else { continue };
                let row = params![
                    mail.seq.get().cast_signed(),
                    mail.to.as_str(),
                    mail.from.as_str(),
                    mail.id.as_str(),
                    mail.at.0.cast_signed(),
                    mail.content.as_ref().map(Content::as_str),
                    mail.classic.as_deref(),
                ];
                statement.execute(row).unwrap();
            }
            drop(statement);
            transaction.commit().unwrap();
        }
        begin.elapsed()
    }
}

fn mail(number: u64) -> Mail {
    let name = |n: u64| UserId::parse(format!("person {}", n % PEOPLE)).unwrap();
    // Ids are random: they come to all places of their index.
    let random = (u128::from(number) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    Mail {
        seq: Seq::new(number).unwrap(),
        from: name(number * 7),
        to: name(number),
        id: MessageId::from_random(random.to_le_bytes()),
        at: UnixMillis(1_800_000_000_000 + number),
        content: Some(
            Content::parse("A line of some eighty characters, as people write. ".repeat(2))
                .unwrap(),
        ),
        classic: None,
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
