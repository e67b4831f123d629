//! What the module says is there in each of its languages, and nothing else is in the tables.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{fs, io};

/// The texts of a language, as they were compiled in.
fn table(language: &str) -> BTreeMap<String, String> {
    let texts = duologue_tools::_rust_i18n_backend().messages_for_locale(language).unwrap();
    texts.into_iter().map(|(key, text)| (key.into_owned(), text.into_owned())).collect()
}

/// The keys that `t!("…")` names in the sources, each with the names of what it puts in.
fn used() -> Vec<(String, BTreeSet<String>)> {
    let mut sources = String::new();
    read_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut sources).unwrap();
    let calls = sources.match_indices("t!(").filter(|(at, _)| {
        // Not a longer macro's name.
        !sources[..*at].ends_with(|before: char| before.is_alphanumeric() || before == '_')
    });
    let calls = calls.map(|(at, found)| {
        let call = until_closed(&sources[at + found.len()..]);
        let quoted = call.trim_start().strip_prefix('"');
        let (key, rest) = quoted.and_then(|rest| rest.split_once('"')).unwrap();
        let names = rest.split(',').filter_map(|part| part.split_once(" = "));
        let names = names.map(|(name, _)| name.trim().to_owned());
        (key.to_owned(), names.filter(|name| name != "locale").collect())
    });
    calls.collect()
}

/// What stands before the bracket that closes what was opened before.
fn until_closed(text: &str) -> &str {
    let mut depth = 1;
    let end = text.find(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth == 0
    });
    &text[..end.unwrap()]
}

fn read_all(folder: &Path, text: &mut String) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read_all(&path, text)?;
        } else {
            text.push_str(&fs::read_to_string(path)?);
        }
    }
    Ok(())
}

fn placeholders(text: &str) -> BTreeSet<String> {
    let names = text.split("%{").skip(1).map(|rest| rest.split_once('}').unwrap().0.to_owned());
    names.collect()
}

#[test]
fn every_text_is_there_in_each_language_with_the_same_gaps() {
    let (english, chinese) = (table("en"), table("zh"));
    let only_in_one: Vec<&String> = english
        .keys()
        .filter(|key| !chinese.contains_key(*key))
        .chain(chinese.keys().filter(|key| !english.contains_key(*key)))
        .collect();
    assert_eq!(only_in_one, Vec::<&String>::new());
    for (key, text) in &english {
        let other = &chinese[key];
        assert_eq!(placeholders(text), placeholders(other), "{key}");
        // What is set in bold begins and ends.
        for text in [text, other] {
            assert!(!text.trim().is_empty() && text.matches("**").count() % 2 == 0, "{key}");
        }
    }
}

#[test]
fn what_is_said_is_in_the_tables_and_what_is_in_the_tables_is_said() {
    let (table, used) = (table("en"), used());
    assert!(used.len() > 100, "{used:?}");
    for (key, names) in &used {
        let text = table.get(key).unwrap_or_else(|| panic!("{key} is in no table"));
        let gaps = placeholders(text);
        // What no argument fills is filled by what shows it.
        let is_filled_later = names.is_empty() && gaps.iter().all(|gap| gap == "name");
        assert!(*names == gaps || is_filled_later, "{key}: {names:?} for {gaps:?}");
    }
    let is_used = |key: &String| used.iter().any(|(used, _)| used == key);
    let unused: Vec<&String> = table.keys().filter(|key| !is_used(key)).collect();
    assert_eq!(unused, Vec::<&String>::new());
}

#[test]
fn typography_is_that_of_the_language() {
    for (key, text) in table("en") {
        assert!(!text.contains(['\'', '，', '。']) && !text.contains("..."), "{key}: {text}");
    }
    for (key, text) in table("zh") {
        let half_width = [", ", "; ", "! ", "? "].iter().any(|sign| text.contains(sign));
        let is_chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
        let mut pairs = text.chars().zip(text.chars().skip(1));
        let is_tight = pairs.any(|(one, next)| {
            (is_chinese(one) && next.is_ascii_alphanumeric())
                || (one.is_ascii_alphanumeric() && is_chinese(next))
        });
        assert!(!half_width && !is_tight, "{key}: {text}");
    }
}
