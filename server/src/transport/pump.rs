//! One WebSocket from its first frame to its last.
//!
//! Reading and writing run side by side in one task, so that a peer that reads slowly is still heard.
//! Whatever ends one of them ends the connection; then the peer is told why, by [`ending`], for a
//! bounded time.

use std::sync::Arc;

use bytestring::ByteString;
use duologue_protocol::CloseCode;
use duologue_protocol::websocket::frame_bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode as RawCode;
use tokio_tungstenite::tungstenite::{Bytes, Error, Utf8Bytes};
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::ending::{self, End};
use super::opening::Socket;
use crate::config::Timings;
use crate::dialect::Dialect;
use crate::metrics::{Flow, Metrics, Transport};
use crate::outgoing::{Mark, Outgoing, OutgoingFrame, OutgoingQueue};
use crate::stall::Written;

/// What a socket is connected to.
pub(super) struct Connection<D> {
    /// What the peer's texts mean.
    pub(super) dialect: D,
    /// The end of the queue where frames are put in.
    pub(super) outgoing: Outgoing,
    /// The end where they are taken out.
    pub(super) queue: OutgoingQueue,
    /// What is counted of all connections.
    pub(super) metrics: Arc<Metrics>,
    /// How far what is sent has got.
    pub(super) written: Arc<Written>,
    /// The deadlines.
    pub(super) timings: Timings,
    /// Cancelled when the relay stops.
    pub(super) shutdown: CancellationToken,
}

/// What went over a connection in one direction, beside pings, pongs and the close, which a browser
/// shows to no page either.
struct Count {
    frames: u64,
    bytes: u64,
    /// The same, added to that of all connections.
    flow: Flow,
}

impl Count {
    fn new(flow: Flow) -> Self {
        Self { frames: 0, bytes: 0, flow }
    }

    fn add(&mut self, payload: usize, is_masked: bool) {
        let bytes = frame_bytes(payload, is_masked) as u64;
        self.frames += 1;
        self.bytes += bytes;
        self.flow.add(bytes);
    }
}

/// Runs a connection until it has ended.
pub(super) async fn run<D: Dialect>(socket: Socket, connection: Connection<D>) {
    let started = Instant::now();
    let Connection { mut dialect, outgoing, mut queue, metrics, written, timings, shutdown } =
        connection;
    let counted = metrics.connections.start(Transport::WebSocket, D::NAME);
    let traffic = metrics.connections.traffic(Transport::WebSocket, D::NAME);
    let (mut sink, mut stream) = socket.split();
    let (mut incoming, mut sent) = (Count::new(traffic.received()), Count::new(traffic.sent()));
    let ended = queue.ended();

    let end = tokio::select! {
        end = read(&mut stream, &mut dialect, &outgoing, timings, &mut incoming) => end,
        end = write(&mut sink, &mut queue, &mut sent) => end,
        code = ended => End::Ours(code),
        () = written.stalled(timings.write) => End::Ours(CloseCode::SlowReader),
        () = shutdown.cancelled() => End::Ours(CloseCode::ShuttingDown),
    };

    // Out of the hub before the goodbye: nobody's message goes to a connection that is ending.
    drop(dialect);
    counted.closed(end.cause());
    info!(
        %end,
        seconds = started.elapsed().as_secs_f32(),
        frames_in = incoming.frames,
        frames_out = sent.frames,
        bytes_in = incoming.bytes,
        bytes_out = sent.bytes,
        "connection ended"
    );
    // A peer that doesn't take it in time doesn't get it.
    let _ = timeout(timings.goodbye, goodbye(sink, stream, queue, &mut sent, &end)).await;
}

/// Hands what arrives to the dialect, and keeps the deadlines for what doesn't.
async fn read<D: Dialect>(
    stream: &mut SplitStream<Socket>,
    dialect: &mut D,
    outgoing: &Outgoing,
    timings: Timings,
    count: &mut Count,
) -> End {
    let mut heard = Instant::now();
    let open_by = heard + timings.open;
    let mut asked = false;
    loop {
        count.flow.publish();
        let patience = if asked { timings.heartbeat_timeout } else { timings.heartbeat_interval };
        let silent_by = heard + patience;
        let due = if dialect.is_open() { silent_by } else { silent_by.min(open_by) };
        let Ok(arrived) = timeout_at(due, stream.next()).await else {
            if !dialect.is_open() && Instant::now() >= open_by {
                return End::Ours(CloseCode::OpenTimeout);
            }
            if asked {
                return End::Ours(CloseCode::HeartbeatTimeout);
            }
            asked = true;
            outgoing.push(OutgoingFrame::Ping);
            continue;
        };
        heard = Instant::now();
        asked = false;
        match arrived {
            Some(Ok(Message::Text(text))) => {
                count.add(text.len(), true);
                match ByteString::try_from(Bytes::from(text)) {
                    Ok(text) => {
                        // While the disk is behind, this connection is not read from.
                        let room = dialect.room().await;
                        dialect.on_text(text, room);
                    }
                    Err(error) => return End::Broken(RawCode::Invalid, error.to_string()),
                }
            }
            Some(Ok(Message::Binary(bytes))) => {
                count.add(bytes.len(), true);
                dialect.on_binary();
            }
            Some(Ok(Message::Close(close))) => {
                return End::Theirs(close.map(|close| close.code.into()));
            }
            // Pings are answered by tungstenite.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
            Some(Err(error)) => {
                let end = End::from(error);
                if matches!(end, End::Ours(CloseCode::FrameTooLarge)) {
                    dialect.on_oversize();
                }
                return end;
            }
            None => return End::Lost,
        }
    }
}

/// Sends what waits, many frames to one flush.
async fn write(
    sink: &mut SplitSink<Socket, Message>,
    queue: &mut OutgoingQueue,
    count: &mut Count,
) -> End {
    loop {
        queue.filled().await;
        let marks = match feed_all(sink, queue, count).await {
            Ok(marks) => marks,
            Err(error) => return End::from(error),
        };
        if let Err(error) = sink.flush().await {
            return End::from(error);
        }
        marks.into_iter().for_each(Mark::reached);
    }
}

/// Returns the marks that are reached once the sink is flushed.
async fn feed_all(
    sink: &mut SplitSink<Socket, Message>,
    queue: &mut OutgoingQueue,
    count: &mut Count,
) -> Result<Vec<Mark>, Error> {
    let mut marks = Vec::new();
    while let Some(frame) = queue.pop() {
        let message = match frame {
            OutgoingFrame::Text(text) => {
                count.add(text.len(), false);
                Message::Text(Utf8Bytes::try_from(text.into_bytes()).map_err(Error::from)?)
            }
            OutgoingFrame::Ping => Message::Ping(Bytes::new()),
            OutgoingFrame::Pong => Message::Pong(Bytes::new()),
            OutgoingFrame::Mark(mark) => {
                marks.push(mark);
                continue;
            }
        };
        sink.feed(message).await?;
    }
    count.flow.publish();
    Ok(marks)
}

/// Sends what still waits, and then [closes](ending::close).
async fn goodbye(
    mut sink: SplitSink<Socket, Message>,
    stream: SplitStream<Socket>,
    mut queue: OutgoingQueue,
    count: &mut Count,
    end: &End,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    if end.is_told() {
        feed_all(&mut sink, &mut queue, count).await?;
    }
    ending::close(sink, stream, end).await
}
