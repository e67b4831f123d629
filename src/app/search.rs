//! Finds words in everything that was said, as far as this browser has it.

use std::ops::Range;

use duologue_protocol::{UnixMillis, UserId};

use super::conversations::Conversations;

/// So many messages are shown at the most, the latest first: whoever needs more says more of what they look for.
pub const FOUND_MAX: usize = 50;

/// How much of a message is shown before what was found, and after it, in characters.
const CONTEXT_CHARS: (usize, usize) = (24, 80);

/// A message in which it was found.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Found {
    /// With whom it was exchanged.
    pub peer: UserId,
    /// Which one it is in the conversation.
    pub index: usize,
    /// Whether the person said it.
    pub is_mine: bool,
    /// When it was said.
    pub at: UnixMillis,
    /// What stands before what was found, what was found, and what stands after it.
    pub parts: [String; 3],
}

/// The messages that hold `words`, as they stand there or each of them somewhere, the latest of each conversation first.
/// Upper and lower case are one. `shows`: whose conversations are looked through.
pub fn search(all: &Conversations, words: &str, shows: impl Fn(&UserId) -> bool) -> Vec<Found> {
    let words = words.trim();
    let mut found = Vec::new();
    if words.is_empty() {
        return found;
    }
    for conversation in all.iter().filter(|conversation| shows(&conversation.peer)) {
        for (index, entry) in conversation.entries.iter().enumerate().rev() {
            if entry.amended.is_deleted {
                continue;
            }
            let text = entry.content.as_str();
            if let Some(hit) = find(text, words).or_else(|| find_each(text, words)) {
                let (peer, at) = (conversation.peer.clone(), entry.at);
                let (is_mine, parts) = (entry.is_mine(), around(text, hit));
                found.push(Found { peer, index, is_mine, at, parts });
                if found.len() >= FOUND_MAX {
                    return found;
                }
            }
        }
    }
    found
}

/// Where `words` are in `text` for the first time, in bytes.
pub fn find(text: &str, words: &str) -> Option<Range<usize>> {
    let words: Vec<char> = words.chars().flat_map(char::to_lowercase).collect();
    text.char_indices().find_map(|(start, _)| {
        let mut wanted = words.iter();
        for (at, c) in text.get(start..)?.char_indices() {
            for lower in c.to_lowercase() {
                match wanted.next() {
                    Some(want) if *want == lower => {}
                    // A letter that becomes two is found by its first alone.
                    None => break,
                    Some(_) => return None,
                }
            }
            if wanted.as_slice().is_empty() {
                return Some(start..start + at + c.len_utf8());
            }
        }
        None
    })
}

/// Where the first of `words` is, if each of them is in `text`.
fn find_each(text: &str, words: &str) -> Option<Range<usize>> {
    let mut hits = words.split_whitespace().map(|word| find(text, word));
    let first = hits.next()??;
    hits.all(|hit| hit.is_some()).then_some(first)
}

/// What was found, with what is around it, on one line.
fn around(text: &str, hit: Range<usize>) -> [String; 3] {
    let one_line = |text: &str| text.replace(['\n', '\r', '\t'], " ");
    let before = text.get(..hit.start).unwrap_or_default();
    let after = text.get(hit.end..).unwrap_or_default();
    let start = before.char_indices().rev().nth(CONTEXT_CHARS.0);
    let before = match start {
        Some((start, c)) => format!("…{}", before.get(start + c.len_utf8()..).unwrap_or_default()),
        None => before.to_owned(),
    };
    let after: String = after.chars().take(CONTEXT_CHARS.1).collect();
    [one_line(&before), one_line(text.get(hit).unwrap_or_default()), one_line(&after)]
}

#[cfg(test)]
mod tests {
    use duologue_protocol::{Content, MessageId, Seq};
    use duologue_session::{Change, Message};

    use super::*;
    use crate::store::record::Progress;

    fn said(texts: &[(&str, &str)]) -> Conversations {
        let mut all = Conversations::default();
        for (n, (from, text)) in (1..).zip(texts) {
            let message = Message {
                id: MessageId::parse(n.to_string()).unwrap(),
                from: UserId::parse(*from).unwrap(),
                content: Content::parse(*text).unwrap(),
                seq: Seq::new(n).unwrap(),
                at: UnixMillis(n),
            };
            all.apply(&Change::Received(message), Progress::default());
        }
        all
    }

    #[test]
    fn words_are_found_in_any_case_and_language() {
        let found = |text, words| find(text, words).and_then(|hit| text.get(hit));
        assert_eq!(found("Meet at NOON", "noon"), Some("NOON"));
        assert_eq!(found("ÄPFEL und äpfel", "Äpfel"), Some("ÄPFEL"));
        assert_eq!(found("明天见面吧", "见面"), Some("见面"));
        assert_eq!(found("aab", "ab"), Some("ab"));
        assert_eq!(found("İstanbul", "i"), Some("İ"));
        assert_eq!(found("short", "shorter"), None);
        assert_eq!(found("", "a"), None);
    }

    #[test]
    fn several_words_are_found_wherever_each_of_them_is() {
        let all = said(&[("ben", "Tea at five, by the harbour"), ("ben", "tea")]);
        let hits = |words| {
            let found = search(&all, words, |_| true).into_iter();
            found.map(|one| (one.index, one.parts[1].clone())).collect::<Vec<_>>()
        };
        assert_eq!(hits("harbour tea"), [(0, "harbour".to_owned())]);
        assert_eq!(hits("tea  at"), [(0, "Tea".to_owned())]);
        assert_eq!(hits("at five"), [(0, "at five".to_owned())]);
        assert_eq!(hits("harbour coffee"), []);
    }

    #[test]
    fn the_latest_comes_first_and_who_is_out_of_sight_stays_there() {
        let all =
            said(&[("ben", "old tea"), ("cleo", "Tea?"), ("ben", "more TEA"), ("dan", "coffee")]);
        let who = |found: Vec<Found>| {
            found.into_iter().map(|one| (one.peer.to_string(), one.index)).collect::<Vec<_>>()
        };
        let expected = [("ben".into(), 1), ("ben".into(), 0), ("cleo".into(), 0)];
        assert_eq!(who(search(&all, " tea ", |_| true)), expected);
        assert_eq!(who(search(&all, "tea", |peer| peer.as_str() != "ben")), [("cleo".into(), 0)]);
        assert_eq!(search(&all, "  ", |_| true), []);
    }

    #[test]
    fn what_is_shown_is_a_line_around_what_was_found() {
        let text = format!("{}\nneedle\n{}", "a".repeat(100), "b".repeat(200));
        let all = said(&[("ben", &text)]);
        let [before, hit, after] = &search(&all, "Needle", |_| true)[0].parts;
        assert_eq!((before.as_str(), hit.as_str()), (&*format!("…{} ", "a".repeat(23)), "needle"));
        assert_eq!(*after, format!(" {}", "b".repeat(79)));
    }

    #[test]
    fn there_is_an_end_to_what_is_found() {
        let texts = vec![("ben", "again"); 200];
        let found = search(&said(&texts), "again", |_| true);
        assert_eq!((found.len(), found[0].index), (FOUND_MAX, 199));
    }
}
