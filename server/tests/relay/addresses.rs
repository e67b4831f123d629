//! What one address may take of the relay, over real sockets. All of them come from this machine, so the relay takes
//! it for a proxy, which says for whom each comes.

use duologue_protocol::{ErrorCode, RelayFrame, codec};
use duologue_server::edge::proxy::Network;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::common::{Response, TestRelay, http, read_response};

const HOUSE: &str = "203.0.113.7";
const NEIGHBOUR: &str = "203.0.113.8";

/// A relay behind a proxy on this machine.
async fn behind_proxy(connections: usize, opens: u32) -> TestRelay {
    TestRelay::with(|config| {
        config.trusted_proxy = vec![Network::parse("127.0.0.1").unwrap()];
        config.address_connections = connections;
        config.address_opens = opens;
        config.allow_keyless = true;
    })
    .await
}

fn head(relay: &TestRelay, request: &str, client: &str, more: &[&str]) -> String {
    let (host, more) = (relay.address, more.join("\r\n"));
    format!(
        "{request} HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-For: 192.0.2.1, {client}\r\n{more}\r\n\r\n"
    )
}

/// A handshake; the stream carries the WebSocket, if there is one, for as long as it lives.
async fn upgrade(relay: &TestRelay, client: &str) -> (TcpStream, Response) {
    let mut stream = TcpStream::connect(relay.address).await.unwrap();
    let upgrade = [
        "Upgrade: websocket",
        "Connection: Upgrade, close",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ];
    let head = head(relay, "GET /v1/ws", client, &upgrade);
    stream.write_all(head.as_bytes()).await.unwrap();
    let response = read_response(&mut stream).await;
    (stream, response)
}

async fn open_over_http(relay: &TestRelay, client: &str) -> Response {
    let mut stream = TcpStream::connect(relay.address).await.unwrap();
    let head = head(relay, "POST /v1/poll", client, &["Content-Length: 0", "Connection: close"]);
    stream.write_all(head.as_bytes()).await.unwrap();
    read_response(&mut stream).await
}

fn retry_after(response: &Response) -> u64 {
    response.header("retry-after").expect("when to come back").parse().unwrap()
}

/// What a refusal over HTTP says.
fn error(response: &Response) -> (ErrorCode, String, u64) {
    let Ok(RelayFrame::Error { code, message, retry_after_ms: Some(millis), .. }) =
        codec::decode(response.text())
    else {
        panic!("{}", response.text())
    };
    (code, message, millis.into())
}

#[tokio::test]
async fn an_address_has_so_many_connections_whatever_they_travel_over() {
    let relay = behind_proxy(3, 0).await;
    let (first, response) = upgrade(&relay, HOUSE).await;
    assert_eq!(response.status, 101);
    let (_second, response) = upgrade(&relay, HOUSE).await;
    assert_eq!(response.status, 101);
    assert_eq!(open_over_http(&relay, HOUSE).await.status, 200);

    let (_, refused) = upgrade(&relay, HOUSE).await;
    assert_eq!(refused.status, 429, "{}", refused.text());
    assert!(refused.text().contains("--address-connections"), "{}", refused.text());
    assert!(retry_after(&refused) > 0);
    let refused = open_over_http(&relay, HOUSE).await;
    assert_eq!(refused.status, 429);
    let (code, rule, millis) = error(&refused);
    assert_eq!(code, ErrorCode::RateLimited);
    assert!(rule.contains(HOUSE) && rule.contains("--trusted-proxy"), "{rule}");
    assert_eq!(millis, retry_after(&refused) * 1_000);

    // Nobody else is hurt, and a place that is left is free again.
    assert_eq!(upgrade(&relay, NEIGHBOUR).await.1.status, 101);
    drop(first);
    while upgrade(&relay, HOUSE).await.1.status != 101 {}
    relay.works().await;
}

#[tokio::test]
async fn a_flood_of_opens_is_refused_and_the_neighbours_are_not() {
    let relay = behind_proxy(0, 60).await;
    let (mut taken, mut refused) = (0, 0);
    for n in 0..150 {
        let response = match n % 2 {
            0 => upgrade(&relay, HOUSE).await.1,
            _ => open_over_http(&relay, HOUSE).await,
        };
        match response.status {
            101 | 200 => taken += 1,
            429 => {
                refused += 1;
                assert_eq!(retry_after(&response), 1, "one comes back each second");
                assert!(response.text().contains("--address-opens"), "{}", response.text());
            }
            status => panic!("{status}"),
        }
    }
    // One more for each second that this took.
    assert!((60..120).contains(&taken) && refused > 30, "{taken} taken, {refused} refused");
    assert_eq!(upgrade(&relay, NEIGHBOUR).await.1.status, 101);
    assert_eq!(open_over_http(&relay, NEIGHBOUR).await.status, 200);
    // Neither are pages, and those of this machine itself.
    assert_ne!(http(relay.address, "GET /", &[]).await.status, 429);
    relay.works().await;
}

#[tokio::test]
async fn an_ipv6_address_counts_with_its_whole_subnet() {
    let relay = behind_proxy(1, 0).await;
    let (_first, response) = upgrade(&relay, "2001:db8:1:2::1").await;
    assert_eq!(response.status, 101);
    let (_, refused) = upgrade(&relay, "2001:db8:1:2:ffff::9").await;
    assert_eq!(refused.status, 429);
    assert!(refused.text().contains("2001:db8:1:2::/64"), "{}", refused.text());
    assert_eq!(upgrade(&relay, "2001:db8:1:3::1").await.1.status, 101);
}

#[tokio::test]
async fn who_is_no_named_proxy_is_not_believed() {
    // Here `X-Forwarded-For` could be anybody's: were it read, the second would be refused.
    let relay = TestRelay::with(|config| config.address_connections = 1).await;
    let (_first, response) = upgrade(&relay, HOUSE).await;
    assert_eq!(response.status, 101);
    assert_eq!(upgrade(&relay, HOUSE).await.1.status, 101);

    // Here it is: what the client itself has put on the left of it changes nothing.
    let relay = behind_proxy(1, 0).await;
    let (_first, response) = upgrade(&relay, HOUSE).await;
    assert_eq!(response.status, 101);
    for made_up in ["10.9.9.9, 203.0.113.7", "nonsense, 203.0.113.7", "203.0.113.7, 127.0.0.1"] {
        assert_eq!(upgrade(&relay, made_up).await.1.status, 429, "{made_up}");
    }
}
