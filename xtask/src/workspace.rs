//! Where things are in the workspace, and how a program is started in it.

use std::env;
use std::env::consts::EXE_SUFFIX;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{Failure, Result, Tried as _};

/// The target of the page.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// What cargo is told of the packages that run there: the page, what it loads when it is opened, and what links both.
pub(crate) const IN_THE_BROWSER: [&str; 6] =
    ["--package", "duologue", "--package", "duologue-tools", "--package", "duologue-entry"];

/// The workspace's folders.
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// The workspace that this program belongs to.
    pub(crate) fn find() -> Result<Self> {
        // Cargo's answer at run time goes first: the folder may have been moved since this was compiled.
        let package =
            env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&package)
            .parent()
            .filter(|root| root.join("Cargo.lock").is_file())
            .ok_or_else(|| Failure::new("can't find the workspace: start this by `cargo xtask`"))?
            .to_path_buf();
        let target = match env::var_os("CARGO_TARGET_DIR").filter(|folder| !folder.is_empty()) {
            Some(folder) => std::path::absolute(&folder)
                .tried(|| format!("find the folder {}", folder.display()))?,
            None => root.join("target"),
        };
        Ok(Self { root, target })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Where cargo puts what it builds.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Where the tools live that the project installs for itself: in the clone, wherever cargo builds, so that
    /// deleting the clone deletes them too.
    pub(crate) fn tools(&self) -> PathBuf {
        self.root.join("target").join("tools")
    }

    /// One of those tools.
    pub(crate) fn tool(&self, name: &str) -> PathBuf {
        self.tools().join("bin").join(format!("{name}{EXE_SUFFIX}"))
    }

    /// The page as Trunk built it for release.
    pub(crate) fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// The relay as cargo built it for release.
    pub(crate) fn relay(&self) -> PathBuf {
        self.target.join("release").join(format!("duologue-server{EXE_SUFFIX}"))
    }

    /// An example as cargo built it for development.
    pub(crate) fn example(&self, name: &str) -> PathBuf {
        self.target.join("debug").join("examples").join(format!("{name}{EXE_SUFFIX}"))
    }

    /// A program that runs in the workspace's root and finds the project's tools before anybody else's.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command.env("PATH", self.path());
        command.env("CARGO_TARGET_DIR", &self.target);
        // Cargo described this package to this process. Build scripts that watch these variables would run again at
        // every change between `cargo build` and `cargo xtask`.
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&name);
            }
        }
        command
    }

    /// Cargo, the same one that started this program.
    pub(crate) fn cargo<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = self.command(cargo);
        command.args(arguments);
        command
    }

    fn path(&self) -> OsString {
        let before = env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(self.tools().join("bin")).chain(env::split_paths(&before));
        // Fails only if the clone's own path contains the separator: nothing can be put on PATH then.
        env::join_paths(folders).unwrap_or(before)
    }
}
