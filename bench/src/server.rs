//! The servers that are measured, each a process of its own, on a processor of its own where there are two.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Resource, Rlimit};
use rustix::thread::{CpuSet, sched_setaffinity};
use tempfile::TempDir;

use crate::Result;
use crate::speech::Speech;

/// Ticks of the system's clock for a process's time. Linux has no other on any machine that this runs on.
const TICKS_A_SECOND: u64 = 100;

/// Bun itself, as npm has it linked.
const BUN: &str = "node_modules/.bin/bun";

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Bytes copied from socket to socket.
    Floor,
    /// The relay, with messages in memory or on the disk.
    Relay { durable: bool, speech: Speech },
    /// The tutorial's design in Node.
    Ws,
    /// The same on Socket.IO.
    SocketIo,
    /// The same on Bun.
    Bun,
}

/// Where the programs are.
#[derive(Debug)]
pub(crate) struct Programs {
    pub(crate) relay: PathBuf,
    /// The folder with the rivals' scripts and their packages; `None` where Node is missing.
    pub(crate) rivals: Option<PathBuf>,
    /// Where the relay's mail goes: a disk, and no memory that looks like one.
    pub(crate) scratch: PathBuf,
}

/// A server that runs. It ends with this.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) speech: Speech,
    _data: Option<TempDir>,
}

impl Kind {
    /// All of them, in the order of tables.
    pub(crate) const ALL: [Self; 8] = [
        Self::Floor,
        Self::Relay { durable: false, speech: Speech::Classic },
        Self::Relay { durable: false, speech: Speech::V1 },
        Self::Relay { durable: true, speech: Speech::Classic },
        Self::Relay { durable: true, speech: Speech::V1 },
        Self::Ws,
        Self::SocketIo,
        Self::Bun,
    ];

    /// Its name in tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Floor => "bytes copied (the floor)",
            Self::Relay { durable: false, speech: Speech::V1 } => "relay, v1, in memory",
            Self::Relay { durable: true, speech: Speech::V1 } => "relay, v1, on disk",
            Self::Relay { durable: false, .. } => "relay, classic, in memory",
            Self::Relay { durable: true, .. } => "relay, classic, on disk",
            Self::Ws => "Node, ws",
            Self::SocketIo => "Node, Socket.IO",
            Self::Bun => "Bun",
        }
    }

    fn speech(self) -> Speech {
        match self {
            Self::Floor => Speech::Copied,
            Self::Relay { speech, .. } => speech,
            Self::Ws | Self::Bun => Speech::Classic,
            Self::SocketIo => Speech::SocketIo,
        }
    }

    /// Whether it has to have Node's packages.
    fn is_rival(self) -> bool {
        matches!(self, Self::Ws | Self::SocketIo | Self::Bun)
    }
}

impl Programs {
    /// Whether this machine can run it.
    pub(crate) fn have(&self, kind: Kind) -> bool {
        !kind.is_rival() || self.rivals.is_some()
    }

    /// Starts a server, and waits until it listens.
    pub(crate) fn start(&self, kind: Kind) -> Result<Process> {
        self.start_with(kind, &[])
    }

    /// The same; a relay gets these flags as well.
    pub(crate) fn start_with(&self, kind: Kind, flags: &[&str]) -> Result<Process> {
        let mut data = None;
        let mut command = match kind {
            Kind::Floor => {
                let mut command = Command::new(std::env::current_exe()?);
                command.arg("floor");
                command
            }
            Kind::Relay { durable, .. } => {
                let mut command = Command::new(&self.relay);
                command.args(["--listen", "127.0.0.1:0", "--message-rate", "0"]).args(flags);
                if durable {
                    let folder = tempfile::tempdir_in(&self.scratch)?;
                    command.arg("--data").arg(folder.path());
                    data = Some(folder);
                } else {
                    command.arg("--ephemeral");
                }
                command
            }
            Kind::Ws => self.script("node", "ws.js")?,
            Kind::SocketIo => self.script("node", "socketio.js")?,
            Kind::Bun => self.script(BUN, "bun.js")?,
        };
        command.stdin(Stdio::null());
        // The relay says where it listens on its log, the others on standard output.
        let is_relay = matches!(kind, Kind::Relay { .. });
        if is_relay {
            command.stderr(Stdio::piped())
        } else {
            command.stdout(Stdio::piped())
        };
        // A child starts where its parent is; this thread goes back at once.
        pin(0)?;
        let child = command.spawn();
        pin(1)?;
        let mut child = child.map_err(|error| format!("can't start {command:?}: {error}"))?;
        let said: Box<dyn std::io::Read + Send> = match (child.stdout.take(), child.stderr.take()) {
            (Some(stdout), _) => Box::new(stdout),
            (None, Some(stderr)) => Box::new(stderr),
            (None, None) => return Err("a child without output".into()),
        };
        let mut process = Process {
            child,
            address: ([127, 0, 0, 1], 0).into(),
            speech: kind.speech(),
            _data: data,
        };
        let mut lines = BufReader::new(said).lines();
        let line = lines
            .by_ref()
            .map_while(std::result::Result::ok)
            .find(|line| line.contains("listening"));
        let line = line.ok_or_else(|| format!("{} ended before it listened", kind.name()))?;
        let address = line.split_once("127.0.0.1:").map(|(_, port)| port);
        let port =
            address.map(|port| port.chars().take_while(char::is_ascii_digit).collect::<String>());
        process.address.set_port(port.ok_or(line)?.parse()?);
        // A log that nobody reads would stop its writer.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(process)
    }

    fn script(&self, program: &str, script: &str) -> Result<Command> {
        let folder = self.rivals.as_deref().ok_or("Node is missing")?;
        let program = if program.contains('/') { folder.join(program) } else { program.into() };
        let mut command = Command::new(program);
        command.arg(folder.join(script)).arg("0").current_dir(folder);
        Ok(command)
    }
}

impl Process {
    /// How much of a processor's time it has had.
    pub(crate) fn processor_time(&self) -> Result<Duration> {
        let stat = fs::read_to_string(self.proc("stat"))?;
        // The name, in parentheses, may hold anything; behind it the fields are numbers (proc_pid_stat(5)).
        let fields: Vec<_> =
            stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok());
        let (user, system) = ticks(11).zip(ticks(12)).ok_or("no times in /proc")?;
        Ok(Duration::from_millis((user + system) * 1000 / TICKS_A_SECOND))
    }

    /// How much memory it has, in bytes, that is really there.
    pub(crate) fn resident(&self) -> Result<u64> {
        let status = fs::read_to_string(self.proc("status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes =
            line.and_then(|line| line.split_whitespace().next()).ok_or("no VmRSS in /proc")?;
        Ok(kilobytes.parse::<u64>()? * 1024)
    }

    fn proc(&self, file: &str) -> PathBuf {
        Path::new("/proc").join(self.child.id().to_string()).join(file)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has nothing to keep; what it wrote goes with it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Keeps this thread, and what it starts, on one processor, where there is more than one.
fn pin(at: usize) -> Result<()> {
    if processors() < 2 {
        return Ok(());
    }
    let mut set = CpuSet::new();
    set.set(at);
    sched_setaffinity(None, &set)?;
    Ok(())
}

/// Lets this process, and the servers that it starts, have as many sockets as the system allows. Returns how many files
/// that are.
pub(crate) fn raise_open_files() -> Result<usize> {
    let limit = rustix::process::getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, ..limit };
    rustix::process::setrlimit(Resource::Nofile, raised)?;
    Ok(limit.maximum.map_or(usize::MAX, |files| usize::try_from(files).unwrap_or(usize::MAX)))
}

/// How many processors there are, whatever this thread may use now.
pub(crate) fn processors() -> usize {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    cpuinfo.lines().filter(|line| line.starts_with("processor")).count()
}
