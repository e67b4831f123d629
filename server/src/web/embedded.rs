//! The page that is in the binary. `build.rs` put it there, compressed already; here the right form
//! of a file is picked.

use axum::Router;

#[cfg(not(page_built))]
pub(super) fn router() -> Router {
    use axum::http::StatusCode;
    use axum::routing::get;

    const HOW_TO_BUILD: &str = "This relay was built without the page. \
        Run `trunk build --release` and build the relay again, or `cargo xtask serve` for both.\n";
    Router::new()
        .route("/", get(|| async { (StatusCode::SERVICE_UNAVAILABLE, HOW_TO_BUILD) }))
        .fallback(super::not_found)
}

#[cfg(page_built)]
pub(super) fn router() -> Router {
    use axum::http::HeaderMap;
    use axum::routing::get;
    use std::future::ready;

    let mut router = Router::new().fallback(super::not_found);
    for file in FILES {
        let answer = |headers: HeaderMap| ready(file.answer(&headers));
        router = router.route(file.path, get(answer));
        if file.path == "/index.html" {
            router = router.route("/", get(answer));
        }
    }
    router
}

#[cfg(page_built)]
static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/page.rs"));

#[cfg(page_built)]
struct File {
    path: &'static str,
    kind: &'static str,
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

#[cfg(page_built)]
impl File {
    fn answer(&self, headers: &axum::http::HeaderMap) -> axum::response::Response {
        use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, VARY};
        use axum::response::IntoResponse as _;

        let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
        let accepted = accepted.unwrap_or_default();
        let as_is = [(CONTENT_TYPE, self.kind), (VARY, "accept-encoding")];
        let forms = [("br", self.brotli), ("gzip", self.gzip)];
        let best = forms.into_iter().find_map(|(encoding, content)| {
            content.filter(|_| accepts(accepted, encoding)).map(|content| (encoding, content))
        });
        match best {
            Some((encoding, small)) => {
                (as_is, [(CONTENT_ENCODING, encoding)], small).into_response()
            }
            None => (as_is, self.plain).into_response(),
        }
    }
}

/// Whether an `Accept-Encoding` takes `encoding`. Its preferences are left aside, except the one that
/// forbids: the smallest form is best for everybody.
#[cfg(any(page_built, test))]
fn accepts(header: &str, encoding: &str) -> bool {
    header.split(',').any(|item| {
        let (name, weight) = item.split_once(';').unwrap_or((item, ""));
        let weight = weight.trim().strip_prefix("q=").map(str::parse::<f32>);
        name.trim().eq_ignore_ascii_case(encoding) && !matches!(weight, Some(Ok(0.0) | Err(_)))
    })
}

#[cfg(test)]
mod tests {
    use super::accepts;

    #[test]
    fn encodings_are_taken_unless_forbidden() {
        for header in ["br", "gzip, deflate, br, zstd", "gzip;q=1.0, BR;q=0.1"] {
            assert!(accepts(header, "br"), "{header}");
        }
        for header in ["", "gzip", "br;q=0", "br; q=0.000", "brotli", "br;q=x"] {
            assert!(!accepts(header, "br"), "{header}");
        }
    }
}
