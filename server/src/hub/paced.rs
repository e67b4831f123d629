//! One connection whose name sent too much: what it was told to keep, and to send again.
//!
//! As with what the disk did not take, what comes behind a refused message is refused as well, until one of the
//! refused comes again: or it would overtake. It is decided here, before a message has its place, and not by the
//! writer as there: a message that is refused for its name's haste is handed to nobody.

use duologue_protocol::{ErrorCode, MessageId, Rejection, UserId};

use super::Hub;
use crate::pace::{PAUSE, Pace};
use crate::post::{Refused, Sender};

/// What was refused of one connection.
#[derive(Debug, Default)]
pub(super) struct Paced(Refused);

impl Hub {
    /// Waits until a name may send a message.
    pub(crate) async fn pace(&self, name: &UserId) {
        self.pace.wait(name).await;
    }
}

impl Paced {
    /// Lets a message through, or not. A classic page can't be told, so it is read from more slowly instead.
    ///
    /// # Errors
    /// [`ErrorCode::RateLimited`].
    pub(super) fn admit(
        &mut self,
        pace: &Pace,
        sender: &Sender,
        id: &MessageId,
    ) -> Result<(), Rejection> {
        let admitted = |paced: &Self| paced.0.is_empty() && pace.admits(sender.key.person());
        if sender.outgoing.is_none() {
            admitted(self);
            return Ok(());
        }
        // What the disk did not take is where the client starts anew, too: it may come before what is refused here.
        if self.0.has(id) || sender.was_refused(id) {
            self.0.clear();
        }
        if admitted(self) {
            return Ok(());
        }
        let rule = match self.0.first() {
            Some(first) => format!("message {first} comes before this one: send both again then"),
            None => "this name sends faster than this relay takes it (--message-rate): keep this \
                     message and send it again then"
                .to_owned(),
        };
        self.0.push(id);
        Err(Rejection::new(ErrorCode::RateLimited, rule).until(PAUSE))
    }
}
