//! One connection of the generator: a socket, what came and was not read yet, and what waits to be written.

use std::collections::VecDeque;
use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use rustix::event::{self, PollFd, PollFlags, Timespec};

use crate::Result;
use crate::frame::{self, Incoming, MASK, Masked};
use crate::speech::{Heard, Speech};

/// How long a server has to answer while a connection is opened.
const PATIENCE: Duration = Duration::from_secs(30);

/// How much is read at once: what a socket's buffer holds.
pub(crate) const READ_BYTES: usize = 256 * 1024;

/// A connection.
pub(crate) struct Client {
    pub(crate) socket: TcpStream,
    pub(crate) speech: Speech,
    /// What is still to be said to open.
    opening: VecDeque<String>,
    incoming: Vec<u8>,
    pub(crate) outgoing: Vec<u8>,
    /// Up to which place of the mailbox everything came.
    up_to: u64,
    /// How many messages waited for it when it opened.
    pub(crate) found: u64,
}

/// What a turn of reading brought.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Turn {
    pub(crate) messages: u64,
    pub(crate) stored: u64,
    pub(crate) opened: bool,
}

impl Client {
    /// Connects, shakes hands and opens the conversation; waits for the server to say so, where it does.
    pub(crate) fn open(address: SocketAddr, speech: Speech, from: &str, to: &str) -> Result<Self> {
        let mut socket = std::net::TcpStream::connect(address)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        let mut incoming = Vec::new();
        if speech != Speech::Copied {
            let request = format!(
                "GET {} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
                speech.path()
            );
            socket.write_all(request.as_bytes())?;
            incoming = after_head(&mut socket)?;
        }
        let mut opening = VecDeque::from(speech.opening(from, to)?);
        if let Some(first) = opening.pop_front() {
            socket.write_all(&Masked::text(first.as_bytes(), MASK).bytes)?;
        }
        if speech.asks_if_open() {
            socket.write_all(&frame::ping())?;
        }
        socket.set_nonblocking(true)?;
        let socket = TcpStream::from_std(socket);
        let mut client =
            Self { socket, speech, opening, incoming, outgoing: Vec::new(), up_to: 0, found: 0 };
        client.wait_until_open()?;
        Ok(client)
    }

    fn wait_until_open(&mut self) -> Result<()> {
        let mut buffer = vec![0; READ_BYTES];
        let mut turn = Turn::default();
        // What came with the answer to the handshake.
        self.take(&[], &mut turn, &mut |_| Ok(()))?;
        let since = Instant::now();
        while !turn.opened {
            if since.elapsed() > PATIENCE {
                return Err("the server did not open the conversation in time".into());
            }
            let mut waiting = PollFd::new(&self.socket, PollFlags::IN);
            let a_second = Timespec { tv_sec: 1, tv_nsec: 0 };
            event::poll(std::slice::from_mut(&mut waiting), Some(&a_second))?;
            turn = self.read(&mut buffer, |_| Ok(()))?;
            self.found += turn.messages;
            self.flush()?;
        }
        Ok(())
    }

    /// Reads until nothing more is there, and hands each message to `each`.
    pub(crate) fn read(
        &mut self,
        buffer: &mut [u8],
        mut each: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<Turn> {
        let mut turn = Turn::default();
        loop {
            match self.socket.read(buffer) {
                Ok(0) => return Err("the server closed the connection".into()),
                Ok(count) => {
                    self.take(&buffer[..count], &mut turn, &mut each)?;
                    if count < buffer.len() {
                        break;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        if turn.messages > 0
            && let Some(received) = self.speech.received(self.up_to)
        {
            self.say(&received);
        }
        Ok(turn)
    }

    fn say(&mut self, text: &str) {
        self.outgoing.extend_from_slice(&Masked::text(text.as_bytes(), MASK).bytes);
    }

    fn take(
        &mut self,
        bytes: &[u8],
        turn: &mut Turn,
        each: &mut impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        // Nearly always a frame ends where a read ends, and nothing has to be kept.
        let kept = std::mem::take(&mut self.incoming);
        let joined;
        let mut rest = if kept.is_empty() {
            bytes
        } else {
            joined = [kept.as_slice(), bytes].concat();
            joined.as_slice()
        };
        while let Some((incoming, taken)) = frame::first(rest)? {
            match incoming {
                Incoming::Text(text) => match self.speech.hear(text)? {
                    Heard::Message(place) => {
                        turn.messages += 1;
                        self.up_to = self.up_to.max(place);
                        each(text)?;
                    }
                    Heard::Stored => turn.stored += 1,
                    Heard::Opened => turn.opened = true,
                    Heard::GoOn => {
                        if let Some(text) = self.opening.pop_front() {
                            self.say(&text);
                        }
                    }
                    Heard::Heartbeat => self.say(Speech::ALIVE),
                    Heard::Nothing => {}
                },
                Incoming::Ping => self.outgoing.extend_from_slice(&frame::pong()),
                Incoming::Pong => turn.opened |= self.speech.opens_by_pong(),
                Incoming::Other => {}
            }
            rest = &rest[taken..];
        }
        self.incoming = rest.to_vec();
        Ok(())
    }

    /// Writes what waits; returns whether all of it went.
    pub(crate) fn flush(&mut self) -> Result<bool> {
        let mut written = 0;
        while written < self.outgoing.len() {
            match self.socket.write(&self.outgoing[written..]) {
                Ok(count) => written += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.outgoing.drain(..written);
        Ok(self.outgoing.is_empty())
    }
}

/// Reads the head of the answer to a handshake; returns what came behind it.
fn after_head(socket: &mut std::net::TcpStream) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some(end) = memchr::memmem::find(&bytes, b"\r\n\r\n") {
            if !bytes.starts_with(b"HTTP/1.1 101 ") {
                return Err(format!("no WebSocket: {}", String::from_utf8_lossy(&bytes)).into());
            }
            return Ok(bytes.split_off(end + 4));
        }
        match socket.read(&mut buffer)? {
            0 => return Err("the server closed the connection".into()),
            count => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}
