//! Runs the writer as a task of the runtime, and what a disk makes it wait for on a thread: the runtime's own must not
//! wait. The reader has a thread for itself.
//!
//! Who is told what became of a batch is told by the task: from the thread, each of many answers would wake the runtime
//! by itself.

use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task;
use tracing::error;

use super::Office;
use super::queue::{Fetch, Job, Queue, Size};
use super::reader::PageReader;
use super::writer::{Committed, Writer};

/// How long to wait before a page that could not be read is tried again: the disk needs a person, or
/// another program's lock needs a moment.
const READ_AGAIN_AFTER: Duration = Duration::from_millis(500);

/// By how much the writer's thread is nicer than the rest (0 to 19): where there is one processor for both, whoever reads
/// and sends goes first, and messages are on their way before they are on the disk. A busy relay still leaves it a tenth.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// The task and the two threads.
#[derive(Debug)]
pub struct Threads {
    queue: Arc<Queue>,
    task: task::JoinHandle<()>,
    disk: [JoinHandle<()>; 2],
}

/// A batch for the disk, and who waits for it. The writer goes there and comes back: one batch at a time.
struct Batch {
    writer: Writer,
    jobs: Vec<Job>,
    done: oneshot::Sender<(Writer, Committed)>,
}

impl Threads {
    /// Starts them; the task on the runtime that this is called on.
    pub fn start(office: Office) -> Self {
        let Office { queue, writer, reader, .. } = office;
        // At most one batch is on its way; the fetches are bounded by the connections, each of which has at most two.
        let (batches, to_write) = mpsc::channel();
        let (fetches, to_read) = mpsc::channel();
        let writing = thread::spawn(move || write(&to_write));
        let for_reader = Arc::clone(&queue);
        let reading = thread::spawn(move || read(&for_reader, reader, &to_read));
        let task = tokio::spawn(run(Arc::clone(&queue), writer, batches, fetches));
        Self { queue, task, disk: [writing, reading] }
    }

    /// Takes no more work, and ends once what waits is done.
    pub async fn finish(self) {
        self.queue.close();
        if let Err(error) = self.task.await {
            error!(%error, "the writer had failed");
        }
        // They end now that nobody sends them anything.
        let disk = self.disk;
        let ended = task::spawn_blocking(|| disk.map(|thread| thread.join().is_ok()));
        if !ended.await.is_ok_and(|ended| ended == [true; 2]) {
            error!("the writer or the reader had failed");
        }
    }
}

async fn run(
    queue: Arc<Queue>,
    mut writer: Writer,
    batches: mpsc::Sender<Batch>,
    fetches: mpsc::Sender<Fetch>,
) {
    while let Some(jobs) = queue.batch(Size::Large).await {
        let (done, committed) = oneshot::channel();
        // Without the thread, which ends by a failure alone, nothing is written any more.
        let _ = batches.send(Batch { writer, jobs, done });
        let Ok((back, committed)) = committed.await else { return error!("the writer failed") };
        writer = back;
        for part in committed.parts() {
            for fetch in writer.settle(part) {
                // The reader ends only after this task, or by a failure that is logged.
                let _ = fetches.send(fetch);
            }
            task::yield_now().await;
        }
    }
}

fn write(batches: &mpsc::Receiver<Batch>) {
    give_way();
    while let Ok(Batch { mut writer, jobs, done }) = batches.recv() {
        let committed = writer.commit(jobs);
        // The task waits for it, or the runtime has ended.
        let _ = done.send((writer, committed));
    }
}

/// Has this thread, and no other, give way.
#[cfg(target_os = "linux")]
fn give_way() {
    // Where it can't be had, it is a matter of speed alone.
    let _ = rustix::process::setpriority_process(None, NICE);
}

/// Elsewhere a priority is the whole process's.
#[cfg(not(target_os = "linux"))]
fn give_way() {}

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
