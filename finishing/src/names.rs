//! Names of files with a hash of what is in them. The relay lets browsers keep what is called so for a year, so whatever
//! changes in a file changes its name.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::Result;

/// How long a hash is in the name of a file. The relay knows by it what never changes.
pub(crate) const HASH_DIGITS: usize = 16;

/// What says which other files there are.
pub(crate) const INDEX: &str = "index.html";

/// A file of the page: its path, and what is in it.
pub(crate) type File = (PathBuf, Vec<u8>);

/// Of all these files together.
pub(crate) fn hash(files: &[File]) -> String {
    let mut hash = Sha256::new();
    for (path, content) in files {
        hash.update(path.to_string_lossy().as_bytes());
        hash.update(content);
    }
    let first = hash.finalize().first_chunk::<8>().copied().unwrap_or_default();
    format!("{:016x}", u64::from_be_bytes(first))
}

/// Puts `content` into the place of a file in `folder`. One whose name has a hash, by which [`INDEX`] names it, gets
/// that of the new content.
pub(crate) fn replace(folder: &Path, path: &Path, content: Vec<u8>) -> Result {
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| format!("{} has no name in UTF-8", path.display()))?;
    let Some(before) = hash_in(name) else { return Ok(fs::write(path, content)?) };
    let files = [(path.to_owned(), content)];
    let renamed = name.replace(before, &hash(&files));
    let index = fs::read_to_string(folder.join(INDEX))?;
    if !index.contains(name) {
        return Err(format!("{INDEX} doesn't name {name}").into());
    }
    fs::write(folder.join(INDEX), index.replace(name, &renamed))?;
    fs::remove_file(path)?;
    let [(_, content)] = files;
    Ok(fs::write(path.with_file_name(renamed), content)?)
}

/// The hash in a name such as `style-0123456789abcdef.css`.
fn hash_in(name: &str) -> Option<&str> {
    let stem = name.split('.').next()?;
    let (_, hash) = stem.rsplit_once('-')?;
    let is_one = hash.len() == HASH_DIGITS && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_one.then_some(hash)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_change_with_what_is_in_any_of_the_files() {
        let files = |content: &[u8]| [("a".into(), b"a".to_vec()), ("b".into(), content.to_vec())];
        assert_ne!(hash(&files(b"b")), hash(&files(b"c")));
        assert_eq!(hash(&files(b"b")), hash(&files(b"b")));
        assert_eq!(hash_in(&format!("a-{}.css", hash(&files(b"b")))).map(str::len), Some(16));
    }

    #[test]
    fn a_name_with_a_hash_changes_with_the_content_and_others_stay() {
        let folder = std::env::temp_dir().join(format!("names-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let style = folder.join("style-0123456789abcdef.css");
        let script = folder.join("start.js");
        let index = folder.join(INDEX);
        fs::write(&index, "<link href=\"./style-0123456789abcdef.css\"><script src=start.js>")
            .unwrap();
        for file in [&style, &script] {
            fs::write(file, "before").unwrap();
            replace(&folder, file, b"after".to_vec()).unwrap();
        }
        assert!(!style.exists());
        assert_eq!(fs::read(&script).unwrap(), b"after");
        let index = fs::read_to_string(index).unwrap();
        let name = index.split('"').nth(1).unwrap();
        assert_eq!(fs::read(folder.join(name)).unwrap(), b"after");
        fs::remove_dir_all(&folder).unwrap();
    }
}
