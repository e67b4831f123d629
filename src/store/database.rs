//! The browser's `IndexedDB` behind three functions: open, read everything, and one transaction that
//! reads some records and writes what became of them.
//!
//! Straight on web-sys: the crates around it brought more code than there is here, and none has all of
//! what the store needs (durability, the reason of an abort, an answer that never comes).

use std::rc::Rc;
use std::time::Duration;

use gloo_events::EventListener;
use js_sys::{Array, Function, Object, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{IdbDatabase, IdbObjectStore, IdbTransaction};

use super::batch::Batch;
use super::loaded::Texts;
use super::record::PeerRecord;
use super::requests::{Trouble, answer, bounded, first_of, open_database};
use super::step::Table;

/// The layout's version. A page that finds a higher one is older than another that was here.
const VERSION: u32 = 1;

/// How long the browser may take to open a database, and for a transaction. It has been seen not to answer at
/// all, in private windows and after a crash, and a person waits for their history. But a disk that is busy
/// takes seconds, and is no reason to go on without it.
const LIMIT: Duration = Duration::from_secs(10);

/// An open database. Dropping it closes it.
pub(super) struct Database {
    inner: IdbDatabase,
    _on_newer: EventListener,
}

impl Database {
    /// Opens the database of this name, or makes it.
    pub(super) async fn open(name: &str) -> Result<Self, Trouble> {
        let name = name.to_owned();
        // A database that comes too late is dropped, and closed by that.
        let opened = bounded(LIMIT, async move { Self::open_now(&name).await }).await;
        opened.unwrap_or(Err(Trouble::Silent))
    }

    /// Reads every record.
    pub(super) async fn read_all(self: &Rc<Self>) -> Result<Texts, Trouble> {
        let database = Rc::clone(self);
        let read = bounded(LIMIT, async move { database.read_now(&Table::ALL).await });
        read.await.unwrap_or(Err(Trouble::Broken))
    }

    /// Reads what is known of peers, and nothing else.
    pub(super) async fn read_peers(self: &Rc<Self>) -> Result<Vec<String>, Trouble> {
        let database = Rc::clone(self);
        let work = async move { database.read_now(&[Table::Peers]).await };
        let read = bounded(LIMIT, work).await;
        Ok(read.unwrap_or(Err(Trouble::Broken))?.peers)
    }

    /// Reads the records of the batch, runs it, and writes what it changed, in one transaction. What is
    /// precious comes back only once it is on the disk, where the browser can tell. Returns what is known
    /// now of those of whom something was decided.
    pub(super) async fn write(self: &Rc<Self>, batch: Batch) -> Result<Vec<PeerRecord>, Trouble> {
        let database = Rc::clone(self);
        let work = async move { database.write_now(batch).await };
        bounded(LIMIT, work).await.unwrap_or(Err(Trouble::Broken))
    }

    async fn open_now(name: &str) -> Result<Self, Trouble> {
        let inner = open_database(name, VERSION, &Table::ALL.map(Table::name)).await?;
        // A newer page wants to change the layout and waits for this one to let go.
        let older = inner.clone();
        let on_newer = EventListener::once(&inner, "versionchange", move |_| older.close());
        Ok(Self { inner, _on_newer: on_newer })
    }

    async fn read_now(&self, tables: &[Table]) -> Result<Texts, Trouble> {
        let transaction = self.transaction("readonly", false)?;
        // Each is asked for before the first is waited for: a transaction without requests ends.
        let mut answers = Vec::new();
        for table in tables {
            answers.push(answer(&table_of(&transaction, *table)?.get_all()?));
        }
        let mut texts = Texts::default();
        for (table, answer) in tables.iter().zip(answers) {
            let all = answer.await?;
            let all: &Array = all.unchecked_ref();
            // What is no string was not written by this page, and counts as unreadable.
            let all = all.iter().map(|value| value.as_string().unwrap_or_default()).collect();
            match table {
                Table::Messages => texts.messages = all,
                Table::Peers => texts.peers = all,
                Table::Drafts => texts.drafts = all,
                Table::Book => texts.book = all,
            }
        }
        Ok(texts)
    }

    async fn write_now(&self, mut batch: Batch) -> Result<Vec<PeerRecord>, Trouble> {
        let transaction = self.transaction("readwrite", batch.is_precious())?;
        let mut answers = Vec::new();
        for cell in &batch.cells {
            let table = table_of(&transaction, cell.key.table)?;
            answers.push(answer(&table.get(&JsValue::from_str(&cell.key.name))?));
        }
        for (cell, answer) in batch.cells.iter_mut().zip(answers) {
            cell.text = answer.await?.as_string();
        }
        batch.run();
        let end = first_of(&transaction, ["complete", "abort"]);
        if let Err(thrown) = ask_to_write(&transaction, &batch) {
            // All of it or nothing: without this, what was asked for already would be done.
            transaction.abort()?;
            return Err(thrown.into());
        }
        if end.await == "complete" {
            return Ok(batch.decided());
        }
        // No error means that the browser is closing down.
        Err(transaction.error().map_or(Trouble::Broken, Trouble::from))
    }

    fn transaction(&self, mode: &str, strict: bool) -> Result<IdbTransaction, Trouble> {
        let names: Array = Table::ALL.iter().map(|table| JsValue::from_str(table.name())).collect();
        let options = Object::new();
        if strict {
            // A browser that doesn't know the option does as it always did.
            Reflect::set(&options, &"durability".into(), &"strict".into())?;
        }
        // web-sys has this form of `transaction` behind its unstable flag only.
        let open = Reflect::get(&self.inner, &"transaction".into())?;
        let open = open.dyn_into::<Function>()?;
        Ok(open.call3(&self.inner, &names, &mode.into(), &options)?.dyn_into()?)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.inner.close();
    }
}

fn table_of(transaction: &IdbTransaction, table: Table) -> Result<IdbObjectStore, JsValue> {
    transaction.object_store(table.name())
}

/// What becomes of these requests is known when the transaction ends.
fn ask_to_write(transaction: &IdbTransaction, batch: &Batch) -> Result<(), JsValue> {
    for cell in batch.cells.iter().filter(|cell| cell.is_changed) {
        let table = table_of(transaction, cell.key.table)?;
        let name = JsValue::from_str(&cell.key.name);
        match &cell.text {
            Some(text) => table.put_with_key(&JsValue::from_str(text), &name)?,
            None => table.delete(&name)?,
        };
    }
    Ok(())
}
