//! Going from one conversation to another without a pointer.

use duologue_protocol::UserId;
use leptos::prelude::*;

use super::App;
use super::conversations::Conversation;
use super::list::{Row, arrange};
use super::route::Route;
use crate::platform;

/// From this width on the list stands beside the conversation; the same number is in `style.css`, in rem.
pub const TWO_PANES: f64 = 720.0;

impl App {
    /// The person wants to find something: the field for it has the focus, and where there was no room for it there
    /// is now.
    pub fn find(self) {
        if !platform::is_wide(TWO_PANES) {
            self.go(&Route::Home);
        }
        self.wants_finder.update(|wants| *wants += 1);
    }

    /// The rows of the list: those that are here, and those that are put away.
    pub fn rows(self) -> (Vec<Row>, Vec<Row>) {
        let hides_reads = !self.tells_reads();
        let row = |conversation: &Conversation| {
            let filing = self.peers.with(|peers| peers.get(&conversation.peer).filing);
            Row::of(conversation, self.between(&conversation.peer), filing, hides_reads)
        };
        arrange(self.conversations.with(|all| all.iter().filter_map(row).collect()))
    }

    /// Opens the conversation so many rows below the open one, or above it.
    pub fn go_by(self, rows: i32) {
        let here: Vec<UserId> = untrack(|| self.rows()).0.into_iter().map(|row| row.peer).collect();
        if let Some(peer) = neighbour(&here, untrack(|| self.open_peer()).as_ref(), rows) {
            self.go(&Route::with(peer.clone()));
        }
    }
}

/// The one so many places after `from`, or before it; the first, if `from` is not there.
fn neighbour<'a>(here: &'a [UserId], from: Option<&UserId>, by: i32) -> Option<&'a UserId> {
    let Some(at) = here.iter().position(|peer| Some(peer) == from) else { return here.first() };
    let distance = usize::try_from(by.unsigned_abs()).unwrap_or(usize::MAX);
    let to = if by < 0 { at.checked_sub(distance) } else { at.checked_add(distance) };
    here.get(to?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_goes_from_row_to_row_and_not_beyond() {
        let here = ["ann", "ben", "cleo"].map(|name| UserId::parse(name).unwrap());
        let to = |from: Option<usize>, by| neighbour(&here, from.map(|n| &here[n]), by);
        assert_eq!(to(Some(0), 1), Some(&here[1]));
        assert_eq!(to(Some(2), -1), Some(&here[1]));
        assert_eq!((to(Some(0), -1), to(Some(2), 1)), (None, None));
        assert_eq!(to(None, -1), Some(&here[0]));
        assert_eq!(neighbour(&[], None, 1), None);
    }
}
