//! Locks a person's name and keys up under a passphrase, and opens them again: Argon2id and
//! XChaCha20-Poly1305. Pure: who calls brings the random bytes.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::key_file::{Cost, KeyFile, NONCE_BYTES, SALT_BYTES, Unreadable};

/// NIST SP 800-63B asks for 8 characters at the least where somebody can't try without end; whoever has the
/// file can. So this is the least, and the words beside the field ask for more.
pub(super) const PASSPHRASE_MIN_CHARS: usize = 8;

const KEY_BYTES: usize = 32;

/// What moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Belongings {
    /// The person's name.
    pub(super) name: String,
    /// Their keys, as the page has them: JSON.
    pub(super) account: Zeroizing<String>,
}

/// The random bytes of one file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chance {
    /// See [`KeyFile::salt`].
    pub(super) salt: [u8; SALT_BYTES],
    /// See [`KeyFile::nonce`].
    pub(super) nonce: [u8; NONCE_BYTES],
}

/// Why a file can't be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CannotOpen {
    /// It can't be read.
    Unreadable(Unreadable),
    /// The passphrase is another one.
    WrongPassphrase,
    /// The browser has not as much memory as this takes.
    NoMemory,
}

/// Why nothing is locked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CannotLock {
    /// The page's keys are no JSON.
    NoKeys,
    /// The browser has not as much memory as this takes.
    NoMemory,
}

/// What is below the lock. Fields that are not known are left alone: a later page may add some.
#[derive(Serialize, Deserialize)]
struct Contents<'a> {
    name: String,
    #[serde(borrow)]
    account: &'a RawValue,
}

/// Locks up what moves; gives the file's text.
///
/// # Errors
/// [`CannotLock`].
pub(super) fn lock(
    what: &Belongings,
    passphrase: &str,
    chance: Chance,
) -> Result<String, CannotLock> {
    lock_at(Cost::OURS, what, passphrase, chance)
}

fn lock_at(
    cost: Cost,
    what: &Belongings,
    passphrase: &str,
    chance: Chance,
) -> Result<String, CannotLock> {
    let account = serde_json::from_str(&what.account).map_err(|_| CannotLock::NoKeys)?;
    let contents = Contents { name: what.name.clone(), account };
    let contents = serde_json::to_vec(&contents).map(Zeroizing::new);
    let contents = contents.map_err(|_| CannotLock::NoKeys)?;
    let Chance { salt, nonce } = chance;
    let mut file = KeyFile { cost, salt, nonce, sealed: Vec::new() };
    let cipher = cipher(&file, passphrase).ok_or(CannotLock::NoMemory)?;
    let header = file.header();
    let payload = Payload { msg: &contents, aad: header.as_bytes() };
    // Fails for more than 256 GiB only.
    let sealed = cipher.encrypt(&XNonce::from(nonce), payload);
    file.sealed = sealed.map_err(|_| CannotLock::NoMemory)?;
    Ok(file.to_string())
}

/// Opens a file's text.
///
/// # Errors
/// [`CannotOpen`].
pub(super) fn open(text: &str, passphrase: &str) -> Result<Belongings, CannotOpen> {
    let file = KeyFile::parse(text).map_err(CannotOpen::Unreadable)?;
    let cipher = cipher(&file, passphrase).ok_or(CannotOpen::NoMemory)?;
    let header = file.header();
    let payload = Payload { msg: &file.sealed, aad: header.as_bytes() };
    let contents = cipher.decrypt(&XNonce::from(file.nonce), payload);
    let contents = Zeroizing::new(contents.map_err(|_| CannotOpen::WrongPassphrase)?);
    let contents: Contents<'_> = serde_json::from_slice(&contents)
        .map_err(|_| CannotOpen::Unreadable(Unreadable::Damaged))?;
    let account = Zeroizing::new(contents.account.get().to_owned());
    Ok(Belongings { name: contents.name, account })
}

/// The cipher under the passphrase's key. `None`: there is not enough memory.
fn cipher(file: &KeyFile, passphrase: &str) -> Option<XChaCha20Poly1305> {
    let Cost { memory_kib, passes, lanes } = file.cost;
    let params = Params::new(memory_kib, passes, lanes, Some(KEY_BYTES)).ok()?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    argon2.hash_password_into(passphrase.as_bytes(), &file.salt, &mut *key).ok()?;
    Some(XChaCha20Poly1305::new((&*key).into()))
}

// Not in a browser, where proptest doesn't build.
#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
#[path = "lock_tests.rs"]
mod tests;
