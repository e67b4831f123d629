//! `cargo xtask NAME`: every chore of the workspace, for people and for CI.
//!
//! A chore says in one line what it does, and why, before it does it; what it starts prints to the same terminal.

mod bench;
mod browser;
mod conformance;
mod deny;
mod dev;
mod fuzz;
mod icons;
mod lint;
mod lockfile;
mod product;
mod relay;
mod run;
mod serve;
mod simulate;
mod size;
mod system;
mod test;
mod tidy;
mod tools;
mod workspace;

use std::process::ExitCode;

use run::{Failure, Result, say};
use workspace::Workspace;

const HELP: &str = "\
Duologue's chores: cargo xtask NAME

  serve [RELAY FLAGS]  install what is missing, build page and relay, start the relay
                       (`cargo xtask serve --help` lists the relay's flags)
  dev [TRUNK FLAGS]    the page rebuilt at every change, with a relay beside it
  test                 all tests: native, conformance, in a headless browser, and end to end
  conformance          whether the relay's WebSockets keep to RFC 6455, by the Autobahn suite's cases
  simulate [FLAGS]     sessions and the relay's logic under virtual time, with seeded faults
                       (`--seeds N`; `--seed S` repeats one alone)
  fuzz [TARGET] [--seconds N]
                       input that a fuzzer makes up, for what takes it from strangers
  size                 what a visitor downloads, file by file, and whether that is too much
  icons                the pictures of the installed page, drawn anew from icon.svg
  gallery              pictures of every screen and state, below target/gallery
  bench [FLAGS]        how fast the relay is beside others, as ratios in one run, into docs/benchmarks.md; and the
                       mailboxes (`--table throughput`, `--only classic`, `--rounds N`, `--seconds N`: a part alone)
  bench-page           what the page costs in a browser: its start, messages, scrolling, memory
  lint                 formatting, clippy, documentation, the boundaries of the code, the dependencies
  tidy                 a part of lint alone: the boundaries
  deny                 a part of lint alone: licences, doubles, sources and known holes of the dependencies
  ci                   lint, then test
  help                 this text";

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let name = if arguments.is_empty() { String::from("help") } else { arguments.remove(0) };
    // `cargo xtask serve -- --listen …` and `cargo xtask serve --listen …` are the same to a person.
    if arguments.first().is_some_and(|first| first == "--") {
        arguments.remove(0);
    }
    match chore(&name, &arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn chore(name: &str, arguments: &[String]) -> Result {
    match name {
        "help" | "--help" | "-h" => {
            say(HELP);
            Ok(())
        }
        "serve" => serve::serve(&Workspace::find()?, arguments),
        "dev" => dev::dev(&Workspace::find()?, arguments),
        "simulate" => simulate::simulate(&Workspace::find()?, arguments),
        "fuzz" => fuzz::fuzz(&Workspace::find()?, arguments),
        "test" | "conformance" | "size" | "icons" | "gallery" | "bench-page" | "lint" | "tidy"
        | "deny" | "ci"
            if !arguments.is_empty() =>
        {
            Err(Failure::new(format!(
                "`cargo xtask {name}` takes no flags, and got: {}",
                arguments.join(" ")
            )))
        }
        "test" => test::test(&Workspace::find()?),
        "conformance" => conformance::conformance(&Workspace::find()?),
        "size" => size::size(&Workspace::find()?),
        "icons" => icons::icons(&Workspace::find()?),
        "gallery" => test::gallery(&Workspace::find()?),
        "bench" => bench::bench(&Workspace::find()?, arguments),
        "bench-page" => bench::bench_page(&Workspace::find()?),
        "lint" => lint::lint(&Workspace::find()?),
        "deny" => deny::deny(&Workspace::find()?),
        "tidy" => tidy::tidy(&Workspace::find()?),
        "ci" => {
            let workspace = Workspace::find()?;
            lint::lint(&workspace)?;
            test::test(&workspace)
        }
        unknown => {
            eprintln!("{HELP}\n");
            Err(Failure::new(format!("there is no chore `{unknown}`")))
        }
    }
}
