//! The three transports natively: a WebSocket, and polling by a `Poller` and an HTTP client.

use std::net::SocketAddr;
use std::time::Duration;

use duologue_protocol::polling::{FRAMES_PATH, PATH, Token};
use duologue_protocol::{RelayFrame, codec};
use duologue_session::{
    Answer, Down, Generation, Input, Poller, PollerOutput, Request, RequestId, Transport,
};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinHandle, JoinSet};
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use crate::driver::now;

/// A transport that runs. Dropping it ends it.
pub(crate) struct Carrier {
    texts: mpsc::UnboundedSender<String>,
    task: JoinHandle<()>,
}

impl Carrier {
    /// One that has ended says so itself.
    pub(crate) fn send(&self, text: String) {
        let _ = self.texts.send(text);
    }
}

impl Drop for Carrier {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Where a transport reports.
struct Reports {
    generation: Generation,
    events: mpsc::UnboundedSender<Input>,
}

impl Reports {
    fn say(&self, input: Input) {
        // The driver is gone when its test is over.
        let _ = self.events.send(input);
    }

    fn up(&self) {
        self.say(Input::TransportUp { generation: self.generation });
    }

    fn text(&self, text: &str) {
        let frame = codec::decode::<RelayFrame>(text).unwrap();
        self.say(Input::Frame { generation: self.generation, frame });
    }

    fn down(&self, code: u16) {
        let down = Down { code, reason: String::new() };
        self.say(Input::TransportDown { generation: self.generation, down });
    }
}

pub(crate) fn connect(
    relay: SocketAddr,
    transport: Transport,
    generation: Generation,
    events: mpsc::UnboundedSender<Input>,
) -> Carrier {
    let (texts, to_send) = mpsc::unbounded_channel();
    let reports = Reports { generation, events };
    let task = match transport {
        Transport::WebSocket => tokio::spawn(websocket(relay, to_send, reports)),
        Transport::LongPolling => tokio::spawn(Polling::new(relay, true, reports).run(to_send)),
        Transport::ShortPolling => tokio::spawn(Polling::new(relay, false, reports).run(to_send)),
    };
    Carrier { texts, task }
}

async fn websocket(
    relay: SocketAddr,
    mut to_send: mpsc::UnboundedReceiver<String>,
    reports: Reports,
) {
    let Ok((mut socket, _)) = connect_async(format!("ws://{relay}/v1/ws")).await else {
        return reports.down(1006);
    };
    reports.up();
    loop {
        let sent = tokio::select! {
            arrived = socket.next() => match arrived {
                Some(Ok(Message::Text(text))) => {
                    reports.text(&text);
                    continue;
                }
                Some(Ok(Message::Close(close))) => {
                    return reports.down(close.map_or(1005, |close| close.code.into()));
                }
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => return reports.down(1006),
            },
            Some(text) = to_send.recv() => socket.send(Message::text(text)).await,
        };
        if sent.is_err() {
            return reports.down(1006);
        }
    }
}

/// A connection over HTTP. Dropping it abandons what is on its way, and says nothing to the relay: there
/// it expires by itself, as a page's does that was closed.
struct Polling {
    poller: Poller,
    relay: String,
    http: reqwest::Client,
    reports: Reports,
    answers: JoinSet<(RequestId, Option<Answer>)>,
    requests: Vec<(RequestId, AbortHandle)>,
}

impl Polling {
    fn new(relay: SocketAddr, is_long: bool, reports: Reports) -> Self {
        Self {
            poller: Poller::new(now(), is_long),
            relay: format!("http://{relay}"),
            http: reqwest::Client::new(),
            reports,
            answers: JoinSet::new(),
            requests: Vec::new(),
        }
    }

    async fn run(mut self, mut to_send: mpsc::UnboundedReceiver<String>) {
        while self.perform() {
            let wait = self.poller.poll_timeout().map(|at| at.since(now()));
            let due = Instant::now() + wait.unwrap_or(Duration::from_hours(1));
            tokio::select! {
                Some(text) = to_send.recv() => self.poller.send(now(), text),
                Some(Ok((id, answer))) = self.answers.join_next() => {
                    self.requests.retain(|(one, _)| *one != id);
                    self.poller.answered(now(), id, answer);
                }
                // wait: the poller's own deadline.
                () = sleep_until(due) => self.poller.timer(now()),
            }
        }
    }

    /// Does all that the poller wants done; returns whether it goes on.
    fn perform(&mut self) -> bool {
        while let Some(output) = self.poller.poll_output() {
            match output {
                PollerOutput::Request(id, request) => {
                    let request = self.build(request);
                    let handle = self.answers.spawn(async move { (id, answer(request).await) });
                    self.requests.push((id, handle));
                }
                PollerOutput::Abandon(id) => {
                    for (_, handle) in self.requests.iter().filter(|(one, _)| *one == id) {
                        handle.abort();
                    }
                }
                PollerOutput::Up => self.reports.up(),
                PollerOutput::Text(text) => self.reports.text(&text),
                PollerOutput::HeldCut => {
                    self.reports.say(Input::HeldCut { generation: self.reports.generation });
                }
                PollerOutput::Down(down) => {
                    self.reports.down(down.code);
                    return false;
                }
            }
        }
        true
    }

    fn build(&self, request: Request) -> reqwest::RequestBuilder {
        let relay = &self.relay;
        let header = |token: &Token| ("authorization", token.to_header());
        match request {
            Request::Open => self.http.post(format!("{relay}{PATH}")),
            Request::Poll { token, after, wait } => {
                let (name, value) = header(&token);
                self.http
                    .get(format!("{relay}{PATH}?after={after}&wait={wait}"))
                    .header(name, value)
            }
            Request::Post { token, body, .. } => {
                let (name, value) = header(&token);
                self.http.post(format!("{relay}{FRAMES_PATH}")).header(name, value).body(body)
            }
        }
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Option<Answer> {
    let response = request.send().await.ok()?;
    let status = response.status().as_u16();
    let body = response.text().await.ok()?;
    Some(Answer { status, body })
}
