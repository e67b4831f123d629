//! Sends the log to standard error. What is logged is for the modules that log it: connections and
//! refusals, never what a message says.

use std::io::{self, IsTerminal as _};

use tracing::level_filters::LevelFilter;

use crate::config::LogFormat;

/// Starts the log of this process.
///
/// There is no level to set: below `INFO`, some of the crates underneath would write the frames.
pub fn start(format: LogFormat) {
    let log = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::INFO)
        .with_writer(io::stderr)
        // Where nobody takes the log any more, a word about that would go the same way, and end whoever says it.
        .log_internal_errors(false)
        .with_ansi(io::stderr().is_terminal());
    match format {
        LogFormat::Text => log.with_target(false).init(),
        LogFormat::Json => log.json().init(),
    }
}
