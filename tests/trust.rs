//! What the browser keeps of who is who: a person's own keys, and what they decide of others.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{Reports, Stub, name};
use duologue::platform::{self, Place};
use duologue::store::record::{PeerRecord, Standing, Verdict};
use duologue::store::vault::{Identity, Keeping};
use duologue::store::{Loaded, Step, Store, StoreReport};
use duologue_protocol::UserId;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const RELAY: &str = "ws://relay.test";

/// One tab's store, and what it tells.
struct Tab {
    store: Store,
    reports: Reports<StoreReport>,
}

impl Tab {
    async fn open(user: &UserId) -> (Self, Loaded) {
        let reports = Reports::new();
        let (store, loaded) = Store::open(RELAY, user, reports.sink()).await;
        (Self { store, reports }, loaded)
    }

    fn decides(&self, standing: Standing) {
        let verdict = Verdict::Stands(standing);
        self.store.write(None, Step::Verdict { peer: ben(), verdict });
    }

    /// Waits until it tells that this was decided of ben; says whether that is all there is.
    async fn tells(&self, standing: Standing) -> bool {
        let record = of_ben(standing);
        let told = |report: &StoreReport| match report {
            StoreReport::Peers { records, are_complete } => {
                (*records == [record.clone()]).then_some(*are_complete)
            }
            _ => None,
        };
        self.reports.until("what was decided", told).await
    }

    fn count_of_told(&self) -> usize {
        let is_told = |report: &StoreReport| matches!(report, StoreReport::Peers { .. });
        self.reports.all().iter().filter(|report| is_told(report)).count()
    }
}

fn ben() -> UserId {
    UserId::parse("ben").unwrap()
}

fn of_ben(standing: Standing) -> PeerRecord {
    PeerRecord { standing: Some(standing), ..PeerRecord::new(ben()) }
}

const FAILING: &str = "
    window.realOpen = IDBFactory.prototype.open;
    IDBFactory.prototype.open = () => { throw new DOMException('damaged', 'UnknownError') }";
const MENDED: &str = "IDBFactory.prototype.open = window.realOpen";

#[wasm_bindgen_test]
async fn a_key_that_was_made_while_the_browser_kept_nothing_is_the_one_that_it_keeps() {
    let ann = name("ann");
    let fails = Stub::new(FAILING, MENDED);
    let (made, keeping) = Identity::of(&ann).await;
    assert_eq!(keeping, Keeping::NoStorage);
    drop(fails);
    // A reload, in which the browser does.
    let (kept, keeping) = Identity::of(&ann).await;
    assert_eq!((kept.key(), keeping), (made.key(), Keeping::Browser));
    let of_the_tab = format!("duologue.key.{ann}");
    assert_eq!(platform::load(Place::Tab, &of_the_tab), None, "it is in the safe alone");
    let (again, keeping) = Identity::of(&ann).await;
    assert_eq!((again.key(), keeping), (made.key(), Keeping::Browser));
    assert_ne!(Identity::of(&name("ann")).await.0.key(), made.key());
}

#[wasm_bindgen_test]
async fn what_could_not_be_read_is_told_once_it_can_be() {
    let ann = name("ann");
    let (tab, loaded) = Tab::open(&ann).await;
    assert!(!loaded.are_peers_missing);
    tab.decides(Standing::Blocked);
    assert!(!tab.tells(Standing::Blocked).await, "there is nothing else");
    drop(tab);
    let fails = Stub::new(FAILING, MENDED);
    let (tab, loaded) = Tab::open(&ann).await;
    assert!(loaded.are_peers_missing && loaded.peers.is_empty());
    // What is decided meanwhile is written down before it counts as known what was decided ever.
    let taken_up = Step::Verdict { peer: ben(), verdict: Verdict::TakenUp };
    tab.store.write(None, taken_up);
    drop(fails);
    assert!(!tab.tells(Standing::Blocked).await, "of the one who was taken up");
    let are_complete = |report: &StoreReport| match report {
        StoreReport::Peers { records, are_complete: true } => Some(records.clone()),
        _ => None,
    };
    let all = tab.reports.until("all of it", are_complete).await;
    assert_eq!(all, [of_ben(Standing::Blocked)]);
}

#[wasm_bindgen_test]
async fn what_another_tab_decides_is_told_unless_this_one_has_decided_since() {
    let ann = name("ann");
    let ((one, _), (two, _)) = (Tab::open(&ann).await, Tab::open(&ann).await);
    one.decides(Standing::Ignored);
    one.tells(Standing::Ignored).await;
    // A browser tells other documents only, and both of these are in one.
    let news = format!(
        "window.dispatchEvent(new StorageEvent('storage',
            {{ key: 'duologue.decided', newValue: 'duologue {RELAY} {ann}' }}))"
    );
    js_sys::eval(&news).unwrap();
    assert!(!two.tells(Standing::Ignored).await);
    js_sys::eval(&news).unwrap();
    two.decides(Standing::Blocked);
    two.tells(Standing::Blocked).await;
    assert_eq!(two.count_of_told(), 2, "not what it has decided over");
    // Nor is another person's news news.
    js_sys::eval(&news.replace(ann.as_str(), "cleo")).unwrap();
    two.decides(Standing::Accepted);
    two.tells(Standing::Accepted).await;
    assert_eq!(two.count_of_told(), 3);
}
