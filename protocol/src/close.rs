//! Why a relay closes a connection, as WebSocket close codes (RFC 6455 section 7.4.2: 4000 to 4999
//! are the application's own). Two ranges, so that a client needs no list to know what to do:
//! 4000 to 4499 *come back later*, 4500 to 4999 *don't*.

use std::fmt;

/// A close code that this protocol defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum CloseCode {
    /// The relay is shutting down or restarting.
    ShuttingDown = 4000,
    /// Nothing was heard for [`HEARTBEAT_TIMEOUT`](crate::limits::HEARTBEAT_TIMEOUT).
    HeartbeatTimeout = 4001,
    /// No `open` within [`OPEN_TIMEOUT`](crate::limits::OPEN_TIMEOUT).
    OpenTimeout = 4002,
    /// The client did not read as fast as its mail came, and the relay holds no more of it.
    SlowReader = 4003,
    /// The relay can't do now what `open` asks for.
    TryLater = 4005,
    /// A frame larger than [`FRAME_MAX_BYTES`](crate::limits::FRAME_MAX_BYTES): the same frame would
    /// fail again.
    FrameTooLarge = 4500,
    /// What `open` said was refused for good: the error before says why.
    NotYours = 4501,
    /// The same name has opened as many newer connections as one name may have.
    Replaced = 4502,
}

/// What a client should do about a closed connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterClose {
    /// Connect again, after a backoff.
    Retry,
    /// Stay away until a person decides otherwise.
    Stop,
}

impl CloseCode {
    /// All of them, in order.
    pub const ALL: [Self; 8] = [
        Self::ShuttingDown,
        Self::HeartbeatTimeout,
        Self::OpenTimeout,
        Self::SlowReader,
        Self::TryLater,
        Self::FrameTooLarge,
        Self::NotYours,
        Self::Replaced,
    ];

    /// The number that goes into the close frame.
    pub const fn code(self) -> u16 {
        self as u16
    }

    /// The reason that goes into the close frame with it: words, at most 123 bytes.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::ShuttingDown => "the relay is shutting down, come back later",
            Self::HeartbeatTimeout => "nothing was heard from you for too long",
            Self::OpenTimeout => "no open frame came in time",
            Self::SlowReader => "you read more slowly than your mail came",
            Self::TryLater => "the relay can't do this now, come back later",
            Self::FrameTooLarge => "a frame was larger than the limit",
            Self::Replaced => "you have opened too many newer connections",
            Self::NotYours => "this name is not yours to open",
        }
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code(), self.reason())
    }
}

/// What a client should do after a connection ended with `code`: any code, a standard one too.
///
/// Of the standard codes only those that say "what you sent is wrong" (1002, 1003, 1007, 1008, 1009,
/// 1010: RFC 6455 section 7.4.1) stop a client; any other end, a broken link (1006) above all, is
/// worth another try.
pub const fn after_close(code: u16) -> AfterClose {
    match code {
        1002 | 1003 | 1007..=1010 | 4500..=4999 => AfterClose::Stop,
        _ => AfterClose::Retry,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_in_the_range_that_its_meaning_asks_for() {
        for code in CloseCode::ALL {
            let expected = match code {
                CloseCode::FrameTooLarge | CloseCode::NotYours | CloseCode::Replaced => {
                    AfterClose::Stop
                }
                _ => AfterClose::Retry,
            };
            assert_eq!(after_close(code.code()), expected, "{code}");
            assert!(code.reason().len() <= 123, "{code}");
        }
    }

    #[test]
    fn a_broken_link_is_worth_another_try_and_a_protocol_error_is_not() {
        for retry in [1000, 1001, 1005, 1006, 1011, 1012, 1013, 4000, 4499] {
            assert_eq!(after_close(retry), AfterClose::Retry, "{retry}");
        }
        for stop in [1002, 1003, 1007, 1008, 1009, 1010, 4500, 4999] {
            assert_eq!(after_close(stop), AfterClose::Stop, "{stop}");
        }
    }
}
