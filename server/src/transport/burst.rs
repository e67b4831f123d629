//! Reads all that has come at once, and hands it on in the small pieces that the WebSocket above has room for: a
//! connection that is silent, as nearly all are nearly always, then needs no large buffer of its own.

use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf as _, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How much is read at once: some hundred short messages, as a client sends them that was offline.
const BURST_BYTES: usize = 16 * 1024;

thread_local! {
    /// Where a socket is read into, by one connection after the other.
    static SCRATCH: RefCell<Box<[u8]>> = RefCell::new(vec![0; BURST_BYTES].into());
}

/// A socket that is read in bursts.
#[derive(Debug)]
pub struct Burst<S> {
    socket: S,
    /// What was read and not handed on yet: at most [`BURST_BYTES`], and nothing while the socket is silent.
    rest: Bytes,
}

impl<S> Burst<S> {
    pub(super) fn new(socket: S) -> Self {
        Self { socket, rest: Bytes::new() }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Burst<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.rest.is_empty() && buf.remaining() < BURST_BYTES {
            // It is borrowed by nobody else: a socket's reading calls no other one's.
            return SCRATCH.with_borrow_mut(|scratch| {
                let mut burst = ReadBuf::new(scratch);
                std::task::ready!(Pin::new(&mut self.socket).poll_read(cx, &mut burst))?;
                let (now, later) =
                    burst.filled().split_at(buf.remaining().min(burst.filled().len()));
                buf.put_slice(now);
                self.rest = Bytes::copy_from_slice(later);
                Poll::Ready(Ok(()))
            });
        }
        if self.rest.is_empty() {
            return Pin::new(&mut self.socket).poll_read(cx, buf);
        }
        let count = buf.remaining().min(self.rest.len());
        buf.put_slice(&self.rest[..count]);
        self.rest.advance(count);
        if self.rest.is_empty() {
            self.rest = Bytes::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Burst<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn what_comes_at_once_is_handed_on_in_pieces_and_in_order() {
        let (mut peer, socket) = tokio::io::duplex(4 * BURST_BYTES);
        let sent: Vec<u8> = (0..3 * BURST_BYTES).map(|n| n.to_le_bytes()[1]).collect();
        peer.write_all(&sent).await.unwrap();
        drop(peer);
        let mut burst = Burst::new(socket);
        let mut got = Vec::new();
        let mut piece = [0; 1000];
        loop {
            match burst.read(&mut piece).await.unwrap() {
                0 => break,
                count => got.extend_from_slice(&piece[..count]),
            }
            assert!(burst.rest.len() < BURST_BYTES);
        }
        assert!(got == sent);
        assert!(burst.rest.is_empty());
    }
}
