//! What clients said, as it is shown to people: in a refusal or the log.

/// How much of it: more than nearly all hosts have.
const SHOWN_MAX_CHARS: usize = 64;

/// A text as far as a person needs to see it: a client may send kilobytes, line feeds and what can't be seen.
pub(crate) fn shown(text: &str) -> String {
    text.escape_debug().take(SHOWN_MAX_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_short_and_one_line() {
        assert_eq!(shown("chat.example"), "chat.example");
        assert_eq!(shown("a\nb\u{200b}"), "a\\nb\\u{200b}");
        assert_eq!(shown(&"小".repeat(1_000)).chars().count(), SHOWN_MAX_CHARS);
    }
}
