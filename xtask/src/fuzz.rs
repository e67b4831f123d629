//! `cargo xtask fuzz`: input that a fuzzer makes up, for each property of `fuzz/properties`.

use std::fs;
use std::path::Path;

use crate::run::{Failure, Result, Tried as _, run, step};
use crate::tools;
use crate::workspace::Workspace;

/// How long each target runs if nothing else is said.
const SECONDS: u64 = 900;

/// An input that takes longer than this is a finding, in seconds: the slowest ones take a few hundredths.
const SLOWEST: &str = "-timeout=10";

/// What is to be run.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    targets: Vec<String>,
    seconds: u64,
}

/// Installs what is missing, then runs one target or each of them, up to the first that finds something.
pub(crate) fn fuzz(workspace: &Workspace, arguments: &[String]) -> Result {
    let plan = plan(arguments, &targets(&workspace.root().join("fuzz/targets/fuzz_targets"))?)?;
    tools::for_the_fuzzer(workspace)?;
    for target in &plan.targets {
        step(&format!(
            "cargo fuzz run {target}, for {} s: what it finds goes to fuzz/targets/artifacts; it belongs into \
             fuzz/corpus/{target}, where `cargo test` runs it, once it is mended",
            plan.seconds
        ));
        run_target(workspace, target, plan.seconds)?;
    }
    Ok(())
}

fn run_target(workspace: &Workspace, target: &str, seconds: u64) -> Result {
    let ours = workspace.target().join("fuzz");
    // What is new goes to the first folder; the one that is in git is only read.
    let (new, known) = (ours.join("corpus").join(target), format!("fuzz/corpus/{target}"));
    fs::create_dir_all(&new).tried(|| format!("create {}", new.display()))?;
    let mut fuzz = workspace.command(workspace.tool("cargo-fuzz"));
    fuzz.args(["run", "--fuzz-dir", "fuzz/targets", "--target-dir"]).arg(ours.join("build"));
    // What it looks at has no `unsafe`, so there is little that a sanitizer could see; and without one the pinned
    // toolchain does, where a nightly one would be needed.
    fuzz.args(["--sanitizer", "none", target]).arg(&new).arg(&known);
    run(fuzz.args(["--", SLOWEST, &format!("-max_total_time={seconds}")]))
}

/// The targets' names.
fn targets(folder: &Path) -> Result<Vec<String>> {
    let tried = || format!("read {}", folder.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).tried(tried)? {
        let path = entry.tried(tried)?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
        }
    }
    names.sort_unstable();
    Ok(names)
}

fn plan(arguments: &[String], known: &[String]) -> Result<Plan> {
    let mut plan = Plan { targets: Vec::new(), seconds: SECONDS };
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        if argument == "--seconds" {
            let seconds = arguments.next().and_then(|seconds| seconds.parse().ok());
            plan.seconds = seconds.ok_or_else(|| Failure::new("--seconds takes a whole number"))?;
        } else if known.contains(argument) {
            plan.targets.push(argument.clone());
        } else {
            let known = known.join(", ");
            return Err(Failure::new(format!("`{argument}` is none of the targets: {known}")));
        }
    }
    if plan.targets.is_empty() {
        plan.targets = known.to_vec();
    }
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(arguments: &[&str]) -> Result<Plan> {
        let owned =
            |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        plan(&owned(arguments), &owned(&["codec", "names"]))
    }

    #[test]
    fn without_a_target_each_has_its_turn() {
        let all = planned(&["--seconds", "5"]).unwrap();
        assert_eq!((all.targets.len(), all.seconds), (2, 5));
        let one = planned(&["names"]).unwrap();
        assert_eq!((one.targets, one.seconds), (vec!["names".to_owned()], SECONDS));
    }

    #[test]
    fn what_is_no_target_is_told_what_is() {
        let line = planned(&["name"]).unwrap_err().to_string();
        assert!(line.contains("codec, names"), "{line}");
        assert!(planned(&["--seconds"]).is_err());
        assert!(planned(&["--seconds", "soon"]).is_err());
    }
}
