//! What is measured, one function for each table. Servers run one at a time; in each round each has its turn.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::pairs::{Flow, Pairs};
use crate::polling::{self, Wait};
use crate::server::{Kind, Process, Programs};
use crate::speech::Speech;
use crate::table::{Rounds, Table, count, time};
use crate::{Result, say};

/// How long a server works before it is counted what it does: just-in-time compilers need it.
const WARM_UP: Duration = Duration::from_secs(1);

/// What the first tables are about, in bytes: a short sentence.
const SHORT: usize = 64;

/// The rate at which delivery is timed: a quarter of what the slowest takes, in messages a second.
const STEADY_RATE: u32 = 20_000;

/// How many connections are opened to see what one takes.
const IDLE: u32 = 1_000;

/// How many messages wait for somebody who comes back.
const WAITING: u32 = 100_000;

/// How many pairs there are as people become more.
const GROWTH: [usize; 6] = [1, 8, 64, 512, 4_000, 8_000];

/// What a relay is told to take so that the most of these find room, two connections to a pair.
const CONNECTIONS: [&str; 2] = ["--connections", "20000"];

/// Files that are no connection. A relay keeps so many free; the others and the generator have a few dozen.
const SPARE_FILES: usize = 128;

/// How the measuring is done.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) programs: Programs,
    pub(crate) kinds: Vec<Kind>,
    pub(crate) rounds: usize,
    pub(crate) time: Duration,
    /// How many files each process may have: a connection is one at either end.
    pub(crate) files: usize,
}

const IN_MEMORY: Kind = Kind::Relay { durable: false, speech: Speech::Classic };
const IN_MEMORY_V1: Kind = Kind::Relay { durable: false, speech: Speech::V1 };
const ON_DISK: Kind = Kind::Relay { durable: true, speech: Speech::Classic };
const ON_DISK_V1: Kind = Kind::Relay { durable: true, speech: Speech::V1 };

impl Plan {
    fn flow(&self, kind: Kind, mode: (usize, usize, usize)) -> Result<Flow> {
        self.flow_over(&self.programs.start(kind)?, mode)
    }

    fn flow_over(
        &self,
        server: &Process,
        (pairs, window, payload): (usize, usize, usize),
    ) -> Result<Flow> {
        let mut pairs = Pairs::open(server.address, server.speech, pairs, payload)?;
        pairs.flow(window, WARM_UP, self.time, server)
    }

    fn kinds_here(&self, wanted: &[Kind]) -> Vec<Kind> {
        wanted.iter().copied().filter(|kind| self.kinds.contains(kind)).collect()
    }

    /// Messages that go to and fro, in each of `modes`: pairs, messages in flight in each, and bytes.
    pub(crate) fn throughput(
        &self,
        title: &str,
        words: &str,
        kinds: &[Kind],
        modes: &[(usize, usize, usize)],
    ) -> Result<Table> {
        let mut figures: HashMap<(usize, usize), (Rounds, Rounds)> = HashMap::new();
        let kinds = self.kinds_here(kinds);
        for _ in 0..self.rounds {
            for (at, kind) in kinds.iter().enumerate() {
                for (of, mode) in modes.iter().enumerate() {
                    let flow = self
                        .flow(*kind, *mode)
                        .map_err(|error| format!("{}: {error}", kind.name()))?;
                    let (rates, processor) = figures.entry((at, of)).or_default();
                    rates.add(flow.rate);
                    processor.add(flow.processor);
                }
            }
        }
        let base = kinds.iter().position(|kind| *kind == Kind::Ws);
        let mut head = vec![String::new()];
        for (pairs, window, payload) in modes {
            let bytes = if *payload == SHORT { String::new() } else { format!(", {payload} B") };
            head.push(format!("{pairs} × {window}{bytes}"));
            head.extend(["±", "µs each", "ratio"].map(String::from));
        }
        let head: Vec<_> = head.iter().map(String::as_str).collect();
        let mut table = Table::new(title, words, &head);
        for (at, kind) in kinds.iter().enumerate() {
            let mut row = vec![kind.name().to_owned()];
            for of in 0..modes.len() {
                let Some((rates, processor)) = figures.get(&(at, of)) else { continue };
                let rate = rates.median().unwrap_or_default();
                let node = base.and_then(|base| figures.get(&(base, of))?.0.median());
                row.push(count(rate));
                row.push(format!("{:.0} %", rates.spread().unwrap_or_default() * 50.0));
                row.push(format!("{:.1}", processor.median().unwrap_or_default()));
                row.push(node.map_or("–".into(), |node| format!("{:.2}", rate / node)));
            }
            table.row(row);
        }
        Ok(table)
    }

    /// v1 over each transport.
    pub(crate) fn transports(&self) -> Result<Table> {
        let mut table = Table::new(
            "The transports of v1",
            "The relay, in memory, 64 bytes. Over HTTP each message is a part of two requests at least.",
            &["", "1 × 1", "µs each", "32 × 8", "µs each"],
        );
        for (name, wait) in [
            ("WebSocket", None),
            ("long polling", Some(Wait::Long)),
            ("short polling, at once again", Some(Wait::Short)),
        ] {
            let mut row = vec![name.to_owned()];
            for (pairs, window) in [(1, 1), (32, 8)] {
                let (mut rates, mut processor) = (Rounds::default(), Rounds::default());
                for _ in 0..self.rounds {
                    let flow = match wait {
                        None => self.flow(IN_MEMORY_V1, (pairs, window, SHORT))?,
                        Some(wait) => {
                            let server = self.programs.start(IN_MEMORY_V1)?;
                            polling::flow(
                                &server,
                                wait,
                                (pairs, window, SHORT),
                                WARM_UP,
                                self.time,
                            )?
                        }
                    };
                    rates.add(flow.rate);
                    processor.add(flow.processor);
                }
                row.push(count(rates.median().unwrap_or_default()));
                row.push(format!("{:.1}", processor.median().unwrap_or_default()));
            }
            table.row(row);
        }
        Ok(table)
    }

    /// How long a message takes at a rate that all can take.
    pub(crate) fn steady(&self) -> Result<Table> {
        let words = format!(
            "{} messages a second of 64 bytes over 32 pairs, sent at times that are fixed beforehand: what comes late is \
             late, and nothing is sent later for it.",
            count(f64::from(STEADY_RATE))
        );
        let mut table = Table::new(
            "How long a message takes",
            &words,
            &["", "median", "ratio", "p99", "ratio", "p99.9"],
        );
        let mut floor = None;
        for kind in &self.kinds {
            let mut rounds = Vec::new();
            for _ in 0..self.rounds {
                let server = self.programs.start(*kind)?;
                let mut pairs = Pairs::open(server.address, server.speech, 32, SHORT)?;
                pairs.steady(STEADY_RATE, WARM_UP)?;
                rounds.push(pairs.steady(STEADY_RATE, self.time)?);
            }
            let of = |quantile| {
                let mut figures: Vec<_> =
                    rounds.iter().map(|round| round.value_at_quantile(quantile)).collect();
                figures.sort_unstable();
                figures.get(figures.len() / 2).copied().unwrap_or_default()
            };
            let (median, p99) = (of(0.5), of(0.99));
            let (least, least_p99) = *floor.get_or_insert((median, p99));
            #[expect(clippy::cast_precision_loss, reason = "a ratio for people to read")]
            let ratio = |figure: u64, of: u64| format!("{:.2}", figure as f64 / of.max(1) as f64);
            table.row([
                kind.name().to_owned(),
                time(median),
                ratio(median, least),
                time(p99),
                ratio(p99, least_p99),
                time(of(0.999)),
            ]);
        }
        Ok(table)
    }

    /// What a silent connection takes, and how fast they come.
    pub(crate) fn connections(&self) -> Result<Table> {
        let words = format!(
            "{} connections that are opened one after the other and then say nothing: memory that is really there, and how \
             many were opened in a second.",
            count(IDLE.into())
        );
        let mut table = Table::new("Connections", &words, &["", "KB each", "opened in a second"]);
        for kind in &self.kinds {
            let (mut memory, mut opened) = (Rounds::default(), Rounds::default());
            for _ in 0..self.rounds {
                let server = self.programs.start(*kind)?;
                let (before, since) = (server.resident()?, Instant::now());
                let pairs = Pairs::open(server.address, server.speech, IDLE as usize / 2, SHORT)?;
                opened.add(f64::from(IDLE) / since.elapsed().as_secs_f64());
                #[expect(clippy::cast_precision_loss, reason = "some megabytes")]
                memory.add(
                    server.resident()?.saturating_sub(before) as f64 / 1024.0 / f64::from(IDLE),
                );
                drop(pairs);
            }
            table.row([
                kind.name().to_owned(),
                format!("{:.1}", memory.median().unwrap_or_default()),
                count(opened.median().unwrap_or_default()),
            ]);
        }
        Ok(table)
    }

    /// Somebody comes back to many messages.
    pub(crate) fn drain(&self) -> Result<Table> {
        let words = format!(
            "{} messages of 64 bytes that wait for somebody who opens: until the last one is there.",
            count(WAITING.into())
        );
        let mut table = Table::new("A full mailbox", &words, &["", "time", "messages a second"]);
        for kind in self.kinds_here(&[IN_MEMORY_V1, ON_DISK_V1]) {
            let server = self.programs.start(kind)?;
            let took = Pairs::drained(server.address, WAITING, SHORT)?;
            table.row([
                kind.name().to_owned(),
                format!("{took:.2?}"),
                count(f64::from(WAITING) / took.as_secs_f64()),
            ]);
        }
        Ok(table)
    }

    /// What a message costs as people become more.
    pub(crate) fn growth(&self) -> Result<Table> {
        let (sizes, too_large): (Vec<_>, Vec<_>) =
            GROWTH.into_iter().partition(|pairs| 2 * pairs + SPARE_FILES <= self.files);
        let head: Vec<_> = std::iter::once(String::new())
            .chain(sizes.iter().map(|pairs| format!("{pairs} pairs")))
            .collect();
        let head: Vec<_> = head.iter().map(String::as_str).collect();
        let mut words = format!(
            "Microseconds of the server's processor for a message, one in flight in each pair. The relay is started with \
             `{}`.",
            CONNECTIONS.join(" ")
        );
        if let Some(pairs) = too_large.first() {
            let files = self.files;
            write!(
                words,
                " {pairs} pairs are too many here: a process may have {files} files (`ulimit -Hn`)."
            )?;
        }
        let mut table = Table::new("Many pairs", &words, &head);
        for kind in self.kinds_here(&[Kind::Floor, IN_MEMORY, Kind::Ws]) {
            let mut row = vec![kind.name().to_owned()];
            for pairs in &sizes {
                let server = self.programs.start_with(kind, &CONNECTIONS)?;
                let flow = self.flow_over(&server, (*pairs, 1, SHORT));
                let flow =
                    flow.map_err(|error| format!("{}, {pairs} pairs: {error}", kind.name()))?;
                row.push(format!("{:.1}", flow.processor));
            }
            table.row(row);
        }
        Ok(table)
    }

    /// Twice as much as the relay takes, and one who floods beside one who doesn't.
    pub(crate) fn overload(&self) -> Result<Vec<Table>> {
        let mut limit = Table::new(
            "Past the limit",
            "32 pairs are sent twice as many messages a second as came through before, for as long as that was measured. \
             Memory is the relay's at its highest; *until all are there*, how long the rest took once no more were sent; \
             *after*, the median of a message's way at 1,000 a second, beside the same before.",
            &[
                "",
                "sent a second",
                "memory before",
                "at most",
                "until all are there",
                "median before",
                "after",
            ],
        );
        let mut fair = Table::new(
            "Beside one who floods",
            "A message's way in a pair that says one each 10 ms, alone and while another pair has 256 in flight.",
            &["", "median alone", "beside", "ratio", "p99 alone", "beside"],
        );
        for kind in self.kinds_here(&[IN_MEMORY, ON_DISK_V1, Kind::Ws]) {
            let rate = self.flow(kind, (32, 64, SHORT))?.rate;
            limit.row(crate::overload::past_the_limit(self, kind, rate)?);
        }
        for kind in
            self.kinds_here(&[Kind::Floor, IN_MEMORY, IN_MEMORY_V1, ON_DISK, ON_DISK_V1, Kind::Ws])
        {
            fair.row(crate::overload::beside_a_flood(self, kind)?);
        }
        Ok(vec![limit, fair])
    }

    /// Says what is being measured, since it takes minutes.
    pub(crate) fn announce(&self, what: &str) {
        say(&format!(
            "==> {what}: {} servers, {} rounds of {:?}",
            self.kinds.len(),
            self.rounds,
            self.time
        ));
    }
}
