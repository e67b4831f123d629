//! v1 over HTTP: opened, polled, posted, closed; answers that got lost, posts that came twice, and what
//! bad input gets.

use std::time::Duration;

use duologue_protocol::limits::{POST_MAX_BYTES, POST_MAX_FRAMES};
use duologue_protocol::polling::{FRAMES_PATH, PATH, Polled, Taken, Token};
use duologue_protocol::{ClientFrame, CloseCode, ErrorCode, RelayFrame, Seq, codec};
use reqwest::{Method, StatusCode};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::common::{PATIENCE, TestRelay, open, read_response};
use crate::polling_client::{Http, body, client, message, polled, refused};

#[tokio::test]
async fn people_talk_over_http_with_all_others() {
    let relay = TestRelay::start().await;
    let mut ann = Http::open(&relay, "ann").await;
    let mut ben = relay.v1("ben").await;
    let mut classic = relay.classic("cleo", "ann").await;

    ann.writes("ben", "m1", "hello ben").await;
    let RelayFrame::Message { content, seq, .. } = ben.frame().await else { panic!() };
    assert_eq!(content.as_str(), "hello ben");
    assert!(matches!(&ann.next().await[0], RelayFrame::Stored { id, .. } if id.as_str() == "m1"));
    ben.send(&ClientFrame::Received { up_to: seq }).await;
    assert!(matches!(&ann.next().await[0], RelayFrame::Delivered { .. }));

    let held = ann.holds().await;
    ben.writes("ann", "m2", "hello ann").await;
    let frames = polled(held.await.unwrap()).await;
    assert!(
        matches!(&frames[0], RelayFrame::Message { content, .. } if content.as_str() == "hello ann")
    );
    ann.after += frames.len() as u64;
    classic.text(r#"{"type":"message","fromUserId":"cleo","toUserId":"ann","content":"hi"}"#).await;
    assert_eq!(ann.texts_until("hi").await, ["hi"]);
}

#[tokio::test]
async fn a_short_poll_is_answered_at_once() {
    let relay = TestRelay::start().await;
    let ann = Http::open(&relay, "ann").await;
    let without_wait = ann.request(Method::GET, &format!("{PATH}?after={}", ann.after));
    for request in [without_wait, ann.poll(ann.after, 0)] {
        let answer = timeout(PATIENCE, request.send()).await.unwrap().unwrap();
        assert!(polled(answer).await.is_empty());
    }
}

#[tokio::test]
async fn an_answer_that_got_lost_is_there_again() {
    let relay = TestRelay::start().await;
    let mut ann = Http::open(&relay, "ann").await;
    let mut ben = relay.v1("ben").await;
    ben.writes("ann", "m1", "one").await;
    ben.frame().await;
    let after = ann.after;
    let first = ann.next().await;
    assert_eq!(polled(ann.poll(after, 20).send().await.unwrap()).await, first);
    ben.writes("ann", "m2", "two").await;
    ben.frame().await;
    let again = polled(ann.poll(after, 20).send().await.unwrap()).await;
    assert_eq!(again[..first.len()], first);
    assert_eq!(again.len(), 2, "and what came meanwhile");
}

#[tokio::test]
async fn a_client_that_leaves_while_its_poll_is_held_loses_nothing() {
    let relay = TestRelay::start().await;
    let mut ann = Http::open(&relay, "ann").await;
    let held = ann.holds().await;
    held.abort();
    let _ = held.await;
    let mut ben = relay.v1("ben").await;
    ben.writes("ann", "m1", "still there?").await;
    assert_eq!(ann.texts_until("still there?").await.len(), 1);
}

#[tokio::test]
async fn a_post_that_comes_twice_is_taken_once() {
    let relay = TestRelay::start().await;
    let mut ann = Http::open(&relay, "ann").await;
    let mut ben = Http::open(&relay, "ben").await;
    let frames = [message("ben", "m1", "one"), ClientFrame::Ping { n: 1 }];
    for _ in 0..2 {
        let response = ann.posts(2, &frames).await;
        let Taken { taken } = body(response).await;
        assert_eq!(taken, 3);
    }
    ann.from = 4;
    ann.writes("ben", "m2", "two").await;
    assert_eq!(ben.texts_until("two").await, ["one", "two"]);
    let mut pongs = 0;
    let mut stored = 0;
    while stored < 2 {
        for frame in ann.next().await {
            match frame {
                RelayFrame::Pong { .. } => pongs += 1,
                RelayFrame::Stored { .. } => stored += 1,
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(pongs, 1);
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_named_and_the_connection_lives() {
    let relay = TestRelay::start().await;
    let mut ann = Http::open(&relay, "ann").await;
    let ping = codec::encode(&ClientFrame::Ping { n: 1 });
    let hello = codec::encode(&message("ben", "m1", "half of it"));
    let large = format!(r#"{{"type":"ping","n":1,"x":"{}"}}"#, "x".repeat(65_536));
    for (posted, expected) in [
        ("{".to_owned(), (400, ErrorCode::NotJson)),
        ("[]".to_owned(), (400, ErrorCode::InvalidField)),
        (r#"{"from":0,"frames":[]}"#.to_owned(), (400, ErrorCode::InvalidField)),
        (
            format!(r#"{{"from":2,"frames":[{hello},{{"type":"shout"}}]}}"#),
            (400, ErrorCode::UnknownType),
        ),
        (format!(r#"{{"from":2,"frames":[{hello},7]}}"#), (400, ErrorCode::NotAnObject)),
        (format!(r#"{{"from":2,"frames":[{hello},{large}]}}"#), (413, ErrorCode::FrameTooLarge)),
        (format!(r#"{{"from":3,"frames":[{hello}]}}"#), (409, ErrorCode::OutOfOrder)),
        (
            format!(
                r#"{{"from":2,"frames":[{}]}}"#,
                vec![ping.as_str(); POST_MAX_FRAMES + 1].join(",")
            ),
            (413, ErrorCode::PostTooLarge),
        ),
        (format!("{}{hello}", " ".repeat(POST_MAX_BYTES)), (413, ErrorCode::PostTooLarge)),
    ] {
        let start = posted[..posted.len().min(60)].to_owned();
        assert_eq!(refused(ann.posts_text(posted).await).await, expected, "{start}");
    }
    for what in ["", "?after=x", "?after=-1", "?after=1&wait=x", "?wait=1"] {
        let response = ann.request(Method::GET, &format!("{PATH}{what}")).send().await.unwrap();
        assert_eq!(refused(response).await, (400, ErrorCode::InvalidField), "{what}");
    }
    for after in [0, ann.after + 1, u64::MAX] {
        let response = ann.poll(after, 0).send().await.unwrap();
        assert_eq!(refused(response).await, (400, ErrorCode::OutOfRange), "{after}");
    }
    // Nothing of the bad posts was taken.
    ann.sends(&[ClientFrame::Ping { n: 9 }]).await;
    assert!(matches!(ann.next().await[..], [RelayFrame::Pong { n: 9, .. }]));
    // What is wrong for other reasons is told as over a WebSocket.
    ann.writes("ann", "m9", "to me").await;
    assert!(matches!(
        ann.next().await[..],
        [RelayFrame::Error { code: ErrorCode::MessageToSelf, .. }]
    ));
}

#[tokio::test]
async fn a_request_without_a_good_token_is_refused() {
    let relay = TestRelay::start().await;
    let ann = Http::open(&relay, "ann").await;
    let url = format!("http://{}{PATH}?after=1", relay.address);
    let (http, stranger) = (client(), Token::from_random([1; 32]).to_header());
    for value in [None, Some("Bearer"), Some("Bearer x"), Some(stranger.as_str())] {
        for request in
            [http.get(&url), http.post(url.replace(PATH, FRAMES_PATH)), http.delete(&url)]
        {
            let request = value.into_iter().fold(request, |r, v| r.header("authorization", v));
            let response = request.send().await.unwrap();
            assert_eq!(refused(response).await, (401, ErrorCode::BadToken), "{value:?}");
        }
    }
    let closed = ann.request(Method::DELETE, PATH).send().await.unwrap();
    assert_eq!(closed.status(), StatusCode::NO_CONTENT);
    let after = ann.poll(ann.after, 0).send().await.unwrap();
    assert_eq!(refused(after).await, (401, ErrorCode::BadToken));
}

#[tokio::test]
async fn of_hundreds_of_polls_at_once_one_is_held_and_the_relay_works_on() {
    let relay = TestRelay::start().await;
    let mut ann = Http::open(&relay, "ann").await;
    let mut polls = tokio::task::JoinSet::new();
    for _ in 0..300 {
        let request = ann.poll(ann.after, 20);
        polls.spawn(async move { request.send().await.unwrap() });
    }
    // All but one end by themselves, whichever that is.
    for _ in 0..299 {
        let response = timeout(PATIENCE, polls.join_next()).await.unwrap().unwrap().unwrap();
        assert_eq!(refused(response).await, (409, ErrorCode::Replaced));
    }
    let mut ben = relay.v1("ben").await;
    ben.writes("ann", "m1", "hello").await;
    let last = polled(polls.join_next().await.unwrap().unwrap()).await;
    assert!(matches!(last[..], [RelayFrame::Message { .. }]), "{last:?}");
    assert_eq!(ann.texts_until("hello").await, ["hello"]);
    relay.works().await;
}

#[tokio::test]
async fn a_connection_that_is_left_alone_expires_and_its_mail_stays() {
    let expiry = Duration::from_secs(1);
    let relay = TestRelay::with(|config| config.timings.poll_expiry = expiry).await;
    let ann = Http::open(&relay, "ann").await;
    let mut ben = relay.v1("ben").await;
    ben.writes("ann", "m1", "are you there?").await;
    ben.frame().await;
    // Asking keeps it alive, so each look comes later than the one before.
    let mut pause = expiry;
    while ann.poll(ann.after, 0).send().await.unwrap().status() != StatusCode::UNAUTHORIZED {
        pause += expiry / 4;
        assert!(pause < PATIENCE, "it never expires");
        // wait: for the relay to forget the connection.
        tokio::time::sleep(pause).await;
    }
    let mut back = Http::connect(&relay).await;
    back.sends(&[open("ann", Seq::START)]).await;
    assert_eq!(back.texts_until("are you there?").await.len(), 1);
}

#[tokio::test]
async fn without_open_in_time_it_is_closed_with_the_code() {
    let relay = TestRelay::with(|config| config.timings.open = Duration::from_millis(50)).await;
    let client = Http::connect(&relay).await;
    let polled: Polled = body(client.poll(1, 20).send().await.unwrap()).await;
    assert_eq!(polled.close.unwrap().code, CloseCode::OpenTimeout.code());
    let after = client.poll(1, 0).send().await.unwrap();
    assert_eq!(refused(after).await, (401, ErrorCode::BadToken));
}

#[tokio::test]
async fn a_relay_that_stops_tells_the_held_poll() {
    let mut relay = TestRelay::start().await;
    let ann = Http::open(&relay, "ann").await;
    let held = ann.holds().await;
    let stopped = relay.stop();
    let polled: Polled = body(held.await.unwrap()).await;
    assert_eq!(polled.close.unwrap().code, CloseCode::ShuttingDown.code());
    timeout(PATIENCE, stopped).await.unwrap().unwrap();
}

#[tokio::test]
async fn one_who_never_polls_is_closed_and_holds_up_nobody() {
    let relay = TestRelay::start().await;
    let slow = Http::open(&relay, "slow").await;
    let mut ann = relay.v1("ann").await;
    let text = "x".repeat(16_000);
    for n in 0..200 {
        ann.writes("slow", &format!("m-{n}"), &text).await;
        assert!(matches!(ann.frame().await, RelayFrame::Stored { .. }));
    }
    let polled: Polled = body(slow.poll(slow.after, 0).send().await.unwrap()).await;
    assert_eq!(polled.close.unwrap().code, CloseCode::SlowReader.code());
    let mut back = Http::connect(&relay).await;
    back.sends(&[open("slow", Seq::START)]).await;
    let mut got = 0;
    while got < 200 {
        let frames = back.next().await;
        got += frames.iter().filter(|frame| matches!(frame, RelayFrame::Message { .. })).count();
    }
}

#[tokio::test]
async fn pages_of_other_hosts_need_to_be_allowed() {
    let relay = TestRelay::with(|config| {
        let origin = duologue_server::origin::AllowedOrigin::parse("https://chat.example");
        config.allow_origin = vec![origin.unwrap()];
    })
    .await;
    let (url, http) = (format!("http://{}{PATH}", relay.address), client());
    let evil = http.post(&url).header("origin", "https://evil.example").send().await.unwrap();
    assert_eq!(evil.status(), StatusCode::FORBIDDEN);
    assert!(evil.headers().get("access-control-allow-origin").is_none());
    assert!(evil.text().await.unwrap().contains("--allow-origin https://evil.example"));

    let good = http.post(&url).header("origin", "https://chat.example").send().await.unwrap();
    assert_eq!(good.status(), StatusCode::OK);
    assert_eq!(good.headers()["access-control-allow-origin"], "https://chat.example");
    assert_eq!(good.headers()["access-control-expose-headers"], "duologue-bytes");
    let preflight = http
        .request(Method::OPTIONS, &url)
        .header("origin", "https://chat.example")
        .header("access-control-request-method", "DELETE")
        .header("access-control-request-headers", "authorization,content-type");
    let allowed = preflight.send().await.unwrap();
    assert_eq!(allowed.status(), StatusCode::OK);
    assert_eq!(allowed.headers()["access-control-allow-origin"], "https://chat.example");
    let methods = allowed.headers()["access-control-allow-methods"].to_str().unwrap();
    assert!(methods.contains("DELETE"), "{methods}");
}

#[tokio::test]
async fn every_answer_says_how_many_bytes_it_and_its_request_have() {
    let relay = TestRelay::start().await;
    let ann = Http::open(&relay, "ann").await;
    let token = format!("authorization: {}\r\n", ann.token.to_header());
    let ping = r#"{"from":2,"frames":[{"type":"ping","n":1}]}"#;
    let posted = format!("content-length: {}\r\n", ping.len());
    let poll = format!("{PATH}?after={}", ann.after);
    for (start, headers, body, status) in [
        (format!("POST {PATH}"), "content-length: 0\r\n", "", 200),
        (format!("POST {FRAMES_PATH}"), &*format!("{token}{posted}"), ping, 200),
        (format!("GET {poll}"), &token, "", 200),
        (format!("GET {PATH}?after=99"), &token, "", 400),
        (format!("GET {poll}"), "", "", 401),
        (format!("DELETE {PATH}"), &token, "", 204),
    ] {
        let request = format!(
            "{start} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n{headers}\r\n{body}",
            relay.address
        );
        let mut stream = TcpStream::connect(relay.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let response = read_response(&mut stream).await;
        assert_eq!(response.status, status, "{start}");
        // hyper says `connection: close` since the request did; a browser's doesn't.
        let close = if response.header("connection").is_some() { 19 } else { 0 };
        let length = response.head.len() + 4 + response.body.len() - close;
        let said = response.header("duologue-bytes").unwrap();
        assert_eq!(said, format!("{} {length}", request.len()), "{start}\n{}", response.head);
    }
}

#[tokio::test]
async fn a_body_may_claim_to_be_as_long_as_numbers_go() {
    let relay = TestRelay::start().await;
    // hyper itself refuses the two that are left.
    let length = u64::MAX - 2;
    let head = format!("POST {PATH} HTTP/1.1\r\nhost: {}\r\n", relay.address);
    let mut stream = TcpStream::connect(relay.address).await.unwrap();
    stream.write_all(format!("{head}content-length: {length}\r\n\r\n").as_bytes()).await.unwrap();
    assert_eq!(read_response(&mut stream).await.status, 200);
}
