//! Opening with a proof that the driver makes.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{Harness, challenge, connects, frames, link, message, seq, welcome_to};
use duologue_protocol::identity::{Proof, PublicKey, Signature};
use duologue_protocol::{ClientFrame, CloseCode, ErrorCode, Rejection, RelayFrame, Seq};
use duologue_session::{
    Down, Generation, Input, LinkState, Output, Preference, Reason, Saved, Transport,
};

fn with_a_key() -> Harness {
    Harness::restored(Saved { has_key: true, ..Saved::default() })
}

fn proof(byte: u8) -> Proof {
    Proof {
        key: PublicKey::from_bytes([byte; 32]),
        relay: "chat.example".into(),
        signature: Signature::from_bytes([byte; 64]),
    }
}

fn signed(generation: u64, byte: u8) -> Input {
    let proof = Some(Box::new(proof(byte)));
    Input::Signed { generation: Generation(generation), proof }
}

#[test]
fn who_has_a_key_signs_the_challenge_before_open() {
    let mut ann = with_a_key();
    let outputs = ann.frame(1, challenge());
    let RelayFrame::Challenge { nonce } = challenge() else { panic!() };
    assert_eq!(outputs, [Output::Sign { generation: Generation(1), nonce }]);
    let opened = frames(&ann.input(signed(1, 7)));
    let [ClientFrame::Open { proof: Some(said), .. }] = &opened[..] else { panic!("{opened:?}") };
    assert_eq!(**said, proof(7));
    let connected = link(&ann.frame(1, welcome_to(Seq::START, Seq::START)));
    assert_eq!(connected, Some(LinkState::Connected));
}

#[test]
fn a_proof_that_comes_late_is_for_nothing() {
    let mut ann = with_a_key();
    ann.frame(1, challenge());
    ann.down(1, 1006);
    assert!(ann.input(signed(1, 7)).is_empty());
    ann.advance_to_timeout();
    assert!(ann.input(signed(1, 7)).is_empty(), "another transport is another challenge");
    ann.frame(2, challenge());
    assert_eq!(frames(&ann.input(signed(2, 8))).len(), 1);
    ann.frame(2, welcome_to(Seq::START, Seq::START));
    assert!(frames(&ann.input(signed(2, 8))).is_empty(), "it is open");
}

#[test]
fn what_comes_while_a_better_transport_is_signed_for_is_not_asked_for_again() {
    let pinned = Preference::Only(Transport::LongPolling);
    let saved = Saved { has_key: true, preference: pinned, ..Saved::default() };
    let mut ann = Harness::on(Transport::LongPolling, saved);
    ann.frame(1, challenge());
    ann.input(signed(1, 7));
    ann.frame(1, welcome_to(Seq::START, Seq::START));
    let outputs = ann.input(Input::Prefer(Preference::Automatic));
    assert_eq!(connects(&outputs), [2]);
    ann.frame(2, challenge());
    ann.frame(1, message("ben", 0, 1));
    let opened = frames(&ann.input(signed(2, 8)));
    let cursors = opened.iter().filter_map(|frame| match frame {
        ClientFrame::Open { cursor, .. } => Some(*cursor),
        _ => None,
    });
    assert_eq!(
        cursors.collect::<Vec<_>>(),
        [seq(1)],
        "the cursor is that of the moment when it is said"
    );
}

#[test]
fn a_name_that_is_not_ones_own_stops_with_the_relays_reason() {
    let mut ann = with_a_key();
    ann.frame(1, challenge());
    ann.input(signed(1, 7));
    let message = "the name ann belongs to another key".to_owned();
    let refusal = Rejection::new(ErrorCode::NameTaken, message.clone()).into();
    assert!(ann.frame(1, refusal).is_empty(), "it is said with the end that follows");
    let code = CloseCode::NotYours;
    let down = Down { code: code.code(), reason: code.reason().into() };
    let outputs = ann.input(Input::TransportDown { generation: Generation(1), down });
    let reason = Reason::of_an_error(ErrorCode::NameTaken, message);
    assert_eq!(link(&outputs), Some(LinkState::Stopped { reason }));
}
