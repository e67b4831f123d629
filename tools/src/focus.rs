//! Where the focus goes when the button that had it is replaced by another.

use leptos::html::Button;
use leptos::prelude::*;

/// Gives the focus to `keep` when a question is asked, and back to `ask` when it is taken back: the one that was pressed
/// is gone then, and the focus with it.
pub(crate) fn follows(asks: RwSignal<bool>, ask: NodeRef<Button>, keep: NodeRef<Button>) {
    Effect::new(move |settled: Option<bool>| {
        // At the beginning nothing is asked, and the focus is where it was.
        let settled = settled.unwrap_or(false);
        let asks = asks.get();
        let button = if asks { keep.get() } else { ask.get() };
        // It may be drawn only after this, which then runs once more.
        let button = button.filter(|button| asks != settled && button.is_connected());
        match button {
            Some(button) => {
                // It has just been drawn; nothing can be wrong with it.
                let _ = button.focus();
                asks
            }
            None => settled,
        }
    });
}
