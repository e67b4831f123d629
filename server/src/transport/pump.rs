//! One WebSocket from its first frame to its last.
//!
//! Reading and writing run side by side in one task, so that a peer that reads slowly is still heard.
//! Whatever ends one of them ends the connection; then the peer is told why, by [`ending`], for a
//! bounded time.

use std::pin::pin;
use std::sync::Arc;

use bytestring::ByteString;
use duologue_protocol::websocket::frame_bytes;
use duologue_protocol::{CloseCode, Seq};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::task::coop::consume_budget;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode as RawCode;
use tokio_tungstenite::tungstenite::{Bytes, Error, Utf8Bytes};
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::ending::{self, End};
use super::gate::Guest;
use super::opening::Socket;
use crate::config::Timings;
use crate::dialect::Dialect;
use crate::metrics::{Flow, Metrics, Transport};
use crate::outgoing::{Mark, Outgoing, OutgoingFrame, OutgoingQueue};
use crate::shared::Client;
use crate::stall::Written;

/// How many frames are taken out of the queue at once: beside its bound in bytes, so many of the largest are held
/// at a time by a peer that reads slowly.
const FEED_MAX: usize = 16;

/// What a socket is connected to.
pub(super) struct Connection<D> {
    /// It counts against the relay's limits until this is gone.
    pub(super) counted: (Client, Guest),
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

/// Runs a connection until it has ended. What a future keeps is most of what a silent connection takes: so its parts are on
/// the heap, what it refers to isn't copied, and it is a block, since a function would keep its arguments twice.
pub(super) fn run<D: Dialect>(
    socket: Socket,
    connection: Connection<D>,
) -> impl Future<Output = ()> + Send {
    let (mut sink, mut stream) = socket.split();
    let mut connection = Box::new(connection);
    async move {
        let started = Instant::now();
        let connections = &connection.metrics.connections;
        let counted = connections.start(Transport::WebSocket, D::NAME);
        let traffic = connections.traffic(Transport::WebSocket, D::NAME);
        let (mut incoming, mut sent) = (Count::new(traffic.received()), Count::new(traffic.sent()));

        let Connection { dialect, outgoing, queue, written, timings, shutdown, .. } =
            &mut *connection;
        let ended = queue.ended();
        let end = tokio::select! {
            end = read(&mut stream, dialect, outgoing, timings, &mut incoming) => end,
            end = write(&mut sink, queue, &mut sent) => end,
            code = ended => End::Ours(code),
            () = written.stalled(timings.write) => End::Ours(CloseCode::SlowReader),
            () = shutdown.cancelled() => End::Ours(CloseCode::ShuttingDown),
        };

        // Out of the hub before the goodbye: nobody's message goes to a connection that is ending.
        let Connection { dialect, queue, timings, counted: _counted, .. } = *connection;
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
        // A peer that doesn't take it in time doesn't get it. On the heap only now that it is time for it.
        let goodbye = Box::pin(goodbye(sink, stream, queue, &mut sent, &end));
        let _ = timeout(timings.goodbye, goodbye).await;
    }
}

/// Hands what arrives to the dialect, and keeps the deadlines for what doesn't.
async fn read<D: Dialect>(
    stream: &mut SplitStream<Socket>,
    dialect: &mut D,
    outgoing: &Outgoing,
    timings: &Timings,
    count: &mut Count,
) -> End {
    let mut heard = Instant::now();
    let open_by = heard + timings.open;
    let mut asked = false;
    // Set anew when it rings, and not with each message: that would cost as much as the message.
    let mut alarm = pin!(sleep_until(open_by.min(heard + timings.heartbeat_interval)));
    loop {
        count.flow.publish();
        let arrived = tokio::select! {
            biased;
            arrived = stream.next() => arrived,
            () = alarm.as_mut() => {
                let patience =
                    if asked { timings.heartbeat_timeout } else { timings.heartbeat_interval };
                let silent_by = heard + patience;
                let due = if dialect.is_open() { silent_by } else { silent_by.min(open_by) };
                let now = Instant::now();
                if now < due {
                    alarm.as_mut().reset(due);
                } else if !dialect.is_open() && now >= open_by {
                    return End::Ours(CloseCode::OpenTimeout);
                } else if asked {
                    return End::Ours(CloseCode::HeartbeatTimeout);
                } else {
                    asked = true;
                    outgoing.push(OutgoingFrame::Ping);
                }
                continue;
            }
        };
        heard = Instant::now();
        asked = false;
        // Many frames come with one read: others have their turns between them.
        consume_budget().await;
        match arrived {
            Some(Ok(Message::Text(text))) => {
                count.add(text.len(), true);
                match ByteString::try_from(Bytes::from(text)) {
                    Ok(text) => {
                        // While the disk is behind, this connection is not read from.
                        let room = match dialect.try_room() {
                            Some(room) => room,
                            None => Box::pin(dialect.room()).await,
                        };
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
        let reached = match feed_all(sink, queue, count).await {
            Ok(reached) => reached,
            Err(error) => return End::from(error),
        };
        if let Err(error) = sink.flush().await {
            return End::from(error);
        }
        reached.marks.into_iter().for_each(Mark::reached);
        if let Some(up_to) = reached.mail {
            queue.delivered(up_to);
        }
    }
}

/// What is done once the sink is flushed.
#[derive(Default)]
struct Reached {
    marks: Vec<Mark>,
    /// The last mail among what was fed.
    mail: Option<Seq>,
}

impl Reached {
    /// What is fed for a frame of the queue; nothing for a mark.
    fn message_of(
        &mut self,
        frame: OutgoingFrame,
        count: &mut Count,
    ) -> Result<Option<Message>, Error> {
        let text = match frame {
            OutgoingFrame::Text(text) => text,
            OutgoingFrame::Mail(text, place) => {
                self.mail = Some(place);
                text
            }
            OutgoingFrame::Ping => return Ok(Some(Message::Ping(Bytes::new()))),
            OutgoingFrame::Pong => return Ok(Some(Message::Pong(Bytes::new()))),
            OutgoingFrame::Mark(mark) => {
                self.marks.push(mark);
                return Ok(None);
            }
        };
        count.add(text.len(), false);
        let text = Utf8Bytes::try_from(text.into_bytes()).map_err(Error::from)?;
        Ok(Some(Message::Text(text)))
    }
}

async fn feed_all(
    sink: &mut SplitSink<Socket, Message>,
    queue: &mut OutgoingQueue,
    count: &mut Count,
) -> Result<Reached, Error> {
    let mut reached = Reached::default();
    let mut frames = Vec::new();
    loop {
        queue.pop_many(&mut frames, FEED_MAX);
        if frames.is_empty() {
            count.flow.publish();
            return Ok(reached);
        }
        for frame in frames.drain(..) {
            let Some(message) = reached.message_of(frame, count)? else { continue };
            sink.feed(message).await?;
        }
    }
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
