//! The page's own store in a real browser, which is well, blocked, full, or holds what this page can't
//! read.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{Reports, Stub, name, script};
use duologue::platform;
use duologue::store::record::{DraftRecord, EntryState, Place, Progress};
use duologue::store::{Loaded, Step, Store, StoreReport, StoreState};
use duologue_protocol::{Content, MessageId, Seq, UnixMillis, UserId};
use duologue_session::{Change, Draft, Message, Ticket};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const RELAY: &str = "ws://relay.test";

/// One tab's store: what it reports, and the session's part of it.
struct Tab {
    store: Store,
    loaded: Loaded,
    reports: Reports<StoreReport>,
    progress: Progress,
    ticket: u64,
}

impl Tab {
    async fn open(user: &UserId) -> Self {
        let reports = Reports::new();
        let (store, loaded) = Store::open(RELAY, user, reports.sink()).await;
        Self { store, progress: loaded.progress, loaded, reports, ticket: 0 }
    }

    fn write(&mut self, change: Change) {
        self.progress = self.progress.after(&change);
        self.ticket += 1;
        let step = Step::Change { change, progress: self.progress };
        self.store.write(Some(Ticket(self.ticket)), step);
    }

    /// Waits until everything written so far is reported as persisted.
    async fn is_done(&self) {
        let last = StoreReport::Persisted(Ticket(self.ticket));
        self.reports.until("the last ticket", |report| (*report == last).then_some(())).await;
    }

    async fn becomes(&self, state: StoreState) {
        let wanted = StoreReport::State(state);
        self.reports.until("the state", |report| (*report == wanted).then_some(())).await;
    }

    fn states(&self) -> Vec<StoreState> {
        let state = |report| match report {
            StoreReport::State(state) => Some(state),
            StoreReport::Persisted(_) | StoreReport::Peers { .. } => None,
        };
        self.reports.all().into_iter().filter_map(state).collect()
    }

    fn ids(&self) -> Vec<String> {
        self.loaded.messages.iter().map(|record| record.entry.id.to_string()).collect()
    }
}

fn seq(n: u64) -> Seq {
    Seq::new(n).unwrap()
}

fn ben() -> UserId {
    UserId::parse("ben").unwrap()
}

fn draft(id: &str) -> Draft {
    let (id, content) = (MessageId::parse(id).unwrap(), Content::parse("你好 \"Ben\"\n").unwrap());
    Draft { id, to: ben(), content }
}

fn queued(id: &str) -> Change {
    Change::Queued { draft: draft(id), at: UnixMillis(1) }
}

fn stored(id: &str, n: u64) -> Change {
    Change::Stored { id: draft(id).id, to: ben(), seq: seq(n), at: UnixMillis(2) }
}

fn received(id: &str, n: u64) -> Change {
    let Draft { id, content, .. } = draft(id);
    Change::Received(Message { id, from: ben(), content, seq: seq(n), at: UnixMillis(3) })
}

#[wasm_bindgen_test]
async fn what_is_written_is_there_after_a_reload() {
    let ann = name("ann");
    let mut tab = Tab::open(&ann).await;
    assert_eq!((tab.loaded.clone(), tab.states()), (Loaded::default(), vec![]));
    tab.write(queued("a"));
    tab.write(received("x", 7));
    tab.write(queued("b"));
    tab.write(stored("a", 8));
    let typed = DraftRecord { peer: ben(), text: "unfinished".into() };
    tab.store.write(None, Step::Draft(typed.clone()));
    tab.is_done().await;
    drop(tab);

    let tab = Tab::open(&ann).await;
    assert_eq!(tab.ids(), ["a", "x", "b"]);
    let place = Place { era: 0, seq: seq(8) };
    assert_eq!(tab.loaded.messages[0].entry.state, EntryState::Sent { place });
    assert_eq!(tab.loaded.messages[1].entry.content, draft("x").content);
    assert_eq!(tab.loaded.drafts, [typed]);
    let saved = tab.loaded.saved();
    assert_eq!((saved.cursor, saved.outbox), (seq(7), vec![draft("b")]));
    assert_eq!(Tab::open(&name("ann")).await.loaded, Loaded::default(), "somebody else's is empty");
}

#[wasm_bindgen_test]
async fn what_is_handed_in_together_goes_in_one_durable_transaction() {
    let mut tab = Tab::open(&name("ann")).await;
    let _spy = Stub::new(
        "window.spied = [];
         window.before = IDBDatabase.prototype.transaction;
         IDBDatabase.prototype.transaction = function (...all) {
             window.spied.push(all[1] + ' ' + all[2]?.durability);
             return window.before.apply(this, all);
         }",
        "IDBDatabase.prototype.transaction = window.before",
    );
    for n in 0..200 {
        tab.write(queued(&n.to_string()));
    }
    tab.is_done().await;
    let spied = || js_sys::eval("window.spied.join()").unwrap().as_string().unwrap();
    assert_eq!(spied(), "readwrite strict");
    // A draft is not worth a wait for the disk.
    let typed = DraftRecord { peer: ben(), text: "x".into() };
    tab.store.write(None, Step::Draft(typed));
    common::eventually("the draft's own", || {
        (spied() == "readwrite strict,readwrite undefined").then_some(())
    })
    .await;
}

#[wasm_bindgen_test]
async fn the_last_words_are_written_though_nobody_holds_the_store_any_more() {
    let ann = name("ann");
    let mut tab = Tab::open(&ann).await;
    tab.write(queued("a"));
    drop(tab);
    // The database's own order: this one opens after what was asked for before.
    assert_eq!(Tab::open(&ann).await.ids(), ["a"]);
}

#[wasm_bindgen_test]
async fn two_tabs_of_one_person_share_a_database() {
    let ann = name("ann");
    let (mut one, mut two) = (Tab::open(&ann).await, Tab::open(&ann).await);
    one.write(queued("a"));
    one.write(received("x", 3));
    two.write(received("x", 3));
    two.write(Change::SentElsewhere { draft: draft("a"), seq: seq(4), at: UnixMillis(2) });
    two.write(received("y", 5));
    one.write(stored("a", 4));
    one.is_done().await;
    two.is_done().await;
    one.write(queued("a"));
    one.is_done().await;
    let later = Tab::open(&ann).await;
    assert_eq!(later.ids(), ["a", "x", "y"]);
    assert_eq!(later.loaded.saved().outbox, [], "what was sent is never queued again");
    assert_eq!(later.loaded.progress.cursor, seq(5));
}

/// A browser that stores nothing: the page is told so, and everything counts as persisted.
async fn works_for_the_sitting(state: StoreState, are_peers_missing: bool) {
    let mut tab = Tab::open(&name("ann")).await;
    let nothing = Loaded { are_peers_missing, ..Loaded::default() };
    assert_eq!((tab.loaded.clone(), tab.states()), (nothing, vec![state]));
    tab.write(queued("a"));
    tab.is_done().await;
    tab.write(stored("a", 1));
    tab.is_done().await;
    assert_eq!(tab.states(), [state], "said once");
}

const REAL_OPEN: &str = "IDBFactory.prototype.open = window.realOpen";

#[wasm_bindgen_test]
async fn a_browser_that_throws_when_asked_to_store() {
    let _blocked = Stub::new(
        "window.realOpen = IDBFactory.prototype.open;
         IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError') }",
        REAL_OPEN,
    );
    works_for_the_sitting(StoreState::Refused, false).await;
}

#[wasm_bindgen_test]
async fn a_browser_that_answers_with_an_error() {
    let _blocked = Stub::new(
        "window.realOpen = IDBFactory.prototype.open;
         IDBFactory.prototype.open = () => {
             const request = new EventTarget();
             request.error = new DOMException('damaged', 'UnknownError');
             queueMicrotask(() => request.dispatchEvent(new Event('error')));
             return request;
         }",
        REAL_OPEN,
    );
    works_for_the_sitting(StoreState::Broken, true).await;
}

#[wasm_bindgen_test]
async fn a_browser_that_never_answers() {
    let _blocked = Stub::new(
        "window.realOpen = IDBFactory.prototype.open;
         IDBFactory.prototype.open = () => new EventTarget()",
        REAL_OPEN,
    );
    let since = platform::now();
    works_for_the_sitting(StoreState::Refused, true).await;
    assert!(platform::now().since(since).as_secs() >= 10, "it was given the time to answer");
}

#[wasm_bindgen_test]
async fn a_browser_without_any_store() {
    let _blocked = Stub::new(
        "window.realStore = Object.getOwnPropertyDescriptor(window, 'indexedDB');
         Object.defineProperty(window, 'indexedDB', { value: undefined, configurable: true })",
        "Object.defineProperty(window, 'indexedDB', window.realStore)",
    );
    works_for_the_sitting(StoreState::Refused, false).await;
}

const FULL: &str = "
    window.realPut = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = () => { throw new DOMException('', 'QuotaExceededError') }";

/// As browsers do it: the request is taken, and the transaction ends with the error.
const FULL_LATER: &str = "
    window.realPut = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (...all) {
        const request = window.realPut.apply(this, all);
        Object.defineProperty(this.transaction, 'error',
            { value: new DOMException('', 'QuotaExceededError'), configurable: true });
        queueMicrotask(() => { try { this.transaction.abort() } catch {} });
        return request;
    }";

async fn holds_for_the_sitting_and_is_stored_once_there_is_room(full: &str) {
    let ann = name("ann");
    let mut tab = Tab::open(&ann).await;
    tab.write(queued("a"));
    tab.is_done().await;
    let stub = Stub::new(full, "IDBObjectStore.prototype.put = window.realPut");
    tab.write(received("x", 4));
    tab.is_done().await;
    tab.becomes(StoreState::Full).await;
    tab.write(queued("b"));
    tab.is_done().await;
    assert_eq!(tab.states(), [StoreState::Full], "said once");
    assert_eq!(Tab::open(&ann).await.ids(), ["a"], "nothing of it is half there");
    assert_eq!(Tab::open(&ann).await.loaded.progress.cursor, Seq::START);

    drop(stub);
    let _later = Stub::new(
        "window.realNow = Date.now; Date.now = () => window.realNow() + 60000",
        "Date.now = window.realNow",
    );
    tab.write(queued("c"));
    tab.becomes(StoreState::Well).await;
    let again = Tab::open(&ann).await;
    assert_eq!(again.ids(), ["a", "x", "b", "c"]);
    assert_eq!(again.loaded.progress.cursor, seq(4));
}

#[wasm_bindgen_test]
async fn a_full_disk_that_refuses_at_once() {
    holds_for_the_sitting_and_is_stored_once_there_is_room(FULL).await;
}

#[wasm_bindgen_test]
async fn a_full_disk_that_shows_at_the_end_of_the_transaction() {
    holds_for_the_sitting_and_is_stored_once_there_is_room(FULL_LATER).await;
}

#[wasm_bindgen_test]
async fn a_damaged_record_is_skipped_and_said() {
    let ann = name("ann");
    let mut tab = Tab::open(&ann).await;
    for id in ["a", "b", "c"] {
        tab.write(queued(id));
    }
    tab.is_done().await;
    script(&format!(
        "const open = indexedDB.open('duologue {RELAY} {ann}');
         const database = await new Promise((done) => {{ open.onsuccess = () => done(open.result) }});
         const transaction = database.transaction(['messages', 'peers'], 'readwrite');
         transaction.objectStore('messages').put('{{\"order\":', 'ben\\nmine\\nb');
         transaction.objectStore('peers').put(7, 'ben');
         await new Promise((done) => {{ transaction.oncomplete = done }});
         database.close()"
    ))
    .await;
    let mut tab = Tab::open(&ann).await;
    assert_eq!(tab.ids(), ["a", "c"]);
    assert_eq!(tab.states(), [StoreState::Unreadable(2)]);
    tab.write(queued("d"));
    tab.is_done().await;
    assert_eq!(Tab::open(&ann).await.ids(), ["a", "c", "d"]);
}

/// Opens the database as a page of the next version would, and closes it.
async fn newer_page(ann: &UserId) {
    script(&format!(
        "const open = indexedDB.open('duologue {RELAY} {ann}', 2);
         await new Promise((done, fail) => {{
             open.onsuccess = done;
             open.onerror = open.onblocked = () => fail(open.error ?? 'blocked');
         }});
         open.result.close()"
    ))
    .await;
}

#[wasm_bindgen_test]
async fn a_database_of_a_newer_page_is_left_alone() {
    let ann = name("ann");
    newer_page(&ann).await;
    let mut tab = Tab::open(&ann).await;
    assert_eq!(tab.states(), [StoreState::Newer]);
    tab.write(queued("a"));
    tab.is_done().await;
}

#[wasm_bindgen_test]
async fn a_newer_page_in_another_tab_is_let_in() {
    let ann = name("ann");
    let mut tab = Tab::open(&ann).await;
    newer_page(&ann).await;
    tab.write(queued("a"));
    tab.is_done().await;
    tab.becomes(StoreState::Broken).await;
    let _later = Stub::new(
        "window.realNow = Date.now; Date.now = () => window.realNow() + 60000",
        "Date.now = window.realNow",
    );
    tab.write(queued("b"));
    tab.becomes(StoreState::Newer).await;
}

#[wasm_bindgen_test]
async fn a_database_that_the_browser_closed_is_opened_again() {
    let ann = name("ann");
    let mut tab = Tab::open(&ann).await;
    let stub = Stub::new(
        "window.before = IDBDatabase.prototype.transaction;
         IDBDatabase.prototype.transaction = () => { throw new DOMException('', 'InvalidStateError') }",
        "IDBDatabase.prototype.transaction = window.before",
    );
    tab.write(queued("a"));
    tab.is_done().await;
    tab.becomes(StoreState::Broken).await;
    drop(stub);
    let _later = Stub::new(
        "window.realNow = Date.now; Date.now = () => window.realNow() + 60000",
        "Date.now = window.realNow",
    );
    tab.write(queued("b"));
    tab.becomes(StoreState::Well).await;
    assert_eq!(Tab::open(&ann).await.ids(), ["a", "b"]);
}
