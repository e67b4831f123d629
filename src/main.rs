//! Puts the page into the document.

fn main() {
    duologue::platform::log_panics();
    leptos::mount::mount_to_body(duologue::ui::Page);
    // What index.html shows until there is a page.
    duologue::platform::remove_from_document("starting");
}
