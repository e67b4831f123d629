//! Runs the writer and the reader as a task of the runtime, in turns with the connections: for mailboxes that make nobody
//! wait. A thread for them would cost more than what it does, since each switch to it takes longer than some messages.

use std::sync::Arc;

use tokio::task::JoinHandle;
use tracing::error;

use super::Office;
use super::queue::{Queue, Size};
use super::reader::PageReader;
use super::writer::Writer;

/// The task.
#[derive(Debug)]
pub struct Turns {
    queue: Arc<Queue>,
    task: JoinHandle<()>,
}

impl Turns {
    /// Starts it on the runtime that this is called on.
    pub fn start(office: Office) -> Self {
        let Office { queue, writer, reader, .. } = office;
        let task = tokio::spawn(run(Arc::clone(&queue), writer, reader));
        Self { queue, task }
    }

    /// Takes no more work, and ends once what waits is done.
    pub async fn finish(self) {
        self.queue.close();
        if let Err(error) = self.task.await {
            error!(%error, "the writer had failed");
        }
    }
}

async fn run(queue: Arc<Queue>, mut writer: Writer, mut reader: PageReader) {
    while let Some(jobs) = queue.batch(Size::Fair).await {
        let committed = writer.commit(jobs);
        for fetch in writer.settle(committed) {
            if let Err(error) = reader.read(&fetch) {
                error!(%error, "mail can't be read");
            }
        }
        // Whoever reads frames has a turn between two batches.
        tokio::task::yield_now().await;
    }
}
