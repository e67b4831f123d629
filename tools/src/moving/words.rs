//! Everything that the dialog about the key says when something is done, or isn't. What stands there from the
//! beginning is with its fields.

use leptos::prelude::*;
use rust_i18n::t;

use super::key_file::Unreadable;
use super::lock::{CannotLock, CannotOpen, PASSPHRASE_MIN_CHARS};
use crate::language::Words;

/// What became of a name that was to be forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Forgot {
    /// Nothing of it is here any more.
    All,
    /// The browser may still have messages.
    NotTheMessages,
    /// The browser may still have the key.
    NotTheKey,
}

/// What is wrong with a new passphrase; nothing, if it will do.
pub(super) fn weakness(passphrase: &str) -> Option<Words> {
    match passphrase.chars().count() {
        0 => Some(t!("keep.no_passphrase")),
        1..PASSPHRASE_MIN_CHARS => Some(t!("keep.too_short", least = PASSPHRASE_MIN_CHARS)),
        _ => None,
    }
}

/// Why a file can't be opened.
pub(super) fn cannot_open(why: CannotOpen) -> Words {
    match why {
        CannotOpen::WrongPassphrase => t!("bring.wrong_passphrase"),
        CannotOpen::NoMemory => t!("key.no_memory"),
        CannotOpen::Unreadable(Unreadable::NotAKeyFile) => t!("bring.not_a_key_file"),
        CannotOpen::Unreadable(Unreadable::Newer) => t!("bring.newer"),
        CannotOpen::Unreadable(Unreadable::Damaged) => t!("bring.damaged"),
        CannotOpen::Unreadable(Unreadable::TooDemanding) => t!("bring.too_demanding"),
    }
}

/// Why a file can't be written.
pub(super) fn cannot_lock(why: CannotLock) -> Words {
    match why {
        CannotLock::NoKeys => t!("keep.no_keys"),
        CannotLock::NoMemory => t!("key.no_memory"),
    }
}

/// What a file is to be called.
pub(super) fn file_name(name: &str) -> String {
    format!("duologue-key-{name}.json")
}

/// What became of the name: a [`sentence`].
pub(super) fn forgotten(how: Forgot) -> Words {
    match how {
        Forgot::All => t!("forget.all"),
        Forgot::NotTheMessages => t!("forget.not_the_messages"),
        Forgot::NotTheKey => t!("forget.not_the_key"),
    }
}

/// A sentence with a name in the place of its `%{name}`, and with what is between `**` in bold.
pub(super) fn sentence(text: &str, name: &str) -> AnyView {
    let parts = text.split("**").zip([false, true].into_iter().cycle());
    let parts = parts.map(|(part, is_bold)| {
        let mut pieces = Vec::new();
        for (index, piece) in part.split("%{name}").enumerate() {
            if index > 0 {
                pieces.push(view! { <bdi>{name.to_owned()}</bdi> }.into_any());
            }
            pieces.push(piece.to_owned().into_any());
        }
        if is_bold { view! { <strong>{pieces}</strong> }.into_any() } else { pieces.into_any() }
    });
    parts.collect::<Vec<_>>().into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passphrase_has_to_be_long_enough() {
        assert!(weakness("").unwrap().starts_with("Type a passphrase"));
        assert!(weakness("1234567").unwrap().contains("at least 8"));
        // Characters, not bytes.
        assert!(weakness("äöüäöüä").unwrap().contains("at least 8"));
        assert_eq!(weakness("12345678"), None);
    }

    #[test]
    fn each_reason_has_words_of_its_own() {
        let mut all = [
            CannotOpen::WrongPassphrase,
            CannotOpen::NoMemory,
            CannotOpen::Unreadable(Unreadable::NotAKeyFile),
            CannotOpen::Unreadable(Unreadable::Newer),
            CannotOpen::Unreadable(Unreadable::Damaged),
            CannotOpen::Unreadable(Unreadable::TooDemanding),
        ]
        .map(cannot_open)
        .to_vec();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 6);
    }
}
