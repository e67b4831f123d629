//! The hub with its mailboxes, a step at a time, over queues that the test empties.

mod claims;
mod classic;
mod parts;
mod presence;
mod receipts;

use duologue_protocol::{Content, ErrorCode, MessageId, RelayFrame, codec};

use super::*;
use crate::mailbox::MemoryMailbox;
use crate::outgoing::{OutgoingFrame, OutgoingQueue, queue};
use crate::post::{Office, Size};

struct Desk(Office);

#[derive(Debug)]
struct Client {
    queue: OutgoingQueue,
    attachment: Attachment,
}

impl Desk {
    fn new() -> Self {
        Self(Office::open(Box::new(MemoryMailbox::default()), UnixMillis(0)).unwrap())
    }

    /// Writes and reads until nothing waits. Returns whether there was anything.
    fn works(&mut self) -> bool {
        let mut worked = false;
        loop {
            let jobs = self.0.queue.take(Size::Large);
            if jobs.is_empty() {
                return worked;
            }
            worked = true;
            for part in self.0.writer.commit(jobs).parts() {
                for fetch in self.0.writer.settle(part) {
                    self.0.reader.read(&fetch).unwrap();
                }
            }
        }
    }

    fn v1(&self, name: &str, cursor: u64) -> Client {
        let mut client = self.opens(name, None, cursor).unwrap();
        let welcome = client.queue.pop();
        assert!(matches!(welcome, Some(OutgoingFrame::Text(text)) if text == "welcome"));
        client
    }

    fn opens(&self, name: &str, key: Option<u8>, cursor: u64) -> Result<Client, Rejection> {
        let (outgoing, queue) = queue();
        let key = key.map(|byte| PublicKey::from_bytes([byte; 32]));
        let opening = Opening { person: user(name), key, welcome: "welcome".into() };
        let cursor = Seq::new(cursor).unwrap();
        let attachment = self.0.hub.attach_person(opening, outgoing, cursor, Seq::START)?;
        Ok(Client { queue, attachment })
    }

    fn classic(&self, from: &str, to: &str) -> Client {
        let (outgoing, queue) = queue();
        Client { queue, attachment: self.0.hub.attach_pair(pair(from, to), outgoing).unwrap() }
    }

    /// A connection that has all there is.
    fn live(&mut self, name: &str) -> Client {
        let mut client = self.v1(name, 0);
        client.settle(self);
        client
    }
}

impl Client {
    /// What waits for the socket, marks done on the way.
    fn texts(&mut self) -> Vec<String> {
        let mut texts = Vec::new();
        while let Some(frame) = self.queue.pop() {
            match frame {
                OutgoingFrame::Text(text) => texts.push(text.to_string()),
                OutgoingFrame::Mail(text, place) => {
                    texts.push(text.to_string());
                    self.queue.delivered(place);
                }
                OutgoingFrame::Mark(mark) => mark.reached(),
                other => panic!("{other:?}"),
            }
        }
        texts
    }

    /// What arrives until nothing more does.
    fn settle(&mut self, desk: &mut Desk) -> Vec<String> {
        let mut texts = self.texts();
        while desk.works() {
            texts.extend(self.texts());
        }
        texts
    }

    /// The same in short: `type` and what matters of it.
    fn hears(&mut self, desk: &mut Desk) -> Vec<String> {
        let short = |text: String| match codec::decode(&text) {
            Ok(RelayFrame::Message { content, .. }) => content.as_str().to_owned(),
            Ok(RelayFrame::Stored { id, .. }) => format!("stored {id}"),
            Ok(RelayFrame::Sent { id, .. }) => format!("sent {id}"),
            Ok(RelayFrame::CaughtUp { .. }) => "caught up".to_owned(),
            Ok(RelayFrame::Delivered { peer, .. }) => format!("delivered {peer}"),
            Ok(RelayFrame::Read { peer, .. }) => format!("read {peer}"),
            Ok(RelayFrame::Error { code, .. }) => format!("{code:?}"),
            _ => text,
        };
        self.settle(desk).into_iter().map(short).collect()
    }

    fn says(&mut self, to: &str, id: &str) {
        self.posts(to, id, &format!("text of {id}"));
    }

    fn posts(&mut self, to: &str, id: &str, content: &str) {
        let post = Post {
            to: user(to),
            id: MessageId::parse(id).unwrap(),
            at: UnixMillis(1),
            content: Some(Content::parse(content).unwrap()),
            classic: None,
        };
        self.attachment.post(post, Room::unbounded()).unwrap();
    }

    fn is_seasoned(&mut self) {
        self.attachment.is_seasoned();
    }
}

fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

fn pair(from: &str, to: &str) -> Pair {
    Pair { from: user(from), to: user(to) }
}

/// `(prev, place after)` of each frame that moves the client's cursor.
fn steps(texts: &[String]) -> Vec<(Seq, Seq)> {
    texts
        .iter()
        .filter_map(|text| match codec::decode(text) {
            Ok(RelayFrame::Message { prev, seq, .. }) => Some((prev, seq)),
            Ok(RelayFrame::CaughtUp { prev, cursor }) => Some((prev, cursor)),
            _ => None,
        })
        .collect()
}

#[test]
fn a_live_connection_gets_a_message_before_it_is_stored_and_the_sender_hears_after() {
    let mut desk = Desk::new();
    let (mut ann, mut ben) = (desk.live("ann"), desk.live("ben"));
    ann.says("ben", "1");
    assert!(ben.texts()[0].contains("text of 1"));
    assert!(ann.texts().is_empty(), "nothing is on the disk");
    assert_eq!(ann.hears(&mut desk), ["stored 1"]);
    assert!(ben.texts().is_empty());
}

#[test]
fn what_was_missed_comes_on_open_in_order_and_then_what_is_new() {
    let mut desk = Desk::new();
    let mut ann = desk.live("ann");
    let count = 3 * crate::mailbox::PAGE_MAX + 7;
    for n in 0..count {
        ann.says("ben", &n.to_string());
    }
    ann.settle(&mut desk);
    let mut ben = desk.v1("ben", 0);
    // New traffic while the pages are read.
    ann.says("ben", "late");
    let texts = ben.settle(&mut desk);
    let mut expected: Vec<String> = (0..count).map(|n| format!("text of {n}")).collect();
    expected.push("text of late".into());
    let contents: Vec<String> = texts
        .iter()
        .filter_map(|text| match codec::decode(text) {
            Ok(RelayFrame::Message { content, .. }) => Some(content.as_str().to_owned()),
            _ => None,
        })
        .collect();
    assert_eq!(contents, expected);
    let steps = steps(&texts);
    assert_eq!(steps[0].0, Seq::START);
    assert!(steps.windows(2).all(|two| two[0].1 == two[1].0), "no hole and no overlap");
    ann.says("ben", "new");
    assert_eq!(ben.hears(&mut desk), ["text of new"]);
}

#[test]
fn no_page_is_read_before_the_last_one_is_written() {
    let mut desk = Desk::new();
    let mut ann = desk.live("ann");
    for n in 0..=2 * crate::mailbox::PAGE_MAX {
        ann.says("ben", &n.to_string());
    }
    ann.settle(&mut desk);
    let ben = desk.v1("ben", 0);
    desk.works();
    let mut waiting = 0;
    let mut queue = ben.queue;
    let mark = loop {
        match queue.pop() {
            Some(OutgoingFrame::Mark(mark)) => break mark,
            Some(_) => waiting += 1,
            None => panic!("no mark"),
        }
    };
    assert_eq!(waiting, crate::mailbox::PAGE_MAX);
    assert!(queue.pop().is_none());
    assert!(!desk.works());
    mark.reached();
    assert!(desk.works());
}

#[test]
fn a_busy_conversation_does_not_keep_a_connection_behind() {
    let mut desk = Desk::new();
    let mut ann = desk.live("ann");
    let mut ben = desk.v1("ben", 0);
    // A message comes while each thing is on its way.
    for n in 0..10 {
        ann.says("ben", &n.to_string());
        let jobs = desk.0.queue.take(Size::Large);
        let committed = desk.0.writer.commit(jobs);
        for fetch in desk.0.writer.settle(committed) {
            ann.says("ben", &format!("more{n}"));
            desk.0.reader.read(&fetch).unwrap();
        }
    }
    let texts = ben.texts();
    assert!(texts.iter().any(|text| text.contains("caughtUp")), "{texts:?}");
    let steps = steps(&texts);
    assert!(steps.windows(2).all(|two| two[0].1 == two[1].0), "{steps:?}");
    assert_eq!(texts.iter().filter(|text| text.contains("text of")).count(), 12);
}

#[test]
fn more_new_mail_than_is_held_is_read_from_the_mailbox() {
    let mut desk = Desk::new();
    let (mut ann, mut ben) = (desk.live("ann"), desk.v1("ben", 0));
    let count = 400;
    for n in 0..count {
        ann.says("ben", &n.to_string());
    }
    let heard = ben.hears(&mut desk);
    assert_eq!(heard.iter().filter(|text| text.starts_with("text of")).count(), count);
}

#[test]
fn a_repeat_is_stored_once_and_handed_on_once() {
    let mut desk = Desk::new();
    let (mut ann, mut ben) = (desk.live("ann"), desk.live("ben"));
    ann.says("ben", "1");
    ann.says("ben", "1");
    let mut again = desk.live("ann");
    again.says("ben", "1");
    assert_eq!(again.hears(&mut desk), ["stored 1"]);
    assert_eq!(ann.hears(&mut desk), ["stored 1", "stored 1"]);
    let heard = ben.hears(&mut desk);
    assert_eq!(heard.iter().filter(|text| *text == "text of 1").count(), 1, "{heard:?}");
}

#[test]
fn an_id_that_is_used_again_for_other_words_is_refused_and_nobody_sees_them() {
    let mut desk = Desk::new();
    let (mut ann, mut ben) = (desk.live("ann"), desk.live("ben"));
    ann.says("ben", "1");
    ann.posts("ben", "1", "other words");
    assert_eq!(ann.hears(&mut desk), ["stored 1", "IdReused"]);
    assert!(!ben.hears(&mut desk).contains(&"other words".to_owned()));
    let fresh = desk.live("ben").hears(&mut desk);
    assert!(!fresh.contains(&"other words".to_owned()));
}

#[test]
fn what_was_never_sent_can_be_neither_received_nor_read_nor_fetched() {
    let mut desk = Desk::new();
    let (mut ann, mut ben) = (desk.live("ann"), desk.live("ben"));
    ann.says("ben", "1");
    let at = steps(&ben.settle(&mut desk))[0].1;
    let beyond = at.next();
    let code = |result: Result<(), Rejection>| result.unwrap_err().code;
    let ben = &ben.attachment;
    assert_eq!(code(ben.received(beyond, Room::unbounded())), ErrorCode::BeyondSent);
    assert_eq!(code(ben.read(user("ann"), beyond, Room::unbounded())), ErrorCode::BeyondSent);
    assert_eq!(code(ben.fetch(beyond)), ErrorCode::BeyondSent);
    assert!(ben.received(at, Room::unbounded()).is_ok());
}

#[test]
fn a_read_for_a_stranger_is_refused_and_the_stranger_hears_nothing() {
    let mut desk = Desk::new();
    let (mut ann, mut ben, mut cem) = (desk.live("ann"), desk.live("ben"), desk.live("cem"));
    ann.says("ben", "1");
    let at = steps(&ben.settle(&mut desk))[0].1;
    ben.attachment.read(user("cem"), at, Room::unbounded()).unwrap();
    assert_eq!(ben.hears(&mut desk), ["UnknownPeer"]);
    assert!(cem.hears(&mut desk).is_empty());
}

#[test]
fn fetch_goes_back_and_brings_everything_after() {
    let mut desk = Desk::new();
    let (mut ann, mut ben) = (desk.live("ann"), desk.live("ben"));
    for id in ["1", "2", "3"] {
        ann.says("ben", id);
    }
    let first = steps(&ben.settle(&mut desk))[0].1;
    ben.attachment.fetch(first).unwrap();
    // A second one while the first is on its way.
    ben.attachment.fetch(Seq::START).unwrap();
    ann.says("ben", "4");
    let texts = ben.settle(&mut desk);
    let steps = steps(&texts);
    assert_eq!(steps[0].0, Seq::START);
    assert!(steps.windows(2).all(|two| two[0].1 == two[1].0), "{steps:?}");
    assert_eq!(texts.iter().filter(|text| text.contains("text of")).count(), 4);
}

#[test]
fn a_cursor_from_the_future_starts_over() {
    let desk = Desk::new();
    let hub = &desk.0.hub;
    assert_eq!(hub.resume(Seq::MAX, Seq::MAX), (Seq::START, Seq::START));
    assert_eq!(hub.resume(Seq::START, Seq::START), (Seq::START, Seq::START));
}

#[test]
fn a_receipt_that_was_read_before_its_writer_spoke_of_it_is_no_receipt_from_the_future() {
    let mut desk = Desk::new();
    let (mut ann, mut ben) = (desk.live("ann"), desk.live("ben"));
    ann.says("ben", "1");
    let at = steps(&ben.settle(&mut desk))[0].1;
    ann.settle(&mut desk);
    ben.attachment.received(at, Room::unbounded()).unwrap();
    let committed = desk.0.writer.commit(desk.0.queue.take(Size::Large));
    // The reader is another thread, and may be first.
    let mut again = desk.v1("ann", at.get());
    for job in desk.0.queue.take(Size::Large) {
        let Job::Fetch(fetch) = job else { panic!("{job:?}") };
        desk.0.reader.read(&fetch).unwrap();
    }
    let told = again.texts().into_iter().find_map(|text| match codec::decode(&text) {
        Ok(RelayFrame::Delivered { version, .. }) => Some(version),
        _ => None,
    });
    let version = told.unwrap();
    assert_eq!(desk.0.hub.resume(at, version), (at, version));
    desk.0.writer.settle(committed);
    assert_eq!(desk.0.hub.resume(at, version), (at, version));
    assert_eq!(desk.0.hub.resume(at, version.next()), (Seq::START, Seq::START));
}

#[test]
fn every_connection_of_a_person_gets_everything_once() {
    let mut desk = Desk::new();
    let (mut ann, mut ann2) = (desk.live("ann"), desk.live("ann"));
    let (mut ben, mut ben2) = (desk.live("ben"), desk.live("ben"));
    let mut cem = desk.live("cem");
    ann.says("ben", "1");
    assert_eq!(ann.hears(&mut desk), ["stored 1"]);
    assert_eq!(ann2.hears(&mut desk), ["sent 1"]);
    assert_eq!(ben.hears(&mut desk), ["text of 1"]);
    assert_eq!(ben2.hears(&mut desk), ["text of 1"]);
    assert!(cem.hears(&mut desk).is_empty());
}

#[test]
fn a_dropped_attachment_leaves_nothing_behind() {
    let mut desk = Desk::new();
    let clients = (desk.live("ann"), desk.live("ann"), desk.classic("ann", "ben"));
    let waiting = desk.v1("ann", 0);
    drop((clients, waiting));
    desk.works();
    let state = desk.0.hub.lock();
    assert!(state.people.is_empty() && state.pairs.is_empty());
}
