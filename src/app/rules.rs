//! The rules that names and messages keep to, in words of the page's language. The rules themselves, and their words
//! for programs, are in `protocol/`.

use duologue_protocol::content::InvalidContent;
use duologue_protocol::id::InvalidId;
use duologue_protocol::limits::{CONTENT_MAX_BYTES, USER_ID_MAX_CHARS};
use rust_i18n::t;

/// Why that can't be a name.
pub fn of_a_name(rule: &InvalidId) -> String {
    match rule {
        InvalidId::UserIdLength(count) => {
            t!("name.length", most = USER_ID_MAX_CHARS, count = count).into_owned()
        }
        InvalidId::UserIdCharacters => t!("name.characters").into_owned(),
        // No rule of names.
        InvalidId::MessageId | InvalidId::Nonce => t!("name.invalid", rule = rule).into_owned(),
    }
}

/// Why that can't be sent.
pub fn of_a_message(rule: &InvalidContent) -> String {
    match rule {
        InvalidContent::Empty => t!("composer.empty").into_owned(),
        InvalidContent::TooLarge(bytes) => {
            t!("composer.most", most = CONTENT_MAX_BYTES, count = bytes).into_owned()
        }
        InvalidContent::ControlCharacter => t!("composer.characters").into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_says_what_is_wrong_and_what_would_be_right() {
        assert_eq!(
            of_a_name(&InvalidId::UserIdLength(65)),
            "A name has 1 to 64 characters, this one has 65."
        );
        let words = of_a_message(&InvalidContent::TooLarge(16_385));
        assert_eq!(
            words,
            "That can’t be sent: a message has at most 16384 bytes, this one has 16385."
        );
        assert!(of_a_message(&InvalidContent::ControlCharacter).contains("control characters"));
    }
}
