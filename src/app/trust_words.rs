//! How sure it is that a name is the one's whom a person takes it for, in words.

use std::borrow::Cow;

use rust_i18n::t;

use super::peers::Trust;

/// In a word or two, with a class name for its colour; nothing while the relay was not asked.
pub fn badge(trust: Trust) -> Option<(Cow<'static, str>, &'static str)> {
    Some(match trust {
        Trust::Unknown => return None,
        Trust::NoKey => (t!("trust.badge.no_key"), "unsure"),
        Trust::Pinned(_) => (t!("trust.badge.pinned"), "unsure"),
        Trust::Verified(_) => (t!("trust.badge.verified"), "sure"),
        Trust::Changed(_) => (t!("trust.badge.changed"), "doubted"),
        Trust::Gone => (t!("trust.badge.gone"), "doubted"),
        Trust::Unsure(_) => (t!("trust.badge.unsure"), "doubted"),
    })
}

/// Why it may be somebody else, in a word.
pub fn doubt(trust: Trust) -> Option<Cow<'static, str>> {
    match trust {
        Trust::Changed(_) | Trust::Gone | Trust::Unsure(_) => badge(trust).map(|(word, _)| word),
        Trust::Unknown | Trust::NoKey | Trust::Pinned(_) | Trust::Verified(_) => None,
    }
}

/// What it means, and what to do.
pub fn meaning(trust: Trust, peer: &str) -> String {
    let peer = isolated(peer);
    let words = match trust {
        Trust::Unknown => t!("trust.meaning.unknown", peer = peer),
        Trust::NoKey => t!("trust.meaning.no_key", peer = peer),
        Trust::Pinned(_) => t!("trust.meaning.pinned", peer = peer),
        Trust::Verified(_) => t!("trust.meaning.verified", peer = peer),
        Trust::Changed(_) => t!("trust.meaning.changed", peer = peer),
        Trust::Gone => t!("trust.meaning.gone", peer = peer),
        Trust::Unsure(Some(_)) => t!("trust.meaning.unsure_key", peer = peer),
        Trust::Unsure(None) => t!("trust.meaning.unsure_none", peer = peer),
    };
    words.into_owned()
}

/// What stands above the composer while nothing is sent.
pub fn warning(trust: Trust, peer: &str) -> Option<String> {
    let peer = isolated(peer);
    let words = match trust {
        Trust::Changed(_) => t!("trust.warning.changed", peer = peer),
        Trust::Gone => t!("trust.warning.gone", peer = peer),
        Trust::Unsure(_) => t!("trust.warning.unsure", peer = peer),
        Trust::Unknown | Trust::NoKey | Trust::Pinned(_) | Trust::Verified(_) => return None,
    };
    Some(words.into_owned())
}

/// A name that turns no letter around it, whichever way it is written (UAX #9, section 2.4).
pub fn isolated(name: &str) -> String {
    format!("\u{2068}{name}\u{2069}")
}
