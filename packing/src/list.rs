//! The list of the built page's files in its service worker (`sw.js`): their names with hashes, and what this version
//! is called. The worker keeps the page whole by it, and its text changes with the page, which is how a browser learns
//! of a new version.

use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

use sha2::{Digest as _, Sha256};

use crate::files;

/// The worker, beside `index.html`.
const WORKER: &str = "sw.js";

/// How its two lines begin that are written here.
const VERSION: &str = "const VERSION = ";
const FILES: &str = "const FILES = ";

/// As many bytes of a hash as tell two builds apart. The worker compares with as many.
const HASH_BYTES: usize = 16;

/// Writes the list of `folder`'s files into the worker there, in the place of the one that it has.
///
/// # Errors
/// When a file can't be read or written, or the worker has no place for the list.
pub fn write(folder: &Path) -> io::Result<()> {
    let path = folder.join(WORKER);
    let worker = fs::read_to_string(&path)?;
    let mut names = Vec::new();
    for file in files(folder)?.iter().filter(|file| **file != path) {
        let name = file.strip_prefix(folder).ok().and_then(Path::to_str);
        let name = name.ok_or_else(|| io::Error::other("a file's name is not UTF-8"))?;
        names.push((name.replace('\\', "/"), hash(&fs::read(file)?)));
    }
    fs::write(&path, listed(&worker, &names)?)
}

/// The worker's text with the list in it.
fn listed(worker: &str, names: &[(String, String)]) -> io::Result<String> {
    let mut list = String::new();
    for (name, hash) in names {
        // Writing to a string can't fail. Rust's quotes are JavaScript's for the names that files of a page have.
        let _ = write!(list, "{name:?}:{hash:?},");
    }
    let is_ours = |line: &&str| line.starts_with(VERSION) || line.starts_with(FILES);
    let code: String = worker.lines().filter(|line| !is_ours(line)).collect();
    // Another worker for the same files is another version as well.
    let version = hash(format!("{list}{code}").as_bytes());
    let mut places = 0;
    let mut text = String::with_capacity(worker.len() + list.len());
    for line in worker.lines() {
        places += usize::from(is_ours(&line));
        let _ = if line.starts_with(VERSION) {
            writeln!(text, "{VERSION}\"{version}\";")
        } else if line.starts_with(FILES) {
            writeln!(text, "{FILES}{{{list}}};")
        } else {
            writeln!(text, "{line}")
        };
    }
    if places == 2 {
        return Ok(text);
    }
    Err(io::Error::other(format!("{WORKER} has no lines `{VERSION}…` and `{FILES}…`")))
}

fn hash(content: &[u8]) -> String {
    let hash = Sha256::digest(content);
    let first = hash.first_chunk::<HASH_BYTES>().copied().unwrap_or_default();
    format!("{:032x}", u128::from_be_bytes(first))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const WORKER: &str = "// a\nconst VERSION = \"\";\nconst FILES = {};\nwork();\n";

    fn names(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter().map(|(name, hash)| ((*name).to_owned(), (*hash).to_owned())).collect()
    }

    fn version(text: &str) -> &str {
        text.lines().find(|line| line.starts_with(VERSION)).unwrap()
    }

    #[test]
    fn the_list_takes_the_place_of_the_one_before() {
        let one = listed(WORKER, &names(&[("a b.js", "00"), ("snippets/c.js", "01")])).unwrap();
        assert!(
            one.contains("const FILES = {\"a b.js\":\"00\",\"snippets/c.js\":\"01\",};\n"),
            "{one}"
        );
        assert!(one.starts_with("// a\n") && one.ends_with("work();\n"), "{one}");
        let again = listed(&one, &names(&[("d.js", "02")])).unwrap();
        assert_eq!(again, listed(WORKER, &names(&[("d.js", "02")])).unwrap());
        assert_ne!(version(&one), version(&again));
    }

    #[test]
    fn a_version_is_known_by_its_files_and_its_worker() {
        let one = listed(WORKER, &names(&[("a.js", "00")])).unwrap();
        for (worker, hash) in [(WORKER.to_owned(), "01"), (WORKER.replace("work", "rest"), "00")] {
            let other = listed(&worker, &names(&[("a.js", hash)])).unwrap();
            assert_ne!(version(&one), version(&other), "{worker} {hash}");
        }
        let same = listed(WORKER, &names(&[("a.js", "00")])).unwrap();
        assert_eq!(one, same);
    }

    #[test]
    fn a_worker_without_a_place_for_the_list_is_refused() {
        for worker in ["", "const FILES = {};\n", "const VERSION = \"\";\n"] {
            assert!(listed(worker, &[]).is_err(), "{worker:?}");
        }
    }

    #[test]
    fn hashes_are_the_first_half_of_sha_256() {
        assert_eq!(hash(b"abc"), "ba7816bf8f01cfea414140de5dae2223");
    }
}
