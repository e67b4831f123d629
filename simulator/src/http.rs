//! v1 over HTTP in the simulator: requests and answers that get lost, come late or twice, polls that are
//! held and cut. The client's side is the real poller, the relay's the real desk.

use bytestring::ByteString;
use duologue_protocol::codec;
use duologue_protocol::limits::POLL_EXPIRY;
use duologue_protocol::polling::{Opened, Polled, Taken, Token};
use duologue_server::post::Room;
use duologue_server::transport::polling::desk::{self, Desk};
use duologue_session::{Answer, Generation, Input, Poller, PollerOutput, Request, RequestId};
use serde_json::value::RawValue;

use crate::device::Carrier;
use crate::relay::Client;
use crate::world::{Event, Link, World};

/// Which request: of which device, in which life of its page, on which of its transports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asker {
    pub(crate) device: usize,
    pub(crate) life: u64,
    pub(crate) generation: Generation,
    pub(crate) request: RequestId,
}

/// A connection over HTTP at the relay.
pub(crate) struct AtDesk {
    pub(crate) desk: Desk,
    /// The poll that is held, and what it has.
    held: Option<(Asker, u64)>,
    /// When the last request came.
    heard: u64,
}

/// The longest that a request or an answer travels, in milliseconds.
const TRAVEL: u64 = 40;

impl World {
    // The device's side.

    pub(crate) fn open_poller(&mut self, device: usize, generation: Generation, is_long: bool) {
        let now = self.clock(device);
        if let Some(page) = &mut self.devices[device].page {
            let poller = Box::new(Poller::new(now, is_long));
            page.carriers.insert(generation, Carrier::Polling { poller, armed: 0 });
        }
        self.drive_poller(device, generation);
    }

    pub(crate) fn with_poller(
        &mut self,
        device: usize,
        life: u64,
        generation: Generation,
        work: impl FnOnce(&mut Poller, duologue_session::Time),
    ) {
        let now = self.clock(device);
        let this = &mut self.devices[device];
        let page = this.page.as_mut().filter(|_| this.life == life);
        if let Some(Carrier::Polling { poller, .. }) =
            page.and_then(|page| page.carriers.get_mut(&generation))
        {
            work(poller, now);
            self.drive_poller(device, generation);
        }
    }

    /// Does all that a poller wants done, and arms its timer.
    fn drive_poller(&mut self, device: usize, generation: Generation) {
        let life = self.devices[device].life;
        loop {
            let page = self.devices[device].page.as_mut();
            let carrier = page.and_then(|page| page.carriers.get_mut(&generation));
            let Some(Carrier::Polling { poller, .. }) = carrier else { return };
            match poller.poll_output() {
                Some(PollerOutput::Request(request, what)) => {
                    self.ask(Asker { device, life, generation, request }, what);
                }
                Some(PollerOutput::Up) => self.input(device, Input::TransportUp { generation }),
                Some(PollerOutput::Text(text)) => {
                    if let Ok(frame) = codec::decode(&text) {
                        self.input(device, Input::Frame { generation, frame });
                    }
                }
                Some(PollerOutput::HeldCut) => {
                    self.count("held polls reported as cut");
                    self.input(device, Input::HeldCut { generation });
                }
                Some(PollerOutput::Down(down)) => self.down(device, life, generation, down),
                Some(PollerOutput::Abandon(_)) => {}
                None => break,
            }
        }
        let now = self.clock(device);
        let page = self.devices[device].page.as_mut();
        let carrier = page.and_then(|page| page.carriers.get_mut(&generation));
        let Some(Carrier::Polling { poller, armed }) = carrier else { return };
        *armed += 1;
        let armed = *armed;
        if let Some(at) = poller.poll_timeout() {
            let delay = u64::try_from(at.since(now).as_millis()).unwrap_or(u64::MAX).max(1);
            let event = Event::PollerTimer { device, life, generation, armed };
            self.schedule(delay.min(86_400_000), event);
        }
    }

    pub(crate) fn poller_timer(
        &mut self,
        device: usize,
        life: u64,
        generation: Generation,
        armed: u64,
    ) {
        let again = || Event::PollerTimer { device, life, generation, armed };
        if self.sleeps(device, life, again) {
            return;
        }
        let page = self.devices[device].page.as_ref();
        let carrier = page.and_then(|page| page.carriers.get(&generation));
        if let Some(Carrier::Polling { armed: current, .. }) = carrier
            && *current == armed
        {
            self.with_poller(device, life, generation, Poller::timer);
        }
    }

    /// Sends a request on its way.
    fn ask(&mut self, asker: Asker, what: Request) {
        self.count("requests");
        let delay = self.rng.u64(1..=TRAVEL);
        if self.strikes("requests lost", self.faults.lost_request) {
            return self.fail(asker);
        }
        if matches!(what, Request::Post { .. })
            && self.strikes("posts that came twice", self.faults.doubled_post)
        {
            let later = delay + self.rng.u64(0..=5_000);
            self.schedule(later, Event::Asked { asker, what: what.clone() });
        }
        self.schedule(delay, Event::Asked { asker, what });
    }

    /// The request comes to nothing: its sender is told, sooner or later, or not at all.
    fn fail(&mut self, asker: Asker) {
        if self.rng.u32(0..4) > 0 {
            let delay = self.rng.u64(1..=8_000);
            self.schedule(delay, Event::Answered { asker, answer: None });
        }
    }

    fn answer(&mut self, asker: Asker, status: u16, body: String) {
        if self.strikes("answers lost", self.faults.lost_request) {
            return self.fail(asker);
        }
        let delay = self.rng.u64(1..=TRAVEL);
        let answer = Some(Answer { status, body });
        self.schedule(delay, Event::Answered { asker, answer });
    }

    pub(crate) fn answered(&mut self, asker: Asker, answer: Option<Answer>) {
        let Asker { device, life, generation, request } = asker;
        let again = answer.clone();
        if self.sleeps(device, life, || Event::Answered { asker, answer: again }) {
            return;
        }
        self.with_poller(device, life, generation, |poller, now| {
            poller.answered(now, request, answer);
        });
    }

    // The relay's side.

    pub(crate) fn asked(&mut self, asker: Asker, what: Request) {
        if !self.relay.is_running() {
            return self.fail(asker);
        }
        match what {
            Request::Open => self.opened_at_desk(asker),
            Request::Poll { token, after, wait } => self.polled(asker, &token, after, wait),
            Request::Post { token, body, .. } => self.posted(asker, &token, &body),
        }
        self.flush();
    }

    fn opened_at_desk(&mut self, asker: Asker) {
        let Asker { device, life, generation, .. } = asker;
        let link = self.new_link(device, life, generation);
        let Some((dialect, queue)) = self.new_dialect() else { return };
        let mut desk = Desk::new(dialect, queue);
        let frames = raw(desk.poll(0).unwrap_or_default());
        let heard = self.now;
        self.tokens.insert(token_of(link), link);
        self.relay.add(link, Client::Desk(Box::new(AtDesk { desk, held: None, heard })));
        let body = serde_json::to_string(&Opened { token: token_of(link), frames });
        self.answer(asker, 200, body.unwrap_or_default());
        self.expect_request(link);
    }

    fn polled(&mut self, asker: Asker, token: &Token, after: u64, wait: u64) {
        let Some((link, at_desk)) = self.at_desk(token) else {
            return self.answer(asker, 401, String::new());
        };
        let older = at_desk.held.take();
        match at_desk.desk.poll(after) {
            Ok(frames) if frames.is_empty() && wait > 0 => {
                at_desk.held = Some((asker, after));
                self.schedule(wait * 1_000, Event::HeldEnough { link, asker });
                if let Some(after) = self.held_is_cut_after {
                    self.schedule(after, Event::HeldCut { link, asker });
                }
            }
            Ok(frames) => self.answer(asker, 200, polled(after, frames)),
            Err(rule) => {
                self.wrong.push(format!("a poll was refused: {rule}"));
                self.answer(asker, 400, String::new());
            }
        }
        if let Some((older, _)) = older {
            self.answer(older, 409, String::new());
        }
        self.expect_request(link);
    }

    fn posted(&mut self, asker: Asker, whose: &Token, body: &str) {
        let Some((link, at_desk)) = self.at_desk(whose) else {
            return self.answer(asker, 401, String::new());
        };
        let outcome = desk::parse(body.as_bytes()).and_then(|post| at_desk.desk.new_of(post));
        let outcome = outcome.map(|frames| {
            for frame in frames {
                at_desk.desk.take(frame, Room::unbounded());
            }
            at_desk.desk.taken()
        });
        match outcome {
            Ok(taken) => {
                let body = serde_json::to_string(&Taken { taken });
                self.answer(asker, 200, body.unwrap_or_default());
            }
            Err(rule) => {
                self.wrong.push(format!("a post was refused: {rule}"));
                self.answer(asker, 400, String::new());
            }
        }
        self.expect_request(link);
    }

    fn at_desk(&mut self, token: &Token) -> Option<(Link, &mut AtDesk)> {
        let link = *self.tokens.get(token)?;
        match self.relay.client(link)? {
            Client::Desk(at_desk) => {
                at_desk.heard = self.now;
                Some((link, at_desk))
            }
            Client::Socket { .. } => None,
        }
    }

    /// Without another request for long enough, the connection is gone.
    fn expect_request(&mut self, link: Link) {
        let expiry = u64::try_from(POLL_EXPIRY.as_millis()).unwrap_or(u64::MAX);
        self.schedule(expiry, Event::Expired { link, heard: self.now });
    }

    pub(crate) fn expired(&mut self, link: Link, heard: u64) {
        if let Some(Client::Desk(at_desk)) = self.relay.client(link)
            && at_desk.heard == heard
            && at_desk.held.is_none()
        {
            self.count("connections over HTTP expired");
            self.detach(link);
        }
    }

    /// A poll was held for long enough, or something on the way cuts it (`is_cut`).
    pub(crate) fn end_held(&mut self, link: Link, asker: Asker, is_cut: bool) {
        let now = self.now;
        let Some(Client::Desk(at_desk)) = self.relay.client(link) else { return };
        let Some((_, after)) = at_desk.held.take_if(|(held, _)| *held == asker) else { return };
        at_desk.heard = now;
        if is_cut {
            self.count("held polls cut");
            self.schedule(TRAVEL, Event::Answered { asker, answer: None });
        } else {
            self.answer(asker, 200, polled(after, Vec::new()));
        }
        self.expect_request(link);
    }

    /// Answers the polls that have something to say.
    pub(crate) fn answer_held(&mut self) {
        let mut answers = Vec::new();
        for client in self.relay.clients() {
            let Client::Desk(at_desk) = client else { continue };
            let Some((asker, after)) = at_desk.held else { continue };
            let frames = at_desk.desk.poll(after).unwrap_or_default();
            if !frames.is_empty() {
                at_desk.held = None;
                at_desk.heard = self.now;
                answers.push((asker, polled(after, frames)));
            }
        }
        for (asker, body) in answers {
            self.answer(asker, 200, body);
        }
    }

    /// The relay is gone, and with it the polls that it held.
    pub(crate) fn fail_held(&mut self) {
        let held: Vec<Asker> = self
            .relay
            .clients()
            .filter_map(|client| match client {
                Client::Desk(at_desk) => at_desk.held.map(|(asker, _)| asker),
                Client::Socket { .. } => None,
            })
            .collect();
        for asker in held {
            self.fail(asker);
        }
    }
}

/// The token of a connection: random enough for a world without thieves.
fn token_of(link: Link) -> Token {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&link.0.to_le_bytes());
    Token::from_random(bytes)
}

fn polled(after: u64, frames: Vec<ByteString>) -> String {
    let polled = Polled { after, frames: raw(frames), close: None };
    serde_json::to_string(&polled).unwrap_or_default()
}

fn raw(frames: Vec<ByteString>) -> Vec<Box<RawValue>> {
    frames.into_iter().filter_map(|frame| RawValue::from_string(frame.to_string()).ok()).collect()
}
