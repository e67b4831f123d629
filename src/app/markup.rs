//! The little that a message says about its own looks: code, in a block or in a line, and emphasis. Everything else
//! is text, a line break a line break. The marks are those that people know from other chats; what doesn't fit is
//! shown as it was written.

use super::links::{self, Part};

/// A part of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text or a link, with emphasis or without.
    Words {
        /// What is written.
        part: Part,
        /// How it is meant.
        tone: Tone,
    },
    /// Code within a line.
    Code(String),
    /// Lines of code.
    Block(String),
}

/// How a text is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it is.
    Plain,
    /// `_so_`
    Stressed,
    /// `*so*` or `**so**`
    Strong,
    /// `~so~`
    Struck,
}

/// The fence of a block of code.
const FENCE: &str = "```";

/// The marks of emphasis, the longer before the shorter.
const MARKS: [(&str, Tone); 4] =
    [("**", Tone::Strong), ("*", Tone::Strong), ("_", Tone::Stressed), ("~", Tone::Struck)];

/// The parts of a message, in their order.
pub fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, code, after)) = fenced(rest) {
        lines(before.strip_suffix('\n').unwrap_or(before), &mut pieces);
        pieces.push(Piece::Block(code.to_owned()));
        rest = after.strip_prefix('\n').unwrap_or(after);
    }
    lines(rest, &mut pieces);
    pieces
}

/// What a message says without its looks.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Words { part: Part::Text(text) | Part::Link { text, .. }, .. }
            | Piece::Code(text)
            | Piece::Block(text) => plain.push_str(&text),
        }
    }
    plain
}

/// What is before a block of code, the code, and what is after it.
fn fenced(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once(FENCE)?;
    let (code, after) = rest.split_once(FENCE)?;
    // A word right after the fence names the language, and isn't shown.
    let code = match code.split_once('\n') {
        Some((first, code))
            if first.chars().all(|c| c.is_ascii_alphanumeric() || "+-#.".contains(c)) =>
        {
            code
        }
        _ => code,
    };
    let code = code.strip_suffix('\n').unwrap_or(code);
    (!code.trim().is_empty()).then_some((before, code, after))
}

/// Text with code within its lines.
fn lines(text: &str, pieces: &mut Vec<Piece>) {
    let mut rest = text;
    while let Some((before, code, after)) = quoted(rest) {
        emphasised(before, pieces);
        pieces.push(Piece::Code(code.to_owned()));
        rest = after;
    }
    emphasised(rest, pieces);
}

fn quoted(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('`')?;
    let (code, after) = rest.split_once('`')?;
    (!code.trim().is_empty() && !code.contains('\n')).then_some((before, code, after))
}

/// Text with emphasis. What stands between two marks is one line of it and begins and ends with a letter; a mark
/// within a word or an address is none.
fn emphasised(text: &str, pieces: &mut Vec<Piece>) {
    let mut plain_from = 0;
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find(['*', '_', '~'])) {
        let start = at + found;
        let marked =
            MARKS.into_iter().find_map(|(mark, tone)| Some((marked(text, start, mark)?, tone)));
        if let Some(((inner, end), tone)) = marked {
            words(text.get(plain_from..start).unwrap_or_default(), Tone::Plain, pieces);
            words(inner, tone, pieces);
            (plain_from, at) = (end, end);
        } else {
            // All of them at once, or a long line of marks would be looked at again from each of them.
            let run = text.get(start..).unwrap_or_default();
            at = start + run.find(|c| !"*_~".contains(c)).unwrap_or(run.len());
        }
    }
    words(text.get(plain_from..).unwrap_or_default(), Tone::Plain, pieces);
}

/// How far apart the two marks of an emphasis may be, in bytes: a few sentences. It bounds what is searched.
const MARKED_MAX_BYTES: usize = 1024;

/// What stands between `mark` at `start` and the next one, and where that ends.
fn marked<'a>(text: &'a str, start: usize, mark: &str) -> Option<(&'a str, usize)> {
    let rest = text.get(start..)?.strip_prefix(mark)?;
    let is_open =
        !text.get(..start)?.ends_with(|c: char| c.is_alphanumeric() || "*_~/:".contains(c));
    if !is_open || rest.starts_with(|c: char| c.is_whitespace() || "*_~".contains(c)) {
        return None;
    }
    let line = rest.split('\n').next().unwrap_or(rest);
    for (length, _) in line.match_indices(mark).take_while(|(at, _)| *at <= MARKED_MAX_BYTES) {
        let (inner, after) = (line.get(..length)?, line.get(length + mark.len()..)?);
        let is_closed = !inner.ends_with(|c: char| c.is_whitespace() || "*_~".contains(c))
            && !after.starts_with(|c: char| c.is_alphanumeric() || "*_~/".contains(c));
        if is_closed && !inner.is_empty() {
            return Some((inner, start + 2 * mark.len() + length));
        }
    }
    None
}

fn words(text: &str, tone: Tone, pieces: &mut Vec<Piece>) {
    if !text.is_empty() {
        pieces.extend(links::parts(text).into_iter().map(|part| Piece::Words { part, tone }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each piece with a letter for what it is.
    fn seen(text: &str) -> Vec<(char, String)> {
        let show = |piece| match piece {
            Piece::Words { part: Part::Link { href, .. }, .. } => ('@', href),
            Piece::Words { part: Part::Text(text), tone } => match tone {
                Tone::Plain => (' ', text),
                Tone::Stressed => ('_', text),
                Tone::Strong => ('*', text),
                Tone::Struck => ('~', text),
            },
            Piece::Code(code) => ('`', code),
            Piece::Block(code) => ('#', code),
        };
        pieces(text).into_iter().map(show).collect()
    }

    fn is(text: &str, expected: &[(char, &str)]) {
        let expected: Vec<_> = expected.iter().map(|(c, text)| (*c, (*text).to_owned())).collect();
        assert_eq!(seen(text), expected, "{text:?}");
    }

    #[test]
    fn emphasis_and_code_are_what_they_are_elsewhere() {
        is(
            "a *b* _c d_ ~e~ **f**!",
            &[
                (' ', "a "),
                ('*', "b"),
                (' ', " "),
                ('_', "c d"),
                (' ', " "),
                ('~', "e"),
                (' ', " "),
                ('*', "f"),
                (' ', "!"),
            ],
        );
        is("run `a *b*` now", &[(' ', "run "), ('`', "a *b*"), (' ', " now")]);
        is(
            "see\n```rust\nfn main() {\n}\n```\nwell",
            &[(' ', "see"), ('#', "fn main() {\n}"), (' ', "well")],
        );
        is("```a b```", &[('#', "a b")]);
        is("（*重点*）", &[(' ', "（"), ('*', "重点"), (' ', "）")]);
    }

    #[test]
    fn what_only_looks_like_a_mark_is_text() {
        for text in [
            "2*3*4",
            "snake_case_name",
            "* item",
            "a * b * c",
            "*",
            "**",
            "***",
            "_ _",
            "*a\nb*",
            "~/a~/b",
            "``",
            "` `",
            "a ` b",
            "```",
            "``````",
            "``` ```",
            "5 * 3 = 15*",
            "*a *",
            "__init__",
            ":*",
            "***a***",
            "",
        ] {
            let written: String = seen(text)
                .into_iter()
                .map(|(kind, text)| {
                    assert_eq!(kind, ' ', "{text:?}");
                    text
                })
                .collect();
            assert_eq!(written, text);
        }
    }

    #[test]
    fn links_keep_their_marks_and_may_be_emphasised() {
        is("https://a.example/_x_", &[('@', "https://a.example/_x_")]);
        is("*https://a.example*", &[('@', "https://a.example")]);
    }

    #[test]
    fn long_lines_of_marks_take_no_time_worth_mentioning() {
        for text in
            ["*".repeat(16_384), "*a".repeat(8_192), "_a ".repeat(5_461), "`".repeat(16_384)]
        {
            let length: usize = seen(&text).iter().map(|(_, text)| text.len()).sum();
            assert!(length <= text.len());
        }
    }
}
