//! The invitation as a QR code (ISO/IEC 18004), for a phone that stands in front of the screen. A part by itself: what makes
//! the code is loaded when it is wanted.

use leptos::html::H2;
use leptos::prelude::*;
use qrcodegen::{QrCode, QrCodeEcc};
use rust_i18n::t;

use super::invite::CopyButton;
use super::parts::InviteBridge;

/// The light border around a code, in modules, as the standard asks for.
const QUIET: i32 = 4;

/// The dialog's content, while it is open: what the page says is the link.
pub fn invitation_code(page: InviteBridge) -> AnyView {
    let link = page.see();
    let page = StoredValue::new_local(page);
    let to_copy = Signal::stored(link.clone());
    let heading = NodeRef::<H2>::new();
    Effect::new(move || {
        if let Some(heading) = heading.get() {
            // It has just been drawn; nothing can be wrong with it.
            let _ = heading.focus();
        }
    });
    let code = match drawing(&link) {
        Some((size, path)) => view! {
            // Dark on light in both themes: many readers know no other.
            <svg
                class="qr"
                viewBox=format!("0 0 {size} {size}")
                role="img"
                aria-label=t!("invite.code")
                shape-rendering="crispEdges"
            >
                <rect width="100%" height="100%" fill="#ffffff" />
                <path d=path fill="#000000" />
            </svg>
        }
        .into_any(),
        None => view! { <p role="alert">{t!("invite.too_long")}</p> }.into_any(),
    };
    view! {
        <header class="head dialog-head">
            <h2 id="invite-title" class="grow" tabindex="-1" node_ref=heading>
                {t!("invite.title")}
            </h2>
            <button
                id="close-invite"
                class="button small"
                type="button"
                on:click=move |_| page.with_value(|page| page.ask(()))
            >
                {t!("close")}
            </button>
        </header>
        <div class="invite-body">
            <p>{t!("invite.scan")}</p>
            {code}
            <p class="link-box"><bdi dir="ltr">{link}</bdi></p>
            <CopyButton label=t!("invite.copy") text=to_copy />
        </div>
    }
    .into_any()
}

/// A code of `text` as the path of its dark modules, and how many modules it is wide with its border. `None` for a text
/// that is longer than any code.
fn drawing(text: &str) -> Option<(i32, String)> {
    // A quarter of it may be covered by a finger or a glare; a link is short enough for that.
    let code = QrCode::encode_text(text, QrCodeEcc::Quartile).ok()?;
    let size = code.size();
    let dark = (0..size).flat_map(|y| (0..size).map(move |x| (x, y)));
    let dark = dark.filter(|(x, y)| code.get_module(*x, *y));
    let path: Vec<String> =
        dark.map(|(x, y)| format!("M{} {}h1v1h-1z", x + QUIET, y + QUIET)).collect();
    Some((size + 2 * QUIET, path.concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_a_code_with_its_three_corners_and_its_border() {
        let link = "https://chat.example/#/as/ben/with/ann/key/b3dSBoj2z-2E_CquZ3ep0Q";
        let (size, path) = drawing(link).unwrap();
        // Each finder pattern has a dark row of seven at its outer edge.
        let is_dark = |x: i32, y: i32| path.contains(&format!("M{x} {y}h1v1h-1z"));
        let far = size - QUIET - 7;
        for (left, top) in [(QUIET, QUIET), (far, QUIET), (QUIET, far)] {
            assert!((0..7).all(|n| is_dark(left + n, top)), "at {left}, {top}");
            assert!(!is_dark(left + 1, top + 1));
        }
        assert!((0..size).all(|n| !is_dark(n, QUIET - 1) && !is_dark(QUIET - 1, n)));
    }

    #[test]
    fn the_longest_name_fits_and_what_fits_nowhere_is_no_code() {
        // As an address has it: each of its characters takes twelve.
        let link = format!("https://chat.example/#/with/{}", "%F0%9D%92%B3".repeat(64));
        assert!(drawing(&link).is_some());
        assert!(drawing(&"x".repeat(3_000)).is_none());
    }
}
