//! `cargo xtask serve`: from a fresh clone to two links that chat.

use std::env;
use std::net::{TcpListener, ToSocketAddrs as _};
use std::path::Path;
use std::process::Command;

use crate::run::{Failure, Result, Tried as _, run, say, step};
use crate::workspace::Workspace;
use crate::{product, tools};

/// The relay's own default.
const ADDRESS: &str = "127.0.0.1:9000";

const ELSEWHERE: &str =
    "Stop what is there, or choose another address: cargo xtask serve --listen 127.0.0.1:9001";

/// Builds everything and becomes the relay.
pub(crate) fn serve(workspace: &Workspace, flags: &[String]) -> Result {
    if flags.iter().any(|flag| flag == "--help" || flag == "-h") {
        say(
            "cargo xtask serve [RELAY FLAGS]: builds page and relay, and starts the relay with these flags.\n",
        );
        let mut relay = workspace.cargo(["run", "--quiet", "--package", "duologue-server"]);
        return run(relay.args(["--", "--help"]));
    }
    let address = address(flags, env::var("DUOLOGUE_LISTEN").ok());
    // Now rather than after some minutes of building.
    can_listen(&address, ELSEWHERE)?;
    tools::for_the_page(workspace)?;
    product::build(workspace)?;
    step("The relay starts; Ctrl+C stops it.");
    for line in invitation(&address) {
        say(&line);
    }
    become_the_relay(&workspace.relay(), flags)
}

/// Where the relay will listen: its flag, its variable, its default, in the relay's own order.
fn address(flags: &[String], variable: Option<String>) -> String {
    let mut flags = flags.iter();
    let mut named = None;
    while let Some(flag) = flags.next() {
        if flag == "--listen" {
            named = flags.next().cloned();
        } else if let Some(value) = flag.strip_prefix("--listen=") {
            named = Some(value.to_owned());
        }
    }
    named.or(variable).unwrap_or_else(|| ADDRESS.to_owned())
}

/// Fails in one line if something else has the port, or if this user can't have it.
pub(crate) fn can_listen(address: &str, advice: &str) -> Result {
    // What is no address at all is the relay's to explain.
    let Ok(mut addresses) = address.to_socket_addrs() else { return Ok(()) };
    let Some(first) = addresses.next() else { return Ok(()) };
    match TcpListener::bind(first) {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::new(format!("can't listen on {address}: {error}. {advice}"))),
    }
}

/// What to click. One person can be both people.
fn invitation(address: &str) -> Vec<String> {
    let (host, port) = address.rsplit_once(':').unwrap_or((address, "80"));
    if port == "0" {
        return vec!["    The relay says below which port it took.".to_owned()];
    }
    // "All of this machine's addresses" is something to listen on, not something to click.
    let host = match host {
        "0.0.0.0" | "" => "127.0.0.1",
        "[::]" => "[::1]",
        other => other,
    };
    let url = format!("http://{host}:{port}/");
    vec![
        format!("    Duologue is on {url}"),
        "    To try it, open both of these, in one browser or in two, and let Ann and Ben chat:"
            .into(),
        format!("      {url}#/as/ann/with/ben"),
        format!("      {url}#/as/ben/with/ann"),
    ]
}

/// The relay takes this process's place, so that Ctrl+C and a service manager's signals reach it directly.
#[cfg(unix)]
fn become_the_relay(relay: &Path, flags: &[String]) -> Result {
    use std::os::unix::process::CommandExt as _;
    // From the folder where the person is, not from the root: `--web DIR` is theirs.
    let error = Command::new(relay).args(flags).exec();
    Err(error).tried(|| format!("start {}", relay.display()))
}

#[cfg(not(unix))]
fn become_the_relay(relay: &Path, flags: &[String]) -> Result {
    run(Command::new(relay).args(flags))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn the_flag_goes_before_the_variable_and_the_variable_before_the_default() {
        let variable = || Some("127.0.0.1:2".to_owned());
        assert_eq!(address(&flags("--log json --listen 127.0.0.1:1"), variable()), "127.0.0.1:1");
        assert_eq!(address(&flags("--listen=127.0.0.1:1 --log json"), variable()), "127.0.0.1:1");
        assert_eq!(address(&flags("--log json"), variable()), "127.0.0.1:2");
        assert_eq!(address(&[], None), ADDRESS);
    }

    #[test]
    fn a_busy_port_is_a_line_that_names_it() {
        let busy = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = busy.local_addr().unwrap().to_string();
        let line = can_listen(&address, "Move.").unwrap_err().to_string();
        assert!(line.starts_with(&format!("can't listen on {address}: ")), "{line}");
        drop(busy);
        assert_eq!(can_listen(&address, ""), Ok(()));
    }

    #[test]
    fn the_links_can_be_clicked() {
        assert!(invitation("0.0.0.0:80")[2].contains("http://127.0.0.1:80/#/as/ann/with/ben"));
        assert!(invitation("[::]:80")[3].contains("http://[::1]:80/#/as/ben/with/ann"));
        assert!(!invitation("127.0.0.1:0").concat().contains("http"));
    }
}
