//! Keys that come from elsewhere, go elsewhere, or go altogether. Whose they are is said by what signs
//! (`signing_key`); what else there is in them is nothing to this.

use duologue_protocol::UserId;
use zeroize::Zeroizing;

use super::account::{is_other, signing_key};
use super::requests::bounded;
use super::safe::{Failure, Safe, keep_in_the_tab, kept_in_the_tab, subtle};
use super::vault::LIMIT;

/// What becomes of keys that are brought in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Imported {
    /// They are the name's keys here.
    Done,
    /// There are other ones under this name; they are still there.
    OtherKey,
    /// They are no keys.
    NoKeys,
}

/// The keys of `user` in this browser, as JSON. `None` where there are none that can be read.
pub async fn export(user: &UserId) -> Option<Zeroizing<String>> {
    if let Some(subtle) = subtle() {
        let user = user.clone();
        let work = async move { Safe::open(subtle).await?.get(&user).await };
        match bounded(LIMIT, work).await {
            Some(Ok(Some(text))) => return Some(text),
            // What the tab keeps in its place is not the name's.
            Some(Err(Failure::Unreadable)) => return None,
            Some(Ok(None) | Err(Failure::Browser)) | None => {}
        }
    }
    kept_in_the_tab(user).map(Zeroizing::new)
}

/// Makes keys that come from elsewhere those of `user` here. Other ones that are there stay unless it
/// `replaces` them.
pub async fn import(user: &UserId, text: &str, replaces: bool) -> Imported {
    if signing_key(text).is_none() {
        return Imported::NoKeys;
    }
    if let Some(subtle) = subtle() {
        let (of, text) = (user.clone(), Zeroizing::new(text.to_owned()));
        let work = async move {
            let safe = Safe::open(subtle).await?;
            match safe.get(&of).await {
                Ok(Some(before)) if is_other(&before, &text) && !replaces => {
                    return Ok(Imported::OtherKey);
                }
                // Whatever it was, it may be what somebody wants to have read one day.
                Err(Failure::Unreadable) if !replaces => return Ok(Imported::OtherKey),
                Ok(_) | Err(Failure::Unreadable) => {}
                Err(Failure::Browser) => return Err(Failure::Browser),
            }
            safe.put(&of, &text).await?;
            Ok(Imported::Done)
        };
        if let Some(Ok(outcome)) = bounded(LIMIT, work).await {
            return outcome;
        }
        // They are kept for the tab then: the safe gets them from there once it works, if it has none by then.
    }
    if !replaces && kept_in_the_tab(user).is_some_and(|before| is_other(&before, text)) {
        return Imported::OtherKey;
    }
    keep_in_the_tab(user, Some(text));
    Imported::Done
}

/// Removes the keys of `user` from this browser. False if they may still be there.
pub async fn forget(user: &UserId) -> bool {
    forget_in_the_tab(user);
    let Some(subtle) = subtle() else { return true };
    let user = user.clone();
    let work = async move { Safe::open(subtle).await?.remove(&user).await };
    matches!(bounded(LIMIT, work).await, Some(Ok(())))
}

/// Removes the keys of `user` that this tab keeps, if it keeps any.
pub fn forget_in_the_tab(user: &UserId) {
    keep_in_the_tab(user, None);
}
