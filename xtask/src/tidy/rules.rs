//! The rules. Each looks at one file, by its path and its text.

use std::fmt;
use std::path::Path;

use super::scan::{code_lines, names, tests_begin, used_paths};

/// As long as a file can be and still be about one thing.
const LONGEST: usize = 400;

/// Runtimes, I/O and sources of time or chance. A trailing `*` stands for a family.
const OUTSIDE_WORLD: [&str; 9] =
    ["tokio*", "axum*", "leptos*", "web-sys", "js-sys", "gloo*", "getrandom", "rand*", "reqwest"];

/// What `protocol/` and `session/` get as arguments or not at all.
const IO_CLOCK_THREADS: [&str; 7] = [
    "std::net",
    "std::fs",
    "std::thread",
    "std::time::SystemTime",
    "std::time::Instant",
    "SystemTime::now",
    "Instant::now",
];

/// The browser, as Rust names it.
const BROWSER: [&str; 5] = ["web_sys", "js_sys", "wasm_bindgen", "wasm_bindgen_futures", "gloo_*"];

/// A broken rule.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Violation {
    path: String,
    line: usize,
    rule: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.path, self.line, self.rule)
    }
}

/// Everything that is wrong with a file, in the order of its lines.
pub(super) fn check(path: &str, text: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    sans_io_dependencies(path, text, &mut found);
    if Path::new(path).extension().is_some_and(|extension| extension == "rs") {
        sans_io_sources(path, text, &mut found);
        browser_at_the_edge(path, text, &mut found);
        sockets_at_the_edge(path, text, &mut found);
        short_with_a_header(path, text, &mut found);
        no_sleeping_tests(path, text, &mut found);
    }
    nobodys_machine(text, &mut found);
    found.sort();
    found.dedup();
    found.into_iter().map(|(line, rule)| Violation { path: path.to_owned(), line, rule }).collect()
}

/// What the rules write to: line and rule.
type Found = Vec<(usize, String)>;

fn sans_io_dependencies(path: &str, text: &str, found: &mut Found) {
    if !["protocol/Cargo.toml", "session/Cargo.toml"].contains(&path) {
        return;
    }
    for (line, name) in dependencies(text) {
        if OUTSIDE_WORLD.iter().any(|banned| is(name, banned)) {
            found.push((
                line,
                format!(
                    "protocol/ and session/ don't depend on {name}: no I/O, clock, chance or \
                     runtime there"
                ),
            ));
        }
    }
}

/// What a manifest's crate itself depends on, for every target: keys, and what they rename.
fn dependencies(manifest: &str) -> Vec<(usize, &str)> {
    let mut names = Vec::new();
    // Whether this is a table of dependencies, and whether its keys are their names.
    let (mut inside, mut keys) = (false, false);
    for (number, line) in (1..).zip(manifest.lines().map(str::trim)) {
        if let Some(table) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            keys = table == "dependencies" || table.ends_with(".dependencies");
            let single = table
                .split_once("dependencies.")
                .filter(|(before, _)| before.is_empty() || before.ends_with('.'));
            names.extend(single.map(|(_, name)| (number, name)));
            inside = keys || single.is_some();
        } else if inside && !line.starts_with('#') {
            let key = line.split(['.', '=', ' ']).next().filter(|_| keys);
            let renamed = line.split_once("package").and_then(|(_, rest)| rest.split('"').nth(1));
            names.extend(key.into_iter().chain(renamed).map(|name| (number, name)));
        }
    }
    names
}

fn is(name: &str, banned: &str) -> bool {
    match banned.strip_suffix('*') {
        Some(family) => name
            .strip_prefix(family)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_'])),
        None => name == banned,
    }
}

fn sans_io_sources(path: &str, text: &str, found: &mut Found) {
    if path.starts_with("protocol/src/") || path.starts_with("session/src/") {
        for (line, name) in mentions(text, &IO_CLOCK_THREADS) {
            found.push((
                line,
                format!(
                    "protocol/ and session/ don't name {name}: time and bytes are arguments there"
                ),
            ));
        }
    }
}

fn browser_at_the_edge(path: &str, text: &str, found: &mut Found) {
    let edge = ["src/transport", "src/store", "src/platform"];
    let is_the_pages =
        ["src/", "tools/src/", "entry/src/"].iter().any(|part| path.starts_with(part));
    if is_the_pages && !edge.iter().any(|part| within(path, part)) {
        for (line, name) in mentions(text, &BROWSER) {
            found.push((
                line,
                format!("only src/transport, src/store and src/platform name the browser ({name})"),
            ));
        }
    }
}

/// What the relay's sockets are made of, and what they would be made of with axum's own.
const SOCKETS: [&str; 3] = ["tokio_tungstenite", "axum::extract::ws", "WebSocketUpgrade"];

fn sockets_at_the_edge(path: &str, text: &str, found: &mut Found) {
    if path.starts_with("server/src/") && !within(path, "server/src/transport") {
        for (line, name) in mentions(text, &SOCKETS) {
            found.push((
                line,
                format!("in server/src only transport names a WebSocket library's types ({name})"),
            ));
        }
    }
}

/// Whether a file is a module, or in its folder.
fn within(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

/// Where code or a `use` names one of these, and which.
fn mentions<'n>(text: &str, wanted: &[&'n str]) -> Vec<(usize, &'n str)> {
    let used = used_paths(text);
    let lines = code_lines(text).chain(used.iter().map(|(line, path)| (*line, path.as_str())));
    lines
        .flat_map(|(number, line)| {
            wanted.iter().filter(move |name| names(line, name)).map(move |name| (number, *name))
        })
        .collect()
}

fn short_with_a_header(path: &str, text: &str, found: &mut Found) {
    let count = text.lines().count();
    if count > LONGEST {
        found.push((
            count,
            format!("{count} lines: a file of more than {LONGEST} is about more than one thing"),
        ));
    }
    let first = (1..)
        .zip(text.lines())
        .find(|(_, line)| !line.trim().is_empty() && !line.trim_start().starts_with("#!"));
    if !first.is_some_and(|(_, line)| line.trim_start().starts_with("//!")) {
        let line = first.map_or(1, |(number, _)| number);
        let name = path.rsplit('/').next().unwrap_or(path);
        found.push((
            line,
            format!("{name} doesn't start with a //! header that says what it is for"),
        ));
    }
}

fn no_sleeping_tests(path: &str, text: &str, found: &mut Found) {
    let all = path.starts_with("e2e/")
        || path.split('/').any(|part| ["tests", "tests.rs", "testing"].contains(&part));
    let Some(first) = (if all { Some(1) } else { tests_begin(text) }) else { return };
    let mut before = "";
    for (number, line) in (1..).zip(text.lines()) {
        let excused = line.contains("// wait:") || before.contains("// wait:");
        let comment = line.trim_start().starts_with("//");
        if number >= first
            && !comment
            && !excused
            && names(line, "sleep")
            && line.contains("sleep(")
        {
            found.push((
                number,
                "tests wait for a condition, not for time; polling says so in a comment `// wait: …`".into(),
            ));
        }
        before = line;
    }
}

/// Paths of one person's machine help nobody else. Put together here, since this file is checked too.
fn nobodys_machine(text: &str, found: &mut Found) {
    let folders = ["root", "home", "work"].map(|name| format!("/{name}/"));
    for (number, line) in (1..).zip(text.lines()) {
        for folder in &folders {
            let absolute = line.match_indices(folder.as_str()).any(|(at, _)| {
                // Behind a name it is part of a longer path, or of an address.
                let before = line[..at].chars().next_back();
                !before.is_some_and(|c| c.is_alphanumeric() || "._-~}*".contains(c))
            });
            if absolute {
                found.push((number, format!("{folder} is on one machine: write a relative path")));
            }
        }
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
