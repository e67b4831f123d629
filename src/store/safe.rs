//! Where a person's keys are kept in this browser: texts by name in `IndexedDB`, encrypted under a key that the
//! browser gives to nobody, this page included (`WebCrypto`, not extractable). Whoever copies the database has
//! nothing. Where there is no `WebCrypto`, they are kept for the tab as they are: nothing better is to be had.
//!
//! One database for all identities of this browser. What the texts say is not known here.

use duologue_protocol::UserId;
use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Crypto, CryptoKey, IdbDatabase, SubtleCrypto};
use zeroize::Zeroizing;

use super::requests::{Trouble, answer, first_of, open_database};
use crate::platform::{self, Place};

pub(super) const DATABASE: &str = "duologue-keys";
const VERSION: u32 = 1;
/// Holds the one key under which the others are encrypted.
const WRAPPING: &str = "wrapping";
/// Holds the others, by name.
const IDENTITIES: &str = "identities";
const TABLES: [&str; 2] = [WRAPPING, IDENTITIES];

const ALGORITHM: &str = "AES-GCM";
/// NIST SP 800-38D section 8.2: 96 bits, here random, for at most a few records under one key.
const IV_BYTES: usize = 12;

/// Where they are kept for the tab if there is no safe, with the name behind it.
const FOR_THE_TAB: &str = "duologue.key.";

/// What is kept of `user` for this tab, over reloads.
pub(super) fn kept_in_the_tab(user: &UserId) -> Option<String> {
    platform::load(Place::Tab, &format!("{FOR_THE_TAB}{user}"))
}

/// Keeps `text` of `user` for this tab, or removes what was there.
pub(super) fn keep_in_the_tab(user: &UserId, text: Option<&str>) {
    platform::save(Place::Tab, &format!("{FOR_THE_TAB}{user}"), text);
}

/// Why there is nothing to be had.
pub(super) enum Failure {
    /// It is there, and can't be read.
    Unreadable,
    /// The browser doesn't do it.
    Browser,
}

impl From<Trouble> for Failure {
    fn from(_: Trouble) -> Self {
        Self::Browser
    }
}

impl From<JsValue> for Failure {
    fn from(_: JsValue) -> Self {
        Self::Browser
    }
}

/// The open safe.
pub(super) struct Safe {
    subtle: SubtleCrypto,
    database: Open,
    wrapping: CryptoKey,
}

impl Safe {
    /// Opens it, or makes it.
    pub(super) async fn open(subtle: SubtleCrypto) -> Result<Self, Failure> {
        let database = Open(open_database(DATABASE, VERSION, &TABLES).await?);
        let wrapping = wrapping_key(&database, &subtle).await?;
        Ok(Self { subtle, database, wrapping })
    }

    /// What is kept of `user`, if there is something.
    pub(super) async fn get(&self, user: &UserId) -> Result<Option<Zeroizing<String>>, Failure> {
        match self.database.get(IDENTITIES, user.as_str()).await? {
            Some(record) => self.unseal(user, &record).await.map(Some),
            None => Ok(None),
        }
    }

    /// Keeps `text` of `user` unless there is something by now; what is kept. Two tabs may do this at the same
    /// moment: whoever is second takes what the first has put there.
    pub(super) async fn add(
        &self,
        user: &UserId,
        text: &str,
    ) -> Result<Zeroizing<String>, Failure> {
        let sealed = self.seal(user, text).await?;
        let record = self.database.add(IDENTITIES, user.as_str(), &sealed).await?;
        self.unseal(user, &record).await
    }

    /// Keeps `text` of `user`, whatever was there.
    pub(super) async fn put(&self, user: &UserId, text: &str) -> Result<(), Failure> {
        let sealed = self.seal(user, text).await?;
        self.database.write(IDENTITIES, user.as_str(), Some(&sealed)).await
    }

    /// Removes what is kept of `user`.
    pub(super) async fn remove(&self, user: &UserId) -> Result<(), Failure> {
        self.database.write(IDENTITIES, user.as_str(), None).await
    }

    /// Encrypts a text for a name: an array of the initialisation vector and what comes of it.
    async fn seal(&self, user: &UserId, text: &str) -> Result<JsValue, Failure> {
        let iv: [u8; IV_BYTES] = platform::random_bytes();
        let sealed = self.subtle.encrypt_with_object_and_u8_array(
            &parameters(&iv, user),
            &self.wrapping,
            text.as_bytes(),
        )?;
        let sealed = JsFuture::from(sealed).await?;
        Ok(Array::of2(&Uint8Array::from(&iv[..]), &Uint8Array::new(&sealed)).into())
    }

    async fn unseal(&self, user: &UserId, record: &JsValue) -> Result<Zeroizing<String>, Failure> {
        self.unsealed(user, record).await.ok_or(Failure::Unreadable)
    }

    async fn unsealed(&self, user: &UserId, record: &JsValue) -> Option<Zeroizing<String>> {
        let record: &Array = record.dyn_ref()?;
        let part = |at| Some(record.get(at).dyn_ref::<Uint8Array>()?.to_vec());
        let (iv, sealed) = (part(0)?, part(1)?);
        let parameters = parameters(&iv, user);
        let opened =
            self.subtle.decrypt_with_object_and_u8_array(&parameters, &self.wrapping, &sealed);
        let opened = JsFuture::from(opened.ok()?).await.ok()?;
        String::from_utf8(Uint8Array::new(&opened).to_vec()).ok().map(Zeroizing::new)
    }
}

async fn wrapping_key(database: &Open, subtle: &SubtleCrypto) -> Result<CryptoKey, Failure> {
    let found = if let Some(key) = database.get(WRAPPING, WRAPPING).await? {
        key
    } else {
        let algorithm = object(&[("name", ALGORITHM.into()), ("length", 256.into())]);
        let uses = Array::of2(&"encrypt".into(), &"decrypt".into());
        let made = subtle.generate_key_with_object(&algorithm, false, &uses)?;
        database.add(WRAPPING, WRAPPING, &JsFuture::from(made).await?).await?
    };
    found.dyn_into().map_err(|_| Failure::Unreadable)
}

/// The name is authenticated with the rest, so that no record passes for another name's.
fn parameters(iv: &[u8], user: &UserId) -> Object {
    object(&[
        ("name", ALGORITHM.into()),
        ("iv", Uint8Array::from(iv).into()),
        ("additionalData", Uint8Array::from(user.as_str().as_bytes()).into()),
    ])
}

fn object(fields: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in fields {
        // Setting a property of a fresh object can't fail.
        let _ = Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object
}

/// What encrypts. `None` outside a secure context.
pub(super) fn subtle() -> Option<SubtleCrypto> {
    let crypto = Reflect::get(&js_sys::global(), &"crypto".into()).ok()?;
    let subtle = Reflect::get(crypto.dyn_ref::<Crypto>()?, &"subtle".into()).ok()?;
    subtle.dyn_into().ok()
}

/// The open database. Dropping it closes it.
struct Open(IdbDatabase);

impl Open {
    async fn get(&self, table: &str, name: &str) -> Result<Option<JsValue>, Failure> {
        let transaction = self.0.transaction_with_str(table)?;
        let found = answer(&transaction.object_store(table)?.get(&name.into())?).await?;
        Ok((!found.is_undefined()).then_some(found))
    }

    /// Puts `value` there unless there is one by now; returns what is there, once it is on the disk.
    async fn add(&self, table: &str, name: &str, value: &JsValue) -> Result<JsValue, Failure> {
        let mode = web_sys::IdbTransactionMode::Readwrite;
        let transaction = self.0.transaction_with_str_and_mode(table, mode)?;
        let store = transaction.object_store(table)?;
        let end = first_of(&transaction, ["complete", "abort"]);
        let found = answer(&store.get(&name.into())?).await?;
        if !found.is_undefined() {
            return Ok(found);
        }
        store.put_with_key(value, &name.into())?;
        if end.await == "complete" { Ok(value.clone()) } else { Err(Failure::Browser) }
    }

    /// Puts `value` there, or removes what is there; comes back once that is on the disk.
    async fn write(&self, table: &str, name: &str, value: Option<&JsValue>) -> Result<(), Failure> {
        let mode = web_sys::IdbTransactionMode::Readwrite;
        let transaction = self.0.transaction_with_str_and_mode(table, mode)?;
        let store = transaction.object_store(table)?;
        let end = first_of(&transaction, ["complete", "abort"]);
        match value {
            Some(value) => store.put_with_key(value, &name.into())?,
            None => store.delete(&name.into())?,
        };
        if end.await == "complete" { Ok(()) } else { Err(Failure::Browser) }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.close();
    }
}
