//! Properties of the codec over arbitrary input.
#![allow(clippy::unwrap_used)]

use duologue_protocol::codec::{decode, encode};
use duologue_protocol::limits::{FRAME_MAX_BYTES, WATCH_MAX};
use duologue_protocol::{
    ClientFrame, Content, MessageId, Relation, RelationKind, RelayFrame, Seq, UnixMillis, UserId,
    classic,
};
use proptest::prelude::*;

fn user() -> impl Strategy<Value = UserId> {
    "[^\\p{Cc}]{1,64}".prop_filter_map("white space at an end", |text| UserId::parse(text).ok())
}

fn id() -> impl Strategy<Value = MessageId> {
    "[A-Za-z0-9_-]{1,64}".prop_map(|text| MessageId::parse(text).unwrap())
}

fn content() -> impl Strategy<Value = Content> {
    let words = "[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f]{1,400}";
    let words = words.prop_map(|text| Content::parse(text).unwrap());
    (words, proptest::option::of(relation())).prop_map(|(words, relation)| words.with(relation))
}

fn relation() -> impl Strategy<Value = Relation> {
    ("[A-Za-z]{1,32}", user(), id()).prop_map(|(kind, from_user_id, id)| {
        let kind = RelationKind::parse(&kind).unwrap();
        Relation { kind, from_user_id, id }
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        id in id(), from in user(), to in user(), content in content(), at in any::<u64>(),
    ) {
        let sent = ClientFrame::Message {
            id: id.clone(), to_user_id: to.clone(), content: content.clone(),
        };
        prop_assert_eq!(decode::<ClientFrame>(&encode(&sent)).unwrap(), sent);
        let brought = RelayFrame::Message {
            seq: Seq::START.plus(at), prev: Seq::START, id, from_user_id: from.clone(),
            content: content.clone(), at: UnixMillis(at),
        };
        prop_assert_eq!(decode::<RelayFrame>(&encode(&brought)).unwrap(), brought);
        let classic = classic::encode_message(&from, &to, &content);
        let pair = classic::Pair { from, to };
        prop_assert_eq!(classic::decode(&classic).unwrap(), classic::ClassicFrame::Message(pair));
        prop_assert_eq!(classic::content_of(&classic).unwrap(), content.with(None));
    }

    #[test]
    fn any_text_is_read_or_refused_and_nothing_panics(text in any::<String>()) {
        let _ = decode::<ClientFrame>(&text);
        let _ = decode::<RelayFrame>(&text);
        let _ = classic::decode(&text);
        let _ = classic::content_of(&text);
    }
}

#[test]
fn the_largest_message_fits_a_frame_however_it_is_escaped() {
    for escaped in ["\n", "\"", "\\", "\t"] {
        let user = UserId::parse("\"".repeat(64)).unwrap();
        let id = MessageId::parse("x".repeat(64)).unwrap();
        let kind = RelationKind::parse(&"x".repeat(32)).unwrap();
        let relation = Relation { kind, from_user_id: user.clone(), id: id.clone() };
        let content = Content::parse(escaped.repeat(16 * 1024)).unwrap().with(Some(relation));
        let frame = RelayFrame::Message {
            seq: Seq::MAX,
            prev: Seq::MAX,
            id,
            from_user_id: user,
            content,
            at: UnixMillis(u64::MAX),
        };
        assert!(encode(&frame).len() <= FRAME_MAX_BYTES);
    }
}

#[test]
fn the_longest_list_of_people_to_watch_fits_a_frame() {
    for letter in ["\"", "𝒳"] {
        let name = |n: usize| UserId::parse(format!("{}{n:03}", letter.repeat(61))).unwrap();
        let frame = ClientFrame::Watch { peers: (0..WATCH_MAX).map(name).collect() };
        assert!(encode(&frame).len() <= FRAME_MAX_BYTES);
    }
}
