//! One connection whose name sent too much: what it was told to keep, and to send again.
//!
//! As with what the disk did not take, what comes behind a refused message to the same person is refused as well,
//! until one of the refused comes again: or it would overtake. It is decided here, before a message has its place, and not by the
//! writer as there: a message that is refused for its name's haste is handed to nobody.

use duologue_protocol::{ErrorCode, MessageId, Rejection, UserId};

use super::Hub;
use crate::pace::{PAUSE, Pace};
use crate::post::{Refused, Sender};

/// What was refused of one connection.
#[derive(Debug, Default)]
pub(super) struct Paced(Refused);

impl Hub {
    /// Whether a name may send a message now; then it is counted.
    pub(crate) fn admits(&self, name: &UserId) -> bool {
        self.pace.admits(name)
    }

    /// Waits until a name may send a message, and counts it: for pages that can't be told to wait.
    pub(crate) async fn pace(&self, name: &UserId) {
        self.pace.wait(name).await;
    }
}

impl Paced {
    /// Lets a message through, or not. A classic page has [waited](Hub::pace) already.
    ///
    /// # Errors
    /// [`ErrorCode::RateLimited`].
    pub(super) fn admit(
        &mut self,
        pace: &Pace,
        sender: &Sender,
        to: &UserId,
        id: &MessageId,
    ) -> Result<(), Rejection> {
        if sender.outgoing.is_none() {
            return Ok(());
        }
        // What the disk did not take is where the client starts anew, too: it may come before what is refused here.
        if self.0.has(to, id) || sender.was_refused(to, id) {
            self.0.clear(to);
        }
        let rule = match self.0.before(to, id) {
            Some(first) => format!("message {first} comes before this one: send both again then"),
            None if pace.admits(sender.key.person()) => return Ok(()),
            None => "this name sends faster than this relay takes it (--message-rate): keep this \
                     message and send it again then"
                .to_owned(),
        };
        self.0.push(to, id);
        Err(Rejection::new(ErrorCode::RateLimited, rule).until(PAUSE))
    }
}
