//! The page: from the binary, or from a folder. Building it is Trunk's work; what is in it is not
//! looked at here.

mod embedded;
mod headers;

use std::convert::Infallible;
use std::path::{Path, PathBuf};

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use tower_http::services::ServeDir;

/// A folder that can't be served.
#[derive(Debug, thiserror::Error)]
#[error("--web {}: there is no index.html in it (`trunk build --release` makes a dist/ that has one)", .0.display())]
pub struct NoPage(PathBuf);

/// A service for the page: from `folder` where one is given, else from the binary.
///
/// # Errors
/// [`NoPage`] for a folder without one.
pub fn page(folder: Option<&Path>) -> Result<Router, NoPage> {
    let files = match folder {
        Some(folder) => from_folder(folder)?,
        None => embedded::router(),
    };
    Ok(files.layer(middleware::from_fn(describe)))
}

fn from_folder(folder: &Path) -> Result<Router, NoPage> {
    if !folder.join("index.html").is_file() {
        return Err(NoPage(folder.to_owned()));
    }
    let files = ServeDir::new(folder)
        .precompressed_br()
        .precompressed_gzip()
        .fallback(tower::service_fn(|_| async { Ok::<_, Infallible>(not_found().await) }));
    Ok(Router::new().fallback_service(files))
}

async fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "there is nothing here\n").into_response()
}

/// What is true of every file, wherever it comes from.
async fn describe(request: Request, next: Next) -> Response {
    let hashed = has_hash(request.uri().path());
    let mut response = next.run(request).await;
    let found = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, cache_control(found && hashed));
    headers::insert(headers);
    name_charset(headers);
    response
}

fn cache_control(immutable: bool) -> HeaderValue {
    HeaderValue::from_static(if immutable {
        "public, max-age=31536000, immutable"
    } else {
        // May be kept, but not used without asking whether it is still the one.
        "no-cache"
    })
}

/// All of the page's texts are UTF-8; no source of files says so.
fn name_charset(headers: &mut HeaderMap) {
    let Some(kind) = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()) else { return };
    if kind.starts_with("text/")
        && !kind.contains("charset")
        && let Ok(kind) = HeaderValue::try_from(format!("{kind}; charset=utf-8"))
    {
        headers.insert(CONTENT_TYPE, kind);
    }
}

/// Whether the build put the hash of the content into the file's name: `app-0123456789abcdef.js`,
/// `app-0123456789abcdef_bg.wasm`. What is under such a name never changes.
fn has_hash(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    let stem = stem.strip_suffix("_bg").unwrap_or(stem);
    stem.rsplit_once('-').is_some_and(|(_, hash)| {
        hash.len() == 16 && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    })
}

#[cfg(test)]
mod tests {
    use super::has_hash;

    #[test]
    fn trunks_hashed_names_are_known() {
        for name in [
            "/duologue-0123456789abcdef.js",
            "/duologue-0123456789abcdef_bg.wasm",
            "/chat/style-fedcba9876543210.css",
        ] {
            assert!(has_hash(name), "{name}");
        }
        for name in [
            "/",
            "/index.html",
            "/snippets/duologue-0123456789abcdef/inline0.js",
            "/duologue-0123456789abcde.js",
            "/duologue-0123456789ABCDEF.js",
            "/0123456789abcdef.js",
        ] {
            assert!(!has_hash(name), "{name}");
        }
    }
}
