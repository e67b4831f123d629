//! What is known of emoji: whether a message is nothing else.

/// A message of so many emoji at the most is shown large; more are a pattern.
const LARGE_MAX: usize = 3;

/// Whether a message is one to three emoji and nothing else.
pub fn is_large(text: &str) -> bool {
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
            _ => return false,
        }
    }
    (1..=LARGE_MAX).contains(&count) && !flag_half
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
    use super::is_large;

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
}
