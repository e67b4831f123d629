//! `cargo xtask size`: what a visitor downloads, file by file, as it is sent; and whether that is too much.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::run::{Failure, Result, Tried as _, ask, run, say, shown, step};
use crate::workspace::Workspace;
use crate::{product, tools};

/// What may come before somebody who opens the page for the first time has something to answer: bytes, compressed, of
/// everything that index.html names. On a link of 1.6 Mbit/s, a slow phone's, 200 KB come in one second; this is what
/// the page has, with some room, so that it stays well below.
const FIRST_BUDGET: usize = 103_000;

/// The same with the part of the code that comes meanwhile, which a conversation needs: what the page has, with some
/// room. 400 bytes of code more can be 1,800 more when they are packed, or fewer; and so can another folder to build in.
const PAGE_BUDGET: usize = 375_000;

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
    let first = cold_load(&files, names)?;
    let rest = rest(&files, &first, names)?;
    say(&table(&files, &first, &rest));
    let sent = |files: &[File]| files.iter().map(|file| file.sent).sum::<usize>();
    verdict("what comes first", sent(&first), FIRST_BUDGET)?;
    verdict("what a conversation needs", sent(&first) + sent(&rest), PAGE_BUDGET)
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

/// The part of the page's code that a conversation needs, of those that the script names that loads them
/// (`finishing/src/split.rs`).
fn rest(
    files: &[File],
    first: &[File],
    read: impl Fn(&str) -> Result<String>,
) -> Result<Vec<File>> {
    const LOADER: &str = "parts-";
    const CONVERSATION: &str = "page-";
    let loader = first.iter().find(|file| file.path.starts_with(LOADER));
    let loader = loader.ok_or_else(|| Failure::new(format!("the page loads no {LOADER}….js")))?;
    let text = read(&loader.path)?;
    let is_part = |file: &&File| {
        file.path.starts_with(CONVERSATION)
            && Path::new(&file.path).extension().is_some_and(|extension| extension == "wasm")
            && text.contains(&format!("./{}", file.path))
    };
    let parts: Vec<File> = files.iter().filter(is_part).cloned().collect();
    if parts.is_empty() {
        return Err(Failure::new(format!("{} names no part of the page", loader.path)));
    }
    Ok(parts)
}

/// All kinds of files, the largest first, with their sums.
fn table(files: &[File], first: &[File], rest: &[File]) -> String {
    let is_later = |file: &&File| !first.contains(file) && !rest.contains(file);
    let later: Vec<File> = files.iter().filter(is_later).cloned().collect();
    let mut table = format!("    {:>9} {:>9}", "sent", "unpacked");
    for (title, files) in [
        ("before there is something to answer", first),
        ("meanwhile, for a conversation", rest),
        ("when it is asked for", &later),
    ] {
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

fn verdict(what: &str, sent: usize, budget: usize) -> Result {
    if sent <= budget {
        say(&format!("    {what}: {sent} of {budget} bytes"));
        return Ok(());
    }
    Err(Failure::new(format!(
        "{what} is {sent} bytes, {} more than it may be (xtask/src/size.rs): take out what made it larger, or move it \
         to a later part",
        sent - budget
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = "10 5 index.html\n20 6 main-1.js\n30 7 snippets/a b.js\n40 8 panel.css\n50 9 main-1_bg.wasm\n60 10 parts-1.js\n\
         70 11 page-1.wasm\n90 13 page-2-1.wasm\n80 12 tools-1.wasm";

    fn read(path: &str) -> Result<String> {
        Ok(match path {
            "index.html" => r#"<script src="./start.js?js=./main-1.js&wasm=./main-1_bg.wasm">"#,
            "main-1.js" => {
                "import { a } from './snippets/a b.js';\nimport * as b from \"./parts-1.js\"\nconst later = './panel.css';"
            }
            "parts-1.js" => "import { a } from './main-1.js';\nfetch('./page-1.wasm');fetch('./page-2-1.wasm');fetch('./tools-1.wasm')",
            "snippets/a b.js" => "",
            other => return Err(Failure::new(format!("nobody reads {other}"))),
        }
        .to_owned())
    }

    #[test]
    fn what_the_page_names_and_what_that_imports_is_loaded_at_once() {
        let files = parsed(LINES).unwrap();
        let first = cold_load(&files, read).unwrap();
        let mut paths: Vec<&str> = first.iter().map(|file| file.path.as_str()).collect();
        paths.sort_unstable();
        let named = ["index.html", "main-1.js", "main-1_bg.wasm", "parts-1.js", "snippets/a b.js"];
        assert_eq!(paths, named);
        let rest = rest(&files, &first, read).unwrap();
        let table = table(&files, &first, &rest);
        assert!(
            table.contains("       37       170  before there is something to answer"),
            "{table}"
        );
        assert!(table.contains("       24       160  meanwhile, for a conversation"), "{table}");
        assert!(table.contains("       20       120  when it is asked for"), "{table}");
    }

    #[test]
    fn a_page_that_is_not_in_parts_is_a_failure() {
        let files = parsed(LINES).unwrap();
        let first = cold_load(&files, read).unwrap();
        let whole: Vec<File> =
            first.iter().filter(|file| !file.path.starts_with("parts")).cloned().collect();
        assert!(rest(&files, &whole, read).is_err());
        let without: Vec<File> =
            files.iter().filter(|file| !file.path.starts_with("page")).cloned().collect();
        assert!(rest(&without, &first, read).is_err());
    }

    #[test]
    fn no_page_is_a_failure_and_so_is_a_line_that_is_none() {
        assert!(cold_load(&[], read).is_err());
        assert!(parsed("ten 5 index.html").is_err());
    }

    #[test]
    fn what_is_over_the_budget_is_a_failure_that_says_by_how_much() {
        assert_eq!(verdict("it", PAGE_BUDGET, PAGE_BUDGET), Ok(()));
        let line = verdict("it", PAGE_BUDGET + 3, PAGE_BUDGET).unwrap_err().to_string();
        assert!(line.contains(" 3 more "), "{line}");
    }
}
