//! The first question, which is there before the rest of the page is: while that comes, and where it doesn't. And what is
//! loaded when it is opened.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{Next, from_fn, map_response};
use axum::response::Response;
use duologue_e2e::pictures::{pictures_in_both, speaks, unchanged};
use duologue_e2e::{Browser, Person, Relay, StaticServer, copy_folder, dist};
use tokio::sync::Semaphore;

/// How the rest of the page's code is called, and that of settings, key file and panel.
const REST: &str = "page-";
const TOOLS: &str = "tools-";

fn is_part(name: &str, part: &str) -> bool {
    name.starts_with(part) && Path::new(name).extension().is_some_and(|end| end == "wasm")
}

fn part_in(folder: &Path, part: &str) -> PathBuf {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let mut parts = entries.filter(|entry| is_part(&entry.file_name().to_string_lossy(), part));
    parts.next().unwrap().path()
}

/// Answers the first question, without waiting for what comes of it.
const ANSWER: &str = "const field = document.querySelector('#name');
    field.value = arguments[0];
    field.dispatchEvent(new Event('input', { bubbles: true }));
    field.form.requestSubmit()";

const HAS_ONE_LIST: &str = "return document.querySelectorAll('.sidebar').length === 1
    && !document.querySelector('#name') && !document.querySelector('#starting')";

async fn newcomer(host: &StaticServer) -> Browser {
    let browser = Browser::open().await;
    browser.goto(&format!("{}#/with/ben", host.url())).await;
    browser.sees("Talk to").await;
    browser
}

#[tokio::test]
async fn whoever_is_faster_than_the_network_is_told_to_wait_and_gets_one_page() {
    let gate = Arc::new(Semaphore::new(0));
    let held = Arc::clone(&gate);
    let wait = move |request: Request, next: Next| {
        let held = Arc::clone(&held);
        async move {
            if is_part(request.uri().path().trim_start_matches('/'), REST) {
                drop(held.acquire().await.unwrap());
            }
            next.run(request).await
        }
    };
    let host = StaticServer::start_with(&dist(), "/", |router| router.layer(from_fn(wait))).await;
    let browser = newcomer(&host).await;
    browser.run(ANSWER, vec!["ann".into()]).await;
    browser.sees("One moment").await;
    pictures_in_both(&browser, "1-one-moment", unchanged).await;
    // Impatience makes no second page.
    browser.run("document.querySelector('#name').form.requestSubmit()", vec![]).await;
    browser.run("document.querySelector('#have-key').click()", vec![]).await;
    gate.add_permits(1);
    browser.until("one list, and no question", HAS_ONE_LIST).await;
}

#[tokio::test]
async fn where_the_rest_does_not_come_it_is_said_and_can_be_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    copy_folder(&dist(), folder);
    let rest = part_in(folder, REST);
    let away = folder.join("away");
    std::fs::rename(&rest, &away).unwrap();

    let host = StaticServer::start(folder, "/").await;
    let browser = newcomer(&host).await;
    browser.run(ANSWER, vec!["ann".into()]).await;
    browser.sees("The rest of the page couldn’t be loaded").await;
    pictures_in_both(&browser, "1-rest-missing", unchanged).await;
    // In a tab that has its name nothing is asked.
    browser.run("sessionStorage.setItem('duologue.name', 'ann')", vec![]).await;
    browser.reload().await;
    browser.sees("The page couldn’t be loaded").await;
    browser.run("sessionStorage.clear()", vec![]).await;
    browser.reload().await;
    browser.sees("Talk to").await;
    browser.run(ANSWER, vec!["ann".into()]).await;
    browser.sees("The rest of the page couldn’t be loaded").await;

    std::fs::rename(&away, &rest).unwrap();
    browser.run(ANSWER, vec!["ann".into()]).await;
    browser.until("one list, and no question", HAS_ONE_LIST).await;
}

#[tokio::test]
async fn where_something_does_not_come_that_is_opened_it_is_said_and_can_be_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    copy_folder(&dist(), folder);
    let tools = part_in(folder, TOOLS);
    let away = folder.join("away");
    std::fs::rename(&tools, &away).unwrap();

    let host = StaticServer::start(folder, "/").await;
    let ann = Person::arrive(host.url(), "ann").await;
    let is_missing = async || {
        ann.clicks("#settings").await;
        ann.browser.until("a word", "return !!document.querySelector('dialog .missing')").await;
    };
    is_missing().await;
    ann.browser.sees("This part of the page couldn’t be loaded").await;
    pictures_in_both(&ann.browser, "1-part-missing", is_missing).await;
    ann.clicks("#settings-dialog form button").await;
    ann.browser.until("no dialog", "return !document.querySelector('dialog[open]')").await;

    std::fs::rename(&away, &tools).unwrap();
    ann.clicks("#settings").await;
    let is_there = "return document.activeElement?.id === 'settings-title'";
    ann.browser.until("the settings, with the focus", is_there).await;
}

#[tokio::test]
async fn a_host_that_knows_no_type_for_code_serves_the_page_all_the_same() {
    let relay = Relay::start(&[]).await;
    let unknown = |mut response: Response| async {
        let kind = response.headers_mut().get_mut(CONTENT_TYPE);
        if let Some(kind) = kind.filter(|kind| *kind == "application/wasm") {
            *kind = HeaderValue::from_static("application/octet-stream");
        }
        response
    };
    let host =
        StaticServer::start_with(&dist(), "/", |router| router.layer(map_response(unknown))).await;
    let ann = Person::arrive(&format!("{}#/with/ben", host.url()), "ann").await;
    ann.browser.sees("If it is somewhere else, say where").await;
    ann.types("#relay", relay.address()).await;
    ann.clicks(".help-form .button").await;
    ann.is_connected().await;
}

#[tokio::test]
async fn where_the_page_may_keep_nothing_the_answer_counts_all_the_same() {
    let host = StaticServer::start(&dist(), "/").await;
    let browser = Browser::open().await;
    let blocked = "for (const name of ['sessionStorage', 'localStorage'])
        Object.defineProperty(window, name, { get() { throw new DOMException('no', 'SecurityError') } })";
    browser.before_every_page(blocked).await;
    browser.goto(&format!("{}#/with/ben", host.url())).await;
    browser.sees("Talk to").await;
    browser.run(ANSWER, vec!["ann".into()]).await;
    browser.until("one list, and no question", HAS_ONE_LIST).await;
}

#[tokio::test]
async fn the_key_files_dialog_gives_the_focus_back_and_what_was_typed_stays() {
    let host = StaticServer::start(&dist(), "/").await;
    let browser = newcomer(&host).await;
    let typed = "const field = document.querySelector('#name');
        field.value = 'an'; field.dispatchEvent(new Event('input', { bubbles: true }));
        document.querySelector('#have-key').focus(); document.querySelector('#have-key').click()";
    browser.run(typed, vec![]).await;
    let is_open = "return !!document.querySelector('#key-dialog[open] #close-key')";
    browser.until("the dialog", is_open).await;
    browser.run("document.querySelector('#close-key').click()", vec![]).await;
    let is_back = "return !document.querySelector('#key-dialog')
        && document.activeElement?.id === 'have-key' && document.querySelector('#name').value === 'an'";
    browser.until("the focus, and what was typed", is_back).await;
}

/// Types a name.
const TYPE: &str = "const field = document.querySelector('#name');
    field.value = 'amy';
    field.dispatchEvent(new InputEvent('input', {bubbles: true}))";

#[tokio::test]
async fn the_question_speaks_the_language_and_follows_the_address() {
    let host = StaticServer::start(&dist(), "/").await;
    let browser = newcomer(&host).await;
    browser.run("location.hash = '#/as/zoe/with/carl'", vec![]).await;
    browser.sees("carl").await;
    let suggested = "return document.querySelector('#name').value === 'zoe'";
    browser.until("the name that the link suggests", suggested).await;
    browser.run(TYPE, vec![]).await;
    browser.run("location.hash = '#/as/yves/with/carl'", vec![]).await;
    speaks(&browser, "zh").await;
    browser.sees("开始").await;
    let typed = "return document.querySelector('#name').value === 'amy'";
    browser.until("the name that was typed", typed).await;
}
