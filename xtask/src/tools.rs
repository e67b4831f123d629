//! What building and testing need beyond the toolchain: the wasm target, Trunk, wasm-bindgen, geckodriver, the linters,
//! cargo-deny, cargo-fuzz.
//!
//! The programs go below `target/tools`, in exact versions: the machine's own are neither used nor touched.

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::lockfile;
use crate::run::{Failure, Result, Tried as _, ask, run, step};
use crate::system;
use crate::workspace::{WASM, Workspace};

/// The newest Trunk that the pinned toolchain compiles.
const TRUNK: &str = "0.21.14";

const GECKODRIVER: &str = "0.37.0";

const CARGO_DENY: &str = "0.20.2";

const CARGO_FUZZ: &str = "0.13.2";

const FOR_THE_PAGE: &str = "the page is built with it";

/// Makes sure that the page can be built.
pub(crate) fn for_the_page(workspace: &Workspace) -> Result {
    wasm_target(workspace)?;
    let trunk = ["--no-default-features", "--features", "rustls"];
    installed(workspace, "trunk", TRUNK, &["trunk"], &trunk, FOR_THE_PAGE)?;
    // The program reads what the library of the same version left in the wasm file, and refuses any other.
    let lock = workspace.root().join("Cargo.lock");
    let text = fs::read_to_string(&lock).tried(|| format!("read {}", lock.display()))?;
    let version = lockfile::version_of(&text, "wasm-bindgen")
        .ok_or_else(|| Failure::new("Cargo.lock has no wasm-bindgen"))?;
    let programs = ["wasm-bindgen", "wasm-bindgen-test-runner"];
    let bindgen = ["--no-default-features"];
    installed(workspace, "wasm-bindgen-cli", &version, &programs, &bindgen, FOR_THE_PAGE)
}

/// Makes sure that Firefox can be driven: Debian has no package of what drives it.
pub(crate) fn for_firefox(workspace: &Workspace) -> Result {
    let why = "the tests drive Firefox by it";
    installed(workspace, "geckodriver", GECKODRIVER, &["geckodriver"], &[], why)
}

/// Makes sure that what the project depends on can be checked.
pub(crate) fn for_the_dependencies(workspace: &Workspace) -> Result {
    let why = "it checks what the project depends on";
    installed(workspace, "cargo-deny", CARGO_DENY, &["cargo-deny"], &[], why)
}

/// Makes sure that the fuzzer can be built and run.
pub(crate) fn for_the_fuzzer(workspace: &Workspace) -> Result {
    if system::find("c++").is_none() {
        system::install(&["g++"], "the fuzzer's own part is C++")?;
    }
    let why = "it builds and runs what looks for bad input";
    installed(workspace, "cargo-fuzz", CARGO_FUZZ, &["cargo-fuzz"], &[], why)
}

/// Makes sure that the toolchain can compile for the browser.
pub(crate) fn wasm_target(workspace: &Workspace) -> Result {
    if sysroot(workspace)?.join("lib/rustlib").join(WASM).is_dir() {
        return Ok(());
    }
    step(&format!("rustup target add {WASM}: the page is compiled for it"));
    rustup(workspace, &["target", "add", WASM])
}

/// Makes sure that rustfmt and clippy are there.
pub(crate) fn for_the_linters(workspace: &Workspace) -> Result {
    let programs = sysroot(workspace)?.join("bin");
    let missing = |name: &str| !programs.join(format!("{name}{EXE_SUFFIX}")).is_file();
    if missing("rustfmt") || missing("cargo-clippy") {
        step("rustup component add rustfmt clippy: the linters are not in this toolchain yet");
        rustup(workspace, &["component", "add", "rustfmt", "clippy"])?;
    }
    Ok(())
}

fn sysroot(workspace: &Workspace) -> Result<PathBuf> {
    ask(workspace.command("rustc").args(["--print", "sysroot"]))
        .map(|line| PathBuf::from(line.trim()))
        .ok_or_else(|| Failure::new("`rustc --print sysroot` failed: is the toolchain complete?"))
}

fn rustup(workspace: &Workspace, arguments: &[&str]) -> Result {
    if system::find("rustup").is_none() {
        return Err(Failure::new(format!(
            "this toolchain is not rustup's: please add by its own means what `rustup {}` would",
            arguments.join(" ")
        )));
    }
    run(workspace.command("rustup").args(arguments))
}

/// Installs a crate's programs below `target/tools`, unless they are there in this version.
fn installed(
    workspace: &Workspace,
    package: &str,
    version: &str,
    programs: &[&str],
    features: &[&str],
    why: &str,
) -> Result {
    let there = || programs.iter().all(|program| has_version(&workspace.tool(program), version));
    if there() {
        return Ok(());
    }
    let tools = workspace.tools();
    let building = tools.join("build");
    fs::create_dir_all(&building).tried(|| format!("create {}", building.display()))?;
    step(&format!(
        "Installing {package} {version} into target/tools: {why} (some minutes, this once)"
    ));
    let mut command = workspace.cargo(["install", "--locked", "--force", package]);
    command.args(["--version", version]).args(features).arg("--root").arg(&tools);
    // The tool runs for seconds: what its optimiser would gain, compiling it would lose many times over.
    command
        .env("CARGO_TARGET_DIR", &building)
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    run(&mut command)?;
    if !there() {
        return Err(Failure::new(format!(
            "{package} {version} was installed into {} and still doesn't run",
            tools.display()
        )));
    }
    // Kept after a failure, so that the next try goes on from there.
    fs::remove_dir_all(&building).tried(|| format!("delete {}", building.display()))
}

/// `trunk 0.21.14`, `geckodriver 0.37.0 (2dc1d4bd44e5 2026-04-20)`: the version is the second word.
fn has_version(program: &Path, version: &str) -> bool {
    ask(Command::new(program).arg("--version"))
        .is_some_and(|line| line.split_whitespace().nth(1) == Some(version))
}
