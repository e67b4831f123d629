//! A relay's routes for polling, without sockets or threads: each request takes as many turns as the relay has
//! something to do, and what it then still holds waits for the next ones.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::http::{HeaderMap, Method, StatusCode};
use duologue_protocol::UnixMillis;
use duologue_server::config::{CONNECTIONS, Timings};
use duologue_server::edge::Edge;
use duologue_server::host::HostRule;
use duologue_server::mailbox::MemoryMailbox;
use duologue_server::origin::OriginRule;
use duologue_server::post::{Office, Size};
use duologue_server::shared::{Client, Shared};
use duologue_server::transport::polling::{self, Registry};
use tokio::task::yield_now;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use super::script::Asked;

/// How many turns a request gets to be answered. One that goes to a connection's task and on to the writer and the
/// reader takes a handful.
const TURNS: usize = 16;

/// How many polls are held at once; the oldest one's client leaves then.
const HELD_MAX: usize = 4;

/// What the relay said.
pub(super) struct Answer {
    pub(super) method: Method,
    pub(super) path: String,
    /// The number of the connection that it is about.
    pub(super) of: Option<usize>,
    /// What was asked.
    pub(super) asked: String,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

type Answering = Pin<Box<dyn Future<Output = Answer>>>;

pub(super) struct Relay {
    router: Router,
    office: Office,
    held: Vec<Answering>,
}

impl Relay {
    /// One that listens on a loopback address and lets in clients without keys.
    pub(super) fn new() -> Self {
        let office = Office::open(Box::new(MemoryMailbox::default()), UnixMillis(0)).unwrap();
        let shared = Arc::new(Shared {
            hub: Arc::clone(&office.hub),
            polling: Arc::new(Registry::new(CONNECTIONS)),
            connections: CONNECTIONS,
            timings: Timings::default(),
            origins: OriginRule::new(Vec::new(), true),
            hosts: HostRule::new(Vec::new()),
            edge: Arc::new(Edge::unbounded()),
            metrics: Arc::default(),
            waiting: Arc::default(),
            is_private: true,
            allows_keyless: true,
            shutdown: CancellationToken::new(),
            tasks: TaskTracker::new(),
        });
        Self { router: polling::router(&shared), office, held: Vec::new() }
    }

    /// Hands in a request. Returns what is answered now, which may be earlier ones.
    pub(super) async fn ask(&mut self, asked: Asked) -> Vec<Answer> {
        let Asked { method, path, of, body: asked, mut request } = asked;
        request.extensions_mut().insert(Client::uncounted(([127, 0, 0, 1], 9).into()));
        let router = self.router.clone();
        let answering = async move {
            let Ok(response) = router.oneshot(request).await;
            let (parts, body) = response.into_parts();
            let body = to_bytes(body, usize::MAX).await.unwrap();
            let (status, headers) = (parts.status, parts.headers);
            Answer { method, path, of, asked, status, headers, body }
        };
        if self.held.len() >= HELD_MAX {
            drop(self.held.remove(0));
        }
        self.held.push(Box::pin(answering));
        let mut answers = Vec::new();
        for _ in 0..TURNS {
            self.turn(&mut answers).await;
            self.write();
            yield_now().await;
        }
        answers
    }

    async fn turn(&mut self, answers: &mut Vec<Answer>) {
        let held = &mut self.held;
        poll_fn(|context| {
            held.retain_mut(|answering| match answering.as_mut().poll(context) {
                Poll::Ready(answer) => {
                    answers.push(answer);
                    false
                }
                Poll::Pending => true,
            });
            Poll::Ready(())
        })
        .await;
    }

    /// The turn of the writer and the reader, which have threads of their own elsewhere.
    fn write(&mut self) {
        let Office { queue, writer, reader, .. } = &mut self.office;
        while !queue.is_empty() {
            let committed = writer.commit(queue.take(Size::Large));
            for fetch in writer.settle(committed) {
                reader.read(&fetch).unwrap();
            }
        }
    }
}
