//! What the page says is there in each of its languages, and nothing else is in the tables.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{fs, io};

use serde_json::Value;

/// The texts of `locales/` by key and language.
fn tables() -> BTreeMap<String, BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for file in fs::read_dir(root().join("locales")).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        let table: Value = serde_yaml_ng::from_str(&text).unwrap();
        collect("", &table, &mut found);
    }
    found
}

fn collect(key: &str, value: &Value, found: &mut BTreeMap<String, BTreeMap<String, String>>) {
    let Value::Object(fields) = value else { return };
    for (name, value) in fields {
        if let Value::String(text) = value {
            let texts = found.entry(key.to_owned()).or_default();
            assert!(texts.insert(name.clone(), text.clone()).is_none(), "{key} twice");
        } else {
            let inner = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
            collect(&inner, value, found);
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The keys that `t!("…")` names in the sources, each with the names of what it puts in.
fn used() -> BTreeMap<String, BTreeSet<String>> {
    let mut sources = String::new();
    read_all(&root().join("src"), &mut sources).unwrap();
    let mut used = BTreeMap::new();
    // Not a longer macro's name.
    let calls = sources.match_indices("t!(").filter(|(at, _)| {
        !sources[..*at].ends_with(|before: char| before.is_alphanumeric() || before == '_')
    });
    for (at, found) in calls {
        let call = until_closed(&sources[at + found.len()..]);
        let quoted = call.trim_start().strip_prefix('"').unwrap();
        let (key, rest) = quoted.split_once('"').unwrap();
        let names = rest.split(',').filter_map(|part| part.split_once(" = "));
        let names = names.map(|(name, _)| name.trim().to_owned()).collect();
        used.insert(key.to_owned(), names);
    }
    used
}

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
    for (key, texts) in tables() {
        let languages: Vec<&str> = texts.keys().map(String::as_str).collect();
        assert_eq!(languages, ["en", "zh"], "{key}");
        assert_eq!(placeholders(&texts["en"]), placeholders(&texts["zh"]), "{key}");
        assert!(texts.values().all(|text| !text.trim().is_empty()), "{key}");
    }
}

#[test]
fn what_is_said_is_in_the_tables_and_what_is_in_the_tables_is_said() {
    let (tables, used) = (tables(), used());
    assert!(used.len() > 50, "{used:?}");
    for (key, names) in &used {
        let texts = tables.get(key).unwrap_or_else(|| panic!("{key} is in no table"));
        let gaps = placeholders(&texts["en"]);
        // What no argument fills is filled by the component that shows it.
        assert!(names.is_subset(&gaps), "{key}: {names:?} into {gaps:?}");
        assert!(names.is_empty() || *names == gaps, "{key}: {names:?} for {gaps:?}");
    }
    let unused: Vec<&String> = tables.keys().filter(|key| !used.contains_key(*key)).collect();
    assert_eq!(unused, Vec::<&String>::new());
}
