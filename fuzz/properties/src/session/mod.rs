//! A session, and whatever a driver, a person and a relay may do to it. What may happen is in `steps`, what has to
//! hold after each of them in `witness`, and that it ends well in `recovery`.

mod pins;
mod recovery;
mod steps;
mod witness;

use std::time::Duration;

use arbitrary::{Arbitrary as _, Unstructured};
use duologue_protocol::UserId;
use duologue_session::{IN_FLIGHT_MAX, Input, Output, READS_MAX, Session, Time};

use self::steps::{Start, Step};
use self::witness::Witness;

/// What comes of one input at the most: everything said again, a full window, and some news.
const OUTPUTS_MAX: usize = READS_MAX + IN_FLIGHT_MAX + 16;

/// The longest time for which a session has nothing to do: the slowest heartbeat that a relay may ask for.
const IDLE_MAX: Duration = Duration::from_mins(5);

/// How often it may want its timer again at once.
const AT_ONCE_MAX: usize = 4;

/// How many steps there are at most: fewer than the messages that a session remembers.
const STEPS_MAX: usize = 400;

/// Whatever happens, nothing is shown twice, sent before it is stored, acknowledged before it is stored, or said on a
/// link that is not there; each input has a bounded number of outputs; and a relay that behaves brings everything to
/// its end.
pub fn session(data: &[u8]) {
    let mut bytes = Unstructured::new(data);
    let Ok(start) = Start::arbitrary(&mut bytes) else { return };
    let mut run = Run::new(&start);
    for step in bytes.arbitrary_iter::<Step<'_>>().into_iter().flatten().flatten().take(STEPS_MAX) {
        run.step(&step);
    }
    recovery::comes_to_rights(&mut run);
}

/// A session with its clock, and what is known of it.
struct Run {
    session: Session,
    now: Time,
    witness: Witness,
}

impl Run {
    fn new(start: &Start) -> Self {
        let saved = start.saved();
        let mut witness = Witness::new(&saved);
        let (now, me) = (steps::NOON, UserId::parse("ann").unwrap());
        let mut session = Session::new(now, me, start.seed.into(), saved);
        while let Some(output) = session.poll_output() {
            witness.saw(&output, None);
        }
        Self { session, now, witness }
    }

    fn step(&mut self, step: &Step<'_>) {
        if let Some(now) = step.time(self.now, self.session.poll_timeout()) {
            self.now = now;
        }
        if let Some(input) = step.input(&self.witness) {
            self.input(&input);
        }
    }

    /// Hands an input in, and the timer's as often as the session wants it now.
    fn input(&mut self, input: &Input) -> Vec<Output> {
        let mut outputs = self.handle(input);
        for _ in 0..AT_ONCE_MAX {
            if self.session.poll_timeout().is_none_or(|due| due > self.now) {
                break;
            }
            outputs.extend(self.handle(&Input::Timer));
        }
        let due = self.session.poll_timeout();
        assert_eq!(due.is_none(), self.witness.is_stopped, "{due:?}");
        if let Some(due) = due {
            assert!(self.now < due && due <= self.now + IDLE_MAX, "{:?}, due {due:?}", self.now);
        }
        outputs
    }

    fn handle(&mut self, input: &Input) -> Vec<Output> {
        self.witness.does(input);
        self.session.handle(self.now, input.clone());
        let outputs: Vec<Output> = std::iter::from_fn(|| self.session.poll_output()).collect();
        assert!(outputs.len() <= OUTPUTS_MAX, "{} outputs", outputs.len());
        for output in &outputs {
            self.witness.saw(output, Some(input));
        }
        outputs
    }
}
