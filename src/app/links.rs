//! The links in what people write: found by a library, and only those that can do no harm when they are
//! pressed and look like where they lead. How they open is the component's business.

use linkify::{LinkFinder, LinkKind};

/// The only schemes that a web link may have.
const SCHEMES: [&str; 2] = ["http://", "https://"];

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// As it is.
    Text(String),
    /// Something to press.
    Link {
        /// What was written.
        text: String,
        /// Where it leads.
        href: String,
    },
}

/// The parts of `text`, in their order; together they are the text.
pub fn parts(text: &str) -> Vec<Part> {
    // Most messages have none, and needn't be searched.
    if !text.contains("//") && !text.contains('@') {
        return vec![Part::Text(text.to_owned())];
    }
    let mut parts: Vec<Part> = Vec::new();
    for span in LinkFinder::new().spans(text) {
        let written = span.as_str();
        let href = match span.kind() {
            _ if written.contains(is_hidden) => None,
            Some(LinkKind::Url) if is_of_the_web(written) => Some(written.to_owned()),
            // A header (RFC 6068) would be the sender's word in the reader's mail, a fragment is dropped.
            Some(LinkKind::Email) if !written.contains(['?', '&', '%', '=', '#']) => {
                Some(format!("mailto:{written}"))
            }
            _ => None,
        };
        match (href, parts.last_mut()) {
            (Some(href), _) => parts.push(Part::Link { text: written.to_owned(), href }),
            (None, Some(Part::Text(before))) => before.push_str(written),
            (None, _) => parts.push(Part::Text(written.to_owned())),
        }
    }
    parts
}

/// Whether a character can't be seen or changes the direction: an address with one in it looks like another.
fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}'
    )
}

fn is_of_the_web(url: &str) -> bool {
    let after = |scheme: &&str| {
        let (start, rest) = url.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    };
    // What stands before an @ looks like the host, and isn't.
    let is_without_user = |rest: &str| rest.bytes().find(|b| b"/?#@".contains(b)) != Some(b'@');
    SCHEMES.iter().find_map(after).is_some_and(is_without_user)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hrefs(text: &str) -> Vec<String> {
        let href = |part| match part {
            Part::Link { href, .. } => Some(href),
            Part::Text(_) => None,
        };
        parts(text).into_iter().filter_map(href).collect()
    }

    #[test]
    fn links_and_addresses_are_found_where_they_end() {
        assert_eq!(
            hrefs("see https://example.org/a_(b)?q=1#c, or (http://b.example)."),
            ["https://example.org/a_(b)?q=1#c", "http://b.example"]
        );
        assert_eq!(hrefs("write to ann@example.org!"), ["mailto:ann@example.org"]);
        assert_eq!(hrefs("HTTPS://EXAMPLE.ORG"), ["HTTPS://EXAMPLE.ORG"]);
        assert_eq!(hrefs("看 https://例え.jp/路 吧"), ["https://例え.jp/路"]);
    }

    #[test]
    fn nothing_else_can_be_pressed() {
        for text in [
            "javascript:alert(1)",
            "javascript://example.org/%0aalert(1)",
            "data:text/html,<script>alert(1)</script>",
            "vbscript://x.example",
            "file:///etc/passwd",
            "blob:https//x",
            "ftp://example.org",
            "//example.org",
            "hi",
            "a@b",
            "",
        ] {
            assert!(hrefs(text).iter().all(String::is_empty), "{text}: {:?}", hrefs(text));
        }
    }

    #[test]
    fn an_address_that_hides_something_is_no_link() {
        for hidden in "\u{61c}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\
                       \u{2060}\u{2066}\u{2067}\u{2068}\u{2069}\u{feff}"
            .chars()
        {
            for text in [
                format!("https://exam{hidden}ple.org/"),
                format!("https://example.org/a{hidden}gpj.exe"),
                format!("ann{hidden}x@example.org"),
                format!("ann@exam{hidden}ple.org"),
            ] {
                assert_eq!(hrefs(&text), [""; 0], "{text:?}");
            }
        }
    }

    #[test]
    fn what_stands_before_the_host_is_not_taken_for_it() {
        for text in [
            "https://bank.example@evil.example/",
            "http://bank.example:443@evil.example",
            "HTTPS://a:b@evil.example?x",
            "https:///bank.example@evil.example/",
        ] {
            assert!(!hrefs(text).iter().any(|href| href.starts_with("http")), "{text}");
        }
        for url in ["https://a.example/@ann", "https://a.example?to=@b", "https://a.example/#@b"] {
            assert_eq!(hrefs(url), [url]);
        }
    }

    #[test]
    fn a_mail_has_no_headers_but_the_address() {
        for address in [
            "a?bcc=b@example.org",
            "a&cc=b@example.org",
            "a%3fbody%3db@example.org",
            "a=b@example.org",
            "a#b@example.org",
        ] {
            assert_eq!(hrefs(address), [""; 0], "{address}");
        }
        assert_eq!(hrefs("ann+a.b_c-d@example.org"), ["mailto:ann+a.b_c-d@example.org"]);
    }

    #[test]
    fn a_link_is_what_is_written_and_no_text_is_lost() {
        for text in [
            "https://a.example",
            "a https://a.example b ftp://c.example d e@f.example\n\thttps://g.example ",
            "<a href=\"https://a.example\" onclick=\"alert(1)\">x</a>",
            "https://a.example\u{202e}gpj.exe",
            "a https://a.example@b.example b?c@d.example https://e.example",
            "@//@//https://@@//\"'><b>",
        ] {
            let parts = parts(text);
            let written = |part: &Part| match part {
                Part::Text(text) | Part::Link { text, .. } => text.clone(),
            };
            assert_eq!(parts.iter().map(written).collect::<String>(), text);
            for part in parts {
                let Part::Link { text, href } = part else { continue };
                assert!(href == text || href == format!("mailto:{text}"), "{href}");
                assert!(!href.contains(['"', '<', '>', ' ', '\n']), "{href}");
            }
        }
    }
}
