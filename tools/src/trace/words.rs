//! Everything that the connection panel says, in one place, so that a second language has one place too.

use std::time::Duration;

use duologue_protocol::CloseCode;
use duologue_session::{Cause, Down, Learned, LinkState, Preference, Time, Transport, Why};

use super::log::Happening;
use super::pulse::Summary;
use duologue::transport::RequestKind;

/// A part of the panel.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// A name for programs.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What one sees there.
    pub about: &'static str,
}

/// The panel's name.
pub const PANEL: &str = "Connection";

/// The transport and the state.
pub const NOW: Part = Part {
    id: "now",
    title: "Now",
    about: "Frames travel between this page and the relay over one of three transports. The page \
            tries the best one first, and takes another where a network is in its way.",
};

/// Times of answers.
pub const PULSE: Part = Part {
    id: "pulse",
    title: "Round-trip times",
    about: "How long an answer takes, there and back. After each 25 s without a frame from the relay \
            the page sends a ping, and the relay answers with a pong of the same number; where the \
            page polls, each POST is timed as well.",
};

/// Counts.
pub const COUNTERS: Part = Part {
    id: "counters",
    title: "What it costs",
    about: "Bytes on the wire, without TLS and TCP. For a WebSocket: payloads, 2 to 14 bytes of header \
            for each frame (RFC 6455, 5.2), and the two heads of the handshake, if the relay told \
            them. Its own ping, pong and close frames are hidden from pages, and are not counted. For \
            polling: whole requests and answers, as the relay counted them.",
};

/// The log.
pub const LOG: Part = Part {
    id: "log",
    title: "What happened",
    about: "Attempts, openings, ends and waits, the latest first. After a failure the page waits a \
            random time, and longer after each further one, so that not all pages come back at once.",
};

/// The frames.
pub const FRAMES: Part = Part {
    id: "frames",
    title: "Frames",
    about: "What the page (↑) and the relay (↓) said, the latest first, as JSON. Press one to read it. \
            What people wrote stays hidden until you ask for it.",
};

/// The handshake.
pub const HANDSHAKE: Part = Part {
    id: "handshake",
    title: "The WebSocket’s handshake",
    about: "A WebSocket begins as an HTTP request that asks to switch protocols. These are its headers \
            as the relay saw them; behind a proxy they are the proxy’s.",
};

/// The file.
pub const SAVE: Part = Part {
    id: "save",
    title: "Save a trace",
    about: "A file for a bug report, with everything that is shown here. Left out: what people wrote, \
            the texts of errors and reasons, and tokens. People are called person-1 (you), person-2 …, \
            and hosts host-1 …. Times, sizes and the handshake’s key, which opens nothing, stay in.",
};

/// The same in the file.
pub const TRACE_IS: &str = "A trace of a Duologue page. Contents, names, hosts, tokens and free texts \
                            are left out. Times are milliseconds since 1970.";

/// Where no relay has told a handshake.
pub const NO_HANDSHAKE: &str = "There is none: no WebSocket was opened, or the relay doesn’t tell.";

/// Before the first answer.
pub const NO_ROUND_TRIP: &str =
    "No answer was timed yet: the first ping comes after 25 s of silence.";

/// Before a transport is in use.
pub const NONE_YET: &str = "None yet";
/// Before the relay was heard of.
pub const NEVER: &str = "never";
/// The browser was handed the file.
pub const SAVED: &str = "Saved to your downloads.";
/// It didn't take it.
pub const NOT_SAVED: &str = "This browser doesn’t let the page save a file.";
/// Saves the file.
pub const SAVE_TRACE: &str = "Save trace";
/// Keeps the panel as it is, to read it.
pub const PAUSE: &str = "Pause";
/// Closes it.
pub const CLOSE: &str = "Close";
/// A column of the counts.
pub const THIS_CONNECTION: &str = "This connection";
/// The other one.
pub const THIS_SITTING: &str = "Since the page opened";
/// Where the accept value begins.
pub const STEP_KEY: &str = "The key, as the browser sent it";
/// The next step.
pub const STEP_GUID: &str = "With RFC 6455’s fixed text behind it";
/// The next step.
pub const STEP_SHA1: &str = "SHA-1 of that, in hex";
/// The last step.
pub const STEP_BASE64: &str = "The same 20 bytes in base64";
/// What it is compared with.
pub const STEP_ANSWER: &str = "What the relay answered";
/// Shows a message.
pub const SHOW_TEXT: &str = "Show text";
/// Hides it again.
pub const HIDE_TEXT: &str = "Hide text";
/// The handshake's first half.
pub const REQUEST: &str = "The request’s headers";
/// Its second.
pub const RESPONSE: &str = "The response’s headers: 101 Switching Protocols";
/// The handshake's computation.
pub const ACCEPT: &str = "How the answer is worked out";
/// What it is for.
pub const ABOUT_ACCEPT: &str = "The relay shows that it knows WebSockets, and is not some cache that \
                                repeats an old answer, by a value that follows from the key. No \
                                secret is in it. Worked out here, in your browser:";
/// The relay answered as it should.
pub const ACCEPT_FITS: &str = "The two are the same: the relay’s answer fits the key.";
/// It didn't.
pub const ACCEPT_DIFFERS: &str = "The two differ: something between you and the relay has changed a \
                                  header, as a proxy does that opens a connection of its own.";

/// A transport's name.
pub fn transport(transport: Transport) -> &'static str {
    match transport {
        Transport::WebSocket => "WebSocket",
        Transport::LongPolling => "Long polling",
        Transport::ShortPolling => "Short polling",
    }
}

/// A choice's name.
pub fn preference(preference: Preference) -> &'static str {
    match preference {
        Preference::Automatic => "Automatic",
        Preference::Only(one) => transport(one),
    }
}

/// What a choice means.
pub fn about_preference(preference: Preference) -> &'static str {
    match preference {
        Preference::Automatic => "The best that works here, and a better one once it works again.",
        Preference::Only(Transport::WebSocket) => {
            "One connection that stays open: frames go both ways at any time."
        }
        Preference::Only(Transport::LongPolling) => {
            "Requests that the relay holds until it has something to say."
        }
        Preference::Only(Transport::ShortPolling) => {
            "Requests that are answered at once, again and again: late, and mostly for nothing."
        }
    }
}

/// Why a transport is in use.
pub fn why(why: Why) -> &'static str {
    match why {
        Why::First => "It is tried first, and it works.",
        Why::Pinned => "You chose it.",
        Why::NoWebSocket => "WebSockets came to nothing here.",
        Why::HeldCut => "Something on the way cuts requests that the relay holds.",
        Why::Learned => "It worked here not long ago, and a better one did not.",
        Why::Recovered => "It works again.",
    }
}

/// A state of the link, without free texts.
pub fn state(state: &LinkState) -> String {
    match state {
        LinkState::Connecting { failures } => {
            format!("connecting, after {failures} failures in a row")
        }
        LinkState::Connected => "connected".into(),
        LinkState::Waiting { failures, cause, .. } => {
            format!("waiting, after {failures} failures in a row: {}", cause_words(cause, false))
        }
        LinkState::Stopped { .. } => "stopped by the relay".into(),
    }
}

/// A close code in words.
pub fn close(code: u16) -> &'static str {
    if let Some(known) = CloseCode::ALL.into_iter().find(|known| known.code() == code) {
        return known.reason();
    }
    match code {
        1000 => "a normal end",
        1001 => "the other side went away",
        1002 => "a frame broke the WebSocket protocol",
        1003 => "data of a kind that isn’t taken",
        1005 => "closed without a code",
        1006 => "broke without a close frame",
        1007 => "text that was not UTF-8",
        1008 => "against a rule of the relay",
        1009 => "a frame was too large",
        1010 => "an extension was missing",
        1011 => "something failed in the relay",
        1012 => "the relay restarts",
        1013 => "the relay is too busy, come back later",
        1014 => "a proxy had no answer from the relay",
        1015 => "TLS failed",
        4000..=4499 => "the relay says: come back later",
        4500..=4999 => "the relay says: don’t come back",
        _ => "an unknown code",
    }
}

/// A line of the log. `with_reasons`: with what others gave as reasons, in their own words.
pub fn happening(what: &Happening, with_reasons: bool) -> String {
    match what {
        Happening::Started => "The page starts to talk to its relay.".into(),
        Happening::Connecting(one) => format!("Connecting: {}.", transport(*one)),
        Happening::Up(one) => format!("Open: {}.", transport(*one)),
        Happening::Using { transport: one, why: reason, before: None } => {
            format!("In use: {}. {}", transport(*one), why(*reason))
        }
        Happening::Using { transport: one, why: reason, before: Some(before) } => {
            let (from, to) = (transport(*before), transport(*one));
            format!("Switched from {from} to {to}. {}", why(*reason))
        }
        Happening::Down { transport: one, was_up, down } => {
            let what = if *was_up { "Closed" } else { "Did not open" };
            format!("{what}: {}. {}", transport(*one), down_words(down, with_reasons))
        }
        Happening::Closed(one) => format!("Closed by this page: {}.", transport(*one)),
        Happening::Failed { request, status } => {
            let request = self::request(*request);
            match status {
                Some(status) => format!("{request}: the answer’s status was {status}."),
                None => format!("{request}: no answer."),
            }
        }
        Happening::HeldCut => "Requests that the relay held were cut.".into(),
        Happening::Waiting { wait, failures, cause } => {
            let (cause, wait) = (cause_words(cause, with_reasons), duration(*wait));
            format!("Failure {failures} in a row: {cause}. The next attempt comes in {wait}.")
        }
        Happening::Stopped(reason) if with_reasons => {
            format!("The relay ended it: {reason}. Only you can start another attempt.")
        }
        Happening::Stopped(_) => "The relay ended it. Only you can start another attempt.".into(),
        Happening::Learned(Some(Learned { transport: one, .. })) => {
            format!("Learned: {} works here, and what is better doesn’t.", transport(*one))
        }
        Happening::Learned(None) => "What was learned of this network is forgotten.".into(),
        Happening::Preferred(one) => format!("You chose: {}.", preference(*one)),
    }
}

/// How a transport ended.
fn down_words(down: &Down, with_reasons: bool) -> String {
    let words = close(down.code);
    let reason = &down.reason;
    if with_reasons && !reason.is_empty() && reason != words {
        format!("{}: {words} (“{reason}”).", down.code)
    } else {
        format!("{}: {words}.", down.code)
    }
}

fn cause_words(cause: &Cause, with_reasons: bool) -> String {
    match cause {
        Cause::Unreachable => "no transport came up".into(),
        Cause::NoWelcome => "nothing there answered as a relay".into(),
        Cause::Broken => "the connection broke".into(),
        Cause::Silent => "the relay did not answer any more".into(),
        Cause::Closed(reason) if with_reasons => format!("the relay closed it ({reason})"),
        Cause::Closed(_) => "the relay closed it".into(),
    }
}

fn request(request: RequestKind) -> &'static str {
    match request {
        RequestKind::Open => "Opening over HTTP",
        RequestKind::Poll => "A poll",
        RequestKind::Post => "A POST",
        RequestKind::Close => "Closing over HTTP",
    }
}

/// A count's label.
pub fn count(key: &str) -> &'static str {
    match key {
        "requests" => "Requests",
        "empty-polls" => "Empty polls",
        "frames-up" => "Frames sent",
        "frames-down" => "Frames received",
        "bytes-up" => "Bytes sent",
        "bytes-down" => "Bytes received",
        _ => "",
    }
}

/// The round trips, for those who read and for those who can't see the plot.
pub fn round_trips(summary: Option<Summary>) -> String {
    let Some(Summary { min, median, max, last, count }) = summary else {
        return NO_ROUND_TRIP.into();
    };
    let [last, min, median, max] = [last, min, median, max].map(milliseconds);
    format!("Last {last}, shortest {min}, median {median}, longest {max}, of {count}.")
}

/// A time of the plot.
pub fn milliseconds(millis: u32) -> String {
    match millis {
        // The clock counts whole ones.
        0 => "under 1 ms".into(),
        _ => format!("{millis} ms"),
    }
}

/// A count, in groups of three.
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            // A narrow space that doesn't break: no language takes it for a decimal sign.
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// A frame's size.
pub fn bytes(bytes: usize) -> String {
    format!("{} B", number(bytes as u64))
}

/// A frame's type, or a sign that it has none.
pub fn frame_kind(kind: &str) -> String {
    if kind.is_empty() { "?".into() } else { kind.to_owned() }
}

/// A frame's direction, for those who can't see the arrow.
pub fn direction(key: &str) -> &'static str {
    if key == "up" { "Sent: " } else { "Received: " }
}

/// How long ago something was, in one unit.
pub fn age(at: Time, now: Time) -> String {
    match now.since(at).as_secs() {
        0 => "now".into(),
        seconds @ 1..60 => format!("{seconds} s ago"),
        seconds @ 60..3600 => format!("{} min ago", seconds / 60),
        seconds => format!("{} h ago", seconds / 3600),
    }
}

fn duration(wait: Duration) -> String {
    match wait.as_millis() {
        millis @ 0..1000 => format!("{millis} ms"),
        millis => format!("{}.{} s", millis / 1000, millis % 1000 / 100),
    }
}
