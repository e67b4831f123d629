//! Finishes the page that Trunk has built: takes its code [apart](split), takes out what is for those who read the
//! [lines] of its scripts and styles, and writes the [list](duologue_packing::list) of all files into the service
//! worker. Trunk runs it (`Trunk.toml`) and says where the files are.

mod fold;
mod functions;
mod glue;
mod lines;
mod merge;
mod names;
mod order;
mod smaller;
mod split;

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Anything that goes wrong ends the build.
type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> ExitCode {
    match finish() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the built page can't be finished: {error}");
            ExitCode::FAILURE
        }
    }
}

fn finish() -> Result {
    let folder = env::var_os("TRUNK_STAGING_DIR").map(PathBuf::from);
    let folder = folder.ok_or("TRUNK_STAGING_DIR doesn't say which folder has it; Trunk does")?;
    let is_release = env::var_os("TRUNK_PROFILE").is_none_or(|profile| profile == "release");
    split::page(&folder, &linked_module(is_release)?, !is_release)?;
    if is_release {
        lines::trim_all(&folder)?;
    }
    duologue_packing::list::write(&folder)?;
    Ok(())
}

/// The page's module as the linker has left it: somewhere above this program, in the folder for everything that is built.
fn linked_module(is_release: bool) -> Result<PathBuf> {
    // The profiles that index.html names.
    let profile = if is_release { "page" } else { "debug" };
    let module = Path::new("wasm32-unknown-unknown").join(profile).join("duologue.wasm");
    let program = env::current_exe()?;
    let found = program.ancestors().map(|folder| folder.join(&module)).find(|path| path.is_file());
    found.ok_or_else(|| {
        format!("there is no {} above {}", module.display(), program.display()).into()
    })
}
