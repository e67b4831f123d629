//! What is read, and how rows become values.

use bytestring::ByteString;
use duologue_protocol::identity::PublicKey;
use duologue_protocol::{Content, MessageId, Relation, Seq, UnixMillis, UserId};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use tracing::error;

use super::runs::{self, Index};
use crate::mailbox::{Kept, Mail, Page, Query, Receipt, fill};

pub(super) const AT: &str = "
    SELECT seq, recipient, sender, id, at, content, classic, relation FROM mail WHERE seq = ?1";

pub(super) const TAIL: &str = "
    SELECT seq, recipient, sender, id, at, content, classic, relation FROM mail
    WHERE seq > ?2 AND recipient = ?1 ORDER BY seq";

pub(super) const TAIL_OF_PAIR: &str = "
    SELECT seq, recipient, sender, id, at, content, classic, relation FROM mail
    WHERE seq > ?2 AND recipient = ?1 AND sender = ?3 ORDER BY seq";

pub(super) const RECEIPTS: &str = "
    SELECT sender, recipient, delivered, read, version FROM receipt
    WHERE sender = ?1 AND version > ?2 ORDER BY version LIMIT ?3";

pub(super) const DELIVERED: &str =
    "SELECT delivered FROM receipt WHERE sender = ?1 AND recipient = ?2";

pub(super) const CLAIMS: &str = "SELECT name, key FROM claim";

/// The lengths stand at the beginning of each row: what the messages say is not read.
pub(super) const BYTES_AT: &str = "
    SELECT total(octet_length(content)) + total(octet_length(classic))
        + total(octet_length(relation))
    FROM mail WHERE seq = ?1";

pub(super) const KEPT_IN_TAIL: &str = "
    SELECT count(*), total(octet_length(content)) + total(octet_length(classic))
        + total(octet_length(relation))
    FROM mail WHERE seq > ?2 AND recipient = ?1";

pub(super) fn kept(connection: &Connection, to: &UserId) -> rusqlite::Result<Kept> {
    let index = Index::of(connection)?;
    let mut runs = connection.prepare_cached(runs::RUNS)?;
    let mut bytes_at = connection.prepare_cached(BYTES_AT)?;
    let (to, start) = (to.as_str(), Seq::START);
    let mut tail = connection.prepare_cached(KEPT_IN_TAIL)?;
    let (count, bytes): (i64, f64) =
        tail.query_row(params![to, index.tail_after(start)], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut kept = Kept { count: count.unsigned_abs(), bytes: whole(bytes) };
    let rows = runs.query(params![to, number(start)])?;
    for place in index.places(rows, start) {
        kept.count += 1;
        kept.bytes += whole(bytes_at.query_row([place?], |row| row.get(0))?);
    }
    Ok(kept)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a sum of lengths")]
fn whole(bytes: f64) -> u64 {
    bytes as u64
}

pub(super) fn has_written(
    connection: &Connection,
    from: &UserId,
    to: &UserId,
) -> rusqlite::Result<bool> {
    let last = Index::of(connection)?.last(to.as_str(), Some(from.as_str()), Seq::MAX)?;
    Ok(last.is_some())
}

/// A page. There is no limit in the statements: rows are taken one by one until the page is full. All of it is read in one
/// transaction, since what is filed meanwhile is in two places otherwise, or in none.
pub(super) fn page(connection: &Connection, query: &Query) -> rusqlite::Result<Page> {
    let transaction = connection.unchecked_transaction()?;
    let index = Index::of(&transaction)?;
    let (to, after) = (query.to.as_str(), number(query.after));
    let tail_after = index.tail_after(query.after);
    let (of_runs, of_tail) = match query.from {
        Some(_) => (runs::RUNS_OF_PAIR, TAIL_OF_PAIR),
        None => (runs::RUNS, TAIL),
    };
    let mut of_runs = transaction.prepare_cached(of_runs)?;
    let mut of_tail = transaction.prepare_cached(of_tail)?;
    let (runs, tail) = match &query.from {
        Some(from) => (
            of_runs.query(params![to, after, from.as_str()])?,
            of_tail.query(params![to, tail_after, from.as_str()])?,
        ),
        None => (of_runs.query(params![to, after])?, of_tail.query(params![to, tail_after])?),
    };
    let mut at = transaction.prepare_cached(AT)?;
    let filed = index.places(runs, query.after).map(|place| {
        let found = at.query_row([place?], mail).optional();
        found.map(Option::flatten)
    });
    fill(filed.chain(tail.mapped(mail)).filter_map(Result::transpose))
}

pub(super) fn receipts(
    connection: &Connection,
    from: &UserId,
    after: Seq,
    at_most: usize,
) -> rusqlite::Result<Vec<Receipt>> {
    let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(RECEIPTS)?;
    let rows = statement.query_map(params![from.as_str(), number(after), at_most], receipt)?;
    rows.filter_map(Result::transpose).collect()
}

pub(super) fn delivered(
    connection: &Connection,
    to: &UserId,
    from: &UserId,
) -> rusqlite::Result<Seq> {
    let mut statement = connection.prepare_cached(DELIVERED)?;
    let found = statement.query_row([from.as_str(), to.as_str()], |row| seq(row, 0)).optional()?;
    Ok(found.unwrap_or(Seq::START))
}

pub(super) fn claims(connection: &Connection) -> rusqlite::Result<Vec<(UserId, PublicKey)>> {
    let mut statement = connection.prepare_cached(CLAIMS)?;
    let rows = statement.query_map([], |row| {
        let claim = user(row, 0).zip(row.get(1).ok().map(PublicKey::from_bytes));
        if claim.is_none() {
            error!("a claimed name can't be read and is left out");
        }
        Ok(claim)
    })?;
    rows.filter_map(Result::transpose).collect()
}

/// A place as the database keeps it.
pub(super) fn number(seq: Seq) -> i64 {
    seq.get().cast_signed()
}

/// A place in a row.
pub(super) fn seq(row: &Row<'_>, column: usize) -> rusqlite::Result<Seq> {
    let number = row.get(column)?;
    let seq = u64::try_from(number).ok().and_then(|number| Seq::new(number).ok());
    seq.ok_or(rusqlite::Error::IntegralValueOutOfRange(column, number))
}

/// A text in a row; `None` if it is none, by a bad spot of the disk.
pub(super) fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<String>> {
    Ok(row.get_ref(column)?.as_str().ok().map(str::to_owned))
}

/// A name in a row; `None` if it is none.
pub(super) fn user(row: &Row<'_>, column: usize) -> Option<UserId> {
    UserId::parse(row.get_ref(column).ok()?.as_str().ok()?).ok()
}

/// A receipt in a row; `None` if it is none.
pub(super) fn receipt(row: &Row<'_>) -> rusqlite::Result<Option<Receipt>> {
    let (delivered, read, version) = (seq(row, 2)?, seq(row, 3)?, seq(row, 4)?);
    let Some((from, to)) = user(row, 0).zip(user(row, 1)) else {
        error!(%version, "a stored receipt can't be read and is left out");
        return Ok(None);
    };
    Ok(Some(Receipt { from, to, delivered, read, version }))
}

/// A message in a row. One with a text that isn't one, by a bad spot of the disk, is left out: it would
/// hold up all mail behind it, and can't be delivered in any case.
fn mail(row: &Row<'_>) -> rusqlite::Result<Option<Mail>> {
    let seq = seq(row, 0)?;
    let mail = parse(row, seq);
    if mail.is_none() {
        error!(%seq, "a stored message can't be read and is left out");
    }
    Ok(mail)
}

fn parse(row: &Row<'_>, seq: Seq) -> Option<Mail> {
    let relation = match row.get_ref(7).ok()? {
        ValueRef::Null => None,
        relation => Some(Relation::read(relation.as_str().ok()?)?),
    };
    let content = match row.get_ref(5).ok()? {
        ValueRef::Null => None,
        content => Some(Content::parse(content.as_str().ok()?).ok()?.with(relation)),
    };
    let classic = match row.get_ref(6).ok()? {
        ValueRef::Null => None,
        classic => Some(ByteString::from(classic.as_str().ok()?)),
    };
    Some(Mail {
        seq,
        to: user(row, 1)?,
        from: user(row, 2)?,
        id: MessageId::parse(row.get_ref(3).ok()?.as_str().ok()?).ok()?,
        at: UnixMillis(row.get::<_, i64>(4).ok()?.try_into().ok()?),
        content,
        classic,
    })
}
