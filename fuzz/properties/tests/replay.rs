//! Every file of `fuzz/corpus` through its property: what the fuzzer found once, and what it needed to get far.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::panic::catch_unwind;
use std::path::PathBuf;

use duologue_properties::{ALL, Property};

/// How large the corpora may be, in bytes: everybody clones them.
const MAX_BYTES: u64 = 500_000;

fn corpora() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../corpus")
}

fn names_in(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(corpora().join(folder)).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

fn replay(name: &str, property: Property) {
    let files = names_in(name);
    assert!(!files.is_empty(), "fuzz/corpus/{name} is empty");
    let mut failed = files;
    failed.retain(|file| {
        let bytes = fs::read(corpora().join(name).join(file)).unwrap();
        catch_unwind(|| property(&bytes)).is_err()
    });
    assert!(failed.is_empty(), "in fuzz/corpus/{name}: {failed:?}");
}

macro_rules! replays {
    ($($name:ident),*) => {
        $(#[test]
        fn $name() {
            replay(stringify!($name), duologue_properties::$name);
        })*

        #[test]
        fn each_property_has_a_corpus_and_is_replayed() {
            let replayed = [$(stringify!($name)),*];
            assert_eq!(ALL.map(|(name, _)| name), replayed);
            assert_eq!(names_in("."), replayed);
        }
    };
}
replays!(codec, identity, names, polling, session);

#[test]
fn the_corpora_are_small() {
    let files =
        ALL.iter().flat_map(|(name, _)| names_in(name).into_iter().map(move |file| (name, file)));
    let bytes = files.map(|(name, file)| corpora().join(name).join(file).metadata().unwrap().len());
    assert!(bytes.sum::<u64>() <= MAX_BYTES);
}
