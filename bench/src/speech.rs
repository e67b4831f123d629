//! What is said over a connection, for each kind of server: how a conversation is opened, a message, and how what comes is
//! read. Just so far as counting needs; the frames are `frame`'s, the sockets `client`'s.

use duologue_protocol::{ClientFrame, Content, MessageId, Seq, UserId, codec};
use memchr::memmem;

use crate::Result;
use crate::frame::{MASK, Masked, PLAIN};

/// Which words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speech {
    /// The tutorial's, which the relay and its model in Node speak.
    Classic,
    /// The relay's own.
    V1,
    /// Engine.IO 4 with Socket.IO 5 in it.
    SocketIo,
    /// None: the bytes come out at the other end.
    Copied,
}

/// How wide the number of a message is: enough for nanoseconds since the start of a run.
pub(crate) const DIGITS: usize = 16;

/// A message that can be said again and again, with another number each time.
pub(crate) struct Template {
    frame: Masked,
    /// Where the number stands in the words.
    number: usize,
    /// Where the message's id stands, which is another each time.
    id: Option<usize>,
}

/// What a text from the server was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// The other one's message; in v1 with its place in the mailbox.
    Message(u64),
    /// The server has stored a message.
    Stored,
    /// The conversation is open.
    Opened,
    /// The next part of the opening may come.
    GoOn,
    /// It asks whether anybody is there.
    Heartbeat,
    /// Nothing that counts.
    Nothing,
}

impl Speech {
    /// The path of its WebSocket.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Classic | Self::Copied => "/",
            Self::V1 => "/v1/ws",
            Self::SocketIo => "/socket.io/?EIO=4&transport=websocket",
        }
    }

    /// What a client says to open, in order: each but the first once the server has [answered](Heard::GoOn) the one
    /// before.
    pub(crate) fn opening(self, from: &str, to: &str) -> Result<Vec<String>> {
        let pair = format!(r#""fromUserId":"{from}","toUserId":"{to}""#);
        Ok(match self {
            Self::Classic => vec![format!(r#"{{"type":"open",{pair}}}"#)],
            Self::V1 => {
                let (from_user_id, start) = (UserId::parse(from)?, Seq::START);
                let open =
                    ClientFrame::Open { from_user_id, cursor: start, receipts: start, proof: None };
                vec![codec::encode(&open)]
            }
            Self::SocketIo => vec!["40".into(), format!(r#"42["open",{{{pair}}}]"#)],
            Self::Copied => Vec::new(),
        })
    }

    /// Whether a server has to be asked if a conversation is open: it doesn't say so by itself.
    pub(crate) fn asks_if_open(self) -> bool {
        self == Self::Classic
    }

    /// Whether an answer to a ping says that it is open: frames are read in their order.
    pub(crate) fn opens_by_pong(self) -> bool {
        matches!(self, Self::Classic | Self::Copied)
    }

    /// A message whose content has so many bytes, its number first.
    pub(crate) fn template(self, from: &str, to: &str, payload: usize) -> Result<Template> {
        let content = format!("{:0DIGITS$}{}", 0, "x".repeat(payload.saturating_sub(DIGITS)));
        let words = if self == Self::V1 {
            codec::encode(&ClientFrame::Message {
                id: MessageId::parse("0".repeat(DIGITS))?,
                to_user_id: UserId::parse(to)?,
                content: Content::parse(content)?,
            })
        } else {
            let message = format!(
                r#"{{"type":"message","fromUserId":"{from}","toUserId":"{to}","content":"{content}"}}"#
            );
            if self == Self::SocketIo { format!(r#"42["message",{message}]"#) } else { message }
        };
        let after = |key: &str| words.find(key).map(|at| at + key.len());
        let number = after(r#""content":""#).ok_or("a message has a content")?;
        let id = if self == Self::V1 { after(r#""id":""#) } else { None };
        let mask = if self == Self::Copied { PLAIN } else { MASK };
        Ok(Template { frame: Masked::text(words.as_bytes(), mask), number, id })
    }

    /// What a text of the server's is.
    ///
    /// # Errors
    /// The server refused something: what is measured then is not what was meant.
    pub(crate) fn hear(self, text: &[u8]) -> Result<Heard> {
        let refused = || Err(String::from_utf8_lossy(text).into());
        Ok(match self {
            Self::Classic | Self::Copied => Heard::Message(0),
            Self::V1 => {
                if let Some(rest) = text.strip_prefix(br#"{"type":"message","seq":"#) {
                    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit());
                    Heard::Message(
                        digits.fold(0, |number, byte| number * 10 + u64::from(byte - b'0')),
                    )
                } else if text.starts_with(br#"{"type":"stored""#) {
                    Heard::Stored
                } else if text.starts_with(br#"{"type":"caughtUp""#) {
                    Heard::Opened
                } else if text.starts_with(br#"{"type":"error""#) {
                    return refused();
                } else {
                    Heard::Nothing
                }
            }
            Self::SocketIo => match text {
                b"2" => Heard::Heartbeat,
                [b'4', b'0', ..] => Heard::GoOn,
                [b'4', b'2', rest @ ..] if rest.starts_with(br#"["message""#) => Heard::Message(0),
                [b'4', b'2', rest @ ..] if rest.starts_with(br#"["opened""#) => Heard::Opened,
                [b'4', b'4', ..] => return refused(),
                _ => Heard::Nothing,
            },
        })
    }

    /// What answers a heartbeat.
    pub(crate) const ALIVE: &'static str = "3";

    /// How a client says that it has everything up to a place, where the server wants to know.
    pub(crate) fn received(self, up_to: u64) -> Option<String> {
        (self == Self::V1).then(|| format!(r#"{{"type":"received","upTo":{up_to}}}"#))
    }
}

impl Template {
    /// The message with this number in it, and with an id that no other one has, where there are ids.
    pub(crate) fn numbered(&mut self, number: u64, id: u64) -> &[u8] {
        self.frame.patch(self.number, format!("{number:0DIGITS$}").as_bytes());
        self.again(id)
    }

    /// The message with the number that it had last.
    pub(crate) fn again(&mut self, id: u64) -> &[u8] {
        if let Some(at) = self.id {
            self.frame.patch(at, format!("{id:0DIGITS$}").as_bytes());
        }
        &self.frame.bytes
    }
}

/// The number of a message that came.
///
/// # Errors
/// There is none in it.
pub(crate) fn number_in(text: &[u8]) -> Result<u64> {
    let key = br#""content":""#;
    let at = memmem::find(text, key).ok_or("a message without a content")? + key.len();
    let digits = text.get(at..at + DIGITS).ok_or("a message without a number")?;
    Ok(std::str::from_utf8(digits)?.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relay_s_frames_are_told_apart() {
        let message = br#"{"type":"message","seq":7041,"prev":7040,"id":"m1"}"#;
        assert_eq!(Speech::V1.hear(message).unwrap(), Heard::Message(7041));
        assert_eq!(Speech::V1.hear(br#"{"type":"stored","id":"m1"}"#).unwrap(), Heard::Stored);
        assert!(Speech::V1.hear(br#"{"type":"error","code":"rateLimited"}"#).is_err());
    }

    #[test]
    fn a_number_goes_in_and_comes_out() {
        let mut template = Speech::Classic.template("a", "b", 64).unwrap();
        let frame = template.numbered(4_711, 1).to_vec();
        assert_eq!(frame.len(), template.again(0).len());
        let text = br#"{"type":"message","fromUserId":"a","content":"0000000000004711xxx"}"#;
        assert_eq!(number_in(text).unwrap(), 4_711);
    }
}
