//! Which tables there are, in their order, and the document that has them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use clap::ValueEnum;

use crate::measure::Plan;
use crate::server::{Kind, processors};
use crate::{Result, say};

/// What stands before and after the part of the document that is written by this.
const MARKS: [&str; 2] = ["<!-- written by cargo xtask bench -->\n", "<!-- until here -->\n"];

/// A part of what is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Messages a second.
    Throughput,
    /// The same with larger ones.
    Payload,
    /// v1 over WebSocket and HTTP.
    Transports,
    /// How long a message takes.
    Steady,
    /// What connections take.
    Connections,
    /// Somebody comes back.
    Drain,
    /// Many pairs.
    Growth,
    /// More than can be taken.
    Overload,
}

/// Measures all, or one part, and prints each table as soon as it is there.
pub(crate) fn all(plan: &Plan, only: Option<Part>) -> Result<String> {
    let mut text = machine();
    say(&text);
    for part in Part::value_variants() {
        if only.is_some_and(|only| only != *part) {
            continue;
        }
        plan.announce(&format!("{part:?}"));
        for table in tables(plan, *part)? {
            say(&format!("{table}"));
            write!(text, "\n{table}")?;
        }
    }
    Ok(text)
}

fn tables(plan: &Plan, part: Part) -> Result<Vec<crate::table::Table>> {
    Ok(match part {
        Part::Throughput => vec![plan.throughput(
            "Messages a second",
            "64 bytes each, going to and fro: pairs of people × messages in flight in each pair. Medians; *±* is half of how far the \
             rounds are apart; *µs each* is the server's processor time for a message; *ratio* is to Node with ws.",
            &Kind::ALL,
            &[(1, 1, 64), (32, 1, 64), (32, 64, 64)],
        )?],
        Part::Payload => vec![plan.throughput(
            "Larger messages",
            "The same with a kilobyte and with the most that a message may have, 16 KiB.",
            &Kind::ALL,
            &[(32, 16, 1_024), (32, 16, 16_384)],
        )?],
        Part::Transports => vec![plan.transports()?],
        Part::Steady => vec![plan.steady()?],
        Part::Connections => vec![plan.connections()?],
        Part::Drain => vec![plan.drain()?],
        Part::Growth => vec![plan.growth()?],
        Part::Overload => plan.overload()?,
    })
}

/// Writes the part of a document that is between the marks anew.
pub(crate) fn write(document: &Path, text: &str) -> Result<()> {
    let old = fs::read_to_string(document)?;
    let [from, to] = MARKS;
    let (before, rest) =
        old.split_once(from).ok_or("the document has no mark where this begins")?;
    let (_, after) = rest.split_once(to).ok_or("the document has no mark where this ends")?;
    fs::write(document, format!("{before}{from}\n{text}\n{to}{after}"))?;
    say(&format!("written into {}", document.display()));
    Ok(())
}

/// What it was measured on.
fn machine() -> String {
    let read = |file: &str| fs::read_to_string(file).unwrap_or_default();
    let cpuinfo = read("/proc/cpuinfo");
    let model = cpuinfo.lines().find(|line| line.starts_with("model name"));
    let model =
        model.and_then(|line| line.split(": ").nth(1)).unwrap_or("a processor without a name");
    let release = read("/proc/sys/kernel/osrelease");
    let kernel = release.split('-').next().unwrap_or_default().trim();
    let count = processors();
    let pinned = if count < 2 {
        "There is one processor for both."
    } else {
        "The server has the first of them for itself, what plays the clients the second."
    };
    format!("Measured on {count} processors ({model}), Linux {kernel}. {pinned}\n")
}
