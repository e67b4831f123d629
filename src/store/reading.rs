//! Reads records from the JSON that they were stored as. Fields that this page doesn't know are ignored.

use duologue_protocol::{
    Content, ErrorCode, Fingerprint, MessageId, Relation, RelationKind, Seq, UnixMillis, UserId,
};
use duologue_session::Rule;
use serde::Deserialize as _;
use serde_json::Value;

use super::record::{
    Amended, Book, DraftRecord, Entry, EntryState, Filing, Marks, MessageRecord, PeerRecord, Place,
    Progress, Standing,
};

/// A record of the database.
pub(super) trait Record: Sized {
    /// Reads it; `None` if something in it is missing or breaks its rule.
    fn of(json: &Value) -> Option<Self>;

    /// Reads it from text.
    fn read(text: &str) -> Option<Self> {
        Self::of(&serde_json::from_str(text).ok()?)
    }
}

impl Record for MessageRecord {
    fn of(json: &Value) -> Option<Self> {
        let entry = &json["entry"];
        let entry = Entry {
            id: MessageId::parse(text(&entry["id"])?).ok()?,
            content: content(entry)?,
            at: UnixMillis(entry["at"].as_u64()?),
            state: state(&entry["state"])?,
            amended: amended(&entry["amended"]),
        };
        Some(Self { order: json["order"].as_u64()?, peer: user(&json["peer"])?, entry })
    }
}

impl Record for PeerRecord {
    fn of(json: &Value) -> Option<Self> {
        Some(Self {
            peer: user(&json["peer"])?,
            delivered: marks(&json["delivered"])?,
            read: marks(&json["read"])?,
            read_here: place(&json["read_here"])?,
            // Records of before have none of these.
            pin: match &json["pin"] {
                Value::Null => None,
                pin => Some(Fingerprint::parse(text(pin)?).ok()?),
            },
            is_verified: json["is_verified"].as_bool().unwrap_or_default(),
            standing: text(&json["standing"]).and_then(standing),
            filing: filing(&json["filing"]),
        })
    }
}

impl Record for DraftRecord {
    fn of(json: &Value) -> Option<Self> {
        Some(Self { peer: user(&json["peer"])?, text: text(&json["text"])?.to_owned() })
    }
}

impl Record for Book {
    fn of(json: &Value) -> Option<Self> {
        let progress = &json["progress"];
        let progress = Progress {
            era: number(&progress["era"])?,
            cursor: seq(&progress["cursor"])?,
            receipts: seq(&progress["receipts"])?,
        };
        Some(Self { progress, next_order: json["next_order"].as_u64()? })
    }
}

fn state(json: &Value) -> Option<EntryState> {
    Some(match text(&json["is"])? {
        "theirs" => EntryState::Theirs { place: place(&json["place"])? },
        "queued" => EntryState::Queued,
        "sent" => EntryState::Sent { place: place(&json["place"])? },
        "failed" => EntryState::Failed {
            reason: text(&json["reason"])?.to_owned(),
            rule: rule(&json["rule"]),
        },
        _ => return None,
    })
}

/// Records of before have none, and those of a later page one that this doesn't know.
fn rule(json: &Value) -> Rule {
    Rule::deserialize(json).unwrap_or(Rule::Error(ErrorCode::Unknown))
}

fn content(json: &Value) -> Option<Content> {
    let words = Content::parse(text(&json["content"])?).ok()?;
    let relation = &json["relation"];
    if relation.is_null() {
        return Some(words);
    }
    Some(words.with(Some(Relation {
        kind: RelationKind::parse(text(&relation["kind"])?).ok()?,
        from_user_id: user(&relation["fromUserId"])?,
        id: MessageId::parse(text(&relation["id"])?).ok()?,
    })))
}

/// Most messages have none.
fn amended(json: &Value) -> Amended {
    let is = |name: &str| json[name].as_bool().unwrap_or_default();
    let emoji = |name: &str| text(&json[name]).map(ToOwned::to_owned);
    Amended {
        is_edited: is("is_edited"),
        is_deleted: is("is_deleted"),
        mine: emoji("mine"),
        theirs: emoji("theirs"),
    }
}

/// Records of before have none; nothing is lost with it that a press can't bring back.
fn filing(json: &Value) -> Filing {
    let is = |name: &str| json[name].as_bool().unwrap_or_default();
    Filing { is_pinned: is("is_pinned"), is_muted: is("is_muted"), is_archived: is("is_archived") }
}

fn standing(text: &str) -> Option<Standing> {
    Some(match text {
        "accepted" => Standing::Accepted,
        "ignored" => Standing::Ignored,
        "blocked" => Standing::Blocked,
        _ => return None,
    })
}

fn marks(json: &Value) -> Option<Marks> {
    json.as_array()?.iter().map(place).collect::<Option<_>>().map(Marks)
}

fn place(json: &Value) -> Option<Place> {
    Some(Place { era: number(&json["era"])?, seq: seq(&json["seq"])? })
}

fn seq(json: &Value) -> Option<Seq> {
    Seq::new(json.as_u64()?).ok()
}

fn number(json: &Value) -> Option<u32> {
    json.as_u64()?.try_into().ok()
}

fn user(json: &Value) -> Option<UserId> {
    UserId::parse(text(json)?).ok()
}

fn text(json: &Value) -> Option<&str> {
    json.as_str()
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::*;

    fn place(era: u32, n: u64) -> Place {
        Place { era, seq: Seq::new(n).unwrap() }
    }

    fn survives<T: Record + Serialize + PartialEq + std::fmt::Debug>(record: &T) -> Value {
        let text = serde_json::to_string(record).unwrap();
        assert_eq!(T::read(&text).as_ref(), Some(record), "{text}");
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn what_is_written_can_be_read() {
        let peer = UserId::parse("小秋").unwrap();
        let states = [
            EntryState::Theirs { place: place(0, 5) },
            EntryState::Queued,
            EntryState::Sent { place: place(1, 7) },
            EntryState::Failed { reason: "too \"fast\"\n".into(), rule: Rule::Close(4500) },
            EntryState::Failed { reason: "full".into(), rule: Rule::Error(ErrorCode::MailboxFull) },
            EntryState::Failed { reason: "full".into(), rule: Rule::OutboxFull },
        ];
        for state in states {
            let id = MessageId::parse("a-Z_9").unwrap();
            let content = Content::parse("\t\"hi\"\n👋").unwrap();
            let mut entry = Entry::new(id, content, UnixMillis(1), state);
            survives(&MessageRecord { order: 3, peer: peer.clone(), entry: entry.clone() });
            let (kind, id) = (RelationKind::Reply, MessageId::parse("b7").unwrap());
            let relation = Relation { kind, from_user_id: peer.clone(), id };
            entry.content = entry.content.with(Some(relation));
            let (mine, theirs) = (Some("👍".to_owned()), None);
            entry.amended = Amended { is_edited: true, is_deleted: false, mine, theirs };
            let json = survives(&MessageRecord { order: 3, peer: peer.clone(), entry });
            let mut torn = json.clone();
            torn["entry"]["relation"]["id"] = Value::Null;
            assert_eq!(MessageRecord::of(&torn), None, "half a relation is none");
        }
        let marks = Marks(vec![place(0, 900), place(1, 2)]);
        let known =
            PeerRecord { delivered: marks, read_here: place(1, 1), ..PeerRecord::new(peer) };
        survives(&known);
        for standing in [Standing::Accepted, Standing::Ignored, Standing::Blocked] {
            let pin = Fingerprint::parse("b3dSBoj2z-2E_CquZ3ep0Q").ok();
            let standing = Some(standing);
            let filing = Filing { is_muted: true, ..Filing::default() };
            survives(&PeerRecord { pin, is_verified: true, standing, filing, ..known.clone() });
        }
        survives(&DraftRecord { peer: known.peer, text: "a\nb".into() });
        let progress = Progress { era: 1, cursor: Seq::MAX, receipts: Seq::START };
        survives(&Book { progress, next_order: 7 });
    }

    #[test]
    fn what_is_known_of_a_peer_from_before_there_were_keys_is_read() {
        let text = r#"{"peer":"ben","delivered":[],"read":[],"read_here":{"era":0,"seq":4}}"#;
        let record = PeerRecord::read(text).unwrap();
        assert_eq!((record.pin, record.is_verified, record.standing), (None, false, None));
        let torn = text.replace("}}", r#"},"pin":"b3dS"}"#);
        assert_eq!(PeerRecord::read(&torn), None, "half a key is not none");
    }

    #[test]
    fn what_breaks_a_rule_is_not_read() {
        let peer = UserId::parse("ben").unwrap();
        let good = survives(&DraftRecord { peer, text: "x".into() });
        for (field, bad) in [("peer", Value::from(" ben")), ("text", Value::Null)] {
            let mut json = good.clone();
            json[field] = bad;
            assert_eq!(DraftRecord::of(&json), None, "{json}");
        }
        for text in ["", "null", "7", "{", "[]"] {
            assert_eq!(MessageRecord::read(text), None, "{text}");
            assert_eq!(Book::read(text), None, "{text}");
        }
    }
}
