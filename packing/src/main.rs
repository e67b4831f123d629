//! Prints a line for each file of a built page: its size, its size as it is sent, its path. `cargo xtask size` makes
//! a table of them.

use std::io::Write as _;
use std::path::PathBuf;
use std::{env, fs, io};

use duologue_packing::{SMALLEST, brotli, files};

fn main() -> io::Result<()> {
    let folder = env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.ok_or_else(|| io::Error::other("which folder has the built page?"))?;
    let mut out = io::stdout().lock();
    for file in files(&folder)? {
        let plain = fs::read(&file)?;
        // What compressing makes larger is sent as it is.
        let sent = brotli(&plain, SMALLEST)?.len().min(plain.len());
        let path = file.strip_prefix(&folder).unwrap_or(&file);
        let path = path.display().to_string().replace('\\', "/");
        writeln!(out, "{} {sent} {path}", plain.len())?;
    }
    Ok(())
}
