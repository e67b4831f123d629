//! Real sessions and the relay's real hub and mailbox logic under virtual time, with seeded faults:
//! links that break or go silent, a relay that crashes before and after a commit, disks that fail,
//! pages that are reloaded, closed or asleep, clocks that are set. After it has calmed down, every
//! promise is checked.
//!
//! A seed decides everything, so a failure replays alone: `--seed N`.

mod book;
mod check;
mod device;
mod happen;
mod http;
mod person;
mod relay;
mod world;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use duologue_protocol::UserId;

use crate::device::Device;
use crate::world::{Event, Faults, World};

/// How long the bad weather lasts, in virtual milliseconds.
const STORM: u64 = 180_000;

/// How long everything has to come to rest: a few heartbeats, and the longest backoffs of both kinds.
const CALM: u64 = 300_000;

/// Some day in 2027, in milliseconds since 1970.
const START: u64 = 1_800_000_000_000;

/// How many failed seeds are described.
const SHOWN: usize = 5;

/// Runs conversations through seeded faults and checks every promise afterwards.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many seeds to run.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,

    /// The first seed.
    #[arg(long, default_value_t = 1)]
    from: u64,

    /// Run this seed alone.
    #[arg(long, conflicts_with_all = ["seeds", "from"])]
    seed: Option<u64>,

    /// Start no further seed after this many seconds.
    #[arg(long)]
    seconds: Option<u64>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let seeds = match arguments.seed {
        Some(seed) => seed..seed.saturating_add(1),
        None => arguments.from..arguments.from.saturating_add(arguments.seeds),
    };
    let limit = arguments.seconds.map(Duration::from_secs);
    let since = Instant::now();
    let (mut ran, mut failed) = (0_u64, Vec::new());
    let mut counts = BTreeMap::new();
    for seed in seeds {
        if limit.is_some_and(|limit| since.elapsed() >= limit) {
            break;
        }
        ran += 1;
        let world = simulate(seed);
        for (what, count) in &world.counts {
            *counts.entry(*what).or_insert(0) += count;
        }
        let broken = world.broken_promises();
        if !broken.is_empty() {
            if failed.len() < SHOWN {
                println!("seed {seed}: {} promises broken", broken.len());
                broken.iter().take(10).for_each(|what| println!("    {what}"));
            }
            failed.push(seed);
        }
    }
    println!("{ran} seeds in {:.1} s", since.elapsed().as_secs_f32());
    for (what, count) in counts {
        println!("    {count:>10} {what}");
    }
    if failed.is_empty() {
        println!("lost 0, doubled 0, out of order 0, untrue 0");
        return ExitCode::SUCCESS;
    }
    println!("{} seeds broke a promise: {failed:?}", failed.len());
    println!("one of them alone: cargo xtask simulate --seed {}", failed[0]);
    ExitCode::FAILURE
}

/// One storm and the calm after it.
fn simulate(seed: u64) -> World {
    let mut rng = fastrand::Rng::with_seed(seed);
    let faults = Faults::of(&mut rng);
    let count = rng.usize(2..=3);
    let names = ["ann", "ben", "小秋"];
    let people = names[..count].iter().filter_map(|name| UserId::parse(*name).ok()).collect();
    let mut world = World::new(rng, faults, people, START);
    for person in 0..count {
        world.add_browser(person);
        match world.rng.u32(0..4) {
            // A second tab, which shares the first one's store.
            0 => world.add_tab(person),
            // A second browser, which has its own.
            1 => world.add_browser(person),
            _ => {}
        }
    }
    for device in 0..world.devices.len() {
        let delay = world.rng.u64(0..=5_000);
        world.schedule(delay, Event::PageOpens { device });
        world.schedule(delay, Event::Person { device });
    }
    world.run_until(START + STORM);
    world.faults = Faults::NONE;
    world.relay.disk.set_failing(false);
    world.start_relay();
    world.calm_down();
    world.run_until(START + STORM + CALM);
    world
}

impl World {
    fn add_browser(&mut self, person: usize) {
        self.stores.push(book::Book::default());
        self.add_tab(person);
    }

    fn add_tab(&mut self, person: usize) {
        self.devices.push(Device::new(person, self.stores.len() - 1));
    }
}
