//! What the databases of this page have in common: opening one, a request's result, and how long any of it
//! may take.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use gloo_events::EventListener;
use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{DomException, EventTarget, IdbDatabase, IdbFactory, IdbOpenDbRequest, IdbRequest};

use crate::platform::Timer;

/// Why the browser doesn't do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// No store for this page.
    Refused,
    /// No answer.
    Silent,
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

/// Opens a database, or makes it with these tables. Version 1 is the first there is: everything is to be made.
/// What can't be made aborts the upgrade, and the request fails.
pub(super) async fn open_database(
    name: &str,
    version: u32,
    tables: &[&'static str],
) -> Result<IdbDatabase, Trouble> {
    let request = factory()?.open_with_u32(name, version)?;
    let tables = tables.to_vec();
    let on_upgrade = EventListener::once(&request, "upgradeneeded", move |event| {
        let request = event.target().and_then(|target| target.dyn_into::<IdbOpenDbRequest>().ok());
        let database = request.and_then(|request| request.result().ok()?.dyn_into().ok());
        if let Some::<IdbDatabase>(database) = database {
            for table in tables {
                let _ = database.create_object_store(table);
            }
        }
    });
    let database = answer(&request).await?.dyn_into::<IdbDatabase>();
    drop(on_upgrade);
    database.map_err(|_| Trouble::Broken)
}

/// What opens databases and deletes them.
pub(super) fn factory() -> Result<IdbFactory, Trouble> {
    let factory = Reflect::get(&js_sys::global(), &"indexedDB".into())?;
    factory.dyn_into().map_err(|_| Trouble::Refused)
}

/// A request's result. It is listened to from the call on, not from the first poll.
pub(super) fn answer(
    request: &IdbRequest,
) -> impl Future<Output = Result<JsValue, Trouble>> + use<> {
    let (request, end) = (request.clone(), first_of(request, ["success", "error"]));
    async move {
        if end.await == "success" {
            return Ok(request.result()?);
        }
        Err(request.error()?.map_or(Trouble::Broken, Trouble::from))
    }
}

/// Which of two events comes first. They are listened to from the call on.
pub(super) fn first_of(
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
pub(super) async fn bounded<T: 'static>(
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
