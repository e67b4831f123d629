//! Polling over HTTP by gloo-net. Which request is made when is the [`Poller`]'s business; here they are
//! made, timed and, when nobody wants their answers any more, abandoned.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

use duologue_protocol::polling::{BYTES_HEADER, FRAMES_PATH, PATH, Token};
use duologue_session::{Answer, Poller, PollerOutput, Request, RequestId, Transport as Kind};
use gloo_net::http;
use web_sys::AbortController;

use super::{Exchange, RequestKind, Transport, TransportEvent};
use crate::platform::{self, Timer};

/// A connection over HTTP. Dropping it closes it.
pub struct PollingTransport {
    inner: Rc<Inner>,
}

struct Inner {
    /// The relay's address, without a `/` at the end.
    url: String,
    on_event: Box<dyn Fn(TransportEvent)>,
    poller: RefCell<Poller>,
    timer: RefCell<Option<Timer>>,
    /// The requests on their way, with what ends them.
    requests: RefCell<Vec<(RequestId, AbortController)>>,
    /// Nobody listens any more.
    is_dropped: Cell<bool>,
    /// Somebody is being told something, who may hand in the next text: what comes of that is done
    /// afterwards, by whoever began.
    is_settling: Cell<bool>,
}

impl PollingTransport {
    /// Starts to connect to the relay at `url` (`http://` or `https://`, a host, perhaps a path) and
    /// reports through `on_event`, never before this returns.
    pub fn connect(kind: Kind, url: &str, on_event: impl Fn(TransportEvent) + 'static) -> Self {
        let poller = Poller::new(platform::now(), kind == Kind::LongPolling);
        let inner = Rc::new(Inner {
            url: url.to_owned(),
            on_event: Box::new(on_event),
            poller: RefCell::new(poller),
            timer: RefCell::new(None),
            requests: RefCell::new(Vec::new()),
            is_dropped: Cell::new(false),
            is_settling: Cell::new(false),
        });
        inner.settle();
        Self { inner }
    }
}

impl Transport for PollingTransport {
    fn send(&self, text: String) {
        self.inner.poller.borrow_mut().send(platform::now(), text);
        // Not now: whoever sends is in the middle of something, perhaps of hearing a text of which more
        // came, and must not be told of them meanwhile. And what is sent in one turn goes in one request.
        let weak = Rc::downgrade(&self.inner);
        platform::spawn(async move {
            if let Some(inner) = weak.upgrade() {
                inner.settle();
            }
        });
    }
}

impl Drop for PollingTransport {
    fn drop(&mut self) {
        self.inner.is_dropped.set(true);
        for (_, controller) in self.inner.requests.take() {
            controller.abort();
        }
        let token = self.inner.poller.borrow().token().cloned();
        if let Some(token) = token {
            let request = with_token(http::Request::delete(&self.inner.address(PATH)), &token);
            platform::spawn(async move {
                // One that doesn't get there leaves a connection that expires by itself.
                drop(request.send().await);
            });
        }
    }
}

impl Inner {
    fn address(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Does all that the poller wants done, then arms the timer.
    fn settle(self: &Rc<Self>) {
        if self.is_settling.replace(true) {
            return;
        }
        while !self.is_dropped.get() {
            // The borrow ends with each output: an event's receiver may send, or close the transport.
            let output = self.poller.borrow_mut().poll_output();
            let Some(output) = output else { break };
            match output {
                PollerOutput::Request(id, request) => self.make(id, request),
                PollerOutput::Abandon(id) => {
                    if let Some(controller) = self.forget(id) {
                        controller.abort();
                    }
                }
                PollerOutput::Up => (self.on_event)(TransportEvent::Up),
                PollerOutput::Text(text) => (self.on_event)(TransportEvent::Text(text)),
                PollerOutput::HeldCut => (self.on_event)(TransportEvent::HeldCut),
                PollerOutput::Down(down) => (self.on_event)(TransportEvent::Down(down)),
            }
        }
        self.is_settling.set(false);
        let weak = Rc::downgrade(self);
        let timer = self.poller.borrow().poll_timeout().map(|at| {
            // At least a millisecond: setTimeout may fire early by the fraction that its clock drops.
            let delay = at.since(platform::now()).max(Duration::from_millis(1));
            Timer::after(delay, move || {
                if let Some(inner) = weak.upgrade() {
                    inner.poller.borrow_mut().timer(platform::now());
                    inner.settle();
                }
            })
        });
        self.timer.replace(timer);
    }

    fn forget(&self, id: RequestId) -> Option<AbortController> {
        let mut requests = self.requests.borrow_mut();
        let index = requests.iter().position(|(one, _)| *one == id)?;
        Some(requests.swap_remove(index).1)
    }

    fn make(self: &Rc<Self>, id: RequestId, request: Request) {
        let Ok(controller) = AbortController::new() else { return };
        let signal = controller.signal();
        self.requests.borrow_mut().push((id, controller));
        let (kind, frames) = match &request {
            Request::Open => (RequestKind::Open, 0),
            Request::Poll { .. } => (RequestKind::Poll, 0),
            Request::Post { frames, .. } => (RequestKind::Post, *frames),
        };
        let request = self.build(request, &signal);
        let weak = Rc::downgrade(self);
        platform::spawn(async move {
            let since = platform::now();
            let reply = match request {
                Ok(request) => send(request).await,
                Err(_) => None,
            };
            answered(&weak, id, kind, frames, platform::now().since(since), reply);
        });
    }

    fn build(
        &self,
        request: Request,
        signal: &web_sys::AbortSignal,
    ) -> Result<http::Request, gloo_net::Error> {
        match request {
            Request::Open => {
                http::Request::post(&self.address(PATH)).abort_signal(Some(signal)).build()
            }
            Request::Poll { token, after, wait } => {
                let url = self.address(&format!("{PATH}?after={after}&wait={wait}"));
                with_token(http::Request::get(&url), &token).abort_signal(Some(signal)).build()
            }
            Request::Post { token, body, .. } => {
                with_token(http::Request::post(&self.address(FRAMES_PATH)), &token)
                    .header("content-type", "application/json")
                    .abort_signal(Some(signal))
                    .body(body)
            }
        }
    }
}

/// An answer, and how many bytes it took, up and down, as far as the relay said.
struct Reply {
    answer: Answer,
    bytes: (u64, u64),
}

async fn send(request: http::Request) -> Option<Reply> {
    let response = request.send().await.ok()?;
    let bytes = response.headers().get(BYTES_HEADER);
    let bytes = bytes.as_deref().and_then(two_numbers).unwrap_or_default();
    let status = response.status();
    let body = response.text().await.ok()?;
    Some(Reply { answer: Answer { status, body }, bytes })
}

/// Hands in what became of a request, unless nobody wants to know any more.
fn answered(
    inner: &Weak<Inner>,
    id: RequestId,
    request: RequestKind,
    posted: usize,
    took: Duration,
    reply: Option<Reply>,
) {
    let Some(inner) = inner.upgrade() else { return };
    if inner.forget(id).is_none() {
        return;
    }
    let (bytes_up, bytes_down) = reply.as_ref().map_or((0, 0), |reply| reply.bytes);
    let answer = reply.map(|reply| reply.answer);
    let status = answer.as_ref().map(|answer| answer.status);
    inner.poller.borrow_mut().answered(platform::now(), id, answer);
    let frames =
        if request == RequestKind::Post { posted } else { inner.poller.borrow().texts_waiting() };
    let exchange = Exchange { request, status, took, frames, bytes_up, bytes_down };
    (inner.on_event)(TransportEvent::Exchange(exchange));
    inner.settle();
}

fn with_token(request: http::RequestBuilder, token: &Token) -> http::RequestBuilder {
    request.header("authorization", &token.to_header())
}

fn two_numbers(text: &str) -> Option<(u64, u64)> {
    let (up, down) = text.split_once(' ')?;
    Some((up.parse().ok()?, down.parse().ok()?))
}
