//! One connection over HTTP, from its opening to its end: a task that is asked by the requests that carry
//! its token, and keeps the deadlines.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use bytestring::ByteString;
use duologue_protocol::{CloseCode, ErrorCode, Rejection};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::desk::{Desk, Post};
use crate::config::Timings;
use crate::metrics::{By, Counted, NO_CLOSE, NORMAL, Traffic};

/// How many requests may wait for the task; further ones wait before they get in.
const COMMANDS_MAX: usize = 8;

/// How long the news that the relay has ended a connection is kept for the next poll: longer than the
/// pause between two short polls.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(5);

/// What a request asks of its connection.
#[derive(Debug)]
pub(super) enum Command {
    /// Frames after a number, at once or once there are any.
    Poll { after: u64, wait: Duration, reply: oneshot::Sender<Result<Answer, Rejection>> },
    /// To take frames.
    Post { post: Post, reply: oneshot::Sender<Result<u64, Rejection>> },
    /// To end.
    Close,
}

/// What a poll gets.
#[derive(Debug)]
pub(super) struct Answer {
    /// What the poll asked for.
    pub(super) after: u64,
    /// What comes after that.
    pub(super) frames: Vec<ByteString>,
    /// Set if nothing comes after these frames.
    pub(super) close: Option<CloseCode>,
}

/// What went over a connection, for the log; and where the same is added to that of all connections.
#[derive(Debug, Default)]
pub(super) struct Counts {
    requests: AtomicU64,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    frames_out: AtomicU64,
    empty_polls: AtomicU64,
    traffic: Traffic,
}

/// A connection that is to run.
pub(super) struct Connection {
    pub(super) desk: Desk,
    /// What was sent with the answer that opened it.
    pub(super) sent: u64,
    pub(super) commands: mpsc::Receiver<Command>,
    pub(super) counts: Arc<Counts>,
    /// Counts as open among all connections.
    pub(super) counted: Counted,
    pub(super) timings: Timings,
    pub(super) shutdown: CancellationToken,
}

/// A poll that waits for something to say.
struct Held {
    after: u64,
    due: Instant,
    reply: oneshot::Sender<Result<Answer, Rejection>>,
}

enum End {
    /// The relay ends it.
    Ours(CloseCode),
    /// The client does.
    Theirs,
    /// Nothing was heard of the client for too long.
    Expired,
}

/// A way to ask a connection.
pub(super) fn commands() -> (mpsc::Sender<Command>, mpsc::Receiver<Command>) {
    mpsc::channel(COMMANDS_MAX)
}

/// Runs a connection until it has ended and, if the relay ends it, its client knows or has had time to
/// ask.
pub(super) async fn run(connection: Connection) {
    let Connection { mut desk, sent, mut commands, counts, counted, timings, shutdown } =
        connection;
    counts.sent(sent);
    let started = Instant::now();
    let open_by = started + timings.open;
    let mut ended = pin!(desk.queue().ended());
    let mut held: Option<Held> = None;
    let mut expires = started + timings.poll_expiry;

    let end = loop {
        let due = held.as_ref().map_or(expires, |held| held.due);
        tokio::select! {
            command = commands.recv() => match command {
                Some(Command::Poll { after, wait, reply }) => {
                    expires = Instant::now() + timings.poll_expiry;
                    if let Some(older) = held.take() {
                        let rule = "a newer poll of this connection came: there is one at a time";
                        answer(older.reply, Err(Rejection::new(ErrorCode::Replaced, rule)));
                    }
                    match desk.poll(after) {
                        Ok(frames) if frames.is_empty() && !wait.is_zero() => {
                            held = Some(Held { after, due: Instant::now() + wait, reply });
                        }
                        Ok(frames) => {
                            counts.polled(&frames);
                            answer(reply, Ok(Answer { after, frames, close: None }));
                        }
                        Err(rejection) => answer(reply, Err(rejection)),
                    }
                }
                Some(Command::Post { post, reply }) => {
                    expires = Instant::now() + timings.poll_expiry;
                    match desk.new_of(post) {
                        Ok(frames) => {
                            for frame in frames {
                                // While the disk is behind, nothing more is taken from this client.
                                let room = desk.room().await;
                                desk.take(frame, room);
                                counts.traffic.received_frames.inc();
                            }
                            answer(reply, Ok(desk.taken()));
                        }
                        Err(rejection) => answer(reply, Err(rejection)),
                    }
                }
                Some(Command::Close) | None => break End::Theirs,
            },
            () = desk.queue().filled(), if held.is_some() => {
                if let Some(poll) = held.take() {
                    // What it acknowledges was acknowledged when it came.
                    let frames = desk.poll(poll.after).unwrap_or_default();
                    if frames.is_empty() {
                        held = Some(poll);
                    } else {
                        expires = Instant::now() + timings.poll_expiry;
                        counts.polled(&frames);
                        answer(poll.reply, Ok(Answer { after: poll.after, frames, close: None }));
                    }
                }
            }
            () = gone(&mut held) => {
                // Its client left, or lost its link. What it did not get stays for the next poll.
                held = None;
                expires = Instant::now() + timings.poll_expiry;
            }
            () = sleep_until(due) => {
                let Some(poll) = held.take() else { break End::Expired };
                expires = Instant::now() + timings.poll_expiry;
                counts.polled(&[]);
                let (after, frames) = (poll.after, Vec::new());
                answer(poll.reply, Ok(Answer { after, frames, close: None }));
            }
            () = sleep_until(open_by), if !desk.is_open() => {
                break End::Ours(CloseCode::OpenTimeout);
            }
            code = &mut ended => break End::Ours(code),
            () = shutdown.cancelled() => break End::Ours(CloseCode::ShuttingDown),
        }
    };

    let frames_in = desk.taken();
    let last = held.as_ref().map(|poll| desk.poll(poll.after).unwrap_or_default());
    // Out of the hub before the goodbye: nobody's message goes to a connection that is ending.
    desk.leave();
    counted.closed(end.cause());
    info!(
        %end,
        seconds = started.elapsed().as_secs_f32(),
        frames_in,
        frames_out = counts.frames_out.load(Relaxed),
        requests = counts.requests.load(Relaxed),
        empty_polls = counts.empty_polls.load(Relaxed),
        bytes_in = counts.bytes_in.load(Relaxed),
        bytes_out = counts.bytes_out.load(Relaxed),
        "connection ended"
    );
    let End::Ours(code) = end else { return };
    match (held, last) {
        (Some(Held { after, reply, .. }), Some(frames)) => {
            answer(reply, Ok(Answer { after, frames, close: Some(code) }));
        }
        _ if code == CloseCode::ShuttingDown => {}
        _ => drop(timeout(GOODBYE_TIMEOUT, goodbye(commands, desk, code)).await),
    }
}

/// Tells the next poll that the connection has ended, with what was still to be said. Mail that it did not get
/// is in the mailbox.
async fn goodbye(mut commands: mpsc::Receiver<Command>, mut desk: Desk, code: CloseCode) {
    while let Some(command) = commands.recv().await {
        match command {
            Command::Poll { after, reply, .. } => {
                let frames = desk.poll(after).unwrap_or_default();
                return answer(reply, Ok(Answer { after, frames, close: Some(code) }));
            }
            // It has no answer, which says that there is no such connection.
            Command::Post { .. } => {}
            Command::Close => return,
        }
    }
}

/// Ends when the client that a held poll would be answered to has gone.
async fn gone(held: &mut Option<Held>) {
    match held {
        Some(held) => held.reply.closed().await,
        None => std::future::pending().await,
    }
}

/// Somebody who has gone gets no answer.
fn answer<T>(reply: oneshot::Sender<T>, answer: T) {
    let _ = reply.send(answer);
}

impl Counts {
    pub(super) fn new(traffic: Traffic) -> Self {
        Self { traffic, ..Self::default() }
    }

    /// A request was answered; so many bytes on the wire.
    pub(super) fn answered(&self, bytes_in: u64, bytes_out: u64) {
        self.requests.fetch_add(1, Relaxed);
        self.bytes_in.fetch_add(bytes_in, Relaxed);
        self.bytes_out.fetch_add(bytes_out, Relaxed);
        self.traffic.received_bytes.inc_by(bytes_in);
        self.traffic.sent_bytes.inc_by(bytes_out);
    }

    fn sent(&self, frames: u64) {
        self.frames_out.fetch_add(frames, Relaxed);
        self.traffic.sent_frames.inc_by(frames);
    }

    fn polled(&self, frames: &[ByteString]) {
        self.sent(frames.len() as u64);
        if frames.is_empty() {
            self.empty_polls.fetch_add(1, Relaxed);
        }
    }
}

impl End {
    /// Who ends it, for the metrics, with the code that a WebSocket would have for it.
    fn cause(&self) -> (By, u16) {
        match self {
            Self::Ours(code) => (By::Relay, code.code()),
            Self::Theirs => (By::Peer, NORMAL),
            Self::Expired => (By::Nobody, NO_CLOSE),
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ours(code) => write!(f, "closed by the relay: {code}"),
            Self::Theirs => f.write_str("closed by the peer"),
            Self::Expired => f.write_str("nothing was heard of the client any more"),
        }
    }
}
