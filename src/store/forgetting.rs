//! Deletes what was said, as far as this browser has it: every database of one person.

use std::time::Duration;

use duologue_protocol::UserId;
use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::IdbFactory;

use super::naming;
use super::requests::{Trouble, answer, bounded, factory};
use super::safe;

/// How long the browser may take for each: other tabs have to let go of theirs first.
const LIMIT: Duration = Duration::from_secs(5);

/// Deletes the messages of `user`, on every relay; where the browser doesn't say which databases there are, on
/// `relay`. False if some may be left.
pub async fn forget_messages(user: &UserId, relay: &str) -> bool {
    let Ok(factory) = factory() else {
        // A browser that gives the page no databases has none of them.
        return true;
    };
    let names = match bounded(LIMIT, names(factory.clone())).await.flatten() {
        Some(names) => names.into_iter().filter(|name| naming::is_of(name, user)).collect(),
        None => vec![naming::database(relay, user)],
    };
    let mut are_gone = true;
    for name in names {
        let work = delete(factory.clone(), name);
        are_gone &= matches!(bounded(LIMIT, work).await, Some(Ok(())));
    }
    are_gone
}

/// Deletes every database of this page: everybody's messages, and the keys. Where the browser doesn't say which there
/// are, the keys alone. False if some may be left.
pub async fn forget_everything() -> bool {
    let Ok(factory) = factory() else { return true };
    let names = bounded(LIMIT, names(factory.clone())).await.flatten();
    let all_are_known = names.is_some();
    let names = names.unwrap_or_else(|| vec![safe::DATABASE.to_owned()]);
    let mut are_gone = all_are_known;
    for name in names.into_iter().filter(|name| naming::is_ours(name) || name == safe::DATABASE) {
        let work = delete(factory.clone(), name);
        are_gone &= matches!(bounded(LIMIT, work).await, Some(Ok(())));
    }
    are_gone
}

/// Which databases there are. Older browsers don't tell.
async fn names(factory: IdbFactory) -> Option<Vec<String>> {
    // web-sys has this function behind its unstable flag only.
    let databases =
        Reflect::get(&factory, &"databases".into()).ok()?.dyn_into::<Function>().ok()?;
    let all = databases.call0(&factory).ok()?.dyn_into::<Promise>().ok()?;
    let all = JsFuture::from(all).await.ok()?.dyn_into::<Array>().ok()?;
    let name = |one: JsValue| Reflect::get(&one, &"name".into()).ok()?.as_string();
    Some(all.iter().filter_map(name).collect())
}

async fn delete(factory: IdbFactory, name: String) -> Result<(), Trouble> {
    let request = factory.delete_database(&name)?;
    answer(&request).await.map(drop)
}
