//! Finishes the page that Trunk has built: takes its code [apart](split), and writes the
//! [list](duologue_packing::list) of all files into the service worker. Trunk runs it (`Trunk.toml`) and says where the
//! files are.

mod split;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, io};

/// Anything that goes wrong ends the build.
type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Result {
    let folder = env::var_os("TRUNK_STAGING_DIR").map(PathBuf::from);
    let folder = folder.ok_or("TRUNK_STAGING_DIR doesn't say which folder has the built page")?;
    let is_release = env::var_os("TRUNK_PROFILE").is_none_or(|profile| profile == "release");
    split::page(&folder, &linked_module(is_release)?, !is_release)?;
    duologue_packing::list::write(&folder)?;
    Ok(())
}

/// The page's module as the linker has left it.
fn linked_module(is_release: bool) -> io::Result<PathBuf> {
    // Cargo puts this program two folders below the one for everything that is built.
    let program = env::current_exe()?;
    let target = program.ancestors().nth(2).unwrap_or_else(|| Path::new("target"));
    // The profiles that index.html names.
    let profile = if is_release { "page" } else { "debug" };
    Ok(target.join("wasm32-unknown-unknown").join(profile).join("duologue.wasm"))
}
