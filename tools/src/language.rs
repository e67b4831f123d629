//! How things are said in the language that the page speaks. What is said is in `locales/`.

use std::borrow::Cow;

use rust_i18n::t;

/// What is said.
pub type Words = Cow<'static, str>;

/// The language of the files that are saved: who gets one for a bug report may not read that of who sends it.
pub const OF_FILES: &str = "en";

/// Up to three things as a part of a sentence.
pub fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first, last] => t!("list.two", first = first, last = last).into_owned(),
        [first, second, .., last] => {
            t!("list.three", first = first, second = second, last = last).into_owned()
        }
    }
}

/// Whole sentences, one behind the other.
pub fn sentences(all: impl IntoIterator<Item = String>) -> String {
    let joined = |first: String, second: String| {
        t!("list.sentences", first = first, second = second).into_owned()
    };
    all.into_iter().reduce(joined).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_texts_are_of_any_length() {
        let items = ["a", "b", "c"].map(String::from);
        let lists = [0, 1, 2, 3].map(|count| list(&items[..count]));
        assert_eq!(lists, ["", "a", "a and b", "a, b and c"]);
        assert_eq!(sentences(items), "a b c");
        assert_eq!(sentences([]), "");
    }
}
