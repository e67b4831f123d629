//! How a tab that isn't looked at makes itself heard: its title and icon, a sound, the browser's notifications.

use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlLinkElement, Notification, NotificationOptions, NotificationPermission};

// Two soft notes that fade within a fifth of a second. A page that nobody has pressed anything in stays silent: the
// browser would see to that, and complain.
#[wasm_bindgen(inline_js = "let context;
export function sound() {
    if (navigator.userActivation?.hasBeenActive === false) return;
    try {
        context ??= new AudioContext();
        for (const [pitch, after] of [[660, 0], [880, 0.09]]) {
            const [note, volume] = [context.createOscillator(), context.createGain()];
            const start = context.currentTime + after;
            note.frequency.value = pitch;
            volume.gain.setValueAtTime(0.04, start);
            volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.12);
            note.connect(volume).connect(context.destination);
            note.start(start);
            note.stop(start + 0.13);
        }
    } catch {}
}")]
extern "C" {
    fn sound();
}

/// The icon of a page with unread messages, beside the page.
const UNREAD_ICON: &str = "icon-unread.svg";

/// Whether the browser shows this page's notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// It does.
    Granted,
    /// The person hasn't been asked.
    Unasked,
    /// It doesn't: the person said so.
    Denied,
    /// It has none.
    Missing,
}

/// Shows `title` as the tab's, and an icon that says whether anything is unread.
pub fn show_count(title: &str, unread: u32) {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
    document.set_title(title);
    let icon = document.query_selector("link[rel=icon]").ok().flatten();
    let Some(icon) = icon.and_then(|icon| icon.dyn_into::<HtmlLinkElement>().ok()) else { return };
    // Its own name is made up anew with each build, so it is kept in the document.
    let plain = icon.get_attribute("data-plain").unwrap_or_else(|| icon.href());
    // Setting an attribute of this name can't fail.
    let _ = icon.set_attribute("data-plain", &plain);
    let href = if unread > 0 { UNREAD_ICON } else { &plain };
    if !icon.href().ends_with(href) {
        icon.set_href(href);
    }
}

/// Plays a quiet sound, where the browser lets the page.
pub fn play_sound() {
    sound();
}

/// Whether notifications are shown.
pub fn permission() -> Permission {
    // Some browsers, and pages over plain http, have none at all.
    let has_any = web_sys::window().is_some_and(|window| {
        js_sys::Reflect::has(&window, &"Notification".into()).unwrap_or(false)
    });
    if has_any { of(Notification::permission()) } else { Permission::Missing }
}

/// Asks the person, if they weren't asked before. Whatever the answer is, [`permission`] knows it.
pub async fn ask_permission() {
    if permission() == Permission::Unasked
        && let Ok(answer) = Notification::request_permission()
    {
        let _ = JsFuture::from(answer).await;
    }
}

/// Shows a notification in the place of an earlier one of the same `tag`. `pressed` is called when it is.
pub fn notify(title: &str, text: &str, tag: &str, pressed: impl FnOnce() + 'static) {
    let options = NotificationOptions::new();
    options.set_body(text);
    options.set_tag(tag);
    // Phones allow them from a service worker alone, and throw here: the count in the title says it too.
    let Ok(shown) = Notification::new_with_options(title, &options) else { return };
    let closing = shown.clone();
    let on_click = Closure::once_into_js(move || {
        if let Some(window) = web_sys::window() {
            let _ = window.focus();
        }
        closing.close();
        pressed();
    });
    shown.set_onclick(Some(on_click.unchecked_ref()));
}

fn of(permission: NotificationPermission) -> Permission {
    match permission {
        NotificationPermission::Granted => Permission::Granted,
        NotificationPermission::Default => Permission::Unasked,
        _ => Permission::Denied,
    }
}
