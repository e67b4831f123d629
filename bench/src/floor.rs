//! The floor: a server that copies what comes by each connection to the one that was opened before or after it, and reads
//! nothing of it. What is slower than this is the server's own work; what is as fast is the system's sockets.

use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

use crate::Result;
use crate::frame::FROM_SERVER;

const LISTENER: Token = Token(usize::MAX);

/// How much is read at once.
const READ_BYTES: usize = 256 * 1024;

struct End {
    socket: TcpStream,
    /// What the other end sent, and this one did not take yet.
    waiting: Vec<u8>,
}

/// Listens on `address` and copies until the process is ended.
pub(crate) fn run(address: SocketAddr) -> Result<()> {
    let mut listener = TcpListener::bind(address)?;
    let mut poll = Poll::new()?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    crate::say(&format!("listening on {}", listener.local_addr()?));
    let mut ends: Vec<Option<End>> = Vec::new();
    let mut events = Events::with_capacity(1024);
    let mut buffer = vec![0; READ_BYTES];
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            if event.token() == LISTENER {
                accept(&listener, &poll, &mut ends)?;
                continue;
            }
            let at = event.token().0;
            // Whatever goes wrong with one of them is the end of that one.
            if event.is_readable() && copy(&mut ends, at, &mut buffer).is_err() {
                ends[at] = None;
            }
            if event.is_writable()
                && let Some(end) = &mut ends[at]
                && drain(end).is_err()
            {
                ends[at] = None;
            }
        }
    }
}

fn accept(listener: &TcpListener, poll: &Poll, ends: &mut Vec<Option<End>>) -> Result<()> {
    loop {
        match listener.accept() {
            Ok((mut socket, _)) => {
                socket.set_nodelay(true)?;
                // Says that it is there. A new socket's buffer takes two bytes.
                socket.write_all(&FROM_SERVER)?;
                let both = Interest::READABLE | Interest::WRITABLE;
                poll.registry().register(&mut socket, Token(ends.len()), both)?;
                ends.push(Some(End { socket, waiting: Vec::new() }));
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}

fn copy(ends: &mut [Option<End>], at: usize, buffer: &mut [u8]) -> io::Result<()> {
    loop {
        let Some(from) = ends.get_mut(at).and_then(Option::as_mut) else { return Ok(()) };
        let count = match from.socket.read(buffer) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        };
        // The first is with the second, the third with the fourth.
        if let Some(to) = ends.get_mut(at ^ 1).and_then(Option::as_mut) {
            to.waiting.extend_from_slice(&buffer[..count]);
            drain(to)?;
        }
        if count < buffer.len() {
            return Ok(());
        }
    }
}

fn drain(end: &mut End) -> io::Result<()> {
    let mut written = 0;
    while written < end.waiting.len() {
        match end.socket.write(&end.waiting[written..]) {
            Ok(count) => written += count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(error) => return Err(error),
        }
    }
    end.waiting.drain(..written);
    Ok(())
}
