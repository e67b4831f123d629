//! Puts the built page into the binary, where there is one: every file as it is, and compressed where
//! that makes it smaller, so that the running relay has nothing left to do but to send.
//!
//! Building the page is Trunk's work. Without it the relay builds all the same, and says on `/` how
//! to get it. `src/web/embedded.rs` includes the table that is written here.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const DIST: &str = "../dist";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rustc-check-cfg=cfg(page_built)");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={DIST}");

    let dist = Path::new(DIST);
    if dist.join("index.html").is_file() {
        println!("cargo::rustc-cfg=page_built");
        let out = PathBuf::from(env::var("OUT_DIR")?);
        // The last few percent cost seconds: worth it only for what people download.
        let quality = if env::var("PROFILE")? == "release" { 11 } else { 9 };
        fs::write(out.join("page.rs"), table(dist, &out, quality)?)?;
    } else {
        // Cargo can watch only what exists: a missing path would build the relay anew on every
        // command. Where the folder can't be made, that is what happens, and no more.
        let _ = fs::create_dir(dist);
    }
    Ok(())
}

/// The files' table as Rust; their contents go into `out`.
fn table(dist: &Path, out: &Path, quality: u32) -> Result<String, Box<dyn std::error::Error>> {
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

/// Every file below `folder`, except what Trunk keeps for itself while it works (`.stage`).
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if entry.file_type()?.is_dir() {
            found.extend(files(&entry.path())?);
        } else {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

fn brotli(content: &[u8], quality: u32) -> io::Result<Vec<u8>> {
    // A window of 4 MiB: larger than any of the files.
    let mut writer = brotli::CompressorWriter::new(Vec::new(), 4096, quality, 22);
    writer.write_all(content)?;
    Ok(writer.into_inner())
}

/// For browsers that ask for brotli over TLS only, which is all of them.
fn gzip(content: &[u8]) -> io::Result<Vec<u8>> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(content)?;
    writer.finish()
}
