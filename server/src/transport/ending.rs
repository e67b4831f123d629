//! How a WebSocket ends: why, with which close code, and so that the peer really gets it (RFC 6455
//! section 7). When to end it is for others to say; the conformance tests run this same code under an
//! echo (`examples/echo.rs`).

use std::fmt;
use std::time::Duration;

use duologue_protocol::CloseCode;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::AsyncWriteExt as _;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode as RawCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message};
use tokio_tungstenite::tungstenite::{Error, Utf8Bytes};

use super::opening::Socket;
use crate::metrics::{By, NO_CLOSE, NO_CODE};

/// How long a peer has to take what is still on its way and to answer the close frame. Short enough
/// for a relay's shutdown, long enough for a link across the world.
pub const GOODBYE_TIMEOUT: Duration = Duration::from_secs(3);

/// Why a connection ended.
#[derive(Debug)]
pub enum End {
    /// The relay ends it, with a code of the protocol.
    Ours(CloseCode),
    /// What came is not WebSocket.
    Broken(RawCode, String),
    /// The peer closed it, with this code if any.
    Theirs(Option<u16>),
    /// The link broke.
    Lost,
}

/// Sends the close frame, if there is one to send, and reads on until the peer has closed too: a
/// socket that is dropped with unread bytes resets the link, and the reset overtakes the close frame.
/// Whoever calls this bounds it in time, by [`GOODBYE_TIMEOUT`].
///
/// # Errors
/// The link broke meanwhile.
pub async fn close(
    mut sink: SplitSink<Socket, Message>,
    mut stream: SplitStream<Socket>,
    end: &End,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    if let Some(close) = end.close_frame() {
        sink.send(Message::Close(Some(close))).await?;
    }
    let mut both_closed = matches!(end, End::Theirs(_));
    while let Some(Ok(message)) = stream.next().await {
        both_closed |= message.is_close();
    }
    if both_closed {
        return Ok(());
    }
    // tungstenite reads no further than an error; what the peer was sending still has to be read.
    let mut raw = stream.reunite(sink)?.into_inner();
    raw.shutdown().await?;
    tokio::io::copy(&mut raw, &mut tokio::io::sink()).await?;
    Ok(())
}

impl End {
    /// Whether there is somebody left who has to be told.
    pub(super) fn is_told(&self) -> bool {
        matches!(self, Self::Ours(_) | Self::Broken(..))
    }

    /// Who ends it, and with which code, for the metrics.
    pub(super) fn cause(&self) -> (By, u16) {
        match self {
            Self::Ours(code) => (By::Relay, code.code()),
            Self::Broken(code, _) => (By::Relay, (*code).into()),
            Self::Theirs(code) => (By::Peer, code.unwrap_or(NO_CODE)),
            Self::Lost => (By::Nobody, NO_CLOSE),
        }
    }

    fn close_frame(&self) -> Option<CloseFrame> {
        let (code, reason) = match self {
            Self::Ours(code) => (code.code().into(), code.reason()),
            Self::Broken(code, _) => (*code, "what you sent is not WebSocket"),
            // tungstenite has answered, or nobody is there.
            Self::Theirs(_) | Self::Lost => return None,
        };
        Some(CloseFrame { code, reason: Utf8Bytes::from_static(reason) })
    }
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        match error {
            Error::Capacity(CapacityError::MessageTooLong { .. }) => {
                Self::Ours(CloseCode::FrameTooLarge)
            }
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Self::Lost,
            Error::Protocol(rule) => Self::Broken(RawCode::Protocol, rule.to_string()),
            Error::Utf8(rule) => Self::Broken(RawCode::Invalid, rule),
            _ => Self::Lost,
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ours(code) => write!(f, "closed by the relay: {code}"),
            Self::Broken(code, rule) => write!(f, "closed by the relay: {code} {rule}"),
            Self::Theirs(Some(code)) => write!(f, "closed by the peer: {code}"),
            Self::Theirs(None) => f.write_str("closed by the peer"),
            Self::Lost => f.write_str("the link broke"),
        }
    }
}
