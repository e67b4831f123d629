//! The relay: its real dialect, hub, queue, writer and reader over a disk that may fail, stepped by the
//! world instead of by sockets and threads.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use duologue_protocol::frame::Heartbeat;
use duologue_protocol::identity::PublicKey;
use duologue_protocol::{Nonce, Seq, UnixMillis, UserId};
use duologue_server::dialect::Dialect as _;
use duologue_server::dialect::v1::V1;
use duologue_server::identity::Door;
use duologue_server::mailbox::{
    Entry, Kept, Mailbox, MemoryMailbox, Page, Query, Reader, Receipt, StorageError, Written,
};
use duologue_server::outgoing::{self, Mark, OutgoingFrame, OutgoingQueue};
use duologue_server::post::{Committed, Fetch, Office, Room, Size};

use crate::http::AtDesk;
use crate::world::{Event, Link, World};

/// A relay that may be down.
pub(crate) struct Relay {
    /// What outlives a crash.
    mailbox: MemoryMailbox,
    /// Whether the disk works.
    pub(crate) disk: Disk,
    /// What doesn't.
    running: Option<Running>,
    /// Counts the starts, so that what an old life asked for is not done in a new one.
    life: u64,
    /// How far its clock is off, in milliseconds.
    clock_offset: i64,
}

struct Running {
    office: Office,
    clients: BTreeMap<Link, Client>,
    is_writing: bool,
    /// Written, and nobody heard of it yet.
    committed: Option<Committed>,
}

/// A connection, by its transport.
pub(crate) enum Client {
    Socket { dialect: Box<V1>, queue: OutgoingQueue },
    Desk(Box<AtDesk>),
}

/// A switch for the disk's failure.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk(Arc<AtomicBool>);

/// A mailbox on a disk that may fail.
struct OnDisk<T> {
    inner: T,
    disk: Disk,
}

impl Relay {
    pub(crate) fn new(now: u64) -> Self {
        let mut relay = Self {
            mailbox: MemoryMailbox::default(),
            disk: Disk::default(),
            running: None,
            life: 0,
            clock_offset: 0,
        };
        relay.start(now);
        relay
    }

    fn start(&mut self, now: u64) {
        let mailbox = OnDisk { inner: self.mailbox.clone(), disk: self.disk.clone() };
        let at = UnixMillis(now.saturating_add_signed(self.clock_offset));
        if let Ok(office) = Office::open(Box::new(mailbox), at) {
            self.life += 1;
            self.running = Some(Running {
                office,
                clients: BTreeMap::new(),
                is_writing: false,
                committed: None,
            });
        }
    }

    pub(crate) fn is_running(&self) -> bool {
        self.running.is_some()
    }

    pub(crate) fn add(&mut self, link: Link, client: Client) {
        if let Some(running) = &mut self.running {
            running.clients.insert(link, client);
        }
    }

    pub(crate) fn client(&mut self, link: Link) -> Option<&mut Client> {
        self.running.as_mut()?.clients.get_mut(&link)
    }

    pub(crate) fn clients(&mut self) -> impl Iterator<Item = &mut Client> {
        self.running.iter_mut().flat_map(|running| running.clients.values_mut())
    }
}

impl World {
    /// A device's WebSocket reached the relay.
    pub(crate) fn accept(&mut self, link: Link) {
        let Some((dialect, queue)) = self.new_dialect() else { return };
        self.relay.add(link, Client::Socket { dialect: Box::new(dialect), queue });
        self.flush();
    }

    /// What a new connection speaks to.
    pub(crate) fn new_dialect(&mut self) -> Option<(V1, OutgoingQueue)> {
        let nonce = Nonce::from_random(self.rng.u128(..).to_le_bytes());
        let running = self.relay.running.as_ref()?;
        let (outgoing, queue) = outgoing::queue();
        let hub = Arc::clone(&running.office.hub);
        Some((V1::new(hub, outgoing, nonce, Door::open(), Heartbeat::default(), None), queue))
    }

    pub(crate) fn at_relay(&mut self, link: Link, text: String) {
        // What was on its way when the link broke is lost.
        if self.links.get(&link).is_none_or(|connection| connection.is_silent) {
            return;
        }
        if let Some(Client::Socket { dialect, .. }) = self.relay.client(link) {
            dialect.on_text(text.into(), Room::unbounded());
        }
        self.flush();
    }

    pub(crate) fn detach(&mut self, link: Link) {
        self.links.remove(&link);
        if let Some(running) = &mut self.relay.running {
            running.clients.remove(&link);
        }
        self.flush();
    }

    pub(crate) fn written(&mut self, link: Link, mark: Mark) {
        let running = self.relay.running.as_ref();
        if running.is_some_and(|running| running.clients.contains_key(&link)) {
            mark.reached();
        }
        self.flush();
    }

    /// The writer's turn; the relay may crash before the commit, or before anybody hears of it.
    pub(crate) fn write(&mut self, life: u64) {
        if life != self.relay.life {
            return;
        }
        if self.faults.disk > 0 && self.strikes("disk failures", self.faults.disk) {
            self.relay.disk.set_failing(true);
            let delay = self.rng.u64(1..=20_000);
            self.schedule(delay, Event::DiskWorks);
        }
        if self.strikes("crashes before a commit", self.faults.crash) {
            return self.crash();
        }
        let Some(running) = &mut self.relay.running else { return };
        // One for disks, one for memory: to the promises it is the same.
        let size = if self.rng.bool() { Size::Fair } else { Size::Large };
        let jobs = running.office.queue.take(size);
        running.committed = Some(running.office.writer.commit(jobs));
        if self.strikes("crashes after a commit", self.faults.crash) {
            return self.crash();
        }
        // The reader has a thread of its own, and may come in between; at times a busy machine lets the
        // writer wait long before its next word.
        let longest = if self.rng.u32(0..10) == 0 { 1_000 } else { 10 };
        let (delay, life) = (self.rng.u64(0..=longest), self.relay.life);
        self.schedule(delay, Event::Settle { life });
    }

    /// The writer says what became of what it wrote.
    pub(crate) fn settle(&mut self, life: u64) {
        if life != self.relay.life {
            return;
        }
        let Some(running) = &mut self.relay.running else { return };
        running.is_writing = false;
        let Some(committed) = running.committed.take() else { return };
        let fetches = running.office.writer.settle(committed);
        for fetch in fetches {
            let delay = self.rng.u64(0..=10);
            self.schedule(delay, Event::Read { life, fetch });
        }
        self.flush();
    }

    pub(crate) fn read(&mut self, life: u64, fetch: &Fetch) {
        if life != self.relay.life {
            return;
        }
        let Some(running) = &mut self.relay.running else { return };
        if running.office.reader.read(fetch).is_err() {
            self.schedule(500, Event::Read { life, fetch: fetch.clone() });
        }
        self.flush();
    }

    fn crash(&mut self) {
        self.fail_held();
        self.relay.running = None;
        let links: Vec<Link> = self.links.keys().copied().collect();
        for link in links {
            // Most systems say that a process is gone; a machine that lost its power doesn't.
            if self.rng.u32(0..10) == 0 {
                self.silence(link);
            } else {
                self.break_link(link);
            }
        }
        if self.rng.u32(0..4) == 0 {
            self.count("times the relay's clock was set");
            self.relay.clock_offset = offset(&mut self.rng);
        }
        let delay = self.rng.u64(1..=15_000);
        self.schedule(delay, Event::RelayStarts);
    }

    pub(crate) fn start_relay(&mut self) {
        if self.relay.running.is_none() {
            self.relay.start(self.now);
        }
        if self.relay.running.is_none() {
            self.schedule(500, Event::RelayStarts);
        }
    }

    /// Carries out what the relay has queued: frames to the network, jobs to the writer.
    pub(crate) fn flush(&mut self) {
        self.answer_held();
        let Some(running) = &mut self.relay.running else { return };
        let mut out = Vec::new();
        for (link, client) in &mut running.clients {
            let Client::Socket { queue, .. } = client else { continue };
            while let Some(frame) = queue.pop() {
                out.push((*link, frame));
            }
        }
        let has_work = !running.office.queue.is_empty();
        let starts_writing = has_work && !running.is_writing;
        running.is_writing |= has_work;
        for (link, frame) in out {
            match frame {
                OutgoingFrame::Text(text) | OutgoingFrame::Mail(text, _) => {
                    self.send_to_device(link, text);
                }
                OutgoingFrame::Mark(mark) => {
                    let delay = self.rng.u64(0..=20);
                    self.schedule(delay, Event::Written { link, mark });
                }
                OutgoingFrame::Ping | OutgoingFrame::Pong => {}
            }
        }
        if starts_writing {
            let delay = self.rng.u64(1..=30);
            let life = self.relay.life;
            self.schedule(delay, Event::Write { life });
        }
    }
}

/// Up to a year, either way.
pub(crate) fn offset(rng: &mut fastrand::Rng) -> i64 {
    const YEAR: i64 = 365 * 24 * 3_600_000;
    rng.i64(-YEAR..=YEAR)
}

impl Disk {
    pub(crate) fn set_failing(&self, failing: bool) {
        self.0.store(failing, Ordering::Relaxed);
    }

    fn check(&self) -> Result<(), StorageError> {
        let failing = self.0.load(Ordering::Relaxed);
        if failing { Err(StorageError { reason: "the disk fails".into() }) } else { Ok(()) }
    }
}

impl<T: Mailbox> Mailbox for OnDisk<T> {
    fn write(&mut self, batch: &[Entry]) -> Result<Vec<Written>, StorageError> {
        self.disk.check()?;
        self.inner.write(batch)
    }

    fn expire(&mut self, before: UnixMillis, at_most: usize) -> Result<usize, StorageError> {
        self.disk.check()?;
        self.inner.expire(before, at_most)
    }

    fn reader(&self) -> Result<Box<dyn Reader>, StorageError> {
        Ok(Box::new(OnDisk { inner: self.inner.reader()?, disk: self.disk.clone() }))
    }

    fn first_seq(&mut self, now: UnixMillis) -> Result<Seq, StorageError> {
        self.disk.check()?;
        self.inner.first_seq(now)
    }

    fn kept(&mut self, to: &UserId) -> Result<Kept, StorageError> {
        self.inner.kept(to)
    }

    fn has_written(&mut self, from: &UserId, to: &UserId) -> Result<bool, StorageError> {
        self.inner.has_written(from, to)
    }

    fn claims(&mut self) -> Result<Vec<(UserId, PublicKey)>, StorageError> {
        self.disk.check()?;
        self.inner.claims()
    }
}

impl Reader for OnDisk<Box<dyn Reader>> {
    fn page(&mut self, query: &Query) -> Result<Page, StorageError> {
        self.disk.check()?;
        self.inner.page(query)
    }

    fn receipts(
        &mut self,
        from: &UserId,
        after: Seq,
        at_most: usize,
    ) -> Result<Vec<Receipt>, StorageError> {
        self.disk.check()?;
        self.inner.receipts(from, after, at_most)
    }

    fn delivered(&mut self, to: &UserId, from: &UserId) -> Result<Seq, StorageError> {
        self.disk.check()?;
        self.inner.delivered(to, from)
    }
}
