//! What can be said about a lock from outside: it opens with its passphrase, and with nothing else.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

/// As little as Argon2 takes, so that thousands of tries take no time.
const CHEAP: Cost = Cost { memory_kib: 8, passes: 1, lanes: 1 };

const CHANCE: Chance = Chance { salt: [7; SALT_BYTES], nonce: [9; NONCE_BYTES] };

const PASSPHRASE: &str = "correct horse battery staple";

fn belongings(name: &str) -> Belongings {
    Belongings { name: name.into(), account: Zeroizing::new(r#"{"signing_key":[1,2]}"#.into()) }
}

fn locked() -> String {
    lock_at(CHEAP, &belongings("ann"), PASSPHRASE, CHANCE).unwrap()
}

#[test]
fn it_opens_with_its_passphrase_and_no_other() {
    assert_eq!(open(&locked(), PASSPHRASE), Ok(belongings("ann")));
    for other in ["", "correct horse battery stapl", "correct horse battery staple ", "Correct"] {
        assert_eq!(open(&locked(), other), Err(CannotOpen::WrongPassphrase), "{other:?}");
    }
}

#[test]
fn what_pages_write_is_what_they_read() {
    let text = lock(&belongings("ann"), PASSPHRASE, CHANCE).unwrap();
    assert_eq!(KeyFile::parse(&text).unwrap().cost, Cost::OURS);
    assert_eq!(open(&text, PASSPHRASE), Ok(belongings("ann")));
}

#[test]
fn whatever_bit_is_flipped_it_opens_no_more() {
    let text = locked();
    for at in 0..text.len() {
        for bit in 0..8 {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            // A file that is no text is none that a browser hands over.
            let Ok(flipped) = String::from_utf8(bytes) else { continue };
            let opened = open(&flipped, PASSPHRASE);
            let is_noticed = matches!(opened, Err(CannotOpen::Unreadable(_)));
            assert!(is_noticed, "byte {at}, bit {bit}: {opened:?}\n{flipped}");
        }
    }
}

/// The check tells accidents from wrong passphrases. What is changed on purpose, the cipher notices.
#[test]
fn a_header_that_is_changed_on_purpose_doesnt_open_either() {
    let whole = KeyFile::parse(&locked()).unwrap();
    let mut changed = vec![whole.clone(); 5];
    changed[0].salt[0] ^= 1;
    changed[1].nonce[23] ^= 1;
    changed[2].cost.passes += 1;
    changed[3].sealed[0] ^= 1;
    changed[4].sealed.pop();
    for file in changed {
        let opened = open(&file.to_string(), PASSPHRASE);
        assert_eq!(opened, Err(CannotOpen::WrongPassphrase), "{file}");
    }
}

#[test]
fn the_name_and_the_keys_can_be_read_by_nobody() {
    let text = lock_at(CHEAP, &belongings("nightingale"), PASSPHRASE, CHANCE).unwrap();
    assert!(!text.contains("nightingale") && !text.contains("signing_key"), "{text}");
}

#[test]
fn salt_and_nonce_are_the_ones_that_chance_brought() {
    let json: Value = serde_json::from_str(&locked()).unwrap();
    assert_eq!(json["kdf"]["salt"], "BwcHBwcHBwcHBwcHBwcHBw");
    assert_eq!(json["cipher"]["nonce"], "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJ");
    let other = Chance { salt: [8; SALT_BYTES], ..CHANCE };
    let other = lock_at(CHEAP, &belongings("ann"), PASSPHRASE, other).unwrap();
    let other: Value = serde_json::from_str(&other).unwrap();
    assert_ne!(json["sealed"], other["sealed"]);
}

#[test]
fn what_a_later_page_adds_is_left_alone() {
    let file = KeyFile::parse(&locked()).unwrap();
    let cipher = cipher(&file, PASSPHRASE).unwrap();
    let msg = br#"{"name":"ann","account":{"signing_key":[1,2]},"pins":{}}"#;
    let header = file.header();
    let payload = Payload { msg, aad: header.as_bytes() };
    let sealed = cipher.encrypt(&XNonce::from(file.nonce), payload).unwrap();
    let text = KeyFile { sealed, ..file }.to_string();
    assert_eq!(open(&text, PASSPHRASE).unwrap().name, "ann");
}

#[test]
fn keys_that_are_no_keys_are_not_locked_up() {
    let broken = Belongings { account: Zeroizing::new("{".into()), ..belongings("ann") };
    assert_eq!(lock_at(CHEAP, &broken, PASSPHRASE, CHANCE), Err(CannotLock::NoKeys));
}

proptest! {
    #[test]
    fn every_name_and_passphrase_comes_back(
        name in "\\PC{0,80}",
        passphrase in "\\PC{0,80}",
        keys: Vec<u8>,
        salt: [u8; SALT_BYTES],
        nonce: [u8; NONCE_BYTES],
    ) {
        let account = Zeroizing::new(serde_json::to_string(&keys).unwrap());
        let what = Belongings { name, account };
        let text = lock_at(CHEAP, &what, &passphrase, Chance { salt, nonce }).unwrap();
        prop_assert_eq!(open(&text, &passphrase), Ok(what));
    }

    #[test]
    fn whatever_the_file_is_it_is_answered_in_words(text in "\\PC{0,400}") {
        prop_assert!(matches!(open(&text, PASSPHRASE), Err(CannotOpen::Unreadable(_))));
    }
}
