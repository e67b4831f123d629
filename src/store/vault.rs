//! The person's keys: made here on first use, and kept in this browser (`safe`).

use std::time::Duration;

use duologue_protocol::identity::{Proof, PublicKey, Signature, signed_text};
use duologue_protocol::{Nonce, UserId};
use vodozemac::olm::{Account, AccountPickle};
use web_sys::SubtleCrypto;
use zeroize::Zeroizing;

use super::requests::bounded;
use super::safe::{Failure, Safe, keep_in_the_tab, kept_in_the_tab, subtle};

/// How long the browser may take: the chat waits for it.
pub(super) const LIMIT: Duration = Duration::from_secs(5);

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
        // One and the same, whoever is to keep it: a browser that is slow today may have put it into the safe
        // by tomorrow, and the name belongs to it by then.
        let of_the_tab = kept_in_the_tab(user).and_then(|text| account(&text));
        let candidate = of_the_tab.unwrap_or_default();
        let found = match subtle() {
            None => Err(Keeping::InsecureContext),
            Some(subtle) => {
                let (user, candidate) = (user.clone(), text_of(&candidate));
                let work = async move { kept(subtle, &user, candidate?.as_str()).await };
                let found = bounded(LIMIT, work).await;
                found.unwrap_or(Err(Failure::Browser)).map_err(|failure| match failure {
                    Failure::Unreadable => Keeping::Unreadable,
                    Failure::Browser => Keeping::NoStorage,
                })
            }
        };
        match found {
            Ok(account) => {
                if account.ed25519_key() == candidate.ed25519_key() {
                    keep_in_the_tab(user, None);
                }
                (Self { account }, Keeping::Browser)
            }
            Err(keeping) => {
                if let Ok(text) = text_of(&candidate) {
                    keep_in_the_tab(user, Some(text.as_str()));
                }
                (Self { account: candidate }, keeping)
            }
        }
    }
}

/// What the safe keeps of `user`; `candidate`, if that is nothing yet.
async fn kept(subtle: SubtleCrypto, user: &UserId, candidate: &str) -> Result<Account, Failure> {
    let safe = Safe::open(subtle).await?;
    let text = match safe.get(user).await? {
        Some(text) => text,
        None => safe.add(user, candidate).await?,
    };
    account(&text).ok_or(Failure::Unreadable)
}

fn account(text: &str) -> Option<Account> {
    serde_json::from_str::<AccountPickle>(text).ok().map(Account::from_pickle)
}

/// As JSON, and nothing hides what it says.
fn text_of(account: &Account) -> Result<Zeroizing<String>, Failure> {
    serde_json::to_string(&account.pickle()).map(Zeroizing::new).map_err(|_| Failure::Browser)
}
