//! `cargo xtask size`: what a visitor downloads, file by file, as it is sent; and whether that is too much.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::run::{Failure, Result, Tried as _, ask, run, say, shown, step};
use crate::workspace::Workspace;
use crate::{product, tools};

/// What the page may be for somebody who opens it for the first time: bytes, compressed, of everything that its
/// index.html names. On a link of 1.6 Mbit/s, a slow phone's, 200 KB come in one second: that is the aim. Until it is
/// reached this is what the page has, so that it doesn't get further away from it.
const PAGE_BUDGET: usize = 350_000;

/// What measures, as cargo is told of it.
const PACKING: [&str; 4] = ["--release", "--quiet", "--package", "duologue-packing"];

/// Builds the page and says how large it is.
pub(crate) fn size(workspace: &Workspace) -> Result {
    tools::for_the_page(workspace)?;
    product::page(workspace)?;
    check(workspace)
}

/// Says how large the built page is; a failure if that is more than it may be.
pub(crate) fn check(workspace: &Workspace) -> Result {
    step("cargo run of packing/: what the page's files are when they are sent");
    let dist = workspace.dist();
    // By itself, so that what the compiler says is seen.
    run(workspace.cargo(["build"]).args(PACKING))?;
    let mut packing = workspace.cargo(["run"]);
    packing.args(PACKING).arg("--");
    let lines = ask(packing.arg(&dist))
        .ok_or_else(|| Failure::new(format!("`{}` failed", shown(&packing))))?;
    let files = parsed(&lines)?;
    let names = |file: &str| {
        let path = dist.join(file);
        fs::read_to_string(&path).tried(|| format!("read {}", path.display()))
    };
    let cold = cold_load(&files, names)?;
    say(&table(&files, &cold));
    verdict(cold.iter().map(|file| file.sent).sum())
}

/// A file of the built page.
#[derive(Clone, Debug, PartialEq, Eq)]
struct File {
    path: String,
    plain: usize,
    sent: usize,
}

fn parsed(lines: &str) -> Result<Vec<File>> {
    let file = |line: &str| {
        let mut words = line.splitn(3, ' ');
        let (plain, sent) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        Some(File { path: words.next()?.to_owned(), plain, sent })
    };
    lines
        .lines()
        .map(|line| {
            file(line).ok_or_else(|| Failure::new(format!("not a size and a file: {line}")))
        })
        .collect()
}

/// The files that are loaded without anybody's doing: index.html, what it names, and what those scripts import.
fn cold_load(files: &[File], read: impl Fn(&str) -> Result<String>) -> Result<Vec<File>> {
    const PAGE: &str = "index.html";
    let mut cold = Vec::new();
    let mut waiting = vec![PAGE.to_owned()];
    while let Some(path) = waiting.pop() {
        let Some(file) = files.iter().find(|file| file.path == path) else {
            return Err(Failure::new(format!("the built page has no {path}")));
        };
        if cold.contains(file) {
            continue;
        }
        cold.push(file.clone());
        if path == PAGE {
            let text = read(&path)?;
            let is_named = |file: &&File| text.contains(&format!("./{}", file.path));
            waiting.extend(files.iter().filter(is_named).map(|file| file.path.clone()));
        } else if Path::new(&path).extension().is_some_and(|extension| extension == "js") {
            let text = read(&path)?;
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let is_imported = |file: &&File| {
                let relative = file.path.strip_prefix(folder).unwrap_or(&file.path);
                let name = format!("./{}", relative.trim_start_matches('/'));
                text.lines().any(|line| line.starts_with("import ") && line.contains(&name))
            };
            waiting.extend(files.iter().filter(is_imported).map(|file| file.path.clone()));
        }
    }
    Ok(cold)
}

/// Both kinds of files, the largest first, with their sums.
fn table(files: &[File], cold: &[File]) -> String {
    let later: Vec<File> = files.iter().filter(|file| !cold.contains(file)).cloned().collect();
    let mut table = format!("    {:>9} {:>9}", "sent", "unpacked");
    for (title, files) in [("on a first visit", cold), ("when it is asked for", &later)] {
        let mut files = files.to_vec();
        files.sort_by_key(|file| std::cmp::Reverse(file.sent));
        let (sent, plain): (usize, usize) =
            files.iter().fold((0, 0), |sum, file| (sum.0 + file.sent, sum.1 + file.plain));
        // Writing to a string can't fail.
        let _ = write!(table, "\n    {sent:>9} {plain:>9}  {title}");
        for File { path, plain, sent } in &files {
            let _ = write!(table, "\n    {sent:>9} {plain:>9}    {path}");
        }
    }
    table
}

fn verdict(sent: usize) -> Result {
    if sent <= PAGE_BUDGET {
        say(&format!("    {sent} of {PAGE_BUDGET} bytes"));
        return Ok(());
    }
    Err(Failure::new(format!(
        "a first visit downloads {sent} bytes, {} more than it may (PAGE_BUDGET in xtask/src/size.rs): take out what \
         made it larger, or move it to the second module",
        sent - PAGE_BUDGET
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str =
        "10 5 index.html\n20 6 main-1.js\n30 7 snippets/a b.js\n40 8 tools.js\n50 9 main-1_bg.wasm";

    fn read(path: &str) -> Result<String> {
        Ok(match path {
            "index.html" => r#"<script src="./start.js?js=./main-1.js&wasm=./main-1_bg.wasm">"#,
            "main-1.js" => "import { a } from './snippets/a b.js';\nconst later = './tools.js';",
            "snippets/a b.js" => "",
            other => return Err(Failure::new(format!("nobody reads {other}"))),
        }
        .to_owned())
    }

    #[test]
    fn what_the_page_names_and_what_that_imports_is_loaded_at_once() {
        let files = parsed(LINES).unwrap();
        let cold = cold_load(&files, read).unwrap();
        let mut paths: Vec<&str> = cold.iter().map(|file| file.path.as_str()).collect();
        paths.sort_unstable();
        assert_eq!(paths, ["index.html", "main-1.js", "main-1_bg.wasm", "snippets/a b.js"]);
        let table = table(&files, &cold);
        assert!(table.contains("       27       110  on a first visit"), "{table}");
        assert!(table.contains("        8        40  when it is asked for"), "{table}");
    }

    #[test]
    fn no_page_is_a_failure_and_so_is_a_line_that_is_none() {
        assert!(cold_load(&[], read).is_err());
        assert!(parsed("ten 5 index.html").is_err());
    }

    #[test]
    fn what_is_over_the_budget_is_a_failure_that_says_by_how_much() {
        assert_eq!(verdict(PAGE_BUDGET), Ok(()));
        let line = verdict(PAGE_BUDGET + 3).unwrap_err().to_string();
        assert!(line.contains(" 3 more "), "{line}");
    }
}
