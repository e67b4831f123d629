//! What is known of emoji: whether a message is nothing else.

/// A message of so many emoji at the most is shown large; more are a pattern.
const LARGE_MAX: usize = 3;

/// The longest of Unicode's are families of four, with a skin each, of 41 bytes, and the flags of regions, of 28.
const ONE_MAX_BYTES: usize = 64;

/// Whether a message is one to three emoji and nothing else.
pub fn is_large(text: &str) -> bool {
    count(text).is_some_and(|count| (1..=LARGE_MAX).contains(&count))
}

/// Whether a text is one emoji and nothing else.
pub fn is_one(text: &str) -> bool {
    text.len() <= ONE_MAX_BYTES && count(text) == Some(1)
}

/// How many emoji a text has; `None` if there is anything else in it.
fn count(text: &str) -> Option<usize> {
    let mut count = 0;
    let mut is_joined = false;
    let mut flag_half = false;
    for c in text.chars() {
        match c {
            '\u{200d}' if count > 0 => is_joined = true,
            // What changes the one before: its looks, its skin, a key cap, a flag's letters.
            '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{20e3}' | '\u{e0020}'..='\u{e007f}'
                if count > 0 => {}
            '\u{1f1e6}'..='\u{1f1ff}' => {
                count += usize::from(!flag_half);
                flag_half = !flag_half;
            }
            _ if is_pictograph(c) => {
                count += usize::from(!is_joined);
                is_joined = false;
            }
            _ => return None,
        }
    }
    (!flag_half).then_some(count)
}

/// Whether a character is an emoji by itself (Unicode's `Emoji_Presentation`, and those that are one with U+FE0F).
fn is_pictograph(c: char) -> bool {
    matches!(c,
        '\u{2194}'..='\u{21aa}'
            | '\u{231a}'..='\u{23ff}'
            | '\u{25aa}'..='\u{27bf}'
            | '\u{2934}'..='\u{2935}'
            | '\u{2b05}'..='\u{2b55}'
            | '\u{1f004}'
            | '\u{1f0cf}'
            | '\u{1f170}'..='\u{1f251}'
            | '\u{1f300}'..='\u{1f64f}'
            | '\u{1f680}'..='\u{1f6ff}'
            | '\u{1f7e0}'..='\u{1f7f0}'
            | '\u{1f90c}'..='\u{1f9ff}'
            | '\u{1fa70}'..='\u{1faff}'
    )
}

#[cfg(test)]
mod tests {
    use super::{is_large, is_one};

    #[test]
    fn one_to_three_emoji_are_large() {
        for text in ["👋", "❤️", "👍🏽", "👨‍👩‍👧‍👦", "🇨🇳", "🎉🎉🎉", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🇨🇳🇫🇷", "☕"]
        {
            assert!(is_large(text), "{text}");
        }
    }

    #[test]
    fn anything_else_is_not() {
        for text in [
            "",
            "a",
            "👋 hi",
            "🎉🎉🎉🎉",
            "1",
            "\u{200d}",
            "\u{fe0f}",
            "🇨",
            "👋\u{202e}",
            "好",
            "™",
        ] {
            assert!(!is_large(text), "{text:?}");
        }
    }

    #[test]
    fn one_is_one_whatever_it_is_made_of() {
        for text in ["👋", "👍🏽", "👨‍👩‍👧‍👦", "🇨🇳", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"]
        {
            assert!(is_one(text), "{text}");
        }
        let endless = format!("👋{}", "\u{200d}👋".repeat(20));
        for text in ["", "a", "👋👋", "👋 ", &endless] {
            assert!(!is_one(text), "{text}");
        }
    }
}
