//! How many files the process may have open: every connection is one. Many systems start a process with a thousand and
//! let it have many times as many if it asks.

use tracing::warn;

use crate::accept::CONNECTIONS_MAX;

/// Files that are no connection: the database and its readers, the log, those who read the metrics, what the runtime
/// needs. They are kept free, or a crowd of connections would keep the disk from being opened.
const SPARE: usize = 128;

/// Asks the system for as many files as the relay's connections take. For the process's beginning.
#[cfg(unix)]
pub fn raise() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = (CONNECTIONS_MAX + SPARE) as u64;
    let wanted = maximum.map_or(wanted, |maximum| maximum.min(wanted));
    if current.is_some_and(|current| current < wanted) {
        // If it is refused, there are as many as there are.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum });
    }
    let connections = connections_max();
    if connections < CONNECTIONS_MAX {
        warn!(connections, "the system lets this process have no more (see `ulimit -n`)");
    }
}

/// How many connections the files are enough for, and no more than [`CONNECTIONS_MAX`].
#[cfg(unix)]
pub(crate) fn connections_max() -> usize {
    use rustix::process::{Resource, getrlimit};
    let files = getrlimit(Resource::Nofile).current;
    let files = files.map_or(usize::MAX, |files| usize::try_from(files).unwrap_or(usize::MAX));
    // Even where there are hardly any, some of them are for people.
    files.saturating_sub(SPARE).max(files / 2).clamp(1, CONNECTIONS_MAX)
}

/// Nothing to ask for: the system has no such limit.
#[cfg(not(unix))]
pub fn raise() {}

#[cfg(not(unix))]
pub(crate) fn connections_max() -> usize {
    CONNECTIONS_MAX
}
