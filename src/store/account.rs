//! The text that a person's keys are: the pickle of an Olm account as vodozemac 0.11 writes it, so that end-to-end
//! encryption can go on with the account that a name was claimed with. Until then the page signs with its Ed25519
//! key and leaves the rest alone, and so it needs no more of that library than this form.

use std::fmt::Write as _;

use ed25519_dalek::SigningKey;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::platform;

/// Two keys of 32 numbers with up to three digits and what separates them, and some 170 bytes around them.
const TEXT_MAX_BYTES: usize = 768;

/// The part of the keys that a name belongs to.
#[derive(Deserialize)]
struct Keys {
    signing_key: Secret,
}

#[derive(Deserialize)]
enum Secret {
    /// An Ed25519 secret key (RFC 8032): the only kind that this page makes.
    Normal([u8; 32]),
}

/// New keys: their text, and what signs.
pub(super) fn new_account() -> (Zeroizing<String>, SigningKey) {
    let [signing, exchange]: [Zeroizing<[u8; 32]>; 2] =
        std::array::from_fn(|_| Zeroizing::new(platform::random_bytes()));
    (text_of(&signing, &exchange), SigningKey::from_bytes(&signing))
}

/// What signs. `None` if the text is no keys.
pub(super) fn signing_key(text: &str) -> Option<SigningKey> {
    let Keys { signing_key: Secret::Normal(key) } = serde_json::from_str(text).ok()?;
    Some(SigningKey::from_bytes(&Zeroizing::new(key)))
}

/// Whether two texts are keys of different people; so is what is none.
pub(super) fn is_other(one: &str, other: &str) -> bool {
    // By their public keys: comparing those tells nothing to whoever measures how long it takes.
    let of = |text| signing_key(text).map(|key| key.verifying_key().to_bytes());
    of(one).is_none_or(|one| of(other) != Some(one))
}

/// `exchange`: the Curve25519 secret key (RFC 7748), which nothing uses yet.
fn text_of(signing: &[u8; 32], exchange: &[u8; 32]) -> Zeroizing<String> {
    // As large as it gets: growing would leave a part of it in memory.
    let mut text = Zeroizing::new(String::with_capacity(TEXT_MAX_BYTES));
    // Writing to a string can't fail.
    let _ = write!(
        text,
        r#"{{"signing_key":{{"Normal":{signing:?}}},"diffie_hellman_key":{exchange:?},"one_time_keys":{{"next_key_id":0,"public_keys":{{}},"private_keys":{{}}}},"fallback_keys":{{"key_id":0,"fallback_key":null,"previous_fallback_key":null}}}}"#
    );
    text
}

// Natively alone: vodozemac is no part of the page.
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use ed25519_dalek::Signer as _;
    use serde_json::Value;
    use vodozemac::olm::{Account, AccountPickle};

    use super::*;

    #[test]
    fn what_is_written_is_an_account_that_vodozemac_reads_and_signs_with_alike() {
        let text = text_of(&[7; 32], &[9; 32]);
        assert!(text_of(&[255; 32], &[255; 32]).len() <= TEXT_MAX_BYTES);
        let pickle: AccountPickle = serde_json::from_str(&text).unwrap();
        let (theirs, ours) = (Account::from_pickle(pickle), signing_key(&text).unwrap());
        assert_eq!(theirs.ed25519_key().as_bytes(), &ours.verifying_key().to_bytes());
        assert_eq!(theirs.sign("a text").to_bytes(), ours.sign(b"a text").to_bytes());
        let again = serde_json::to_value(theirs.pickle()).unwrap();
        assert_eq!(again, serde_json::from_str::<Value>(&text).unwrap(), "nothing is missing");
    }

    #[test]
    fn an_account_of_vodozemacs_is_read_whatever_else_is_in_it() {
        let mut account = Account::new();
        let text = |account: &Account| serde_json::to_string(&account.pickle()).unwrap();
        let before = text(&account);
        let key = signing_key(&before).unwrap().verifying_key().to_bytes();
        assert_eq!(&key, account.ed25519_key().as_bytes());
        account.generate_one_time_keys(3);
        assert_ne!(text(&account), before);
        assert!(!is_other(&text(&account), &before), "more keys, the same person");
        assert!(is_other(&text(&Account::new()), &before));
    }

    #[test]
    fn what_cannot_sign_is_no_keys() {
        let with = |key: &str| format!(r#"{{"signing_key":{key},"one_time_keys":{{}}}}"#);
        let of = |bytes: &[u16]| with(&format!(r#"{{"Normal":{bytes:?}}}"#));
        assert!(signing_key(&of(&[7; 32])).is_some());
        for text in [
            String::new(),
            "{}".to_owned(),
            "[1]".to_owned(),
            with("7"),
            with("null"),
            with(r#""Normal""#),
            with("{}"),
            with(&format!("{:?}", [7; 32])),
            with(r#"{"Normal":"AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI"}"#),
            with(&format!(r#"{{"Other":{:?}}}"#, [7; 32])),
            of(&[]),
            of(&[7; 31]),
            of(&[7; 33]),
            of(&[256; 32]),
        ] {
            assert!(signing_key(&text).is_none(), "{text}");
            assert!(is_other(&text, &of(&[7; 32])) && is_other(&of(&[7; 32]), &text), "{text}");
        }
    }
}
