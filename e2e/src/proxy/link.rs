//! One connection of a browser: its bytes on their way in and out, late or never, and its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::fault::Activity;
use super::{Counted, Shared, http};

/// The most that is read at once.
const CHUNK: usize = 16 * 1024;
/// How many chunks of a direction wait at most; then nothing more is read.
const WAITING: usize = 1024;

/// What the parts of a connection share.
pub(super) struct Link {
    pub(super) shared: Arc<Shared>,
    activity: watch::Sender<Activity>,
    /// Whether frames of its `WebSocket` were swallowed.
    has_hole: AtomicBool,
    /// Never changes; it closes when the connection ends.
    alive: watch::Receiver<()>,
}

/// Passes on what comes from a browser and goes to it, until it ends or is cut.
pub(super) async fn run(mut browser: TcpStream, shared: Arc<Shared>) {
    let cuts = shared.orders.borrow().cuts;
    let _counted = Counted::new(shared.clone(), |shared| &shared.connections);
    // Small frames are not to wait for one another.
    let _ = browser.set_nodelay(true);
    let (_alive, alive) = watch::channel(());
    let activity = Activity { passed: Instant::now(), asked: None, is_websocket: false };
    let link = Arc::new(Link {
        shared,
        activity: watch::Sender::new(activity),
        has_hole: AtomicBool::new(false),
        alive,
    });
    let (outside, inside) = tokio::io::duplex(CHUNK);
    link.spawn(http::serve(inside, link.clone()));
    let is_cut = tokio::select! {
        () = link.is_cut(cuts) => true,
        () = link.pass_both(&mut browser, outside) => false,
    };
    if is_cut {
        // The browser sees a broken connection, not one that ended in good order.
        let _ = browser.set_zero_linger();
    }
}

impl Link {
    /// Does something beside for as long as the connection lives.
    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut alive = self.alive.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = work => {}
                _ = alive.changed() => {}
            }
        });
    }

    /// A request came.
    pub(super) fn asks(&self) {
        self.activity.send_modify(|activity| activity.asked = Some(Instant::now()));
    }

    /// Its answer is there, or its connection has become a `WebSocket`.
    pub(super) fn is_answered(&self, is_websocket: bool) {
        self.activity.send_modify(|activity| {
            activity.asked = None;
            activity.is_websocket = is_websocket;
        });
    }

    /// Whether bytes of the `WebSocket` that are there now are lost.
    pub(super) fn swallows(&self) -> bool {
        if self.shared.orders.borrow().swallows() {
            self.has_hole.store(true, Relaxed);
        }
        self.has_hole.load(Relaxed)
    }

    /// Comes back when the connection is to be cut.
    async fn is_cut(&self, cuts: u64) {
        let mut orders = self.shared.orders.subscribe();
        let mut activity = self.activity.subscribe();
        loop {
            let due = {
                let orders = orders.borrow_and_update();
                if orders.cuts != cuts {
                    return;
                }
                orders.cuts_at(&activity.borrow_and_update())
            };
            if due.is_some_and(|due| due <= Instant::now()) {
                return;
            }
            tokio::select! {
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
                _ = orders.changed() => {}
                _ = activity.changed() => {}
            }
        }
    }

    async fn pass_both(&self, browser: &mut TcpStream, inside: DuplexStream) {
        let (from_browser, to_browser) = browser.split();
        let (from_inside, to_inside) = tokio::io::split(inside);
        tokio::join!(self.pass(from_browser, to_inside), self.pass(from_inside, to_browser));
    }

    /// Passes on bytes, and their end, when they are due.
    async fn pass(&self, mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) {
        let (queue, mut queued) = mpsc::channel::<(Instant, Vec<u8>)>(WAITING);
        let read = async move {
            let mut buffer = vec![0; CHUNK];
            loop {
                // One that failed has ended too.
                let length = from.read(&mut buffer).await.unwrap_or(0);
                let chunk = (Instant::now(), buffer[..length].to_vec());
                if queue.send(chunk).await.is_err() || length == 0 {
                    return;
                }
            }
        };
        // Once it is done, the queue is gone, and nothing more is read.
        let write = async move {
            while let Some((came, chunk)) = queued.recv().await {
                self.is_due(came).await;
                if chunk.is_empty() {
                    let _ = to.shutdown().await;
                } else if to.write_all(&chunk).await.is_err() {
                    return;
                }
                self.activity.send_modify(|activity| activity.passed = Instant::now());
            }
        };
        tokio::join!(read, write);
    }

    /// Comes back when a chunk may go on that came at `came`.
    async fn is_due(&self, came: Instant) {
        let mut orders = self.shared.orders.subscribe();
        loop {
            let due = orders.borrow_and_update().passes_at(came);
            if due <= Instant::now() {
                return;
            }
            tokio::select! {
                () = sleep_until(due) => {}
                _ = orders.changed() => {}
            }
        }
    }
}
