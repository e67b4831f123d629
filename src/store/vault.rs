//! The person's keys: made here on first use, kept in `IndexedDB`, encrypted under a key that the browser
//! gives to nobody, this page included (`WebCrypto`, not extractable). Whoever copies the database has nothing.
//!
//! One database for all identities of this browser; what is kept of each is found by its name.

use std::time::Duration;

use duologue_protocol::identity::{Proof, PublicKey, Signature, signed_text};
use duologue_protocol::{Nonce, UserId};
use js_sys::{Array, Object, Reflect, Uint8Array};
use vodozemac::olm::{Account, AccountPickle};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Crypto, CryptoKey, IdbDatabase, SubtleCrypto};

use super::requests::{Trouble, answer, bounded, first_of, open_database};
use crate::platform::{self, Place};

const DATABASE: &str = "duologue-keys";
const VERSION: u32 = 1;
/// Holds the one key under which the others are encrypted.
const WRAPPING: &str = "wrapping";
/// Holds the others, by name.
const IDENTITIES: &str = "identities";
const TABLES: [&str; 2] = [WRAPPING, IDENTITIES];

const ALGORITHM: &str = "AES-GCM";
/// NIST SP 800-38D section 8.2: 96 bits, here random, for at most a few records under one key.
const IV_BYTES: usize = 12;

/// How long the browser may take: the chat waits for it.
const LIMIT: Duration = Duration::from_secs(5);

/// Where they are kept for the tab if there is no vault, with the name behind it.
const FOR_THE_TAB: &str = "duologue.key.";

/// A person's keys.
pub struct Identity {
    account: Account,
}

/// How long keys last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keeping {
    /// In this browser, over the tab's end.
    #[default]
    Browser,
    /// Until the tab ends: the page is not a secure context, so there is no `WebCrypto`.
    InsecureContext,
    /// Until the tab ends: the browser doesn't store anything.
    NoStorage,
    /// What the browser kept can't be read: these are other ones, and last until the tab ends.
    Unreadable,
}

impl Identity {
    /// The public key that names are claimed with.
    pub fn key(&self) -> PublicKey {
        PublicKey::from_bytes(*self.account.ed25519_key().as_bytes())
    }

    /// Proves to `relay` that this connection is `user`'s.
    pub fn prove(&self, relay: String, nonce: &Nonce, user: &UserId) -> Proof {
        let signature = self.account.sign(signed_text(&relay, nonce, user));
        Proof { key: self.key(), relay, signature: Signature::from_bytes(signature.to_bytes()) }
    }

    /// The keys of `user` in this browser, which are made now if there are none yet; and how long they
    /// last.
    pub async fn of(user: &UserId) -> (Self, Keeping) {
        let found = match subtle() {
            None => Err(Keeping::InsecureContext),
            Some(subtle) => {
                let user = user.clone();
                let found = bounded(LIMIT, async move { kept(&subtle, &user).await }).await;
                found.unwrap_or(Err(Failure::Browser)).map_err(|failure| match failure {
                    Failure::Unreadable => Keeping::Unreadable,
                    Failure::Browser => Keeping::NoStorage,
                })
            }
        };
        match found {
            Ok(account) => (Self { account }, Keeping::Browser),
            Err(keeping) => (Self { account: of_the_tab(user) }, keeping),
        }
    }
}

/// Keys that are kept for this tab, over reloads, as they are: nothing better is to be had.
fn of_the_tab(user: &UserId) -> Account {
    let place = format!("{FOR_THE_TAB}{user}");
    let kept = platform::load(Place::Tab, &place);
    if let Some(pickle) = kept.and_then(|text| serde_json::from_str(&text).ok()) {
        return Account::from_pickle(pickle);
    }
    let account = Account::new();
    platform::save(Place::Tab, &place, serde_json::to_string(&account.pickle()).ok().as_deref());
    account
}

enum Failure {
    Unreadable,
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

/// Two tabs may do this at the same moment: whoever is second takes what the first has put there.
async fn kept(subtle: &SubtleCrypto, user: &UserId) -> Result<Account, Failure> {
    let database = Open(open_database(DATABASE, VERSION, &TABLES).await?);
    let wrapping = wrapping_key(&database, subtle).await?;
    let name = user.as_str();
    let record = if let Some(record) = database.get(IDENTITIES, name).await? {
        record
    } else {
        let sealed = seal(subtle, &wrapping, name, &Account::new().pickle()).await?;
        database.add(IDENTITIES, name, &sealed).await?
    };
    let pickle = unseal(subtle, &wrapping, name, &record).await.ok_or(Failure::Unreadable)?;
    Ok(Account::from_pickle(pickle))
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

/// Encrypts a pickle for a name: an array of the initialisation vector and what comes of it.
async fn seal(
    subtle: &SubtleCrypto,
    key: &CryptoKey,
    name: &str,
    pickle: &AccountPickle,
) -> Result<JsValue, Failure> {
    let iv: [u8; IV_BYTES] = platform::random_bytes();
    let text = serde_json::to_vec(pickle).map_err(|_| Failure::Browser)?;
    let sealed = subtle.encrypt_with_object_and_u8_array(&parameters(&iv, name), key, &text)?;
    let sealed = JsFuture::from(sealed).await?;
    Ok(Array::of2(&Uint8Array::from(&iv[..]), &Uint8Array::new(&sealed)).into())
}

async fn unseal(
    subtle: &SubtleCrypto,
    key: &CryptoKey,
    name: &str,
    record: &JsValue,
) -> Option<AccountPickle> {
    let record: &Array = record.dyn_ref()?;
    let part = |at| Some(record.get(at).dyn_ref::<Uint8Array>()?.to_vec());
    let (iv, sealed) = (part(0)?, part(1)?);
    let opened = subtle.decrypt_with_object_and_u8_array(&parameters(&iv, name), key, &sealed);
    let opened = JsFuture::from(opened.ok()?).await.ok()?;
    serde_json::from_slice(&Uint8Array::new(&opened).to_vec()).ok()
}

/// The name is authenticated with the rest, so that no record passes for another name's.
fn parameters(iv: &[u8], name: &str) -> Object {
    object(&[
        ("name", ALGORITHM.into()),
        ("iv", Uint8Array::from(iv).into()),
        ("additionalData", Uint8Array::from(name.as_bytes()).into()),
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

/// `None` outside a secure context.
fn subtle() -> Option<SubtleCrypto> {
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
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.close();
    }
}
