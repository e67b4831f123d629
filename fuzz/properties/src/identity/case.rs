//! What is tried at the door: an honest `open`, and what somebody made of it after it was signed.

use arbitrary::Arbitrary;
use duologue_protocol::identity::{Proof, PublicKey, Signature, signed_text};
use duologue_protocol::{ClientFrame, Nonce, Seq, UserId, codec};
use ed25519_dalek::{Signer as _, SigningKey};

use super::forgery::{add_order, flip, small_order};

/// A connection and an `open`.
#[derive(Debug, Arbitrary)]
pub(super) struct Case<'a> {
    /// Decides whose key it is.
    pub(super) seed: [u8; 32],
    nonce: [u8; 16],
    /// What the request calls the relay.
    pub(super) host: Place<'a>,
    /// What the client calls it.
    relay: Place<'a>,
    pub(super) is_private: bool,
    pub(super) allows_keyless: bool,
    change: Change<'a>,
    name: &'a str,
}

/// A host: one of those that matter, or any.
#[derive(Clone, Copy, Debug, Arbitrary)]
pub(super) enum Place<'a> {
    Public,
    WithPort,
    Localhost,
    Address,
    Any(&'a str),
}

/// What was changed after it was signed.
#[derive(Debug, Arbitrary)]
enum Change<'a> {
    Nothing,
    NoProof,
    SignatureBit(u16),
    KeyBit(u8),
    NonceBit(u8),
    Name(&'a str),
    Relay(&'a str),
    /// Of the text that was signed.
    TextBit(u16),
    OtherKey([u8; 32]),
    OtherSigner([u8; 32]),
    /// The same signature in another form.
    OtherScalar,
    /// A key under which one signature holds for many texts.
    SmallOrder(u8, u8),
    Raw([u8; 32], [u8; 32], [u8; 32]),
    /// Key and signature, as they stand on the wire.
    Texts(&'a str, &'a str),
}

/// What the relay knows of a connection, and what it was told.
pub(super) struct Said {
    pub(super) nonce: Nonce,
    pub(super) name: UserId,
    pub(super) proof: Option<Proof>,
}

impl<'a> Place<'a> {
    pub(super) fn text(self) -> &'a str {
        match self {
            Self::Public => "chat.example",
            Self::WithPort => "Chat.example:8443",
            Self::Localhost => "localhost:8080",
            Self::Address => "127.0.0.1:9000",
            Self::Any(text) => text,
        }
    }
}

impl Case<'_> {
    /// Signs with `key`, makes the change, and says it over the wire. Nothing, if what comes of it can't be said.
    pub(super) fn said(&self, key: &SigningKey) -> Option<Said> {
        let mut name = UserId::parse(self.name).ok()?;
        let (mut relay, mut nonce) = (self.relay.text(), self.nonce);
        let mut text = signed_text(relay, &Nonce::from_random(nonce), &name).into_bytes();
        if let Change::TextBit(bit) = self.change {
            flip(&mut text, bit.into());
        }
        let mut signature = key.sign(&text).to_bytes();
        let mut public = key.verifying_key().to_bytes();
        match self.change {
            Change::Nothing | Change::NoProof | Change::TextBit(_) | Change::Texts(..) => {}
            Change::SignatureBit(bit) => flip(&mut signature, bit.into()),
            Change::KeyBit(bit) => flip(&mut public, bit.into()),
            Change::NonceBit(bit) => flip(&mut nonce, bit.into()),
            Change::Name(other) => name = UserId::parse(other).ok()?,
            Change::Relay(other) => relay = other,
            Change::OtherKey(seed) => {
                public = SigningKey::from_bytes(&seed).verifying_key().to_bytes();
            }
            Change::OtherSigner(seed) => {
                signature = SigningKey::from_bytes(&seed).sign(&text).to_bytes();
            }
            Change::OtherScalar => add_order(&mut signature),
            Change::SmallOrder(key, nonce) => {
                public = small_order(key);
                signature[..32].copy_from_slice(&small_order(nonce));
                signature[32..].fill(0);
            }
            Change::Raw(key, first, second) => {
                public = key;
                signature[..32].copy_from_slice(&first);
                signature[32..].copy_from_slice(&second);
            }
        }
        let proof = match self.change {
            Change::NoProof => None,
            Change::Texts(key, signature) => Some(read(key, signature, relay)?),
            _ => Some(Proof {
                key: PublicKey::from_bytes(public),
                relay: relay.to_owned(),
                signature: Signature::from_bytes(signature),
            }),
        };
        let (name, proof) = over_the_wire(name, proof);
        Some(Said { nonce: Nonce::from_random(nonce), name, proof })
    }
}

fn over_the_wire(from_user_id: UserId, proof: Option<Proof>) -> (UserId, Option<Proof>) {
    let (cursor, receipts) = (Seq::START, Seq::START);
    let open = ClientFrame::Open { from_user_id, cursor, receipts, proof: proof.map(Box::new) };
    let arrived = codec::decode(&codec::encode(&open));
    assert_eq!(arrived.as_ref(), Ok(&open));
    match open {
        ClientFrame::Open { from_user_id, proof, .. } => (from_user_id, proof.map(|proof| *proof)),
        other => panic!("an open, not {other:?}"),
    }
}

/// Keys and signatures have one text each.
fn read(key: &str, signature: &str, relay: &str) -> Option<Proof> {
    let public = PublicKey::parse(key).ok()?;
    assert_eq!(public.to_string(), key);
    let signed = Signature::parse(signature).ok()?;
    assert_eq!(signed.to_string(), signature);
    Some(Proof { key: public, relay: relay.to_owned(), signature: signed })
}
