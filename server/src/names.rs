//! The form in which names are compared: the profile `UsernameCaseMapped` of RFC 8265, so that nobody gets
//! a name that only looks like another one's (`Ann`, `ＡＮＮ` and `ann` are one).
//!
//! RFC 8265 section 3.1 lets a user name have several parts with a space between; the profile is enforced
//! on each.

use duologue_protocol::UserId;
use precis_profiles::UsernameCaseMapped;
use precis_profiles::precis_core::profile::PrecisFastInvocation as _;

/// The rule, for whoever broke it.
pub const RULE: &str = "a name has letters, digits and signs that can be seen (RFC 8265), its parts with one space \
                        between, and reads the same in lower case";

/// Zero width non-joiner and joiner. RFC 8265 takes them between letters of some scripts (RFC 5892 appendix A.1 and
/// A.2); where a font has nothing to join there they can't be seen, and two names look alike.
const JOINERS: [char; 2] = ['\u{200c}', '\u{200d}'];

/// How often the profile is enforced again for its outcome to come to rest (RFC 8264 section 7). The lower case of a
/// letter can be one that it doesn't take, as with Cherokee.
const AGAIN_MAX: usize = 3;

/// The canonical form of a name; `None` if it has none, and then nobody may have it.
pub fn canonical(name: &UserId) -> Option<UserId> {
    if is_plain(name.as_str()) {
        return Some(name.clone());
    }
    if name.as_str().contains(JOINERS) {
        return None;
    }
    let mut form = enforced(name.as_str())?;
    for _ in 0..AGAIN_MAX {
        let again = enforced(&form)?;
        if again == form {
            return UserId::parse(form).ok();
        }
        form = again;
    }
    None
}

fn enforced(name: &str) -> Option<String> {
    let parts: Option<Vec<_>> =
        name.split(' ').map(|part| UsernameCaseMapped::enforce(part).ok()).collect();
    Some(parts?.join(" "))
}

/// Whether a name is in its canonical form.
pub fn is_canonical(name: &UserId) -> bool {
    is_plain(name.as_str()) || canonical(name).as_ref() == Some(name)
}

/// Most names, of which this is seen at once.
fn is_plain(name: &str) -> bool {
    name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(name: &str) -> Option<String> {
        canonical(&UserId::parse(name).ok()?).map(|name| name.to_string())
    }

    #[test]
    fn names_that_look_alike_are_one() {
        let e_acute = ["Ren\u{e9}", "Rene\u{301}", "REN\u{c9}"];
        for (names, expected) in [
            (&["ann", "Ann", "ANN", "\u{ff41}\u{ff4e}\u{ff4e}"][..], "ann"),
            (&e_acute[..], "ren\u{e9}"),
            (&["小秋"][..], "小秋"),
            (&["Ann Lee", "ann lee"][..], "ann lee"),
            (&["~x-Y"][..], "~x-y"),
        ] {
            for name in names {
                assert_eq!(form(name).as_deref(), Some(expected), "{name}");
                let name = UserId::parse(*name).unwrap();
                assert_eq!(is_canonical(&name), name.as_str() == expected);
            }
        }
    }

    #[test]
    fn a_form_that_has_another_form_is_none() {
        // Cherokee: what is its lower case since Unicode 8 is no letter to the profile.
        assert_eq!(form("\u{13c8}"), None);
        assert_eq!(form("\u{ab98}"), None);
    }

    #[test]
    fn names_that_hide_something_are_none() {
        for name in [
            "a\u{200b}nn",      // zero width space
            "ann\u{202e}",      // right-to-left override
            "क्\u{200d}ष",       // zero width joiner, where RFC 5892 takes it
            "\u{2066}ann",      // isolate
            "an\u{ad}n",        // soft hyphen
            "ann  lee",         // two spaces
            "ann\u{a0}lee",     // a space that is another one
            "\u{fb01}n",        // a ligature
            "ann\u{1f600}",     // RFC 8264 section 9.16: symbols are for free-form texts
            "a\u{5d0}1\u{661}", // digits and letters of both directions (RFC 5893)
        ] {
            assert_eq!(form(name), None, "{name:?}");
        }
    }
}
