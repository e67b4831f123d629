//! A session over real sockets: what a program of one's own would do with `duologue_session`.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use duologue_protocol::{ClientFrame, Content, MessageId, RelayFrame, Seq, UserId, codec};
use duologue_session::{
    Change, Down, Draft, Generation, Input, Message as Received, Output, Saved, Session, Time,
};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

/// What a session has done so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    /// What was written, in its order.
    pub(crate) sent: Vec<MessageId>,
    /// What the relay said to be stored, with its place.
    pub(crate) stored: Vec<(MessageId, Seq)>,
    /// What arrived, in its order.
    pub(crate) received: Vec<Received>,
    /// Up to where the peer has what was written.
    pub(crate) delivered: Seq,
    /// What went wrong.
    pub(crate) failed: Vec<String>,
}

/// A running session. Dropping it ends it.
pub(crate) struct Driver {
    inputs: mpsc::UnboundedSender<Input>,
    pub(crate) progress: watch::Receiver<Progress>,
    written: AtomicUsize,
    task: JoinHandle<()>,
}

impl Driver {
    pub(crate) fn start(user: UserId, relay: SocketAddr, seed: u64) -> Self {
        let (inputs, from_test) = mpsc::unbounded_channel();
        let (report, progress) = watch::channel(Progress::default());
        let session = Session::new(now(), user, seed, Saved::default());
        let (events, from_sockets) = mpsc::unbounded_channel();
        let running = Running { session, relay, report, socket: None, events };
        let task = tokio::spawn(running.run(from_test, from_sockets));
        Self { inputs, progress, written: AtomicUsize::new(0), task }
    }

    pub(crate) fn input(&self, input: Input) {
        self.inputs.send(input).expect("the driver runs");
    }

    /// How many messages were handed to the session.
    pub(crate) fn written(&self) -> usize {
        self.written.load(Ordering::Relaxed)
    }

    /// Writes the next message, which is named by its number.
    pub(crate) fn says_something(&self, to: &UserId) {
        let number = self.written.fetch_add(1, Ordering::Relaxed);
        let id = MessageId::parse(format!("m-{number}")).unwrap();
        let content = Content::parse(format!("this is {id}")).unwrap();
        self.input(Input::UserSent(Draft { id, to: to.clone(), content }));
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Running {
    session: Session,
    relay: SocketAddr,
    report: watch::Sender<Progress>,
    socket: Option<Socket>,
    events: mpsc::UnboundedSender<Input>,
}

struct Socket {
    generation: Generation,
    frames: mpsc::UnboundedSender<ClientFrame>,
    task: JoinHandle<()>,
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Running {
    async fn run(
        mut self,
        mut from_test: mpsc::UnboundedReceiver<Input>,
        mut from_sockets: mpsc::UnboundedReceiver<Input>,
    ) {
        loop {
            self.perform();
            let wait = self.session.poll_timeout().map(|at| at.since(now()));
            let due = Instant::now() + wait.unwrap_or(Duration::from_hours(1));
            let input = tokio::select! {
                Some(input) = from_test.recv() => input,
                Some(input) = from_sockets.recv() => input,
                // wait: the session's own deadline.
                () = sleep_until(due) => Input::Timer,
            };
            self.session.handle(now(), input);
        }
    }

    /// Does all that the session wants done. What it wants stored is stored at once: this test is
    /// about the relay's disk.
    fn perform(&mut self) {
        let mut last = None;
        loop {
            while let Some(output) = self.session.poll_output() {
                match output {
                    Output::Connect { generation, .. } => {
                        self.socket = Some(connect(self.relay, generation, self.events.clone()));
                    }
                    Output::Transmit { generation, frame } => {
                        if let Some(socket) = &self.socket
                            && socket.generation == generation
                        {
                            // A socket that has ended says so itself.
                            let _ = socket.frames.send(frame);
                        }
                    }
                    Output::Close { .. } => self.socket = None,
                    Output::Change { ticket, change } => {
                        last = Some(ticket);
                        self.report.send_modify(|progress| progress.note(change));
                    }
                    Output::Event(_) => {}
                }
            }
            let Some(ticket) = last.take() else { return };
            self.session.handle(now(), Input::Persisted { ticket });
        }
    }
}

impl Progress {
    fn note(&mut self, change: Change) {
        match change {
            Change::Queued { draft, .. } => self.sent.push(draft.id),
            Change::Stored { id, seq, .. } => self.stored.push((id, seq)),
            Change::Received(message) => self.received.push(message),
            Change::Delivered { up_to, .. } => self.delivered = self.delivered.max(up_to),
            Change::Failed { id, reason, .. } => self.failed.push(format!("{id}: {reason}")),
            _ => {}
        }
    }
}

fn connect(
    relay: SocketAddr,
    generation: Generation,
    events: mpsc::UnboundedSender<Input>,
) -> Socket {
    let (frames, mut to_send) = mpsc::unbounded_channel::<ClientFrame>();
    let task = tokio::spawn(async move {
        let down = |code| {
            let down = Down { code, reason: String::new() };
            // The driver is gone when its test is over.
            let _ = events.send(Input::TransportDown { generation, down });
        };
        let Ok((mut socket, _)) = connect_async(format!("ws://{relay}/v1/ws")).await else {
            return down(1006);
        };
        let _ = events.send(Input::TransportUp { generation });
        loop {
            let sent = tokio::select! {
                arrived = socket.next() => match arrived {
                    Some(Ok(Message::Text(text))) => {
                        let frame = codec::decode::<RelayFrame>(&text).unwrap();
                        let _ = events.send(Input::Frame { generation, frame });
                        continue;
                    }
                    Some(Ok(Message::Close(close))) => {
                        return down(close.map_or(1005, |close| close.code.into()));
                    }
                    Some(Ok(_)) => continue,
                    Some(Err(_)) | None => return down(1006),
                },
                Some(frame) = to_send.recv() => socket.send(Message::text(codec::encode(&frame))).await,
            };
            if sent.is_err() {
                return down(1006);
            }
        }
    });
    Socket { generation, frames, task }
}

fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Time(u64::try_from(since.as_millis()).unwrap())
}
