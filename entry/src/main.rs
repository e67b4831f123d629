//! Begins, and says where the page's code is cut into parts: what is needed for the first question, what a conversation
//! needs, and what is loaded when somebody opens it. The cuts themselves are made once the module is linked
//! (`finishing/`).

// What the cuts' macro writes: for each, two functions that find each other by their names when the module is linked, and
// a result for what can't fail behind what can, which is the loading.
#![allow(unsafe_code, clippy::unnecessary_wraps)]

use duologue::platform;
use duologue::ui::invitation_code::invitation_code;
use duologue::ui::parts::{
    Content, InviteBridge, KeyBridge, Opening, PanelBridge, Part, SettingsBridge,
};
use duologue::ui::{self, door};
use duologue_tools::moving::your_key;
use duologue_tools::panel::connection_panel;
use duologue_tools::settings::settings;
use leptos::mount::mount_to_body;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

/// What a part gives, or that it can't be had.
type Loaded<T = Content> = Result<T, SplitLoaderError>;

fn main() {
    platform::log_panics();
    door::begin(door::Rest {
        load: || Box::pin(async { load_page().await.is_ok() }),
        show: |arrival| Box::pin(async move { show_page(arrival).await.is_ok() }),
    });
}

/// Puts the page into the document. This, and whatever a conversation needs beside it, is the second part.
#[wasm_split(page, fallible, preload(load_page))]
fn show_page(arrival: door::Arrival) -> Loaded<()> {
    mount_to_body(move || ui::page(arrival, open));
    Ok(())
}

fn open(part: Part) -> Opening {
    Box::pin(async move {
        let content = match part {
            Part::Panel(bridge) => show_panel(bridge).await,
            Part::Key(bridge) => show_key(bridge).await,
            Part::Settings(bridge) => show_settings(bridge).await,
            Part::Invite(bridge) => show_invite(bridge).await,
        };
        content.ok()
    })
}

#[wasm_split(tools, fallible)]
fn show_panel(bridge: PanelBridge) -> Loaded {
    Ok(Box::new(move || connection_panel(bridge)))
}

#[wasm_split(tools, fallible)]
fn show_key(bridge: KeyBridge) -> Loaded {
    Ok(Box::new(move || your_key(bridge)))
}

#[wasm_split(tools, fallible)]
fn show_settings(bridge: SettingsBridge) -> Loaded {
    Ok(Box::new(move || settings(bridge)))
}

#[wasm_split(invite, fallible)]
fn show_invite(bridge: InviteBridge) -> Loaded {
    Ok(Box::new(move || invitation_code(bridge)))
}
