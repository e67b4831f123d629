//! As many connections as the relay takes, and more, that never get to a request: those who chat already don't notice,
//! and whoever comes gets in once the first of the crowd are cut.

use std::net::SocketAddr;
use std::time::Duration;

use duologue_protocol::limits::OPEN_TIMEOUT;
use duologue_protocol::{ClientFrame, Content, MessageId, RelayFrame, Seq, UserId, codec};
use futures_util::future::join_all;
use futures_util::{SinkExt as _, StreamExt as _};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::process::Child;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::relay::{start, start_within};

/// More than the relay takes by default, by as many as the system lets wait.
const CROWD: usize = 10_050;

/// How many come at the same moment: fewer than the system lets wait to be taken.
const TOGETHER: usize = 50;

/// What a relay has that is to run out of them soon: enough for this many connections, and fifty more are there,
/// which the system lets wait.
const FEW_FILES: usize = FEW + 128;
const FEW: usize = 500;

/// Files that this process needs beside the crowd's.
const OTHER_FILES: usize = 500;

/// How long anything that should happen may take before it counts as hanging.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long one message may take in the midst of it, on a machine that does all this at once.
const NOTICEABLE: Duration = Duration::from_secs(2);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// On a slow machine the first may be cut before the last are there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_half_open_connections_harm_no_chat() {
    let folder = tempfile::tempdir().unwrap();
    // A process of its own: this one's files are for the other ends.
    let relay = start("127.0.0.1:0", folder.path(), 0).await;
    let size = CROWD.min(files() - OTHER_FILES);
    if size < CROWD {
        eprintln!("this system lets a process have {} files, so the crowd is {size}", files());
    }
    harm_no_chat(relay, size).await;
}

/// Here all are there at once: the relay takes no more than its files allow, and keeps some for its disk.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_connections_than_the_relay_has_files_for_harm_no_chat() {
    let folder = tempfile::tempdir().unwrap();
    files();
    let relay = start_within(FEW_FILES, folder.path()).await;
    let taken = harm_no_chat(relay, FEW + TOGETHER).await;
    assert!(taken.is_none_or(|taken| (FEW..FEW_FILES).contains(&taken)), "{taken:?}");
}

/// Returns how many files the relay had open at the height of it, where the system shows that.
async fn harm_no_chat((mut relay, address): (Child, SocketAddr), size: usize) -> Option<usize> {
    let url = format!("ws://{address}/v1/ws");
    let (mut ann, mut ben) = (opens(&url, "ann").await, opens(&url, "ben").await);

    let mut crowd = Vec::new();
    let begun = Instant::now();
    let mut slowest = Duration::ZERO;
    while crowd.len() < size {
        let many = join_all((0..TOGETHER).map(|_| half_opens(address)));
        crowd.extend(timeout(PATIENCE, many).await.expect("no more get in"));
        slowest = slowest.max(says(&mut ann, &mut ben, crowd.len()).await);
    }
    let there = begun.elapsed();
    for n in 1..=100 {
        let n = crowd.len() + n;
        slowest = slowest.max(says(&mut ann, &mut ben, n).await);
    }
    let taken = files_of(relay.id().unwrap());
    eprintln!(
        "{} half-open connections in {there:?}, {taken:?} files open in the relay",
        crowd.len()
    );
    eprintln!("the slowest message took {slowest:?}");
    assert!(slowest < NOTICEABLE, "{slowest:?}");

    // Somebody new waits until some of the crowd are cut, and no longer.
    timeout(OPEN_TIMEOUT + PATIENCE, opens(&url, "cas")).await.expect("nobody gets in any more");
    says(&mut ann, &mut ben, 0).await;
    relay.kill().await.unwrap();
    taken
}

/// A connection whose request never comes to its end.
async fn half_opens(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /v1/ws HTTP/1.1\r\nHost: rel").await.unwrap();
    stream
}

/// How many files a process has open, where the system shows it.
fn files_of(process: u32) -> Option<usize> {
    Some(std::fs::read_dir(format!("/proc/{process}/fd")).ok()?.count())
}

/// How many files this process may have, once it has asked for all that it can get.
fn files() -> usize {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let current = maximum.map(|maximum| maximum.min(2 * CROWD as u64));
    setrlimit(Resource::Nofile, Rlimit { current, maximum }).unwrap();
    getrlimit(Resource::Nofile).current.map_or(usize::MAX, |files| usize::try_from(files).unwrap())
}

async fn opens(url: &str, name: &str) -> Socket {
    let (mut socket, _) = connect_async(url).await.unwrap();
    let from_user_id = UserId::parse(name).unwrap();
    let (cursor, receipts) = (Seq::START, Seq::START);
    let open = ClientFrame::Open { from_user_id, cursor, receipts, proof: None };
    socket.send(Message::text(codec::encode(&open))).await.unwrap();
    while !matches!(hears(&mut socket).await, RelayFrame::CaughtUp { .. }) {}
    socket
}

/// Says something, and returns how long it took to be stored and to arrive.
async fn says(from: &mut Socket, to: &mut Socket, n: usize) -> Duration {
    let begun = Instant::now();
    let message = ClientFrame::Message {
        id: MessageId::parse(format!("m-{n}")).unwrap(),
        to_user_id: UserId::parse("ben").unwrap(),
        content: Content::parse("still there?").unwrap(),
    };
    from.send(Message::text(codec::encode(&message))).await.unwrap();
    while !matches!(hears(from).await, RelayFrame::Stored { .. }) {}
    while !matches!(hears(to).await, RelayFrame::Message { .. }) {}
    begun.elapsed()
}

async fn hears(socket: &mut Socket) -> RelayFrame {
    loop {
        match timeout(PATIENCE, socket.next()).await.expect("nothing came").unwrap().unwrap() {
            Message::Text(text) => return codec::decode(&text).unwrap(),
            Message::Ping(_) => {}
            other => panic!("{other:?}"),
        }
    }
}
