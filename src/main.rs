//! Begins, and says where the page's code is cut in two: what is needed for the first question, and everything else.
//! The cut itself is made once the module is linked (`finishing/`).

// What the cut's macro writes: two functions that find each other by their names when the module is linked, and a result
// for what can't fail behind what can, which is the loading.
#![allow(unsafe_code, clippy::unnecessary_wraps)]

use duologue::platform;
use duologue::ui::{self, door};
use wasm_split_helpers::{SplitLoaderError, wasm_split};

fn main() {
    platform::log_panics();
    door::begin(door::Rest {
        load: || Box::pin(async { load_page().await.is_ok() }),
        show: |arrival| Box::pin(async move { show_page(arrival).await.is_ok() }),
    });
}

/// Puts the page into the document. This and whatever nothing else needs is the second part.
#[wasm_split(page, fallible, preload(load_page))]
fn show_page(arrival: door::Arrival) -> Result<(), SplitLoaderError> {
    leptos::mount::mount_to_body(move || ui::page(arrival));
    Ok(())
}
