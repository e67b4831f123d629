//! Notices a client that doesn't take what it asked for: it would hold its connection, and what waits for it, for as
//! long as it likes. hyper has deadlines for what is read and none for what is written, and a WebSocket that sends
//! and never reads looks alive.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::sleep;

/// How much a client takes in the time that it has, at least, while something waits for it: with half a minute that is
/// half a kilobyte a second, which the slowest link that shows a page does.
const PROGRESS_MIN_BYTES: u64 = 16 * 1024;

/// A socket whose writing is watched.
#[derive(Debug)]
pub(crate) struct Watched {
    stream: TcpStream,
    written: Arc<Written>,
}

/// How far the writing got.
#[derive(Debug, Default)]
pub(crate) struct Written {
    bytes: AtomicU64,
    /// The socket took nothing when it was last tried.
    is_stuck: AtomicBool,
}

impl Watched {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream, written: Arc::default() }
    }

    pub(crate) fn written(&self) -> Arc<Written> {
        Arc::clone(&self.written)
    }

    fn note(&self, outcome: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        self.written.is_stuck.store(outcome.is_pending(), Relaxed);
        if let Poll::Ready(Ok(bytes)) = &outcome {
            self.written.bytes.fetch_add(*bytes as u64, Relaxed);
        }
        outcome
    }
}

impl Written {
    /// Ends when the client has taken next to nothing for this long while something waited for it, or for a second
    /// such time at the most.
    pub(crate) async fn stalled(&self, patience: Duration) {
        loop {
            let before = self.bytes.load(Relaxed);
            let was_stuck = self.is_stuck.load(Relaxed);
            sleep(patience).await;
            let taken = self.bytes.load(Relaxed) - before;
            // Stuck at both ends and nothing much between: had it been free meanwhile, more would have gone.
            if was_stuck && self.is_stuck.load(Relaxed) && taken < PROGRESS_MIN_BYTES {
                return;
            }
        }
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.note(outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.note(outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
