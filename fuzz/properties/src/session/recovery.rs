//! The end of a run: every link breaks, and from then on there is a relay that behaves, and a store that works.

use std::collections::VecDeque;

use duologue_protocol::frame::{Heartbeat, Limits};
use duologue_protocol::{ClientFrame, Nonce, RelayFrame, Seq, UnixMillis, UserId};
use duologue_session::{Down, Generation, Input, Output, Ticket};

use super::{Run, steps};

/// How many inputs it may take: a few for each message.
const ROUNDS_MAX: usize = 4_000;

/// How often the session may have nothing to do but to wait for its timer.
const WAITS_MAX: usize = 20;

/// Asserts that the session connects, and that everything that was written gets to the relay.
pub(super) fn comes_to_rights(run: &mut Run) {
    let broken: Vec<Generation> = run.witness.links.keys().copied().collect();
    let mut inputs: VecDeque<Input> = broken.into_iter().map(breaks).collect();
    inputs.push_back(Input::PinsAreComplete);
    // The person decides whatever there is to decide.
    let held = run.witness.pins.held.iter().cloned();
    inputs.extend(held.map(|peer| Input::Pin { peer, fingerprint: steps::fingerprint(0) }));
    inputs.push_back(Input::ReconnectNow);
    inputs.push_back(Input::Persisted { ticket: Ticket(run.witness.ticket) });
    let mut waits = 0;
    for _ in 0..ROUNDS_MAX {
        let input = inputs.pop_front().unwrap_or_else(|| {
            waits += 1;
            run.now = run.session.poll_timeout().unwrap().max(run.now);
            Input::Timer
        });
        for output in run.input(&input) {
            inputs.extend(answers(run, &output));
        }
        let is_connected = run.witness.links.values().any(|link| link.is_welcomed);
        if inputs.is_empty() && is_connected && run.witness.waiting.is_empty() {
            return;
        }
        assert!(waits <= WAITS_MAX, "it waits and waits: {:?}", run.session);
    }
    panic!("it talks and talks: {:?}", run.session);
}

fn breaks(generation: Generation) -> Input {
    Input::TransportDown { generation, down: Down { code: 1006, reason: String::new() } }
}

/// What relay, store and driver say to this.
fn answers(run: &Run, output: &Output) -> Vec<Input> {
    match output {
        Output::Connect { generation, .. } => {
            let nonce = Nonce::from_random([1; 16]);
            let frame = RelayFrame::Challenge { nonce };
            let generation = *generation;
            vec![Input::TransportUp { generation }, Input::Frame { generation, frame }]
        }
        Output::Sign { generation, .. } => {
            vec![Input::Signed { generation: *generation, proof: None }]
        }
        Output::Transmit { generation, frame } => {
            let generation = *generation;
            let frame = says(run, frame);
            frame.map(|frame| Input::Frame { generation, frame }).into_iter().collect()
        }
        Output::Change { ticket, .. } => vec![Input::Persisted { ticket: *ticket }],
        Output::Close { .. } | Output::Event(_) => Vec::new(),
    }
}

fn says(run: &Run, frame: &ClientFrame) -> Option<RelayFrame> {
    Some(match frame {
        ClientFrame::Open { from_user_id, cursor, receipts, .. } => {
            welcome(from_user_id.clone(), *cursor, *receipts)
        }
        ClientFrame::Message { id, .. } => {
            RelayFrame::Stored { id: id.clone(), seq: Seq::MAX, at: UnixMillis(5) }
        }
        ClientFrame::Fetch { after } => RelayFrame::CaughtUp { prev: *after, cursor: *after },
        ClientFrame::Ping { n } => RelayFrame::Pong { n: *n, cursor: Seq::START },
        // The names are their owners' again, and those that had no key have none.
        ClientFrame::WhoIs { peer } => {
            RelayFrame::Identity { peer: peer.clone(), key: run.witness.key_of(peer) }
        }
        ClientFrame::Received { .. }
        | ClientFrame::Read { .. }
        | ClientFrame::Typing { .. }
        | ClientFrame::Watch { .. } => return None,
    })
}

fn welcome(user_id: UserId, cursor: Seq, receipts: Seq) -> RelayFrame {
    let (heartbeat, limits) = (Heartbeat::default(), Limits::default());
    RelayFrame::Welcome { user_id, cursor, receipts, heartbeat, limits, handshake: None }
}
