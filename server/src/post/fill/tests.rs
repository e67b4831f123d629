//! Mailboxes that fill up, over the hub and the writer.

use std::sync::{Arc, LazyLock};

use bytestring::ByteString;
use duologue_protocol::{Content, ErrorCode, MessageId, RelayFrame, Seq, UnixMillis, codec};

use super::*;
use crate::hub::{Attachment, Opening, Post};
use crate::mailbox::{Entry, MemoryMailbox};
use crate::outgoing::{OutgoingFrame, OutgoingQueue, queue};
use crate::post::{Office, Room, Size};

/// As much as one message says.
const LARGE: usize = 16 * 1024;

struct Person {
    queue: OutgoingQueue,
    attachment: Attachment,
}

struct Desk(Office);

impl Desk {
    /// A relay that has this mail already.
    fn with(mail: impl IntoIterator<Item = Mail>) -> Self {
        let mut mailbox = MemoryMailbox::bounded(usize::MAX);
        for mail in mail {
            mailbox.write(&[Entry::Append(Arc::new(mail))]).unwrap();
        }
        Self(Office::open(Box::new(mailbox), UnixMillis(0)).unwrap())
    }

    fn joins(&self, name: &str) -> Person {
        let (outgoing, queue) = queue();
        let person = UserId::parse(name).unwrap();
        let opening = Opening { person, key: None, welcome: "welcome".into() };
        let attachment =
            self.0.hub.attach_person(opening, outgoing, Seq::START, Seq::START).unwrap();
        Person { queue, attachment }
    }

    fn works(&mut self) {
        loop {
            let jobs = self.0.queue.take(Size::Large);
            if jobs.is_empty() {
                return;
            }
            let committed = self.0.writer.commit(jobs);
            for fetch in self.0.writer.settle(committed) {
                self.0.reader.read(&fetch).unwrap();
            }
        }
    }

    /// Sends a message, and returns why it was refused, if it was.
    fn says(
        &mut self,
        from: &mut Person,
        to: &str,
        id: u64,
        bytes: usize,
    ) -> Option<(ErrorCode, String)> {
        let id = MessageId::parse(id.to_string()).unwrap();
        let post = Post {
            to: UserId::parse(to).unwrap(),
            id: id.clone(),
            at: UnixMillis(u64::MAX),
            content: Some(Content::parse("x".repeat(bytes)).unwrap()),
            classic: None::<ByteString>,
        };
        from.attachment.post(post, Room::unbounded()).unwrap();
        self.works();
        let mut answer = None;
        while let Some(frame) = from.queue.pop() {
            match frame {
                OutgoingFrame::Text(text) => match codec::decode(&text) {
                    Ok(RelayFrame::Stored { id: stored, .. }) if stored == id => {
                        answer = Some(None);
                    }
                    Ok(RelayFrame::Error { code, message, id: about, .. }) => {
                        assert_eq!(about.as_ref(), Some(&id));
                        answer = Some(Some((code, message)));
                    }
                    _ => {}
                },
                OutgoingFrame::Mark(mark) => mark.reached(),
                other => panic!("{other:?}"),
            }
        }
        answer.expect("an answer")
    }
}

/// How many large messages fit.
fn fitting(bytes: u64) -> u64 {
    bytes / (LARGE as u64 + MAIL_OVERHEAD)
}

/// Checked once: there are thousands of these.
static WORDS: LazyLock<Content> = LazyLock::new(|| Content::parse("x".repeat(LARGE)).unwrap());

/// A large message, as old as its place says.
fn large(place: u64, from: &str, to: &str) -> Mail {
    Mail {
        seq: Seq::START.plus(place),
        from: UserId::parse(from).unwrap(),
        to: UserId::parse(to).unwrap(),
        id: MessageId::parse(place.to_string()).unwrap(),
        at: UnixMillis(place),
        content: Some(WORDS.clone()),
        classic: None,
    }
}

#[test]
fn strangers_fill_their_share_and_leave_room_for_those_whom_the_owner_knows() {
    let fitting = fitting(STRANGERS_BYTES);
    let mut desk = Desk::with((1..fitting).map(|place| large(place, "eve", "ben")));
    let (mut ann, mut eve) = (desk.joins("ann"), desk.joins("eve"));
    assert_eq!(desk.says(&mut eve, "ben", fitting, LARGE), None);
    let (code, rule) = desk.says(&mut eve, "ben", fitting + 1, LARGE).unwrap();
    assert_eq!(code, ErrorCode::MailboxFull);
    assert!(rule.contains("32 MiB") && rule.contains("never wrote"), "{rule}");
    assert!(desk.says(&mut ann, "ben", 1, LARGE).is_some(), "who never got a word is a stranger");
    let mut ben = desk.joins("ben");
    assert_eq!(desk.says(&mut ben, "ann", 1, 3), None);
    assert_eq!(desk.says(&mut ann, "ben", 1, LARGE), None, "the same that was refused before");
    // What was stored stays, and a repeat of it is no new message.
    assert_eq!(desk.says(&mut eve, "ben", 1, LARGE), None);
    assert_eq!(desk.says(&mut eve, "ben", 1, 7).unwrap().0, ErrorCode::IdReused);
    assert_eq!(desk.says(&mut eve, "ann", fitting + 2, LARGE), None, "others have room");
}

#[test]
fn a_mailbox_is_full_for_friends_too_and_has_room_again_once_mail_expires() {
    let fitting = fitting(FULL_BYTES);
    let of_ann = (1..fitting).map(|place| large(place, "ann", "ben"));
    let mut desk = Desk::with(of_ann.chain([large(fitting, "ben", "ann")]));
    let mut ann = desk.joins("ann");
    assert_eq!(desk.says(&mut ann, "ben", 900_000, LARGE), None);
    let (code, rule) = desk.says(&mut ann, "ben", 900_001, LARGE).unwrap();
    assert_eq!(code, ErrorCode::MailboxFull);
    assert!(rule.contains("128 MiB"), "{rule}");
    // The first two go.
    desk.0.hub.expire(UnixMillis(3));
    desk.works();
    assert_eq!(desk.says(&mut ann, "ben", 900_001, LARGE), None);
    assert_eq!(desk.says(&mut ann, "ben", 900_002, LARGE), None);
    assert!(desk.says(&mut ann, "ben", 900_003, LARGE).is_some());
}

#[test]
fn many_short_messages_fill_a_mailbox_as_well() {
    let mut mailbox = MemoryMailbox::default();
    let (to, from) = (UserId::parse("ben").unwrap(), UserId::parse("ann").unwrap());
    let mut fills = Fills::default();
    let mail = Mail {
        seq: Seq::START.next(),
        from,
        to,
        id: MessageId::parse("m").unwrap(),
        at: UnixMillis(1),
        content: Some(Content::parse("x").unwrap()),
        classic: None,
    };
    let taken =
        (0..FULL_BYTES).take_while(|_| fills.take(&mut mailbox, &mail).is_ok()).count() as u64;
    assert_eq!(taken, STRANGERS_BYTES / (MAIL_OVERHEAD + 1));
    // One that is not stored after all leaves its room to another.
    fills.give_back(&mail);
    assert_eq!(fills.take(&mut mailbox, &mail), Ok(()));
    assert_eq!(fills.take(&mut mailbox, &mail), Err(Full::ForStrangers));
    // Nothing of it was ever stored: in doubt, the mailbox is asked.
    fills.doubt();
    assert_eq!(fills.take(&mut mailbox, &mail), Ok(()));
}

#[test]
fn whom_the_owner_wrote_to_is_asked_once_and_again_when_something_was_removed() {
    let mut mailbox = MemoryMailbox::default();
    let mail = |n: u64, from: &str, to: &str| Mail {
        seq: Seq::new(n).unwrap(),
        from: UserId::parse(from).unwrap(),
        to: UserId::parse(to).unwrap(),
        id: MessageId::parse(n.to_string()).unwrap(),
        at: UnixMillis(n),
        content: Some(Content::parse("words").unwrap()),
        classic: None,
    };
    let friends: Vec<_> = (1..=KNOWN_MAX as u64 + 1).map(|n| format!("friend-{n}")).collect();
    for (n, friend) in (1..).zip(&friends) {
        mailbox.write(&[Entry::Append(Arc::new(mail(n, "ann", friend)))]).unwrap();
    }
    mailbox.write(&[Entry::Append(Arc::new(mail(100, "cas", "dan")))]).unwrap();
    let kept = Kept { count: 1, bytes: STRANGERS_BYTES };
    let full = || Fill { kept, is_doubtful: false, known: VecDeque::new() };
    let mut fills = Fills(HashMap::from([(UserId::parse("ann").unwrap(), full())]));
    let asks = |fills: &mut Fills, mailbox: &mut MemoryMailbox, from: &str| {
        fills.take(mailbox, &mail(200, from, "ann"))
    };
    for friend in &friends {
        assert_eq!(asks(&mut fills, &mut mailbox, friend), Ok(()));
    }
    assert_eq!(asks(&mut fills, &mut mailbox, "cas"), Err(Full::ForStrangers));
    // What ann wrote is gone, and nobody has said so.
    assert_eq!(mailbox.expire(UnixMillis(99), 99), Ok(friends.len()));
    assert_eq!(asks(&mut fills, &mut mailbox, &friends[1]), Ok(()));
    assert_eq!(asks(&mut fills, &mut mailbox, &friends[0]), Err(Full::ForStrangers), "too many");
    fills.doubt();
    let known = |fills: &Fills| fills.0.values().map(|fill| fill.known.len()).sum::<usize>();
    assert_eq!(known(&fills), 0);
}
