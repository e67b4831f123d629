//! How many jobs the writer does at a time.

/// How many jobs go into one commit: half of what may wait, so that frames are read while it is written. A page of the
/// database is written once for all of a commit's messages that are on it: where 32 pairs said all they could, 2,048 in
/// the place of 512 took what a message costs from 15 to 9 µs.
pub const BATCH_MAX: usize = 2_048;

/// How many jobs a [fair](Size::Fair) batch has where one connection alone has something to do.
pub(super) const FAIR: usize = 4;

/// How many jobs go into a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// As many as there are, up to [`BATCH_MAX`]: for a writer to which each batch is dear.
    Large,
    /// Few where few connections have something to do, so that nobody waits for all that somebody else has said. Where
    /// many do, a long turn is how much gets done: what goes to one of them goes out with one write. So it grows with the
    /// square of their number, and is as large as can be from 23 on. (A quiet pair's way beside one who flooded took 5 to
    /// 12 times as long as alone before, and 1.0 to 1.7 times since; 32 pairs got as much done as before.)
    Fair,
}

impl Size {
    /// How many jobs that is while so many wait, of so many connections.
    pub(in crate::post) fn among(self, waiting: usize, connections: usize) -> usize {
        let count = waiting.min(BATCH_MAX);
        match self {
            Self::Large => count,
            Self::Fair => count.min(FAIR.saturating_mul(connections).saturating_mul(connections)),
        }
    }
}
