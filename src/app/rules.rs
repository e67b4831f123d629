//! The rules that names and messages keep to, and those by which a relay refuses something, in words of the page's
//! language. The rules themselves, and their words for programs, are in `protocol/`.

use std::borrow::Cow;

use duologue_protocol::content::InvalidContent;
use duologue_protocol::id::InvalidId;
use duologue_protocol::limits::{CONTENT_MAX_BYTES, USER_ID_MAX_CHARS};
use duologue_protocol::{CloseCode, ErrorCode};
use duologue_session::{OUTBOX_MAX, Reason, Rule};
use rust_i18n::t;

use super::numbers::count;

/// Why that can't be a name.
pub fn of_a_name(rule: &InvalidId) -> String {
    match rule {
        InvalidId::UserIdLength(characters) => {
            t!("name.length", most = USER_ID_MAX_CHARS, count = count(*characters)).into_owned()
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
            t!("composer.most", most = count(CONTENT_MAX_BYTES), count = count(*bytes)).into_owned()
        }
        InvalidContent::ControlCharacter => t!("composer.characters").into_owned(),
    }
}

/// Why something was refused, or a link ended, as a part of a sentence. What no page of this version brings about, and
/// what a newer relay may say, is said in the relay's own words.
pub fn of_a_refusal(Reason { rule, words }: &Reason) -> Cow<'_, str> {
    match rule {
        Rule::OutboxFull => t!("reason.outbox_full", most = count(OUTBOX_MAX)),
        Rule::Error(code) => of_an_error(*code).unwrap_or(Cow::Borrowed(words)),
        Rule::Close(code) => match CloseCode::ALL.into_iter().find(|one| one.code() == *code) {
            Some(known) => of_a_close(known),
            None => Cow::Borrowed(words),
        },
    }
}

fn of_an_error(code: ErrorCode) -> Option<Cow<'static, str>> {
    Some(match code {
        ErrorCode::NameTaken => t!("reason.name_taken"),
        ErrorCode::BadProof => t!("reason.bad_proof"),
        ErrorCode::KeyRequired => t!("reason.key_required"),
        ErrorCode::NamesFull => t!("reason.names_full"),
        ErrorCode::MessageToSelf => t!("reason.to_self"),
        ErrorCode::StorageUnavailable => t!("reason.storage"),
        ErrorCode::MailboxFull => t!("reason.mailbox_full"),
        ErrorCode::RateLimited => t!("reason.too_much"),
        ErrorCode::Busy => t!("reason.busy"),
        ErrorCode::FrameTooLarge => t!("reason.too_large"),
        _ => return None,
    })
}

/// What one of the relay's own close codes means, as a part of a sentence.
pub fn of_a_close(code: CloseCode) -> Cow<'static, str> {
    match code {
        CloseCode::ShuttingDown => t!("reason.shutting_down"),
        CloseCode::HeartbeatTimeout | CloseCode::OpenTimeout => t!("reason.not_heard"),
        CloseCode::SlowReader => t!("reason.too_slow"),
        CloseCode::TryLater => t!("reason.try_later"),
        CloseCode::FrameTooLarge => t!("reason.too_large"),
        CloseCode::NotYours => t!("reason.name_taken"),
        CloseCode::Replaced => t!("reason.replaced"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_said_in_the_pages_words_and_else_in_the_relays() {
        let said = |rule| of_a_refusal(&Reason { rule, words: "so it is".into() }).into_owned();
        assert_eq!(said(Rule::Error(ErrorCode::MailboxFull)), "the other one’s mailbox is full");
        assert_eq!(said(Rule::Error(ErrorCode::Unknown)), "so it is");
        assert_eq!(said(Rule::OutboxFull), "1\u{202f}000 messages are waiting already");
        for code in CloseCode::ALL {
            assert_ne!(said(Rule::Close(code.code())), "so it is", "{code}");
        }
        assert_eq!(said(Rule::Close(4999)), "so it is");
    }

    #[test]
    fn a_rule_says_what_is_wrong_and_what_would_be_right() {
        assert_eq!(
            of_a_name(&InvalidId::UserIdLength(65)),
            "A name has 1 to 64 characters, this one has 65."
        );
        let words = of_a_message(&InvalidContent::TooLarge(16_385));
        assert_eq!(
            words,
            "That can’t be sent: a message has at most 16\u{202f}384 bytes, this one has 16\u{202f}385."
        );
        assert!(of_a_message(&InvalidContent::ControlCharacter).contains("control characters"));
    }
}
