//! Where in the file whose mail is.
//!
//! `mail` is in the order of places alone, so that storing is appending. An index with an entry a message would cost more
//! than the message: each entry goes to another page, and each commit writes those pages anew. So the index is made of
//! runs: now and then the places of the latest messages are filed, one row for all that one person wrote to another. What
//! was not filed yet is the tail, which is short enough to be looked through.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::vec;

use duologue_protocol::{Seq, UserId};
use rusqlite::types::{FromSqlError, FromSqlResult, Type, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, Row, Rows, params};
use tracing::error;

use super::read::{number, seq, text, user};

/// How many messages the tail has when it is filed: to look through these takes a tenth of a millisecond, and the rows of
/// a run are few beside them.
const TAIL_MAX: usize = 1_024;

/// The same before something is searched: whoever asks much has the tail filed, and not looked through each time.
const SEARCHED_MAX: usize = 64;

/// How many messages are filed together at the most, all of whose places may be in memory at once: more than a commit
/// has, and fewer only at a relay's start.
const RUN_MAX: i64 = 4_096;

pub(super) const FILED: &str = "SELECT value FROM relay WHERE key = 'filed'";

pub(super) const SET_FILED: &str = "
    INSERT INTO relay (key, value) VALUES ('filed', ?1)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value";

pub(super) const FIRST: &str = "SELECT min(seq) FROM mail";

pub(super) const UNFILED: &str =
    "SELECT recipient, sender, seq FROM mail WHERE seq > ?1 ORDER BY seq LIMIT ?2";

pub(super) const ADD_RUN: &str =
    "INSERT INTO run (recipient, until, sender, last, places) VALUES (?1, ?2, ?3, ?4, ?5)";

pub(super) const PLACES: &str = "SELECT places FROM run WHERE rowid = ?1";

/// Of which all places are before one. That one may stand in a group with them.
pub(super) const REMOVE_RUNS: &str = "
    DELETE FROM run
    WHERE recipient = ?1 AND last < ?2 AND until <= coalesce(
        (SELECT min(until) FROM run WHERE recipient = ?1 AND until >= ?2), ?2)";

pub(super) const RUNS: &str = "
    SELECT rowid, until, sender, last FROM run
    WHERE recipient = ?1 AND until > ?2 ORDER BY until";

pub(super) const RUNS_OF_PAIR: &str = "
    SELECT rowid, until, sender, last FROM run INDEXED BY run_of_pair
    WHERE recipient = ?1 AND sender = ?3 AND until > ?2 ORDER BY until";

/// From what was filed with a place on, backwards.
pub(super) const LAST_RUNS: &str = "
    SELECT rowid, until, sender, last FROM run
    WHERE recipient = ?1 AND until <= coalesce(
        (SELECT min(until) FROM run WHERE recipient = ?1 AND until >= ?2), ?2)
    ORDER BY until DESC";

pub(super) const LAST_RUNS_OF_PAIR: &str = "
    SELECT rowid, until, sender, last FROM run INDEXED BY run_of_pair
    WHERE recipient = ?1 AND sender = ?3 AND until <= coalesce(
        (SELECT min(until) FROM run WHERE recipient = ?1 AND until >= ?2), ?2)
    ORDER BY until DESC";

pub(super) const LAST_IN_TAIL: &str = "
    SELECT seq FROM mail
    WHERE seq > ?2 AND seq <= ?3 AND recipient = ?1 ORDER BY seq DESC LIMIT 1";

pub(super) const LAST_OF_PAIR_IN_TAIL: &str = "
    SELECT seq FROM mail
    WHERE seq > ?2 AND seq <= ?3 AND recipient = ?1 AND sender = ?4 ORDER BY seq DESC LIMIT 1";

pub(super) const OF_EACH_IN_TAIL: &str =
    "SELECT sender, seq FROM mail WHERE seq > ?2 AND seq <= ?3 AND recipient = ?1 ORDER BY seq";

/// How much is not filed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tail {
    /// At most so many messages, unless nothing could be written.
    unfiled: usize,
    max: usize,
}

/// The index, as it is in one transaction.
#[derive(Debug)]
pub(super) struct Index<'c> {
    connection: &'c Connection,
    /// The last place that was filed.
    filed: i64,
    /// The first place that is kept. Runs know of earlier ones until all of theirs are gone.
    first: i64,
}

/// A row of the index.
struct Run {
    id: i64,
    /// The last place that was filed with it, whoever's.
    until: i64,
    sender: Option<UserId>,
    /// Its own last place.
    last: i64,
}

/// The places in runs, in their order.
pub(super) struct Places<'s> {
    connection: &'s Connection,
    rows: Rows<'s>,
    first: i64,
    /// The first run of the next group.
    ahead: Option<Run>,
    /// What was filed at one time: its senders wrote in turns.
    group: vec::IntoIter<i64>,
}

impl Default for Tail {
    /// That of a file of which nobody knows.
    fn default() -> Self {
        Self { unfiled: TAIL_MAX, max: TAIL_MAX }
    }
}

impl Tail {
    /// One that is empty, and is filed when it has so many messages.
    #[cfg(test)]
    pub(super) fn of(max: usize) -> Self {
        Self { unfiled: 0, max }
    }

    /// One more message.
    pub(super) fn grow(&mut self) {
        self.unfiled += 1;
    }

    pub(super) fn is_long(&self) -> bool {
        self.unfiled >= self.max
    }

    /// Whether it is to be filed before something is searched.
    pub(super) fn is_long_to_search(&self) -> bool {
        self.unfiled >= self.max.min(SEARCHED_MAX)
    }

    /// Files it. Within a transaction; if that fails, it is what it was before.
    pub(super) fn file(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        file(connection)?;
        self.unfiled = 0;
        Ok(())
    }
}

/// Files the tail. Within a transaction.
pub(super) fn file(connection: &Connection) -> rusqlite::Result<()> {
    let mut unfiled = connection.prepare_cached(UNFILED)?;
    let mut add = connection.prepare_cached(ADD_RUN)?;
    let mut filed = filed(connection)?;
    loop {
        let mut runs = BTreeMap::<(String, String), (i64, Vec<u8>)>::new();
        let mut until = None;
        let mut rows = unfiled.query([filed, RUN_MAX])?;
        while let Some(row) = rows.next()? {
            let place: i64 = row.get(2)?;
            until = Some(place);
            // It is left out, and would hold up all that comes after it.
            let Some(pair) = text(row, 0)?.zip(text(row, 1)?) else {
                error!(place, "a stored message has no names that can be read and is left out");
                continue;
            };
            let (last, places) = runs.entry(pair).or_default();
            *last = place;
            places.extend_from_slice(&place.to_le_bytes());
        }
        let Some(until) = until else { return Ok(()) };
        for ((recipient, sender), (last, places)) in runs {
            add.execute(params![recipient, until, sender, last, places])?;
        }
        connection.prepare_cached(SET_FILED)?.execute([until])?;
        filed = until;
    }
}

/// Removes what the index has of a mailbox from before its first message.
pub(super) fn forget(connection: &Connection, recipient: &str) -> rusqlite::Result<()> {
    let first = first(connection)?;
    connection.prepare_cached(REMOVE_RUNS)?.execute(params![recipient, first])?;
    Ok(())
}

impl<'c> Index<'c> {
    pub(super) fn of(connection: &'c Connection) -> rusqlite::Result<Self> {
        let (filed, first) = (filed(connection)?, first(connection)?);
        Ok(Self { connection, filed, first })
    }

    /// From where on a mailbox's messages are in the tail alone, given after which they are looked for.
    pub(super) fn tail_after(&self, after: Seq) -> i64 {
        self.filed.max(number(after))
    }

    /// The places in runs that `query` finds, which is [`RUNS`] or [`RUNS_OF_PAIR`], after a place.
    pub(super) fn places<'s>(&self, rows: Rows<'s>, after: Seq) -> Places<'s>
    where
        'c: 's,
    {
        let first = self.first.max(number(after).saturating_add(1));
        let (connection, group) = (self.connection, Vec::new().into_iter());
        Places { connection, rows, first, ahead: None, group }
    }

    /// The last place of a mailbox, or of a sender's part of it, up to one.
    pub(super) fn last(
        &self,
        to: &str,
        from: Option<&str>,
        up_to: Seq,
    ) -> rusqlite::Result<Option<Seq>> {
        let (filed, up_to) = (self.filed, number(up_to));
        let in_tail = match from {
            Some(from) => self
                .connection
                .prepare_cached(LAST_OF_PAIR_IN_TAIL)?
                .query_row(params![to, filed, up_to, from], |row| seq(row, 0)),
            None => self
                .connection
                .prepare_cached(LAST_IN_TAIL)?
                .query_row(params![to, filed, up_to], |row| seq(row, 0)),
        };
        if let Some(place) = in_tail.optional()? {
            return Ok(Some(place));
        }
        let sql = if from.is_some() { LAST_RUNS_OF_PAIR } else { LAST_RUNS };
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = match from {
            Some(from) => statement.query(params![to, up_to, from])?,
            None => statement.query(params![to, up_to])?,
        };
        let mut last: Option<(i64, i64)> = None;
        while let Some(row) = rows.next()? {
            let run = Run::of(row)?;
            if last.is_some_and(|(until, _)| until != run.until) {
                break;
            }
            last = {
                let in_range = run.last_in(self.connection, &(self.first..=up_to))?;
                last.max(in_range.map(|place| (run.until, place)))
            };
        }
        Ok(last.and_then(|(_, place)| Seq::new(place.cast_unsigned()).ok()))
    }

    /// The last place of each sender in a mailbox, after one place and up to another, in the order of their names.
    pub(super) fn last_of_each(
        &self,
        to: &str,
        after: Seq,
        up_to: Seq,
    ) -> rusqlite::Result<BTreeMap<UserId, Seq>> {
        let mut each = BTreeMap::new();
        let range = self.first.max(number(after).saturating_add(1))..=number(up_to);
        let mut runs = self.connection.prepare_cached(RUNS)?;
        let mut rows = runs.query(params![to, number(after)])?;
        let mut end = None;
        while let Some(row) = rows.next()? {
            let run = Run::of(row)?;
            if end.is_some_and(|end| end < run.until) {
                break;
            }
            // What was filed later came later.
            end = end.or(Some(run.until).filter(|until| range.end() <= until));
            let last = run.last_in(self.connection, &range)?;
            let last = last.and_then(|place| Seq::new(place.cast_unsigned()).ok());
            if let Some((sender, last)) = run.sender.zip(last) {
                each.insert(sender, last);
            }
        }
        let mut tail = self.connection.prepare_cached(OF_EACH_IN_TAIL)?;
        let mut rows = tail.query(params![to, self.tail_after(after), number(up_to)])?;
        while let Some(row) = rows.next()? {
            if let Some(sender) = user(row, 0) {
                each.insert(sender, seq(row, 1)?);
            }
        }
        Ok(each)
    }
}

impl Run {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { id: row.get(0)?, until: row.get(1)?, sender: user(row, 2), last: row.get(3)? })
    }

    /// Its last place that is in a range. Mostly that is its last place of all, and the others aren't read.
    fn last_in(
        &self,
        connection: &Connection,
        range: &RangeInclusive<i64>,
    ) -> rusqlite::Result<Option<i64>> {
        if self.last <= *range.end() {
            return Ok(Some(self.last).filter(|last| range.contains(last)));
        }
        let places = self.places(connection)?;
        Ok(places.into_iter().filter(|place| range.contains(place)).max())
    }

    fn places(&self, connection: &Connection) -> rusqlite::Result<Vec<i64>> {
        connection.prepare_cached(PLACES)?.query_row([self.id], |row| {
            places(row.get_ref(0)?).map_err(|error| {
                rusqlite::Error::FromSqlConversionFailure(0, Type::Blob, Box::new(error))
            })
        })
    }
}

impl Iterator for Places<'_> {
    type Item = rusqlite::Result<i64>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(place) = self.group.next() {
                return Some(Ok(place));
            }
            match self.next_group() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl Places<'_> {
    /// Reads what was filed at one time; returns whether there was anything.
    fn next_group(&mut self) -> rusqlite::Result<bool> {
        let ahead = self.ahead.take();
        let Some(run) = ahead.map_or_else(|| self.read(), |run| Ok(Some(run)))? else {
            return Ok(false);
        };
        let mut places = run.places(self.connection)?;
        while let Some(next) = self.read()? {
            if next.until != run.until {
                self.ahead = Some(next);
                break;
            }
            places.extend(next.places(self.connection)?);
        }
        places.retain(|place| *place >= self.first);
        places.sort_unstable();
        self.group = places.into_iter();
        Ok(true)
    }

    fn read(&mut self) -> rusqlite::Result<Option<Run>> {
        self.rows.next()?.map(Run::of).transpose()
    }
}

fn filed(connection: &Connection) -> rusqlite::Result<i64> {
    let filed = connection.prepare_cached(FILED)?.query_row([], |row| row.get(0)).optional()?;
    Ok(filed.unwrap_or(0))
}

/// Where no message is, none of a run's is.
fn first(connection: &Connection) -> rusqlite::Result<i64> {
    let first: Option<i64> = connection.prepare_cached(FIRST)?.query_row([], |row| row.get(0))?;
    Ok(first.unwrap_or(i64::MAX))
}

fn places(blob: ValueRef<'_>) -> FromSqlResult<Vec<i64>> {
    let (places, rest) = blob.as_blob()?.as_chunks();
    if !rest.is_empty() {
        return Err(FromSqlError::InvalidBlobSize {
            expected_size: size_of_val(places),
            blob_size: size_of_val(places) + rest.len(),
        });
    }
    Ok(places.iter().map(|place| i64::from_le_bytes(*place)).collect())
}

#[cfg(test)]
mod tests;
