//! The file that a person's name and keys move in: how it is written and read. docs/key-file.md describes it
//! for others. What is secret about it is `lock`'s business.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use blake2::digest::consts::U16;
use blake2::{Blake2b, Digest as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What tells such a file from every other.
pub(super) const FORMAT: &str = "duologue-key";
/// The layout's version. A page that finds a higher one is older than the page that wrote the file.
const VERSION: u64 = 1;
/// The one key derivation that version 1 has (RFC 9106).
const KDF: &str = "argon2id";
/// Its one cipher (draft-irtf-cfrg-xchacha).
const CIPHER: &str = "xchacha20poly1305";

/// The largest file that is read. A page's keys take one or two thousand bytes; with every one-time key that
/// the library would keep it were half of this.
pub(super) const FILE_MAX_BYTES: u32 = 1 << 20;

/// RFC 9106, section 3.1: 16 bytes are recommended for passphrases.
pub(super) const SALT_BYTES: usize = 16;
/// As long as the cipher has it: long enough that random ones never meet.
pub(super) const NONCE_BYTES: usize = 24;

/// What a try at the passphrase costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cost {
    /// Memory in KiB.
    #[serde(rename = "memoryKiB")]
    pub(super) memory_kib: u32,
    /// How often all of it is gone through.
    pub(super) passes: u32,
    /// How many could work at it side by side.
    pub(super) lanes: u32,
}

impl Cost {
    /// What files are written with: RFC 9106's second recommendation, for where memory is short (64 MiB, three
    /// passes), with one lane in place of four: a page has one thread, and who tries passphrases has many.
    pub(super) const OURS: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 };
    /// What a file may ask for: four times as much memory, and not more of the rest than a phone does in a
    /// minute. A file comes from anywhere, and must not be able to stop the page.
    const MOST: Self = Self { memory_kib: 256 * 1024, passes: 8, lanes: 16 };

    /// RFC 9106, section 3.1.
    fn makes_sense(self) -> bool {
        let Self { memory_kib, passes, lanes } = self;
        passes >= 1 && lanes >= 1 && memory_kib >= lanes.saturating_mul(8)
    }

    fn is_bearable(self) -> bool {
        let Self { memory_kib, passes, lanes } = Self::MOST;
        self.memory_kib <= memory_kib && self.passes <= passes && self.lanes <= lanes
    }
}

/// A file as it is read and written: everything but the passphrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeyFile {
    /// What a try at the passphrase costs.
    pub(super) cost: Cost,
    /// Makes the same passphrase another key in each file.
    pub(super) salt: [u8; SALT_BYTES],
    /// The cipher's.
    pub(super) nonce: [u8; NONCE_BYTES],
    /// What is locked up.
    pub(super) sealed: Vec<u8>,
}

/// Why a file is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It is something else.
    NotAKeyFile,
    /// A newer page wrote it.
    Newer,
    /// It was one.
    Damaged,
    /// It asks for more work than any page would.
    TooDemanding,
}

#[derive(Serialize, Deserialize)]
struct Layout {
    format: String,
    version: u64,
    kdf: Kdf,
    cipher: Cipher,
    sealed: String,
    check: String,
}

#[derive(Serialize, Deserialize)]
struct Kdf {
    name: String,
    #[serde(flatten)]
    cost: Cost,
    salt: String,
}

#[derive(Serialize, Deserialize)]
struct Cipher {
    name: String,
    nonce: String,
}

impl KeyFile {
    /// Reads a file's text.
    ///
    /// # Errors
    /// [`Unreadable`], each with its own words.
    pub(super) fn parse(text: &str) -> Result<Self, Unreadable> {
        let Ok(json) = serde_json::from_str::<Value>(text) else {
            // Nothing but such a file has its name in it.
            let was_one = text.contains(FORMAT);
            return Err(if was_one { Unreadable::Damaged } else { Unreadable::NotAKeyFile });
        };
        if json["format"] != FORMAT {
            return Err(Unreadable::NotAKeyFile);
        }
        // Before the rest, which may be laid out in another way.
        match json["version"].as_u64() {
            Some(VERSION) => {}
            Some(newer) if newer > VERSION => return Err(Unreadable::Newer),
            _ => return Err(Unreadable::Damaged),
        }
        let layout: Layout = serde_json::from_value(json).map_err(|_| Unreadable::Damaged)?;
        let file = Self {
            cost: layout.kdf.cost,
            salt: bytes(&layout.kdf.salt)?,
            nonce: bytes(&layout.cipher.nonce)?,
            sealed: URL_SAFE_NO_PAD.decode(&layout.sealed).map_err(|_| Unreadable::Damaged)?,
        };
        let is_whole = layout.kdf.name == KDF
            && layout.cipher.name == CIPHER
            && layout.check == file.check()
            && file.cost.makes_sense();
        if !is_whole {
            return Err(Unreadable::Damaged);
        }
        if file.cost.is_bearable() { Ok(file) } else { Err(Unreadable::TooDemanding) }
    }

    /// Everything but what is sealed, as the cipher authenticates it: by values, so that nobody depends on how
    /// JSON is spaced.
    pub(super) fn header(&self) -> String {
        let Cost { memory_kib, passes, lanes } = self.cost;
        let (salt, nonce) = (URL_SAFE_NO_PAD.encode(self.salt), URL_SAFE_NO_PAD.encode(self.nonce));
        format!(
            "{FORMAT} {VERSION}\n{KDF} {memory_kib} {passes} {lanes} {salt}\n{CIPHER} {nonce}\n"
        )
    }

    /// Tells a damaged file from a wrong passphrase, which are the same to the cipher. It proves nothing:
    /// whoever changes a file on purpose changes this with it, and then the cipher notices.
    fn check(&self) -> String {
        let hash = Blake2b::<U16>::new().chain_update(self.header()).chain_update(&self.sealed);
        URL_SAFE_NO_PAD.encode(hash.finalize())
    }
}

impl fmt::Display for KeyFile {
    /// The file's text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let layout = Layout {
            format: FORMAT.into(),
            version: VERSION,
            kdf: Kdf { name: KDF.into(), cost: self.cost, salt: URL_SAFE_NO_PAD.encode(self.salt) },
            cipher: Cipher { name: CIPHER.into(), nonce: URL_SAFE_NO_PAD.encode(self.nonce) },
            sealed: URL_SAFE_NO_PAD.encode(&self.sealed),
            check: self.check(),
        };
        // Structs of numbers and strings: serde_json can't fail on them.
        let text = serde_json::to_string_pretty(&layout).map_err(|_| fmt::Error)?;
        writeln!(f, "{text}")
    }
}

fn bytes<const N: usize>(text: &str) -> Result<[u8; N], Unreadable> {
    let decoded = URL_SAFE_NO_PAD.decode(text).ok();
    decoded.and_then(|bytes| bytes.try_into().ok()).ok_or(Unreadable::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> KeyFile {
        let (salt, nonce) = ([1; SALT_BYTES], [2; NONCE_BYTES]);
        KeyFile { cost: Cost::OURS, salt, nonce, sealed: vec![3; 40] }
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(KeyFile::parse(&file().to_string()), Ok(file()));
        let squeezed: Value = serde_json::from_str(&file().to_string()).unwrap();
        assert_eq!(KeyFile::parse(&squeezed.to_string()), Ok(file()), "spaces don't count");
    }

    #[test]
    fn its_text_is_the_one_that_is_described() {
        let expected = r#"{
  "format": "duologue-key",
  "version": 1,
  "kdf": {
    "name": "argon2id",
    "memoryKiB": 65536,
    "passes": 3,
    "lanes": 1,
    "salt": "AQEBAQEBAQEBAQEBAQEBAQ"
  },
  "cipher": {
    "name": "xchacha20poly1305",
    "nonce": "AgICAgICAgICAgICAgICAgICAgICAgIC"
  },
  "sealed": "AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw",
  "check": "CHECK"
}
"#;
        assert_eq!(file().to_string(), expected.replace("CHECK", &file().check()));
        let header = "duologue-key 1\nargon2id 65536 3 1 AQEBAQEBAQEBAQEBAQEBAQ\n\
            xchacha20poly1305 AgICAgICAgICAgICAgICAgICAgICAgIC\n";
        assert_eq!(file().header(), header);
    }

    #[test]
    fn each_reason_is_told_from_the_others() {
        let text = file().to_string();
        let changed = |from: &str, to: &str| {
            assert!(text.contains(from), "{from}");
            KeyFile::parse(&text.replace(from, to)).unwrap_err()
        };
        for other in ["", "hello", "{}", "[1]", "null", r#"{"format":"something","version":1}"#] {
            assert_eq!(KeyFile::parse(other), Err(Unreadable::NotAKeyFile), "{other}");
        }
        assert_eq!(changed("\"version\": 1", "\"version\": 2"), Unreadable::Newer);
        assert_eq!(changed("\"kdf\"", "\"kdg\""), Unreadable::Damaged);
        assert_eq!(changed("AwMD", "AwMF"), Unreadable::Damaged);
        assert_eq!(changed("argon2id", "argon2d"), Unreadable::Damaged);
        assert_eq!(changed("\"sealed\"", "\"sealed"), Unreadable::Damaged, "no JSON any more");
        assert_eq!(KeyFile::parse(&text[..200]), Err(Unreadable::Damaged), "cut off");
    }

    #[test]
    fn no_file_may_ask_for_more_than_is_bearable() {
        let with = |cost| KeyFile::parse(&KeyFile { cost, ..file() }.to_string());
        assert!(with(Cost::MOST).is_ok());
        let Cost { memory_kib, passes, lanes } = Cost::MOST;
        for cost in [
            Cost { memory_kib: memory_kib + 1, ..Cost::MOST },
            Cost { passes: passes + 1, ..Cost::MOST },
            Cost { lanes: lanes + 1, ..Cost::MOST },
            Cost { memory_kib: u32::MAX, ..Cost::MOST },
        ] {
            assert_eq!(with(cost), Err(Unreadable::TooDemanding), "{cost:?}");
        }
        for cost in [
            Cost { memory_kib: 7, ..Cost::OURS },
            Cost { passes: 0, ..Cost::OURS },
            Cost { lanes: 0, ..Cost::OURS },
        ] {
            assert_eq!(with(cost), Err(Unreadable::Damaged), "{cost:?}");
        }
    }
}
