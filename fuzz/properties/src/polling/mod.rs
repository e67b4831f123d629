//! v1 over HTTP: any requests, to the relay's own routes. How they get there is `relay`'s business, and their form
//! `script`'s.

mod relay;
mod script;

use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode};
use duologue_protocol::limits::{FRAME_MAX_BYTES, POLLED_MAX_BYTES, POST_MAX_FRAMES};
use duologue_protocol::polling::{BYTES_HEADER, FRAMES_PATH, Opened, PATH, Polled, Posted, Taken};
use duologue_protocol::{ErrorCode, RelayFrame, codec};
use duologue_server::transport::polling::desk;
use serde_json::value::RawValue;
use tokio::runtime::Builder;

use self::relay::{Answer, Relay};

/// Every request gets one of the answers that docs/protocol.md names. Frames come in their order, none twice and
/// none left out, however often they are asked for.
pub fn polling(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    post(text.as_bytes());
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let (mut relay, mut seen) = (Relay::new(), Seen::default());
        for request in script::requests(text) {
            let Some(asked) = script::read(request, &seen.tokens) else { continue };
            for answer in relay.ask(asked).await {
                seen.take(&answer);
            }
        }
    });
}

/// A post is taken whole or not at all, and is within the bounds.
fn post(body: &[u8]) {
    match desk::parse(body) {
        Ok(post) => {
            assert!(post.from > 0 && post.frames.len() <= POST_MAX_FRAMES);
            let frames: Vec<String> = post.frames.iter().map(codec::encode).collect();
            let same = format!(r#"{{"from":{},"frames":[{}]}}"#, post.from, frames.join(","));
            let again = desk::parse(same.as_bytes()).unwrap();
            assert_eq!((again.from, again.frames), (post.from, post.frames));
        }
        Err(rejection) => assert_ne!(rejection.code, ErrorCode::Unknown),
    }
}

/// What the clients know by now.
#[derive(Default)]
struct Seen {
    /// Those of the connections, in their order.
    tokens: Vec<String>,
    connections: Vec<Connection>,
}

struct Connection {
    /// Every frame from the relay, in their order.
    frames: Vec<String>,
    /// How many of the client's were taken.
    taken: u64,
}

impl Seen {
    fn take(&mut self, answer: &Answer) {
        let Answer { method, path, of, asked, status, headers, body } = answer;
        assert!(headers.contains_key(BYTES_HEADER), "{method} {path}: {status}");
        let body = std::str::from_utf8(body).unwrap();
        if *status != StatusCode::OK {
            let has_body = method != Method::HEAD;
            let is_json = has_body && headers.get(CONTENT_TYPE).is_some_and(|kind| kind == JSON);
            return refused(*status, is_json, body);
        }
        match (method, path.as_str()) {
            (&Method::POST, PATH) => {
                let Opened { token, frames } = serde_json::from_str(body).unwrap();
                assert!(matches!(frame(&frames[0]), RelayFrame::Challenge { .. }));
                let frames = frames.iter().map(|frame| frame.get().to_owned()).collect();
                self.tokens.push(String::from(token));
                self.connections.push(Connection { frames, taken: 0 });
            }
            (&Method::GET, PATH) => {
                let polled = serde_json::from_str(body).unwrap();
                self.connections[of.unwrap()].polled(&polled);
            }
            (&Method::POST, FRAMES_PATH) => {
                let Taken { taken } = serde_json::from_str(body).unwrap();
                let Posted { from, frames } = serde_json::from_str(asked).unwrap();
                let before = &mut self.connections[of.unwrap()].taken;
                assert_eq!(taken, (*before).max(from - 1 + frames.len() as u64), "{asked}");
                *before = taken;
            }
            // An answer without a body.
            (&Method::OPTIONS, _) => {}
            _ => panic!("{method} {path} got a 200"),
        }
    }
}

const JSON: &str = "application/json";

fn refused(status: StatusCode, is_json: bool, body: &str) {
    let statuses = [204, 400, 401, 403, 404, 405, 409, 413, 421];
    assert!(statuses.contains(&status.as_u16()), "{status}");
    if is_json {
        let error = codec::decode(body).unwrap();
        let RelayFrame::Error { code, .. } = error else { panic!("{body}") };
        assert_ne!(code, ErrorCode::Unknown);
        assert!(body.len() <= FRAME_MAX_BYTES);
    }
}

impl Connection {
    fn polled(&mut self, polled: &Polled) {
        // Whoever asked for nothing that there is may still be told that it is over.
        if polled.close.is_some() && polled.frames.is_empty() {
            return;
        }
        let after = usize::try_from(polled.after).unwrap();
        assert!(after <= self.frames.len(), "an answer after what never came");
        assert!(after + polled.frames.len() >= self.frames.len(), "frames got lost");
        let before: usize = polled.frames.iter().rev().skip(1).map(|frame| frame.get().len()).sum();
        assert!(before <= POLLED_MAX_BYTES, "{before} bytes before the last frame");
        for (n, text) in (after..).zip(&polled.frames) {
            frame(text);
            match self.frames.get(n) {
                Some(known) => assert_eq!(text.get(), known, "frame {n} is another one now"),
                None => self.frames.push(text.get().to_owned()),
            }
        }
    }
}

/// Each frame is one that a client can read, and within the limit.
fn frame(text: &RawValue) -> RelayFrame {
    assert!(text.get().len() <= FRAME_MAX_BYTES, "{} bytes", text.get().len());
    codec::decode(text.get()).unwrap()
}
