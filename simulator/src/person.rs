//! What the people at the devices do: write, read, go to other networks, get into trouble.

use duologue_protocol::{Content, MessageId, Seq};
use duologue_session::{Draft, Input, Preference, Transport};

use crate::device::Carrier;
use crate::relay::offset;
use crate::world::{Event, Link, WebSockets, World};

impl World {
    /// The person does something, and will again after a while.
    pub(crate) fn person(&mut self, device: usize) {
        if self.is_calm {
            return;
        }
        let pause = self.rng.u64(20..=3_000);
        self.schedule(pause, Event::Person { device });
        if self.is_asleep(device).is_some() {
            return;
        }
        if self.strikes("troubles of devices", self.faults.trouble) {
            return self.trouble(device);
        }
        if self.strikes("changes of the network", self.faults.other_network) {
            self.change_network();
        }
        if self.strikes("preferences", self.faults.preference) {
            let preference = [
                Preference::Automatic,
                Preference::Only(Transport::WebSocket),
                Preference::Only(Transport::LongPolling),
                Preference::Only(Transport::ShortPolling),
            ][self.rng.usize(0..4)];
            self.input(device, Input::Prefer(preference));
        }
        match self.rng.u32(0..10) {
            0..6 => {
                for _ in 0..self.rng.u32(1..=4) {
                    self.says(device);
                }
            }
            6..9 => self.reads(device),
            _ => {
                let news = if self.rng.bool() { Input::Online } else { Input::Visible };
                self.input(device, news);
            }
        }
    }

    fn says(&mut self, device: usize) {
        let me = self.devices[device].person;
        let other = (me + self.rng.usize(1..self.people.len())) % self.people.len();
        let to = self.people[other].clone();
        self.said += 1;
        let id = MessageId::parse(format!("m{}", self.said));
        let content = Content::parse(format!("message {}", self.said));
        if let (Ok(id), Ok(content), true) = (id, content, self.devices[device].page.is_some()) {
            self.count("messages written");
            self.origin.insert(id.clone(), device);
            self.input(device, Input::UserSent(Draft { id, to, content }));
        }
    }

    fn reads(&mut self, device: usize) {
        let me = self.devices[device].person;
        let other = (me + self.rng.usize(1..self.people.len())) % self.people.len();
        let peer = self.people[other].clone();
        let Some(page) = &self.devices[device].page else { return };
        if let Some(up_to) = page.shown.last_of(&peer).filter(|seq| *seq > Seq::START) {
            let read = page.shown.theirs.iter().filter(|one| one.from == peer);
            self.has_read.extend(read.map(|one| one.id.clone()));
            self.input(device, Input::UserRead { peer, up_to });
        }
    }

    fn trouble(&mut self, device: usize) {
        match self.rng.u32(0..4) {
            0 => {
                self.close_page(device);
                self.open_page(device);
            }
            1 => {
                self.close_page(device);
                let delay = self.rng.u64(1..=60_000);
                self.schedule(delay, Event::PageOpens { device });
            }
            2 => {
                let asleep = self.rng.u64(1..=120_000);
                self.devices[device].asleep_until = self.now + asleep;
                // Nobody answers the relay's pings.
                if asleep > 30_000 {
                    let page = self.devices[device].page.as_ref();
                    let carriers = page.into_iter().flat_map(|page| page.carriers.values());
                    let links: Vec<Link> = carriers
                        .filter_map(|carrier| match carrier {
                            Carrier::Socket(link) => *link,
                            Carrier::Polling { .. } => None,
                        })
                        .collect();
                    for link in links {
                        self.silence(link);
                    }
                }
            }
            _ => self.devices[device].clock_offset = offset(&mut self.rng),
        }
    }

    /// Everybody is back and waits for what comes. Who sleeps will wake.
    pub(crate) fn calm_down(&mut self) {
        self.is_calm = true;
        self.web_sockets = WebSockets::Work;
        self.held_is_cut_after = None;
        for device in 0..self.devices.len() {
            self.open_page(device);
        }
    }
}
