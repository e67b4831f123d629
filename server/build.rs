//! Puts the built page into the binary, where there is one: every file as it is, and compressed where
//! that makes it smaller, so that the running relay has nothing left to do but to send.
//!
//! Building the page is Trunk's work. Without it the relay builds all the same, and says on `/` how
//! to get it. `src/web/embedded.rs` includes the table that is written here.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use duologue_packing::{SMALLEST, brotli, files, gzip};

const DIST: &str = "../dist";

/// Brotli's quality for a relay that nobody downloads from.
const QUICK: i32 = 9;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rustc-check-cfg=cfg(page_built)");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={DIST}");

    let dist = Path::new(DIST);
    if dist.join("index.html").is_file() {
        println!("cargo::rustc-cfg=page_built");
        let out = PathBuf::from(env::var("OUT_DIR")?);
        let quality = if env::var("PROFILE")? == "release" { SMALLEST } else { QUICK };
        fs::write(out.join("page.rs"), table(dist, &out, quality)?)?;
    } else {
        // Cargo can watch only what exists: a missing path would build the relay anew on every
        // command. Where the folder can't be made, that is what happens, and no more.
        let _ = fs::create_dir(dist);
    }
    Ok(())
}

/// The files' table as Rust; their contents go into `out`.
fn table(dist: &Path, out: &Path, quality: i32) -> Result<String, Box<dyn std::error::Error>> {
    let mut rust = "&[\n".to_owned();
    for (n, file) in files(dist)?.iter().enumerate() {
        let name = file.strip_prefix(dist)?.to_str().ok_or("a name in dist/ is not UTF-8")?;
        let path = format!("/{}", name.replace('\\', "/"));
        let kind = mime_guess::from_path(file).first_or_octet_stream();
        let plain = fs::read(file)?;
        let include = |content: &[u8], ending| -> io::Result<String> {
            let copy = format!("{n}.{ending}");
            fs::write(out.join(&copy), content)?;
            Ok(format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{copy}\"))"))
        };
        let smaller = |content: Vec<u8>, ending| -> io::Result<String> {
            if content.len() < plain.len() {
                Ok(format!("Some({})", include(&content, ending)?))
            } else {
                Ok("None".to_owned())
            }
        };
        writeln!(
            rust,
            "File {{ path: {path:?}, kind: {:?}, plain: {}, brotli: {}, gzip: {} }},",
            kind.as_ref(),
            include(&plain, "plain")?,
            smaller(brotli(&plain, quality)?, "br")?,
            smaller(gzip(&plain)?, "gz")?,
        )?;
    }
    rust.push(']');
    Ok(rust)
}
