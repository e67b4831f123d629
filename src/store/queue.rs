//! What waits to be written down, and the one loop that does it: everything that waits goes into one
//! transaction. Where the browser doesn't store, changes hold for the sitting, and the person is told.
//!
//! What is decided of peers is decided for all tabs: each is told what the store has, its own decisions
//! included, as another one may have been earlier.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use duologue_protocol::UserId;
use duologue_session::{Ticket, Time};

use super::batch::Batch;
use super::database::Database;
use super::loaded::{self, Loaded};
use super::naming;
use super::record::PeerRecord;
use super::requests::Trouble;
use super::step::Step;
use crate::platform::{self, Listener, Timer};

/// How many steps go into one transaction: enough to make a burst cheap, few enough that a slow disk
/// answers in time.
const STEPS_MAX: usize = 500;

/// How long a browser that didn't store is left alone: a full disk stays full for a while, and each
/// try costs time.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// How many steps are kept in memory for a browser that doesn't store: a long sitting's. With more
/// than that the history would have to have a hole, so none of it is written any more.
const BACKLOG_MAX: usize = 20_000;

/// Under which the tabs of a browser tell each other in whose database something was decided.
const DECIDED: &str = "duologue.decided";

/// What the store has to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreReport {
    /// What is known of these peers: it was decided just now, here or in another tab, or could not be read
    /// before. What this tab has decided since then is not among it.
    Peers {
        /// Of each of them.
        records: Vec<PeerRecord>,
        /// Whether these are all, and there may have been more than [`Loaded::peers`] until now.
        are_complete: bool,
    },
    /// Everything up to this ticket is as safe as it can be made.
    Persisted(Ticket),
    /// How the store is doing.
    State(StoreState),
}

/// How the store is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StoreState {
    /// It stores.
    #[default]
    Well,
    /// It stores, but so many old records could not be read.
    Unreadable(usize),
    /// It stores, but did not when it was asked for what was there.
    Late,
    /// The browser doesn't let the page store anything, or doesn't answer.
    Refused,
    /// There is no room.
    Full,
    /// A newer page was here, and this one can't read what it left.
    Newer,
    /// Something else went wrong.
    Broken,
}

impl From<Trouble> for StoreState {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Refused | Trouble::Silent => Self::Refused,
            Trouble::Full => Self::Full,
            Trouble::Newer => Self::Newer,
            Trouble::Broken => Self::Broken,
        }
    }
}

/// One person's store for one relay. A handle: copies are the same store. What was handed in is written
/// down even if the last handle goes.
#[derive(Clone)]
pub struct Store {
    inner: Rc<Inner>,
}

struct Inner {
    name: String,
    on_report: Box<dyn Fn(StoreReport)>,
    database: RefCell<Option<Rc<Database>>>,
    waiting: RefCell<Vec<(Option<Ticket>, Step)>>,
    /// What was reported as persisted and is not on the disk.
    backlog: RefCell<Vec<Step>>,
    trouble: RefCell<Option<Woe>>,
    is_running: Cell<bool>,
    least_order: Cell<u64>,
    /// What is there could not be read.
    is_late: Cell<bool>,
    /// What is known of peers could not be read yet, and is to be read now.
    is_read_due: Cell<bool>,
    next_read: RefCell<Option<Timer>>,
    told: RefCell<Option<Listener>>,
}

/// A browser that doesn't store.
#[derive(Clone, Copy)]
struct Woe {
    trouble: Trouble,
    next_try: Option<Time>,
}

impl Store {
    /// Opens the store of `user` for `relay`, and brings what is in it. In whatever state the browser
    /// is: then there is nothing, and `on_report` hears why.
    pub async fn open(
        relay: &str,
        user: &UserId,
        on_report: impl Fn(StoreReport) + 'static,
    ) -> (Self, Loaded) {
        let store = Self {
            inner: Rc::new(Inner {
                name: naming::database(relay, user),
                on_report: Box::new(on_report),
                database: RefCell::default(),
                waiting: RefCell::default(),
                backlog: RefCell::default(),
                trouble: RefCell::default(),
                is_running: Cell::default(),
                least_order: Cell::default(),
                is_late: Cell::default(),
                is_read_due: Cell::default(),
                next_read: RefCell::default(),
                told: RefCell::default(),
            }),
        };
        store.inner.told.replace(Some(store.inner.hear_of_decisions()));
        let loaded = match store.inner.load().await {
            Ok(loaded) => loaded,
            Err(trouble) => {
                store.inner.fails(trouble);
                store.inner.is_late.set(true);
                // Where nothing can be stored, nothing was.
                let are_peers_missing = trouble != Trouble::Refused;
                if are_peers_missing {
                    store.inner.read_peers_later();
                }
                Loaded { are_peers_missing, ..Loaded::default() }
            }
        };
        if loaded.unreadable > 0 {
            store.inner.report(StoreReport::State(StoreState::Unreadable(loaded.unreadable)));
        }
        (store, loaded)
    }

    /// Writes a step down, soon; all that is handed in before the next pause goes in one transaction.
    /// With a ticket, [`StoreReport::Persisted`] follows.
    pub fn write(&self, ticket: Option<Ticket>, step: Step) {
        self.inner.waiting.borrow_mut().push((ticket, step));
        self.inner.work();
    }
}

impl Inner {
    async fn load(&self) -> Result<Loaded, Trouble> {
        let database = Rc::new(Database::open(&self.name).await?);
        let loaded = Loaded::parse(&database.read_all().await?);
        self.least_order.set(loaded.next_order());
        *self.database.borrow_mut() = Some(database);
        Ok(loaded)
    }

    /// Another tab has decided something of somebody.
    fn hear_of_decisions(self: &Rc<Self>) -> Listener {
        let inner = Rc::downgrade(self);
        platform::on_told(DECIDED, move |database| {
            if let Some(inner) = inner.upgrade().filter(|inner| inner.name == database) {
                platform::spawn(async move {
                    // If not, what this tab knows was true a moment ago; and what it decides is checked
                    // against the store.
                    if let Ok(texts) = inner.peers_now().await {
                        inner.report_peers(loaded::peers(&texts), false);
                    }
                });
            }
        })
    }

    fn read_peers_later(self: &Rc<Self>) {
        let inner = Rc::downgrade(self);
        let timer = Timer::after(RETRY_AFTER, move || {
            if let Some(inner) = inner.upgrade() {
                inner.is_read_due.set(true);
                inner.work();
            }
        });
        self.next_read.replace(Some(timer));
    }

    /// Reads what could not be read at first. Not before all is written down that was decided since: what is
    /// not told for that reason would pass for what nobody ever decided.
    async fn read_missing_peers(self: &Rc<Self>) {
        if self.backlog.borrow().is_empty()
            && let Ok(texts) = self.peers_now().await
        {
            let records = loaded::peers(&texts);
            let are_complete = records.len() == texts.len();
            if self.report_peers(records, are_complete) || !are_complete {
                return;
            }
        }
        self.read_peers_later();
    }

    async fn peers_now(&self) -> Result<Vec<String>, Trouble> {
        let open = self.database.borrow().clone();
        let database = match open {
            Some(database) => database,
            None => Rc::new(Database::open(&self.name).await?),
        };
        database.read_peers().await
    }

    /// Says what is known of peers, but for those of whom a decision is still to be written down: what
    /// becomes of it is said then. Returns whether it was said that they are complete.
    fn report_peers(&self, mut records: Vec<PeerRecord>, are_complete: bool) -> bool {
        let (waiting, backlog) = (self.waiting.borrow(), self.backlog.borrow());
        let steps = waiting.iter().map(|(_, step)| step).chain(backlog.iter());
        let undecided: Vec<&UserId> = steps.filter_map(Step::decides_on).collect();
        records.retain(|record| !undecided.contains(&&record.peer));
        let are_complete = are_complete && undecided.is_empty();
        drop((waiting, backlog));
        if are_complete || !records.is_empty() {
            self.report(StoreReport::Peers { records, are_complete });
        }
        are_complete
    }

    fn work(self: &Rc<Self>) {
        if !self.is_running.replace(true) {
            let inner = Rc::clone(self);
            platform::spawn(async move { inner.run().await });
        }
    }

    async fn run(self: &Rc<Self>) {
        loop {
            let steps = self.take_waiting();
            let is_read_due = self.is_read_due.take();
            if steps.is_empty() && !is_read_due {
                break;
            }
            let ticket = steps.iter().filter_map(|(ticket, _)| *ticket).max();
            let persisted = || {
                if let Some(ticket) = ticket {
                    self.report(StoreReport::Persisted(ticket));
                }
            };
            let steps = steps.into_iter().map(|(_, step)| step);
            let woe = *self.trouble.borrow();
            self.backlog.borrow_mut().extend(steps);
            if let Some(woe) = woe {
                // Nobody waits for a browser that doesn't store.
                persisted();
                self.try_again(woe).await;
            } else {
                self.write_backlog().await;
                persisted();
            }
            if is_read_due {
                self.read_missing_peers().await;
            }
        }
        self.is_running.set(false);
    }

    fn take_waiting(&self) -> Vec<(Option<Ticket>, Step)> {
        let mut waiting = self.waiting.borrow_mut();
        let count = waiting.len().min(STEPS_MAX);
        waiting.drain(..count).collect()
    }

    async fn try_again(&self, woe: Woe) {
        let waiting = self.backlog.borrow().len();
        if waiting == 0 {
            // There is nothing to try it with.
            return;
        }
        if waiting > BACKLOG_MAX {
            self.backlog.take();
            *self.trouble.borrow_mut() = Some(Woe { next_try: None, ..woe });
        } else if woe.next_try.is_some_and(|at| platform::now() >= at) {
            self.write_backlog().await;
        } else if woe.next_try.is_none() {
            self.backlog.take();
        }
    }

    /// Writes all that is not on the disk yet.
    async fn write_backlog(&self) {
        loop {
            let steps: Vec<Step> = self.backlog.borrow().iter().take(STEPS_MAX).cloned().collect();
            if steps.is_empty() {
                break;
            }
            let count = steps.len();
            let decided = match self.write_down(steps).await {
                Ok(decided) => decided,
                Err(trouble) => return self.fails(trouble),
            };
            self.backlog.borrow_mut().drain(..count);
            if !decided.is_empty() {
                platform::tell_other_tabs(DECIDED, &self.name);
                self.report_peers(decided, false);
            }
        }
        if self.trouble.take().is_some() {
            let state = if self.is_late.get() { StoreState::Late } else { StoreState::Well };
            self.report(StoreReport::State(state));
        }
    }

    async fn write_down(&self, steps: Vec<Step>) -> Result<Vec<PeerRecord>, Trouble> {
        let open = self.database.borrow().clone();
        let database = match open {
            Some(database) => database,
            None => Rc::new(Database::open(&self.name).await?),
        };
        *self.database.borrow_mut() = Some(Rc::clone(&database));
        database.write(Batch::new(steps, self.least_order.get())).await
    }

    fn fails(&self, trouble: Trouble) {
        if trouble != Trouble::Full {
            // The next try begins with opening it: the browser may have closed it.
            self.database.take();
        }
        let next_try = Some(platform::now() + RETRY_AFTER);
        let before = self.trouble.replace(Some(Woe { trouble, next_try }));
        if before.is_none_or(|before| before.trouble != trouble) {
            self.report(StoreReport::State(trouble.into()));
        }
    }

    fn report(&self, report: StoreReport) {
        (self.on_report)(report);
    }
}
