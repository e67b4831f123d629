//! What a relay's connections have in common, and what is known of each from its beginning.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::http::HeaderMap;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Timings;
use crate::edge::{Edge, Place};
use crate::host::HostRule;
use crate::hub::Hub;
use crate::identity::Door;
use crate::origin::OriginRule;
use crate::transport::polling::Registry;

/// What every connection of a relay shares.
#[derive(Debug)]
pub struct Shared {
    /// Who is here.
    pub hub: Arc<Hub>,
    /// The connections over HTTP.
    pub polling: Arc<Registry>,
    /// The deadlines.
    pub timings: Timings,
    /// Which pages may connect.
    pub origins: OriginRule,
    /// Under which hosts the relay answers.
    pub hosts: HostRule,
    /// What one address may take.
    pub edge: Edge,
    /// Whether the relay can be reached from its own machine only.
    pub is_loopback: bool,
    /// Whether clients without keys are taken from everywhere.
    pub allows_keyless: bool,
    /// Cancelled when the relay stops.
    pub shutdown: CancellationToken,
    /// Every connection's task, so that the relay can wait for their ends.
    pub tasks: TaskTracker,
}

impl Shared {
    /// What the connection of a request with these headers is let in by.
    pub fn door(&self, headers: &HeaderMap) -> Door {
        Door::new(headers, self.is_loopback, self.allows_keyless)
    }
}

/// Who is at the other end of a socket; counts against the relay's bounds while any clone lives.
#[derive(Clone, Debug)]
pub struct Client {
    /// The other end.
    pub address: SocketAddr,
    _counted: Arc<(Option<OwnedSemaphorePermit>, Option<Place>)>,
}

impl Client {
    /// The client at `address`, which holds this permit, and its place among those of its address.
    pub(crate) fn new(
        address: SocketAddr,
        permit: OwnedSemaphorePermit,
        place: Option<Place>,
    ) -> Self {
        Self { address, _counted: Arc::new((Some(permit), place)) }
    }

    /// One that counts against nothing, for whoever hands requests in without sockets.
    pub fn uncounted(address: SocketAddr) -> Self {
        Self { address, _counted: Arc::default() }
    }
}
