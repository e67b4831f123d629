//! Sends every message back, over the relay's own WebSocket layer: what `cargo xtask conformance` runs the
//! Autobahn suite's cases against.
//!
//! The handshake, the settings of the WebSocket and its end are the relay's (`transport::opening`,
//! `transport::ending`); what a relay does with a message is left out. One setting differs: the largest
//! frame, since the suite's set 9 sends 16 MiB, and sets 7 and 10 more than a chat's 64 KiB. That the
//! relay keeps to its own limit is `tests/relay/bad_input.rs`'s to show.

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use duologue_server::transport::ending::{self, End, GOODBYE_TIMEOUT};
use duologue_server::transport::opening::{self, Socket};
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::Message;

/// The largest message of the suite.
const FRAME_MAX_BYTES: usize = 16 * 1024 * 1024;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    // Whoever started this reads from it where the echo is.
    println!("{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let service =
            service_fn(|request| async { Ok::<_, std::convert::Infallible>(answer(request)) });
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        tokio::spawn(connection.with_upgrades());
    }
}

fn answer(request: hyper::Request<hyper::body::Incoming>) -> Response {
    let mut request: Request = request.map(Body::new);
    match opening::accept(&mut request, FRAME_MAX_BYTES) {
        Ok((response, opening)) => {
            tokio::spawn(async move {
                if let Some(socket) = opening.socket().await {
                    echo(socket).await;
                }
            });
            response
        }
        Err(refusal) => refusal,
    }
}

async fn echo(socket: Socket) {
    let (mut sink, mut stream) = socket.split();
    let end = loop {
        match stream.next().await {
            Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) => {
                if let Err(error) = sink.send(message).await {
                    break End::from(error);
                }
            }
            Some(Ok(Message::Close(close))) => {
                break End::Theirs(close.map(|close| close.code.into()));
            }
            // Pings are answered by tungstenite.
            Some(Ok(_)) => {}
            Some(Err(error)) => break End::from(error),
            None => break End::Lost,
        }
    };
    // A peer that doesn't take it in time doesn't get it.
    let _ = timeout(GOODBYE_TIMEOUT, ending::close(sink, stream, &end)).await;
}
