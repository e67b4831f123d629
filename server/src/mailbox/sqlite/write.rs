//! What is written: a batch in one transaction, a step of expiry in another.

use std::collections::BTreeSet;

use duologue_protocol::{Content, Seq, UnixMillis, UserId};
use rusqlite::{
    CachedStatement, Connection, OptionalExtension as _, Transaction, TransactionBehavior, params,
};

use super::read::{number, receipt, seq, text};
use super::runs::{self, Index, Tail};
use crate::mailbox::{Entry, Mail, Receipt, Written, numbering};

pub(super) const APPEND: &str = "
    INSERT INTO mail (seq, recipient, sender, id, at, content, classic, relation)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    ON CONFLICT (sender, id) WHERE content IS NOT NULL DO NOTHING";

pub(super) const STORED: &str = "
    SELECT seq, at, recipient = ?3 AND content IS ?4 AND classic IS ?5 AND relation IS ?6
    FROM mail WHERE sender = ?1 AND id = ?2 AND content IS NOT NULL";

pub(super) const MARK: &str = "SELECT delivered FROM mailbox WHERE recipient = ?1";

pub(super) const SET_MARK: &str = "
    INSERT INTO mailbox (recipient, delivered) VALUES (?1, ?2)
    ON CONFLICT (recipient) DO UPDATE SET delivered = excluded.delivered";

/// Takes a receipt up to these places, never back; no row comes out if it was there.
pub(super) const RAISE: &str = "
    INSERT INTO receipt (sender, recipient, delivered, read, version)
    VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT (sender, recipient) DO UPDATE SET
        delivered = max(delivered, excluded.delivered),
        read = max(read, excluded.read),
        version = excluded.version
    WHERE excluded.delivered > delivered OR excluded.read > read
    RETURNING sender, recipient, delivered, read, version";

pub(super) const IS_KNOWN: &str =
    "SELECT EXISTS (SELECT 1 FROM receipt WHERE sender = ?1 AND recipient = ?2)";

pub(super) const LAST: &str = "SELECT max(seq) FROM mail";

pub(super) const OLDEST: &str =
    "SELECT seq, at, recipient, sender FROM mail WHERE seq < ?1 ORDER BY seq LIMIT ?2";

pub(super) const REMOVE_MAIL: &str = "DELETE FROM mail WHERE seq = ?1";

pub(super) const REMOVE_RECEIPT: &str =
    "DELETE FROM receipt WHERE sender = ?1 AND recipient = ?2 AND delivered = ?3";

pub(super) const REMOVE_MARK: &str = "DELETE FROM mailbox WHERE recipient = ?1";

pub(super) const CLAIM: &str =
    "INSERT INTO claim (name, key) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING";

pub(super) const BASE: &str = "SELECT value FROM relay WHERE key = 'first seq'";

pub(super) const SET_BASE: &str = "
    INSERT INTO relay (key, value) VALUES ('first seq', ?1)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value";

/// Writes a batch, all of it or nothing, and files the tail when that is long.
pub(super) fn batch(
    connection: &mut Connection,
    batch: &[Entry],
    tail: &mut Tail,
) -> rusqlite::Result<Vec<Written>> {
    let transaction = begin(connection)?;
    let mut written = Vec::with_capacity(batch.len());
    let mut grown = *tail;
    // Prepared once a batch: looking it up in the cache takes longer than binding it.
    let mut append = transaction.prepare_cached(APPEND)?;
    for entry in batch {
        if grown.is_long_to_search()
            && matches!(entry, Entry::Delivered { .. } | Entry::Read { .. })
        {
            grown.file(&transaction)?;
        }
        written.push(match entry {
            Entry::Append(mail) => {
                grown.grow();
                self::append(&transaction, &mut append, mail)?
            }
            Entry::Look(mail) => look(&transaction, mail)?.unwrap_or(Written::Absent),
            Entry::Delivered { to, from: Some(from), up_to, version } => {
                let last =
                    Index::of(&transaction)?.last(to.as_str(), Some(from.as_str()), *up_to)?;
                let receipt = match last {
                    Some(seq) => {
                        raise(&transaction, from.as_str(), to, [seq, Seq::START], *version)?
                    }
                    None => None,
                };
                Written::Receipts(receipt.into_iter().collect())
            }
            Entry::Delivered { to, from: None, up_to, version } => {
                Written::Receipts(all_delivered(&transaction, to, *up_to, *version)?)
            }
            Entry::Read { to, from, up_to, version } => {
                read(&transaction, to, from, *up_to, *version)?
            }
            Entry::Claim { name, key } => {
                let row = params![name.as_str(), key.as_bytes()];
                transaction.prepare_cached(CLAIM)?.execute(row)?;
                Written::Claimed
            }
        });
    }
    drop(append);
    if grown.is_long() {
        grown.file(&transaction)?;
    }
    transaction.commit()?;
    *tail = grown;
    Ok(written)
}

/// Removes the oldest messages, and with each the receipt that stands at it.
pub(super) fn expire(
    connection: &mut Connection,
    before: UnixMillis,
    at_most: usize,
    tail: &mut Tail,
) -> rusqlite::Result<usize> {
    let transaction = begin(connection)?;
    let mut filed = *tail;
    if filed.is_long_to_search() {
        filed.file(&transaction)?;
    }
    let last: Option<i64> = transaction.prepare_cached(LAST)?.query_row([], |row| row.get(0))?;
    let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
    let mut removed = 0;
    {
        let mut emptied = BTreeSet::new();
        let mut oldest = transaction.prepare_cached(OLDEST)?;
        let mut remove_mail = transaction.prepare_cached(REMOVE_MAIL)?;
        let mut remove_receipt = transaction.prepare_cached(REMOVE_RECEIPT)?;
        let mut remove_mark = transaction.prepare_cached(REMOVE_MARK)?;
        let oldest: Vec<(i64, i64, Option<String>, Option<String>)> = oldest
            .query_map(params![last, at_most], |row| {
                Ok((row.get(0)?, row.get(1)?, text(row, 2)?, text(row, 3)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        let expired = oldest.iter().take_while(|(_, at, ..)| *at < millis(before));
        for (seq, _, recipient, sender) in expired {
            remove_mail.execute([seq])?;
            removed += 1;
            let Some((sender, recipient)) = sender.as_ref().zip(recipient.as_ref()) else {
                continue;
            };
            remove_receipt.execute(params![sender, recipient, seq])?;
            emptied.insert(recipient);
        }
        for recipient in emptied {
            runs::forget(&transaction, recipient)?;
            if Index::of(&transaction)?.last(recipient, None, Seq::MAX)?.is_none() {
                remove_mark.execute([recipient])?;
            }
        }
    }
    transaction.commit()?;
    *tail = filed;
    Ok(removed)
}

/// Files the tail, where it is too long to be searched.
pub(super) fn file(connection: &mut Connection, tail: &mut Tail) -> rusqlite::Result<()> {
    if !tail.is_long_to_search() {
        return Ok(());
    }
    let transaction = begin(connection)?;
    let mut filed = *tail;
    filed.file(&transaction)?;
    transaction.commit()?;
    *tail = filed;
    Ok(())
}

pub(super) fn first_seq(connection: &mut Connection, now: UnixMillis) -> rusqlite::Result<Seq> {
    let transaction = begin(connection)?;
    let last = transaction.query_row(LAST, [], |row| optional_seq(row, 0))?;
    let base = transaction.query_row(BASE, [], |row| seq(row, 0)).optional()?;
    let first = numbering::first_seq(last.unwrap_or(Seq::START), base.unwrap_or(Seq::START), now);
    transaction.execute(SET_BASE, [number(first)])?;
    transaction.commit()?;
    Ok(first)
}

/// At once with the right to write: a transaction that asks for it later may be refused half done.
fn begin(connection: &mut Connection) -> rusqlite::Result<Transaction<'_>> {
    connection.transaction_with_behavior(TransactionBehavior::Immediate)
}

fn append(
    transaction: &Transaction<'_>,
    statement: &mut CachedStatement<'_>,
    mail: &Mail,
) -> rusqlite::Result<Written> {
    let (to, from, id) = (mail.to.as_str(), mail.from.as_str(), mail.id.as_str());
    let content = mail.content.as_ref().map(Content::as_str);
    let classic = mail.classic.as_deref();
    let relation = relation(mail);
    let row = params![number(mail.seq), to, from, id, millis(mail.at), content, classic, relation];
    if statement.execute(row)? == 1 {
        return Ok(Written::New);
    }
    look(transaction, mail)?.ok_or(rusqlite::Error::QueryReturnedNoRows)
}

/// What becomes of a message whose id is known.
fn look(transaction: &Transaction<'_>, mail: &Mail) -> rusqlite::Result<Option<Written>> {
    let (to, from, id) = (mail.to.as_str(), mail.from.as_str(), mail.id.as_str());
    let content = mail.content.as_ref().map(Content::as_str);
    let mut stored = transaction.prepare_cached(STORED)?;
    let row = params![from, id, to, content, mail.classic.as_deref(), relation(mail)];
    let written = stored.query_row(row, |row| {
        let at = UnixMillis(u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0));
        let is_same: bool = row.get(2)?;
        Ok(if is_same { Written::Repeat { seq: seq(row, 0)?, at } } else { Written::IdReused })
    });
    written.optional()
}

fn relation(mail: &Mail) -> Option<String> {
    mail.content.as_ref()?.relation().map(ToString::to_string)
}

fn all_delivered(
    transaction: &Transaction<'_>,
    to: &UserId,
    up_to: Seq,
    version: Seq,
) -> rusqlite::Result<Vec<Receipt>> {
    let index = Index::of(transaction)?;
    let last = index.last(to.as_str(), None, up_to)?;
    // What nobody wrote can't be delivered: the mark must not run ahead of the mail.
    let Some(last) = last else { return Ok(Vec::new()) };
    let mut mark = transaction.prepare_cached(MARK)?;
    let mark = mark.query_row([to.as_str()], |row| seq(row, 0)).optional()?;
    let mark = mark.unwrap_or(Seq::START);
    if last <= mark {
        return Ok(Vec::new());
    }
    transaction.prepare_cached(SET_MARK)?.execute(params![to.as_str(), number(last)])?;
    let mut receipts = Vec::new();
    for (from, reached) in index.last_of_each(to.as_str(), mark, last)? {
        let reached = [reached, Seq::START];
        receipts.extend(raise(transaction, from.as_str(), to, reached, version)?);
    }
    Ok(receipts)
}

fn read(
    transaction: &Transaction<'_>,
    to: &UserId,
    from: &UserId,
    up_to: Seq,
    version: Seq,
) -> rusqlite::Result<Written> {
    if let Some(seq) = Index::of(transaction)?.last(to.as_str(), Some(from.as_str()), up_to)? {
        let receipt = raise(transaction, from.as_str(), to, [seq, seq], version)?;
        return Ok(Written::Receipts(receipt.into_iter().collect()));
    }
    let mut is_known = transaction.prepare_cached(IS_KNOWN)?;
    let is_known = is_known.query_row([from.as_str(), to.as_str()], |row| row.get(0))?;
    Ok(if is_known { Written::Receipts(Vec::new()) } else { Written::UnknownPeer })
}

/// Takes a receipt up to where mail was delivered and read. Returns it if it changed.
fn raise(
    transaction: &Transaction<'_>,
    from: &str,
    to: &UserId,
    [delivered, read]: [Seq; 2],
    version: Seq,
) -> rusqlite::Result<Option<Receipt>> {
    let mut statement = transaction.prepare_cached(RAISE)?;
    let (delivered, read, version) = (number(delivered), number(read), number(version));
    let row = params![from, to.as_str(), delivered, read, version];
    Ok(statement.query_row(row, receipt).optional()?.flatten())
}

fn optional_seq(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Option<Seq>> {
    row.get::<_, Option<i64>>(column)?.map(|_| seq(row, column)).transpose()
}

/// A time as the database keeps it.
fn millis(at: UnixMillis) -> i64 {
    i64::try_from(at.0).unwrap_or(i64::MAX)
}
