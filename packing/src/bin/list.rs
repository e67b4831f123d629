//! Writes the list of the built page's files into its service worker. Trunk runs it when it has built the page
//! (`Trunk.toml`) and says where; by hand, the folder is an argument.

use std::path::PathBuf;
use std::{env, io};

fn main() -> io::Result<()> {
    let folder = env::args_os().nth(1).or_else(|| env::var_os("TRUNK_STAGING_DIR"));
    let folder = folder.ok_or_else(|| io::Error::other("which folder has the built page?"))?;
    duologue_packing::list::write(&PathBuf::from(folder))
}
