//! The requests of one connection on their way to the relay, and the bytes after an Upgrade.

use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use http_body_util::{Either, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{Builder as ToRelay, SendRequest};
use hyper::header::{CONNECTION, HeaderName, UPGRADE};
use hyper::server::conn::http1::Builder as ToBrowser;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream};
use tokio::net::TcpStream;
use tokio::sync::Mutex;

use super::Counted;
use super::link::Link;

/// The relay's body, or a line of the proxy's own.
type Body = Either<Incoming, Full<Bytes>>;
/// The connection to the relay, once there was a request.
type Relay = Mutex<Option<SendRequest<Incoming>>>;

/// Answers the requests of a browser until one side ends.
pub(super) async fn serve(browser: DuplexStream, link: Arc<Link>) {
    let relay = Relay::default();
    let service =
        service_fn(async |request| Ok::<_, Infallible>(answer(request, &link, &relay).await));
    let served = ToBrowser::new()
        .preserve_header_case(true)
        .auto_date_header(false)
        .serve_connection(TokioIo::new(browser), service)
        .with_upgrades();
    // Whoever leaves in the middle of something has their reasons.
    let _ = served.await;
}

async fn answer(mut request: Request<Incoming>, link: &Arc<Link>, relay: &Relay) -> Response<Body> {
    link.shared.requests.fetch_add(1, Relaxed);
    link.asks();
    if request.headers().contains_key(UPGRADE) {
        link.shared.upgrades.fetch_add(1, Relaxed);
        let (refusal, drops) = {
            let orders = link.shared.orders.borrow();
            (orders.refusal(), orders.drops_upgrades())
        };
        if let Some(status) = refusal {
            link.is_answered(false);
            return own_answer(status, "this proxy lets no WebSocket through");
        }
        if drops {
            make_ordinary(&mut request);
        }
    }
    let browser = hyper::upgrade::on(&mut request);
    let answer = forward(request, link, relay).await;
    let is_websocket =
        answer.as_ref().is_ok_and(|answer| answer.status() == StatusCode::SWITCHING_PROTOCOLS);
    link.is_answered(is_websocket);
    match answer {
        Ok(mut answer) => {
            if is_websocket {
                let relay = hyper::upgrade::on(&mut answer);
                link.shared.upgraded.fetch_add(1, Relaxed);
                let counted = Counted::new(link.shared.clone(), |shared| &shared.websockets);
                let tunnel = tunnel(browser, relay, link.clone());
                link.spawn(async move {
                    tunnel.await;
                    drop(counted);
                });
            }
            answer.map(Either::Left)
        }
        Err(error) => own_answer(502, &format!("the relay can't be asked: {error}")),
    }
}

async fn forward(
    request: Request<Incoming>,
    link: &Link,
    relay: &Relay,
) -> Result<Response<Incoming>, Box<dyn Error + Send + Sync>> {
    // Held during the request: a connection has one at a time.
    let mut relay = relay.lock().await;
    if let Some(open) = relay.as_mut()
        && open.ready().await.is_err()
    {
        *relay = None;
    }
    let open = match relay.as_mut() {
        Some(open) => open,
        None => relay.insert(connect(link).await?),
    };
    Ok(open.send_request(request).await?)
}

async fn connect(link: &Link) -> Result<SendRequest<Incoming>, Box<dyn Error + Send + Sync>> {
    let stream = TcpStream::connect(&link.shared.relay).await?;
    stream.set_nodelay(true)?;
    let (relay, connection) =
        ToRelay::new().preserve_header_case(true).handshake(TokioIo::new(stream)).await?;
    // How it ended, the one who asked is told.
    link.spawn(async move { drop(connection.with_upgrades().await) });
    Ok(relay)
}

/// Takes away what makes an Upgrade of a GET.
fn make_ordinary(request: &mut Request<Incoming>) {
    let headers = request.headers_mut();
    let of_websockets = |name: &&HeaderName| name.as_str().starts_with("sec-websocket-");
    let names: Vec<HeaderName> = headers.keys().filter(of_websockets).cloned().collect();
    for name in names.iter().chain(&[UPGRADE, CONNECTION]) {
        headers.remove(name);
    }
}

fn own_answer(status: u16, text: &str) -> Response<Body> {
    let mut answer = Response::new(Either::Right(Full::from(format!("{text}\n"))));
    *answer.status_mut() = StatusCode::from_u16(status).expect("a status of HTTP");
    answer
}

/// Passes on what comes after an Upgrade.
async fn tunnel(browser: OnUpgrade, relay: OnUpgrade, link: Arc<Link>) {
    let Ok((browser, relay)) = tokio::try_join!(browser, relay) else { return };
    let (from_browser, to_browser) = tokio::io::split(TokioIo::new(browser));
    let (from_relay, to_relay) = tokio::io::split(TokioIo::new(relay));
    tokio::join!(pass(from_browser, to_relay, &link), pass(from_relay, to_browser, &link));
}

async fn pass(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, link: &Link) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let length = from.read(&mut buffer).await.unwrap_or(0);
        if length == 0 {
            let _ = to.shutdown().await;
            return;
        }
        if !link.swallows() && to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
