//! Which files are the project's.

use std::fs;
use std::path::Path;

use crate::run::{Result, Tried as _, ask};
use crate::workspace::Workspace;

/// What is built or git's own.
const NOT_OURS: [&str; 3] = [".git", "dist", "target"];

/// Every file that is tracked, or would be after `git add`, by its path from the root with `/`.
pub(super) fn list(workspace: &Workspace) -> Result<Vec<String>> {
    let mut git = workspace.command("git");
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let mut files = match ask(&mut git) {
        // A file that is tracked may be deleted; a link is a name, and what it leads to is read under its own.
        Some(list) => list
            .split('\0')
            .filter(|path| is_plain(&workspace.root().join(path)))
            .map(str::to_owned)
            .collect(),
        // An archive without .git, a machine without git, a clone that belongs to somebody else.
        None => walk(workspace.root())?,
    };
    files.sort_unstable();
    files.dedup();
    Ok(files)
}

fn is_plain(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|metadata| metadata.is_file())
}

fn walk(root: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(root.join(&folder)).tried(|| format!("read ./{folder}"))?;
        for entry in entries {
            let entry = entry.tried(|| format!("read ./{folder}"))?;
            let path = format!("{folder}{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type().tried(|| format!("read {path}"))?;
            if kind.is_dir() && !NOT_OURS.contains(&path.as_str()) {
                folders.push(path + "/");
            } else if kind.is_file() {
                files.push(path);
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_walk_finds_sources_and_leaves_out_what_is_built() {
        let workspace = Workspace::find().unwrap();
        let files = walk(workspace.root()).unwrap();
        assert!(files.iter().any(|path| path == "xtask/src/tidy/files.rs"));
        assert!(files.iter().any(|path| path == "Cargo.toml"));
        assert!(!files.iter().any(|path| path.starts_with("target/") || path.starts_with(".git/")));
    }

    #[test]
    fn git_and_the_walk_agree_on_the_sources() {
        let workspace = Workspace::find().unwrap();
        let sources = |files: Vec<String>| -> Vec<String> {
            files.into_iter().filter(|path| path.starts_with("xtask/src/")).collect()
        };
        let mut walked = sources(walk(workspace.root()).unwrap());
        walked.sort_unstable();
        assert_eq!(sources(list(&workspace).unwrap()), walked);
    }
}
