//! v1 over HTTP (docs/protocol.md): a client with two connections, one that is always being answered and one that posts,
//! as a browser has them.

use std::collections::VecDeque;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use duologue_protocol::limits::POST_MAX_FRAMES;
use duologue_protocol::polling::{FRAMES_PATH, Opened, PATH, Polled, Token};
use rustix::event::{self, PollFd, PollFlags, Timespec};
use serde_json::value::RawValue;

use crate::Result;
use crate::pairs::Flow;
use crate::server::Process;
use crate::speech::{Heard, Speech};

/// How long a poll is held by the relay: as long as it may be, or not at all, as short polling has it. There the next
/// one follows at once, and not after three seconds as in the page: what is measured is what one costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    Long,
    Short,
}

/// How long nothing may come before a run is given up.
const SILENCE: Duration = Duration::from_secs(10);

/// Somebody over HTTP.
struct Person {
    polls: Exchange,
    posts: Exchange,
    token: Token,
    wait: Wait,
    to: String,
    payload: usize,
    /// The number of the last frame that came.
    after: u64,
    /// The number of the next frame to be posted.
    next: u64,
    waiting: VecDeque<String>,
    up_to: u64,
    said: u64,
}

/// A connection on which one request is answered at a time.
struct Exchange {
    socket: TcpStream,
    incoming: Vec<u8>,
    is_waiting: bool,
}

/// Has `window` messages go to and fro in each of `pairs` conversations, and counts for a time what arrives.
pub(crate) fn flow(
    server: &Process,
    wait: Wait,
    (pairs, window, payload): (usize, usize, usize),
    warm_up: Duration,
    time: Duration,
) -> Result<Flow> {
    let mut people = Vec::with_capacity(2 * pairs);
    for pair in 0..pairs {
        let (a, b) = (format!("a{pair}"), format!("b{pair}"));
        people.push(Person::open(server.address, wait, &a, &b, payload)?);
        people.push(Person::open(server.address, wait, &b, &a, payload)?);
    }
    for (at, person) in people.iter_mut().enumerate() {
        let half = if at % 2 == 0 { window.div_ceil(2) } else { window / 2 };
        person.say(half)?;
        person.poll()?;
    }
    exchange(&mut people, warm_up)?;
    let (since, busy) = (Instant::now(), server.processor_time()?);
    let arrived = exchange(&mut people, time)?;
    Flow::of(arrived, since.elapsed(), server.processor_time()?.saturating_sub(busy))
}

fn exchange(people: &mut [Person], time: Duration) -> Result<u64> {
    let (since, mut arrived, mut last) = (Instant::now(), 0, Instant::now());
    while since.elapsed() < time {
        let ready = {
            let sockets =
                people.iter().flat_map(|person| [&person.polls.socket, &person.posts.socket]);
            let mut waiting: Vec<_> =
                sockets.map(|socket| PollFd::new(socket, PollFlags::IN)).collect();
            let a_second = Timespec { tv_sec: 1, tv_nsec: 0 };
            event::poll(&mut waiting, Some(&a_second))?;
            waiting.iter().map(|one| !one.revents().is_empty()).collect::<Vec<_>>()
        };
        for (at, _) in ready.iter().enumerate().filter(|(_, is_ready)| **is_ready) {
            let person = &mut people[at / 2];
            let messages = if at % 2 == 0 { person.polled()? } else { person.posted()? };
            if messages > 0 {
                arrived += messages as u64;
                last = Instant::now();
            }
        }
        if last.elapsed() > SILENCE {
            return Err(format!("nothing came for {SILENCE:?}").into());
        }
    }
    Ok(arrived)
}

impl Person {
    fn open(address: SocketAddr, wait: Wait, from: &str, to: &str, payload: usize) -> Result<Self> {
        let (mut polls, posts) = (Exchange::open(address)?, Exchange::open(address)?);
        polls.ask(&format!(
            "POST {PATH} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 0\r\n\r\n"
        ))?;
        let opened: Opened = serde_json::from_str(&polls.answer()?)?;
        let after = opened.frames.len() as u64;
        let mut person = Self {
            polls,
            posts,
            token: opened.token,
            wait,
            to: to.to_owned(),
            payload,
            after,
            next: 1,
            waiting: Speech::V1.opening(from, to)?.into(),
            up_to: 0,
            said: 0,
        };
        person.post()?;
        Ok(person)
    }

    fn poll(&mut self) -> Result<()> {
        let wait = if self.wait == Wait::Long { 20 } else { 0 };
        let head = self.head();
        self.polls
            .ask(&format!("GET {PATH}?after={}&wait={wait} HTTP/1.1\r\n{head}\r\n", self.after))
    }

    /// Reads the answer to a poll, if all of it is there, says as much as came, and polls again. Returns how many
    /// messages there were.
    fn polled(&mut self) -> Result<usize> {
        let Some(body) = self.polls.read()? else { return Ok(0) };
        let polled: Polled = serde_json::from_str(&body)?;
        if polled.close.is_some() {
            return Err("the relay ended the connection".into());
        }
        self.after += polled.frames.len() as u64;
        let mut messages = 0;
        for frame in &polled.frames {
            if let Heard::Message(place) = Speech::V1.hear(RawValue::get(frame).as_bytes())? {
                messages += 1;
                self.up_to = self.up_to.max(place);
            }
        }
        self.poll()?;
        if messages > 0 {
            self.waiting.extend(Speech::V1.received(self.up_to));
            self.say(messages)?;
        }
        Ok(messages)
    }

    fn posted(&mut self) -> Result<usize> {
        if self.posts.read()?.is_some() {
            self.post()?;
        }
        Ok(0)
    }

    fn say(&mut self, count: usize) -> Result<()> {
        for _ in 0..count {
            self.said += 1;
            self.waiting.push_back(format!(
                r#"{{"type":"message","id":"{:016}","toUserId":"{}","content":"{}"}}"#,
                self.said,
                self.to,
                "x".repeat(self.payload)
            ));
        }
        self.post()
    }

    /// Posts what waits, unless a post is on its way.
    fn post(&mut self) -> Result<()> {
        if self.waiting.is_empty() || self.posts.is_waiting {
            return Ok(());
        }
        let count = self.waiting.len().min(POST_MAX_FRAMES);
        let frames: Vec<_> = self.waiting.drain(..count).collect();
        let body = format!(r#"{{"from":{},"frames":[{}]}}"#, self.next, frames.join(","));
        self.next += count as u64;
        let head = self.head();
        self.posts.ask(&format!(
            "POST {FRAMES_PATH} HTTP/1.1\r\n{head}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ))
    }

    fn head(&self) -> String {
        format!("Host: {}\r\nAuthorization: {}\r\n", self.polls.host(), self.token.to_header())
    }
}

impl Exchange {
    fn open(address: SocketAddr) -> Result<Self> {
        let socket = TcpStream::connect(address)?;
        socket.set_nodelay(true)?;
        Ok(Self { socket, incoming: Vec::new(), is_waiting: false })
    }

    fn host(&self) -> String {
        self.socket.peer_addr().map(|address| address.to_string()).unwrap_or_default()
    }

    fn ask(&mut self, request: &str) -> Result<()> {
        self.is_waiting = true;
        Ok(self.socket.write_all(request.as_bytes())?)
    }

    /// Waits for an answer.
    fn answer(&mut self) -> Result<String> {
        loop {
            if let Some(body) = self.read()? {
                return Ok(body);
            }
        }
    }

    /// Reads what is there; the body of the answer, once all of it is.
    fn read(&mut self) -> Result<Option<String>> {
        let mut buffer = vec![0; 64 * 1024];
        match self.socket.read(&mut buffer) {
            Ok(0) => return Err("the relay closed the connection".into()),
            Ok(count) => self.incoming.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
        let mut headers = [httparse::EMPTY_HEADER; 32];
        let mut response = httparse::Response::new(&mut headers);
        let httparse::Status::Complete(head) = response.parse(&self.incoming)? else {
            return Ok(None);
        };
        let length = response.headers.iter().find(|header| header.name == "content-length");
        let length: usize =
            std::str::from_utf8(length.ok_or("an answer without a length")?.value)?.parse()?;
        let Some(body) = self.incoming.get(head..head + length) else { return Ok(None) };
        let body = String::from_utf8(body.to_vec())?;
        if response.code != Some(200) {
            return Err(format!("status {:?}: {body}", response.code).into());
        }
        self.incoming.drain(..head + length);
        self.is_waiting = false;
        Ok(Some(body))
    }
}
