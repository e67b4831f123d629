//! A proxy between a browser and the relay that misbehaves when it is told to, as the networks between
//! people and a relay do: it refuses `WebSocket`, cuts, delays, keeps silent.
//!
//! Requests and answers go through `hyper` with their `Host` as the browser sent it, so the relay takes
//! the proxy's address for its own. What comes after an Upgrade goes through as bytes. Each connection of
//! a browser has one to the relay, and both end together.

mod fault;
mod http;
mod link;

pub use fault::Fault;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use fault::Orders;

/// More connections than this at a time wait until others end.
const MOST_CONNECTIONS: usize = 256;

/// A proxy on a port of its own. Dropping it ends it and everything that goes through it.
pub struct Proxy {
    address: String,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// What the proxy's connections know of it.
struct Shared {
    relay: String,
    orders: watch::Sender<Orders>,
    requests: AtomicUsize,
    upgrades: AtomicUsize,
    upgraded: AtomicUsize,
    websockets: AtomicUsize,
    connections: AtomicUsize,
}

impl Proxy {
    /// Starts a proxy without faults, on a free port, before the relay at `relay` (host and port). The
    /// relay may come later, and may come and go.
    pub async fn start(relay: impl Into<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound").to_string();
        let shared = Arc::new(Shared {
            relay: relay.into(),
            orders: watch::Sender::new(Orders::default()),
            requests: AtomicUsize::default(),
            upgrades: AtomicUsize::default(),
            upgraded: AtomicUsize::default(),
            websockets: AtomicUsize::default(),
            connections: AtomicUsize::default(),
        });
        let task = tokio::spawn(accept(listener, shared.clone()));
        Self { address, shared, task }
    }

    /// Where the relay is found through the proxy, without a `/` at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its host and port.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// From now on these are its faults, on open connections as well, and no others: `Some(fault)`,
    /// `None`, or several in an array. What an earlier fault held back goes on unless one of these
    /// holds it.
    pub fn set(&self, faults: impl IntoIterator<Item = Fault>) {
        let faults: Vec<Fault> = faults.into_iter().collect();
        for fault in &faults {
            fault.check();
        }
        self.shared.orders.send_modify(|orders| orders.replace(faults));
    }

    /// Breaks every open connection. New ones are as good as before.
    pub fn cut_all(&self) {
        self.shared.orders.send_modify(|orders| orders.cuts += 1);
    }

    /// How many requests came so far, Upgrades among them.
    pub fn requests(&self) -> usize {
        self.shared.requests.load(Relaxed)
    }

    /// How many Upgrades were asked for so far.
    pub fn upgrades(&self) -> usize {
        self.shared.upgrades.load(Relaxed)
    }

    /// How many of these the relay granted.
    pub fn upgraded(&self) -> usize {
        self.shared.upgraded.load(Relaxed)
    }

    /// How many `WebSocket`s are open now.
    pub fn websockets(&self) -> usize {
        self.shared.websockets.load(Relaxed)
    }

    /// How many connections of browsers are open now, `WebSocket`s among them.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    // With this task they end as well.
    let mut links = JoinSet::new();
    loop {
        tokio::select! {
            // One that couldn't be accepted has gone already.
            accepted = listener.accept(), if links.len() < MOST_CONNECTIONS => {
                if let Ok((browser, _)) = accepted {
                    links.spawn(link::run(browser, shared.clone()));
                }
            }
            Some(_) = links.join_next() => {}
        }
    }
}

/// One more of something for as long as this lives.
struct Counted {
    shared: Arc<Shared>,
    which: fn(&Shared) -> &AtomicUsize,
}

impl Counted {
    fn new(shared: Arc<Shared>, which: fn(&Shared) -> &AtomicUsize) -> Self {
        which(&shared).fetch_add(1, Relaxed);
        Self { shared, which }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        (self.which)(&self.shared).fetch_sub(1, Relaxed);
    }
}
