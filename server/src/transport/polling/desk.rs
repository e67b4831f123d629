//! One connection over HTTP without its requests: which frames were sent and not acknowledged, and which
//! were taken. No clock and no task, so that a simulator runs the same.

use std::collections::VecDeque;

use bytestring::ByteString;
use duologue_protocol::limits::{
    FRAME_MAX_BYTES, POLLED_MAX_BYTES, POST_MAX_BYTES, POST_MAX_FRAMES,
};
use duologue_protocol::polling::Posted;
use duologue_protocol::{ClientFrame, ErrorCode, Rejection, codec};

use crate::dialect::Dialect as _;
use crate::dialect::v1::V1;
use crate::outgoing::{OutgoingFrame, OutgoingQueue};
use crate::post::Room;

/// What the relay has of one connection over HTTP.
#[derive(Debug)]
pub struct Desk {
    /// `None` once the connection has ended.
    dialect: Option<V1>,
    queue: OutgoingQueue,
    /// Frames that were in an answer and are not acknowledged.
    unacknowledged: VecDeque<ByteString>,
    /// The number of the last frame that is acknowledged.
    acknowledged: u64,
    /// The number of the last frame that was taken from the client.
    taken: u64,
}

/// The frames of a post, none of which was taken yet.
#[derive(Debug)]
pub struct Post {
    /// The number of the first one.
    pub from: u64,
    /// The frames, in their order.
    pub frames: Vec<ClientFrame>,
}

impl Desk {
    /// The desk of a connection that speaks through `dialect`, which answers into `queue`.
    pub fn new(dialect: V1, queue: OutgoingQueue) -> Self {
        Self {
            dialect: Some(dialect),
            queue,
            unacknowledged: VecDeque::new(),
            acknowledged: 0,
            taken: 0,
        }
    }

    /// Takes it that the client has everything up to the frame `after`, and returns what comes after
    /// it: all that was sent and is not acknowledged, and what waits, at most [`POLLED_MAX_BYTES`]
    /// unless one frame alone is larger. A mark is reached once the frames before it are in an answer.
    /// So the next page of mail is read while the client reads this one, and no more than two are held.
    ///
    /// # Errors
    /// [`ErrorCode::OutOfRange`].
    pub fn poll(&mut self, after: u64) -> Result<Vec<ByteString>, Rejection> {
        let sent = self.acknowledged + self.unacknowledged.len() as u64;
        if !(self.acknowledged..=sent).contains(&after) {
            let acknowledged = self.acknowledged;
            let rule =
                format!("`after` is from {acknowledged} to {sent} here, this one is {after}");
            return Err(Rejection::new(ErrorCode::OutOfRange, rule));
        }
        while self.acknowledged < after {
            self.unacknowledged.pop_front();
            self.acknowledged += 1;
        }
        let mut bytes: usize = self.unacknowledged.iter().map(|text| text.len()).sum();
        while bytes < POLLED_MAX_BYTES {
            match self.queue.pop() {
                // Mail that counts once it is written is for classic pages, which come by WebSocket alone.
                Some(OutgoingFrame::Text(text) | OutgoingFrame::Mail(text, _)) => {
                    bytes += text.len();
                    self.unacknowledged.push_back(text);
                }
                Some(OutgoingFrame::Mark(mark)) => mark.reached(),
                // A WebSocket's own; here each request proves that the client is there.
                Some(OutgoingFrame::Ping | OutgoingFrame::Pong) => {}
                None => break,
            }
        }
        Ok(self.unacknowledged.iter().cloned().collect())
    }

    /// Which of the frames of a post are new.
    ///
    /// # Errors
    /// [`ErrorCode::OutOfOrder`], if there is a gap before them.
    pub fn new_of(&self, post: Post) -> Result<Vec<ClientFrame>, Rejection> {
        let next = self.taken + 1;
        if post.from > next {
            let rule =
                format!("the next frame is number {next}, this post begins with {}", post.from);
            return Err(Rejection::new(ErrorCode::OutOfOrder, rule));
        }
        let known = usize::try_from(next - post.from).unwrap_or(usize::MAX);
        Ok(post.frames.into_iter().skip(known).collect())
    }

    /// Takes the next frame.
    pub fn take(&mut self, frame: ClientFrame, room: Room) {
        self.taken += 1;
        if let Some(dialect) = &mut self.dialect {
            dialect.on_frame(frame, room);
        }
    }

    /// The number of the last frame that was taken.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// Waits until the relay can take one more frame.
    pub fn room(&self) -> impl Future<Output = Room> + Send + use<> {
        let room = self.dialect.as_ref().map(V1::room);
        async move {
            match room {
                Some(room) => room.await,
                None => Room::unbounded(),
            }
        }
    }

    /// Whether `open` was taken.
    pub fn is_open(&self) -> bool {
        self.dialect.as_ref().is_some_and(V1::is_open)
    }

    /// The connection has ended: nothing is taken any more, and what was to be sent stays to be polled.
    pub(super) fn leave(&mut self) {
        self.dialect = None;
    }

    /// The end of the queue where frames are taken out.
    pub(super) fn queue(&self) -> &OutgoingQueue {
        &self.queue
    }
}

/// Reads the body of a post: every frame, or none.
///
/// # Errors
/// The first rule that it breaks, with the number of the frame if it is one's:
/// [`ErrorCode::PostTooLarge`], [`ErrorCode::FrameTooLarge`], or what is wrong with the JSON.
pub fn parse(body: &[u8]) -> Result<Post, Rejection> {
    if body.len() > POST_MAX_BYTES {
        return Err(too_large());
    }
    let posted: Posted = serde_json::from_slice(body).map_err(|error| {
        let code = if error.is_data() { ErrorCode::InvalidField } else { ErrorCode::NotJson };
        // Not serde's own words, which may quote a message.
        Rejection::new(code, r#"a post is {"from": a number, "frames": [frame, …]}"#)
    })?;
    let Posted { from, frames } = posted;
    if from == 0 {
        return Err(Rejection::new(ErrorCode::InvalidField, "`from` counts from 1"));
    }
    if frames.len() > POST_MAX_FRAMES {
        return Err(too_large());
    }
    let read = |(n, text): (u64, &str)| {
        // Whoever begins with the last number that there is has none for the frames after it.
        let number = from.saturating_add(n);
        if text.len() > FRAME_MAX_BYTES {
            let rule = format!("frame {number}: a frame has at most {FRAME_MAX_BYTES} bytes");
            return Err(Rejection::new(ErrorCode::FrameTooLarge, rule));
        }
        codec::decode(text).map_err(|mut rejection| {
            rejection.message = format!("frame {number}: {}", rejection.message);
            rejection
        })
    };
    let numbered = (0..).zip(frames.iter().map(|frame| frame.get()));
    let frames = numbered.map(read).collect::<Result<Vec<ClientFrame>, _>>()?;
    Ok(Post { from, frames })
}

/// The rule that a post breaks that is too large.
pub(super) fn too_large() -> Rejection {
    let rule = format!("a post has at most {POST_MAX_FRAMES} frames and {POST_MAX_BYTES} bytes");
    Rejection::new(ErrorCode::PostTooLarge, rule)
}

#[cfg(test)]
mod tests;
