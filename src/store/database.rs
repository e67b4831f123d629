//! The browser's `IndexedDB` behind three functions: open, read everything, and one transaction that
//! reads some records and writes what became of them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use idb::{DatabaseEvent as _, Factory, ObjectStoreParams, Request, Transaction, TransactionMode};
use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{DomException, IdbDatabase, IdbTransaction};

use super::batch::{Key, Table};
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

impl Trouble {
    fn named(name: &str) -> Self {
        match name {
            "QuotaExceededError" => Self::Full,
            "VersionError" => Self::Newer,
            "SecurityError" => Self::Refused,
            _ => Self::Broken,
        }
    }

    fn of(exception: &JsValue) -> Self {
        let name = exception.dyn_ref::<DomException>().map(DomException::name);
        Self::named(&name.unwrap_or_default())
    }
}

impl From<idb::Error> for Trouble {
    fn from(error: idb::Error) -> Self {
        match error {
            idb::Error::IndexedDbNotFound(_) => Self::Refused,
            idb::Error::DomException(exception) => Self::named(&exception.name()),
            idb::Error::IndexedDbOpenFailed(exception)
            | idb::Error::TransactionOpenFailed(exception)
            | idb::Error::ObjectStoreNotFound(exception)
            | idb::Error::GetFailed(exception)
            | idb::Error::UpdateFailed(exception)
            | idb::Error::DeleteFailed(exception) => Self::of(&exception),
            _ => Self::Broken,
        }
    }
}

/// An open database. Dropping it closes it.
pub(super) struct Database {
    /// The same database as `_handlers`: the crate offers no transaction with options.
    inner: IdbDatabase,
    _handlers: idb::Database,
}

impl Database {
    /// Opens the database of this name, or makes it.
    pub(super) async fn open(name: &str) -> Result<Self, Trouble> {
        let name = name.to_owned();
        // A database that comes too late is dropped, and closed by that.
        bounded(OPEN_LIMIT, async move { open(&name).await }).await.unwrap_or(Err(Trouble::Refused))
    }

    /// Reads every record.
    pub(super) async fn read_all(self: &Rc<Self>) -> Result<Texts, Trouble> {
        let database = Rc::clone(self);
        let work = async move { database.read_all_now().await };
        bounded(TRANSACTION_LIMIT, work).await.unwrap_or(Err(Trouble::Broken))
    }

    /// Reads the records under `keys` and writes what `outcome` makes of them, in one transaction.
    /// `is_precious`: comes back only once they are on the disk, where the browser can tell.
    pub(super) async fn write(
        self: &Rc<Self>,
        keys: BTreeSet<Key>,
        is_precious: bool,
        outcome: impl FnOnce(BTreeMap<Key, String>) -> BTreeMap<Key, Option<String>> + 'static,
    ) -> Result<(), Trouble> {
        let database = Rc::clone(self);
        let work = async move { database.write_now(keys, is_precious, outcome).await };
        bounded(TRANSACTION_LIMIT, work).await.unwrap_or(Err(Trouble::Broken))
    }

    async fn read_all_now(&self) -> Result<Texts, Trouble> {
        let transaction = self.transaction(TransactionMode::ReadOnly, false)?;
        let ask = |table: Table| {
            let request = transaction.object_store(table.name())?.get_all(None, None)?;
            Ok::<_, Trouble>(answer(request))
        };
        // Each is asked for before the first is waited for: a transaction without requests ends.
        let [messages, peers, drafts, book] = Table::ALL.map(ask);
        let (messages, peers) = (messages?.await?, peers?.await?);
        let (drafts, book) = (drafts?.await?, book?.await?);
        Ok(Texts {
            messages: texts(&messages),
            peers: texts(&peers),
            drafts: texts(&drafts),
            book: texts(&book),
        })
    }

    async fn write_now(
        &self,
        keys: BTreeSet<Key>,
        is_precious: bool,
        outcome: impl FnOnce(BTreeMap<Key, String>) -> BTreeMap<Key, Option<String>>,
    ) -> Result<(), Trouble> {
        let mut transaction = self.transaction(TransactionMode::ReadWrite, is_precious)?;
        let mut requests = Vec::new();
        for key in keys {
            let store = transaction.object_store(key.table.name())?;
            let request = store.get(JsValue::from_str(&key.name))?;
            requests.push((key, answer(request)));
        }
        let mut found = BTreeMap::new();
        for (key, request) in requests {
            if let Some(text) = request.await?.as_string() {
                found.insert(key, text);
            }
        }
        let done = settled(&mut transaction);
        let asked = outcome(found).into_iter().try_for_each(|(key, text)| {
            let store = transaction.object_store(key.table.name())?;
            let name = JsValue::from_str(&key.name);
            // What becomes of the requests is known when the transaction ends.
            match text {
                Some(text) => store.put(&JsValue::from_str(&text), Some(&name)).map(drop),
                None => store.delete(name).map(drop),
            }
        });
        if let Err(error) = asked {
            // All of it or nothing: without this, what was asked for already would be done.
            let transaction = transaction.abort();
            let _ = done.await;
            drop(transaction);
            return Err(error.into());
        }
        done.await
    }

    fn transaction(&self, mode: TransactionMode, strict: bool) -> Result<Transaction, Trouble> {
        let names: Array = Table::ALL.iter().map(|table| JsValue::from_str(table.name())).collect();
        let options = Object::new();
        if strict {
            // A browser that doesn't know the option does as it always did.
            let _ = Reflect::set(&options, &"durability".into(), &"strict".into());
        }
        let mode = match mode {
            TransactionMode::ReadWrite => "readwrite",
            _ => "readonly",
        };
        // web-sys has this form of `transaction` behind its unstable flag only.
        let open = Reflect::get(&self.inner, &"transaction".into())
            .and_then(JsValue::dyn_into::<Function>)
            .and_then(|open| open.call3(&self.inner, &names, &mode.into(), &options))
            .map_err(|exception| Trouble::of(&exception))?;
        let transaction = open.dyn_into::<IdbTransaction>().map_err(|_| Trouble::Broken)?;
        Ok(Transaction::from(transaction))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.inner.set_onversionchange(None);
        self.inner.close();
    }
}

async fn open(name: &str) -> Result<Database, Trouble> {
    let mut request = Factory::new()?.open(name, Some(VERSION))?;
    request.on_upgrade_needed(|event| {
        // Version 1 is the first there is: everything is to be made. What can't be made aborts the
        // upgrade, and the request fails.
        if let Ok(database) = event.database() {
            for table in Table::ALL {
                let _ = database.create_object_store(table.name(), ObjectStoreParams::new());
            }
        }
    });
    let inner = answer(request).await?.dyn_into::<IdbDatabase>().map_err(|_| Trouble::Broken)?;
    let mut handlers = idb::Database::from(inner.clone());
    let older = inner.clone();
    // A newer page wants to change the layout and waits for this one to let go.
    handlers.on_version_change(move |_| older.close());
    Ok(Database { inner, _handlers: handlers })
}

/// A request's result. The request is listened to from the call on, not from the first poll.
fn answer<R: Request>(mut request: R) -> impl Future<Output = Result<JsValue, Trouble>> {
    let ended = Promise::new(&mut |resolve, _| {
        let fail = resolve.clone();
        request.on_success(move |_| end(&resolve));
        request.on_error(move |_| end(&fail));
    });
    async move {
        let _ = JsFuture::from(ended).await;
        match request.error()? {
            Some(exception) => Err(Trouble::named(&exception.name())),
            None => Ok(request.result()?),
        }
    }
}

/// A transaction's end. As with requests, listened to from the call on.
fn settled(transaction: &mut Transaction) -> impl Future<Output = Result<(), Trouble>> + use<> {
    let outcome = Rc::new(RefCell::new(Err(Trouble::Broken)));
    let (done, failed) = (Rc::clone(&outcome), Rc::clone(&outcome));
    let ended = Promise::new(&mut |resolve, _| {
        let (done, failed) = (Rc::clone(&done), Rc::clone(&failed));
        let abort = resolve.clone();
        transaction.on_complete(move |_| {
            *done.borrow_mut() = Ok(());
            end(&resolve);
        });
        transaction.on_abort(move |event| {
            let target = event.target().and_then(|target| target.dyn_into::<IdbTransaction>().ok());
            // No error means that the browser is closing down.
            let error = target.and_then(|transaction| transaction.error());
            *failed.borrow_mut() =
                Err(error.map_or(Trouble::Broken, |e| Trouble::named(&e.name())));
            end(&abort);
        });
    });
    async move {
        let _ = JsFuture::from(ended).await;
        *outcome.borrow()
    }
}

/// What `work` comes to, if it does within `limit`. If not it goes on, and its result is dropped.
async fn bounded<T: 'static>(
    limit: Duration,
    work: impl Future<Output = T> + 'static,
) -> Option<T> {
    let result = Rc::new(RefCell::new(None));
    let mut work = Some((work, Rc::downgrade(&result)));
    let mut timer = None;
    let ended = Promise::new(&mut |resolve, _| {
        let late = resolve.clone();
        timer = Some(Timer::after(limit, move || end(&late)));
        if let Some((work, result)) = work.take() {
            spawn_local(async move {
                let outcome = work.await;
                if let Some(result) = result.upgrade() {
                    *result.borrow_mut() = Some(outcome);
                }
                end(&resolve);
            });
        }
    });
    let _ = JsFuture::from(ended).await;
    drop(timer);
    result.take()
}

fn end(resolve: &Function) {
    // Resolving a promise can't throw.
    let _ = resolve.call0(&JsValue::UNDEFINED);
}

/// The strings of an array; anything else was not written by this page and counts as unreadable.
fn texts(array: &JsValue) -> Vec<String> {
    let array: &Array = array.unchecked_ref();
    array.iter().map(|value| value.as_string().unwrap_or_default()).collect()
}
