//! What one address may take of the relay: so many connections at a time, and so many new ones a minute.
//!
//! Which address a request counts for is [`proxy`]'s and `address`'s business, what all addresses may take
//! together [`accept`](crate::accept)'s, what a name may send [`pace`](crate::pace)'s.

mod address;
mod places;
pub mod proxy;
mod refusals;

use std::fmt;
use std::net::IpAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::HeaderMap;
use duologue_protocol::{ErrorCode, Rejection};
use tokio::time::Instant;

use self::address::ClientAddress;
pub(crate) use self::places::Place;
use self::places::Places;
use self::proxy::{Network, TrustedProxies};
use self::refusals::Refusals;
use crate::metrics::RequestRule;
use crate::rate::{Buckets, Rate};

/// How many connections an address has at a time: those of a hundred people in one house or office, with their
/// tabs and telephones, and forty such addresses are all that a relay takes by default.
pub const ADDRESS_CONNECTIONS: usize = 256;

/// How many connections an address opens in a minute, and after a rest at once: all that it may have, twice over,
/// as after a relay's restart. A proof is checked in some tenths of a millisecond, so this is nothing to the relay.
pub const ADDRESS_OPENS: u32 = 600;

/// How many new names an address takes in an hour, and after a rest at once: a class or an office that begins. A name is
/// taken for good, and all of a relay's are [bounded](crate::hub): at this pace one address is at it for months.
pub const ADDRESS_NAMES: u32 = 100;

/// How many sockets there may be to a connection: one over HTTP has a poll and a post on their way, and a page loads
/// its files over others for a moment.
const SOCKETS_TO_A_CONNECTION: usize = 2;

/// When to come back to an address that is full: nobody knows when one of its connections ends. Tabs are closed
/// every few minutes.
const FULL_RETRY: Duration = Duration::from_secs(30);

/// The rule of one relay, and who has what.
#[derive(Debug)]
pub struct Edge {
    proxies: TrustedProxies,
    connections_max: Option<NonZeroUsize>,
    connections: Arc<Places>,
    sockets: Arc<Places>,
    opens: Option<Mutex<Buckets<ClientAddress>>>,
    opens_a_minute: u32,
    names: Option<Mutex<Buckets<ClientAddress>>>,
    names_an_hour: u32,
    refusals: Refusals,
}

/// A request of an address that has had its share; `Display` names the rule, and what would change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooMany {
    address: ClientAddress,
    rule: Rule,
    /// When it makes sense to come back.
    pub(crate) retry_after: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    Connections(usize),
    Opens(u32),
    Names(u32),
}

impl Edge {
    /// For each address so many `connections` at a time, `opens` a minute and new `names` an hour; 0 for as many as it
    /// likes. `proxies` say for whom they come.
    pub(crate) fn new(proxies: Vec<Network>, connections: usize, opens: u32, names: u32) -> Self {
        let buckets = |count, time| {
            let rate = NonZeroU32::new(count).map(|count| Rate::new(count, time, count.get()));
            rate.map(|rate| Mutex::new(Buckets::new(rate)))
        };
        Self {
            proxies: TrustedProxies::new(proxies),
            connections_max: NonZeroUsize::new(connections),
            connections: Arc::default(),
            sockets: Arc::default(),
            opens: buckets(opens, MINUTE),
            opens_a_minute: opens,
            names: buckets(names, HOUR),
            names_an_hour: names,
            refusals: Refusals::default(),
        }
    }

    /// One that knows no bounds and no proxies.
    pub fn unbounded() -> Self {
        Self::new(Vec::new(), 0, 0, 0)
    }

    /// Who is at the other end of a request, as far as is known.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        self.proxies.client(peer, headers)
    }

    /// A socket was taken from `peer`, and nothing was read of it yet.
    ///
    /// # Errors
    /// [`TooMany`].
    pub(crate) fn socket(&self, peer: IpAddr) -> Result<Option<Place>, TooMany> {
        let max = self.connections_max.map(|max| max.get() * SOCKETS_TO_A_CONNECTION);
        self.place(self.counted(peer), &self.sockets, max)
    }

    /// `client` opens a connection. The place is its until it ends.
    ///
    /// # Errors
    /// [`TooMany`].
    pub(crate) fn open(&self, client: IpAddr) -> Result<Option<Place>, TooMany> {
        let address = self.counted(client);
        self.take(address, self.opens.as_ref(), Rule::Opens(self.opens_a_minute))?;
        self.place(address, &self.connections, self.connections_max.map(NonZeroUsize::get))
    }

    /// `client` takes a name that was nobody's.
    ///
    /// # Errors
    /// [`TooMany`].
    pub(crate) fn name(&self, client: IpAddr) -> Result<(), TooMany> {
        let rule = Rule::Names(self.names_an_hour);
        self.take(self.counted(client), self.names.as_ref(), rule)
    }

    /// A request was refused for another reason.
    pub(crate) fn refused(&self, why: &dyn fmt::Display) {
        self.refusals.note(why);
    }

    /// What an address is counted as. A proxy that does not say for whom it comes stands for everybody behind it, and
    /// is not counted.
    fn counted(&self, address: IpAddr) -> Option<ClientAddress> {
        if self.proxies.has(address) { None } else { ClientAddress::of(address) }
    }

    fn place(
        &self,
        address: Option<ClientAddress>,
        places: &Arc<Places>,
        max: Option<usize>,
    ) -> Result<Option<Place>, TooMany> {
        let (Some(address), Some(max)) = (address, max) else { return Ok(None) };
        let too_many = TooMany { address, rule: Rule::Connections(max), retry_after: FULL_RETRY };
        places.take(address, max).map(Some).ok_or_else(|| self.note(too_many))
    }

    fn take(
        &self,
        address: Option<ClientAddress>,
        buckets: Option<&Mutex<Buckets<ClientAddress>>>,
        rule: Rule,
    ) -> Result<(), TooMany> {
        let (Some(address), Some(buckets)) = (address, buckets) else { return Ok(()) };
        let taken = lock(buckets).take(&address, Instant::now());
        taken.map_err(|retry_after| self.note(TooMany { address, rule, retry_after }))
    }

    fn note(&self, too_many: TooMany) -> TooMany {
        self.refusals.note(&too_many);
        too_many
    }
}

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

/// A panic can't leave what is counted half changed: no code that may panic runs under these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl TooMany {
    /// The rule, where it is one for requests; what a connection is refused is counted with its input.
    pub(crate) fn of_requests(&self) -> Option<RequestRule> {
        match self.rule {
            Rule::Connections(_) => Some(RequestRule::AddressConnections),
            Rule::Opens(_) => Some(RequestRule::AddressOpens),
            Rule::Names(_) => None,
        }
    }
}

impl From<TooMany> for Rejection {
    fn from(refusal: TooMany) -> Self {
        let code = match refusal.rule {
            Rule::Names(_) => ErrorCode::NamesFull,
            Rule::Connections(_) | Rule::Opens(_) => ErrorCode::RateLimited,
        };
        Self::new(code, refusal.to_string()).until(refusal.retry_after)
    }
}

impl fmt::Display for TooMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = self.address;
        match self.rule {
            Rule::Connections(max) => write!(
                f,
                "{address} has {max} connections, as many as an address may have at a time \
                 (--address-connections)"
            )?,
            Rule::Opens(max) => write!(
                f,
                "{address} opened {max} connections within a minute, as many as an address may \
                 (--address-opens)"
            )?,
            Rule::Names(max) => write!(
                f,
                "{address} took {max} new names within an hour, as many as an address may \
                 (--address-names)"
            )?,
        }
        f.write_str("; if it is a proxy, name it with --trusted-proxy")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn edge(connections: usize, opens: u32) -> Edge {
        Edge::new(vec![Network::parse("10.0.0.1").unwrap()], connections, opens, 2)
    }

    #[test]
    fn an_address_opens_so_many_a_minute() {
        let edge = edge(0, 60);
        let house = |n: u32| ip(&format!("2001:db8::{n:x}"));
        for n in 0..60 {
            assert!(edge.open(house(n)).is_ok(), "{n}");
        }
        let refused = edge.open(house(60)).unwrap_err();
        assert!(refused.retry_after <= Duration::from_secs(1), "{refused:?}");
        assert!(refused.to_string().contains("--address-opens"), "{refused}");
        assert!(edge.open(ip("203.0.113.1")).is_ok());
    }

    #[test]
    fn an_address_has_so_many_connections_and_twice_as_many_sockets() {
        let (edge, one) = (edge(3, 0), ip("203.0.113.1"));
        let mut connections: Vec<_> = (0..3).map(|_| edge.open(one).unwrap().unwrap()).collect();
        let refused = edge.open(one).unwrap_err();
        assert!(refused.to_string().contains("--address-connections"), "{refused}");
        assert!(edge.open(ip("203.0.113.2")).is_ok());
        connections.pop();
        assert!(edge.open(one).is_ok());

        let sockets: Vec<_> = (0..6).map(|_| edge.socket(one).unwrap().unwrap()).collect();
        assert!(edge.socket(one).is_err());
        drop(sockets);
        assert!(edge.socket(one).is_ok());
    }

    #[test]
    fn an_address_takes_so_many_names() {
        let (edge, one) = (edge(0, 0), ip("203.0.113.1"));
        assert!((0..2).all(|_| edge.name(one).is_ok()));
        let refused = Rejection::from(edge.name(one).unwrap_err());
        assert_eq!(refused.code, ErrorCode::NamesFull);
        assert!(refused.message.contains("--address-names"), "{refused}");
        assert!(edge.name(ip("203.0.113.2")).is_ok());
    }

    #[test]
    fn addresses_that_say_nothing_are_not_counted() {
        let edge = edge(1, 1);
        for address in ["127.0.0.1", "::1", "10.0.0.1"] {
            let places: Vec<_> = (0..9).map(|_| edge.open(ip(address)).unwrap()).collect();
            assert!(places.iter().all(Option::is_none), "{address}");
            assert!((0..9).all(|_| edge.socket(ip(address)).is_ok()), "{address}");
        }
    }

    #[test]
    fn nothing_is_counted_where_it_is_not_to_be() {
        let (edge, one) = (edge(0, 0), ip("203.0.113.1"));
        let places: Vec<_> = (0..1_000).map(|_| edge.open(one).unwrap()).collect();
        assert!(places.iter().all(Option::is_none));
        assert!((0..1_000).all(|_| edge.socket(one).is_ok()));
    }
}
