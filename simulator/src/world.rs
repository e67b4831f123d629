//! Time, chance and the network between the devices and the relay.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};

use bytestring::ByteString;
use duologue_protocol::polling::Token;
use duologue_protocol::{MessageId, UserId};
use duologue_server::post::Fetch;
use duologue_session::{Answer, Generation, Request, Ticket};

use crate::book::Book;
use crate::device::Device;
use crate::http::Asker;
use crate::relay::Relay;

/// How likely the bad things are, in a thousand, each time that they could happen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Faults {
    /// A connection breaks, with each frame that goes over it.
    pub(crate) broken_link: u32,
    /// A connection goes silent instead: neither side is told.
    pub(crate) silent_link: u32,
    /// A frame of mail drops out of a connection that lives on.
    pub(crate) lost_frame: u32,
    /// A connection can't be made.
    pub(crate) refused: u32,
    /// The relay crashes before, and after, a commit.
    pub(crate) crash: u32,
    /// The disk fails for a while.
    pub(crate) disk: u32,
    /// A request or its answer gets lost.
    pub(crate) lost_request: u32,
    /// A post comes a second time, later.
    pub(crate) doubled_post: u32,
    /// With each thing that a person does: what the network lets through changes.
    pub(crate) other_network: u32,
    /// And: the person wants another transport.
    pub(crate) preference: u32,
    /// A device does something other than write: reloads, closes, sleeps, has its clock set.
    pub(crate) trouble: u32,
}

impl Faults {
    /// Good weather.
    pub(crate) const NONE: Self = Self {
        broken_link: 0,
        silent_link: 0,
        lost_frame: 0,
        refused: 0,
        crash: 0,
        disk: 0,
        lost_request: 0,
        doubled_post: 0,
        other_network: 0,
        preference: 0,
        trouble: 0,
    };

    /// A mix of weathers, one for each seed.
    pub(crate) fn of(rng: &mut fastrand::Rng) -> Self {
        let mut up_to = |most: u32| if rng.bool() { rng.u32(0..=most) } else { 0 };
        Self {
            broken_link: up_to(20),
            silent_link: up_to(5),
            lost_frame: up_to(20),
            refused: up_to(300),
            crash: up_to(60),
            disk: up_to(40),
            lost_request: up_to(60),
            doubled_post: up_to(200),
            other_network: up_to(60),
            preference: up_to(60),
            trouble: up_to(300),
        }
    }
}

/// What becomes of `WebSocket`s on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WebSockets {
    /// They work.
    Work,
    /// They are refused.
    Refused,
    /// They are accepted, and then nothing gets through.
    Swallowed,
}

/// Which connection, counted from the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Link(pub(crate) u64);

/// Something that will happen.
#[derive(Debug)]
pub(crate) enum Event {
    /// A device's timer.
    Timer { device: usize, armed: u64 },
    /// A device's person does something.
    Person { device: usize },
    /// A device's store has written up to a ticket.
    Persisted { device: usize, life: u64, ticket: Ticket },
    /// A closed page is opened.
    PageOpens { device: usize },
    /// An attempt to connect comes to something.
    Connected { device: usize, life: u64, generation: Generation },
    /// A device hears that its connection is gone.
    Down { device: usize, life: u64, generation: Generation },
    /// The timer of a device's poller.
    PollerTimer { device: usize, life: u64, generation: Generation, armed: u64 },
    /// A request arrives at the relay.
    Asked { asker: Asker, what: Request },
    /// A request's answer arrives at its device, or the news that there is none.
    Answered { asker: Asker, answer: Option<Answer> },
    /// A poll was held for as long as it may be.
    HeldEnough { link: Link, asker: Asker },
    /// A poll that is still held is cut on the way.
    HeldCut { link: Link, asker: Asker },
    /// A connection over HTTP had no request since.
    Expired { link: Link, heard: u64 },
    /// A frame arrives at the relay.
    ToRelay { link: Link, text: String },
    /// A frame arrives at a device.
    ToDevice { link: Link, text: ByteString },
    /// The relay hears that a connection is gone.
    Detach { link: Link },
    /// What was queued for a connection reached its socket.
    Written { link: Link, mark: duologue_server::outgoing::Mark },
    /// The relay writes what waits.
    Write { life: u64 },
    /// Its writer tells what it wrote.
    Settle { life: u64 },
    /// The relay reads a page.
    Read { life: u64, fetch: Fetch },
    /// A crashed relay starts again.
    RelayStarts,
    /// The disk works again.
    DiskWorks,
}

struct Scheduled {
    at: u64,
    order: u64,
    event: Event,
}

/// One end-to-end connection.
pub(crate) struct Connection {
    pub(crate) device: usize,
    pub(crate) life: u64,
    pub(crate) generation: Generation,
    /// Frames go nowhere any more, and perhaps nobody knows.
    pub(crate) is_silent: bool,
    /// The device has left; what it had sent still arrives.
    pub(crate) is_left: bool,
    /// Frames don't overtake each other.
    to_relay_until: u64,
    to_device_until: u64,
}

/// Everything that there is.
pub(crate) struct World {
    /// Milliseconds of true time.
    pub(crate) now: u64,
    pub(crate) rng: fastrand::Rng,
    pub(crate) faults: Faults,
    pub(crate) devices: Vec<Device>,
    pub(crate) relay: Relay,
    pub(crate) links: BTreeMap<Link, Connection>,
    /// The connections over HTTP, by what their requests carry.
    pub(crate) tokens: HashMap<Token, Link>,
    pub(crate) counts: BTreeMap<&'static str, u64>,
    pub(crate) people: Vec<UserId>,
    /// What outlives a page.
    pub(crate) stores: Vec<Book>,
    /// Which device each message was written on.
    pub(crate) origin: BTreeMap<MessageId, usize>,
    /// Which messages somebody has read.
    pub(crate) has_read: BTreeSet<MessageId>,
    /// How many messages were written.
    pub(crate) said: u64,
    /// What was seen that should not be.
    pub(crate) wrong: Vec<String>,
    /// Nobody does anything any more.
    pub(crate) is_calm: bool,
    /// What becomes of `WebSocket`s on the way.
    pub(crate) web_sockets: WebSockets,
    /// After how many milliseconds polls that the relay holds are cut on the way.
    pub(crate) held_is_cut_after: Option<u64>,
    next_link: u64,
    events: BinaryHeap<Reverse<Scheduled>>,
    scheduled: u64,
    /// The place of what happens now among all that was scheduled.
    happening: u64,
}

impl World {
    pub(crate) fn new(rng: fastrand::Rng, faults: Faults, people: Vec<UserId>, now: u64) -> Self {
        Self {
            now,
            rng,
            faults,
            devices: Vec::new(),
            relay: Relay::new(now),
            links: BTreeMap::new(),
            tokens: HashMap::new(),
            counts: BTreeMap::new(),
            people,
            stores: Vec::new(),
            origin: BTreeMap::new(),
            has_read: BTreeSet::new(),
            said: 0,
            wrong: Vec::new(),
            is_calm: false,
            web_sockets: WebSockets::Work,
            held_is_cut_after: None,
            next_link: 0,
            events: BinaryHeap::new(),
            scheduled: 0,
            happening: 0,
        }
    }

    /// Runs until a time.
    pub(crate) fn run_until(&mut self, end: u64) {
        while let Some(Reverse(next)) = self.events.peek() {
            if next.at > end {
                break;
            }
            if let Some(Reverse(Scheduled { at, order, event })) = self.events.pop() {
                self.now = self.now.max(at);
                self.happening = order;
                self.happen(event);
            }
        }
        self.now = end;
    }

    pub(crate) fn schedule(&mut self, delay: u64, event: Event) {
        self.scheduled += 1;
        let (at, order) = (self.now + delay, self.scheduled);
        self.events.push(Reverse(Scheduled { at, order, event }));
    }

    /// Puts off what happens now. It keeps its place among what is put off to the same time.
    pub(crate) fn put_off(&mut self, until: u64, event: Event) {
        self.events.push(Reverse(Scheduled { at: until, order: self.happening, event }));
    }

    /// Whether something of this likelihood, in a thousand, happens now. Counted under `what`.
    pub(crate) fn strikes(&mut self, what: &'static str, likelihood: u32) -> bool {
        let strikes = likelihood > 0 && self.rng.u32(0..1000) < likelihood;
        if strikes {
            self.count(what);
        }
        strikes
    }

    pub(crate) fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// A new connection of a device that reached the relay.
    pub(crate) fn new_link(&mut self, device: usize, life: u64, generation: Generation) -> Link {
        self.next_link += 1;
        let link = Link(self.next_link);
        let connection = Connection {
            device,
            life,
            generation,
            is_silent: false,
            is_left: false,
            to_relay_until: 0,
            to_device_until: 0,
        };
        self.links.insert(link, connection);
        link
    }

    /// The devices' network lets other things through from now on.
    pub(crate) fn change_network(&mut self) {
        let kinds = [WebSockets::Work, WebSockets::Refused, WebSockets::Swallowed];
        self.web_sockets = kinds[self.rng.usize(0..kinds.len())];
        self.held_is_cut_after = self.rng.bool().then(|| self.rng.u64(1_000..=15_000));
    }

    /// Sends a frame on its way to the relay.
    pub(crate) fn send_to_relay(&mut self, link: Link, text: String) {
        self.perhaps_break(link);
        let delay = self.rng.u64(1..=40);
        let Some(connection) = self.links.get_mut(&link).filter(|link| !link.is_silent) else {
            return;
        };
        let at = (self.now + delay).max(connection.to_relay_until);
        connection.to_relay_until = at;
        self.schedule(at - self.now, Event::ToRelay { link, text });
    }

    /// Sends a frame on its way to a device.
    pub(crate) fn send_to_device(&mut self, link: Link, text: ByteString) {
        self.perhaps_break(link);
        let is_mail = text.contains(r#""type":"message""#) || text.contains(r#""type":"caughtUp""#);
        if is_mail && self.strikes("frames of mail lost", self.faults.lost_frame) {
            return;
        }
        let delay = self.rng.u64(1..=40);
        let Some(connection) = self.links.get_mut(&link).filter(|link| !link.is_silent) else {
            return;
        };
        let at = (self.now + delay).max(connection.to_device_until);
        connection.to_device_until = at;
        self.schedule(at - self.now, Event::ToDevice { link, text });
    }

    fn perhaps_break(&mut self, link: Link) {
        if self.strikes("links broken", self.faults.broken_link) {
            self.break_link(link);
        } else if self.strikes("links gone silent", self.faults.silent_link) {
            self.silence(link);
        }
    }

    /// Both sides hear of it, each in its time; what is on its way is lost.
    pub(crate) fn break_link(&mut self, link: Link) {
        let Some(connection) = self.links.get_mut(&link) else { return };
        connection.is_silent = true;
        let (device, life) = (connection.device, connection.life);
        let generation = connection.generation;
        let delay = self.rng.u64(1..=200);
        self.schedule(delay, Event::Down { device, life, generation });
        let delay = self.rng.u64(1..=200);
        self.schedule(delay, Event::Detach { link });
    }

    /// Nobody hears of it. The relay gives up after its heartbeat's timeout.
    pub(crate) fn silence(&mut self, link: Link) {
        let Some(connection) = self.links.get_mut(&link) else { return };
        if !connection.is_silent {
            connection.is_silent = true;
            let timeout = duologue_protocol::limits::HEARTBEAT_TIMEOUT.as_millis();
            self.schedule(u64::try_from(timeout).unwrap_or(u64::MAX), Event::Detach { link });
        }
    }
}

impl PartialEq for Scheduled {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}

impl Eq for Scheduled {}

impl PartialOrd for Scheduled {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Scheduled {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}
