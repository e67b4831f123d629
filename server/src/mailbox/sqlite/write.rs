//! What is written: a batch in one transaction, a step of expiry in another.

use duologue_protocol::{Content, Seq, UnixMillis, UserId};
use rusqlite::{
    CachedStatement, Connection, OptionalExtension as _, Transaction, TransactionBehavior, params,
};

use super::read::{number, receipt, seq, user};
use crate::mailbox::{Entry, Mail, Receipt, Written, numbering};

pub(super) const APPEND: &str = "
    INSERT INTO mail (seq, recipient, sender, id, at, content, classic, relation)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    ON CONFLICT (sender, id) WHERE content IS NOT NULL DO NOTHING";

pub(super) const STORED: &str = "
    SELECT seq, at, recipient = ?3 AND content IS ?4 AND classic IS ?5 AND relation IS ?6
    FROM mail WHERE sender = ?1 AND id = ?2 AND content IS NOT NULL";

pub(super) const LAST_OF_PAIR: &str =
    "SELECT max(seq) FROM mail WHERE recipient = ?1 AND sender = ?2 AND seq <= ?3";

pub(super) const LAST_OF_MAILBOX: &str =
    "SELECT max(seq) FROM mail WHERE recipient = ?1 AND seq <= ?2";

pub(super) const MARK: &str = "SELECT delivered FROM mailbox WHERE recipient = ?1";

pub(super) const SET_MARK: &str = "
    INSERT INTO mailbox (recipient, delivered) VALUES (?1, ?2)
    ON CONFLICT (recipient) DO UPDATE SET delivered = excluded.delivered";

/// By the index in the order of places: the other one, to which statistics that somebody makes could
/// lead, reads the whole mailbox.
pub(super) const LAST_OF_EACH: &str = "
    SELECT sender, max(seq) FROM mail INDEXED BY mail_of_recipient
    WHERE recipient = ?1 AND seq > ?2 AND seq <= ?3 GROUP BY sender ORDER BY sender";

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

pub(super) const REMOVE_MARK: &str = "
    DELETE FROM mailbox WHERE recipient = ?1
    AND NOT EXISTS (SELECT 1 FROM mail WHERE recipient = ?1)";

pub(super) const CLAIM: &str =
    "INSERT INTO claim (name, key) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING";

pub(super) const BASE: &str = "SELECT value FROM relay WHERE key = 'first seq'";

pub(super) const SET_BASE: &str = "
    INSERT INTO relay (key, value) VALUES ('first seq', ?1)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value";

/// Writes a batch, all of it or nothing.
pub(super) fn batch(
    connection: &mut Connection,
    batch: &[Entry],
) -> rusqlite::Result<Vec<Written>> {
    let transaction = begin(connection)?;
    let mut written = Vec::with_capacity(batch.len());
    // Prepared once a batch: looking it up in the cache takes longer than binding it.
    let mut append = transaction.prepare_cached(APPEND)?;
    for entry in batch {
        written.push(match entry {
            Entry::Append(mail) => self::append(&transaction, &mut append, mail)?,
            Entry::Look(mail) => look(&transaction, mail)?.unwrap_or(Written::Absent),
            Entry::Delivered { to, from: Some(from), up_to, version } => {
                let receipt = match last_of_pair(&transaction, to, from, *up_to)? {
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
    transaction.commit()?;
    Ok(written)
}

/// Removes the oldest messages, and with each the receipt that stands at it.
pub(super) fn expire(
    connection: &mut Connection,
    before: UnixMillis,
    at_most: usize,
) -> rusqlite::Result<usize> {
    let transaction = begin(connection)?;
    let last: Option<i64> = transaction.prepare_cached(LAST)?.query_row([], |row| row.get(0))?;
    let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
    let mut removed = 0;
    {
        let mut oldest = transaction.prepare_cached(OLDEST)?;
        let mut remove_mail = transaction.prepare_cached(REMOVE_MAIL)?;
        let mut remove_receipt = transaction.prepare_cached(REMOVE_RECEIPT)?;
        let mut remove_mark = transaction.prepare_cached(REMOVE_MARK)?;
        let oldest: Vec<(i64, i64, String, String)> = oldest
            .query_map(params![last, at_most], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        let expired = oldest.iter().take_while(|(_, at, ..)| *at < millis(before));
        for (seq, _, recipient, sender) in expired {
            remove_mail.execute([seq])?;
            remove_receipt.execute(params![sender, recipient, seq])?;
            remove_mark.execute([recipient])?;
            removed += 1;
        }
    }
    transaction.commit()?;
    Ok(removed)
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
    let mut last = transaction.prepare_cached(LAST_OF_MAILBOX)?;
    let last = last.query_row(params![to.as_str(), number(up_to)], |row| optional_seq(row, 0))?;
    // What nobody wrote can't be delivered: the mark must not run ahead of the mail.
    let Some(last) = last else { return Ok(Vec::new()) };
    let mut mark = transaction.prepare_cached(MARK)?;
    let mark = mark.query_row([to.as_str()], |row| seq(row, 0)).optional()?;
    let mark = mark.unwrap_or(Seq::START);
    if last <= mark {
        return Ok(Vec::new());
    }
    transaction.prepare_cached(SET_MARK)?.execute(params![to.as_str(), number(last)])?;
    let mut each = transaction.prepare_cached(LAST_OF_EACH)?;
    let mut rows = each.query(params![to.as_str(), number(mark), number(last)])?;
    let mut receipts = Vec::new();
    while let Some(row) = rows.next()? {
        let Some(from) = user(row, 0) else { continue };
        let reached = [seq(row, 1)?, Seq::START];
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
    if let Some(seq) = last_of_pair(transaction, to, from, up_to)? {
        let receipt = raise(transaction, from.as_str(), to, [seq, seq], version)?;
        return Ok(Written::Receipts(receipt.into_iter().collect()));
    }
    let mut is_known = transaction.prepare_cached(IS_KNOWN)?;
    let is_known = is_known.query_row([from.as_str(), to.as_str()], |row| row.get(0))?;
    Ok(if is_known { Written::Receipts(Vec::new()) } else { Written::UnknownPeer })
}

/// The place of the last message of a pair, up to a place.
fn last_of_pair(
    transaction: &Transaction<'_>,
    to: &UserId,
    from: &UserId,
    up_to: Seq,
) -> rusqlite::Result<Option<Seq>> {
    let mut statement = transaction.prepare_cached(LAST_OF_PAIR)?;
    let pair = params![to.as_str(), from.as_str(), number(up_to)];
    statement.query_row(pair, |row| optional_seq(row, 0))
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
