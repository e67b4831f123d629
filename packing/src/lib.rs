//! The built page's files, and how they are compressed: once for the relay's binary, and once for the figures of
//! `cargo xtask size`, so that what is measured is what is sent. And how the page's service worker learns which files
//! there are.

pub mod list;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use brotli::enc::BrotliEncoderParams;

/// Brotli's best. The last few percent cost seconds: worth it only for what people download.
pub const SMALLEST: i32 = 11;

/// A window of 4 MiB: larger than any of the files.
const WINDOW: i32 = 22;

/// As bits, like the window: 64 KiB share their tables. Smaller than what brotli would take for files of this size, since
/// the parts of a module differ from one another: half a percent less.
const BLOCK: i32 = 16;

/// How much is handed to the compressor at once.
const BUFFER: usize = 4096;

/// Every file below `folder`, except what Trunk keeps for itself while it works (`.stage`).
///
/// # Errors
/// When a folder can't be read.
pub fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
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

/// For whoever comes over TLS.
///
/// # Errors
/// None that memory gives reason for.
pub fn brotli(content: &[u8], quality: i32) -> io::Result<Vec<u8>> {
    let parameters = BrotliEncoderParams {
        quality,
        lgwin: WINDOW,
        lgblock: BLOCK,
        ..BrotliEncoderParams::default()
    };
    let mut writer = brotli::CompressorWriter::with_params(Vec::new(), BUFFER, &parameters);
    writer.write_all(content)?;
    Ok(writer.into_inner())
}

/// For browsers that ask for brotli over TLS only, which is all of them.
///
/// # Errors
/// None that memory gives reason for.
pub fn gzip(content: &[u8]) -> io::Result<Vec<u8>> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(content)?;
    writer.finish()
}
