//! The client's side of v1 over HTTP: which request to make when, and what its answer means. No I/O: a
//! driver makes the requests and hands in their answers.
//!
//! There is at most one poll and one post on their way. An answer that got lost is asked for again, a post
//! that may have got lost is sent again: frames are numbered both ways, so neither loses nor doubles
//! anything. To a [`Session`](crate::Session) this is a transport like a WebSocket.

mod lane;

use std::collections::VecDeque;
use std::time::Duration;

use duologue_protocol::limits::{
    OPEN_TIMEOUT, POLL_WAIT_MAX, POST_MAX_BYTES, POST_MAX_FRAMES, SHORT_POLL_INTERVAL,
};
use duologue_protocol::polling::{Opened, Polled, Taken, Token};
use serde_json::value::RawValue;

use crate::clock::{ForwardClock, Time};
use crate::io::Down;
use lane::{Lane, LaneState};

/// How long a request's answer may take, beside the time for which the relay holds it.
pub const ANSWER_TIMEOUT: Duration = OPEN_TIMEOUT;

/// The pause before a short poll while something is going on: a post was made or frames came. No poll that brought
/// nothing and was not held is followed sooner by the next.
pub const SHORT_POLL_SOON: Duration = Duration::from_millis(250);

/// A poll that was cut after this long was cut because it was held; before, for another reason. One that brought
/// nothing before was not held.
const HELD_AFTER: Duration = Duration::from_secs(1);

/// How many held polls in a row may be cut: one may be an accident.
const CUTS_MAX: u32 = 2;

/// How many frames may wait to be taken: a session has few unanswered, and this is many more than it says
/// until it notices that a link is dead.
const WAITING_MAX: usize = 4_096;

/// Numbers the requests of one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// A request to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// `POST /v1/poll`.
    Open,
    /// `GET /v1/poll?after=…&wait=…`.
    Poll {
        /// What proves whose it is.
        token: Token,
        /// The last frame that is here.
        after: u64,
        /// For how many seconds the relay may hold it.
        wait: u64,
    },
    /// `POST /v1/poll/frames`.
    Post {
        /// What proves whose it is.
        token: Token,
        /// The request's body.
        body: String,
        /// How many frames are in it.
        frames: usize,
    },
}

/// What a driver has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PollerOutput {
    /// Make a request and hand in its answer under this number.
    Request(RequestId, Request),
    /// Abandon a request: its answer counts for nothing.
    Abandon(RequestId),
    /// The transport can carry frames.
    Up,
    /// A frame came.
    Text(String),
    /// Held polls were cut, more than once.
    HeldCut,
    /// The transport ended. Nothing comes after this.
    Down(Down),
}

/// An answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body; read for status 200 only.
    pub body: String,
}

/// One connection over HTTP.
#[derive(Debug)]
pub struct Poller {
    /// Whether polls are held.
    is_long: bool,
    state: State,
    clock: ForwardClock,
    last_request: u64,
    outputs: VecDeque<PollerOutput>,
}

#[derive(Debug)]
enum State {
    Opening { request: RequestId, due: Time },
    Open(Connection),
    Down,
}

#[derive(Debug)]
struct Connection {
    token: Token,
    /// The last frame from the relay that is here.
    after: u64,
    poll: Lane,
    /// The number of the first frame of `waiting`.
    from: u64,
    /// What was handed in and not taken by the relay yet.
    waiting: VecDeque<String>,
    post: Lane,
    /// How many held polls in a row were cut, and after how long the last one.
    cuts: (u32, Duration),
}

impl Poller {
    /// A connection that is to be opened. `is_long`: the relay holds polls.
    pub fn new(now: Time, is_long: bool) -> Self {
        let mut poller = Self {
            is_long,
            state: State::Down,
            clock: ForwardClock::default(),
            last_request: 0,
            outputs: VecDeque::new(),
        };
        let now = poller.clock.advance(now);
        let request = poller.request(Request::Open);
        poller.state = State::Opening { request, due: now + ANSWER_TIMEOUT };
        poller
    }

    /// Takes a frame to be sent. Before the connection is up and after its end it goes nowhere.
    pub fn send(&mut self, now: Time, text: String) {
        let now = self.clock.advance(now);
        if let State::Open(connection) = &mut self.state {
            if connection.waiting.len() >= WAITING_MAX {
                return self.down();
            }
            connection.waiting.push_back(text);
            connection.post.want(now);
        }
        self.make_requests(now);
    }

    /// A request was answered, or failed (`None`).
    pub fn answered(&mut self, now: Time, request: RequestId, answer: Option<Answer>) {
        let now = self.clock.advance(now);
        match &self.state {
            State::Opening { request: open, .. } if *open == request => self.opened(now, answer),
            State::Open(connection) if connection.poll.is_out(request) => self.polled(now, answer),
            State::Open(connection) if connection.post.is_out(request) => self.posted(now, answer),
            _ => {}
        }
        self.make_requests(now);
    }

    /// The time of [`poll_timeout`](Self::poll_timeout) has come, or not.
    pub fn timer(&mut self, now: Time) {
        let now = self.clock.advance(now);
        match &self.state {
            State::Opening { request, due } if *due <= now => {
                self.outputs.push_back(PollerOutput::Abandon(*request));
                self.opened(now, None);
            }
            State::Open(connection) => {
                let (poll, post) = (connection.poll.late(now), connection.post.late(now));
                for request in [poll, post].into_iter().flatten() {
                    self.outputs.push_back(PollerOutput::Abandon(request));
                }
                if poll.is_some() {
                    self.polled(now, None);
                }
                if post.is_some() {
                    self.posted(now, None);
                }
            }
            State::Opening { .. } | State::Down => {}
        }
        self.make_requests(now);
    }

    /// The next thing to do, until there is none.
    pub fn poll_output(&mut self) -> Option<PollerOutput> {
        self.outputs.pop_front()
    }

    /// How many frames wait among the outputs: what the last answer brought, before they are taken.
    pub fn texts_waiting(&self) -> usize {
        self.outputs.iter().filter(|output| matches!(output, PollerOutput::Text(_))).count()
    }

    /// When to call [`timer`](Self::timer), by the driver's clock.
    pub fn poll_timeout(&self) -> Option<Time> {
        let due = match &self.state {
            State::Opening { due, .. } => Some(*due),
            State::Open(connection) => {
                [&connection.poll, &connection.post].into_iter().filter_map(Lane::deadline).min()
            }
            State::Down => None,
        };
        due.map(|due| self.clock.to_wall(due))
    }

    /// What proves whose connection this is, while it is open: to close it with.
    pub fn token(&self) -> Option<&Token> {
        match &self.state {
            State::Open(connection) => Some(&connection.token),
            State::Opening { .. } | State::Down => None,
        }
    }

    fn opened(&mut self, now: Time, answer: Option<Answer>) {
        let opened: Option<Opened> = answer.and_then(|answer| read(&answer));
        let Some(Opened { token, frames }) = opened else { return self.down() };
        self.state = State::Open(Connection {
            token,
            after: frames.len() as u64,
            poll: Lane::new(LaneState::Next(now)),
            from: 1,
            waiting: VecDeque::new(),
            post: Lane::new(LaneState::Idle),
            cuts: (0, Duration::ZERO),
        });
        self.outputs.push_back(PollerOutput::Up);
        self.bring(&frames);
    }

    fn polled(&mut self, now: Time, answer: Option<Answer>) {
        let State::Open(connection) = &mut self.state else { return };
        let held = connection.poll.age(now);
        let is_over = answer.as_ref().is_some_and(is_final);
        let polled: Option<Polled> = answer.and_then(|answer| read(&answer));
        let Some(polled) = polled.filter(|polled| polled.after == connection.after) else {
            let was_held = self.is_long && held >= HELD_AFTER;
            if was_held && !is_over {
                let cuts = connection.cuts.0 + 1;
                connection.cuts = (cuts % CUTS_MAX, held);
                connection.poll.state = LaneState::Next(now);
                if cuts == CUTS_MAX {
                    self.outputs.push_back(PollerOutput::HeldCut);
                }
            } else if is_over || !connection.poll.fail(now) {
                self.down();
            }
            return;
        };
        if held > connection.cuts.1 {
            connection.cuts = (0, Duration::ZERO);
        }
        connection.after += polled.frames.len() as u64;
        let pause = match (self.is_long, polled.frames.is_empty()) {
            (true, false) => Duration::ZERO,
            (true, true) if held >= HELD_AFTER => Duration::ZERO,
            // A relay, or what stands before it, that holds no polls would be asked without end.
            (true, true) | (false, false) => SHORT_POLL_SOON,
            (false, true) => SHORT_POLL_INTERVAL,
        };
        connection.poll = Lane::new(LaneState::Next(now + pause));
        self.bring(&polled.frames);
        if let Some(close) = polled.close {
            self.state = State::Down;
            let (code, reason) = (close.code, close.reason);
            self.outputs.push_back(PollerOutput::Down(Down { code, reason }));
        }
    }

    fn posted(&mut self, now: Time, answer: Option<Answer>) {
        let State::Open(connection) = &mut self.state else { return };
        let is_over = answer.as_ref().is_some_and(is_final);
        let taken: Option<Taken> = answer.and_then(|answer| read(&answer));
        let Some(Taken { taken }) = taken else {
            if is_over || !connection.post.fail(now) {
                self.down();
            }
            return;
        };
        while connection.from <= taken && connection.waiting.pop_front().is_some() {
            connection.from += 1;
        }
        let next =
            if connection.waiting.is_empty() { LaneState::Idle } else { LaneState::Next(now) };
        connection.post = Lane::new(next);
        // What was posted is answered soon.
        if !self.is_long {
            connection.poll.want(now + SHORT_POLL_SOON);
        }
    }

    fn make_requests(&mut self, now: Time) {
        let State::Open(connection) = &mut self.state else { return };
        let mut requests = Vec::new();
        let token = &connection.token;
        if connection.poll.is_due(now) {
            let wait = if self.is_long { POLL_WAIT_MAX } else { Duration::ZERO };
            let (token, after) = (token.clone(), connection.after);
            self.last_request += 1;
            let request = RequestId(self.last_request);
            connection.poll.start(request, now, now + wait + ANSWER_TIMEOUT);
            requests.push((request, Request::Poll { token, after, wait: wait.as_secs() }));
        }
        if connection.post.is_due(now) {
            let (body, frames) = body(connection.from, &connection.waiting);
            self.last_request += 1;
            let request = RequestId(self.last_request);
            connection.post.start(request, now, now + ANSWER_TIMEOUT);
            let token = connection.token.clone();
            requests.push((request, Request::Post { token, body, frames }));
        }
        let requests = requests.into_iter().map(|(id, what)| PollerOutput::Request(id, what));
        self.outputs.extend(requests);
    }

    fn request(&mut self, request: Request) -> RequestId {
        self.last_request += 1;
        let id = RequestId(self.last_request);
        self.outputs.push_back(PollerOutput::Request(id, request));
        id
    }

    fn bring(&mut self, frames: &[Box<RawValue>]) {
        let texts = frames.iter().map(|frame| PollerOutput::Text(frame.get().to_owned()));
        self.outputs.extend(texts);
    }

    fn down(&mut self) {
        if let State::Open(connection) = &self.state {
            let lanes = [&connection.poll, &connection.post];
            let requests = lanes.into_iter().filter_map(Lane::request).map(PollerOutput::Abandon);
            self.outputs.extend(requests);
        }
        self.state = State::Down;
        self.outputs.push_back(PollerOutput::Down(Down { code: 1006, reason: String::new() }));
    }
}

/// The body of a post of the oldest frames, and how many they are: as many as a post may have.
fn body(from: u64, waiting: &VecDeque<String>) -> (String, usize) {
    let mut body = format!(r#"{{"from":{from},"frames":["#);
    let mut count = 0;
    for text in waiting.iter().take(POST_MAX_FRAMES) {
        // With a comma before it and the end behind it.
        if count > 0 && body.len() + text.len() + 3 > POST_MAX_BYTES {
            break;
        }
        if count > 0 {
            body.push(',');
        }
        body.push_str(text);
        count += 1;
    }
    body.push_str("]}");
    (body, count)
}

fn read<'a, T: serde::Deserialize<'a>>(answer: &'a Answer) -> Option<T> {
    if answer.status != 200 {
        return None;
    }
    serde_json::from_str(&answer.body).ok()
}

/// Whether the relay said that this request can't be taken: then a repeat can't either. A proxy's
/// trouble (5xx) may pass, and so may a request that came too slowly (408) or was too many (429).
fn is_final(answer: &Answer) -> bool {
    matches!(answer.status, 400..=407 | 409..=428 | 430..=499)
}
