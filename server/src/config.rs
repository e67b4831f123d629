//! What can be set: flags, each of them also in the environment. Values are parsed here, once; what
//! they do is for the modules that take them.

use std::path::PathBuf;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{Parser, ValueEnum};
use duologue_protocol::limits;

use crate::edge::proxy::Network;
use crate::edge::{ADDRESS_CONNECTIONS, ADDRESS_NAMES, ADDRESS_OPENS};
use crate::host;
use crate::origin::AllowedOrigin;
use crate::pace::MESSAGE_RATE;
use crate::transport::ending::GOODBYE_TIMEOUT;

const EXAMPLES: &str = "\
Examples:
  duologue-server
      for this machine: open http://127.0.0.1:9000
  duologue-server --listen 0.0.0.0:9000
      for everybody who can reach this machine
  duologue-server --ephemeral
      forgets everything when it ends
  duologue-server --allow-origin https://chat.example
      for a page that another host serves

The classic dialect is on ws://ADDR/, v1 on ws://ADDR/v1/ws.
Ctrl+C or SIGTERM stops the relay; clients are told to come back later.";

/// Duologue's relay: carries the messages of one-to-one chats, and serves the page.
#[derive(Clone, Debug, Parser)]
#[command(name = "duologue-server", version, after_help = EXAMPLES)]
pub struct Config {
    /// Where to listen: host and port. Port 0 takes a free one.
    #[arg(long, value_name = "ADDR", env = "DUOLOGUE_LISTEN", default_value = "127.0.0.1:9000")]
    pub listen: String,

    /// Tell whoever asks here how the relay is doing: host and port, of the machine itself or a private network.
    /// `/metrics` is for Prometheus, `/healthz` and `/readyz` are for whatever watches the process.
    #[arg(long, value_name = "ADDR", env = "DUOLOGUE_METRICS")]
    pub metrics: Option<String>,

    /// Serve the page from this folder instead of the one in the binary.
    #[arg(long, value_name = "DIR", env = "DUOLOGUE_WEB")]
    pub web: Option<PathBuf>,

    /// Let pages of this origin connect, such as `https://chat.example`. May be repeated; in the
    /// environment, separate with commas. `null` is the origin of a page opened as a file.
    #[arg(
        long,
        value_name = "ORIGIN",
        env = "DUOLOGUE_ALLOW_ORIGIN",
        value_delimiter = ',',
        value_parser = AllowedOrigin::parse
    )]
    pub allow_origin: Vec<AllowedOrigin>,

    /// A host by which people reach the relay, such as `chat.example`. May be repeated; in the
    /// environment, separate with commas. A relay behind a proxy on its own machine needs it, and any other
    /// one answers to no other name then.
    #[arg(
        long,
        value_name = "NAME",
        env = "DUOLOGUE_HOST",
        value_delimiter = ',',
        value_parser = host::parse
    )]
    pub host: Vec<String>,

    /// A proxy in front of the relay: an address, or a network such as `10.0.0.0/8`. May be repeated; in the
    /// environment, separate with commas. It is believed when it says in `X-Forwarded-For` for whom it comes, and
    /// nobody else is.
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "DUOLOGUE_TRUSTED_PROXY",
        value_delimiter = ',',
        value_parser = Network::parse
    )]
    pub trusted_proxy: Vec<Network>,

    /// How many connections there may be at a time, from 1 to 1000000; more wait until one ends. Each is an open file, so
    /// there are fewer where the system lets the relay have fewer files.
    #[arg(
        long,
        value_name = "NUMBER",
        env = "DUOLOGUE_CONNECTIONS",
        default_value_t = CONNECTIONS,
        value_parser = connections
    )]
    pub connections: usize,

    /// How many connections one address may have at a time; 0 for as many as it likes. An IPv6 address is counted
    /// with its whole /64, one of the relay's own machine not at all.
    #[arg(
        long,
        value_name = "NUMBER",
        env = "DUOLOGUE_ADDRESS_CONNECTIONS",
        default_value_t = ADDRESS_CONNECTIONS
    )]
    pub address_connections: usize,

    /// How many connections one address may open in a minute; 0 for as many as it likes.
    #[arg(
        long,
        value_name = "NUMBER",
        env = "DUOLOGUE_ADDRESS_OPENS",
        default_value_t = ADDRESS_OPENS
    )]
    pub address_opens: u32,

    /// How many new names one address may take in an hour; 0 for as many as it likes.
    #[arg(
        long,
        value_name = "NUMBER",
        env = "DUOLOGUE_ADDRESS_NAMES",
        default_value_t = ADDRESS_NAMES
    )]
    pub address_names: u32,

    /// How many messages one name may send in a second, over all of its connections and once it has sent some
    /// thousands at once; 0 for as many as it likes.
    #[arg(
        long,
        value_name = "NUMBER",
        env = "DUOLOGUE_MESSAGE_RATE",
        default_value_t = MESSAGE_RATE
    )]
    pub message_rate: u32,

    /// Take clients without keys, classic pages above all, in names that belong to no key. Without this
    /// flag only those of the relay's own machine get in, where it listens on loopback. Anybody can use such a
    /// name.
    #[arg(long, env = "DUOLOGUE_ALLOW_KEYLESS")]
    pub allow_keyless: bool,

    /// Keep messages in this folder, which is made if it is missing. Otherwise it is `duologue` in the
    /// system's place for data of programs.
    #[arg(long, value_name = "DIR", env = "DUOLOGUE_DATA")]
    pub data: Option<PathBuf>,

    /// Keep messages in memory only: they are gone when the relay ends, and the oldest that were delivered go before
    /// where there are too many.
    #[arg(long, env = "DUOLOGUE_EPHEMERAL", conflicts_with = "data")]
    pub ephemeral: bool,

    /// How long messages are kept: a number and a unit, such as `12h` or `30d`.
    #[arg(
        long,
        value_name = "TIME",
        env = "DUOLOGUE_RETENTION",
        default_value = "30d",
        value_parser = retention
    )]
    pub retention: Duration,

    /// How to write the log, which goes to stderr.
    #[arg(long, value_name = "FORMAT", env = "DUOLOGUE_LOG", default_value = "text")]
    pub log: LogFormat,

    /// How long the relay waits for what. Not a flag: clients are built to these numbers, and only
    /// tests need others.
    #[arg(skip)]
    pub timings: Timings,
}

/// The log's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// A JSON object a line, for programs.
    Json,
}

/// How long the relay waits for what.
#[derive(Clone, Copy, Debug)]
pub struct Timings {
    /// For an HTTP request's header, and then for `open`.
    pub open: Duration,
    /// For a client to take some of what waits for it.
    pub write: Duration,
    /// For a peer to take what is still on its way, and the close.
    pub goodbye: Duration,
    /// Without a sound from the client, before the relay sends a ping.
    pub heartbeat_interval: Duration,
    /// Without a sound from the client, before the relay takes the link for dead.
    pub heartbeat_timeout: Duration,
    /// Without a request of an HTTP connection, before the relay takes its client for gone.
    pub poll_expiry: Duration,
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            open: limits::OPEN_TIMEOUT,
            write: WRITE_TIMEOUT,
            goodbye: GOODBYE_TIMEOUT,
            heartbeat_interval: limits::HEARTBEAT_INTERVAL,
            heartbeat_timeout: limits::HEARTBEAT_TIMEOUT,
            poll_expiry: limits::POLL_EXPIRY,
        }
    }
}

/// How many connections there may be at once where nobody says otherwise (`--connections`); more wait in the system's
/// queue. Each costs an open file, and many systems let a process have no more than a few ten thousand.
pub const CONNECTIONS: usize = 10_000;

/// How many may be asked for: Linux, as it comes, lets no process have more than 1,048,576 files.
const CONNECTIONS_MAX: usize = 1_000_000;

/// How long a client may take next to nothing of an answer: a telephone in a tunnel comes back sooner.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// Below this, a message could be gone before a link that broke is back.
const RETENTION_MIN: Duration = Duration::from_mins(1);

/// Parses a time for `--retention`.
fn retention(text: &str) -> Result<Duration, String> {
    let time =
        humantime::parse_duration(text).map_err(|error| format!("{error}; such as 12h or 30d"))?;
    if time < RETENTION_MIN { Err("at least a minute".into()) } else { Ok(time) }
}

/// Parses a number for `--connections`.
fn connections(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=CONNECTIONS_MAX).contains(number));
    number.ok_or_else(|| format!("a number from 1 to {CONNECTIONS_MAX}"))
}

/// Why there is nothing to run.
#[derive(Debug)]
pub enum Exit {
    /// `--help` or `--version` was asked for and has been printed.
    Answered,
    /// The command line makes no sense; the line says why.
    Refused(String),
}

/// Reads the process's arguments and environment.
///
/// # Errors
/// [`Exit`].
pub fn from_command_line() -> Result<Config, Exit> {
    Config::try_parse().map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // Nobody is left to tell when standard output is closed.
            let _ = error.print();
            Exit::Answered
        }
        _ => Exit::Refused(one_line(&error)),
    })
}

/// clap's first paragraph, which says what is wrong, in one line; the others repeat the usage.
fn one_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let first = text.lines().take_while(|line| !line.trim().is_empty());
    let words: Vec<_> = first.flat_map(str::split_whitespace).collect();
    format!("{} (--help shows what there is)", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        use clap::CommandFactory as _;
        Config::command().debug_assert();
    }

    #[test]
    fn the_page_about_running_it_has_every_flag_with_its_default() {
        use clap::CommandFactory as _;
        let document = include_str!("../../docs/deploy.md");
        for argument in Config::command().get_arguments() {
            let Some(flag) = argument.get_long().filter(|flag| *flag != "help") else { continue };
            let row = document.lines().find(|line| line.starts_with(&format!("| `--{flag}")));
            let row = row.unwrap_or_else(|| panic!("--{flag} is missing"));
            for default in argument.get_default_values() {
                let default = default.to_str().unwrap();
                assert!(default == "false" || row.contains(default), "{default}: {row}");
            }
        }
    }

    #[test]
    fn a_refusal_is_one_line_that_names_the_flag() {
        for (arguments, named) in [
            (vec!["--bogus"], "--bogus"),
            (vec!["--log", "xml"], "json"),
            (vec!["--data", "mail", "--ephemeral"], "--ephemeral"),
            (vec!["--retention", "soon"], "30d"),
            (vec!["--retention", "1s"], "at least a minute"),
            (vec!["--allow-origin", "https://a.example/chat"], "without a path"),
            (vec!["--host", "chat.example:443"], "without a port"),
            (vec!["--trusted-proxy", "proxy.example"], "10.0.0.0/8"),
            (vec!["--address-opens", "many"], "--address-opens"),
            (vec!["--connections", "0"], "--connections <NUMBER>': a number from 1 to 1000000"),
            (vec!["--connections", "1000001"], "from 1 to 1000000"),
            (vec!["--connections", "many"], "from 1 to 1000000"),
        ] {
            let error = Config::try_parse_from(["duologue-server"].iter().chain(&arguments));
            let line = one_line(&error.unwrap_err());
            assert!(line.contains(named), "{line}");
            assert_eq!(line.lines().count(), 1, "{line}");
        }
    }

    #[test]
    fn there_may_be_one_connection_or_a_million() {
        let connections = |arguments: &[&str]| {
            let all = ["duologue-server"].iter().chain(arguments);
            Config::try_parse_from(all).unwrap().connections
        };
        assert_eq!(connections(&[]), 10_000);
        assert_eq!(connections(&["--connections", "1"]), 1);
        assert_eq!(connections(&["--connections", "1000000"]), 1_000_000);
    }

    #[test]
    fn origins_may_be_repeated_or_separated_by_commas() {
        let config = Config::try_parse_from([
            "duologue-server",
            "--allow-origin",
            "https://a.example,null",
            "--allow-origin",
            "http://b.example:8080",
        ])
        .unwrap();
        assert_eq!(config.allow_origin.len(), 3);
    }
}
