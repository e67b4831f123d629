//! A session over real sockets: what a program of one's own would do with `duologue_session`.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use duologue_protocol::{Content, MessageId, Seq, UserId, codec};
use duologue_session::{
    Change, Draft, Event, Generation, Input, Message as Received, Output, Preference, Saved,
    Session, Time, Transport,
};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use crate::transport::{self, Carrier};

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
    /// Which transports were used, one after the other.
    pub(crate) used: Vec<Transport>,
    /// How often the relay took nothing more for a while.
    pub(crate) held: usize,
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
    pub(crate) fn start(
        user: UserId,
        relay: SocketAddr,
        seed: u64,
        preference: Preference,
    ) -> Self {
        let (inputs, from_test) = mpsc::unbounded_channel();
        let (report, progress) = watch::channel(Progress::default());
        let session = Session::new(now(), user, seed, Saved { preference, ..Saved::default() });
        let (events, from_sockets) = mpsc::unbounded_channel();
        let running = Running { session, relay, report, transports: HashMap::new(), events };
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
    transports: HashMap<Generation, Carrier>,
    events: mpsc::UnboundedSender<Input>,
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
            if let Input::TransportDown { generation, .. } = &input {
                self.transports.remove(generation);
            }
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
                    Output::Connect { generation, transport } => {
                        let carrier = transport::connect(
                            self.relay,
                            transport,
                            generation,
                            self.events.clone(),
                        );
                        self.transports.insert(generation, carrier);
                    }
                    Output::Sign { generation, .. } => {
                        self.session.handle(now(), Input::Signed { generation, proof: None });
                    }
                    Output::Transmit { generation, frame } => {
                        if let Some(carrier) = self.transports.get(&generation) {
                            carrier.send(codec::encode(&frame));
                        }
                    }
                    Output::Close { generation } => {
                        self.transports.remove(&generation);
                    }
                    Output::Change { ticket, change } => {
                        last = Some(ticket);
                        self.report.send_modify(|progress| progress.note(change));
                    }
                    Output::Event(Event::Using { transport, .. }) => {
                        self.report.send_modify(|progress| progress.used.push(transport));
                    }
                    Output::Event(Event::Held(Some(_))) => {
                        self.report.send_modify(|progress| progress.held += 1);
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

pub(crate) fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Time(u64::try_from(since.as_millis()).unwrap())
}
