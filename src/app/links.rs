//! The links in what people write: found by a library, and only those that can do no harm when they are
//! pressed. How they open is the component's business.

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
            Some(LinkKind::Url) if is_of_the_web(written) => Some(written.to_owned()),
            Some(LinkKind::Email) => Some(format!("mailto:{written}")),
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

fn is_of_the_web(url: &str) -> bool {
    let starts_with =
        |scheme: &&str| url.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme));
    SCHEMES.iter().any(starts_with)
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
    fn a_link_is_what_is_written_and_no_text_is_lost() {
        for text in [
            "https://a.example",
            "a https://a.example b ftp://c.example d e@f.example\n\thttps://g.example ",
            "<a href=\"https://a.example\" onclick=\"alert(1)\">x</a>",
            "https://a.example\u{202e}gpj.exe",
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
