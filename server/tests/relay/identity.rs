//! A name belongs to a key: every way to get in without it, tried.

use duologue_protocol::identity::{Proof, PublicKey, Signature, signed_text};
use duologue_protocol::polling::Polled;
use duologue_protocol::{ClientFrame, ErrorCode, Nonce, RelayFrame, Seq, codec};
use duologue_server::edge::proxy::Network;
use ed25519_dalek::{Signer as _, SigningKey};
use futures_util::future::join_all;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::common::{Client, TestRelay, open, user};
use crate::polling_client::Http;

/// "this name is not yours to open".
const NOT_YOURS: u16 = 4501;

struct Person {
    name: &'static str,
    key: SigningKey,
}

impl Person {
    fn new(name: &'static str, seed: u8) -> Self {
        Self { name, key: SigningKey::from_bytes(&[seed; 32]) }
    }

    fn proof(&self, relay: &str, nonce: &Nonce) -> Proof {
        let signature = self.key.sign(signed_text(relay, nonce, &user(self.name)).as_bytes());
        Proof {
            key: PublicKey::from_bytes(self.key.verifying_key().to_bytes()),
            relay: relay.to_owned(),
            signature: Signature::from_bytes(signature.to_bytes()),
        }
    }

    /// Opens a connection with the proof that `prove` makes; what the relay answers first.
    async fn opens(
        &self,
        relay: &TestRelay,
        prove: impl FnOnce(&Self, &str, &Nonce) -> Proof,
    ) -> (Client, RelayFrame) {
        let mut client = relay.connect("/v1/ws").await;
        let RelayFrame::Challenge { nonce } = client.frame().await else { panic!("no challenge") };
        let proof = prove(self, &relay.address.to_string(), &nonce);
        client.send(&with(self.name, proof)).await;
        let answer = client.frame().await;
        (client, answer)
    }

    /// The same by way of a proxy that says for whom it comes.
    async fn opens_from(&self, relay: &TestRelay, client: &str) -> RelayFrame {
        let mut request = format!("ws://{}/v1/ws", relay.address).into_client_request().unwrap();
        request.headers_mut().insert("x-forwarded-for", client.parse().unwrap());
        let mut client = Client(connect_async(request).await.unwrap().0);
        let RelayFrame::Challenge { nonce } = client.frame().await else { panic!("no challenge") };
        let proof = self.proof(&relay.address.to_string(), &nonce);
        client.send(&with(self.name, proof)).await;
        client.frame().await
    }

    async fn is_welcome(&self, relay: &TestRelay) -> Client {
        let (client, answer) = self.opens(relay, Self::proof).await;
        assert!(matches!(&answer, RelayFrame::Welcome { .. }), "{answer:?}");
        client
    }
}

/// A relay that listens to the whole network, spoken to from this machine.
async fn reachable_by_others(allow_keyless: bool) -> TestRelay {
    let mut relay = TestRelay::with(|config| {
        config.listen = "0.0.0.0:0".into();
        config.allow_keyless = allow_keyless;
    })
    .await;
    relay.address.set_ip([127, 0, 0, 1].into());
    relay
}

fn with(name: &str, proof: Proof) -> ClientFrame {
    let ClientFrame::Open { from_user_id, cursor, receipts, .. } = open(name, Seq::START) else {
        unreachable!()
    };
    ClientFrame::Open { from_user_id, cursor, receipts, proof: Some(Box::new(proof)) }
}

async fn is_refused((mut client, answer): (Client, RelayFrame), expected: ErrorCode) {
    let RelayFrame::Error { code, message, .. } = answer else { panic!("{answer:?}") };
    assert_eq!(code, expected, "{message}");
    assert_eq!(client.close_code().await, NOT_YOURS);
}

async fn keyless(relay: &TestRelay, name: &str) -> (Client, RelayFrame) {
    let mut client = relay.connect("/v1/ws").await;
    client.frame().await;
    client.send(&open(name, Seq::START)).await;
    let answer = client.frame().await;
    (client, answer)
}

#[tokio::test]
async fn the_first_key_has_the_name_and_no_other_gets_in() {
    let relay = TestRelay::start().await;
    let (ann, mallory) = (Person::new("ann", 1), Person::new("ann", 2));
    let _here = ann.is_welcome(&relay).await;
    is_refused(mallory.opens(&relay, Person::proof).await, ErrorCode::NameTaken).await;
    is_refused(keyless(&relay, "ann").await, ErrorCode::NameTaken).await;
    let _again = ann.is_welcome(&relay).await;
}

#[tokio::test]
async fn a_claim_is_kept_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let start = async || {
        TestRelay::with(|config| {
            config.ephemeral = false;
            config.data = Some(folder.path().to_owned());
        })
        .await
    };
    let mut relay = start().await;
    drop(Person::new("ann", 1).is_welcome(&relay).await);
    relay.stop().await.unwrap();
    let relay = start().await;
    is_refused(Person::new("ann", 2).opens(&relay, Person::proof).await, ErrorCode::NameTaken)
        .await;
    Person::new("ann", 1).is_welcome(&relay).await;
}

#[tokio::test]
async fn of_fifty_who_claim_a_name_at_once_one_gets_it() {
    let relay = TestRelay::start().await;
    let claims = (0..50).map(|seed| {
        let relay = &relay;
        async move {
            let person = Person::new("ann", seed);
            let (client, answer) = person.opens(relay, Person::proof).await;
            (seed, client, answer)
        }
    });
    let mut winners = Vec::new();
    for (seed, client, answer) in join_all(claims).await {
        if matches!(answer, RelayFrame::Welcome { .. }) {
            winners.push(seed);
        } else {
            is_refused((client, answer), ErrorCode::NameTaken).await;
        }
    }
    let [winner] = winners[..] else { panic!("{winners:?}") };
    Person::new("ann", winner).is_welcome(&relay).await;
}

#[tokio::test]
async fn a_stolen_signature_opens_nothing() {
    let relay = TestRelay::start().await;
    let ann = Person::new("ann", 1);
    // One that was seen on another connection.
    let earlier = Nonce::from_random([7; 16]);
    let replayed = |ann: &Person, host: &str, _: &Nonce| ann.proof(host, &earlier);
    is_refused(ann.opens(&relay, replayed).await, ErrorCode::BadProof).await;
    // One that a relay of somebody else's was given for this relay's challenge.
    let elsewhere = |ann: &Person, _: &str, nonce: &Nonce| ann.proof("evil.example", nonce);
    is_refused(ann.opens(&relay, elsewhere).await, ErrorCode::BadProof).await;
    let relabelled = |ann: &Person, host: &str, nonce: &Nonce| Proof {
        relay: host.to_owned(),
        ..ann.proof("evil.example", nonce)
    };
    is_refused(ann.opens(&relay, relabelled).await, ErrorCode::BadProof).await;
    // One for another name of the same person.
    let other_name = |ann: &Person, host: &str, nonce: &Nonce| {
        Person { name: "ben", key: ann.key.clone() }.proof(host, nonce)
    };
    is_refused(ann.opens(&relay, other_name).await, ErrorCode::BadProof).await;
    // None of them has claimed the name.
    Person::new("ann", 9).is_welcome(&relay).await;
}

#[tokio::test]
async fn whoever_had_the_name_without_a_key_goes_when_it_is_claimed() {
    let relay = TestRelay::start().await;
    let (mut keyless_v1, _) = keyless(&relay, "ann").await;
    let mut classic = relay.classic("ann", "ben").await;
    let mut other = relay.classic("ben", "ann").await;
    let _ann = Person::new("ann", 1).is_welcome(&relay).await;
    while !matches!(
        keyless_v1.next().await,
        Some(tokio_tungstenite::tungstenite::Message::Close(_))
    ) {}
    assert_eq!(classic.close_code().await, NOT_YOURS);
    other.settle().await;
}

#[tokio::test]
async fn a_classic_page_gets_no_name_that_has_a_key_in_no_spelling() {
    let relay = TestRelay::start().await;
    let _ann = Person::new("ann", 1).is_welcome(&relay).await;
    for spelling in ["ann", "Ann", "ANN", "\u{ff41}nn"] {
        let mut mallory = relay.connect("/").await;
        mallory
            .text(format!(r#"{{"type":"open","fromUserId":"{spelling}","toUserId":"ben"}}"#))
            .await;
        assert_eq!(mallory.close_code().await, NOT_YOURS, "{spelling}");
    }
}

#[tokio::test]
async fn a_name_has_one_spelling() {
    let relay = TestRelay::start().await;
    for name in ["Ann", "ＡＮＮ", "Rene\u{301}"] {
        let (client, answer) = keyless(&relay, name).await;
        is_refused((client, answer), ErrorCode::InvalidName).await;
    }
    // To others, too: two conversations with one person would be one too many.
    let mut ann = relay.v1("ann").await;
    ann.writes("Ben", "1", "hi").await;
    let (code, rule, id) = ann.error().await;
    assert_eq!((code, id.map(|id| id.to_string())), (ErrorCode::InvalidName, Some("1".into())));
    assert!(rule.contains("ben"), "{rule}");
    // A classic page is brought to the right one.
    let mut classic = relay.classic("BEN", "Ann").await;
    ann.writes("ben", "2", "hi").await;
    assert!(classic.next_text().await.contains("hi"));
}

#[tokio::test]
async fn where_others_can_reach_it_a_relay_takes_nobody_without_a_key() {
    let relay = reachable_by_others(false).await;
    is_refused(keyless(&relay, "ann").await, ErrorCode::KeyRequired).await;
    let mut classic = relay.connect("/").await;
    classic.text(r#"{"type":"open","fromUserId":"1","toUserId":"2"}"#).await;
    assert_eq!(classic.close_code().await, NOT_YOURS);
    Person::new("ann", 1).is_welcome(&relay).await;

    let relay = reachable_by_others(true).await;
    let (_, answer) = keyless(&relay, "ann").await;
    assert!(matches!(answer, RelayFrame::Welcome { .. }), "{answer:?}");
}

#[tokio::test]
async fn throwaway_names_need_no_key_belong_to_nobody_and_reach_nobody_else() {
    let relay = reachable_by_others(false).await;
    let mut ann = Person::new("ann", 1).is_welcome(&relay).await;
    let claimed = Person::new("~one", 2).opens(&relay, Person::proof).await;
    is_refused(claimed, ErrorCode::InvalidName).await;
    let (mut one, mut two) = (relay.v1("~one").await, relay.v1("~two").await);
    one.writes("~two", "1", "hi").await;
    assert!(matches!(one.frame().await, RelayFrame::Stored { .. }));
    assert!(matches!(two.frame().await, RelayFrame::Message { .. }));
    one.writes("ann", "2", "spam").await;
    assert_eq!(one.error().await.0, ErrorCode::InvalidName);
    ann.frame().await;
    ann.writes("~one", "1", "hi").await;
    assert_eq!(ann.error().await.0, ErrorCode::InvalidName);
}

#[tokio::test]
async fn over_polling_the_reason_is_said_as_well() {
    let relay = TestRelay::start().await;
    let _ann = Person::new("ann", 1).is_welcome(&relay).await;
    let mut mallory = Http::connect(&relay).await;
    mallory.sends(&[open("ann", Seq::START)]).await;
    let response = mallory.poll(mallory.after, 20).send().await.unwrap();
    let polled: Polled = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    let said: Vec<RelayFrame> =
        polled.frames.iter().map(|frame| codec::decode(frame.get()).unwrap()).collect();
    assert!(
        matches!(&said[..], [RelayFrame::Error { code: ErrorCode::NameTaken, .. }]),
        "{said:?}"
    );
    assert_eq!(polled.close.map(|close| close.code), Some(NOT_YOURS));
}

#[tokio::test]
async fn of_too_many_connections_of_a_name_the_oldest_goes() {
    let relay = TestRelay::start().await;
    let ann = Person::new("ann", 1);
    let mut here = Vec::new();
    for _ in 0..17 {
        here.push(ann.is_welcome(&relay).await);
    }
    let mut oldest = here.remove(0);
    assert!(matches!(oldest.frame().await, RelayFrame::CaughtUp { .. }));
    assert_eq!(oldest.close_code().await, 4502);
    let mut ben = relay.v1("ben").await;
    ben.writes("ann", "1", "to all of them").await;
    for client in &mut here {
        client.frame().await;
        assert!(matches!(client.frame().await, RelayFrame::Message { .. }));
    }
}

#[tokio::test]
async fn the_relay_says_whose_a_name_is() {
    let relay = TestRelay::start().await;
    let ann = Person::new("ann", 1);
    let _here = ann.is_welcome(&relay).await;
    let mut ben = Person::new("ben", 2).is_welcome(&relay).await;
    let key = Some(PublicKey::from_bytes(ann.key.verifying_key().to_bytes()));
    for (name, key) in [("ann", key), ("nobody", None), ("Ann", None), ("a\u{200b}nn", None)] {
        ben.send(&ClientFrame::WhoIs { peer: user(name) }).await;
        let answer = loop {
            match ben.frame().await {
                RelayFrame::CaughtUp { .. } => {}
                answer => break answer,
            }
        };
        assert_eq!(answer, RelayFrame::Identity { peer: user(name), key });
    }
    // Whoever asked before sending sends now, and hears of this message what is wrong.
    ben.writes("Ann", "1", "hi").await;
    let RelayFrame::Error { code, message, id, .. } = ben.frame().await else { panic!("no error") };
    assert_eq!((code, id.map(|id| id.to_string())), (ErrorCode::InvalidName, Some("1".into())));
    assert!(message.contains("ann"), "{message}");
}

#[tokio::test]
async fn who_did_not_open_is_told_of_nobody() {
    let relay = TestRelay::start().await;
    let mut client = relay.connect("/v1/ws").await;
    client.frame().await;
    client.send(&ClientFrame::WhoIs { peer: user("ann") }).await;
    let RelayFrame::Error { code, .. } = client.frame().await else { panic!("no error") };
    assert_eq!(code, ErrorCode::NotOpen);
}

#[tokio::test]
async fn an_address_takes_a_bounded_number_of_names_and_keeps_those_that_it_has() {
    let relay = TestRelay::with(|config| {
        // Whoever comes from this machine is not counted, but for this address.
        config.trusted_proxy = vec![Network::parse("127.0.0.1").unwrap()];
        config.address_names = 2;
    })
    .await;
    let (ann, ben, cas) = (Person::new("ann", 1), Person::new("ben", 2), Person::new("cas", 3));
    for person in [&ann, &ben, &ann, &ann] {
        let answer = person.opens_from(&relay, "203.0.113.7").await;
        assert!(matches!(answer, RelayFrame::Welcome { .. }), "{answer:?}");
    }
    let refused = cas.opens_from(&relay, "203.0.113.7").await;
    let RelayFrame::Error { code, message, .. } = refused else { panic!("{refused:?}") };
    assert_eq!(code, ErrorCode::NamesFull);
    assert!(message.contains("--address-names"), "{message}");
    let answer = cas.opens_from(&relay, "203.0.113.8").await;
    assert!(matches!(answer, RelayFrame::Welcome { .. }), "{answer:?}");
}
