//! Names and their one form. Whose a name is, and who may open it, is `identity`'s business.

use duologue_protocol::UserId;
use duologue_protocol::limits::USER_ID_MAX_CHARS;
use duologue_server::identity::canonical_only;
use duologue_server::names::{canonical, is_canonical};
use unicode_normalization::UnicodeNormalization as _;

/// Any text is a name with one form or is none. The form of a form is itself; it can be seen, and it is what
/// everybody else means who writes it that way.
pub fn names(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        name(text);
    }
    // Of bytes at random hardly any are UTF-8, and most code points would never be tried.
    let points = data.chunks_exact(3).map(|bytes| match bytes {
        [high, middle, low] => u32::from_be_bytes([0, high % 0x11, *middle, *low]),
        _ => 0,
    });
    name(&points.filter_map(char::from_u32).collect::<String>());
}

fn name(text: &str) {
    let Ok(name) = UserId::parse(text) else { return };
    let form = canonical(&name);
    assert_eq!(is_canonical(&name), form.as_ref() == Some(&name), "{name:?}");
    assert_eq!(canonical_only(&name).is_ok(), is_canonical(&name), "{name:?}");
    if let Some(form) = form {
        assert_eq!(canonical(&form).as_ref(), Some(&form), "the form of {name:?}");
        assert_eq!(UserId::parse(form.as_str()).as_ref(), Ok(&form));
        can_be_seen(form.as_str());
    }
}

fn can_be_seen(form: &str) {
    assert!((1..=USER_ID_MAX_CHARS).contains(&form.chars().count()), "{form:?}");
    assert!(form.split(' ').all(|part| !part.is_empty()), "{form:?} has spaces for nobody to see");
    assert!(form.nfc().eq(form.chars()), "{form:?} can be written in another way");
    for char in form.chars().filter(|char| *char != ' ') {
        assert!(!char.is_whitespace() && !char.is_control(), "{form:?} has {char:?}");
        assert!(!is_invisible(char), "{form:?} has {char:?}");
        assert!(char.to_lowercase().eq([char]), "{form:?} has the capital {char:?}");
    }
}

/// What Unicode calls `Default_Ignorable_Code_Point` or `Bidi_Control` (`DerivedCoreProperties` and `PropList` of
/// Unicode 16), and the marks around annotations.
fn is_invisible(char: char) -> bool {
    matches!(
        char,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}
