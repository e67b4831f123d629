//! Answers over HTTP that nobody takes, and those that are taken slowly.

use std::fs::File;
use std::time::Duration;

use duologue_protocol::RelayFrame;
use duologue_server::Config;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{interval, timeout};

use crate::common::{PATIENCE, TestRelay};

/// How long the relay lets an answer wait here.
const WRITE: Duration = Duration::from_secs(1);

/// More than the system's own buffers take.
const FILE_BYTES: u64 = 24 * 1024 * 1024;

async fn relay(folder: &TempDir) -> TestRelay {
    let file = File::create(folder.path().join("large.bin")).unwrap();
    file.set_len(FILE_BYTES).unwrap();
    File::create(folder.path().join("index.html")).unwrap();
    let change = |config: &mut Config| {
        config.web = Some(folder.path().to_owned());
        config.timings.write = WRITE;
    };
    TestRelay::with(change).await
}

/// A client that has asked for the file and taken nothing yet; no more than about `window` bytes are on their way.
async fn asks(relay: &TestRelay, window: u32) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(window).unwrap();
    let mut stream = socket.connect(relay.address).await.unwrap();
    let request =
        format!("GET /large.bin HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", relay.address);
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn one_who_never_reads_is_cut_while_others_chat_on() {
    let folder = TempDir::new().unwrap();
    let relay = relay(&folder).await;
    let mut stream = asks(&relay, 16 * 1024).await;
    // What a client writes after its end resets the link, and that it sees without reading.
    let noise = [0; 1024];
    let cut = async { while stream.write_all(&noise).await.is_ok() {} };
    let (mut ann, mut ben) = (relay.v1("ann").await, relay.v1("ben").await);
    let chat = async {
        for n in 0..300 {
            ann.writes("ben", &format!("m-{n}"), "still there?").await;
            assert!(matches!(ann.frame().await, RelayFrame::Stored { .. }));
            assert!(matches!(ben.frame().await, RelayFrame::Message { .. }));
        }
    };
    let both = async { tokio::join!(cut, chat) };
    timeout(3 * PATIENCE, both).await.expect("the relay waits for ever");
}

#[tokio::test]
async fn one_who_reads_slowly_gets_it_all() {
    let folder = TempDir::new().unwrap();
    let relay = relay(&folder).await;
    let mut stream = asks(&relay, 256 * 1024).await;
    let (mut pace, mut chunk, mut read) = (interval(WRITE / 100), vec![0; 128 * 1024], 0);
    let all = async {
        loop {
            pace.tick().await;
            let count = stream.read(&mut chunk).await.expect("it is cut in the middle");
            if count == 0 {
                return;
            }
            read += count as u64;
        }
    };
    timeout(12 * PATIENCE, all).await.expect("no end");
    assert!(read > FILE_BYTES, "{read} bytes with the head");
}
