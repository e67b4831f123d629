//! Puts the page into the document.

fn main() {
    duologue::platform::log_panics();
    leptos::mount::mount_to_body(duologue::ui::Page);
}
