//! An ordinary static file server: it knows files and nothing else. And a copy of the page for it, to be changed.

use std::path::Path;

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tower_http::services::ServeDir;

/// Serves a folder below a path, on a port of its own. Dropping it ends it.
pub struct StaticServer {
    url: String,
    task: JoinHandle<()>,
}

impl StaticServer {
    /// Serves `folder` below `path`, which starts with `/`.
    pub async fn start(folder: &Path, path: &str) -> Self {
        Self::start_with(folder, path, |router| router).await
    }

    /// The same with something around it.
    pub async fn start_with(
        folder: &Path,
        path: &str,
        around: impl FnOnce(Router) -> Router,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}{path}", listener.local_addr().expect("bound"));
        let router = Router::new();
        let router = match path {
            "/" => router.fallback_service(ServeDir::new(folder)),
            _ => router.nest_service(path, ServeDir::new(folder)),
        };
        let router = around(router);
        let task = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("a server that goes on");
        });
        Self { url, task }
    }

    /// Where the folder is.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for StaticServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Copies a folder with everything in it.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let copied = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy_folder(&entry.path(), &copied);
        } else {
            std::fs::copy(entry.path(), copied).expect("a file that can be copied");
        }
    }
}
