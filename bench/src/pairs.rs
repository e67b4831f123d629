//! Many conversations at once, driven by one thread: each message that comes is answered by another one.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use mio::{Events, Interest, Poll, Token};

use crate::Result;
use crate::client::{Client, READ_BYTES};
use crate::server::Process;
use crate::speech::{self, Speech, Template};

/// How long nothing may come before a run is given up: what is lost comes back never.
const SILENCE: Duration = Duration::from_secs(10);

/// How many messages are sent before it is looked what came.
const BURST_MAX: u128 = 64;

/// How many messages have no answer yet: twice what the page has.
const UNANSWERED_MAX: u64 = 64;

/// Conversations that are open.
pub(crate) struct Pairs {
    /// Two for each conversation, side by side.
    clients: Vec<Client>,
    templates: Vec<Template>,
    poll: Poll,
    /// The number of the last message: no two have the same.
    next: u64,
    sent: u64,
    stored: u64,
}

/// What a run came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flow {
    /// Messages that arrived in a second.
    pub(crate) rate: f64,
    /// What one of them cost the server's processor, in microseconds.
    pub(crate) processor: f64,
}

impl Pairs {
    /// Opens so many conversations, for messages of so many bytes.
    pub(crate) fn open(
        address: SocketAddr,
        speech: Speech,
        pairs: usize,
        payload: usize,
    ) -> Result<Self> {
        let poll = Poll::new()?;
        let mut clients = Vec::with_capacity(2 * pairs);
        let mut templates = Vec::with_capacity(2 * pairs);
        for pair in 0..pairs {
            let (a, b) = (format!("a{pair}"), format!("b{pair}"));
            for (from, to) in [(&a, &b), (&b, &a)] {
                let mut client = Client::open(address, speech, from, to)?;
                let both = Interest::READABLE | Interest::WRITABLE;
                poll.registry().register(&mut client.socket, Token(clients.len()), both)?;
                clients.push(client);
                templates.push(speech.template(from, to, payload)?);
            }
        }
        Ok(Self { clients, templates, poll, next: 0, sent: 0, stored: 0 })
    }

    /// Has `window` messages go to and fro in each conversation, and counts for a time what arrives.
    pub(crate) fn flow(
        &mut self,
        window: usize,
        warm_up: Duration,
        time: Duration,
        server: &Process,
    ) -> Result<Flow> {
        for at in 0..self.clients.len() {
            // One half from each side; a single one from the first.
            let half = if at % 2 == 0 { window.div_ceil(2) } else { window / 2 };
            self.say(at, half as u64)?;
        }
        self.exchange(warm_up)?;
        let (since, busy) = (Instant::now(), server.processor_time()?);
        let arrived = self.exchange(time)?;
        Flow::of(arrived, since.elapsed(), server.processor_time()?.saturating_sub(busy))
    }

    /// Answers what arrives for a time; returns how much that was.
    fn exchange(&mut self, time: Duration) -> Result<u64> {
        let mut events = Events::with_capacity(1024);
        let mut buffer = vec![0; READ_BYTES];
        let (since, mut arrived, mut last) = (Instant::now(), 0, Instant::now());
        loop {
            self.poll.poll(&mut events, Some(SILENCE.min(time)))?;
            let now = Instant::now();
            for event in &events {
                let at = event.token().0;
                if event.is_readable() {
                    let turn = self.clients[at].read(&mut buffer, |_| Ok(()))?;
                    self.stored += turn.stored;
                    arrived += turn.messages;
                    self.say(at, turn.messages)?;
                    last = now;
                } else {
                    self.clients[at].flush()?;
                }
            }
            if now - last > SILENCE {
                return Err(format!("nothing came for {SILENCE:?}").into());
            }
            if now - since >= time {
                return Ok(arrived);
            }
        }
    }

    fn say(&mut self, at: usize, count: u64) -> Result<()> {
        let (client, template) = (&mut self.clients[at], &mut self.templates[at]);
        for _ in 0..count {
            self.next += 1;
            client.outgoing.extend_from_slice(template.again(self.next));
        }
        self.sent += count;
        client.flush()?;
        Ok(())
    }

    /// Sends `rate` messages a second at times that are fixed before, whatever the server does, and says how long after
    /// its time each arrived: a server that stands still is not asked less.
    pub(crate) fn steady(&mut self, rate: u32, time: Duration) -> Result<Histogram<u64>> {
        let mut times = Histogram::new(3)?;
        let each = Duration::from_secs(1) / rate;
        let mut events = Events::with_capacity(1024);
        let mut buffer = vec![0; READ_BYTES];
        let start = Instant::now();
        let total = time.as_nanos() / each.as_nanos();
        let (mut sent, mut arrived, mut last) = (0, 0, start);
        while arrived < total {
            let now = start.elapsed();
            let until = total.min(sent + BURST_MAX);
            while sent < until && each.as_nanos() * sent <= now.as_nanos() {
                let at = usize::try_from(sent)? % self.clients.len();
                let due = u64::try_from(each.as_nanos() * sent)?;
                self.next += 1;
                let frame = self.templates[at].numbered(due, self.next);
                self.clients[at].outgoing.extend_from_slice(frame);
                self.clients[at].flush()?;
                sent += 1;
            }
            // Waiting would give the processor away, and the wait for it would be counted.
            self.poll.poll(&mut events, Some(Duration::ZERO))?;
            for event in &events {
                let client = &mut self.clients[event.token().0];
                if event.is_readable() {
                    client.read(&mut buffer, |text| {
                        let due = speech::number_in(text)?;
                        let now = u64::try_from(start.elapsed().as_nanos())?;
                        times.record(now.saturating_sub(due))?;
                        arrived += 1;
                        last = Instant::now();
                        Ok(())
                    })?;
                }
                client.flush()?;
            }
            if last.elapsed() > SILENCE {
                return Err(format!("nothing came for {SILENCE:?}").into());
            }
        }
        Ok(times)
    }
}

impl Pairs {
    /// How long somebody takes to get `count` messages that wait for them.
    pub(crate) fn drained(address: SocketAddr, count: u32, payload: usize) -> Result<Duration> {
        let mut pairs = Self::open(address, Speech::V1, 1, payload)?;
        // Who once wrote takes more from the other than a stranger would.
        pairs.say(1, 1)?;
        drop(pairs.clients.pop());
        let (mut buffer, mut events) = (vec![0; READ_BYTES], Events::with_capacity(8));
        while pairs.stored < u64::from(count) {
            // As many unanswered as a client may have, and not all at once.
            let unanswered = pairs.sent.saturating_sub(1 + pairs.stored);
            let left = (u64::from(count) + 1).saturating_sub(pairs.sent);
            pairs.say(0, left.min(UNANSWERED_MAX.saturating_sub(unanswered)))?;
            pairs.poll.poll(&mut events, Some(SILENCE))?;
            if events.is_empty() {
                return Err("what is to wait was not stored".into());
            }
            pairs.stored += pairs.clients[0].read(&mut buffer, |_| Ok(()))?.stored;
            pairs.clients[0].flush()?;
        }
        let since = Instant::now();
        let client = Client::open(address, Speech::V1, "b0", "a0")?;
        let took = since.elapsed();
        if client.found != u64::from(count) {
            return Err(format!("{} of {count} messages came", client.found).into());
        }
        Ok(took)
    }

    /// The first pair says `rate` messages a second, the second one has `flood` in flight. How long those of the first take.
    pub(crate) fn beside(
        &mut self,
        flood: u64,
        rate: u32,
        time: Duration,
    ) -> Result<Histogram<u64>> {
        let mut times = Histogram::new(3)?;
        let each = Duration::from_secs(1) / rate;
        let (mut events, mut buffer) = (Events::with_capacity(8), vec![0; READ_BYTES]);
        self.say(2, flood)?;
        let (start, mut due) = (Instant::now(), Duration::ZERO);
        while start.elapsed() < time {
            if start.elapsed() >= due {
                self.next += 1;
                let frame = self.templates[0].numbered(u64::try_from(due.as_nanos())?, self.next);
                self.clients[0].outgoing.extend_from_slice(frame);
                self.clients[0].flush()?;
                due += each;
            }
            self.poll.poll(&mut events, Some(Duration::ZERO))?;
            for event in &events {
                let at = event.token().0;
                let turn = self.clients[at].read(&mut buffer, |text| {
                    if at == 1 {
                        let now = u64::try_from(start.elapsed().as_nanos())?;
                        times.record(now.saturating_sub(speech::number_in(text)?))?;
                    }
                    Ok(())
                })?;
                if at >= 2 {
                    self.say(at, turn.messages)?;
                }
                self.clients[at].flush()?;
            }
        }
        Ok(times)
    }
}

impl Flow {
    pub(crate) fn of(arrived: u64, took: Duration, busy: Duration) -> Result<Self> {
        if arrived == 0 {
            return Err("nothing arrived".into());
        }
        #[expect(clippy::cast_precision_loss, reason = "counts of some millions")]
        let arrived = arrived as f64;
        Ok(Self {
            rate: arrived / took.as_secs_f64(),
            processor: busy.as_secs_f64() * 1e6 / arrived,
        })
    }
}
