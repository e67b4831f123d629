//! What each event does.

use duologue_protocol::{RelayFrame, codec};
use duologue_session::Down;

use crate::world::{Event, World};

impl World {
    pub(crate) fn happen(&mut self, event: Event) {
        match event {
            Event::Timer { device, armed } => self.timer(device, armed),
            Event::Person { device } => self.person(device),
            Event::Persisted { device, life, ticket } => self.persisted(device, life, ticket),
            Event::PageOpens { device } => self.open_page(device),
            Event::Connected { device, life, generation } => {
                self.connected(device, life, generation);
            }
            Event::Down { device, life, generation } => {
                let down = Down { code: 1006, reason: String::new() };
                self.down(device, life, generation, down);
            }
            Event::PollerTimer { device, life, generation, armed } => {
                self.poller_timer(device, life, generation, armed);
            }
            Event::Asked { asker, what } => self.asked(asker, what),
            Event::Answered { asker, answer } => self.answered(asker, answer),
            Event::HeldEnough { link, asker } => self.end_held(link, asker, false),
            Event::HeldCut { link, asker } => self.end_held(link, asker, true),
            Event::Expired { link, heard } => self.expired(link, heard),
            Event::ToRelay { link, text } => self.at_relay(link, text),
            Event::ToDevice { link, text } => {
                let Some(connection) = self.links.get(&link) else { return };
                // What was on its way when the link broke is lost.
                if connection.is_silent || connection.is_left {
                    return;
                }
                let (device, life) = (connection.device, connection.life);
                let generation = connection.generation;
                if let Some(until) = self.is_asleep(device) {
                    return self.put_off(until, Event::ToDevice { link, text });
                }
                if let Ok(frame) = codec::decode::<RelayFrame>(&text) {
                    self.frame(device, life, generation, frame);
                }
            }
            Event::Detach { link } => self.detach(link),
            Event::Written { link, mark } => self.written(link, mark),
            Event::Write { life } => self.write(life),
            Event::Settle { life } => self.settle(life),
            Event::Read { life, fetch } => self.read(life, &fetch),
            Event::RelayStarts => self.start_relay(),
            Event::DiskWorks => self.relay.disk.set_failing(false),
        }
    }
}
