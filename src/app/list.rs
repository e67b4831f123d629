//! The list of conversations: which ones it shows, in which order, and what a row says.

use std::borrow::Cow;

use duologue_protocol::{UnixMillis, UserId};

use rust_i18n::t;

use super::acquaintance::Barrier;
use super::conversations::{Conversation, Status};
use super::{markup, words};
use crate::store::record::{Entry, Filing};

/// All that a row shows: rows are drawn anew only when one of these changes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Row {
    /// With whom.
    pub peer: UserId,
    /// The last message, on one line.
    pub last: String,
    /// Whether that is one's own.
    pub is_mine: bool,
    /// When it was said.
    pub at: Option<UnixMillis>,
    /// What became of it, where it is one's own: a class name, and words.
    pub fate: Option<(&'static str, Cow<'static, str>)>,
    /// How many messages are unread.
    pub unread: u32,
    /// Whether it is a stranger's request.
    pub is_request: bool,
    /// Where the person keeps it.
    pub filing: Filing,
}

/// More than the widest row can show; the rest of a 16 KiB message needn't be laid out.
const SNIPPET_CHARS: usize = 120;

impl Row {
    /// The row of a conversation; `None` where it is out of sight.
    pub fn of(
        conversation: &Conversation,
        barrier: Option<Barrier>,
        filing: Filing,
        hides_reads: bool,
    ) -> Option<Self> {
        let is_request = match barrier {
            Some(Barrier::Ignored | Barrier::Blocked) => return None,
            Some(Barrier::Request) => true,
            None => false,
        };
        let last = conversation.entries.last();
        Some(Self {
            peer: conversation.peer.clone(),
            last: last.map(|entry| snippet(entry)).unwrap_or_default(),
            is_mine: last.is_some_and(|entry| entry.is_mine()),
            at: last.map(|entry| entry.at),
            fate: last.filter(|entry| entry.is_mine() && !entry.amended.is_deleted).map(|entry| {
                let status = conversation.status(entry).seen(hides_reads);
                let words = match &status {
                    // Why, the conversation says.
                    Status::Failed(_) => t!("message.not_sent"),
                    status => words::delivery(status),
                };
                (words::class(&status), words)
            }),
            unread: conversation.unread,
            is_request,
            filing,
        })
    }

    /// Whether it is put away. News bring it back, unless it is muted.
    pub fn is_away(&self) -> bool {
        self.filing.is_archived && (self.unread == 0 || self.filing.is_muted)
    }
}

/// The rows as they stand: pinned ones first, each in the order that they came in, which is that of their last
/// messages. The second part is what is put away.
pub fn arrange(rows: Vec<Row>) -> (Vec<Row>, Vec<Row>) {
    let (away, here): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(Row::is_away);
    let (mut first, rest): (Vec<Row>, Vec<Row>) =
        here.into_iter().partition(|row| row.filing.is_pinned);
    first.extend(rest);
    (first, away)
}

/// The beginning of a message, on one line.
pub fn snippet(entry: &Entry) -> String {
    if entry.amended.is_deleted {
        return t!("message.deleted").into_owned();
    }
    // With room for marks and spaces, and without all of a message of 16 KiB.
    beginning(entry.content.as_str())
}

/// The beginning of a text, on one line.
pub fn beginning(text: &str) -> String {
    let beginning: String = text.chars().take(4 * SNIPPET_CHARS).collect();
    let plain = markup::plain(&beginning);
    let words = plain.split_whitespace().take(SNIPPET_CHARS);
    words.collect::<Vec<_>>().join(" ").chars().take(SNIPPET_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, unread: u32, filing: Filing) -> Row {
        let peer = UserId::parse(name).unwrap();
        Row {
            peer,
            last: String::new(),
            is_mine: false,
            at: None,
            fate: None,
            unread,
            is_request: false,
            filing,
        }
    }

    fn names(rows: &[Row]) -> Vec<&str> {
        rows.iter().map(|row| row.peer.as_str()).collect()
    }

    #[test]
    fn what_is_pinned_comes_first_and_what_is_archived_comes_back_with_news() {
        let pinned = Filing { is_pinned: true, ..Filing::default() };
        let archived = Filing { is_archived: true, ..Filing::default() };
        let muted = Filing { is_muted: true, ..archived };
        let rows = [
            row("ann", 0, Filing::default()),
            row("ben", 0, archived),
            row("cleo", 1, archived),
            row("dan", 1, muted),
            row("eve", 0, pinned),
        ];
        let (here, away) = arrange(rows.to_vec());
        assert_eq!(names(&here), ["eve", "ann", "cleo"]);
        assert_eq!(names(&away), ["ben", "dan"]);
    }

    #[test]
    fn a_row_says_the_last_message_on_one_line() {
        use crate::app::conversations::Conversations;
        use crate::store::record::Progress;
        use duologue_protocol::{Content, MessageId};
        use duologue_session::{Change, Draft};

        let mut all = Conversations::default();
        let to = UserId::parse("ben").unwrap();
        let content = Content::parse(format!("*a*\n\n  `b` {}", "x ".repeat(200))).unwrap();
        let draft = Draft { id: MessageId::parse("1").unwrap(), to: to.clone(), content };
        all.apply(&Change::Queued { draft, at: UnixMillis(7) }, Progress::default());
        let row = |barrier| Row::of(all.with(&to).unwrap(), barrier, Filing::default(), false);
        let shown = row(None).unwrap();
        assert!(shown.last.starts_with("a b x x ") && shown.last.len() == SNIPPET_CHARS);
        assert_eq!((shown.is_mine, shown.at, shown.is_request), (true, Some(UnixMillis(7)), false));
        assert_eq!(shown.fate, Some(("queued", "Waiting".into())));
        assert!(row(Some(Barrier::Request)).unwrap().is_request);
        assert_eq!(row(Some(Barrier::Blocked)), None);
    }
}
