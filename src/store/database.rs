//! The browser's `IndexedDB` behind three functions: open, read everything, and one transaction that
//! reads some records and writes what became of them.
//!
//! Straight on web-sys: the crates around it brought more code than there is here, and none has all of
//! what the store needs (durability, the reason of an abort, an answer that never comes).

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use gloo_events::EventListener;
use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    DomException, EventTarget, IdbDatabase, IdbFactory, IdbObjectStore, IdbOpenDbRequest,
    IdbRequest, IdbTransaction,
};

use super::batch::{Batch, Table};
use super::loaded::Texts;
use crate::platform::Timer;

/// The layout's version. A page that finds a higher one is older than another that was here.
const VERSION: u32 = 1;

/// How long the browser may take: it has been seen not to answer at all, in private windows and after
/// a crash, and a person waits for their history.
const OPEN_LIMIT: Duration = Duration::from_secs(3);

/// The same for a transaction: a slow disk is no reason to give up, a hung one is.
const TRANSACTION_LIMIT: Duration = Duration::from_secs(10);

/// Why the browser doesn't do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// No store for this page, or no answer.
    Refused,
    /// There is no room.
    Full,
    /// A newer page has changed the layout.
    Newer,
    /// Anything else.
    Broken,
}

impl From<DomException> for Trouble {
    fn from(exception: DomException) -> Self {
        match exception.name().as_str() {
            "QuotaExceededError" => Self::Full,
            "VersionError" => Self::Newer,
            "SecurityError" => Self::Refused,
            _ => Self::Broken,
        }
    }
}

impl From<JsValue> for Trouble {
    fn from(thrown: JsValue) -> Self {
        thrown.dyn_into::<DomException>().map_or(Self::Broken, Self::from)
    }
}

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
        let opened = bounded(OPEN_LIMIT, async move { Self::open_now(&name).await }).await;
        opened.unwrap_or(Err(Trouble::Refused))
    }

    /// Reads every record.
    pub(super) async fn read_all(self: &Rc<Self>) -> Result<Texts, Trouble> {
        let database = Rc::clone(self);
        let read = bounded(TRANSACTION_LIMIT, async move { database.read_now().await }).await;
        read.unwrap_or(Err(Trouble::Broken))
    }

    /// Reads the records of the batch, runs it, and writes what it changed, in one transaction. What is
    /// precious comes back only once it is on the disk, where the browser can tell.
    pub(super) async fn write(self: &Rc<Self>, batch: Batch) -> Result<(), Trouble> {
        let database = Rc::clone(self);
        let work = async move { database.write_now(batch).await };
        bounded(TRANSACTION_LIMIT, work).await.unwrap_or(Err(Trouble::Broken))
    }

    async fn open_now(name: &str) -> Result<Self, Trouble> {
        let factory = Reflect::get(&js_sys::global(), &"indexedDB".into())?;
        let factory = factory.dyn_into::<IdbFactory>().map_err(|_| Trouble::Refused)?;
        let request = factory.open_with_u32(name, VERSION)?;
        let on_upgrade = EventListener::once(&request, "upgradeneeded", make_tables);
        let inner = answer(&request).await?.dyn_into::<IdbDatabase>();
        drop(on_upgrade);
        let inner = inner.map_err(|_| Trouble::Broken)?;
        // A newer page wants to change the layout and waits for this one to let go.
        let older = inner.clone();
        let on_newer = EventListener::once(&inner, "versionchange", move |_| older.close());
        Ok(Self { inner, _on_newer: on_newer })
    }

    async fn read_now(&self) -> Result<Texts, Trouble> {
        let transaction = self.transaction("readonly", false)?;
        // Each is asked for before the first is waited for: a transaction without requests ends.
        let mut answers = Vec::new();
        for table in Table::ALL {
            answers.push(answer(&table_of(&transaction, table)?.get_all()?));
        }
        let mut texts = Texts::default();
        for (table, answer) in Table::ALL.into_iter().zip(answers) {
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

    async fn write_now(&self, mut batch: Batch) -> Result<(), Trouble> {
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
            return Ok(());
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

/// Version 1 is the first there is: everything is to be made. What can't be made aborts the upgrade,
/// and the request fails.
fn make_tables(event: &web_sys::Event) {
    let request = event.target().and_then(|target| target.dyn_into::<IdbOpenDbRequest>().ok());
    let database = request.and_then(|request| request.result().ok()?.dyn_into().ok());
    if let Some::<IdbDatabase>(database) = database {
        for table in Table::ALL {
            let _ = database.create_object_store(table.name());
        }
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

/// A request's result. It is listened to from the call on, not from the first poll.
fn answer(request: &IdbRequest) -> impl Future<Output = Result<JsValue, Trouble>> + use<> {
    let (request, end) = (request.clone(), first_of(request, ["success", "error"]));
    async move {
        if end.await == "success" {
            return Ok(request.result()?);
        }
        Err(request.error()?.map_or(Trouble::Broken, Trouble::from))
    }
}

/// Which of two events comes first. They are listened to from the call on.
fn first_of(
    target: &EventTarget,
    events: [&'static str; 2],
) -> impl Future<Output = &'static str> + use<> {
    let first = Rc::new(RefCell::new(""));
    let mut listeners = Vec::new();
    let came = Promise::new(&mut |resolve, _| {
        for event in events {
            let (first, resolve) = (Rc::clone(&first), resolve.clone());
            listeners.push(EventListener::once(target, event, move |_| {
                first.replace(event);
                settle(&resolve);
            }));
        }
    });
    async move {
        let _ = JsFuture::from(came).await;
        drop(listeners);
        first.take()
    }
}

/// What `work` comes to, if it does within `limit`. If not it goes on, and its result is dropped.
async fn bounded<T: 'static>(
    limit: Duration,
    work: impl Future<Output = T> + 'static,
) -> Option<T> {
    let result = Rc::new(RefCell::new(None));
    let late = Rc::downgrade(&result);
    let work = Box::pin(async move {
        let outcome = work.await;
        if let Some(result) = late.upgrade() {
            result.replace(Some(outcome));
        }
    });
    ended(limit, work).await;
    result.take()
}

/// Waits until `work` is done, at most until `limit`; it goes on then.
async fn ended(limit: Duration, work: Pin<Box<dyn Future<Output = ()>>>) {
    let (mut work, mut timer) = (Some(work), None);
    let end = Promise::new(&mut |resolve, _| {
        let late = resolve.clone();
        timer = Some(Timer::after(limit, move || settle(&late)));
        if let Some(work) = work.take() {
            spawn_local(async move {
                work.await;
                settle(&resolve);
            });
        }
    });
    let _ = JsFuture::from(end).await;
    drop(timer);
}

fn settle(resolve: &Function) {
    // Resolving a promise can't throw.
    let _ = resolve.call0(&JsValue::UNDEFINED);
}
