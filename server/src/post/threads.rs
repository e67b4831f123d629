//! Runs the writer and the reader, each on a thread of its own: the disk makes them wait, and the
//! runtime's threads must not. A task of the runtime says when there is something to write.

use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tracing::error;

use super::Office;
use super::queue::{Fetch, Queue};
use super::reader::PageReader;
use super::writer::Writer;

/// How long to wait before a page that could not be read is tried again: the disk needs a person, or
/// another program's lock needs a moment.
const READ_AGAIN_AFTER: Duration = Duration::from_millis(500);

/// The two threads.
#[derive(Debug)]
pub struct Threads {
    queue: Arc<Queue>,
    threads: Vec<JoinHandle<()>>,
}

impl Threads {
    /// Starts them, and on the runtime that this is called on what wakes them.
    pub fn start(office: Office) -> Self {
        let Office { queue, writer, reader, .. } = office;
        // Bounded by the connections: each has at most two fetches on their way.
        let (fetches, to_read) = mpsc::channel();
        let for_writer = Arc::clone(&queue);
        let writing = thread::spawn(move || write(&for_writer, writer, &fetches));
        let for_bell = Arc::clone(&queue);
        tokio::spawn(async move {
            while for_bell.filled().await {
                for_bell.ring();
            }
        });
        let for_reader = Arc::clone(&queue);
        let reading = thread::spawn(move || read(&for_reader, reader, &to_read));
        Self { queue, threads: vec![writing, reading] }
    }

    /// Takes no more work, finishes what waits, and ends. Blocks.
    pub fn finish(self) {
        self.queue.close();
        for thread in self.threads {
            if thread.join().is_err() {
                error!("the writer or the reader had failed");
            }
        }
    }
}

fn write(queue: &Queue, mut writer: Writer, fetches: &mpsc::Sender<Fetch>) {
    while let Some(jobs) = queue.wait() {
        let committed = writer.commit(jobs);
        for fetch in writer.settle(committed) {
            // The reader ends only after this thread, or by a failure that is logged.
            let _ = fetches.send(fetch);
        }
    }
}

fn read(queue: &Queue, mut reader: PageReader, to_read: &mpsc::Receiver<Fetch>) {
    let mut is_failing = false;
    while let Ok(fetch) = to_read.recv() {
        while let Err(error) = reader.read(&fetch) {
            if !is_failing {
                error!(%error, "mail can't be read");
                is_failing = true;
            }
            if queue.pause(READ_AGAIN_AFTER) {
                return;
            }
        }
        is_failing = false;
    }
}
