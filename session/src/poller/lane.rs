//! One kind of request, of which there is one on its way at a time: when it is made, when it is late, how
//! often it failed.

use std::time::Duration;

use super::RequestId;
use crate::clock::Time;

/// How many times in a row a request may fail before the connection counts as lost.
const FAILURES_MAX: u32 = 4;

/// The pause after a request that failed; doubled with each further failure.
const RETRY_PAUSE: Duration = Duration::from_millis(250);

/// One kind of request, of which there is one at a time.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) state: LaneState,
    failures: u32,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum LaneState {
    /// On its way since, and until when its answer is awaited.
    Out { request: RequestId, since: Time, due: Time },
    /// To be made then.
    Next(Time),
    /// Not to be made before there is a reason.
    Idle,
}

impl Lane {
    pub(super) fn new(state: LaneState) -> Self {
        Self { state, failures: 0 }
    }

    pub(super) fn request(&self) -> Option<RequestId> {
        match self.state {
            LaneState::Out { request, .. } => Some(request),
            LaneState::Next(_) | LaneState::Idle => None,
        }
    }

    pub(super) fn is_out(&self, request: RequestId) -> bool {
        self.request() == Some(request)
    }

    pub(super) fn is_due(&self, now: Time) -> bool {
        matches!(self.state, LaneState::Next(at) if at <= now)
    }

    /// The request that is on its way, if its answer is overdue.
    pub(super) fn late(&self, now: Time) -> Option<RequestId> {
        match self.state {
            LaneState::Out { request, due, .. } if due <= now => Some(request),
            _ => None,
        }
    }

    /// How long the request has been on its way.
    pub(super) fn age(&self, now: Time) -> Duration {
        match self.state {
            LaneState::Out { since, .. } => now.since(since),
            LaneState::Next(_) | LaneState::Idle => Duration::ZERO,
        }
    }

    pub(super) fn deadline(&self) -> Option<Time> {
        match self.state {
            LaneState::Out { due, .. } => Some(due),
            LaneState::Next(at) => Some(at),
            LaneState::Idle => None,
        }
    }

    pub(super) fn start(&mut self, request: RequestId, since: Time, due: Time) {
        self.state = LaneState::Out { request, since, due };
    }

    /// There is something to ask for, by then at the latest.
    pub(super) fn want(&mut self, at: Time) {
        match self.state {
            LaneState::Idle => self.state = LaneState::Next(at),
            // A pause after a failure stays as long as it is.
            LaneState::Next(planned) if self.failures == 0 => {
                self.state = LaneState::Next(planned.min(at));
            }
            LaneState::Next(_) | LaneState::Out { .. } => {}
        }
    }

    /// The request failed and is to be made again; `false` if it failed too often.
    pub(super) fn fail(&mut self, now: Time) -> bool {
        self.state = LaneState::Next(now + RETRY_PAUSE * (1 << self.failures.min(8)));
        self.failures += 1;
        self.failures < FAILURES_MAX
    }
}
