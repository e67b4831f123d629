//! The person's keys: made here on first use, and kept in this browser (`safe`).

use std::time::Duration;

use duologue_protocol::identity::{Proof, PublicKey, Signature, signed_text};
use duologue_protocol::{Nonce, UserId};
use ed25519_dalek::{Signer as _, SigningKey};
use web_sys::SubtleCrypto;
use zeroize::Zeroizing;

use super::account::{new_account, signing_key};
use super::requests::bounded;
use super::safe::{Failure, Safe, keep_in_the_tab, kept_in_the_tab, subtle};

/// How long the browser may take: the chat waits for it.
pub(super) const LIMIT: Duration = Duration::from_secs(5);

/// A person's keys.
pub struct Identity {
    signing: SigningKey,
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
        PublicKey::from_bytes(self.signing.verifying_key().to_bytes())
    }

    /// Proves to `relay` that this connection is `user`'s.
    pub fn prove(&self, relay: String, nonce: &Nonce, user: &UserId) -> Proof {
        let signature = self.signing.sign(signed_text(&relay, nonce, user).as_bytes());
        Proof { key: self.key(), relay, signature: Signature::from_bytes(signature.to_bytes()) }
    }

    /// The keys of `user` in this browser, which are made now if there are none yet; and how long they
    /// last.
    pub async fn of(user: &UserId) -> (Self, Keeping) {
        // One and the same, whoever is to keep it: a browser that is slow today may have put it into the safe
        // by tomorrow, and the name belongs to it by then.
        let of_the_tab = kept_in_the_tab(user)
            .and_then(|text| signing_key(&text).map(|signing| (Zeroizing::new(text), signing)));
        let (candidate, signing) = of_the_tab.unwrap_or_else(new_account);
        let found = match subtle() {
            None => Err(Keeping::InsecureContext),
            Some(subtle) => {
                let (user, candidate) = (user.clone(), candidate.clone());
                let work = async move { kept(subtle, &user, &candidate).await };
                let found = bounded(LIMIT, work).await;
                found.unwrap_or(Err(Failure::Browser)).map_err(|failure| match failure {
                    Failure::Unreadable => Keeping::Unreadable,
                    Failure::Browser => Keeping::NoStorage,
                })
            }
        };
        match found {
            Ok(kept) => {
                if kept == signing {
                    keep_in_the_tab(user, None);
                }
                (Self { signing: kept }, Keeping::Browser)
            }
            Err(keeping) => {
                keep_in_the_tab(user, Some(&candidate));
                (Self { signing }, keeping)
            }
        }
    }
}

/// What the safe keeps of `user`; `candidate`, if that is nothing yet.
async fn kept(subtle: SubtleCrypto, user: &UserId, candidate: &str) -> Result<SigningKey, Failure> {
    let safe = Safe::open(subtle).await?;
    let text = match safe.get(user).await? {
        Some(text) => text,
        None => safe.add(user, candidate).await?,
    };
    signing_key(&text).ok_or(Failure::Unreadable)
}
