//! A client of v1 over HTTP that counts as one should, and can be told to do wrong.

use duologue_protocol::polling::{FRAMES_PATH, Opened, PATH, Polled, Taken, Token};
use duologue_protocol::{ClientFrame, Content, ErrorCode, MessageId, RelayFrame, Seq, codec};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use tokio::task::JoinHandle;

use crate::common::{TestRelay, open, user};

/// A client that speaks v1 over HTTP, and counts as one should.
pub(crate) struct Http {
    relay: String,
    client: reqwest::Client,
    pub(crate) token: Token,
    pub(crate) after: u64,
    pub(crate) from: u64,
}

impl Http {
    pub(crate) async fn connect(relay: &TestRelay) -> Self {
        let (relay, http) = (format!("http://{}", relay.address), client());
        let response = http.post(format!("{relay}{PATH}")).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["cache-control"], "no-store");
        let opened: Opened = body(response).await;
        let challenge: RelayFrame = codec::decode(opened.frames[0].get()).unwrap();
        assert!(matches!(challenge, RelayFrame::Challenge { .. }));
        Self {
            relay,
            client: http,
            token: opened.token,
            after: opened.frames.len() as u64,
            from: 1,
        }
    }

    pub(crate) async fn open(relay: &TestRelay, name: &str) -> Self {
        let mut client = Self::connect(relay).await;
        client.sends(&[open(name, Seq::START)]).await;
        let welcome = client.next().await;
        assert!(matches!(&welcome[0], RelayFrame::Welcome { handshake: None, .. }), "{welcome:?}");
        // The last one tells that there is nothing more.
        let mut frames = welcome;
        while !matches!(frames.last(), Some(RelayFrame::CaughtUp { .. })) {
            frames = client.next().await;
        }
        client
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.relay));
        request.header("authorization", self.token.to_header())
    }

    pub(crate) fn poll(&self, after: u64, wait: u64) -> RequestBuilder {
        self.request(Method::GET, &format!("{PATH}?after={after}&wait={wait}"))
    }

    /// Polls once, and acknowledges with the next one.
    pub(crate) async fn next(&mut self) -> Vec<RelayFrame> {
        let polled = polled(self.poll(self.after, 20).send().await.unwrap()).await;
        self.after += polled.len() as u64;
        polled
    }

    /// A poll that is held, by the time that this returns: it replaced another one, or the other way
    /// round.
    pub(crate) async fn holds(&self) -> JoinHandle<Response> {
        let poll = || {
            let request = self.poll(self.after, 20);
            tokio::spawn(async move { request.send().await.unwrap() })
        };
        let (mut one, mut other) = (poll(), poll());
        let (replaced, held) = tokio::select! {
            response = &mut one => (response.unwrap(), other),
            response = &mut other => (response.unwrap(), one),
        };
        assert_eq!(refused(replaced).await, (409, ErrorCode::Replaced));
        held
    }

    pub(crate) async fn posts(&self, from: u64, frames: &[ClientFrame]) -> Response {
        let frames: Vec<String> = frames.iter().map(codec::encode).collect();
        self.posts_text(format!(r#"{{"from":{from},"frames":[{}]}}"#, frames.join(","))).await
    }

    pub(crate) async fn posts_text(&self, body: String) -> Response {
        self.request(Method::POST, FRAMES_PATH).body(body).send().await.unwrap()
    }

    pub(crate) async fn sends(&mut self, frames: &[ClientFrame]) {
        let response = self.posts(self.from, frames).await;
        assert_eq!(response.status(), StatusCode::OK);
        self.from += frames.len() as u64;
        let Taken { taken } = body(response).await;
        assert_eq!(taken, self.from - 1);
    }

    pub(crate) async fn writes(&mut self, to: &str, id: &str, text: &str) {
        self.sends(&[message(to, id, text)]).await;
    }

    pub(crate) async fn texts_until(&mut self, last: &str) -> Vec<String> {
        let mut texts: Vec<String> = Vec::new();
        while texts.last().is_none_or(|text| text != last) {
            let frames = self.next().await;
            texts.extend(frames.iter().filter_map(|frame| match frame {
                RelayFrame::Message { content, .. } => Some(content.as_str().to_owned()),
                _ => None,
            }));
        }
        texts
    }
}

/// One that doesn't keep connections: the relay closes idle ones, and here it is told to hurry.
pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap()
}

pub(crate) fn message(to: &str, id: &str, text: &str) -> ClientFrame {
    let id = MessageId::parse(id).unwrap();
    ClientFrame::Message { id, to_user_id: user(to), content: Content::parse(text).unwrap() }
}

pub(crate) async fn body<T: serde::de::DeserializeOwned>(response: Response) -> T {
    serde_json::from_str(&response.text().await.unwrap()).unwrap()
}

pub(crate) async fn polled(response: Response) -> Vec<RelayFrame> {
    assert_eq!(response.status(), StatusCode::OK, "{:?}", response.text().await);
    let polled: Polled = body(response).await;
    polled.frames.iter().map(|frame| codec::decode(frame.get()).unwrap()).collect()
}

/// The status and the code of a refusal.
pub(crate) async fn refused(response: Response) -> (u16, ErrorCode) {
    let status = response.status().as_u16();
    match codec::decode(&response.text().await.unwrap()) {
        Ok(RelayFrame::Error { code, .. }) => (status, code),
        other => panic!("{status}: {other:?}"),
    }
}
