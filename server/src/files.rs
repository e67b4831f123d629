//! How many files the process may have open: every connection is one. Many systems start a process with a thousand and
//! let it have many times as many if it asks.

use tracing::warn;

/// Files that are no connection: the database and its readers, the log, those who read the metrics, what the runtime
/// needs. They are kept free, or a crowd of connections would keep the disk from being opened.
const SPARE: usize = 128;

/// Asks the system for as many files as so many connections take. For the process's beginning.
#[cfg(unix)]
pub fn raise(connections: usize) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = (connections + SPARE) as u64;
    let wanted = maximum.map_or(wanted, |maximum| maximum.min(wanted));
    if current.is_some_and(|current| current < wanted) {
        // If it is refused, there are as many as there are.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum });
    }
    let fewer = connections_max(connections);
    if fewer < connections {
        warn!(connections = fewer, "the system lets this process have no more (see `ulimit -n`)");
    }
}

/// How many connections the files are enough for, of so many that are wanted.
#[cfg(unix)]
pub(crate) fn connections_max(wanted: usize) -> usize {
    use rustix::process::{Resource, getrlimit};
    let files = getrlimit(Resource::Nofile).current;
    let files = files.map_or(usize::MAX, |files| usize::try_from(files).unwrap_or(usize::MAX));
    // Even where there are hardly any, some of them are for people.
    files.saturating_sub(SPARE).max(files / 2).min(wanted).max(1)
}

/// Nothing to ask for: the system has no such limit.
#[cfg(not(unix))]
pub fn raise(_connections: usize) {}

#[cfg(not(unix))]
pub(crate) fn connections_max(wanted: usize) -> usize {
    wanted
}
