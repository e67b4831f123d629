//! Reading Rust without parsing it: lines of code, names in them, and what `use` brings in.

/// The lines that are not wholly a comment, numbered from 1.
pub(super) fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines()).filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// Whether a line names `name` as a whole: `web_sys` is not in `my_web_sys`. A name that ends in `*` is a prefix.
pub(super) fn names(line: &str, name: &str) -> bool {
    let (name, prefix) = match name.strip_suffix('*') {
        Some(start) => (start, true),
        None => (name, false),
    };
    line.match_indices(name).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + name.len()..].chars().next();
        !before.is_some_and(part_of_a_name) && (prefix || !after.is_some_and(part_of_a_name))
    })
}

fn part_of_a_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Every path that a `use` names, written out: `use std::{fs, net::TcpStream};` is `std::fs` and
/// `std::net::TcpStream`, each with the line on which its `use` begins.
pub(super) fn used_paths(text: &str) -> Vec<(usize, String)> {
    let mut paths = Vec::new();
    let mut pending: Option<(usize, String)> = None;
    for (number, line) in code_lines(text) {
        let line = line.split("//").next().unwrap_or_default().trim();
        let (start, mut tree) = match pending.take() {
            Some(begun) => begun,
            None => match line.split_once("use ") {
                // `use` itself, behind nothing but its visibility and its attributes.
                Some((before, _)) if before.is_empty() || before.ends_with([' ', ')', ']']) => {
                    (number, String::new())
                }
                _ => continue,
            },
        };
        tree.push_str(line);
        match tree.split_once(';') {
            Some((whole, _)) => {
                let whole = whole.split_once("use ").map_or("", |(_, tree)| tree);
                let mut found = Vec::new();
                expand("", whole, &mut found);
                paths.extend(found.into_iter().map(|path| (start, path)));
            }
            None => pending = Some((start, tree)),
        }
    }
    paths
}

/// Writes out one tree of a `use` behind what stands before it.
fn expand(before: &str, tree: &str, found: &mut Vec<String>) {
    let tree = tree.trim();
    let Some((head, rest)) = tree.split_once('{') else {
        if !tree.is_empty() {
            let name = tree.split_whitespace().next().unwrap_or_default();
            found.push(format!("{before}{name}").trim_end_matches("::self").to_owned());
        }
        return;
    };
    let before = format!("{before}{}", head.trim());
    let inside = rest.rsplit_once('}').map_or(rest, |(inside, _)| inside);
    let mut depth = 0_usize;
    let branches = inside.split(|character| {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0
    });
    for branch in branches {
        expand(&before, branch, found);
    }
}

/// The line on which a file's own tests begin: a `#[cfg(test)]` with a `mod … {` behind it.
pub(super) fn tests_begin(text: &str) -> Option<usize> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let module = |line: &str| {
        let line = line.strip_prefix("pub(crate) ").unwrap_or(line);
        line.starts_with("mod ") && line.ends_with('{')
    };
    lines
        .windows(2)
        .position(|pair| pair[0].starts_with("#[cfg(") && names(pair[0], "test") && module(pair[1]))
        .map(|at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        used_paths(text).into_iter().map(|(_, path)| path).collect()
    }

    #[test]
    fn names_are_whole() {
        assert!(names("let s = web_sys::window();", "web_sys"));
        assert!(!names("let s = my_web_sys::window();", "web_sys"));
        assert!(!names("#[wasm_bindgen_test]", "wasm_bindgen"));
        assert!(names("use gloo_timers::x;", "gloo_*"));
        assert!(!names("igloo_x", "gloo_*"));
    }

    #[test]
    fn a_use_is_written_out() {
        assert_eq!(paths("use std::fs;"), ["std::fs"]);
        assert_eq!(
            paths("pub(crate) use std::{fs, net::{TcpStream, self}, time as t};"),
            ["std::fs", "std::net::TcpStream", "std::net", "std::time"]
        );
        assert_eq!(
            paths("    use a::{\n        b, // why\n        c,\n    };\n"),
            ["a::b", "a::c"]
        );
        assert_eq!(paths("#[cfg(test)] use a::b;"), ["a::b"]);
    }

    #[test]
    fn what_is_no_use_is_none() {
        assert!(
            paths("// use std::fs;\nlet because = 1;\nlet s = \"refuse std::fs;\";").is_empty()
        );
        assert!(used_paths("use a::{b,").is_empty(), "it never ends");
    }

    #[test]
    fn the_line_of_a_use_is_where_it_begins() {
        assert_eq!(used_paths("//! x\n\nuse a::{\n    b,\n};"), [(3, "a::b".to_owned())]);
    }

    #[test]
    fn tests_begin_at_their_module() {
        assert_eq!(tests_begin("a\n#[cfg(test)]\nmod tests {\n}"), Some(2));
        assert_eq!(tests_begin("#[cfg(all(test, unix))]\nmod tests {\n}"), Some(1));
        assert_eq!(tests_begin("#[cfg(test)]\nmod tests;\n"), None);
    }
}
