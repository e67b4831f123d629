//! Everything that the dialog about the key says when something is done, or isn't. What stands there from the
//! beginning is with its fields.

use super::key_file::Unreadable;
use super::lock::{CannotLock, CannotOpen, PASSPHRASE_MIN_CHARS};

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

/// While the passphrase is worked at, which stops everything else.
pub(super) const WORKING: &str =
    "One moment: it takes long on purpose, so that guessing takes long too.";
/// The page didn't answer.
pub(super) const NO_ANSWER: &str = "That didn’t work. Reload the page and try again.";
/// There is nothing to save.
pub(super) const NO_KEYS_HERE: &str = "This browser can’t read your key, so it can’t be saved.";
/// The browser doesn't save.
pub(super) const NOT_SAVED: &str = "The browser didn’t save the file.";
/// No file was chosen.
pub(super) const NO_FILE: &str = "Choose your key file first.";
/// The file can't be read by the browser.
pub(super) const FILE_UNREADABLE: &str =
    "The browser can’t read that file any more. Choose it again.";
/// The file was opened, and there is nothing to be used in it.
pub(super) const NO_KEYS_INSIDE: &str =
    "That file opened, but there is no key in it that this page can use.";

/// What is wrong with a new passphrase; nothing, if it will do.
pub(super) fn weakness(first: &str, second: &str) -> Option<String> {
    let count = first.chars().count();
    if count < PASSPHRASE_MIN_CHARS {
        return Some(match count {
            0 => "Type a passphrase: it locks the file.".into(),
            _ => format!(
                "That passphrase is too short: it needs at least {PASSPHRASE_MIN_CHARS} characters. A few \
                 words are easy to remember and hard to guess."
            ),
        });
    }
    (first != second).then(|| "The two passphrases are not the same.".into())
}

/// Why a file can't be opened.
pub(super) fn cannot_open(why: CannotOpen) -> &'static str {
    match why {
        CannotOpen::WrongPassphrase => "That’s not the passphrase of this file. Try again.",
        CannotOpen::NoMemory => NO_MEMORY,
        CannotOpen::Unreadable(Unreadable::NotAKeyFile) => NOT_A_KEY_FILE,
        CannotOpen::Unreadable(Unreadable::Newer) => {
            "A newer version of this page wrote that file, and this one can’t read it. Open it where the page \
             is up to date."
        }
        CannotOpen::Unreadable(Unreadable::Damaged) => {
            "That key file is damaged. If you have another copy of it, try that one."
        }
        CannotOpen::Unreadable(Unreadable::TooDemanding) => {
            "That file asks for more work than a key file needs. Duologue didn’t write it."
        }
    }
}

/// It is something else, or so large that it has to be.
pub(super) const NOT_A_KEY_FILE: &str =
    "That’s not a key file. Its name usually begins with duologue-key.";

/// Why a file can't be written.
pub(super) fn cannot_lock(why: CannotLock) -> &'static str {
    match why {
        CannotLock::NoKeys => NO_KEYS_HERE,
        CannotLock::NoMemory => NO_MEMORY,
    }
}

const NO_MEMORY: &str =
    "The browser has too little memory for this right now. Close other tabs and try again.";

/// What a file is to be called.
pub(super) fn file_name(name: &str) -> String {
    format!("duologue-key-{name}.json")
}

/// The file is on its way.
pub(super) fn saved(name: &str) -> String {
    format!(
        "Your browser has {} now. Look whether it’s where you want it, and keep the passphrase somewhere \
         else than the file.",
        file_name(name)
    )
}

/// What became of the name.
pub(super) fn forgotten(name: &str, how: Forgot) -> String {
    match how {
        Forgot::All => format!(
            "This browser has forgotten {name}: the key and the messages are deleted. If you saved the key, \
             the file brings the name back."
        ),
        Forgot::NotTheMessages => format!(
            "The key of {name} is deleted, but the browser didn’t delete all messages. Close its other tabs \
             of this page, and delete this site’s data in its settings."
        ),
        Forgot::NotTheKey => format!(
            "This tab has forgotten {name}, but the browser didn’t delete the key. Delete this site’s data in \
             its settings."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passphrase_has_to_be_long_enough_and_typed_twice() {
        assert!(weakness("", "").unwrap().starts_with("Type a passphrase"));
        assert!(weakness("1234567", "1234567").unwrap().contains("at least 8"));
        // Characters, not bytes.
        assert!(weakness("äöüäöüä", "äöüäöüä").unwrap().contains("at least 8"));
        assert!(weakness("12345678", "12345679").unwrap().contains("not the same"));
        assert_eq!(weakness("12345678", "12345678"), None);
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
