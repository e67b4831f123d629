//! What was refused, by the rule that it broke: input of a connection, in either dialect, and requests at the door.
//! What is refused, and what whoever sent it is told, is for others.

use std::sync::Arc;

use duologue_protocol::ErrorCode;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

/// All refusals of a relay.
#[derive(Debug)]
pub(crate) struct Refusals {
    pub(super) rejections: Family<Rejected, Counter>,
    pub(super) requests: Family<Refused, Counter>,
    v1: ByCode,
    classic: ByCode,
}

/// The counters of one dialect, one for each [`ErrorCode`]. Who floods a relay with nonsense has it do no search.
#[derive(Clone, Debug)]
pub(crate) struct ByCode(Arc<[Counter]>);

/// Why a request or a socket was refused before there was a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestRule {
    /// It names no host.
    NoHost,
    /// It names another host than this relay.
    WrongHost,
    /// It is of a page that may not connect.
    ForbiddenOrigin,
    /// Its address has as many connections as it may have at a time.
    AddressConnections,
    /// Its address has opened as many as it may in a minute.
    AddressOpens,
    /// Its address has as many sockets as it may have: closed before anything was read.
    AddressSockets,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Rejected {
    dialect: &'static str,
    rule: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Refused {
    rule: &'static str,
    status: &'static str,
}

impl Default for Refusals {
    /// Every series is there from the beginning, so that its first step is seen as one.
    fn default() -> Self {
        let (rejections, requests) = (Family::default(), Family::default());
        for rule in RequestRule::ALL {
            requests.get_or_create_owned(&rule.labels());
        }
        let (v1, classic) = (ByCode::new("v1", &rejections), ByCode::new("classic", &rejections));
        Self { rejections, requests, v1, classic }
    }
}

impl Refusals {
    /// The counters of a dialect.
    pub(crate) fn of(&self, dialect: &str) -> ByCode {
        if dialect == "classic" { self.classic.clone() } else { self.v1.clone() }
    }

    /// Something that a v1 client said was refused, or that a classic page did.
    pub(crate) fn input(&self, is_v1: bool, code: ErrorCode) {
        if is_v1 { &self.v1 } else { &self.classic }.count(code);
    }

    /// A request, or a socket, was refused.
    pub(crate) fn request(&self, rule: RequestRule) {
        self.requests.get_or_create(&rule.labels()).inc();
    }
}

impl ByCode {
    fn new(dialect: &'static str, rejections: &Family<Rejected, Counter>) -> Self {
        let counter = |code: ErrorCode| {
            // As it is written on the wire. A code is a word, and serde can't fail on it.
            let name = serde_json::to_value(code).unwrap_or_default();
            let rule = name.as_str().unwrap_or_default().to_owned();
            rejections.get_or_create_owned(&Rejected { dialect, rule })
        };
        Self(ErrorCode::ALL.into_iter().map(counter).collect())
    }

    /// One more. `ALL` has the codes in the order of their numbers.
    pub(crate) fn count(&self, code: ErrorCode) {
        if let Some(counter) = self.0.get(code as usize) {
            counter.inc();
        }
    }
}

impl RequestRule {
    const ALL: [Self; 6] = [
        Self::NoHost,
        Self::WrongHost,
        Self::ForbiddenOrigin,
        Self::AddressConnections,
        Self::AddressOpens,
        Self::AddressSockets,
    ];

    fn labels(self) -> Refused {
        let (rule, status) = match self {
            Self::NoHost => ("noHost", "400"),
            Self::WrongHost => ("wrongHost", "421"),
            Self::ForbiddenOrigin => ("forbiddenOrigin", "403"),
            Self::AddressConnections => ("addressConnections", "429"),
            Self::AddressOpens => ("addressOpens", "429"),
            Self::AddressSockets => ("addressSockets", "none"),
        };
        Refused { rule, status }
    }
}
