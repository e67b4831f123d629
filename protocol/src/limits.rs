//! Every bound of the protocol, each with its reason. Sizes are in bytes of UTF-8 unless a name says
//! otherwise; times are [`Duration`]s.

use std::time::Duration;

/// The longest user id, in Unicode scalar values: room for any name that a person would type, and the
/// bound that RFC 8265 users commonly set.
pub const USER_ID_MAX_CHARS: usize = 64;

/// The longest message id, in characters: a UUID in text is 36, a SHA-256 in hex 64.
pub const MESSAGE_ID_MAX_CHARS: usize = 64;

/// The largest content of one message: about eight pages of text.
pub const CONTENT_MAX_BYTES: usize = 16 * 1024;

/// The largest text frame in either direction. Content may hold few control characters (see
/// [`Content`](crate::Content)), so its JSON is at most twice as long as its text, and every frame that
/// these types write fits with room to spare.
pub const FRAME_MAX_BYTES: usize = 64 * 1024;

/// How often a client sends `ping`: below the 30 s after which common proxies cut idle connections.
pub const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(25);

/// A side that heard nothing for this long takes the link for dead: one heartbeat and 10 s of grace.
pub const HEARTBEAT_TIMEOUT: Duration = Duration::from_secs(35);

/// How long a client waits from the start of a connection to `welcome`.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long the relay waits for an HTTP request's header, and then for `open`.
pub const OPEN_TIMEOUT: Duration = Duration::from_secs(10);

/// The first step of the reconnect backoff.
pub const BACKOFF_FLOOR: Duration = Duration::from_millis(500);

/// The largest step of the reconnect backoff: a person who watches still sees things happen.
pub const BACKOFF_CEILING: Duration = Duration::from_secs(20);

/// The longest time that the relay holds a poll: below the 30 s after which common proxies cut a request
/// that has no answer.
pub const POLL_WAIT_MAX: Duration = Duration::from_secs(20);

/// How often a client polls that has its requests answered at once, while nothing happens: seldom enough
/// to be cheap, often enough for a talk.
pub const SHORT_POLL_INTERVAL: Duration = Duration::from_secs(3);

/// How long the relay keeps an HTTP connection of which it hears nothing: a hidden tab's timers come once
/// a minute.
pub const POLL_EXPIRY: Duration = Duration::from_secs(75);

/// How many frames one post may have: all that a client has unanswered at a time, and its receipts.
pub const POST_MAX_FRAMES: usize = 64;

/// The largest post: four of the largest frames.
pub const POST_MAX_BYTES: usize = 4 * FRAME_MAX_BYTES;

/// How large the frames of one answer to a poll get, unless one frame alone is larger: a page of mail.
pub const POLLED_MAX_BYTES: usize = 256 * 1024;

/// The longest kind of a relation, in characters: a word or two.
pub const RELATION_KIND_MAX_CHARS: usize = 32;

/// How many people one may watch: all with whom somebody talks within some months. Their names fit into a frame.
pub const WATCH_MAX: usize = 200;

/// How often a client says that its person types, while they do.
pub const TYPING_EVERY: Duration = Duration::from_secs(3);

/// How long somebody is taken to type after they said so last: twice as long as they wait to say it again.
pub const TYPING_SHOWN: Duration = Duration::from_secs(6);

/// How long after a person's last connection they are taken to be gone: a reload, a tunnel, or the time that an HTTP
/// connection is kept of which nothing is heard.
pub const PRESENCE_OFF: Duration = Duration::from_secs(75);
