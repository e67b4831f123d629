//! What the relay adds to a message's way from one socket to the other, with and without storage,
//! beside a program that copies the same bytes. Also how long `stored` takes. One run, in turns.

#![expect(clippy::unwrap_used, clippy::panic, reason = "so does a benchmark fail")]
#![expect(clippy::print_stdout, reason = "it prints its table")]

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use clap::Parser as _;
use duologue_protocol::{ClientFrame, Content, MessageId, RelayFrame, Seq, UserId, codec};
use duologue_server::{Config, Relay};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// How many messages are timed in a turn.
const MESSAGES: usize = 500;

/// How many turns each gets.
const TURNS: usize = 5;

/// What a message says: 64 bytes.
const TEXT: &str = "Shall we meet at the river at five, where the old boats are? ☺";

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// How long each message took, by what.
#[derive(Default)]
struct Times {
    arrived: Vec<Duration>,
    stored: Vec<Duration>,
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let in_memory = relay(&["--ephemeral"]).await;
    let on_disk = relay(&["--data", folder.path().to_str().unwrap()]).await;
    let copying = copying().await;

    let (mut floor, mut memory, mut disk) = (Vec::new(), Times::default(), Times::default());
    for turn in 0..TURNS {
        copied(copying, &mut floor).await;
        talk(in_memory, turn, &mut memory).await;
        talk(on_disk, turn, &mut disk).await;
    }

    println!("{} messages of {} bytes, one at a time", TURNS * MESSAGES, TEXT.len());
    println!("{:<34} {:>9} {:>9} {:>7}", "", "median", "p99", "ratio");
    let base = quantile(&mut floor, 50);
    for (what, times) in [
        ("bytes copied between two sockets", &mut floor),
        ("to the peer, --ephemeral", &mut memory.arrived),
        ("to the peer, on disk", &mut disk.arrived),
        ("to `stored`, --ephemeral", &mut memory.stored),
        ("to `stored`, on disk", &mut disk.stored),
    ] {
        let (median, p99) = (quantile(times, 50), quantile(times, 99));
        let ratio = median.as_secs_f64() / base.as_secs_f64();
        println!("{what:<34} {median:>9.1?} {p99:>9.1?} {ratio:>7.2}");
    }
    disk_is_used(folder.path());
}

/// Each message once the one before it has arrived and is stored: nothing waits in a queue.
async fn talk(relay: SocketAddr, turn: usize, times: &mut Times) {
    let mut ann = open(relay, "ann").await;
    let mut ben = open(relay, "ben").await;
    for n in 0..MESSAGES {
        let frame = ClientFrame::Message {
            id: MessageId::parse(format!("{turn}-{n}")).unwrap(),
            to_user_id: UserId::parse("ben").unwrap(),
            content: Content::parse(TEXT).unwrap(),
        };
        let text = codec::encode(&frame);
        let since = Instant::now();
        ann.send(Message::text(text)).await.unwrap();
        let (arrived, stored) = tokio::join!(
            async {
                while !matches!(next(&mut ben).await, RelayFrame::Message { .. }) {}
                since.elapsed()
            },
            async {
                while !matches!(next(&mut ann).await, RelayFrame::Stored { .. }) {}
                since.elapsed()
            }
        );
        times.arrived.push(arrived);
        times.stored.push(stored);
    }
}

async fn open(relay: SocketAddr, name: &str) -> Socket {
    let (mut socket, _) = connect_async(format!("ws://{relay}/v1/ws")).await.unwrap();
    let from_user_id = UserId::parse(name).unwrap();
    let frame =
        ClientFrame::Open { from_user_id, cursor: Seq::START, receipts: Seq::START, proof: None };
    socket.send(Message::text(codec::encode(&frame))).await.unwrap();
    while !matches!(next(&mut socket).await, RelayFrame::CaughtUp { .. }) {}
    socket
}

async fn next(socket: &mut Socket) -> RelayFrame {
    loop {
        match socket.next().await.unwrap().unwrap() {
            Message::Text(text) => return codec::decode(&text).unwrap(),
            Message::Ping(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

async fn relay(flags: &[&str]) -> SocketAddr {
    let fixed = ["relay", "--listen", "127.0.0.1:0", "--message-rate", "0"];
    let arguments = fixed.iter().chain(flags);
    let relay = Relay::bind(Config::parse_from(arguments)).await.unwrap();
    let address = relay.local_addr();
    tokio::spawn(relay.run(std::future::pending()));
    address
}

/// A program that copies what comes by its first connection to its second one.
async fn copying() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut from, _) = listener.accept().await.unwrap();
            let (mut to, _) = listener.accept().await.unwrap();
            to.set_nodelay(true).unwrap();
            tokio::spawn(async move { tokio::io::copy(&mut from, &mut to).await });
        }
    });
    address
}

async fn copied(address: SocketAddr, times: &mut Vec<Duration>) {
    let mut from = TcpStream::connect(address).await.unwrap();
    let mut to = TcpStream::connect(address).await.unwrap();
    from.set_nodelay(true).unwrap();
    let mut buffer = vec![0; TEXT.len()];
    for _ in 0..MESSAGES {
        let since = Instant::now();
        from.write_all(TEXT.as_bytes()).await.unwrap();
        to.read_exact(&mut buffer).await.unwrap();
        times.push(since.elapsed());
    }
}

fn quantile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() - 1) * percent / 100]
}

/// A benchmark of a disk that nothing was written to would say little.
fn disk_is_used(folder: &Path) {
    let bytes: u64 = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum();
    assert!(bytes > (TURNS * MESSAGES * TEXT.len()) as u64, "{bytes} bytes on the disk");
    println!("{bytes} bytes on the disk afterwards");
}
