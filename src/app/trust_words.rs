//! How sure it is that a name is the one's whom a person takes it for, in words.

use super::peers::Trust;

/// In a word or two, with a class name for its colour; nothing while the relay was not asked.
pub fn badge(trust: Trust) -> Option<(&'static str, &'static str)> {
    Some(match trust {
        Trust::Unknown => return None,
        Trust::NoKey => ("No key", "unsure"),
        Trust::Pinned(_) => ("Not verified", "unsure"),
        Trust::Verified(_) => ("Verified", "sure"),
        Trust::Changed(_) => ("Key changed", "doubted"),
        Trust::Gone => ("Key missing", "doubted"),
        Trust::Unsure(_) => ("Not sure", "doubted"),
    })
}

/// What it means, and what to do.
pub fn meaning(trust: Trust, peer: &str) -> String {
    let peer = isolated(peer);
    match trust {
        Trust::Unknown => format!("The relay was not asked yet whose name {peer} is."),
        Trust::NoKey => format!(
            "{peer} has no key: the name belongs to nobody, and whoever takes it reads what you write to it."
        ),
        Trust::Pinned(_) => format!(
            "{peer} has had this key since you first met. To be sure that nobody stands between you, \
             compare the digits with {peer}, face to face or in a call."
        ),
        Trust::Verified(_) => format!("You have compared this key with {peer}."),
        Trust::Changed(_) => format!(
            "This is not the key that {peer} had before. It may be {peer} with a new one, or somebody \
             else under this name. Ask {peer} in another way before you trust it."
        ),
        Trust::Gone => format!(
            "{peer} had a key before, and the relay doesn’t know it any more: it may have lost its data. \
             What you write waits until {peer} is back with the same key, or until you send it anyway."
        ),
        Trust::Unsure(key) => {
            let now = match key {
                Some(_) => format!("This is the key that {peer} has now."),
                None => format!("The relay knows of no key of {peer}."),
            };
            format!(
                "{now} What this browser knew of {peer} can’t be read at the moment, so \
                 it may be somebody else under this name."
            )
        }
    }
}

/// What stands above the composer while nothing is sent.
pub fn warning(trust: Trust, peer: &str) -> Option<String> {
    let peer = isolated(peer);
    match trust {
        Trust::Changed(_) => Some(format!(
            "The key of {peer} has changed: this may be somebody else. Nothing is sent until you decide."
        )),
        Trust::Gone => Some(format!(
            "The relay doesn’t know the key of {peer} any more. Your messages wait until {peer} is back."
        )),
        Trust::Unsure(_) => Some(format!(
            "This browser can’t read whether {peer} had another key before. Nothing is sent until it can, or \
             until you decide."
        )),
        Trust::Unknown | Trust::NoKey | Trust::Pinned(_) | Trust::Verified(_) => None,
    }
}

/// A name that turns no letter around it, whichever way it is written (UAX #9, section 2.4).
fn isolated(name: &str) -> String {
    format!("\u{2068}{name}\u{2069}")
}
